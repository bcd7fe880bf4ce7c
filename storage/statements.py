"""What differs between the SQL of SQLite and PostgreSQL, in one place."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Executable, UpdateBase
from sqlalchemy.dialects import postgresql, sqlite

S = TypeVar("S", bound=Executable)


class PerDialect(Generic[S]):
    """A prebuilt statement that needs a dialect's own INSERT (`ON CONFLICT`). Built once, so that compiling it is too.

    `build` gets the dialect's `insert` function.
    """

    def __init__(self, build: Callable[[Any], S]) -> None:
        self._built = {"sqlite": build(sqlite.insert), "postgresql": build(postgresql.insert)}

    def on(self, conn: Connection) -> S:
        """The statement for this connection's database."""
        return self._built[conn.dialect.name]


def changed_rows(conn: Connection, statement: UpdateBase, rows: Sequence[Mapping[str, Any]]) -> int:
    """Execute a guarded statement once per row, in this order, and tell how many rows it changed altogether."""
    if conn.dialect.supports_sane_multi_rowcount:
        return conn.execute(statement, rows).rowcount
    return sum(conn.execute(statement, row).rowcount for row in rows)


def fetch_one(
    conn: Connection, statement: Executable, values: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """The one row, by column name; None when there is none."""
    row = conn.execute(statement, values).one_or_none()
    return None if row is None else dict(zip(row._fields, row, strict=True))


def fetch_all(conn: Connection, statement: Executable, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """All rows, by column name."""
    return [dict(zip(row._fields, row, strict=True)) for row in conn.execute(statement, values)]
