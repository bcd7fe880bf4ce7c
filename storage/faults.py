"""What SQLite's error codes mean for the person who runs the bot: one sentence each, with the path and what to do."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from bot.generation.ports import StoreError

_SENTENCES: tuple[tuple[str, Callable[[Path], str]], ...] = (
    (
        "SQLITE_BUSY",
        lambda p: (
            f"The database {p} is locked by another program: close it (a backup, a database browser) and try again."
        ),
    ),
    (
        "SQLITE_LOCKED",
        lambda p: (
            f"The database {p} is locked by another program: close it (a backup, a database browser) and try again."
        ),
    ),
    (
        "SQLITE_READONLY",
        lambda p: (
            f"The database {p} cannot be written: let the user that runs videobot write this file and its folder "
            f"{p.parent}."
        ),
    ),
    ("SQLITE_FULL", lambda p: f"The disk that holds the database {p} is full: free some space and try again."),
    (
        "SQLITE_IOERR",
        lambda p: f"The disk that holds the database {p} answers with errors: check it (and that it is not full).",
    ),
    (
        "SQLITE_NOTADB",
        lambda p: (
            f"{p} is not a videobot database: name another file, or move this one away and start with a fresh one."
        ),
    ),
    ("SQLITE_CORRUPT", lambda p: f"The database {p} is damaged: stop videobot and put a backup in its place."),
    (
        "SQLITE_CANTOPEN",
        lambda p: (
            f"The database {p} cannot be opened: check that its folder exists and that the user that runs videobot may "
            "read and write there."
        ),
    ),
    ("SQLITE_PERM", lambda p: f"The database {p} may not be opened by the user that runs videobot: change its owner."),
)


def missing_folder(path: Path) -> StoreError:
    """The folder of the database is not there."""
    return StoreError(
        f"The database {path} cannot be made because its folder {path.parent} is missing: create it first."
    )


def as_store_error(error: BaseException, path: Path) -> StoreError | None:
    """The sentence for a fault of the database itself; None for anything else (a defect, a broken constraint)."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(cause, sqlite3.Error):
        return None
    name = getattr(cause, "sqlite_errorname", None) or ""
    for prefix, sentence in _SENTENCES:
        if name.startswith(prefix):
            return _because(sentence(path), cause)
    if "no such table" in str(cause):
        return _because(f"The database {path} has no videobot tables yet: run `videobot db upgrade`.", cause)
    if isinstance(cause, sqlite3.OperationalError):
        return _because(f"The database {path} cannot be used at the moment ({name or 'SQLite error'}).", cause)
    return None


def _because(sentence: str, cause: BaseException) -> StoreError:
    error = StoreError(sentence)
    error.__cause__ = cause
    return error
