"""A grown bot moves from SQLite to PostgreSQL: every row, or none."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from bot.cli import main
from bot.generation.job import Job
from bot.generation.ports import StoreError
from bot.generation.request import Frame, FrameRole
from storage import open_database
from storage.copying import copy_database
from storage.lock import EngineLock
from storage.postgres import PostgresDatabase
from storage.sqlite import SqliteDatabase
from tests.fakes.postgres import PostgresServer
from tests.storage.steps import BUSY, Steps, request_of

pytestmark = pytest.mark.slow


@pytest.fixture
async def target(postgres: PostgresServer) -> AsyncIterator[PostgresDatabase]:
    database = await open_database(await postgres.empty())
    assert isinstance(database, PostgresDatabase)
    yield database
    await database.close()


async def grow(do: Steps) -> list[Job]:
    """A bot with jobs of many kinds."""
    await do.wide_limits()
    await do.delivered(bill=200_000)
    await do.unsure("ben")
    await do.given_up("Ärgerlich 日本 🎬")
    frame = Frame(role=FrameRole.FIRST_FRAME, source="inputs/a.jpg")
    await do.accepted("ben", request=request_of(prompt="quote ' \" \\ \n ü", frames=(frame,)))
    failed = await do.creating("zoe")
    await do.store.not_created(failed, str(failed.attempt_id), BUSY, None, do.tick())
    await do.store.add_intake("discord:1", "discord", {"a": 1}, do.tick())
    return list(await do.store.jobs())


async def test_every_row_is_there_and_the_bot_goes_on(
    sqlite_database: SqliteDatabase, target: PostgresDatabase
) -> None:
    before = await grow(Steps(sqlite_database))
    copied = {table.table: table.rows for table in await copy_database(sqlite_database, target)}
    assert copied["jobs"] == len(before) == 5
    assert copied["frames"] == 1
    do = Steps(target, now=before[0].accepted_at + 1000)
    assert list(await do.store.jobs()) == before
    assert await do.books_agree()
    # New rows get numbers after the copied ones.
    await do.accepted("zoe", id="fresh")
    assert await do.books_agree()


async def test_a_used_target_is_refused_and_left_alone(
    sqlite_database: SqliteDatabase, target: PostgresDatabase
) -> None:
    await grow(Steps(sqlite_database))
    await target.upgrade()
    other = Steps(target)
    job = await other.accepted()
    with pytest.raises(StoreError, match=r"is not empty \(there are rows in .*jobs.*\): name one that no bot has used"):
        await copy_database(sqlite_database, target)
    assert await other.store.jobs() == [job]


async def test_a_source_of_an_older_version_is_refused(
    sqlite_database: SqliteDatabase, target: PostgresDatabase
) -> None:
    await sqlite_database.write(
        lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '0002'")).rowcount
    )
    with pytest.raises(StoreError, match="run `videobot db upgrade` on it first"):
        await copy_database(sqlite_database, target)


async def test_a_row_that_cannot_be_kept_leaves_nothing_behind(
    sqlite_database: SqliteDatabase, target: PostgresDatabase
) -> None:
    await grow(Steps(sqlite_database))
    await target.upgrade()
    await target.write(
        lambda conn: (
            conn.execute(
                text(
                    "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
                    "$$ BEGIN NEW.note := NEW.note || '!'; RETURN NEW; END $$"
                )
            ).rowcount
        )
    )
    await target.write(
        lambda conn: (
            conn.execute(
                text("CREATE TRIGGER spoil BEFORE INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION spoil()")
            ).rowcount
        )
    )
    with pytest.raises(StoreError, match="A row of ledger came out differently"):
        await copy_database(sqlite_database, target)
    assert await Steps(target).store.jobs() == []


async def test_the_command_copies_and_refuses_while_the_bot_runs(
    sqlite_database: SqliteDatabase, postgres: PostgresServer, capsys: pytest.CaptureFixture[str]
) -> None:
    await grow(Steps(sqlite_database))
    words = ["db", "copy", sqlite_database.name, await postgres.empty()]
    with EngineLock(sqlite_database):
        assert await asyncio.to_thread(main, words) == 1
    assert "is already running the jobs of" in capsys.readouterr().err
    assert await asyncio.to_thread(main, words) == 0
    assert "each was compared and is the same" in capsys.readouterr().out
    assert await asyncio.to_thread(main, words) == 1
    assert "is not empty" in capsys.readouterr().err
    assert await asyncio.to_thread(main, ["db", "copy", "none.db", words[3]]) == 2
