"""PostgreSQL itself: transactions side by side, dead connections, and what is wrong said in one sentence."""

import asyncio
import traceback
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, text

from bot.generation.ports import StoreError
from storage import open_database
from storage.postgres import PostgresDatabase
from tests.fakes.postgres import PostgresServer, postgres_server
from tests.storage.steps import Steps

pytestmark = pytest.mark.slow

PUT = text("INSERT INTO settings (name, value) VALUES (:name, :value)")
SET = text("UPDATE settings SET value = value || 'x' WHERE name = :name")


def put(conn: Connection, name: str, value: str = "x") -> None:
    conn.execute(PUT, {"name": name, "value": value})


def names(conn: Connection) -> list[str]:
    return list(conn.execute(text("SELECT name FROM settings ORDER BY name")).scalars())


@pytest.fixture
async def database(postgres: PostgresServer) -> AsyncIterator[PostgresDatabase]:
    database = await open_database(await postgres.fresh())
    assert isinstance(database, PostgresDatabase)
    yield database
    await database.close()


async def refused(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        await open_database(url)
    return str(caught.value)


async def test_a_transaction_that_raises_changes_nothing(database: PostgresDatabase) -> None:
    def break_off(conn: Connection) -> None:
        put(conn, "broken")
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(break_off)
    await database.write(put, "whole")
    assert await database.look(names) == ["whole"]


async def test_a_cancelled_caller_does_not_stop_its_transaction(database: PostgresDatabase) -> None:
    def slowly(conn: Connection) -> None:
        conn.execute(text("SELECT pg_sleep(0.2)"))
        put(conn, "wanted")

    write = asyncio.create_task(database.write(slowly))
    await asyncio.sleep(0.05)
    write.cancel()
    with pytest.raises(asyncio.CancelledError):
        await write
    await database.close()  # waits for it
    again = PostgresDatabase(database.url)
    await again.open()
    assert await again.look(names) == ["wanted"]
    await again.close()


async def test_of_two_transactions_in_a_deadlock_both_are_done(database: PostgresDatabase) -> None:
    for name in "ab":
        await database.write(put, name)

    def change(conn: Connection, first: str, second: str) -> None:
        conn.execute(SET, {"name": first})
        conn.execute(text("SELECT pg_sleep(0.3)"))
        conn.execute(SET, {"name": second})

    await asyncio.gather(database.write(change, "a", "b"), database.write(change, "b", "a"))

    def values(conn: Connection) -> list[str]:
        return list(conn.execute(text("SELECT value FROM settings")).scalars())

    assert await database.look(values) == ["xxx", "xxx"]


async def test_a_long_read_sees_one_state_and_may_not_write(database: PostgresDatabase) -> None:
    def twice(conn: Connection) -> tuple[int, int]:
        count = text("SELECT count(*) FROM settings")
        before = conn.execute(count).scalar_one()
        conn.execute(text("SELECT pg_sleep(0.3)"))
        return before, conn.execute(count).scalar_one()

    read = asyncio.create_task(database.read(twice))
    await asyncio.sleep(0.1)
    await database.write(put, "meanwhile")
    before, after = await read
    assert before == after
    with pytest.raises(StoreError, match="read-only"):
        await database.read(put, "not so")


async def test_connections_that_died_while_idle_are_replaced(database: PostgresDatabase) -> None:
    await asyncio.gather(*(database.write(put, f"n{n}") for n in range(8)))

    def cut_others(conn: Connection) -> None:
        conn.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    await database.write(cut_others)
    await asyncio.gather(*(database.write(put, f"m{n}") for n in range(8)))
    assert len(await database.look(names)) == 16


async def test_no_error_tells_what_was_written(database: PostgresDatabase) -> None:
    prompt = "".join(("can", "ary"))  # not in this source, which tracebacks show
    await database.write(put, prompt)
    with pytest.raises(Exception, match=r"unique|duplicate") as caught:
        await database.write(put, prompt)
    assert prompt not in "".join(traceback.format_exception(caught.value))


async def test_two_processes_may_upgrade_at_once(postgres: PostgresServer) -> None:
    url = await postgres.empty()
    databases = [await open_database(url) for _ in range(3)]
    await asyncio.gather(*(database.upgrade() for database in databases))
    assert await Steps(databases[0]).store.jobs() == []
    for database in databases:
        await database.close()


async def test_a_database_without_tables(postgres: PostgresServer) -> None:
    database = await open_database(await postgres.empty())
    with pytest.raises(StoreError, match="videobot db upgrade"):
        await Steps(database).store.jobs()
    await database.close()


async def test_a_missing_database(postgres: PostgresServer) -> None:
    assert "does not exist: create it" in await refused(postgres.url("none"))


async def test_nobody_there() -> None:
    message = await refused("postgresql://bot:geheim@127.0.0.1:1/videobot")
    assert "cannot be reached" in message
    assert "geheim" not in message


async def test_a_wrong_password(postgres: PostgresServer) -> None:
    await postgres.do("DROP ROLE IF EXISTS guarded")
    await postgres.do("CREATE ROLE guarded LOGIN PASSWORD 'right'")
    postgres.ask_password_of("guarded")
    message = await refused(postgres.url("postgres").replace("postgres@", "guarded:geheim@"))
    assert "refuses the user or password: check VIDEOBOT_DATABASE_URL" in message
    assert "geheim" not in message
    database = await open_database(postgres.url("postgres").replace("postgres@", "guarded:right@"))
    await database.close()


async def test_a_server_that_goes_and_comes_back() -> None:
    with postgres_server() as own:
        database = await open_database(await own.fresh())
        do = Steps(database)
        await do.accepted()
        await asyncio.to_thread(own.stop)
        with pytest.raises(StoreError, match=r"cannot be reached|stopping or starting"):
            await do.ask()
        await asyncio.to_thread(own.start)
        await do.accepted()
        assert len(await do.store.jobs()) == 2
        assert await do.books_agree()
        await database.close()
