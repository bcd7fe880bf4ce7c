"""One process that serves: the jobs, and the chats that are set up."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from adapters.gateways.http import Patience
from bot.announcing import Announcing
from bot.app import App, open_app
from bot.balance_news import watch_of
from bot.engines import hearing
from bot.generation.ports import Clock
from bot.operating import operating
from bot.roles import Role, roles
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
    only: Collection[Role] = (),
    clock: Clock | None = None,
    witness: Callable[[str, str], None] = lambda _point, _job_id: None,
    patience: Patience | None = None,
) -> AsyncIterator[Serving]:
    """Open everything that is configured (or `only` this part of it) and serve. At the end the jobs stop first, so that
    their last messages still find a chat. `patience`: see `open_app`. Raises SettingsError, StoreError, SideError."""
    chosen = roles(settings, only)
    runs_jobs = Role.WORKER in chosen
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(
            open_app(settings, run_jobs=runs_jobs, clock=clock, witness=witness, begin=False, patience=patience)
        )
        if not runs_jobs:
            await stack.enter_async_context(hearing(app.database, app.tell))
        server = Serving(app, sides_of(app, chosen, witness))
        announcing = Announcing(app, [side for side in server.sides if side.listens])
        async with operating(app, lambda: server.sides) as server.address:
            started: list[Side] = []
            watch: asyncio.Task[None] | None = None
            try:
                for side in server.sides:
                    started.append(side)
                    await side.start()
                await app.take_over()
                await announcing.start()
                watch = asyncio.create_task(watch_of(app, announcing).run(), name="balance-watch")
                yield server
            finally:
                if watch is not None:
                    watch.cancel()
                    await asyncio.gather(watch, return_exceptions=True)
                await announcing.stop()
                if app.engine is not None:
                    await app.engine.stop()
                # Side by side: each may take its seconds, and whoever sent the signal has not many.
                stopped = await asyncio.gather(*(side.stop() for side in started), return_exceptions=True)
                for side, error in zip(started, stopped, strict=True):
                    if isinstance(error, Exception) and not isinstance(error, SideError):
                        log.error("%s did not stop: %s", side.title, type(error).__name__)


def sides_of(app: App, chosen: Collection[Role], witness: Callable[[str, str], None]) -> list[Side]:
    """The chats that are set up, and this process has to do with: it serves them, or its jobs send messages there."""
    sides: list[Side] = []
    sends = Role.WORKER in chosen
    if app.settings.discord_token is not None and (sends or Role.DISCORD in chosen):
        # Imported here: 20 MB that a bot without Discord does without.
        from bot.discord_side import DiscordSide

        sides.append(DiscordSide(app, witness=witness, listens=Role.DISCORD in chosen))
    if slack_is_set_up(app.settings) and (sends or Role.SLACK in chosen):
        from bot.slack_side import SlackSide

        sides.append(SlackSide(app, witness=witness, listens=Role.SLACK in chosen))
    if app.settings.web and (sends or Role.WEB in chosen):
        from bot.web_side import WebSide

        sides.append(WebSide(app, witness=witness, listens=Role.WEB in chosen))
    return sides
