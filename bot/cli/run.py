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

    if not settings.gateways:
        raise bad_input("No gateway is set up: set TOAPIS_API_KEY or APIMART_API_KEY, or VIDEOBOT_GATEWAY=sandbox.")
    with interruptible() as stop:
        async with root.open(settings, run_jobs=True) as app:
            if app.engine is None:
                raise CommandError("Another videobot runs the jobs of this database already; stop it first.")
            names = ", ".join(gateway_title(name) for name in settings.gateways)
            root.screen.say(f"Running. Gateways: {names}. Data: {settings.data_dir.expanduser()}.")
            root.screen.say("No chat is set up yet; jobs come from `videobot make`. Stop with Ctrl-C.")
            waiting = sum(app.engine.counts().values())
            if waiting:
                root.screen.say(f"Going on with {counted(waiting, 'unfinished job')}.")
            root.screen.out.file.flush()
            await stop.wait()
            root.screen.tell("Stopping. (Ctrl-C again quits at once.)")
    return 0
