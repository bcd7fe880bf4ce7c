"""`videobot run`: run the jobs until told to stop."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from bot.cli.root import Root, root_of

if TYPE_CHECKING:
    from bot.settings import Settings

log = logging.getLogger("videobot.run")


def run(ctx: typer.Context) -> None:
    """Run the bot until SIGTERM or Ctrl-C; what is under way then goes on at the next start."""
    root = root_of(ctx)
    # Where machines read the log, it tells how things go, too.
    root.run(
        lambda settings: _run(root, settings),
        log_level=logging.INFO if root.settings.log == "json" else logging.WARNING,
    )


async def _run(root: Root, settings: "Settings") -> int:
    from adapters.cards.words import counted, gateway_title
    from bot.cli.errors import CommandError, bad_input
    from bot.cli.watching import interruptible
    from bot.generation.catalog import listed
    from bot.operations.collector import calm_collector
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
                say = _speaker(root, settings)
                names = ", ".join(gateway_title(name) for name in settings.gateways)
                say(f"Running. Gateways: {names}. Data: {settings.data_dir.expanduser()}.")
                chats = [side.title for side in server.sides]
                say(
                    f"Chats: {listed(chats, 'and')}. Stop with Ctrl-C."
                    if chats
                    else "No chat is set up yet (DISCORD_TOKEN, SLACK_BOT_TOKEN); jobs come from `videobot make`. "
                    "Stop with Ctrl-C."
                )
                if server.address is not None:
                    say(f"Health and metrics: {server.address}")
                waiting = sum(app.engine.counts().values())
                if waiting:
                    say(f"Going on with {counted(waiting, 'unfinished job')}.")
                if await app.service.paused() is not None:
                    say("Paused by an admin: nothing new is started until `videobot resume`.")
                root.screen.out.file.flush()
                with calm_collector():
                    await server.until(stop)
                if settings.log == "json":
                    log.info("Stopping.")
                else:
                    root.screen.tell("Stopping. (Ctrl-C again quits at once.)")
    except SideError as error:
        raise CommandError(str(error)) from None
    return 0


def _speaker(root: Root, settings: "Settings") -> Callable[[str], None]:
    """How the bot says that it runs: to a person, or as lines of the log where machines read that."""
    return root.screen.say if settings.log == "text" else log.info
