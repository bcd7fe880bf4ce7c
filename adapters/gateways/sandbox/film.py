"""Renders an order: picks the scene, draws its frames and encodes H.264 (and AAC) that plays everywhere."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from PIL import Image, ImageDraw, ImageOps

from adapters.gateways.sandbox.card import Card
from adapters.gateways.sandbox.frame_size import size_of, size_of_ratio
from adapters.gateways.sandbox.label import watermark
from adapters.gateways.sandbox.order import Order
from adapters.gateways.sandbox.picture import Picture, from_image
from adapters.gateways.sandbox.sound import RATE, chord
from adapters.gateways.sandbox.still import Pair, Still
from adapters.gateways.sandbox.tinted import Tinted, Unreadable

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import OutputContainer

FPS = 24
#: images with more pixels are not decoded
MAX_PIXELS = 60_000_000


class Stopped(Exception):  # noqa: N818 - the sandbox is closing
    """Rendering was given up."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file of ours; None stands for another host's file, which is never fetched."""

    path: Path | None


@dataclass(frozen=True, slots=True)
class Film:
    """An order with its inputs found."""

    order: Order
    first: Source | None = None
    last: Source | None = None
    insets: tuple[Source, ...] = ()
    video: Source | None = None


class Scene(Protocol):
    """The picture at a part, 0..1, of the video."""

    def at(self, part: float) -> Picture: ...


def render_film(film: Film, path: Path, stopped: Callable[[], bool] = lambda: False) -> None:
    """Writes the MP4. Blocking: some seconds. Raises Stopped."""
    order = film.order
    scene = scene_of(film)
    mark = watermark(scene.at(0).size) if order.watermark else None

    def picture(part: float) -> Picture:
        made = scene.at(part)
        return made.paste(*mark) if mark else made

    encode(picture, path, seconds=order.duration, sound=order.audio, stopped=stopped)


def render_poster(film: Film, path: Path) -> None:
    """Writes the first frame as JPEG."""
    partial = path.with_suffix(".part")
    scene_of(film).at(0).rgb().save(partial, "JPEG", quality=85)
    partial.replace(path)


def render_tiny(path: Path) -> None:
    """One second, 320x180: what `render=False` serves."""
    order = Order(model="sandbox", prompt="render=False", duration=1)
    encode(Card(order, (320, 180)).at, path, seconds=1, sound=False)


def scene_of(film: Film) -> Scene:
    """What is to be seen."""
    order = film.order
    if film.video is not None and film.video.path is not None and order.video and order.video.refer_type == "base":
        try:
            return Tinted(film.video.path, order.mode, order.duration)
        except Unreadable:
            pass  # a card shows that nothing could be read
    size = size_of_ratio(order.mode, order.ratio)
    if film.first is not None:
        image = _open(film.first)
        if image is not None:
            size = size_of(order.mode, *image.size)
        first = _fitted(image, size, "first frame")
        if film.last is None:
            return Still(first)
        return Pair(first, _fitted(_open(film.last), size, "last frame"))
    insets = [_open(source) or _placeholder((320, 320), "") for source in film.insets[:7]]
    if film.video is not None:
        insets.append(_frame_of(film.video) or _placeholder((320, 320), "video"))
    return Card(order, size, tuple(insets))


def encode(
    picture: Callable[[float], Picture],
    path: Path,
    *,
    seconds: int,
    sound: bool,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Writes `seconds` of pictures; the file appears when it is whole. Raises Stopped."""
    partial = path.with_suffix(".part")
    count = seconds * FPS
    try:
        with av.open(str(partial), "w", format="mp4", options={"movflags": "+faststart"}) as out:
            first = picture(0)
            video = out.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "18"})
            video.width, video.height = first.size
            video.pix_fmt = "yuv420p"
            context = video.codec_context
            context.thread_count = 2
            context.gop_size = FPS * 2
            context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
            context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
            audio = _Audio(out, seconds) if sound else None
            for index in range(count):
                if stopped():
                    raise Stopped
                # the last frame is part 1, so that a scene can end exactly
                frame = (first if index == 0 else picture(index / (count - 1))).frame()
                frame.pts, frame.time_base = index, Fraction(1, FPS)
                out.mux(video.encode(frame))
                if audio is not None:
                    audio.up_to((index + 1) / FPS)
            out.mux(video.encode(None))
            if audio is not None:
                audio.finish()
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


class _Audio:
    """The sound track, written along with the pictures."""

    def __init__(self, out: OutputContainer, seconds: int) -> None:
        self._out = out
        self._stream = out.add_stream("aac", rate=RATE, layout="stereo")
        self._frames = chord(seconds)
        self._written = 0

    def up_to(self, second: float) -> None:
        while self._written < second * RATE:
            frame: AudioFrame | None = next(self._frames, None)
            if frame is None:
                return
            frame.pts, frame.time_base = self._written, Fraction(1, RATE)
            self._written += frame.samples
            self._out.mux(self._stream.encode(frame))

    def finish(self) -> None:
        self._out.mux(self._stream.encode(None))


def _open(source: Source) -> Image.Image | None:
    """The image upright in RGB, None when it is not ours, broken or too big."""
    if source.path is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(source.path) as image:
                if image.width * image.height > MAX_PIXELS:
                    return None
                return ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _fitted(image: Image.Image | None, size: tuple[int, int], what: str) -> Picture:
    return from_image(ImageOps.fit(image or _placeholder(size, what), size, Image.Resampling.LANCZOS))


def _placeholder(size: tuple[int, int], what: str) -> Image.Image:
    """Stands for another host's image: a grey slope and its role."""
    image = ImageOps.colorize(Image.linear_gradient("L"), (196, 200, 208), (120, 126, 138)).resize(size)
    if what:
        from adapters.gateways.sandbox.lettering import font_for

        font = font_for(max(10, min(size) // 14))
        middle = (size[0] / 2, size[1] / 2)
        ImageDraw.Draw(image).text(middle, f"{what} (not fetched)", font=font, fill=(60, 64, 72), anchor="mm")
    return image


def _frame_of(source: Source) -> Image.Image | None:
    """The first frame of a video of ours."""
    if source.path is None:
        return None
    try:
        with av.open(str(source.path)) as container:
            frame = next(iter(container.decode(video=0)), None)
            if frame is None:
                return None
            image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
            return image
    except (av.FFmpegError, IndexError, OSError, ValueError):
        return None
