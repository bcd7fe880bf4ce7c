"""Is this process alive, and is it fit to work? Each answer with its reasons."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.generation.ports import Clock, Pause, Store, StoreError
from bot.operations.steering import Steering

log = logging.getLogger("videobot.health")

PATIENCE = 5.0  # seconds the database has to answer
WRITE_EVERY = 10.0  # seconds between tries to write: a full disk still reads well


class Turning(Protocol):
    """The engine, as far as health goes."""

    @property
    def is_alive(self) -> bool:
        """False when it was stopped, or stands still."""
        ...


class Platform(Protocol):
    """A chat platform, as far as health goes."""

    @property
    def platform(self) -> str:
        """Its word in addresses: discord, slack, web."""
        ...

    @property
    def is_connected(self) -> bool:
        """Whether events come in and messages can go out at this moment."""
        ...


@dataclass(frozen=True, slots=True)
class Check:
    """One answer; `reason` is a sentence without a secret."""

    name: str
    ok: bool
    reason: str

    @classmethod
    def good(cls, name: str, reason: str) -> "Check":
        """It is as it should be."""
        return cls(name, ok=True, reason=reason)

    @classmethod
    def bad(cls, name: str, reason: str) -> "Check":
        """It is not."""
        return cls(name, ok=False, reason=reason)


class Health:
    """Asks the parts of one process how they are."""

    def __init__(
        self,
        store: Store,
        steering: Steering,
        engine: Callable[[], Turning | None],
        platforms: Callable[[], Sequence[Platform]],
        clock: Clock,
        *,
        runs_jobs: bool = True,
    ) -> None:
        """`engine`: None while another process has the jobs. `runs_jobs`: this process is there to run them."""
        self._store, self._steering, self._clock = store, steering, clock
        self._engine, self._platforms, self._runs_jobs = engine, platforms, runs_jobs
        self._wrote_at: float | None = None
        self._database = Check.bad("database", "It has not been asked yet.")
        self._asking = asyncio.Lock()

    def live(self) -> list[Check]:
        """What only a restart mends. That this is answered says that the event loop turns."""
        engine = self._engine()
        if engine is None:
            return [Check.good("engine", "This process runs no jobs.")]
        if engine.is_alive:
            return [Check.good("engine", "It turns.")]
        return [Check.bad("engine", "The engine stands still; restart this process.")]

    async def ready(self) -> list[Check]:
        """Whether this process can do its part at this moment: only who runs jobs needs the gateways."""
        checks = [await self.database(), *self._engines(), *(self._gateways() if self._runs_jobs else [])]
        for platform in self._platforms():
            words = "Connected." if platform.is_connected else "Not connected; it is tried again by itself."
            checks.append(Check(platform.platform, platform.is_connected, words))
        pause = await self.paused()
        return checks if pause is None else [*checks, _told(pause)]

    async def database(self) -> Check:
        """Whether the database can be read, and written."""
        async with self._asking:  # one question at a time, however many ask
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._ask()
            except StoreError as error:
                self._wrote_at = None
                self._database = Check.bad("database", str(error))
            except TimeoutError:
                self._wrote_at = None
                self._database = Check.bad("database", f"It did not answer within {PATIENCE:.0f} seconds.")
            else:
                self._database = Check.good("database", "It can be read and written.")
            return self._database

    async def paused(self) -> Pause | None:
        """The pause in force; None, too, where the database cannot be read."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._store.paused()
        except (StoreError, TimeoutError):
            return None

    async def _ask(self) -> None:
        now = self._clock.now()
        if self._wrote_at is not None and self._wrote_at <= now < self._wrote_at + WRITE_EVERY:
            await self._store.paused()
            return
        await self._store.remember("health", f"{now:.0f}")
        self._wrote_at = now

    def _engines(self) -> list[Check]:
        engine = self._engine()
        if engine is None and not self._runs_jobs:
            return []
        if engine is None:
            return [Check.bad("engine", "This process does not run the jobs (yet).")]
        return [Check("engine", ok=engine.is_alive, reason="It turns." if engine.is_alive else "It stands still.")]

    def _gateways(self) -> list[Check]:
        """Ready with one gateway that works and is on; the others are told all the same."""
        rows = self._steering.rows()
        told = []
        works = False
        for row in rows:
            is_good = row.place is not None and row.standing.trouble is None
            works = works or is_good
            words = row.standing.words() if row.place is not None else "an admin has switched it off"
            told.append(f"{row.name}: {words}")
        if not rows:
            return [Check.bad("gateways", "No gateway is set up.")]
        return [Check("gateways", ok=works, reason=f"{'; '.join(told)}.")]


def _told(pause: Pause) -> Check:
    """A process that is told to rest is still ready; whoever looks is told why nothing happens."""
    if pause.drain:
        return Check.good("pause", "It is being drained: nothing new is accepted or started, what runs is finished.")
    return Check.good("pause", "New videos are paused by an admin; what runs is finished.")
