"""A clock that runs fast and jumps when the test says so, one for each machine; processes see the jump at once."""

import asyncio
import mmap
import struct
import time
from pathlib import Path

MACHINES = 8
_SECONDS = struct.Struct("d")


class JumpingClock:
    """Time of one machine: `times` as fast as the world's since the moment `since` (epoch seconds), and so many seconds
    off as its place in the file says. As in the world, whoever sleeps does not notice a jump."""

    def __init__(self, path: Path, machine: int, times: float, since: float) -> None:
        """`path`: of a file made by `make_jumps`; `machine`: 0 to MACHINES - 1."""
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), MACHINES * _SECONDS.size)
        self._at = machine * _SECONDS.size
        self.times, self.since = times, since

    def now(self) -> float:
        (off,) = _SECONDS.unpack_from(self._map, self._at)
        return self.since + (time.time() - self.since) * self.times + float(off)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.times)

    def jump(self, seconds: float) -> None:
        """Set this machine's clock forward, or back when negative."""
        (off,) = _SECONDS.unpack_from(self._map, self._at)
        _SECONDS.pack_into(self._map, self._at, off + seconds)

    def set_right(self) -> None:
        """This machine's clock is right again."""
        _SECONDS.pack_into(self._map, self._at, 0.0)


def make_jumps(path: Path) -> Path:
    """The file in which the jumps of all machines stand; none has jumped yet."""
    path.write_bytes(b"\0" * MACHINES * _SECONDS.size)
    return path
