"""From a database URL in the settings to an open `Database`."""

from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.generation.ports import StoreError
from storage.database import Database
from storage.sqlite import SqliteDatabase

_SUPPORTED = (
    "sqlite:////absolute/path/videobot.db, sqlite:///relative/path/videobot.db (three slashes before a relative path) "
    "or postgresql://user:password@host:5432/database"
)
_POSTGRESQL = ("postgresql://", "postgres://")


def is_postgresql(url: str) -> bool:
    """True for the URL of a PostgreSQL database."""
    return url.startswith(_POSTGRESQL)


async def open_database(url: str) -> Database:
    """Open the database of this URL; a missing SQLite file is made (`upgrade()` makes the tables).

    Raises StoreError: the URL is not supported, or the database cannot be used.
    """
    return await (_open_postgresql(url) if is_postgresql(url) else _open_sqlite(url))


async def _open_sqlite(url: str) -> SqliteDatabase:
    scheme, separator, path = url.partition(":///")
    if scheme != "sqlite" or not separator or not path or path.startswith(":") or path.endswith("/"):
        raise _unsupported()
    database = SqliteDatabase(Path.cwd() / path)
    await database.open()
    return database


async def _open_postgresql(url: str) -> Database:
    # Imported here: a bot on SQLite does without.
    from storage.postgres import PostgresDatabase

    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        raise _unsupported() from None
    if not parts.database:
        raise _unsupported()
    database = PostgresDatabase(parts)
    await database.open()
    return database


def _unsupported() -> StoreError:
    # The URL itself is not repeated: it may hold a password.
    return StoreError(f"This database URL is not supported. Supported: {_SUPPORTED}.")
