"""The card of a video made from text: the prompt on a panel, over drifting colours, with what was asked for."""

from __future__ import annotations

import colorsys
import hashlib
import math

from PIL import Image, ImageDraw, ImageOps

from adapters.gateways.sandbox.lettering import fit, font_for, printable
from adapters.gateways.sandbox.order import Order
from adapters.gateways.sandbox.picture import Picture, Stamp, from_image, stamp

RGB = tuple[int, int, int]
# drawn opaque: on an RGBA image Pillow's text replaces alpha, it does not lay colour over colour
_WHITE = (255, 255, 255, 255)
_SOFT_WHITE = (222, 220, 232, 255)
_DIM_WHITE = (176, 174, 190, 255)
#: the background is drawn this small and scaled up: it is only soft colour
_SOFT = 240
#: how much of the background's width it drifts
_DRIFT = 0.12


class Card:
    """A scene: `at(part)` is the picture at a part (0..1) of the video."""

    def __init__(self, order: Order, size: tuple[int, int], insets: tuple[Image.Image, ...] = ()) -> None:
        self._size = size
        unit = min(size) / 720
        digest = hashlib.sha256(order.prompt.encode()).digest()
        self._back = _background(digest, size)
        self._spin = digest[5] / 255 * math.tau
        width, height = size
        margin = round(56 * unit)
        self._panel = stamp(_panel(order, (width - 2 * margin, height - 2 * margin), unit, insets))
        self._panel_at = (margin, margin)
        self._bar_length = width - 2 * margin
        self._bar_at = (margin, height - margin + round(14 * unit))
        self._bar_height = max(4, round(6 * unit))
        self._still: Picture | None = None

    def at(self, part: float) -> Picture:
        """The panel stands, the colours drift and the bar grows."""
        back = self._back
        width, height = back.size
        roam_x, roam_y = width * _DRIFT, height * _DRIFT
        angle = self._spin + part * math.tau * 0.6
        left = roam_x / 2 * (1 + math.cos(angle))
        top = roam_y / 2 * (1 + math.sin(angle))
        box = (left, top, left + width - roam_x, top + height - roam_y)
        picture = back.view(box, self._size, Image.Resampling.BICUBIC).paste(self._panel, self._panel_at)
        return picture.paste(self._bar(part), self._bar_at)

    def _bar(self, part: float) -> Stamp:
        image = Image.new("RGBA", (self._bar_length, self._bar_height), (255, 255, 255, 50))
        done = round(self._bar_length * max(0.02, part))
        image.paste((255, 255, 255, 230), (0, 0, done, self._bar_height))
        return stamp(image)


def _background(digest: bytes, size: tuple[int, int]) -> Picture:
    """Three soft lights on a dark ground; the hue comes from the prompt, so that videos differ."""
    hue = digest[0] / 255
    scale = _SOFT / min(size)
    width, height = (round(side * scale / 2) * 2 for side in size)
    image = Image.new("RGB", (width, height), _rgb(hue, 0.8, 0.22))
    # radial_gradient is black in the middle: inverted, it is a light; at the middle of its sides it is still 75
    light = ImageOps.invert(Image.radial_gradient("L")).point(lambda value: max(0, value - 75) ** 1.5 / 180**1.5 * 255)
    for index, (shift, value) in enumerate(((0.0, 0.85), (0.1, 0.75), (-0.14, 0.8))):
        across, down = digest[1 + 2 * index] / 255, digest[2 + 2 * index] / 255
        radius = round(max(width, height) * 1.5)
        glow = light.resize((radius, radius), Image.Resampling.BICUBIC)
        place = (round(across * width - radius / 2), round(down * height - radius / 2))
        image.paste(_rgb(hue + shift, 0.7, value), place, glow)
    return from_image(image)


def _rgb(hue: float, saturation: float, value: float) -> RGB:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def _panel(order: Order, size: tuple[int, int], unit: float, insets: tuple[Image.Image, ...]) -> Image.Image:
    width, height = size
    panel = Image.new("RGBA", size)
    draw = ImageDraw.Draw(panel)
    draw.rounded_rectangle((0, 0, width - 1, height - 1), round(28 * unit), fill=(12, 10, 24, 165))
    pad = round(44 * unit)
    top = pad
    _chip(draw, (pad, top), unit)
    facts = f"{order.model}   {order.mode}   {order.duration} s" + ("   sound" if order.audio else "")
    small = font_for(round(24 * unit))
    below = width - 2 * pad < round(620 * unit)
    if below:
        top += round(66 * unit)
        draw.text((pad, top), facts, font=small, fill=_SOFT_WHITE)
        top += round(50 * unit)
    else:
        draw.text((width - pad, top + round(34 * unit)), facts, font=small, fill=_SOFT_WHITE, anchor="rs")
        top += round(70 * unit)
    foot = height - pad
    note = "made on this computer, no model was asked"
    draw.text((pad, foot), note, font=font_for(round(20 * unit)), fill=_DIM_WHITE, anchor="ls")
    foot -= round(40 * unit)
    if insets:
        foot = _insets(panel, insets, (pad, foot), width - 2 * pad, unit)
    if order.negative_prompt:
        foot = _negative(draw, order.negative_prompt, (pad, foot), width - 2 * pad, unit)
    _prompt(draw, printable(order.prompt), (pad, top, width - pad, foot), unit)
    return panel


def _chip(draw: ImageDraw.ImageDraw, at: tuple[int, int], unit: float) -> None:
    """The word SANDBOX, dark on white."""
    font = font_for(round(28 * unit))
    width, height = round(font.getlength("SANDBOX") + 36 * unit), round(46 * unit)
    draw.rounded_rectangle((at[0], at[1], at[0] + width, at[1] + height), height // 2, fill=_WHITE)
    middle = (at[0] + width / 2, at[1] + height / 2)
    ink = (24, 18, 44, 255)
    draw.text(middle, "SANDBOX", font=font, fill=ink, anchor="mm", stroke_width=0.6 * unit, stroke_fill=ink)


def _prompt(draw: ImageDraw.ImageDraw, text: str, box: tuple[int, int, int, int], unit: float) -> None:
    left, top, right, bottom = box
    font, leading, lines = fit(
        text or "…", width=right - left, height=bottom - top, largest=round(60 * unit), smallest=round(18 * unit)
    )
    start = top + max(0, (bottom - top - leading * len(lines)) // 2)
    for index, line in enumerate(lines):
        draw.text((left, start + index * leading), line, font=font, fill=_WHITE)


def _negative(draw: ImageDraw.ImageDraw, text: str, at: tuple[int, int], width: int, unit: float) -> int:
    """One line above `at`: what shall not be seen. Returns the new foot."""
    line_height = round(34 * unit)
    font, _, lines = fit(
        f"without: {printable(text)}",
        width=width,
        height=line_height,
        largest=round(24 * unit),
        smallest=round(24 * unit),
    )
    draw.text((at[0], at[1] - round(8 * unit)), lines[0], font=font, fill=_DIM_WHITE, anchor="ls")
    return at[1] - round(48 * unit)


def _insets(panel: Image.Image, insets: tuple[Image.Image, ...], at: tuple[int, int], width: int, unit: float) -> int:
    """A row of pictures above `at`; returns the new foot."""
    gap = round(16 * unit)
    side = min(round(150 * unit), (width - gap * (len(insets) - 1)) // len(insets))
    top = at[1] - side
    corner = Image.new("L", (side, side))
    ImageDraw.Draw(corner).rounded_rectangle((0, 0, side - 1, side - 1), round(14 * unit), fill=255)
    for index, inset in enumerate(insets):
        panel.paste(ImageOps.fit(inset, (side, side)), (at[0] + index * (side + gap), top), corner)
    return top - round(24 * unit)
