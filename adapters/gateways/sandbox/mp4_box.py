"""A bigger MP4 that still plays: a `free` box is put at its end (ISO/IEC 14496-12: readers skip it)."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path


def padded_copy(source: Path, target: Path, size: int) -> Path:
    """A copy of at least `size` bytes; made once. The padding is a hole, so it takes no room on most disks."""
    if target.exists():
        return target
    partial = target.with_suffix(".part")
    shutil.copyfile(source, partial)
    missing = max(16, size - partial.stat().st_size)
    with partial.open("r+b") as file:
        file.seek(0, 2)
        # size 1 means: the real size is in the 64 bits after the type
        file.write(struct.pack(">I4sQ", 1, b"free", missing))
        file.truncate(file.tell() + missing - 16)
    return partial.replace(target)
