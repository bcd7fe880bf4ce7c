"""A bot with its page; `open_page` opens one with other settings."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.gateways.sandbox import SandboxGateway
from storage import open_database
from tests.fakes.clocks import FastClock
from tests.fakes.house import KEY
from tests.web.driver import SPEED, PageBot, Person

Opener = Callable[..., AbstractAsyncContextManager[PageBot]]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"

    async def make() -> None:
        database = await open_database(f"sqlite:///{path}")
        await database.upgrade()
        await database.close()

    asyncio.run(make())
    return path


@pytest.fixture
def open_page(tmp_path: Path, migrated: Path, request: pytest.FixtureRequest) -> Opener:
    render = request.node.get_closest_marker("real_video") is not None

    @asynccontextmanager
    async def opened(
        *, run_jobs: bool = True, speed: float = SPEED, sandbox_speed: float = float("inf"), **options: Any
    ) -> AsyncIterator[PageBot]:
        clock = FastClock(speed, time.time())
        async with SandboxGateway(
            keys=(KEY,), speed=sandbox_speed, rate_limits=False, render=render, clock=clock.now
        ) as sandbox:
            shutil.copy(migrated, tmp_path / "videobot.db")
            bot = PageBot(tmp_path, sandbox, options, run_jobs, clock)
            await bot.open()
            try:
                yield bot
            finally:
                await bot.shut()

    return opened


@pytest.fixture
async def bot(open_page: Opener) -> AsyncIterator[PageBot]:
    """A bot with its page, without limits."""
    async with open_page() as bot:
        yield bot


@pytest.fixture
async def anna(bot: PageBot) -> AsyncIterator[Person]:
    """A member at the page."""
    async with bot.person() as person:
        yield person
