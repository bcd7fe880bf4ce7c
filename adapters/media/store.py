"""The media folder: input files under the hash of their bytes, finished videos under their job's id."""

import asyncio
import hashlib
import os
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.media.errors import MediaError, disk_problem
from adapters.media.files import TEMPORARY, remove, write_whole

#: suffix -> MIME type of what is kept as an input.
MIME_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".mp4": "video/mp4", ".mov": "video/quicktime"}

_KEY = re.compile(r"[0-9a-f]{64}\.(?:jpg|png|mp4|mov)")
_JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LEFTOVER_S = 24 * 3600.0  # temporary files of a process that died
_PART_S = 72 * 3600.0  # no gateway's link lives longer


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed: number of files, and their size in bytes."""

    files: int
    bytes: int


class MediaStore:
    """A folder with `inputs/<sha256>.<suffix>` and `videos/<job_id>.mp4` (`.poster.jpg`, `.small-<bytes>.mp4`).

    Every file appears whole or not at all. `now` gives epoch seconds: an input's age counts from its last `put`.
    """

    def __init__(self, root: Path, *, now: Callable[[], float] = time.time) -> None:
        self.root, self.now = root, now
        self._inputs, self._videos = root / "inputs", root / "videos"
        self._lock = threading.Lock()  # a put never meets a sweep that is about to delete the same input

    # -------------------------------------------------------------------------------------------- inputs

    async def put(self, data: bytes, suffix: str) -> str:
        """Keep an input file; the same bytes again only renew its age. Returns its key ("<sha256>.jpg").

        `suffix` is .jpg, .png, .mp4 or .mov (ValueError otherwise). Raises MediaFull, MediaError.
        """
        if suffix not in MIME_TYPES:
            raise ValueError(f"no input has the suffix {suffix!r}")
        return await asyncio.to_thread(self._put, data, suffix)

    async def get(self, key: str) -> bytes:
        """The bytes of an input. Raises MediaError when it is not there (any more) or cannot be read."""
        return await asyncio.to_thread(self._get, key)

    def path(self, key: str) -> Path:
        """Where an input lies, whether or not it is there. Raises MediaError for what is no key."""
        if not _KEY.fullmatch(key):
            raise MediaError("This is not the key of a stored file: attach the file again.")
        return self._inputs / key

    def mime(self, key: str) -> str:
        """The MIME type of an input. Raises MediaError for what is no key."""
        return MIME_TYPES[self.path(key).suffix]

    async def delete(self, key: str) -> bool:
        """Remove an input; False when it was not there. Raises MediaError."""
        return await asyncio.to_thread(self._remove, [self.path(key)]) > 0

    # -------------------------------------------------------------------------------------------- videos

    def video_path(self, job_id: str) -> Path:
        """Where the finished video of a job lies or will lie. Raises MediaError for an id that is no plain word."""
        return self._of(job_id, ".mp4")

    def poster_path(self, job_id: str) -> Path:
        """Where the poster of a job lies or will lie. Raises MediaError."""
        return self._of(job_id, ".poster.jpg")

    def small_path(self, job_id: str, max_bytes: int) -> Path:
        """Where the copy of at most `max_bytes` bytes lies or will lie. Raises MediaError."""
        return self._of(job_id, f".small-{int(max_bytes)}.mp4")

    def relative(self, path: Path) -> str:
        """A path inside the folder as it is stored in rows: with forward slashes, from the folder's root."""
        return path.relative_to(self.root).as_posix()

    def absolute(self, relative: str) -> Path:
        """The path on this machine of a stored relative path. Raises MediaError when it leads out of the folder."""
        parts = relative.split("/")
        if any(part in ("", ".", "..") or "\\" in part or "\0" in part or ":" in part for part in parts):
            raise MediaError("This is not the path of a stored file.")
        return self.root.joinpath(*parts)

    async def delete_video(self, job_id: str) -> bool:
        """Remove a job's video with its poster, copies and unfinished download; False when there was none.
        Raises MediaError."""
        self._of(job_id, "")
        return await asyncio.to_thread(lambda: self._remove(self._files_of(job_id))) > 0

    # -------------------------------------------------------------------------------------------- retention

    async def sweep(
        self,
        now: float,
        keep_inputs_s: float | None,
        keep_videos_s: float | None,
        in_use: Collection[str] = (),
    ) -> Swept:
        """Remove inputs and videos older than so many seconds (None = keep for ever), and what died half-written.

        `in_use` holds input keys and job ids whose files stay whatever their age. Raises MediaError.
        """
        ages = _Ages(now, keep_inputs_s, keep_videos_s, frozenset(in_use))
        return await asyncio.to_thread(self._sweep, ages)

    async def size(self) -> int:
        """Bytes in the folder now. Raises MediaError."""
        return await asyncio.to_thread(self._size)

    # -------------------------------------------------------------------------------------------- blocking

    def _put(self, data: bytes, suffix: str) -> str:
        key = hashlib.sha256(data).hexdigest() + suffix
        path, now = self._inputs / key, self.now()
        try:
            with self._lock:
                if path.is_file() and path.stat().st_size == len(data):
                    os.utime(path, (now, now))
                    return key
            write_whole(path, data)
            os.utime(path, (now, now))
        except OSError as error:
            raise disk_problem(error, self.root) from error
        return key

    def _get(self, key: str) -> bytes:
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError as error:
            raise MediaError("The file is no longer stored here: attach it again.") from error
        except OSError as error:
            raise disk_problem(error, self.root) from error

    def _of(self, job_id: str, ending: str) -> Path:
        if not _JOB_ID.fullmatch(job_id):
            raise MediaError("This is not the id of a job.")
        return self._videos / f"{job_id}{ending}"

    def _files_of(self, job_id: str) -> list[Path]:
        return [path for path in self._files(self._videos) if _job_of(path) == job_id]

    def _files(self, folder: Path) -> Iterator[Path]:
        try:
            yield from sorted(path for path in folder.iterdir() if path.is_file())
        except FileNotFoundError:
            return
        except OSError as error:
            raise disk_problem(error, self.root) from error

    def _remove(self, paths: Collection[Path]) -> int:
        try:
            there = [path for path in paths if path.is_file()]
            for path in there:
                remove(path)
        except OSError as error:
            raise disk_problem(error, self.root) from error
        return len(there)

    def _sweep(self, ages: "_Ages") -> Swept:
        files = size = 0
        for folder in (self._inputs, self._videos):
            for path in self._files(folder):
                with self._lock:
                    gone = self._sweep_one(path, ages)
                if gone is not None:
                    files, size = files + 1, size + gone
        return Swept(files, size)

    def _sweep_one(self, path: Path, ages: "_Ages") -> int | None:
        try:
            if not ages.over(path):
                return None
            return remove(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_problem(error, self.root) from error

    def _size(self) -> int:
        total = 0
        for folder in (self._inputs, self._videos):
            for path in self._files(folder):
                try:
                    total += path.stat().st_size
                except FileNotFoundError:
                    continue
        return total


@dataclass(frozen=True, slots=True)
class _Ages:
    now: float
    keep_inputs_s: float | None
    keep_videos_s: float | None
    in_use: frozenset[str]

    def over(self, path: Path) -> bool:
        """True when the file has outlived its use. Raises FileNotFoundError."""
        most = self._most(path)
        return most is not None and self.now - path.stat().st_mtime > most

    def _most(self, path: Path) -> float | None:
        if path.name.startswith(TEMPORARY):
            return _LEFTOVER_S
        if path.parent.name == "inputs":
            return None if path.name in self.in_use else self.keep_inputs_s
        if _job_of(path) in self.in_use:
            return None
        if ".part" in path.name:
            return _PART_S if self.keep_videos_s is None else min(_PART_S, self.keep_videos_s)
        return self.keep_videos_s


def _job_of(path: Path) -> str:
    return path.name.partition(".")[0]
