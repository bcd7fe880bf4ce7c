"""A clock that a test moves."""

import asyncio
import time


class ManualClock:
    """Time stands still until the test (or something that sleeps) moves it: `sleep` takes no time in the real world."""

    def __init__(self, start: float = 1_795_000_000.0) -> None:
        self.time = start

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += max(0.0, seconds)
        await asyncio.sleep(0)

    def move(self, seconds: float) -> None:
        self.time += seconds


class FastClock:
    """Time that has run `times` as fast as the world's since the moment `since` (epoch seconds): it goes on over a
    restart of the process, for tests of loops that really wait."""

    def __init__(self, times: float, since: float) -> None:
        self.times, self.since = times, since

    def now(self) -> float:
        return self.since + (time.time() - self.since) * self.times

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.times)
