"""A picture as three planes (Y, U, V; chroma at half size): what the encoder takes.

So a frame is drawn with a few resizes of 8-bit planes, and no colour is converted on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from PIL import Image

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Picture:
    """Immutable by custom; `paste` gives a new one."""

    y: Image.Image
    u: Image.Image
    v: Image.Image

    @property
    def size(self) -> tuple[int, int]:
        return self.y.size

    def view(self, box: Box, size: tuple[int, int], filter_: Image.Resampling = Image.Resampling.BILINEAR) -> Picture:
        """The part inside `box` (fractions of a pixel allowed) at another size."""
        half_size = (size[0] // 2, size[1] // 2)
        left, top, right, bottom = (edge / 2 for edge in box)
        half = (left, top, min(right, self.u.width), min(bottom, self.u.height))
        return Picture(
            self.y.resize(size, filter_, box),
            self.u.resize(half_size, filter_, half),
            self.v.resize(half_size, filter_, half),
        )

    def blend(self, other: Picture, part: float) -> Picture:
        """`part` of the other over this one, 0..1."""
        return Picture(
            Image.blend(self.y, other.y, part), Image.blend(self.u, other.u, part), Image.blend(self.v, other.v, part)
        )

    def paste(self, stamp: Stamp, at: tuple[int, int], strength: float = 1.0) -> Picture:
        """A stamp put on at an even position; parts outside are cut off."""
        left, top = (position // 2 * 2 for position in at)
        masks = (stamp.mask, stamp.half_mask)
        if strength < 1:
            fade: Callable[[int], float] = lambda value: value * max(0.0, strength)  # noqa: E731
            masks = (stamp.mask.point(fade), stamp.half_mask.point(fade))
        y, u, v = self.y.copy(), self.u.copy(), self.v.copy()
        y.paste(stamp.picture.y, (left, top), masks[0])
        u.paste(stamp.picture.u, (left // 2, top // 2), masks[1])
        v.paste(stamp.picture.v, (left // 2, top // 2), masks[1])
        return Picture(y, u, v)

    def frame(self) -> VideoFrame:
        """The encoder's frame, tagged BT.709 limited range."""
        frame = av.VideoFrame(*self.size, "yuv420p")
        for plane, image in zip(frame.planes, (self.y, self.u, self.v), strict=True):
            data, width = image.tobytes(), image.width
            if plane.line_size != width:
                padding = bytes(plane.line_size - width)
                data = padding.join(data[start : start + width] for start in range(0, len(data), width)) + padding
            plane.update(data[: plane.buffer_size].ljust(plane.buffer_size, b"\0"))
        frame.colorspace = Colorspace.ITU709
        frame.color_range = ColorRange.MPEG
        frame.color_primaries = ColorPrimaries.BT709
        frame.color_trc = ColorTrc.BT709
        return frame

    def rgb(self) -> Image.Image:
        """Back to RGB, for posters."""
        image: Image.Image = self.frame().to_image()  # type: ignore[no-untyped-call]
        return image


@dataclass(frozen=True, slots=True)
class Stamp:
    """A picture with an alpha mask in both resolutions."""

    picture: Picture
    mask: Image.Image
    half_mask: Image.Image

    @property
    def size(self) -> tuple[int, int]:
        return self.picture.size


def from_frame(frame: VideoFrame, size: tuple[int, int]) -> Picture:
    """A decoded or RGB frame as planes of `size` (even)."""
    made = frame.reformat(
        *size,
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation="BICUBIC",
    )
    planes = []
    for index, plane in enumerate(made.planes):
        width, height = (size[0] // 2, size[1] // 2) if index else size
        planes.append(Image.frombuffer("L", (width, height), bytes(plane), "raw", "L", plane.line_size, 1).copy())
    return Picture(*planes)


def from_image(image: Image.Image) -> Picture:
    """A Pillow image of even size as planes."""
    return from_frame(av.VideoFrame.from_image(image.convert("RGB")), image.size)  # type: ignore[no-untyped-call]


def stamp(image: Image.Image) -> Stamp:
    """An RGBA image (any size; padded to even) as a stamp."""
    width, height = image.width + image.width % 2, image.height + image.height % 2
    padded = Image.new("RGBA", (width, height))
    padded.paste(image, (0, 0))
    mask = padded.getchannel("A")
    # the colours as they are, alpha apart
    return Stamp(from_image(padded.convert("RGB")), mask, mask.resize((width // 2, height // 2), Image.Resampling.BOX))
