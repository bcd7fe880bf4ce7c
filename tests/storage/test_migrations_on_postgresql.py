"""On PostgreSQL, too, the numbered migrations make exactly the tables of `storage.tables`."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, text

from storage import open_database
from storage.database import Database
from storage.tables import metadata
from tests.fakes.postgres import PostgresServer
from tests.storage.test_migrations import differences

pytestmark = pytest.mark.slow

COLUMNS = text(
    "SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity "
    "FROM information_schema.columns WHERE table_schema = 'public'"
)
CONSTRAINTS = text(
    "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace"
)
INDICES = text("SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")


@pytest.fixture
async def databases(postgres: PostgresServer) -> AsyncIterator[tuple[Database, Database]]:
    """A database that was migrated, and one whose tables were made at once."""
    urls = [await postgres.empty(), await postgres.empty()]
    migrated, made = [await open_database(url) for url in urls]
    await migrated.upgrade()
    await made.write(metadata.create_all)
    yield migrated, made
    for database in (migrated, made):
        await database.close()
    for url in urls:
        await postgres.drop(url)


def schema(conn: Connection) -> dict[str, set[tuple[object, ...]]]:
    """Columns, constraints and indices as the server tells them, whatever their order."""
    return {
        name: {tuple(row) for row in conn.execute(query) if row[0] != "alembic_version"}
        for name, query in (("columns", COLUMNS), ("constraints", CONSTRAINTS), ("indices", INDICES))
    }


async def test_the_migrated_schema_is_the_tables(databases: tuple[Database, Database]) -> None:
    assert await databases[0].read(differences) == []


async def test_columns_indices_and_constraints_are_made_as_the_tables_say(databases: tuple[Database, Database]) -> None:
    migrated, made = [await database.read(schema) for database in databases]
    assert {name: migrated[name] ^ made[name] for name in migrated} == {name: set() for name in made}
    assert all(migrated.values())
