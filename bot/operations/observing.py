"""One page of metrics: what this process counted, and what the database says at this moment."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from bot.generation.ports import Clock, Store, StoreError
from bot.operations.health import Health, Platform, Turning
from bot.operations.meters import Meters
from bot.operations.steering import Steering
from storage.database import Database
from storage.figures import figures

log = logging.getLogger("videobot.metrics")

DAY = 86_400.0
FRESH = 5.0  # seconds the database's figures are taken for new


class Observing:
    """Puts a page together; however often it is asked for, the database is read every five seconds at most."""

    def __init__(
        self,
        meters: Meters,
        database: Database,
        store: Store,
        steering: Steering,
        health: Health,
        engine: Callable[[], Turning | None],
        platforms: Callable[[], Sequence[Platform]],
        clock: Clock,
    ) -> None:
        self._meters, self._database, self._store = meters, database, store
        self._steering, self._health, self._clock = steering, health, clock
        self._engine, self._platforms = engine, platforms
        self._read_at: float | None = None
        self._reading = asyncio.Lock()

    async def page(self) -> bytes:
        """The page in Prometheus' text format."""
        async with self._reading:
            now = self._clock.now()
            if self._read_at is None or not self._read_at <= now < self._read_at + FRESH:
                await self._read(now)
                self._read_at = now
        return self._meters.page()

    async def _read(self, now: float) -> None:
        rows = self._steering.rows()
        names = [row.name for row in rows]
        for row in rows:
            self._meters.set_gateway(
                row.name,
                up=row.standing.trouble is None,
                on=row.place is not None,
                balance_micros=row.standing.balance_micros,
            )
        checked = await self._health.database()
        if checked.ok:
            try:
                self._meters.set_figures(await self._database.read(figures), names, now)
                costs = await self._store.usage(since=now - now % DAY, until=now + 1, by="gateway")
                self._meters.set_costs(costs, names)
            except StoreError as error:
                log.warning("the figures cannot be read: %s", error)
        engine = self._engine()
        self._meters.set_state(
            database=checked.ok,
            engine=engine is not None and engine.is_alive,
            paused=await self._health.paused() is not None,
            platforms={platform.platform: platform.is_connected for platform in self._platforms()},
        )
