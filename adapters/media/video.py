"""Videos on disk: probe, poster, last frame, a smaller copy, and the check of reference videos. PyAV in threads.

Only the MP4/MOV reader is ever used, whatever a file calls itself: playlists and other formats that name further files
or links are never followed.
"""

import asyncio
import errno
import math
import shutil
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeVar

from adapters.media.errors import CannotShrink, MediaError, NotAVideo, VideoRefused, disk_problem, shown_path
from adapters.media.files import replacing
from adapters.media.web import megabytes

if TYPE_CHECKING:
    import av
    import av.container
    from av.audio.stream import AudioStream
    from av.filter import Graph
    from av.video.stream import VideoStream
    from PIL import Image

T = TypeVar("T")

#: First box of an MP4 or MOV: `ftyp`, or what old QuickTime files begin with.
_FIRST_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
#: HEIC and AVIF pictures are built like an MP4.
_PICTURE_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"})
_MAX_PACKETS = 400_000  # hours of video; more is a file made to keep us busy
_MAX_SIDE = 8192
_MAX_PIXELS = 40_000_000  # one decoded picture; 8K is 33 million


@dataclass(frozen=True, slots=True)
class VideoProbe:
    """What a video file is: sides in pixels as shown (rotation applied), length in seconds, frames per second, codec
    names of FFmpeg ("h264", "aac"), size in bytes."""

    width: int
    height: int
    seconds: float
    fps: float
    video_codec: str
    audio_codec: str | None
    bytes: int


def looks_like_mp4(head: bytes) -> bool:
    """True when the first 12 bytes of a file can begin an MP4 or MOV."""
    return head[4:8] in _FIRST_BOXES and not (head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS)


async def probe(path: Path) -> VideoProbe:
    """Read the header, decode the first picture and walk every video packet, so that a cut file is found out.

    Raises NotAVideo (cannot be played, has no picture, is cut), MediaError (cannot be read).
    """
    return await asyncio.to_thread(_probe, path)


async def poster(path: Path, to: Path, at: Literal["first", "last"] | float = "first") -> Path:
    """Write one picture of the video as a JPEG (quality 90) to `to`, replacing it whole; `at` is "first", "last" or a
    time in seconds (past the end: the last picture). Raises NotAVideo, MediaError, MediaFull."""
    if at == "last":
        return await last_frame(path, to)
    return await asyncio.to_thread(_write_picture, path, to, 0.0 if at == "first" else float(at))


async def last_frame(path: Path, to: Path) -> Path:
    """Write the very last picture that the video shows: PNG when `to` ends in .png (exact), else JPEG quality 95.

    Raises NotAVideo, MediaError, MediaFull.
    """
    return await asyncio.to_thread(_write_picture, path, to, math.inf)


async def check_reference_video(
    file: Path | bytes,
    *,
    max_bytes: int = 50 * 1024 * 1024,
    min_seconds: float = 3.0,
    max_seconds: float = 10.0,
    min_side: int = 300,
    max_side: int = 4096,
) -> VideoProbe:
    """Check an input video: MP4 or MOV, size in bytes, length in seconds (a tenth of tolerance at both ends, for
    rounding), sides in pixels. Raises VideoRefused with the measured number and what to do."""
    limits = _Limits(max_bytes, min_seconds, max_seconds, min_side, max_side)
    return await asyncio.to_thread(_check_reference, file, limits)


class VideoShrinker:
    """Makes smaller copies, at most `encodes` at once; the others wait. Each encode uses `threads` threads."""

    def __init__(self, *, encodes: int = 1, threads: int = 2, tries: int = 4) -> None:
        self._turns, self._threads, self._tries = asyncio.Semaphore(encodes), threads, tries

    async def smaller_copy(self, path: Path, to: Path, max_bytes: int) -> VideoProbe:
        """Write an H.264/AAC copy of `path` of at most `max_bytes` bytes to `to` (whole or not at all), ready to be
        played while it loads; a file that fits and is H.264 already is copied as it is.

        A cancelled call stops its encode. Raises CannotShrink (it would need under 100 kbit/s), NotAVideo, MediaError,
        MediaFull.
        """
        async with self._turns:
            return await _stoppable(lambda stop: _shrink(path, to, max_bytes, self._threads, self._tries, stop))


async def _stoppable(work: Callable[[threading.Event], T]) -> T:
    """Run blocking `work` in a thread; when this task is cancelled, tell it to stop and wait until it has."""
    stop = threading.Event()
    running: Awaitable[T] = asyncio.ensure_future(asyncio.to_thread(work, stop))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.gather(running, return_exceptions=True)
        raise


class _Stopped(Exception):  # noqa: N818
    """The encode was told to stop."""


# ------------------------------------------------------------------------------------------------ reading


@contextmanager
def _opened(path: Path) -> "Iterator[tuple[av.container.InputContainer, VideoStream]]":
    import av
    from av.error import FFmpegError

    try:
        with path.open("rb") as file:
            if not looks_like_mp4(file.read(12)):
                raise NotAVideo("The file is no MP4 or MOV video: use a file in one of these formats.")
            if _is_cut(file):
                raise NotAVideo("The video is cut: the file ends before its data does.")
            file.seek(0)
            with av.open(file, "r", format="mov") as container:
                yield container, _video_stream(container)
    except FFmpegError as error:
        raise NotAVideo("The video is damaged or in a form that cannot be played: use another file.") from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _is_cut(file: BinaryIO) -> bool:
    """True when a top-level box says it is longer than what is left of the file."""
    size = file.seek(0, 2)
    at = 0
    for _ in range(_MAX_PACKETS):
        if at + 8 > size:
            break
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:  # 0: to the end of the file; else rubbish after the last box
            break
        at += length
    return at > size


def _video_stream(container: "av.container.InputContainer") -> "VideoStream":
    for stream in container.streams.video:
        sides = stream.width, stream.height
        if min(sides) <= 0:
            continue
        if max(sides) > _MAX_SIDE or sides[0] * sides[1] > _MAX_PIXELS:
            raise NotAVideo(f"The video is {sides[0]} x {sides[1]} pixels, more than can be read: make it smaller.")
        return stream
    raise NotAVideo("The file holds sound or data but no picture: use a file with video.")


def _unreadable(path: Path, error: OSError) -> MediaError:
    why = error.strerror or type(error).__name__
    return MediaError(f"The video {shown_path(path)} cannot be read ({why}): check the file.")


def _pictures(container: "av.container.InputContainer", stream: "VideoStream") -> "Iterator[av.VideoFrame]":
    """Decoded pictures from the present position, damaged packets skipped."""
    from av.error import InvalidDataError

    stream.thread_type = "AUTO"
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except InvalidDataError:
            continue


def _probe(path: Path) -> VideoProbe:
    with _opened(path) as (container, stream):
        size = path.stat().st_size
        first = next(_pictures(container, stream), None)
        if first is None:
            raise NotAVideo("The video holds no picture that can be decoded: use another file.")
        width, height, turned = first.width, first.height, first.rotation
        container.seek(0)
        packets, end = 0, Fraction(0)
        for packet in container.demux(stream):
            if packet.size == 0:
                continue
            if packet.is_corrupt:
                raise NotAVideo("The video is cut or damaged: its data ends before its pictures do.")
            packets += 1
            if packets > _MAX_PACKETS:
                raise NotAVideo("The video has too many pictures to be read: use a shorter one.")
            if packet.pts is not None and packet.time_base is not None:
                end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
        if stream.frames and packets < stream.frames:
            raise NotAVideo("The video is cut: its data ends before its pictures do.")
        seconds = _seconds(container, stream) or float(end)
        rate = stream.average_rate or stream.guessed_rate
        fps = float(rate) if rate else (packets / seconds if seconds else 0.0)
        audio = _audio_stream(container)
        return VideoProbe(
            width=height if abs(turned) % 180 == 90 else width,
            height=width if abs(turned) % 180 == 90 else height,
            seconds=round(seconds, 3),
            fps=round(fps, 3),
            video_codec=stream.codec_context.codec.canonical_name,
            audio_codec=audio.codec_context.codec.canonical_name if audio is not None else None,
            bytes=size,
        )


def _seconds(container: "av.container.InputContainer", stream: "VideoStream") -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / 1_000_000 if container.duration else 0.0


def _audio_stream(container: "av.container.InputContainer") -> "AudioStream | None":
    return next(iter(container.streams.audio), None)


def _write_picture(path: Path, to: Path, at: float) -> Path:
    with _opened(path) as (container, stream):
        frame = _picture_at(container, stream, at)
        if frame is None:
            raise NotAVideo("The video holds no picture that can be decoded: use another file.")
        image = _as_image(frame)
    try:
        with replacing(to) as temporary:
            if to.suffix.lower() == ".png":
                image.save(temporary, "PNG", compress_level=3)
            else:
                image.save(temporary, "JPEG", quality=95 if at == math.inf else 90, optimize=True)
    except OSError as error:
        raise disk_problem(error, to.parent) from error
    return to


def _picture_at(container: "av.container.InputContainer", stream: "VideoStream", at: float) -> "av.VideoFrame | None":
    """The picture shown at `at` seconds; infinity means the last one."""
    if at <= 0:
        return next(_pictures(container, stream), None)
    start = min(at, _seconds(container, stream))
    if start > 0 and stream.time_base is not None:
        container.seek(int(start / stream.time_base), stream=stream)  # the key frame before
    chosen = _last_until(container, stream, at)
    if chosen is None:  # the seek went wrong: from the start
        container.seek(0)
        chosen = _last_until(container, stream, at)
    return chosen


def _last_until(container: "av.container.InputContainer", stream: "VideoStream", at: float) -> "av.VideoFrame | None":
    chosen: av.VideoFrame | None = None
    for frame in _pictures(container, stream):
        if chosen is not None and frame.pts is not None and frame.time > at:
            break
        chosen = frame
    return chosen


def _as_image(frame: "av.VideoFrame") -> "Image.Image":
    """RGB as the video means it: with its own colour matrix (BT.709 for untagged HD, as players do), turned upright."""
    from av.video.reformatter import ColorRange, Colorspace
    from PIL import Image

    matrices = {
        1: Colorspace.ITU709,
        4: Colorspace.FCC,
        5: Colorspace.ITU601,
        6: Colorspace.SMPTE170M,
        7: Colorspace.SMPTE240M,
        9: Colorspace.BT2020,
        10: Colorspace.BT2020,
    }
    matrix = matrices.get(int(frame.colorspace)) or matrices[_usual_colours(frame.width, frame.height)]
    full = int(frame.color_range) == int(ColorRange.JPEG)
    image: Image.Image = frame.to_image(  # type: ignore[no-untyped-call]
        src_colorspace=matrix,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
    )
    turns = {
        90: Image.Transpose.ROTATE_90,
        180: Image.Transpose.ROTATE_180,
        270: Image.Transpose.ROTATE_270,
    }
    turn = turns.get(frame.rotation % 360)
    return image.transpose(turn) if turn is not None else image


def _usual_colours(width: int, height: int) -> int:
    """What players take an untagged video for: FFmpeg's number of BT.709 for HD, of BT.601 for smaller ones."""
    return 1 if width >= 1280 or height >= 720 else 6


# ---------------------------------------------------------------------------------------------- reference videos


@dataclass(frozen=True, slots=True)
class _Limits:
    max_bytes: int
    min_seconds: float
    max_seconds: float
    min_side: int
    max_side: int


def _check_reference(file: Path | bytes, limits: _Limits) -> VideoProbe:
    if isinstance(file, bytes):
        _check_size(len(file), limits)
        with tempfile.NamedTemporaryFile(suffix=".mp4") as temporary:
            try:
                temporary.write(file)
                temporary.flush()
            except OSError as error:
                raise disk_problem(error, Path(temporary.name).parent) from error
            return _check_reference(Path(temporary.name), limits)
    try:
        if not file.is_file():
            reason = "not_a_file" if file.exists() else "not_found"
            word = "is no file" if reason == "not_a_file" else "does not exist"
            raise VideoRefused(reason, f"{shown_path(file)} {word}: give the path of an MP4 or MOV video.")
        _check_size(file.stat().st_size, limits)
        with file.open("rb") as reading:
            if not looks_like_mp4(reading.read(12)):
                raise VideoRefused("not_a_video", "The file is no MP4 or MOV video: convert it to MP4.")
    except OSError as error:
        raise VideoRefused("unreadable", _unreadable(file, error).message) from error
    try:
        found = _probe(file)
    except NotAVideo as error:
        raise VideoRefused("broken", error.message) from error
    except MediaError as error:
        raise VideoRefused("unreadable", error.message) from error
    _check_shape(found, limits)
    return found


def _check_size(size: int, limits: _Limits) -> None:
    if size == 0:
        raise VideoRefused("empty", "The video is empty (0 bytes): send it again.")
    if size > limits.max_bytes:
        raise VideoRefused(
            "too_many_bytes",
            f"This video has {megabytes(size)}; at most {megabytes(limits.max_bytes)} are taken. Make it smaller.",
        )


def _check_shape(found: VideoProbe, limits: _Limits) -> None:
    span = f"it must be between {limits.min_seconds:g} and {limits.max_seconds:g} seconds"
    if found.seconds < limits.min_seconds - 0.1:
        raise VideoRefused("too_short", f"This video is {found.seconds:.1f} seconds long; {span}. Use a longer one.")
    if found.seconds > limits.max_seconds + 0.1:
        raise VideoRefused("too_long", f"This video is {found.seconds:.1f} seconds long; {span}. Cut it.")
    said = f"This video is {found.width} x {found.height} pixels"
    if min(found.width, found.height) < limits.min_side:
        raise VideoRefused("too_small", f"{said}; each side must be at least {limits.min_side}. Use a larger one.")
    if max(found.width, found.height) > limits.max_side:
        raise VideoRefused("too_large", f"{said}; each side must be at most {limits.max_side}. Scale it down.")


# ---------------------------------------------------------------------------------------------- smaller copies

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_UNSPECIFIED = 2  # of FFmpeg's colour numbers
_LEAST_VIDEO_BITS = 100_000  # per second; below, nobody recognises anything
_BITS_PER_PIXEL = 0.045  # what H.264 needs for a picture without blocks, at `veryfast`
_HEIGHTS = (2160, 1440, 1080, 720, 540, 480, 360, 270)  # steps of the shorter side


@dataclass(frozen=True, slots=True)
class _Plan:
    width: int
    height: int
    fps: Fraction
    video_bits: int  # per second
    audio_bits: int  # per second, 0 = no sound


def _shrink(path: Path, to: Path, max_bytes: int, threads: int, tries: int, stop: threading.Event) -> VideoProbe:
    source = _probe(path)
    try:
        with replacing(to) as temporary:
            if source.bytes <= max_bytes and source.video_codec == "h264":
                shutil.copyfile(path, temporary)
                return source
            budget = 0.96 * max_bytes
            for _ in range(tries):
                plan = _plan(source, budget, max_bytes)
                _encode(path, temporary, plan, threads, stop)
                size = temporary.stat().st_size
                if size <= max_bytes:
                    return _probe(temporary)
                budget *= 0.93 * max_bytes / size
            raise CannotShrink(f"The video could not be made smaller than {megabytes(max_bytes)}: use the link.")
    except OSError as error:
        raise disk_problem(error, to.parent) from error


def _plan(source: VideoProbe, budget: float, max_bytes: int) -> _Plan:
    """Bits and shape for a copy of about `budget` bytes."""
    seconds = max(source.seconds, 0.1)
    fps = min(source.fps or 24.0, 60.0)
    packets = seconds * (fps + (47 if source.audio_codec else 0))
    total = (budget - 4096 - 16 * packets) * 8 / seconds
    audio = 0
    if source.audio_codec:
        audio = 128_000 if total > 1_000_000 else 64_000 if total > 400_000 else 32_000
    if total - audio < _LEAST_VIDEO_BITS:
        raise CannotShrink(
            f"This video is {source.seconds:.0f} seconds long and would not be watchable in "
            f"{megabytes(max_bytes)}: use the link."
        )
    video = max(_LEAST_VIDEO_BITS, int(min(total - audio, source.bytes * 8 / seconds)))  # never more than it has
    short = min(source.width, source.height)
    fitting = [step for step in _HEIGHTS if step <= short]
    for step in dict.fromkeys([short, *fitting]):
        scale = step / short
        if source.width * source.height * scale * scale * fps * _BITS_PER_PIXEL <= video:
            break
    else:
        scale = min(1.0, _HEIGHTS[-1] / short)
    return _Plan(_even(source.width * scale), _even(source.height * scale), _rate(fps), video, audio)


def _even(side: float) -> int:
    return max(2, round(side / 2) * 2)


def _rate(fps: float) -> Fraction:
    return Fraction(fps).limit_denominator(1001) or Fraction(24)


def _encode(path: Path, to: Path, plan: _Plan, threads: int, stop: threading.Event) -> None:
    import av
    from av.error import FFmpegError

    with _opened(path) as (source, stream):
        try:
            with av.open(str(to), "w", format="mp4", options={"movflags": "+faststart"}) as target:
                _Encode(source, stream, target, plan, threads, stop).run()
        except (FFmpegError, OSError) as error:
            if error.errno in _DISK_FULL:
                raise disk_problem(OSError(error.errno, error.strerror), to.parent) from error
            raise


class _Encode:
    """One pass over a file: pictures through a filter graph into H.264 with a hard cap on the rate, sound into AAC."""

    def __init__(
        self,
        source: "av.container.InputContainer",
        stream: "VideoStream",
        target: "av.container.OutputContainer",
        plan: _Plan,
        threads: int,
        stop: threading.Event,
    ) -> None:
        self.source, self.stream, self.target, self.plan, self.stop = source, stream, target, plan, stop
        self.graph: Graph | None = None
        out = target.add_stream("libx264", rate=plan.fps)
        out.width, out.height, out.pix_fmt = plan.width, plan.height, "yuv420p"
        out.codec_context.thread_count = threads
        out.options = {
            "preset": "veryfast",
            "crf": "19",  # easy pictures stay below the cap
            "maxrate": str(plan.video_bits),
            "bufsize": str(plan.video_bits),
            "profile": "high",
        }
        colours = stream.codec_context, out.codec_context
        usual = _usual_colours(stream.width, stream.height)  # said aloud: a smaller picture may be taken otherwise
        for name in ("colorspace", "color_primaries", "color_trc"):
            said = int(getattr(colours[0], name))
            setattr(colours[1], name, said if said != _UNSPECIFIED else usual)
        colours[1].color_range = colours[0].color_range
        self.video_out = out
        self.sound = _audio_stream(source) if plan.audio_bits else None
        self.sound_out: AudioStream | None = None
        if self.sound is not None:
            rate = self.sound.codec_context.sample_rate
            self.sound_out = target.add_stream("aac", rate=rate if rate in (32_000, 44_100, 48_000) else 48_000)
            self.sound_out.bit_rate = plan.audio_bits
            self.sound_out.layout = "mono" if self.sound.codec_context.channels == 1 else "stereo"

    def run(self) -> None:
        streams = [self.stream] if self.sound is None else [self.stream, self.sound]
        self.stream.thread_type = "AUTO"
        for packet in self.source.demux(streams):
            if self.stop.is_set():
                raise _Stopped
            for frame in self._decoded(packet):
                self._take(frame)
        self._drain(flush=True)
        self.target.mux(self.video_out.encode(None))
        if self.sound_out is not None:
            self.target.mux(self.sound_out.encode(None))

    def _decoded(self, packet: "av.Packet[Any]") -> "list[object]":
        from av.error import InvalidDataError

        try:
            return list(packet.decode())
        except InvalidDataError:
            return []

    def _take(self, frame: object) -> None:
        import av

        if isinstance(frame, av.VideoFrame):
            if self.graph is None:
                self.graph = self._graph(frame)
            self.graph.vpush(frame)
            self._drain()
        elif isinstance(frame, av.AudioFrame) and self.sound_out is not None:
            self.target.mux(self.sound_out.encode(frame))

    def _graph(self, first: "av.VideoFrame") -> "Graph":
        from av.filter import Graph

        graph = Graph()
        steps = [graph.add_buffer(template=self.stream)]
        steps += [graph.add("transpose", turn) for turn in _transposes(first.rotation)]
        steps.append(graph.add("fps", f"fps={self.plan.fps.numerator}/{self.plan.fps.denominator}"))
        steps.append(graph.add("scale", f"{self.plan.width}:{self.plan.height}:flags=bicubic"))
        steps.append(graph.add("setsar", "1"))
        steps.append(graph.add("format", "yuv420p"))
        steps.append(graph.add("buffersink"))
        graph.link_nodes(*steps).configure()
        return graph

    def _drain(self, *, flush: bool = False) -> None:
        if self.graph is None:
            return
        if flush:
            self.graph.vpush(None)
        while True:
            if self.stop.is_set():
                raise _Stopped
            picture = self._pull()
            if picture is None:
                return
            self.target.mux(self.video_out.encode(picture))

    def _pull(self) -> "av.VideoFrame | None":
        from av.error import BlockingIOError, EOFError  # noqa: A004 - PyAV's own

        if self.graph is None:
            return None
        try:
            return self.graph.vpull()
        except (BlockingIOError, EOFError):
            return None


def _transposes(rotation: int) -> list[str]:
    return {90: ["cclock"], 270: ["clock"], 180: ["clock", "clock"]}.get(rotation % 360, [])
