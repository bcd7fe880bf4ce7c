"""A store over a real SQLite file."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage import open_database
from storage.sqlite import SqliteDatabase
from tests.storage.steps import Steps


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


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    database = await open_database(f"sqlite:///{path}")
    yield database
    await database.close()


@pytest.fixture
async def do(database: SqliteDatabase) -> Steps:
    """The store, with short words for the way of a job through it."""
    return Steps(database)
