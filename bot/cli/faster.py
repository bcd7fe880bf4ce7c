"""A clock that runs faster than life, so that a demo waits as a customer would, only shorter."""

import asyncio
import time


class FasterClock:
    """`times` seconds pass on it in each second."""

    def __init__(self, times: float) -> None:
        """`times`: above 0."""
        self._times, self._start = times, time.monotonic()
        self._epoch = time.time()

    def now(self) -> float:
        """Epoch seconds, as this clock counts them."""
        return self._epoch + (time.monotonic() - self._start) * self._times

    async def sleep(self, seconds: float) -> None:
        """Wait until `seconds` have passed on this clock."""
        await asyncio.sleep(max(0.0, seconds) / self._times)
