"""From a database URL in the settings to an open `Database`."""

from pathlib import Path

from bot.generation.ports import StoreError
from storage.sqlite import SqliteDatabase

_SUPPORTED = (
    "sqlite:////absolute/path/videobot.db or sqlite:///relative/path/videobot.db (three slashes before a relative path)"
)


async def open_database(url: str) -> SqliteDatabase:
    """Open the database of this URL; a missing file is made (`upgrade()` makes its tables).

    Raises StoreError: the URL is not supported, or the database cannot be used.
    """
    scheme, separator, path = url.partition(":///")
    if scheme != "sqlite" or not separator or not path or path.startswith(":") or path.endswith("/"):
        # The URL itself is not repeated: it may hold a password.
        raise StoreError(f"This database URL is not supported. Supported: {_SUPPORTED}.")
    database = SqliteDatabase(Path.cwd() / path)
    await database.open()
    return database
