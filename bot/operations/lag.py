"""How late the event loop is: a task that only waits notices when others hold the loop up."""

import asyncio
from collections.abc import Callable

LOOK_EVERY = 0.5  # seconds


async def watch_lag(lagged: Callable[[float], None]) -> None:
    """Tell `lagged` the seconds the loop was late, twice a second, until cancelled. Real time on purpose: a clock that
    a test moves says nothing about the loop."""
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        await asyncio.sleep(LOOK_EVERY)
        lagged(loop.time() - began - LOOK_EVERY)
