"""One engine per database file. The kernel holds the lock, so it is gone the moment its process is."""

import contextlib
import os
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from bot.generation.ports import StoreError
from storage.database import Database


class EngineRunningError(StoreError):
    """Another process runs the jobs of this database."""


class EngineLock:
    """The right to run the jobs of one SQLite database: `<database>.engine.lock` beside it, with our process id and
    what we are inside.

    Commands that only read or write rows work beside it and need no lock.
    """

    def __init__(self, database: Database, command: str = "") -> None:
        """`database`: an open one over a file, whose name is its path. `command`: what this process is, such as
        "videobot make", for whoever finds the lock taken."""
        self._database, self._command = database.name, command
        self.path = Path(database.name + ".engine.lock")
        self._lock = FileLock(self.path, timeout=0, thread_local=False, fallback_to_soft=False)

    def acquire(self) -> None:
        """Take the lock. Raises StoreError when another process has it, or when the file cannot be written."""
        try:
            self._lock.acquire()
        except Timeout:
            raise EngineRunningError(
                f"Another videobot ({self.holder()}) is already running the jobs of {self._database}: stop it, or "
                "give this one a database of its own."
            ) from None
        except OSError as error:
            raise StoreError(
                f"The lock file {self.path} cannot be written ({error.strerror}): let the user that runs videobot "
                f"write in {self.path.parent}."
            ) from error
        with contextlib.suppress(OSError):  # only for the sentence above; a full disk must not stop the start
            self.path.write_text(f"{os.getpid()} {self._command}".rstrip() + "\n")

    def release(self) -> None:
        """Give the lock back; harmless when it is not held. The file stays, it means nothing by itself."""
        self._lock.release()

    def __enter__(self) -> "EngineLock":
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def holder(self) -> str:
        """Who has the lock: "pid 123, videobot make"; it tells the last one when nobody has."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            pid, _, command = self.path.read_text().strip().partition(" ")
            if pid.isdigit():
                return f"pid {pid}" + (f", {command}" if command else "")
        return "pid unknown"
