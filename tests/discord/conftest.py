"""A bot on the fake Discord and the sandbox, on a fast clock."""

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from discord.gateway import KeepAliveHandler

from adapters.gateways.sandbox import SandboxGateway
from tests.discord.driver import OTHER_SERVER, SERVER, OpenBot
from tests.discord.wire import Wire
from tests.fakes.clocks import FastClock
from tests.fakes.house import KEY

Opener = Callable[..., AbstractAsyncContextManager[OpenBot]]
SPEED = 50.0


@pytest.fixture(autouse=True)
def no_heartbeat_is_left() -> Iterator[None]:
    """discord.py forgets the heartbeat of a session that was still opening when its client was closed; the thread would
    beat forty seconds later, into the closed loop of some other test."""
    yield
    for thread in threading.enumerate():
        if isinstance(thread, KeepAliveHandler):
            thread.stop()
            thread.join(5)


@pytest.fixture
def open_bot(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Opener:
    """Opens a bot: `more_servers` puts it into a second one, the rest are settings."""
    render = request.node.get_closest_marker("real_video") is not None

    @asynccontextmanager
    async def opened(*, run_jobs: bool = True, more_servers: bool = False, **options: Any) -> AsyncIterator[OpenBot]:
        clock = FastClock(SPEED, time.time())
        servers = [str(SERVER), *([str(OTHER_SERVER)] if more_servers else [])]
        folder: Path = tmp_path_factory.mktemp("bot")
        async with (
            Wire(servers) as wire,
            SandboxGateway(
                keys=(KEY,), speed=float("inf"), rate_limits=False, render=render, clock=clock.now
            ) as sandbox,
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
