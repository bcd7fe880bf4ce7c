"""A bot on the fake Discord and the sandbox, on a fast clock."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.gateways.sandbox import SandboxGateway
from tests.discord.driver import OTHER_SERVER, SERVER, OpenBot
from tests.discord.wire import Wire
from tests.fakes.clocks import FastClock
from tests.fakes.house import KEY

Opener = Callable[..., AbstractAsyncContextManager[OpenBot]]
SPEED = 50.0


@pytest.fixture
def open_bot(tmp_path_factory: pytest.TempPathFactory) -> Opener:
    """Opens a bot: `more_servers` puts it into a second one, the rest are settings."""

    @asynccontextmanager
    async def opened(*, run_jobs: bool = True, more_servers: bool = False, **options: Any) -> AsyncIterator[OpenBot]:
        clock = FastClock(SPEED, time.time())
        servers = [str(SERVER), *([str(OTHER_SERVER)] if more_servers else [])]
        folder: Path = tmp_path_factory.mktemp("bot")
        async with (
            Wire(servers) as wire,
            SandboxGateway(keys=(KEY,), speed=float("inf"), rate_limits=False, render=True, clock=clock.now) as sandbox,
        ):
            bot = OpenBot(folder, wire, sandbox, clock, options, run_jobs)
            await bot.open()
            try:
                yield bot
            finally:
                await bot.shut()
            assert wire.complaints == []

    return opened


@pytest.fixture
async def bot(open_bot: Opener) -> AsyncIterator[OpenBot]:
    """A bot as a fresh install is, without limits."""
    async with open_bot() as bot:
        yield bot
