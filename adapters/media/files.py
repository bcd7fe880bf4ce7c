"""Files written whole or not at all. Blocking: call from a thread."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TEMPORARY = ".tmp-"


@contextmanager
def replacing(to: Path) -> Iterator[Path]:
    """Yield a new temporary file beside `to`; when the block ends well it is synced to disk and becomes `to`, else it
    is removed. Raises OSError."""
    to.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=TEMPORARY, suffix=to.suffix, dir=to.parent)
    os.close(number)
    temporary = Path(name)
    try:
        yield temporary
        sync_file(temporary)
        temporary.replace(to)
    except BaseException:
        remove(temporary)
        raise
    sync_folder(to.parent)


def write_whole(to: Path, data: bytes) -> None:
    """Write `data` to `to`, whole or not at all, and synced to disk. Raises OSError."""
    with replacing(to) as temporary:
        temporary.write_bytes(data)


def sync_file(path: Path) -> None:
    """Wait until the bytes of `path` are on the disk. Raises OSError."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sync_folder(path: Path) -> None:
    """Wait until a rename in `path` is on the disk, where the system can."""
    with suppress(OSError):
        sync_file(path)


def remove(path: Path) -> int:
    """Delete `path` if it is there; returns its size in bytes (0 when it was not). Raises OSError for other faults."""
    try:
        size = path.stat().st_size
        path.unlink()
    except FileNotFoundError:
        return 0
    return size
