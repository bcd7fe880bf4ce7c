"""The numbered migrations make exactly the tables of `storage.tables`."""

import asyncio
import logging
import re
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bot.generation.limits import FRESH_LIMITS
from bot.generation.ports import StoreError
from storage import SqlStore, migrate, open_database
from storage.sqlite import SqliteDatabase
from storage.tables import metadata


@pytest.fixture
def database(sqlite_database: SqliteDatabase) -> SqliteDatabase:
    return sqlite_database


def differences(conn: Connection) -> list[object]:
    context = MigrationContext.configure(conn, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, metadata))


async def test_the_migrated_schema_is_the_tables(database: SqliteDatabase) -> None:
    assert await database.read(differences) == []


async def test_indices_and_constraints_are_made_as_the_tables_say(database: SqliteDatabase, tmp_path: Path) -> None:
    def schema(conn: Connection) -> dict[str, list[str]]:
        rows = conn.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
        # The order of a table's columns and constraints does not matter: a later column stands behind them.
        words = {row.name: sorted(re.findall(r"[()]|[^\s,()]+", row.sql)) for row in rows}
        return {name: said for name, said in words.items() if name != "alembic_version"}

    made = await open_database(f"sqlite:///{tmp_path}/made.db")
    await made.write(metadata.create_all)
    assert await database.read(schema) == await made.read(schema)
    await made.close()


def test_the_code_knows_its_newest_migration_and_the_numbers_have_no_gap() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [migrate.HEAD]
    numbers = [script.revision for script in scripts.walk_revisions()][::-1]
    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]


async def test_what_an_older_version_wrote_is_kept_and_its_answered_events_are_emptied(tmp_path: Path) -> None:
    database = await open_database(f"sqlite:///{tmp_path}/old.db")

    def older(conn: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")
        for key, state in (("discord:1", "accepted"), ("discord:2", "received")):
            values = f"('{key}', 'discord', '{{\"token\":\"t\"}}', 1.0, '{state}')"
            conn.exec_driver_sql(f"INSERT INTO intake VALUES {values}")

    def payloads(conn: Connection) -> list[str]:
        return list(conn.execute(text("SELECT payload FROM intake ORDER BY key")).scalars())

    await database.write(older)
    await database.upgrade()
    assert await database.look(payloads) == ["{}", '{"token":"t"}']
    assert await database.read(differences) == []
    await database.close()


async def test_an_empty_file_becomes_a_database_with_the_fresh_limits(tmp_path: Path) -> None:
    database = await open_database(f"sqlite:///{tmp_path}/new.db")
    level = logging.getLogger().level, logging.getLogger("alembic").level
    await database.upgrade()
    await database.upgrade()
    assert (logging.getLogger().level, logging.getLogger("alembic").level) == level
    assert set(await SqlStore(database).limits()) == set(FRESH_LIMITS)
    await database.close()


async def test_two_databases_can_be_upgraded_at_once(tmp_path: Path) -> None:
    databases = [await open_database(f"sqlite:///{tmp_path}/{n}.db") for n in "abb"]
    await asyncio.gather(*(database.upgrade() for database in databases))
    for database in databases:
        assert await SqlStore(database).jobs() == []
        await database.close()


async def test_a_database_of_a_newer_version_is_left_alone(database: SqliteDatabase) -> None:
    await database.write(lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'")).rowcount)
    with pytest.raises(StoreError) as caught:
        await database.upgrade()
    assert "written by a newer videobot" in str(caught.value)
    assert str(database.path) in str(caught.value)


async def test_a_migration_that_breaks_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = await open_database(f"sqlite:///{tmp_path}/new.db")

    def tables(conn: Connection) -> list[str]:
        return list(conn.execute(text("SELECT name FROM sqlite_master")).scalars())

    def broken(conn: Connection) -> None:
        migrate.migrate(conn, "x")
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(broken)
    assert await database.look(tables) == []
    await database.close()
