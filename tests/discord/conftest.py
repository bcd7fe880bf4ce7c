"""A bot on the fake Discord and the sandbox, on a fast clock."""

import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import certifi
import pytest
from discord.gateway import KeepAliveHandler

from adapters.gateways.sandbox import SandboxGateway
from tests.discord.driver import ELSEWHERE, OpenBot
from tests.fakes.clocks import FastClock
from tests.fakes.discord import FakeDiscord
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


@pytest.fixture(scope="session")
def one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One authority instead of all: reading them takes a quarter of a bot's start, and nothing here has TLS."""
    path = tmp_path_factory.mktemp("tls") / "one.pem"
    end = "-----END CERTIFICATE-----\n"
    path.write_text(Path(certifi.where()).read_text(encoding="utf-8").partition(end)[0] + end)
    return path


@pytest.fixture(autouse=True)
def few_certificates(one_certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(one_certificate))


@pytest.fixture
def open_bot(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Opener:
    """Opens a bot: `more_servers` puts it into a second one, `arrange` changes Discord before the start, the rest are
    settings."""
    render = request.node.get_closest_marker("real_video") is not None

    @asynccontextmanager
    async def opened(
        *,
        run_jobs: bool = True,
        more_servers: bool = False,
        arrange: Callable[[FakeDiscord], Any] = lambda _discord: None,
        **options: Any,
    ) -> AsyncIterator[OpenBot]:
        clock = FastClock(SPEED, time.time())
        async with (
            FakeDiscord(clock.now) as discord,
            SandboxGateway(
                keys=(KEY,), speed=float("inf"), rate_limits=False, render=render, clock=clock.now
            ) as sandbox,
        ):
            bot = OpenBot(tmp_path_factory.mktemp("bot"), discord, sandbox, clock, options, run_jobs)
            if more_servers:
                discord.add_guild(ELSEWHERE)
            arrange(discord)
            await bot.open()
            try:
                yield bot
            finally:
                await bot.shut()
            assert discord.complaints == []

    return opened


@pytest.fixture
async def bot(open_bot: Opener) -> AsyncIterator[OpenBot]:
    """A bot as a fresh install is, without limits."""
    async with open_bot() as bot:
        yield bot
