"""Transactions: whole, apart from each other, finished for good, and read back by whoever wrote them."""

import asyncio
import sqlite3
import threading
import traceback
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.generation.ports import StoreError
from storage.sqlite import SqliteDatabase
from storage.sqlite_thread import LARGEST_GROUP


@pytest.fixture
def database(sqlite_database: SqliteDatabase) -> SqliteDatabase:
    return sqlite_database


PUT = text("INSERT INTO settings (name, value) VALUES (:name, 'x')")


def put(conn: Connection, name: str) -> str:
    conn.execute(PUT, {"name": name})
    return name


def put_and_break(conn: Connection, name: str) -> None:
    put(conn, name)
    raise LookupError(name)


def names(conn: Connection) -> list[str]:
    return list(conn.execute(text("SELECT name FROM settings ORDER BY name")).scalars())


class Gate:
    """Holds the writer inside a transaction, so that what comes meanwhile waits together."""

    def __init__(self) -> None:
        self.entered, self.go = threading.Event(), threading.Event()

    def __call__(self, conn: Connection) -> None:
        self.entered.set()
        assert self.go.wait(20)


async def hold(database: SqliteDatabase) -> tuple[Gate, "asyncio.Task[None]"]:
    gate = Gate()
    held = asyncio.create_task(database.write(gate))
    await asyncio.to_thread(gate.entered.wait, 20)
    return gate, held


def commits(path: str) -> int:
    """Transactions in the write-ahead log: frames with a database size in them end one."""
    log = Path(path + "-wal").read_bytes()
    page = int.from_bytes(log[8:12], "big")
    return sum(1 for at in range(32, len(log), 24 + page) if int.from_bytes(log[at + 4 : at + 8], "big"))


async def test_what_waits_together_shares_a_commit_and_one_failure_harms_nobody(database: SqliteDatabase) -> None:
    before = commits(database.name)
    gate, held = await hold(database)
    writes = [asyncio.create_task(database.write(put, f"n{i:02d}")) for i in range(10)]
    broken = asyncio.create_task(database.write(put_and_break, "broken"))
    writes += [asyncio.create_task(database.write(put, f"n{i:02d}")) for i in range(10, 20)]
    twice = asyncio.create_task(database.write(put, "n00"))
    await asyncio.sleep(0)
    gate.go.set()
    await held
    assert await asyncio.gather(*writes) == [f"n{i:02d}" for i in range(20)]
    with pytest.raises(LookupError, match="broken"):
        await broken
    with pytest.raises(Exception, match="UNIQUE constraint"):
        await twice
    assert await database.look(names) == [f"n{i:02d}" for i in range(20)]
    assert commits(database.name) - before == 1


async def test_when_the_commit_fails_all_hear_it_and_nothing_is_there(database: SqliteDatabase) -> None:
    def break_the_commit(conn: Connection) -> None:
        conn.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        conn.exec_driver_sql("INSERT INTO frames VALUES ('no such job', 1, 'first_frame', 'a.jpg')")

    gate, held = await hold(database)
    writes = [
        asyncio.create_task(write)
        for write in (
            database.write(put, "before"),
            database.write(break_the_commit),
            database.write(put_and_break, "own failure"),
            database.write(put, "after"),
        )
    ]
    await asyncio.sleep(0)
    gate.go.set()
    await held
    errors = [str(error) for error in await asyncio.gather(*writes, return_exceptions=True)]
    assert [("FOREIGN KEY" in error) for error in errors] == [True, True, False, True]
    assert errors[2] == "own failure"
    assert await database.look(names) == []
    await database.write(put, "next")


async def test_when_sqlite_takes_the_whole_transaction_back_all_hear_it(database: SqliteDatabase) -> None:
    def roll_all_back(conn: Connection) -> None:
        for _ in range(2):
            conn.exec_driver_sql("INSERT OR ROLLBACK INTO settings VALUES ('twice', 'x')")

    gate, held = await hold(database)
    writes = [
        asyncio.create_task(write)
        for write in (database.write(put, "before"), database.write(roll_all_back), database.write(put, "after"))
    ]
    await asyncio.sleep(0)
    gate.go.set()
    await held
    errors = await asyncio.gather(*writes, return_exceptions=True)
    assert all("UNIQUE constraint" in str(error) for error in errors)
    assert await database.look(names) == []
    await database.write(put, "next")


async def test_no_error_tells_what_was_written(database: SqliteDatabase) -> None:
    prompt = "".join(("can", "ary"))  # not in this source, which tracebacks show
    await database.write(put, prompt)
    for call in (database.write, database.read):
        with pytest.raises(Exception, match=r"UNIQUE|written") as caught:
            await call(put, prompt)
        assert prompt not in "".join(traceback.format_exception(caught.value))


async def test_a_failure_alone_changes_nothing(database: SqliteDatabase) -> None:
    with pytest.raises(LookupError):
        await database.write(put_and_break, "broken")
    assert await database.look(names) == []
    await database.write(put, "next")
    assert await database.look(names) == ["next"]


async def test_more_than_fit_in_one_group_are_all_done(database: SqliteDatabase) -> None:
    gate, held = await hold(database)
    writes = [asyncio.create_task(database.write(put, f"n{i:03d}")) for i in range(LARGEST_GROUP * 2 + 5)]
    await asyncio.sleep(0)
    gate.go.set()
    await asyncio.gather(held, *writes)
    assert len(await database.look(names)) == LARGEST_GROUP * 2 + 5


async def test_a_cancelled_caller_does_not_stop_its_transaction(database: SqliteDatabase) -> None:
    gate, held = await hold(database)
    write = asyncio.create_task(database.write(put, "wanted"))
    await asyncio.sleep(0)
    write.cancel()
    held.cancel()
    with pytest.raises(asyncio.CancelledError):
        await write
    gate.go.set()
    await database.write(put, "later")  # comes after both in the same thread
    assert await database.look(names) == ["later", "wanted"]


@pytest.mark.parametrize("how", ["look", "read"])
async def test_a_caller_reads_what_it_wrote(database: SqliteDatabase, how: str) -> None:
    read = getattr(database, how)

    async def write_and_read(name: str) -> None:
        await database.write(put, name)
        assert name in await read(names)

    await asyncio.gather(*(write_and_read(f"n{i}") for i in range(50)))


async def test_nothing_uncommitted_is_ever_read(database: SqliteDatabase) -> None:
    entered, go = threading.Event(), threading.Event()

    def put_slowly(conn: Connection) -> None:
        put(conn, "slow")
        entered.set()
        assert go.wait(20)

    write = asyncio.create_task(database.write(put_slowly))
    await asyncio.to_thread(entered.wait, 20)
    assert await database.look(names) == []
    assert await database.read(names) == []
    go.set()
    await write
    assert await database.read(names) == ["slow"]


async def test_a_long_read_sees_one_state_and_holds_up_no_writer(database: SqliteDatabase) -> None:
    loop = asyncio.get_running_loop()

    def read_twice(conn: Connection) -> tuple[list[str], list[str]]:
        first = names(conn)
        loop.call_soon(started.set)
        conn.exec_driver_sql("SELECT 1")  # a hop, so that the loop runs
        for _ in range(200):
            conn.exec_driver_sql("SELECT 1")
            if wrote.done():
                break
        return first, names(conn)

    async def write() -> None:
        await started.wait()
        await database.write(put, "meanwhile")

    started = asyncio.Event()
    wrote = asyncio.create_task(write())
    assert await database.read(read_twice) == ([], [])
    await wrote


async def test_a_read_cannot_write(database: SqliteDatabase) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        await database.read(put, "x")


async def test_another_process_is_noticed_and_our_own_writes_are_not(database: SqliteDatabase) -> None:
    assert not await database.changed_elsewhere()
    await database.write(put, "ours")
    await database.look(names)
    await database.read(names)
    assert not await database.changed_elsewhere()
    other = sqlite3.connect(database.name)
    other.execute("INSERT INTO settings VALUES ('theirs', 'x')")
    other.commit()
    other.close()
    assert await database.changed_elsewhere()
    assert not await database.changed_elsewhere()


async def test_every_connection_is_set_up_for_durability(database: SqliteDatabase) -> None:
    def pragmas(conn: Connection) -> dict[str, object]:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return {name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in asked}

    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    assert await database.write(pragmas) == expected
    assert await database.look(pragmas) == expected
    assert await database.read(pragmas) == expected


async def test_closing_finishes_what_was_begun_and_refuses_the_rest(database: SqliteDatabase) -> None:
    gate, held = await hold(database)
    write = asyncio.create_task(database.write(put, "begun"))
    await asyncio.sleep(0)
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    gate.go.set()
    await asyncio.gather(held, closing)
    assert await write == "begun"
    for call in (database.write, database.look, database.read):
        with pytest.raises(StoreError, match="is closed"):
            await call(names)
    await database.close()


async def test_writes_of_two_loops_are_answered_on_their_own(database: SqliteDatabase) -> None:
    def elsewhere() -> str:
        return asyncio.run(database.write(put, "other loop"))

    assert await asyncio.to_thread(elsewhere) == "other loop"
    assert await database.look(names) == ["other loop"]
