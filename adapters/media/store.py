"""The media folder: input files under the hash of their bytes, finished videos under their job's id.

With a bucket behind it, the bucket has everything and the folder is this machine's copy of what was used last.
"""

import asyncio
import hashlib
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.media.bucket import Bucket
from adapters.media.errors import MediaError, disk_problem
from adapters.media.files import TEMPORARY, remove, write_whole

#: suffix -> MIME type of what is kept as an input.
MIME_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".mp4": "video/mp4", ".mov": "video/quicktime"}

_KEY = re.compile(r"[0-9a-f]{64}\.(?:jpg|png|mp4|mov)")
_JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LEFTOVER_S = 24 * 3600.0  # temporary files of a process that died
_PART_S = 72 * 3600.0  # no gateway's link lives longer
_LOOK_EVERY_S = 3600.0
_IN_HAND_S = 600.0  # a copy used so lately may be going out just now

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed: number of files, and their size in bytes."""

    files: int
    bytes: int


class MediaStore:
    """A folder with `inputs/<sha256>.<suffix>` and `videos/<job_id>.mp4` (`.poster.jpg`, `.small-<bytes>.mp4`).

    Every file appears whole or not at all. `now` gives epoch seconds: an input's age counts from its last `put`.
    With a `bucket`, `put` and `keep` put files there, `fetch` brings back what is not here (any more), and the folder
    is held to about `cache_bytes` by removing what the bucket has and nobody used for longest.
    """

    def __init__(
        self,
        root: Path,
        *,
        now: Callable[[], float] = time.time,
        bucket: Bucket | None = None,
        cache_bytes: int = 10 * 1024**3,
    ) -> None:
        self.root, self.now, self.bucket = root, now, bucket
        self._cache_bytes = cache_bytes
        self._trimming = asyncio.Lock()
        self._next_look = 0.0  # epoch seconds: when to see again what other machines removed
        self._inputs, self._videos = root / "inputs", root / "videos"
        self._lock = threading.Lock()  # a put never meets a sweep that is about to delete the same input

    # -------------------------------------------------------------------------------------------- inputs

    async def put(self, data: bytes, suffix: str) -> str:
        """Keep an input file; the same bytes again only renew its age. Returns its key ("<sha256>.jpg").

        `suffix` is .jpg, .png, .mp4 or .mov (ValueError otherwise). Raises MediaFull, MediaError.
        """
        if suffix not in MIME_TYPES:
            raise ValueError(f"no input has the suffix {suffix!r}")
        key = await asyncio.to_thread(self._put, data, suffix)
        if self.bucket is not None:  # every time: there, too, the age begins anew
            await self.bucket.put(self.relative(self.path(key)), data)
            await self._trim()
        return key

    async def get(self, key: str) -> bytes:
        """The bytes of an input. Raises MediaError when it is not there (any more) or cannot be read, MediaAway."""
        await self.fetch(self.path(key))
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
        return await self._delete([self.path(key)])

    # -------------------------------------------------------------------------------------------- the bucket

    async def fetch(self, path: Path) -> bool:
        """Have a file of the folder on this machine; False when it is nowhere. Without a bucket: whether it is here.
        Raises MediaAway, MediaFull, MediaError."""
        if await asyncio.to_thread(self._is_here, path):
            return True
        if self.bucket is None or not await self.bucket.fetch(self.relative(path), path):
            return False
        await asyncio.to_thread(self._is_here, path)
        await self._trim()
        return True

    async def keep(self, path: Path) -> None:
        """See that the bucket has this finished file of the folder. Raises MediaAway, MediaError."""
        if self.bucket is None:
            return
        size, key = await asyncio.to_thread(self._size_of, path), self.relative(path)
        if await self.bucket.size(key) != size:
            await self.bucket.put(key, path)
        await self._trim()

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
        return await self._delete(await asyncio.to_thread(self._files_of, job_id), job_id)

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
        if self.bucket is None:
            return await asyncio.to_thread(self._sweep, ages)
        here = await asyncio.to_thread(self._sweep, replace(ages, only_leftovers=True))
        there = await self._sweep_bucket(self.bucket, ages)
        await self._trim()
        return Swept(here.files + there.files, here.bytes + there.bytes)

    async def size(self) -> int:
        """Bytes in the folder of this machine now. Raises MediaError."""
        return await asyncio.to_thread(self._size)

    # -------------------------------------------------------------------------------------------- both places

    async def _delete(self, paths: list[Path], job_id: str | None = None) -> bool:
        gone = set()
        if self.bucket is not None:  # first: what is still there would come back
            if job_id is None:
                wanted = [self.relative(path) for path in paths]
                gone = {key for key in wanted if await self.bucket.size(key) is not None}
            else:
                gone = await self._keys_of(self.bucket, job_id)
            await self.bucket.delete(gone)
        return await asyncio.to_thread(self._remove, paths) > 0 or bool(gone)

    async def _keys_of(self, bucket: Bucket, job_id: str) -> set[str]:
        start, found = f"{self.relative(self._videos)}/{job_id}.", set()
        async for page in bucket.objects(self.relative(self._videos), after=start):
            keys = {one.key for one in page if one.key.startswith(start)}
            found |= keys
            if len(keys) < len(page):  # the keys come in order: no more of this job
                break
        return found

    async def _sweep_bucket(self, bucket: Bucket, ages: "_Ages") -> Swept:
        """Remove what is too old there, and copies here of what is no longer there."""
        self._next_look = self.now() + _LOOK_EVERY_S
        files, size, kept = 0, 0, set()
        for folder in (self._inputs, self._videos):
            async for page in bucket.objects(self.relative(folder)):
                old = [one for one in page if ages.past(self.root / one.key, one.put_at)]
                await bucket.delete([one.key for one in old])
                await asyncio.to_thread(self._remove, [self.root / one.key for one in old])
                files, size = files + len(old), size + sum(one.bytes for one in old)
                kept |= {one.key for one in page} - {one.key for one in old}
        await asyncio.to_thread(self._forget_copies, ages, kept)
        return Swept(files, size)

    async def _trim(self) -> None:
        """Hold the folder to its size, and forget each hour what other machines removed."""
        if self.bucket is None or self._trimming.locked():
            return
        async with self._trimming:
            try:
                if self.now() >= self._next_look:
                    await self._sweep_bucket(self.bucket, _Ages(self.now(), None, None, frozenset()))
                await self._hold_size(self.bucket)
            except (MediaError, OSError) as error:
                log.info("the media folder is not tidied: %s", type(error).__name__)

    async def _hold_size(self, bucket: Bucket) -> None:
        copies = await asyncio.to_thread(self._copies)
        over = sum(copy.bytes for copy in copies) - self._cache_bytes
        for copy in sorted(copies, key=lambda copy: copy.used_at):
            if over <= 0 or self.now() - copy.used_at < _IN_HAND_S:
                return
            if await bucket.size(self.relative(copy.path)) == copy.bytes:  # else it is not there yet, and stays
                over -= await asyncio.to_thread(remove, copy.path)

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

    def _is_here(self, path: Path) -> bool:
        try:
            if self.bucket is not None:
                os.utime(path, (self.now(), self.now()))
            return path.is_file()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise disk_problem(error, self.root) from error

    def _size_of(self, path: Path) -> int:
        try:
            return path.stat().st_size
        except OSError as error:
            raise disk_problem(error, self.root) from error

    def _copies(self) -> list["_Copy"]:
        found = []
        for folder in (self._inputs, self._videos):
            for path in self._files(folder):
                if path.name.startswith(TEMPORARY) or ".part" in path.name:
                    continue
                try:
                    about = path.stat()
                except FileNotFoundError:
                    continue
                found.append(_Copy(path, about.st_size, about.st_mtime))
        return found

    def _forget_copies(self, ages: "_Ages", kept: set[str]) -> None:
        for copy in self._copies():
            in_use = copy.path.name in ages.in_use or _job_of(copy.path) in ages.in_use
            if not in_use and ages.now - copy.used_at > _LEFTOVER_S and self.relative(copy.path) not in kept:
                self._remove([copy.path])

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
    only_leftovers: bool = False

    def over(self, path: Path) -> bool:
        """True when the file has outlived its use. Raises FileNotFoundError."""
        return self.past(path, path.stat().st_mtime)

    def past(self, path: Path, since: float) -> bool:
        """True when what is this old (epoch seconds) under this path has outlived its use."""
        most = self._most(path)
        return most is not None and self.now - since > most

    def _most(self, path: Path) -> float | None:
        if path.name.startswith(TEMPORARY):
            return _LEFTOVER_S
        if self.only_leftovers and ".part" not in path.name:
            return None
        if path.parent.name == "inputs":
            return None if path.name in self.in_use else self.keep_inputs_s
        if _job_of(path) in self.in_use:
            return None
        if ".part" in path.name:
            return _PART_S if self.keep_videos_s is None else min(_PART_S, self.keep_videos_s)
        return self.keep_videos_s


@dataclass(frozen=True, slots=True)
class _Copy:
    path: Path
    bytes: int
    used_at: float


def _job_of(path: Path) -> str:
    return path.name.partition(".")[0]
