"""`videobot run`: run the jobs until told to stop."""

import logging
import os
from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.errors import BAD_INPUT
from bot.cli.logs import logging_to
from bot.cli.root import Root, root_of
from bot.roles import Role

if TYPE_CHECKING:
    from bot.settings import Settings

log = logging.getLogger("videobot.run")


def run(
    ctx: typer.Context,
    only: Annotated[
        list[Role] | None,
        typer.Option(
            help="Do only this; may be given several times. Other processes of the same database do the rest."
        ),
    ] = None,
) -> None:
    """Run the bot until SIGTERM or Ctrl-C; what is under way then goes on at the next start."""
    root = root_of(ctx)
    # Where machines read the log, it tells how things go, too.
    root.run(
        lambda settings: _told(root, settings, _run(root, settings, only or ())),
        log_level=logging.INFO if _settings(root).log == "json" else logging.WARNING,
    )


def _settings(root: Root) -> "Settings":
    """The settings; where the environment says that machines read the log, what is wrong with them is told there.
    Raises SettingsError."""
    from bot.settings import SettingsError

    try:
        return root.settings
    except SettingsError as error:
        if os.environ.get("VIDEOBOT_LOG") != "json":
            raise
        with logging_to(root.screen, root.hidden, level=logging.ERROR, as_json=True):
            for fault in str(error).split("\n"):
                log.error("%s", fault)
        raise typer.Exit(BAD_INPUT) from None


async def _told(root: Root, settings: "Settings", work: Awaitable[int]) -> int:
    """Do the work; where machines read the log, what ends it badly is a line of the log, too."""
    from bot.cli.errors import explain, unexpected

    try:
        return await work
    except Exception as error:
        if settings.log != "json" or isinstance(error, BrokenPipeError):
            raise
        told = explain(error) or unexpected(error, verbose=root.verbose)
        log.error("%s", told.sentence, exc_info=error if root.verbose else None)
        return told.code


async def _run(root: Root, settings: "Settings", only: Collection[Role]) -> int:
    from adapters.cards.words import account_title, counted
    from bot.cli.errors import CommandError, bad_input
    from bot.cli.watching import interruptible
    from bot.engines import runner
    from bot.generation.catalog import listed
    from bot.operations.collector import calm_collector
    from bot.serving import serving
    from bot.side import SideError

    if not settings.gateways:
        raise bad_input("No gateway is set up: set TOAPIS_API_KEY or APIMART_API_KEY, or VIDEOBOT_GATEWAY=sandbox.")
    try:
        with interruptible() as stop:
            async with serving(settings, only=only, clock=root.clock) as server:
                app = server.app
                if app.runs_jobs and app.engine is None:
                    raise CommandError(
                        f"Another videobot ({runner(app.database)}) runs the jobs of this database already: stop it, "
                        "or give both one on PostgreSQL (VIDEOBOT_DATABASE_URL), which several processes can share."
                    )
                say = _speaker(root, settings)
                names = ", ".join(account_title(name) for name in settings.accounts)
                say(f"Running. Gateways: {names}. Data: {settings.data_dir.expanduser()}.")
                chats = [side.title for side in server.sides if side.listens]
                if chats:
                    say(f"Chats: {listed(chats, 'and')}. Stop with Ctrl-C.")
                elif only:
                    say("Chats: other processes serve them. Stop with Ctrl-C.")
                else:
                    say(
                        "No chat is set up yet (DISCORD_TOKEN, SLACK_BOT_TOKEN); jobs come from `videobot make`. "
                        "Stop with Ctrl-C."
                    )
                if not app.runs_jobs:
                    say("Jobs: other processes run them (videobot run --only worker).")
                if server.address is not None:
                    say(f"Health and metrics: {server.address}")
                waiting = sum(app.engine.counts().values()) if app.engine is not None else 0
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
