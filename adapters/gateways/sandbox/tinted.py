"""The scene of an edited video: the base video again, tinted; it starts over when it is shorter than was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av
from PIL import Image

from adapters.gateways.sandbox.frame_size import size_of
from adapters.gateways.sandbox.label import badge
from adapters.gateways.sandbox.order import Mode
from adapters.gateways.sandbox.picture import Picture, from_frame

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

MAX_SIDE = 8192
#: the tint: a little toward violet (chroma planes; 128 is grey)
_TINT_U, _TINT_V, _STRENGTH = 160, 146, 0.38


class Unreadable(ValueError):  # noqa: N818
    """Not a video that can be decoded."""


class Tinted:
    """A scene that must be asked with rising parts. Raises Unreadable when made of a broken file."""

    def __init__(self, path: Path, mode: Mode, seconds: int) -> None:
        self._path, self._seconds = path, seconds
        try:
            with av.open(str(path)) as container:
                video = container.streams.video[0]
                width, height = video.width, video.height
        except (av.FFmpegError, IndexError, OSError, ValueError) as error:
            raise Unreadable(str(path)) from error
        if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
            raise Unreadable(str(path))
        self.size = size_of(mode, width, height)
        self._badge, self._at = badge(self.size, "SANDBOX edit")
        chroma = (self.size[0] // 2, self.size[1] // 2)
        self._u, self._v = Image.new("L", chroma, _TINT_U), Image.new("L", chroma, _TINT_V)
        self._frames = self._decode()
        self._now: tuple[float, VideoFrame] | None = None

    def at(self, part: float) -> Picture:
        """The frame of that time."""
        wanted = part * self._seconds
        shown = self._now[1] if self._now and self._now[0] >= wanted else self._frame_at(wanted)
        picture = from_frame(shown, self.size)
        tinted = Picture(
            picture.y, Image.blend(picture.u, self._u, _STRENGTH), Image.blend(picture.v, self._v, _STRENGTH)
        )
        return tinted.paste(self._badge, self._at)

    def _frame_at(self, second: float) -> VideoFrame:
        now = self._now
        for following in self._frames:
            now = following
            if following[0] >= second:
                break
        if now is None:
            raise Unreadable(str(self._path))
        self._now = now
        return now[1]

    def _decode(self) -> Iterator[tuple[float, VideoFrame]]:
        """Frames with rising seconds, over and over. Ends when a round has none."""
        start, last = 0.0, 0.0
        while True:
            seen = 0
            try:
                with av.open(str(self._path)) as container:
                    for frame in container.decode(video=0):
                        last = start + (seen / 24 if frame.pts is None else frame.time)
                        seen += 1
                        yield last, frame
            except av.FFmpegError:
                if not seen:
                    return
            if not seen:
                return
            start = last + 1 / 24
