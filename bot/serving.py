"""One process that serves: the jobs, and the chats that are set up."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.announcing import Announcing
from bot.app import App, open_app
from bot.generation.ports import Clock
from bot.operating import operating
from bot.settings import Settings
from bot.side import Side, SideError
from bot.slack_settings import is_set_up as slack_is_set_up

log = logging.getLogger("videobot.app")


@dataclass
class Serving:
    """A process that serves."""

    app: App
    sides: list[Side] = field(default_factory=list)
    address: str | None = None  # of the pages for machines: health, metrics

    async def until(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. Raises SideError when a chat refuses the bot meanwhile."""
        waits = [asyncio.create_task(side.wait(), name=f"wait for {side.title}") for side in self.sides]
        told = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait({told, *waits}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (told, *waits):
                task.cancel()
            await asyncio.gather(told, *waits, return_exceptions=True)


@asynccontextmanager
async def serving(
    settings: Settings,
    *,
    clock: Clock | None = None,
    witness: Callable[[str, str], None] = lambda _point, _job_id: None,
) -> AsyncIterator[Serving]:
    """Open everything that is configured and serve. At the end the jobs stop first, so that their last messages still
    find a chat. Raises SettingsError, StoreError, SideError."""
    async with open_app(settings, run_jobs=True, clock=clock, witness=witness, begin=False) as app:
        server = Serving(app, sides_of(app, witness))
        announcing = Announcing(app, server.sides)
        async with operating(app, lambda: server.sides) as server.address:
            started: list[Side] = []
            try:
                for side in server.sides:
                    started.append(side)
                    await side.start()
                await app.take_over()
                await announcing.start()
                yield server
            finally:
                await announcing.stop()
                if app.engine is not None:
                    await app.engine.stop()
                # Side by side: each may take its seconds, and whoever sent the signal has not many.
                stopped = await asyncio.gather(*(side.stop() for side in started), return_exceptions=True)
                for side, error in zip(started, stopped, strict=True):
                    if isinstance(error, Exception) and not isinstance(error, SideError):
                        log.error("%s did not stop: %s", side.title, type(error).__name__)


def sides_of(app: App, witness: Callable[[str, str], None]) -> list[Side]:
    """The chats that are set up."""
    sides: list[Side] = []
    if app.settings.discord_token is not None:
        # Imported here: 20 MB that a bot without Discord does without.
        from bot.discord_side import DiscordSide

        sides.append(DiscordSide(app, witness=witness))
    if slack_is_set_up(app.settings):
        from bot.slack_side import SlackSide

        sides.append(SlackSide(app, witness=witness))
    if app.settings.web:
        from bot.web_side import WebSide

        sides.append(WebSide(app, witness=witness))
    return sides
