"""`videobot sandbox`: the gateway that runs here."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.root import Root, root_of

if TYPE_CHECKING:
    from adapters.gateways.sandbox import Fault, SandboxGateway

_KEY = "sandbox-key"
#: The calls that belong to one prompt.
_PROMPT_ROUTES = frozenset({"create", "status", "download"})
#: Columns of a table that goes into a file or another program.
_PAGE = 80


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
    say(f"  export TOAPIS_API_KEY={_KEY} TOAPIS_BASE_URL={server.toapis_url}", whole=True)
    say(f"  export APIMART_API_KEY={_KEY} APIMART_BASE_URL={server.apimart_url}", whole=True)
    say('  videobot make "a paper boat on a puddle"')
    root.screen.out.file.flush()


def _show_faults(root: Root) -> None:
    from adapters.gateways.sandbox import FAULTS
    from bot.cli.tables import add_rows, table

    in_prompts = [fault for fault in FAULTS if _PROMPT_ROUTES & {*fault.routes}]
    width = None if root.screen.out.is_terminal else _PAGE
    root.screen.say("Write one of these into a prompt:")
    shown = table("Marker", "What happens", whole=("Marker",))
    rows = [[fault.usage, _described(fault)] for fault in in_prompts]
    root.screen.show(add_rows(shown, rows), width)
    root.screen.say()
    root.screen.say("No prompt reaches these; POST them to /control/faults of `videobot sandbox`:")
    shown = table("Fault", "What happens", whole=("Fault",))
    rows = [[fault.name, f"{fault.routes[0]}: {_described(fault)}"] for fault in FAULTS if fault not in in_prompts]
    root.screen.show(add_rows(shown, rows), width)


def _described(fault: "Fault") -> str:
    name, colon, words = fault.description.partition(": ")
    return f"{words} (APIMart only)" if colon and name == "APIMart" else fault.description
