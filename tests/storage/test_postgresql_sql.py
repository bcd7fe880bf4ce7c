"""The same statements must mean the same on PostgreSQL: here only that they can be said in its SQL."""

import pkgutil
from importlib import import_module
from types import ModuleType

import pytest
from sqlalchemy import Executable, Insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

import storage
from storage import moves
from storage.statements import PerDialect
from storage.tables import metadata

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def statements(module: ModuleType) -> list[Executable]:
    """The prebuilt statements of a module, as they are on PostgreSQL."""
    found = []
    for value in vars(module).values():
        if isinstance(value, PerDialect):
            found.append(value._built["postgresql"])
        elif isinstance(value, Executable) and hasattr(value, "compile"):
            found.append(value)
    return found


@pytest.mark.parametrize("name", [module.name for module in pkgutil.iter_modules(storage.__path__)])
def test_every_prebuilt_statement_has_a_postgresql_form(name: str) -> None:
    for statement in statements(import_module(f"storage.{name}")):
        columns = [column.name for column in statement.table.columns] if isinstance(statement, Insert) else None
        columns = None if getattr(statement, "select", None) is not None else columns
        assert str(statement.compile(dialect=DIALECT, column_keys=columns))  # type: ignore[attr-defined]


def test_the_tables_have_a_postgresql_form() -> None:
    for table in metadata.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=DIALECT))
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=DIALECT))
    assert "id BIGSERIAL" in str(CreateTable(metadata.tables["ledger"]).compile(dialect=DIALECT))


def test_a_job_is_locked_where_writers_run_side_by_side() -> None:
    assert str(moves._LOCK.compile(dialect=DIALECT)).endswith("FOR UPDATE")
