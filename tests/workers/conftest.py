"""A PostgreSQL server, and a town around one fresh database on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.gateways.sandbox import SandboxGateway
from tests.fakes.postgres import PostgresServer
from tests.workers.nonce_chat import NonceChatServer
from tests.workers.town import KEY, Town


@pytest.fixture
async def url(postgres: PostgresServer) -> AsyncIterator[str]:
    """The URL of a fresh database."""
    url = await postgres.fresh()
    yield url
    await postgres.drop(url)


@pytest.fixture
async def town(tmp_path: Path, url: str) -> AsyncIterator[Town]:
    async with (
        SandboxGateway(keys=(KEY,), speed=float("inf"), rate_limits=False, render=False) as sandbox,
        NonceChatServer() as chat,
    ):
        town = Town(tmp_path, url, sandbox, chat)
        try:
            yield town
        finally:
            await town.end()
