"""A store over a real SQLite file, and (slow) over a real PostgreSQL server."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import open_database
from storage.database import Database
from storage.sqlite import SqliteDatabase
from tests.fakes.postgres import PostgresServer
from tests.storage.steps import Steps

BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))


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
def path(migrated: Path, tmp_path: Path) -> Path:
    """A fresh database file of this test."""
    return Path(shutil.copy(migrated, tmp_path / "videobot.db"))


@pytest.fixture(params=BOTH)
def place(request: pytest.FixtureRequest) -> Path | PostgresServer:
    """A file, or (slow) a server."""
    found: Path | PostgresServer = request.getfixturevalue("path" if request.param == "sqlite" else "postgres")
    return found


@pytest.fixture
async def url(place: Path | PostgresServer) -> AsyncIterator[str]:
    """The URL of a fresh database of this test."""
    if not isinstance(place, PostgresServer):
        yield f"sqlite:///{place}"
        return
    url = await place.fresh()  # noqa: ASYNC240 - no path
    yield url
    await place.drop(url)  # noqa: ASYNC240 - no path


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = await open_database(url)
    yield database
    await database.close()


@pytest.fixture
async def sqlite_database(path: Path) -> AsyncIterator[SqliteDatabase]:
    database = SqliteDatabase(path)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def do(database: Database) -> Steps:
    """The store, with short words for the way of a job through it."""
    return Steps(database)
