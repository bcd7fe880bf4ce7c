"""A house without an engine, and a bot whose engine runs on a fast clock."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.gateways.sandbox import SandboxGateway
from bot.app import App, open_app
from bot.generation.job import Address, Job, Requester
from bot.generation.request import VideoRequest
from tests.fakes.chat_server import ChatServer
from tests.fakes.clocks import FastClock
from tests.fakes.house import KEY, House, open_house, settings_for
from tests.fakes.http_chat import HttpChat
from tests.fakes.postgres import PostgresServer


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    if request.param == "sqlite":
        async with open_house(tmp_path) as house:
            yield house
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    url = await postgres.fresh()
    async with open_house(tmp_path, database_url=SecretStr(url)) as house:
        yield house
    await postgres.drop(url)


SPEED = 100.0


@asynccontextmanager
async def running(
    folder: Path, sandbox: SandboxGateway, chat: ChatServer, *, run_jobs: bool = True, **more: Any
) -> AsyncIterator[App]:
    clock = FastClock(SPEED, time.time())
    async with open_app(
        settings_for(folder, sandbox, **more), run_jobs=run_jobs, clock=clock, chats={"chat": HttpChat(chat.url)}
    ) as app:
        yield app


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxGateway]:
    clock = FastClock(SPEED, time.time())
    async with SandboxGateway(
        keys=(KEY,), speed=float("inf"), rate_limits=False, render=False, clock=clock.now
    ) as sandbox:
        yield sandbox


@pytest.fixture
async def chat() -> AsyncIterator[ChatServer]:
    async with ChatServer() as chat:
        yield chat


async def submit(app: App, user: str = "anna", prompt: str = "waves") -> Job:
    return await app.service.submit(VideoRequest(prompt=prompt), Requester("chat", user), Address("chat"))


async def until(holds: Callable[[], bool | Awaitable[bool]], seconds: float = 20.0) -> None:
    """Wait in small real pauses until something holds; fails after `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.005)


async def ended(app: App, job: Job) -> Job:
    async for view in app.follow(job.id):
        job = view.job
    return job
