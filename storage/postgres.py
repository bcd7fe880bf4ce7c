"""A PostgreSQL database, which several processes on several machines may use at once."""

import asyncio
import contextlib
import functools
import random
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.generation.ports import StoreError
from storage.database import P, T, Transaction
from storage.migrate import migrate
from storage.postgres_faults import as_store_error, is_lost, sqlstate

CONNECTIONS = 10  # at most, of one process
WAIT_FOR_ONE = 20.0  # seconds that a transaction waits for a connection
CONNECT_WITHIN = 5.0  # seconds
STATEMENT_WITHIN = 120.0  # seconds
#: Transactions that met in a way only one of them could win: deadlock_detected, serialization_failure.
_MEETINGS = frozenset({"40P01", "40001"})
_TRIES = 10
_MIGRATING = 7_166_320_117  # any number, the same in every videobot: only one of them changes the tables at a time

Once = Callable[[], Awaitable[Any]]


class PostgresDatabase:
    """A `Database` over one PostgreSQL database. Transactions are READ COMMITTED, each on a connection of a bounded
    pool; one that met another (a deadlock) or found its connection dead is run again, as long as nothing of it can be
    committed."""

    def __init__(self, url: URL) -> None:
        """`url`: postgresql://user:password@host:port/database."""
        self.url = url.set(drivername="postgresql+asyncpg")
        self._engine: AsyncEngine | None = None
        self._under_way: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    @property
    def name(self) -> str:
        """User, host, port and database."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=True).replace(":***", "")

    async def open(self) -> None:
        """Connect. Raises StoreError."""
        self._engine = create_async_engine(
            self.url,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=WAIT_FOR_ONE,
            hide_parameters=True,  # prompts stay out of errors and logs
            connect_args={
                "timeout": CONNECT_WITHIN,
                "command_timeout": STATEMENT_WITHIN,
                # Every commit is durable, whatever the server thinks is enough: a lost attempt could be paid twice.
                "server_settings": {"application_name": "videobot", "timezone": "UTC", "synchronous_commit": "on"},
            },
        )
        try:
            await self.look(_hello)
        except BaseException:
            await self.close()
            raise

    async def write(self, fn: Transaction[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See Database."""
        value: T = await self._whole(functools.partial(self._write, functools.partial(_call, fn, args, kwargs)))
        return value

    async def look(self, fn: Transaction[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See Database."""
        value: T = await self._whole(functools.partial(self._look, functools.partial(_call, fn, args, kwargs)))
        return value

    async def read(self, fn: Transaction[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See Database."""
        value: T = await self._whole(functools.partial(self._read, functools.partial(_call, fn, args, kwargs)))
        return value

    async def changed_elsewhere(self) -> bool:
        """See Database. Always True: who wants to know it sooner listens to the queue (`storage.queue`)."""
        return True

    async def upgrade(self) -> None:
        """See Database. Several processes that start at once upgrade one after another."""
        await self.write(_upgrade, self.name)

    async def close(self) -> None:
        """See Database."""
        self._is_closed = True
        if self._under_way:
            await asyncio.wait(set(self._under_way))
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None

    # ------------------------------------------------------------------------------------------- one transaction

    async def _whole(self, once: Once) -> Any:
        """Run it to its end, whatever becomes of the caller."""
        if self._is_closed:
            raise StoreError(f"The database {self.name} is closed.")
        task = asyncio.create_task(self._tried(once))
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # a caller that has left does not ask for it

    async def _tried(self, once: Once) -> Any:
        for tries in range(1, _TRIES + 1):
            try:
                return await once()
            except CommitLostError as lost:
                raise as_store_error(lost.error, self.name) or lost.error from lost
            except Exception as error:
                met = sqlstate(error) in _MEETINGS
                if tries < _TRIES and met:
                    await asyncio.sleep(random.uniform(0.0, 0.01) * tries)
                elif tries == 1 and is_lost(error):
                    pass  # a connection that died while it was idle: a fresh one says whether the database is there
                else:
                    raise as_store_error(error, self.name) or error from error
        raise AssertionError  # pragma: no cover - the last try has raised

    async def _write(self, run: Callable[[Connection], Any]) -> Any:
        async with self._connection() as conn:
            try:
                await conn.begin()
                value = await conn.run_sync(run)
            except BaseException:
                with contextlib.suppress(Exception):  # a rollback that fails leaves nothing committed either
                    await conn.rollback()
                raise
            try:
                await conn.commit()
            except DBAPIError as error:
                if is_lost(error):
                    raise CommitLostError(error) from error
                raise
            return value

    async def _look(self, run: Callable[[Connection], Any]) -> Any:
        async with self._connection() as conn, conn.begin():
            return await conn.run_sync(run)

    async def _read(self, run: Callable[[Connection], Any]) -> Any:
        async with self._connection() as plain:
            conn = await plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            async with conn.begin():
                return await conn.run_sync(run)

    def _connection(self) -> AsyncConnection:
        assert self._engine is not None  # noqa: S101 - for the type checker
        return self._engine.connect()


class CommitLostError(Exception):
    """The connection died while it committed: nobody knows whether it did, so it is not run again."""

    def __init__(self, error: DBAPIError) -> None:
        super().__init__("lost at the commit")
        self.error = error


def _call(fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any], conn: Connection) -> Any:
    return fn(conn, *args, **kwargs)


def _hello(conn: Connection) -> None:
    conn.execute(text("SELECT 1"))


def _upgrade(conn: Connection, name: str) -> None:
    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
    migrate(conn, name)
