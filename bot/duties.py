"""What one process does for all that share a database, such as keeping a platform's status messages current."""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable

from bot.generation.ports import StoreError
from storage import duties
from storage.postgres import PostgresDatabase
from storage.queue import JobQueue

log = logging.getLogger("videobot.app")

HOLD = 7.0  # seconds a duty lasts without being renewed: then another process takes it over
RENEW_EVERY = 2.0  # seconds
MARGIN = 1.0  # seconds before its end from which it is not trusted any more


class Duty:
    """One of them, as this process sees it."""

    def __init__(self, name: str, monotonic: Callable[[], float]) -> None:
        self.name = name
        self._monotonic = monotonic
        self._held_until = 0.0
        self._changed = asyncio.Event()

    @property
    def is_held(self) -> bool:
        """Whether it is this process's; False from a moment before any other can have it."""
        return self._monotonic() < self._held_until - MARGIN

    async def gained(self) -> None:
        """Until it is this process's."""
        while not self.is_held:
            self._changed.clear()
            await self._changed.wait()

    async def lost(self) -> None:
        """Until it is not any more."""
        while self.is_held:
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), RENEW_EVERY)

    def renewed(self, until: float) -> None:
        """It is held until then (0: it is not)."""
        self._held_until = until
        self._changed.set()


class Duties:
    """Those this process is ready for. Real time, whatever clock the jobs have: other processes wait by it."""

    def __init__(self, database: PostgresDatabase, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database, self._monotonic = database, monotonic
        self._holder = secrets.token_hex(8)
        self._duties: dict[str, Duty] = {}
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def duty(self, name: str) -> Duty:
        """From now on, and until `stop`, this process is ready for it."""
        if name not in self._duties:
            self._duties[name] = Duty(name, self._monotonic)
            self._wanted.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="duties")
        return self._duties[name]

    async def stop(self) -> None:
        """Leave them to others: what they are about has stopped before."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None
        for duty in self._duties.values():
            duty.renewed(0.0)
        with contextlib.suppress(StoreError):
            await self._database.write(duties.release, self._holder)

    async def _run(self) -> None:
        is_installed = False
        while True:
            self._wanted.clear()
            try:
                if not is_installed:
                    await JobQueue(self._database, ()).install()
                    is_installed = True
                await self._renew()
            except StoreError as error:
                log.warning("what this process does for all cannot be renewed: %s", error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), RENEW_EVERY)

    async def _renew(self) -> None:
        since = self._monotonic()
        wanted = dict(self._duties)
        held = await self._database.write(duties.hold, list(wanted), self._holder, HOLD)
        for name, duty in wanted.items():
            duty.renewed(since + HOLD if name in held else 0.0)
