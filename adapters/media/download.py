"""Videos out: a finished video from the gateway's link into the media folder, byte for byte."""

import asyncio
import hashlib
import json
import os
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import httpx
from filelock import FileLock, Timeout

from adapters.media.errors import (
    LinkExpired,
    MediaError,
    MediaFull,
    NotAVideo,
    VideoTooLarge,
    disk_problem,
    shown_url,
)
from adapters.media.files import TEMPORARY, remove, sync_file, sync_folder, write_whole
from adapters.media.store import MediaStore
from adapters.media.video import VideoProbe, looks_like_mp4, poster, probe
from adapters.media.web import NETWORK_ERRORS, LinkOpener, LinkUnreachable, Resolve, Waits, megabytes, resolve_host

MB = 1024 * 1024
_HEAD = 64  # bytes looked at to tell a video from a web page
_PIECE = 1 * MB  # written to disk at once
_PROGRESS = 256 * 1024  # bytes that count as getting on


@dataclass(frozen=True, slots=True)
class SavedVideo:
    """A finished video on disk: its file, size in bytes, hash of the original bytes, shape, and poster if one could be
    made."""

    path: Path
    bytes: int
    sha256: str
    probe: VideoProbe
    poster: Path | None


@dataclass(frozen=True, slots=True)
class _Begun:
    """What is known about an unfinished download; kept beside it for the next process."""

    link: str  # hash of the link without its query
    validator: str | None  # strong ETag, or Last-Modified
    total: int | None  # bytes


class VideoSaver:
    """Fetches finished videos into a MediaStore.

    `client` is only the way to the network: none of its headers, cookies or credentials are sent. `sleep` waits between
    tries and `chance` gives numbers in [0, 1) for the jitter. Bounds: `max_bytes` of one video, `waits` in seconds,
    `tries` in a row without progress, `max_redirects`. Links into private networks are refused unless `allow_private`.
    """

    def __init__(
        self,
        store: MediaStore,
        client: httpx.AsyncClient,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        allow_private: bool = False,
        max_bytes: int = 500 * MB,
        waits: Waits | None = None,
        tries: int = 6,
        max_redirects: int = 5,
        resolve: Resolve = resolve_host,
    ) -> None:
        self._store, self._sleep, self._chance = store, sleep, chance
        self._opener = LinkOpener(client, allow_private=allow_private, resolve=resolve)
        self._max_bytes, self._waits, self._tries, self._max_redirects = (
            max_bytes,
            waits or Waits(),
            tries,
            max_redirects,
        )
        self._busy: dict[str, tuple[asyncio.Lock, int]] = {}

    async def save(self, url: str, job_id: str, *, headers: Mapping[str, str] | None = None) -> SavedVideo:
        """The video of this job: what is there already (no network), or what `url` gives, resumed where an earlier try
        stopped, checked, and moved to its name in one step.

        `headers` go to the link's own origin only. A cancelled call keeps what it has for the next one.
        Raises LinkExpired, NotAVideo, VideoTooLarge, AddressRefused, MediaFull, MediaError (`retry`).
        """
        final = self._store.video_path(job_id)
        async with self._one_at_a_time(job_id):
            there = await self._there(job_id, final)
            if there is not None:
                return there
            download = _Download(final, url, self._max_bytes)
            try:
                async with asyncio.timeout(self._waits.total):
                    return await self._fetch(download, job_id, dict(headers or {}))
            except TimeoutError as error:
                raise MediaError(
                    f"The video at {shown_url(url)} did not come within {self._waits.total:.0f} seconds: it is tried "
                    "again.",
                    retry=True,
                ) from error

    @asynccontextmanager
    async def _one_at_a_time(self, job_id: str) -> AsyncIterator[None]:
        lock, waiting = self._busy.get(job_id, (asyncio.Lock(), 0))
        self._busy[job_id] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._busy[job_id]
            if waiting == 1:
                del self._busy[job_id]
            else:
                self._busy[job_id] = (lock, waiting - 1)

    async def _there(self, job_id: str, final: Path) -> SavedVideo | None:
        if not await asyncio.to_thread(final.is_file):
            return None
        try:
            return await self._describe(job_id, final)
        except NotAVideo:  # damaged since: it stays until a new one takes its place
            return None

    async def _describe(self, job_id: str, final: Path) -> SavedVideo:
        shape = await probe(final)
        digest = await asyncio.to_thread(_hash, final)
        return SavedVideo(final, shape.bytes, digest, shape, await self._poster(job_id, final))

    async def _poster(self, job_id: str, final: Path) -> Path | None:
        to = self._store.poster_path(job_id)
        if await asyncio.to_thread(to.is_file):
            return to
        try:
            return await poster(final, to)
        except MediaError:  # a video without a poster is still a video
            return None

    async def _fetch(self, download: "_Download", job_id: str, headers: Mapping[str, str]) -> SavedVideo:
        try:
            await download.load()
            return await self._try(download, job_id, headers)
        except MediaFull:
            await download.restart()  # the database may lie on the same disk, and has to write what became of this
            raise
        finally:
            await download.close()

    async def _try(self, download: "_Download", job_id: str, headers: Mapping[str, str]) -> SavedVideo:
        failures = 0
        while True:
            before = download.size
            doubtful = before > 0  # put together from two answers
            wish: float | None = None
            try:
                await self._once(download, headers)
            except _DroppedError as error:
                failures = 0 if download.size - before >= _PROGRESS else failures + 1
                if failures >= self._tries:
                    raise MediaError(error.message, retry=True) from error
                wish = error.wait
            else:
                try:
                    return await self._finish(download, job_id, await probe(download.part))
                except NotAVideo:
                    failures += 1
                    doubtful = doubtful or download.total is None  # or its end was only guessed
                    await download.restart()
                    if not doubtful or failures >= self._tries:
                        raise
            await self._sleep(self._pause(failures, wish))

    def _pause(self, failures: int, wish: float | None) -> float:
        return max(min(wish or 0.0, 60.0), min(8.0, 0.5 * 2.0**failures) * (0.5 + self._chance()))

    async def _once(self, download: "_Download", headers: Mapping[str, str]) -> None:
        """One request: returns when every byte is in the .part. Raises _DroppedError when asking again can help."""
        if download.is_complete:
            return
        ranged = await download.resuming()
        try:
            async with self._opener.open(
                download.url,
                waits=self._waits,
                max_redirects=self._max_redirects,
                headers={**headers, "Accept": "video/mp4,*/*;q=0.5", **ranged},
            ) as response:
                if not await self._begins(download, response):
                    return
                async for piece in response.aiter_raw():
                    await download.add(piece)
            await download.end()
        except LinkUnreachable as error:
            raise _DroppedError(error.message) from error
        except (*NETWORK_ERRORS, OSError) as error:
            raise _DroppedError(f"The connection to {shown_url(download.url)} broke: it is tried again.") from error
        finally:
            await download.flush()
        if download.total is not None and download.size < download.total:
            raise _DroppedError(f"{shown_url(download.url)} ended too early: it is tried again.")

    async def _begins(self, download: "_Download", response: httpx.Response) -> bool:
        """Judge the head of an answer; False when there is nothing more to read."""
        status, shown = response.status_code, shown_url(download.url)
        if status in (401, 403, 404, 410):
            await download.restart()
            raise LinkExpired(f"The video is gone from {shown} (it answers {status}): the link has expired.")
        if status in (408, 425, 429) or status >= 500:
            raise _DroppedError(f"{shown} answers {status}: it is tried again.", wait=_retry_after(response))
        if status == 416:
            if _content_range(response)[1] == download.size > 0:
                download.total = download.size
                return False
            await download.restart()
            raise _DroppedError(f"{shown} cannot give the rest of the video: it is fetched from the start.")
        if status not in (200, 206):
            raise MediaError(f"{shown} answers {status} instead of a video: ask the gateway's support.")
        if response.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
            raise NotAVideo(f"{shown} gives a compressed answer instead of a video.")
        if status == 206:
            await self._goes_on(download, response)
        else:
            await download.begin(_Begun(_link(download.url), _validator(response), _length(response)))
        return True

    async def _goes_on(self, download: "_Download", response: httpx.Response) -> None:
        start, total = _content_range(response)
        same = start == download.size > 0 and (total is None or download.total in (None, total))
        if same and download.validator is not None and "etag" in response.headers:
            same = response.headers["etag"] == download.validator or not download.validator.startswith('"')
        if not same:
            await download.restart()
            raise _DroppedError(f"{shown_url(download.url)} gave another piece than asked for: it is tried again.")
        download.total = total if total is not None else download.total

    async def _finish(self, download: "_Download", job_id: str, shape: VideoProbe) -> SavedVideo:
        digest = await asyncio.to_thread(_hash, download.part)
        await download.becomes_final(self._store.now())
        final = download.final
        return SavedVideo(final, shape.bytes, digest, shape, await self._poster(job_id, final))


class _DroppedError(MediaError):
    """Asking again can help; `wait` is the server's own wish in seconds."""

    def __init__(self, message: str, *, wait: float | None = None) -> None:
        super().__init__(message, retry=True)
        self.wait = wait


class _Download:
    """The bytes of one unfinished video in `<job>.part`, and what is known about them in `<job>.part.json`.

    One process at a time has these two, as long as it holds `<job>.part.lock`; another one that saves the same video
    meanwhile (its lease was taken over) writes to a file of its own and leaves nothing to resume. The file is never
    cut in place: starting anew means a new file. `size` counts the bytes that are in the file.
    """

    def __init__(self, final: Path, url: str, max_bytes: int) -> None:
        self.final, self.url, self._max_bytes = final, url, max_bytes
        self.part = final.with_suffix(".part")
        self._note = final.with_suffix(".part.json")
        self._lock = FileLock(final.with_suffix(".part.lock"), timeout=0, thread_local=False, fallback_to_soft=False)
        self.size = 0
        self._begun: _Begun | None = None
        self._file: BinaryIO | None = None
        self._buffer = bytearray()

    @property
    def total(self) -> int | None:
        """Bytes of the whole video, where the server has said it."""
        return self._begun.total if self._begun else None

    @total.setter
    def total(self, total: int | None) -> None:
        if self._begun is not None:
            self._begun = _Begun(self._begun.link, self._begun.validator, total)

    @property
    def validator(self) -> str | None:
        """What If-Range compares."""
        return self._begun.validator if self._begun else None

    @property
    def is_complete(self) -> bool:
        """True when every byte is here already."""
        return self.size > 0 and self.size == self.total

    async def load(self) -> None:
        """Find what an earlier process left. Raises MediaError."""
        await self._on_disk(self._load)

    async def resuming(self) -> dict[str, str]:
        """Headers that ask for the rest; empty after starting anew where the rest cannot be trusted to fit."""
        if self.size == 0:
            return {}
        begun = self._begun
        if begun is None or begun.link != _link(self.url) or (begun.validator is None and begun.total is None):
            await self.restart()
            return {}
        ranged = {"Range": f"bytes={self.size}-"}
        return ranged if begun.validator is None else {**ranged, "If-Range": begun.validator}

    async def begin(self, begun: _Begun) -> None:
        """The server sends the whole video: a new file. Raises VideoTooLarge, MediaError."""
        await self.restart()
        if begun.total is not None and begun.total > self._max_bytes:
            raise self._too_large(begun.total)
        self._begun = begun
        note = json.dumps(asdict(begun)).encode()
        await self._on_disk(lambda: write_whole(self._note, note))

    async def add(self, piece: bytes) -> None:
        """Take bytes from the network. Raises NotAVideo, VideoTooLarge, MediaFull, MediaError."""
        self._buffer += piece
        have = self.size + len(self._buffer)
        if have > self._max_bytes:
            self._buffer.clear()
            await self.restart()
            raise self._too_large(have)
        if self.size == 0 and len(self._buffer) >= _HEAD:
            await self._look()
        if len(self._buffer) >= _PIECE:
            await self.flush()

    async def end(self) -> None:
        """The body has ended. Raises NotAVideo for a short one that is no video."""
        if self.size == 0:
            await self._look()

    async def flush(self) -> None:
        """Write what is buffered. Raises MediaFull, MediaError."""
        if self._buffer:
            data = bytes(self._buffer)
            self._buffer.clear()
            await self._on_disk(lambda: self._write(data))

    async def restart(self) -> None:
        """Forget everything and begin at the first byte. Raises MediaError."""
        self.size, self._begun = 0, None
        self._buffer.clear()
        await self._on_disk(self._forget)

    async def becomes_final(self, now: float) -> None:
        """Sync to disk and move to the final name, with the age counted from `now`. Raises MediaFull, MediaError."""
        await self._on_disk(lambda: self._finish(now))

    async def close(self) -> None:
        """Close the file; what is in it stays for the next try."""
        await self._on_disk(self._leave)

    async def _look(self) -> None:
        head = bytes(self._buffer[:_HEAD])
        if looks_like_mp4(head):
            return
        await self.restart()
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        what = "nothing" if not head else "something else"
        if start.startswith(b"<"):
            what = "a web page"
        elif start.startswith((b"{", b"[")):
            what = "a text message"
        raise NotAVideo(f"{shown_url(self.url)} gave {what} instead of an MP4 video.")

    def _too_large(self, size: int) -> VideoTooLarge:
        return VideoTooLarge(
            f"The video has at least {megabytes(size)}; this bot stores at most {megabytes(self._max_bytes)}."
        )

    # -------------------------------------------------------------------------------------------- blocking

    async def _on_disk(self, work: Callable[[], None]) -> None:
        """Run in a thread, to its end even when this task is cancelled meanwhile."""
        running = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.gather(running, return_exceptions=True)
            raise
        except OSError as error:
            raise disk_problem(error, self.final.parent) from error

    def _load(self) -> None:
        self.part.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except (Timeout, NotImplementedError):  # held by another process, or a file system without locks
            self._go_apart()
            return
        try:
            said = json.loads(self._note.read_bytes())
            begun = _Begun(str(said["link"]), said["validator"], said["total"])
            size = self.part.stat().st_size
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            self._forget()
            return
        if size > self._max_bytes or (begun.total is not None and size > begun.total):
            self._forget()
            return
        self.size, self._begun = size, begun

    def _go_apart(self) -> None:
        number, name = tempfile.mkstemp(prefix=TEMPORARY, suffix=".part", dir=self.part.parent)
        os.close(number)
        self.part = Path(name)
        self._note = self.part.with_suffix(".part.json")

    def _leave(self) -> None:
        self._close()
        if self._lock.is_locked:
            remove(Path(self._lock.lock_file))  # only its holder may: whoever waits for it sees that it is another one
            self._lock.release()
        elif self.part.name.startswith(TEMPORARY):
            self._forget()

    def _write(self, data: bytes) -> None:
        if self._file is None:
            self.part.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.fdopen(os.open(self.part, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
            if os.fstat(self._file.fileno()).st_size < self.size:
                self._forget()
                self.size, self._begun = 0, None
                raise MediaError("The unfinished video was removed meanwhile: it is fetched again.", retry=True)
            self._file.seek(self.size)
        view = memoryview(data)
        while view:
            written = self._file.write(view)
            self.size += written
            view = view[written:]

    def _forget(self) -> None:
        self._close()
        remove(self.part)
        remove(self._note)

    def _finish(self, now: float) -> None:
        self._close()
        try:
            sync_file(self.part)
            os.utime(self.part, (now, now))
            self.part.replace(self.final)
        except FileNotFoundError:
            if not self.final.is_file():  # else another process was faster with the same video
                raise
        remove(self._note)
        sync_folder(self.final.parent)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _link(url: str) -> str:
    """The link without its query (it may be signed anew), as a hash: links are not written to disk."""
    try:
        url = str(httpx.URL(url).copy_with(query=None, fragment=None))
    except (httpx.InvalidURL, ValueError):
        url = ""  # refused when it is opened
    return hashlib.sha256(url.encode()).hexdigest()


def _validator(response: httpx.Response) -> str | None:
    tag = response.headers.get("etag", "")
    if tag.startswith('"'):  # a weak one (W/"...") does not promise the same bytes
        return str(tag)
    return response.headers.get("last-modified") if not tag else None


def _length(response: httpx.Response) -> int | None:
    said = response.headers.get("content-length", "")
    return int(said) if said.isdecimal() else None


def _content_range(response: httpx.Response) -> tuple[int | None, int | None]:
    """First byte and total of `bytes 5-9/10`, `bytes 5-9/*` or `bytes */10`; None where not said."""
    unit, _, rest = response.headers.get("content-range", "").strip().partition(" ")
    span, _, total = rest.partition("/")
    first = span.partition("-")[0].strip()
    if unit.lower() != "bytes":
        return None, None
    return (int(first) if first.isdecimal() else None), (int(total) if total.strip().isdecimal() else None)


def _retry_after(response: httpx.Response) -> float | None:
    said = response.headers.get("retry-after", "")
    return float(said) if said.isdecimal() else None
