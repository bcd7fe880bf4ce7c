"""One engine per database."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.generation.ports import StoreError
from storage.lock import EngineLock
from storage.sqlite import SqliteDatabase

HOLDER = """
import sys
from pathlib import Path
from storage.lock import EngineLock
from storage.sqlite import SqliteDatabase
lock = EngineLock(SqliteDatabase(Path(sys.argv[1])))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_engine_is_told_who_has_the_database_until_that_one_dies(path: Path) -> None:
    database = SqliteDatabase(path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError) as caught:
            EngineLock(database).acquire()
        assert str(caught.value).startswith(
            f"Another videobot (pid {holder.pid}) is already running the jobs of {path}"
        )
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with EngineLock(database) as lock:
        assert lock.path.read_text() == f"{os.getpid()}\n"
        lock.release()
        with EngineLock(database, "videobot make") as other:
            assert lock.holder() == f"pid {os.getpid()}, videobot make"
            other.path.write_text("?")
            assert lock.holder() == "pid unknown"


def test_the_lock_is_free_again_after_release(path: Path) -> None:
    database = SqliteDatabase(path)
    with EngineLock(database), pytest.raises(StoreError, match=f"pid {os.getpid()}"):
        EngineLock(database).acquire()
    lock = EngineLock(database)
    lock.acquire()
    lock.release()
    lock.release()
    with EngineLock(database):
        pass


def test_two_databases_have_two_locks(tmp_path: Path) -> None:
    with EngineLock(SqliteDatabase(tmp_path / "a.db")), EngineLock(SqliteDatabase(tmp_path / "b.db")):
        assert sorted(p.name for p in tmp_path.iterdir()) == ["a.db.engine.lock", "b.db.engine.lock"]


def test_a_lock_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        EngineLock(SqliteDatabase(tmp_path / "file" / "a.db")).acquire()
