"""`videobot run`: run the jobs until told to stop."""

from typing import TYPE_CHECKING

import typer

from bot.cli.root import Root, root_of

if TYPE_CHECKING:
    from bot.settings import Settings


def run(ctx: typer.Context) -> None:
    """Run the bot until SIGTERM or Ctrl-C; what is under way then goes on at the next start."""
    root = root_of(ctx)
    root.run(lambda settings: _run(root, settings))


async def _run(root: Root, settings: "Settings") -> int:
    from adapters.cards.words import counted, gateway_title
    from bot.cli.errors import CommandError, bad_input
    from bot.cli.watching import interruptible
    from bot.generation.catalog import listed
    from bot.serving import serving
    from bot.side import SideError

    if not settings.gateways:
        raise bad_input("No gateway is set up: set TOAPIS_API_KEY or APIMART_API_KEY, or VIDEOBOT_GATEWAY=sandbox.")
    try:
        with interruptible() as stop:
            async with serving(settings, clock=root.clock) as server:
                app = server.app
                if app.engine is None:
                    raise CommandError("Another videobot runs the jobs of this database already; stop it first.")
                names = ", ".join(gateway_title(name) for name in settings.gateways)
                root.screen.say(f"Running. Gateways: {names}. Data: {settings.data_dir.expanduser()}.")
                chats = [side.title for side in server.sides]
                root.screen.say(
                    f"Chats: {listed(chats, 'and')}. Stop with Ctrl-C."
                    if chats
                    else "No chat is set up yet (DISCORD_TOKEN); jobs come from `videobot make`. Stop with Ctrl-C."
                )
                waiting = sum(app.engine.counts().values())
                if waiting:
                    root.screen.say(f"Going on with {counted(waiting, 'unfinished job')}.")
                if await app.service.paused() is not None:
                    root.screen.say(
                        "Paused by an admin: nothing new is started until `videobot resume`.", style="yellow"
                    )
                root.screen.out.file.flush()
                await server.until(stop)
                root.screen.tell("Stopping. (Ctrl-C again quits at once.)")
    except SideError as error:
        raise CommandError(str(error)) from None
    return 0
