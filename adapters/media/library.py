"""One object for all media of a process: it is the core's `Media`, and what commands and chat adapters call."""

import asyncio
import random
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from adapters.media.bucket import Bucket
from adapters.media.download import VideoSaver
from adapters.media.errors import MediaAway, MediaError, VideoRefused
from adapters.media.files import TEMPORARY
from adapters.media.images import MAX_INPUT_BYTES, PreparedImage, fetch_image, prepare_image, read_image_file
from adapters.media.store import MediaStore, Swept
from adapters.media.video import VideoProbe, VideoShrinker, check_reference_video, last_frame, probe
from adapters.media.web import (
    LinkOpener,
    LinkTooLarge,
    Resolve,
    Waits,
    megabytes,
    read_link,
    resolve_host,
)
from bot.generation.job import StoredVideo
from bot.generation.ports import Clock

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TakenImage:
    """An input image in the store: its key (a Frame's `source`), sides in pixels, MIME type, size in bytes, and
    sentences about what was changed."""

    key: str
    mime: str
    width: int
    height: int
    bytes: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenVideo:
    """An input video in the store: its key (a ReferenceVideo's `source`), MIME type and shape."""

    key: str
    mime: str
    probe: VideoProbe


class LocalMedia:
    """Media below the folder `root`; with a `bucket`, media there, and those used last in the folder, too.

    `client` is only the way to the network (none of its headers or credentials leave with a download). `clock` gives
    the time and the pauses between tries, `chance` numbers in [0, 1). `allow_private` lets links lead into private
    networks: for the sandbox gateway on loopback, never for strangers' links in production.
    `images_at_once` bounds memory: one image of 50 megapixels takes about 400 MB while it is converted.
    """

    def __init__(
        self,
        root: Path,
        client: httpx.AsyncClient,
        clock: Clock,
        *,
        chance: Callable[[], float] = random.random,
        allow_private: bool = False,
        allow_private_inputs: bool | None = None,
        max_image_bytes: int = 10 * MB,
        max_input_bytes: int = MAX_INPUT_BYTES,
        max_reference_bytes: int = 50 * MB,
        max_video_bytes: int = 500 * MB,
        waits: Waits | None = None,
        images_at_once: int = 2,
        encodes: int = 1,
        encode_threads: int = 2,
        resolve: Resolve = resolve_host,
        bucket: Bucket | None = None,
        cache_bytes: int = 10 * 1024 * MB,
    ) -> None:
        self.store = MediaStore(root, now=clock.now, bucket=bucket, cache_bytes=cache_bytes)
        self._client, self._resolve = client, resolve
        self._private_inputs = allow_private if allow_private_inputs is None else allow_private_inputs
        self._max_image, self._max_input, self._max_reference = max_image_bytes, max_input_bytes, max_reference_bytes
        self._saver = VideoSaver(
            self.store,
            client,
            sleep=clock.sleep,
            chance=chance,
            allow_private=allow_private,
            max_bytes=max_video_bytes,
            waits=waits,
            resolve=resolve,
        )
        self._shrinker = VideoShrinker(encodes=encodes, threads=encode_threads)
        self._image_turns = asyncio.Semaphore(images_at_once)
        self._copying = asyncio.Semaphore(encodes)  # the same copy asked for twice is made once

    # -------------------------------------------------------------------------------------------- the core's Media

    async def read_input(self, key: str) -> tuple[bytes, str]:
        """The bytes and MIME type of a stored input. Raises MediaError."""
        return await self.store.get(key), self.store.mime(key)

    async def input_file(self, key: str) -> tuple[Path, str]:
        """The file on this machine and MIME type of a stored input. Raises MediaError when it is not there."""
        path = self.store.path(key)
        if not await self.store.fetch(path):
            raise MediaError("The file is no longer stored here: attach it again.")
        return path, self.store.mime(key)

    async def save_video(self, url: str, job_id: str) -> StoredVideo:
        """Fetch a finished video; asked again for the same job it returns what is already there, without network.
        Raises MediaError (see VideoSaver.save), MediaAway (what was fetched stays on this machine)."""
        with suppress(MediaAway):  # the gateway's link does not live for ever: the bytes come first
            await self.store.fetch(self.store.video_path(job_id))
            await self.store.fetch(self.store.poster_path(job_id))
        saved = await self._saver.save(url, job_id)
        await self.store.keep(saved.path)
        if saved.poster is not None:
            await self.store.keep(saved.poster)
        return self._stored(saved.path, saved.probe, saved.poster)

    def video_path(self, video: StoredVideo) -> Path:
        """Where a stored video lies on this machine, once it is here. Raises MediaError for a path out of the
        folder."""
        return self.store.absolute(video.path)

    async def video_file(self, video: StoredVideo) -> Path:
        """The file of a stored video on this machine; where it was when it is nowhere any more.
        Raises MediaError for a path out of the folder, MediaAway, MediaFull."""
        path = self.video_path(video)
        await self.store.fetch(path)
        return path

    def may_have(self, path: Path) -> bool:
        """False when a file of the folder is certainly gone: what lies in a bucket is not asked for here."""
        return self.store.bucket is not None or path.is_file()

    # -------------------------------------------------------------------------------------------- inputs

    async def take_image(self, data: bytes) -> TakenImage:
        """Clean, check and keep an input image. Raises ImageRefused, MediaFull, MediaError."""
        async with self._image_turns:
            image = await prepare_image(data, max_bytes=self._max_image, max_input_bytes=self._max_input)
        return await self._keep(image)

    async def take_image_url(self, url: str, *, headers: Mapping[str, str] | None = None) -> TakenImage:
        """`take_image` of what a link gives; `headers` go to the link's own origin only. Raises ImageRefused ..."""
        data = await fetch_image(
            url,
            self._client,
            max_input_bytes=self._max_input,
            allow_private=self._private_inputs,
            headers=headers,
            resolve=self._resolve,
        )
        return await self.take_image(data)

    async def take_image_file(self, path: Path) -> TakenImage:
        """`take_image` of a file of this machine (command line). Raises ImageRefused ..."""
        return await self.take_image(await read_image_file(path, max_input_bytes=self._max_input))

    async def take_video(self, file: Path | bytes) -> TakenVideo:
        """Check and keep a reference video, byte for byte. Raises VideoRefused, MediaFull, MediaError."""
        found = await check_reference_video(file, max_bytes=self._max_reference)
        data = file if isinstance(file, bytes) else await asyncio.to_thread(_read, file, self._max_reference)
        suffix = ".mov" if data[8:12] == b"qt  " or data[4:8] != b"ftyp" else ".mp4"
        key = await self.store.put(data, suffix)
        return TakenVideo(key, self.store.mime(key), found)

    async def take_video_url(self, url: str, *, headers: Mapping[str, str] | None = None) -> TakenVideo:
        """`take_video` of what a link gives. Raises VideoRefused, MediaError ..."""
        opener = LinkOpener(self._client, allow_private=self._private_inputs, resolve=self._resolve)
        waits = Waits(connect=10.0, idle=15.0, total=120.0)
        try:
            data = await read_link(opener, url, max_bytes=self._max_reference, waits=waits, headers=headers)
        except LinkTooLarge as error:
            raise VideoRefused(
                "too_many_bytes",
                f"This video has at least {megabytes(error.measured)}; at most {megabytes(error.limit)} are taken. "
                "Make it smaller.",
            ) from error
        return await self.take_video(data)

    async def take_last_frame(self, video: StoredVideo) -> TakenImage:
        """The very last picture of a stored video as a new input image (Extend). Raises MediaError, ImageRefused."""
        path = await self.video_file(video)
        picture = path.with_name(f"{TEMPORARY}{uuid4().hex}.png")
        await last_frame(path, picture)
        try:
            data = await asyncio.to_thread(picture.read_bytes)
        except OSError as error:
            raise MediaError("The last picture of the video could not be read: try again.") from error
        finally:
            await asyncio.to_thread(picture.unlink, missing_ok=True)
        async with self._image_turns:
            image = await prepare_image(data, max_bytes=self._max_image, max_input_bytes=max(len(data), 1))
        return await self._keep(image)

    async def _keep(self, image: PreparedImage) -> TakenImage:
        key = await self.store.put(image.data, image.suffix)
        return TakenImage(key, image.mime, image.width, image.height, len(image.data), image.notes)

    # -------------------------------------------------------------------------------------------- videos

    async def small_copy(self, video: StoredVideo, max_bytes: int) -> StoredVideo:
        """The video itself when it has at most `max_bytes` bytes, else a smaller copy, made once and kept.
        Raises CannotShrink, MediaFull, MediaError."""
        if video.size <= max_bytes:
            return video
        to = self.store.small_path(self.video_path(video).name.partition(".")[0], max_bytes)
        async with self._copying:
            if await self.store.fetch(to):
                shape = await probe(to)
            else:
                shape = await self._shrinker.smaller_copy(await self.video_file(video), to, max_bytes)
                with suppress(MediaAway):  # it is here; elsewhere it can be made again
                    await self.store.keep(to)
        return self._stored(to, shape, self.poster_path(video))

    def poster_path(self, video: StoredVideo) -> Path | None:
        """Where the poster of a stored video lies; None when it has none. Raises MediaError."""
        return self.store.absolute(video.poster) if video.poster else None

    async def poster_file(self, video: StoredVideo) -> Path | None:
        """The poster of a stored video on this machine; None when it has none (any more). Raises MediaError,
        MediaAway."""
        path = self.poster_path(video)
        return path if path is not None and await self.store.fetch(path) else None

    async def delete_video(self, job_id: str) -> bool:
        """Remove a job's video, poster and copies; False when there was none. Raises MediaError."""
        return await self.store.delete_video(job_id)

    async def sweep(
        self,
        now: float,
        keep_inputs_s: float | None,
        keep_videos_s: float | None,
        in_use: Collection[str] = (),
    ) -> Swept:
        """See MediaStore.sweep."""
        return await self.store.sweep(now, keep_inputs_s, keep_videos_s, in_use)

    def _stored(self, path: Path, shape: VideoProbe, picture: Path | None) -> StoredVideo:
        return StoredVideo(
            path=self.store.relative(path),
            size=shape.bytes,
            width=shape.width,
            height=shape.height,
            seconds=shape.seconds,
            has_audio=shape.audio_codec is not None,
            poster=self.store.relative(picture) if picture is not None else None,
        )


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise MediaError("The video cannot be read any more: send it again.") from error
