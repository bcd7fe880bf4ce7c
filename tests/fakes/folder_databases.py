"""The databases of the tests' bots: the SQLite file in a bot's folder or, with VIDEOBOT_TEST_DATABASE=postgresql, a
fresh PostgreSQL database for each folder, so that the whole suite can run on it."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import asyncpg

from tests.fakes.postgres import PostgresServer

T = TypeVar("T")

CHOICE = "VIDEOBOT_TEST_DATABASE"
#: Read once: the choice belongs to the whole run.
IS_POSTGRESQL = os.environ.get(CHOICE) == "postgresql"

_server: list[PostgresServer] = []  # at most one
_urls: dict[Path, str] = {}


def url(folder: Path) -> str | None:
    """The URL of this folder's database, the same until the test ends; None where it is the SQLite file in it."""
    if not IS_POSTGRESQL:
        return None
    if folder not in _urls:
        _urls[folder] = _aside(_server[0].fresh)
    return _urls[folder]


@asynccontextmanager
async def held(folder: Path) -> AsyncIterator[None]:
    """Another program holds the folder's database: the bot can write down nothing that comes in."""
    there = url(folder)
    if there is None:
        with closing(sqlite3.connect(folder / "videobot.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    connection = await asyncpg.connect(there)
    try:
        async with connection.transaction():
            # This table alone: who waits for one more while it holds one may meet the bot's transactions in a deadlock.
            await connection.execute("LOCK TABLE intake IN EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def lose_table(folder: Path, table: str) -> None:
    """Another program takes a table of the folder's database away."""
    statement = f"ALTER TABLE {table} RENAME TO gone"
    there = url(folder)
    if there is None:
        with closing(sqlite3.connect(folder / "videobot.db")) as other:
            other.execute(statement)
    else:
        await _server[0].do(statement, there.rpartition("/")[2])


async def dump(folder: Path) -> str:
    """All that lies in the folder's database, as text."""
    there = url(folder)
    if there is None:
        with closing(sqlite3.connect(folder / "videobot.db")) as other:
            return "\n".join(other.iterdump())
    connection = await asyncpg.connect(there)
    try:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [await connection.fetch(f'SELECT t::text FROM "{name}" t') for (name,) in names]
        return "\n".join(text for table in rows for (text,) in table)
    finally:
        await connection.close()


@contextmanager
def databases_of(server: PostgresServer) -> Iterator[None]:
    """For one test: a folder's database is on this server, and gone afterwards."""
    _server.append(server)
    try:
        yield
    finally:
        for made in _urls.values():
            _aside(partial(server.drop, made))
        _urls.clear()
        _server.clear()


def _aside(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run it in a loop of its own, in a thread of its own: the caller may be in the test's loop."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: asyncio.run(work())).result()
