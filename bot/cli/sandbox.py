"""`videobot sandbox`: the gateway that runs here."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.root import Root, root_of

if TYPE_CHECKING:
    from adapters.gateways.sandbox import SandboxGateway

_KEY = "sandbox-key"


def sandbox(
    ctx: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where it listens on this machine; 0 takes a free one.")
    ] = 8900,
    speed: Annotated[float, typer.Option(help="How many times faster than life it renders; inf is at once.")] = 10.0,
    faults: Annotated[bool, typer.Option("--faults", help="Show the faults it can play, and end.")] = False,
) -> None:
    """Run a gateway on this machine that costs nothing: it speaks ToAPIs and APIMart and draws its own videos."""
    root = root_of(ctx)
    if faults:
        _show_faults(root)
        return
    if not speed > 0:
        from bot.cli.errors import bad_input

        raise bad_input("--speed is a number above 0, such as 10 or inf.")
    root.run_without_settings(lambda: _serve(root, port, speed))


async def _serve(root: Root, port: int, speed: float) -> int:
    from adapters.gateways.sandbox import SandboxGateway
    from bot.cli.errors import CommandError
    from bot.cli.watching import interruptible

    server = SandboxGateway(port=port, keys=(_KEY,), speed=speed)
    with interruptible() as stop:
        try:
            await server.start()
        except OSError as error:
            raise CommandError(f"Port {port} cannot be used ({error.strerror}); choose another with --port.") from error
        try:
            _introduce(root, server)
            await stop.wait()
        finally:
            await server.stop()
    return 0


def _introduce(root: Root, server: "SandboxGateway") -> None:
    say = root.screen.say
    say(f"The sandbox gateway listens at {server.url}; stop it with Ctrl-C.")
    say("In another terminal:")
    say(f"  export TOAPIS_API_KEY={_KEY} TOAPIS_BASE_URL={server.toapis_url}")
    say(f"  export APIMART_API_KEY={_KEY} APIMART_BASE_URL={server.apimart_url}")
    say('  videobot make "a paper boat on a puddle"')
    root.screen.out.file.flush()


def _show_faults(root: Root) -> None:
    from adapters.gateways.sandbox import FAULTS
    from bot.cli.tables import add_rows, table

    root.screen.say("Write one of these into a prompt:")
    shown = table("Marker", "What happens", whole=("Marker",))
    root.screen.show(add_rows(shown, [[fault.usage, fault.description] for fault in FAULTS]))
