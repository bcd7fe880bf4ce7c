"""One thread with one SQLite connection: transactions that wait together share one commit.

A hop between threads costs more than a statement, and a durable commit costs more than ten; so whole transactions go to
the thread, each as one function, and all that wait meanwhile are committed together. A savepoint keeps them apart.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, NullPool, create_engine, event

from bot.generation.ports import StoreError
from storage.faults import as_store_error

BUSY_TIMEOUT = 10.0  # seconds to wait for another program's lock
LARGEST_GROUP = 200  # transactions in one commit


def prepare(driver: Any, _record: object = None) -> None:
    """Set up a fresh SQLite connection. Everything committed survives a power cut (synchronous=FULL)."""
    cursor = driver.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT * 1000)}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=FULL")
    finally:
        cursor.close()


@dataclass(slots=True)
class Ask:
    """One transaction on its way to the thread and its outcome on the way back."""

    fn: Callable[[Connection], Any]
    writes: bool
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    value: Any = None
    error: BaseException | None = None

    def deliver(self) -> None:
        """Tell the caller, on its loop. A cancelled caller has left; its transaction is done all the same."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.value)


@dataclass
class SqliteThread:
    """Runs functions over one connection, in groups. `name` is the thread's."""

    path: Path
    name: str
    _queue: "queue.SimpleQueue[Ask | None]" = field(default_factory=queue.SimpleQueue)
    _thread: threading.Thread | None = None
    _closed: bool = False

    async def start(self) -> None:
        """Open the connection and begin to serve. Raises StoreError."""
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = loop.create_future()
        self._thread = threading.Thread(target=self._serve, args=(loop, opened), name=self.name, daemon=True)
        self._thread.start()
        await asyncio.shield(opened)

    def run(self, fn: Callable[[Connection], Any], *, writes: bool) -> "asyncio.Future[Any]":
        """Hand over a transaction. The future is for one awaiting caller; cancelling it stops nothing."""
        loop = asyncio.get_running_loop()
        if self._closed:
            raise StoreError(f"The database {self.path} is closed.")
        ask = Ask(fn, writes, loop, loop.create_future())
        self._queue.put(ask)
        return ask.future

    @property
    def is_closed(self) -> bool:
        """True once `close` was called, or when opening failed."""
        return self._closed

    async def close(self) -> None:
        """Finish what was handed over, then close the connection."""
        if self._thread is None or self._closed:
            return
        self._closed = True
        self._queue.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    # --------------------------------------------------------------------------------------------- in the thread

    def _serve(self, loop: asyncio.AbstractEventLoop, opened: "asyncio.Future[None]") -> None:
        # Transactions are begun and ended by hand, so the driver and SQLAlchemy are told to leave that alone.
        engine = create_engine(
            URL.create("sqlite", database=str(self.path)),
            isolation_level="AUTOCOMMIT",
            poolclass=NullPool,
            hide_parameters=True,  # prompts stay out of errors and logs
            connect_args={"timeout": BUSY_TIMEOUT},
        )
        event.listen(engine, "connect", prepare)
        try:
            conn = engine.connect()
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller has to hear it
            self._closed = True
            _tell(loop, opened, as_store_error(error, self.path) or error)
            return
        with conn:
            conn.begin()  # SQLAlchemy's own bookkeeping; sends nothing
            _tell(loop, opened, None)
            driver = conn.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - for the type checker
            while group := self._next_group():
                self._run_group(conn, driver, group)
                _deliver(group)

    def _next_group(self) -> list[Ask]:
        """Everything that waits, at least one; empty when the thread is to end."""
        first = self._queue.get()
        group = [] if first is None else [first]
        with contextlib.suppress(queue.Empty):
            while group and len(group) < LARGEST_GROUP:
                ask = self._queue.get_nowait()
                if ask is None:
                    self._queue.put(None)  # end after this group
                    break
                group.append(ask)
        return group

    def _run_group(self, conn: Connection, driver: sqlite3.Connection, group: list[Ask]) -> None:
        try:
            driver.execute("BEGIN IMMEDIATE" if any(ask.writes for ask in group) else "BEGIN")
            alone = len(group) == 1
            for ask in group:
                self._run_one(conn, driver, ask, alone=alone)
            if driver.in_transaction:
                driver.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - nothing was committed, and each caller has to hear it
            with contextlib.suppress(sqlite3.Error):  # a rollback that fails leaves nothing committed either
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
            told = as_store_error(error, self.path) or error
            for ask in group:
                ask.error = ask.error or told

    def _run_one(self, conn: Connection, driver: sqlite3.Connection, ask: Ask, *, alone: bool) -> None:
        if not alone:
            driver.execute("SAVEPOINT one")
        try:
            ask.value = ask.fn(conn)
        except Exception as error:
            if not driver.in_transaction:
                raise  # SQLite took back the whole transaction (a full disk), the others' part too
            if alone:
                driver.execute("ROLLBACK")
            else:
                driver.execute("ROLLBACK TO one")
            ask.error = as_store_error(error, self.path) or error
        if not alone:
            driver.execute("RELEASE one")


def _tell(loop: asyncio.AbstractEventLoop, future: "asyncio.Future[None]", error: BaseException | None) -> None:
    def tell() -> None:
        if future.done():
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)

    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(tell)


def _deliver(group: list[Ask]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[Ask]] = {}
    for ask in group:
        by_loop.setdefault(ask.loop, []).append(ask)
    for loop, asks in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_deliver_all, asks)


def _deliver_all(asks: list[Ask]) -> None:
    for ask in asks:
        ask.deliver()
