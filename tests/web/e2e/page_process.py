"""A real `videobot run` with the page, on a clock that runs fast since the moment EPOCH.

python -m tests.web.e2e.page_process EPOCH
"""

import asyncio
import sys

from bot.cli.watching import interruptible
from bot.serving import serving
from bot.settings import load_settings
from tests.fakes.clocks import FastClock
from tests.web.driver import SPEED


async def run(since: float) -> None:
    with interruptible() as stop:
        async with serving(load_settings(env_file=None), clock=FastClock(SPEED, since)) as server:
            await server.until(stop)


if __name__ == "__main__":
    asyncio.run(run(float(sys.argv[1])))
