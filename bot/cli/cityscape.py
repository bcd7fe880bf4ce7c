"""Two pictures of one city, by day and by night, for a video that moves from the first to the last."""

import math
import random
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_Colour = tuple[int, int, int]
_DAY_SKY: tuple[_Colour, _Colour] = ((86, 156, 214), (236, 222, 196))
_NIGHT_SKY: tuple[_Colour, _Colour] = ((8, 12, 36), (58, 44, 92))
_WATER = 0.80  # of the height, where the river begins


def draw_city(to: Path, *, night: bool, size: tuple[int, int] = (1920, 1080)) -> Path:
    """Draw the city and save it as a PNG."""
    from PIL import Image, ImageChops, ImageDraw, ImageFilter

    width, height = size
    picture = _gradient(size, *(_NIGHT_SKY if night else _DAY_SKY))
    glow = Image.new("RGB", size)
    pen, light = ImageDraw.Draw(picture), ImageDraw.Draw(glow)
    chance = random.Random(26)  # the same city both times
    if night:
        for _ in range(220):
            x, y, bright = chance.randrange(width), chance.randrange(int(height * 0.5)), chance.randrange(90, 230)
            pen.ellipse((x, y, x + 2, y + 2), fill=(bright, bright, bright))
    orb = (width * 0.76, height * 0.2, height * 0.07)
    _disc(light, *orb, (74, 80, 104) if night else (110, 92, 44), grow=1.9)
    _disc(pen, *orb, (226, 230, 240) if night else (255, 244, 205))
    city = random.Random(7)
    for row, shade in ((0, 0.62), (1, 0.82), (2, 1.0)):
        _skyline(pen, light, city, size, row=row, shade=shade, night=night)
    glow = glow.filter(ImageFilter.GaussianBlur(height / 60))
    picture = ImageChops.screen(picture, glow)
    _reflect(picture, night=night)
    picture.save(to)
    return to


def _gradient(size: tuple[int, int], top: _Colour, bottom: _Colour) -> "Image":
    from PIL import Image

    column = Image.new("RGB", (1, size[1]))
    for y in range(size[1]):
        share = (y / size[1]) ** 0.9
        column.putpixel((0, y), _mix(top, bottom, share))
    return column.resize(size)


def _mix(one: _Colour, other: _Colour, share: float) -> _Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _disc(pen: "ImageDraw", x: float, y: float, radius: float, fill: _Colour, *, grow: float = 1.0) -> None:
    r = radius * grow
    pen.ellipse((x - r, y - r, x + r, y + r), fill=fill)


def _skyline(
    pen: "ImageDraw",
    light: "ImageDraw",
    city: random.Random,
    size: tuple[int, int],
    *,
    row: int,
    shade: float,
    night: bool,
) -> None:
    width, height = size
    ground, x = height * _WATER, -city.randrange(60)
    stone: _Colour = (34, 38, 66) if night else (96, 112, 140)
    haze = _NIGHT_SKY[1] if night else _DAY_SKY[1]
    while x < width:
        wide = city.randrange(width // 24, width // 13)
        wave = 0.5 + 0.5 * math.sin((x + row * 311) / width * 2.6 * math.pi)
        tall = height * (0.50 - row * 0.12) * (0.45 + 0.55 * wave) * city.uniform(0.7, 1.0)
        wall = _mix(haze, _mix(stone, (20, 22, 40) if night else (70, 84, 110), city.random() * 0.6), shade)
        top = ground - tall
        pen.rectangle((x, top, x + wide, ground), fill=wall)
        if city.random() < 0.3:
            mast = x + wide / 2
            pen.line((mast, top - height * 0.05, mast, top), fill=wall, width=4)
        if row:
            _windows(pen, light, city, (x, top, x + wide, ground), wall, height=height, night=night)
        x += wide + city.randrange(4, 14)


def _windows(
    pen: "ImageDraw",
    light: "ImageDraw",
    city: random.Random,
    house: tuple[float, float, float, float],
    wall: _Colour,
    *,
    height: int,
    night: bool,
) -> None:
    left, top, right, bottom = house
    step, pane = height / 45, height / 110
    y = top + step
    while y < bottom - step:
        x = left + step * 0.7
        while x < right - step * 0.7:
            lit = city.random() < 0.45
            box = (x, y, x + pane, y + pane * 1.35)
            if night and lit:
                warm = _mix((255, 196, 92), (255, 238, 180), city.random())
                pen.rectangle(box, fill=warm)
                light.rectangle(box, fill=warm)
            else:
                city.random()
                pen.rectangle(box, fill=_mix(wall, (14, 16, 30) if night else (206, 226, 240), 0.5))
            x += step
        y += step * 1.25


def _reflect(picture: "Image", *, night: bool) -> None:
    """The river: what stands above it upside down, darker and a little wavy."""
    from PIL import Image, ImageOps

    width, height = picture.size
    line = int(height * _WATER)
    deep = height - line
    mirror = ImageOps.flip(picture.crop((0, line - deep, width, line)))
    tint = Image.new("RGB", mirror.size, (10, 16, 40) if night else (70, 112, 150))
    mirror = Image.blend(mirror, tint, 0.45)
    for y in range(deep):
        shift = round(5 * math.sin(y / 5) * y / deep)
        strip = mirror.crop((0, y, width, y + 1))
        picture.paste(strip, (shift, line + y))
        if shift > 0:
            picture.paste(strip.crop((0, 0, shift, 1)), (0, line + y))
        elif shift < 0:
            picture.paste(strip.crop((width + shift, 0, width, 1)), (width + shift, line + y))
