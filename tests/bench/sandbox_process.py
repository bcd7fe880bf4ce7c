"""The sandbox gateway in a process of its own, so that its CPU is not counted as the bot's."""

import asyncio
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.gateways.sandbox import SandboxGateway


@contextmanager
def sandbox_process(speed: float, *, rate_limits: bool = False) -> Iterator[dict[str, str]]:
    """Start it; gives its URLs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.sandbox_process", str(speed), str(int(rate_limits))],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


async def _serve(speed: float, *, rate_limits: bool) -> None:
    async with SandboxGateway(speed=speed, rate_limits=rate_limits, render=False, seed=7, balance_usd=math.inf) as box:
        urls = {"toapis": box.toapis_url, "apimart": box.apimart_url, "control": box.control_url}
        print(json.dumps(urls), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]), rate_limits=bool(int(sys.argv[2]))))
