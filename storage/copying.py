"""Moving a grown bot from SQLite to PostgreSQL: every row, in one transaction, and each compared before it is kept."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Table, Text, collate, create_engine, func, insert, select, text

from bot.generation.ports import StoreError
from storage.migrate import HEAD, revision
from storage.postgres import PostgresDatabase
from storage.sqlite import SqliteDatabase
from storage.tables import metadata

CHUNK = 1000  # rows on their way at once
#: What the tables of a fresh install hold before anybody used it.
_OF_A_FRESH_ONE = frozenset({"limits"})
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows of one table were copied and found the same."""

    table: str
    rows: int


async def copy_database(source: SqliteDatabase, target: PostgresDatabase) -> list[Copied]:
    """Copy all rows of `source` into `target`, whose tables are made when they are missing. Nobody may write to
    `source` meanwhile: hold its `EngineLock`.

    Raises StoreError, with no row in `target`: `source` is of another version, `target` was used already, or a row came
    out differently.
    """
    at = await source.look(revision)
    if at != HEAD:
        raise StoreError(
            f"The tables of {source.name} are at {at or 'nothing'}, this version needs {HEAD}: run "
            "`videobot db upgrade` on it first."
        )
    await target.upgrade()
    return await target.write(_copy, source.path, target.name)


def _copy(conn: Connection, source: Path, name: str) -> list[Copied]:
    used = [table.name for table in _tables() if table.name not in _OF_A_FRESH_ONE and _count(conn, table)]
    if used:
        raise StoreError(
            f"The database {name} is not empty (there are rows in {', '.join(sorted(used))}): name one that no bot has "
            "used."
        )
    engine = create_engine(URL.create("sqlite", database=str(source)), hide_parameters=True)
    try:
        with engine.connect() as old:
            return [Copied(table.name, _copy_table(old, conn, table)) for table in _tables()]
    finally:
        engine.dispose()


def _copy_table(old: Connection, new: Connection, table: Table) -> int:
    if table.name in _OF_A_FRESH_ONE:
        new.execute(table.delete())
    for rows in old.execute(select(table), execution_options={"yield_per": CHUNK}).mappings().partitions():
        new.execute(insert(table), [dict(row) for row in rows])
    _go_on_counting(new, table)
    number = 0
    for was, now in itertools.zip_longest(_in_order(old, table), _in_order(new, table), fillvalue=_MISSING):
        if was != now:
            raise StoreError(f"A row of {table.name} came out differently (number {number + 1}): nothing was copied.")
        number += 1
    return number


def _in_order(conn: Connection, table: Table) -> Iterator[Any]:
    """All rows, in the same order on every database."""
    keys = [
        collate(column, "C") if isinstance(column.type, Text) and conn.dialect.name == "postgresql" else column
        for column in table.primary_key
    ]
    yield from map(tuple, conn.execute(select(table).order_by(*keys), execution_options={"yield_per": CHUNK}))


def _go_on_counting(conn: Connection, table: Table) -> None:
    """The next number PostgreSQL gives out comes after the copied ones."""
    serial = table.autoincrement_column
    if serial is None:
        return
    newest = conn.execute(select(func.coalesce(func.max(serial), 0))).scalar_one()
    conn.execute(
        text("SELECT setval(pg_get_serial_sequence(:of_table, :of_column), :next, false)"),
        {"of_table": table.name, "of_column": serial.name, "next": newest + 1},
    )


def _count(conn: Connection, table: Table) -> int:
    return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def _tables() -> list[Table]:
    """What rows refer to comes before them."""
    return metadata.sorted_tables
