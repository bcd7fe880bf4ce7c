"""The word SANDBOX as a badge for videos made from images, and the small mark of `watermark`."""

from __future__ import annotations

from PIL import Image, ImageDraw

from adapters.gateways.sandbox.lettering import font_for
from adapters.gateways.sandbox.picture import Stamp, stamp


def badge(size: tuple[int, int], text: str = "SANDBOX") -> tuple[Stamp, tuple[int, int]]:
    """The badge and where it goes: lower left."""
    return _label(size, text, alpha=130, letters=220, pixels=22, right=False)


def watermark(size: tuple[int, int]) -> tuple[Stamp, tuple[int, int]]:
    """The mark and where it goes: upper right."""
    return _label(size, "kling sandbox", alpha=0, letters=170, pixels=18, right=True)


def _label(
    size: tuple[int, int], text: str, *, alpha: int, letters: int, pixels: int, right: bool
) -> tuple[Stamp, tuple[int, int]]:
    unit = min(size) / 720
    font = font_for(max(8, round(pixels * unit)))
    width, height = round(font.getlength(text) + 28 * unit), round(pixels * unit * 1.9)
    image = Image.new("RGBA", (width, height))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, width - 1, height - 1), height // 3, fill=(0, 0, 0, alpha))
    draw.text((width / 2, height / 2), text, font=font, fill=(255, 255, 255, letters), anchor="mm")
    margin = round(24 * unit)
    if right:
        return stamp(image), (size[0] - width - margin, margin // 2)
    return stamp(image), (margin, size[1] - height - margin)
