"""A bot on the fake Slack; `open_bot` opens one with other settings or another transport."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from tests.fakes.clocks import FastClock
from tests.fakes.slack import FakeSlack
from tests.fakes.slack.view_stack import TRIGGER_LIFE_S
from tests.slack.driver import HTTP, SOCKETS, SPEED, SlackBot, sandbox_for

Opener = Callable[..., AbstractAsyncContextManager[SlackBot]]


@pytest.fixture
def open_bot(tmp_path: Path, request: pytest.FixtureRequest) -> Opener:
    render = request.node.get_closest_marker("real_video") is not None

    @asynccontextmanager
    async def opened(
        *, transport: str = HTTP, several: bool = False, run_jobs: bool = True, ping_every: float = 1.0, **options: Any
    ) -> AsyncIterator[SlackBot]:
        clock = FastClock(SPEED, time.time())
        async with (
            FakeSlack(clock.now, trigger_life_s=TRIGGER_LIFE_S * SPEED) as slack,
            sandbox_for(clock, render=render) as sandbox,
        ):
            folder = Path(mkdtemp(dir=tmp_path))
            bot = SlackBot(folder, slack, sandbox, transport, options, several, run_jobs, ping_every, clock)
            bot.settle()
            await bot.open()
            try:
                yield bot
            finally:
                await bot.shut()
            assert slack.complaints == []

    return opened


@pytest.fixture(params=[HTTP, pytest.param(SOCKETS, marks=pytest.mark.slow)])
async def bot(open_bot: Opener, request: pytest.FixtureRequest) -> AsyncIterator[SlackBot]:
    """A bot. What comes in is the same app's affair on both transports, so the second is left to the slow tests."""
    async with open_bot(transport=request.param) as bot:
        yield bot


@pytest.fixture(params=[HTTP, SOCKETS])
async def bot_on_each(open_bot: Opener, request: pytest.FixtureRequest) -> AsyncIterator[SlackBot]:
    """A bot, once on each transport: one test for each kind of thing that comes in."""
    async with open_bot(transport=request.param) as bot:
        yield bot
