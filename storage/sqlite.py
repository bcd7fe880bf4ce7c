"""The database of one process: a SQLite file in WAL mode, with one writer thread and readers beside it."""

import asyncio
import functools
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.generation.ports import StoreError
from storage.database import P, T, Transaction
from storage.faults import as_store_error, missing_folder
from storage.migrate import migrate
from storage.sqlite_thread import BUSY_TIMEOUT, SqliteThread, prepare

READERS = 2  # connections for long reads


class SqliteDatabase:
    """A `Database` over one SQLite file. Other processes (commands) may use the same file meanwhile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = SqliteThread(path, "videobot-sqlite-write")
        self._looker = SqliteThread(path, "videobot-sqlite-look")
        self._readers: AsyncEngine | None = None
        self._seen_version = 0
        self._is_closing = False
        self._under_way: set[asyncio.Future[Any]] = set()  # reads

    @property
    def name(self) -> str:
        """The path of the file."""
        return str(self.path)

    async def open(self) -> None:
        """Open the file, made when it is missing. Raises StoreError."""
        if not self.path.parent.is_dir():
            raise missing_folder(self.path)
        await self._writer.start()
        try:
            await self.write(_prepare_file, self.path)
            await self._looker.start()
            self._seen_version = await self._writer.run(_data_version, writes=False)
        except BaseException:
            await self.close()
            raise

    async def write(self, fn: Transaction[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See Database."""
        value: T = await self._writer.run(functools.partial(_call, fn, args, kwargs), writes=True)
        return value

    async def look(self, fn: Transaction[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See Database."""
        value: T = await self._looker.run(functools.partial(_call, fn, args, kwargs), writes=False)
        return value

    async def read(self, fn: Transaction[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See Database."""
        # A connection whose opening is cancelled is never closed: what was begun is finished, whoever has left.
        reading = asyncio.ensure_future(self._read(functools.partial(_call, fn, args, kwargs)))
        self._under_way.add(reading)
        reading.add_done_callback(self._under_way.discard)
        value: T = await asyncio.shield(reading)
        return value

    async def _read(self, fn: Callable[[Connection], Any]) -> Any:
        try:
            async with self._reading().begin() as conn:
                return await conn.run_sync(fn)
        except Exception as error:
            told = as_store_error(error, self.path)
            if told is None:
                raise
            raise told from error

    async def changed_elsewhere(self) -> bool:
        """See Database."""
        version: int = await self._writer.run(_data_version, writes=False)
        changed, self._seen_version = version != self._seen_version, version
        return changed

    async def upgrade(self) -> None:
        """See Database."""
        await self.write(migrate, self.name)

    async def close(self) -> None:
        """See Database."""
        self._is_closing = True  # no read opens a connection from here on
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._readers is not None:
            await self._readers.dispose()
            self._readers = None
        await self._looker.close()
        await self._writer.close()

    def _reading(self) -> AsyncEngine:
        if self._is_closing or self._writer.is_closed:
            raise StoreError(f"The database {self.path} is closed.")
        if self._readers is None:
            self._readers = create_async_engine(
                URL.create("sqlite+aiosqlite", database=str(self.path)),
                pool_size=READERS,
                max_overflow=0,
                hide_parameters=True,  # prompts stay out of errors and logs
                connect_args={"timeout": BUSY_TIMEOUT},
            )
            event.listen(self._readers.sync_engine, "connect", _prepare_reader)
            event.listen(self._readers.sync_engine, "begin", _begin_read)
        return self._readers


def _call(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any], conn: Connection) -> Any:
    return fn(conn, *args, **kwargs)


def _prepare_file(conn: Connection, path: Path) -> None:
    """Switch to WAL, and find out now whether the file can be written."""
    driver = conn.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - for the type checker
    driver.execute("COMMIT")  # the mode cannot be changed inside a transaction
    (mode,) = driver.execute("PRAGMA journal_mode=WAL").fetchone()
    if mode != "wal":
        raise StoreError(
            f"The database {path} is on a file system without shared memory, where it would be slow and "
            "unsafe: put it on a local disk."
        )
    driver.execute("BEGIN IMMEDIATE")  # goes well even where nothing can be written
    driver.execute("PRAGMA user_version=1")
    driver.execute("ROLLBACK")


def _data_version(conn: Connection) -> int:
    """Changes when another connection committed."""
    return int(conn.execute(text("PRAGMA data_version")).scalar_one())


def _prepare_reader(driver: Any, record: object) -> None:
    prepare(driver, record)
    driver.isolation_level = None
    cursor = driver.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def _begin_read(conn: Connection) -> None:
    conn.exec_driver_sql("BEGIN")  # one committed state for all statements of a read
