"""Operations of a process that serves: looking at gateways and the event loop, and the pages for machines."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from bot.app import App
from bot.http_server import AddressError, HttpServer, Listening
from bot.operations.health import Health
from bot.operations.lag import watch_lag
from bot.operations.observing import Observing
from bot.operations.pages import make_pages
from bot.operations.probing import probe
from bot.settings import SettingsError
from bot.side import Side


@asynccontextmanager
async def operating(app: App, sides: Callable[[], Sequence[Side]]) -> AsyncIterator[str | None]:
    """Operate as long as this is open; the address of the pages, None without a port. Raises SettingsError."""
    operations = app.operations
    health = Health(app.store, operations.steering, lambda: app.engine, sides, app.clock, runs_jobs=app.runs_jobs)
    observing = Observing(
        operations.meters,
        app.database,
        app.store,
        operations.steering,
        health,
        lambda: app.engine,
        sides,
        app.clock,
    )
    server = await _serve(app, health, observing)
    tasks = [
        asyncio.create_task(watch_lag(operations.meters.lagged), name="loop-lag"),
        asyncio.create_task(probe(app.gateways, operations.steering, app.store, app.clock), name="gateway-probe"),
    ]
    try:
        yield server.urls[0] if server is not None else None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if server is not None:
            await server.stop()


async def _serve(app: App, health: Health, observing: Observing) -> HttpServer | None:
    settings = app.settings
    if settings.http_port is None:
        return None
    pages = make_pages(health, observing, app.operations.hooks)
    server = HttpServer([Listening(settings.http_host, settings.http_port, pages)])
    try:
        await server.start()
    except AddressError as error:
        raise SettingsError(f"{error} The settings are VIDEOBOT_HTTP_HOST and VIDEOBOT_HTTP_PORT.") from None
    return server
