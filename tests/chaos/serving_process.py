"""A real bot of the chaos test, on a clock that runs fast and jumps.

python -m tests.chaos.serving_process JUMPS MACHINE TIMES SINCE [ROLE ...]
"""

import asyncio
import sys
from pathlib import Path

from bot.cli.watching import interruptible
from bot.roles import Role
from bot.serving import serving
from bot.settings import load_settings
from tests.chaos.jumping_clock import JumpingClock


async def run(clock: JumpingClock, only: list[Role]) -> None:
    with interruptible() as stop:
        async with serving(load_settings(env_file=None), clock=clock, only=only) as server:
            print("ready", flush=True)
            await server.until(stop)


if __name__ == "__main__":
    jumps, machine, times, since, *names = sys.argv[1:]
    machine_clock = JumpingClock(Path(jumps), int(machine), float(times), float(since))
    asyncio.run(run(machine_clock, [Role(name) for name in names]))
