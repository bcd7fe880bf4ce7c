"""A copy of a SQLite database while it is used, and proof that the copy is good."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, create_engine

from bot.generation.ports import StoreError
from storage import ledger_check
from storage.migrate import HEAD, revision

_PATIENCE = 10.0  # seconds to wait for another program's lock


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found in a copy. `ledger` is None where its tables are of another version than this program."""

    jobs: int
    size: int  # bytes
    revision: str | None
    ledger: tuple[str, ...] | None  # disagreements


def copy_database(source: Path, target: Path) -> Proof:
    """Copy one committed state of `source` to `target`, however many write meanwhile, and prove the copy. Blocking.

    The copy appears under its name only when it was proved. Raises StoreError.
    """
    if not source.is_file():
        raise StoreError(f"There is no database {source} to copy.")
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        # The whole file in one step is one read transaction: writers go on beside it.
        with closing(_open(source, "ro")) as old, closing(_open(part, "rwc")) as new:
            old.backup(new, pages=-1)
            # One file, nothing beside it; it becomes WAL again when a bot opens it.
            new.execute("PRAGMA journal_mode=DELETE")
        proof = prove(part)
        _on_disk(part)
        part.replace(target)
        _on_disk(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"The database {source} could not be copied to {target}: {error}.") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return proof


def prove(path: Path) -> Proof:
    """Read a copy from its first to its last page and check its books. Blocking. Raises StoreError when it is damaged,
    or no database of this bot."""
    try:
        with closing(_open(path, "ro")) as copy:
            found = [row[0] for row in copy.execute("PRAGMA integrity_check(3)")]
            broken = [*copy.execute("PRAGMA foreign_key_check")] if found == ["ok"] else []
    except sqlite3.Error as error:
        raise StoreError(f"{path} is not a good database: {error}.") from None
    if found != ["ok"]:
        raise StoreError(f"{path} is damaged: {'; '.join(found)}.")
    if broken:
        raise StoreError(f"{path} is damaged: {len(broken)} rows point at rows that are not there.")
    with _reading(path) as conn:
        at = revision(conn)
        if at is None:
            raise StoreError(f"{path} is no database of this bot.")
        jobs = int(conn.exec_driver_sql("SELECT count(*) FROM jobs").scalar_one())
        ledger = tuple(ledger_check.check(conn)) if at == HEAD else None
    return Proof(jobs, path.stat().st_size, at, ledger)


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=_PATIENCE)


@contextmanager
def _reading(path: Path) -> Iterator[Connection]:
    engine = create_engine(
        URL.create("sqlite", database=f"file:{path.absolute().as_posix()}", query={"mode": "ro", "uri": "true"}),
        poolclass=NullPool,
        hide_parameters=True,  # prompts stay out of errors
    )
    try:
        with engine.connect() as conn:
            yield conn
    finally:
        engine.dispose()


def _on_disk(path: Path) -> None:
    """Return when the file (or the names in a folder) would survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
