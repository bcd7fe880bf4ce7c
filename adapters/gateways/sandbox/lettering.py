"""Text on pictures: a font that is always there, wrapping, and no crash on what the font cannot draw."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from PIL import ImageFont

if TYPE_CHECKING:
    from collections.abc import Iterator

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

#: tried in this order when a text leaves Latin script; Pillow looks in the system's font folders
_WIDER = ("NotoSansCJK-Regular.ttc", "DejaVuSans.ttf", "arialuni.ttf", "Arial Unicode.ttf", "Arial.ttf")
#: a prompt is at most 2500 characters in most dialects; more is not drawn
MAX_CHARS = 4000


@lru_cache(maxsize=64)
def font_for(size: int, *, latin: bool = True) -> Font:
    """Pillow's own font, or a wider one of the system's when there is any; `size` in pixels."""
    for name in () if latin else _WIDER:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def is_latin(text: str) -> bool:
    """True when Pillow's own font draws it."""
    return all(ord(letter) < 0x250 or 0x2010 <= ord(letter) <= 0x2026 for letter in text)


def printable(text: str) -> str:
    """Without control characters and with plain spaces; cut at MAX_CHARS."""
    kept = (" " if letter.isspace() else letter for letter in text[:MAX_CHARS] if _drawable(letter))
    return " ".join("".join(kept).split())


def _drawable(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Cn", "Co")


def wrap(text: str, font: Font, width: float) -> list[str]:
    """Lines no wider than `width` pixels; a word that does not fit is broken."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if font.getlength(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = _pieces(word, font, width)
        lines.extend(whole)
    return [*lines, line] if line else lines


def _pieces(word: str, font: Font, width: float) -> Iterator[str]:
    piece = ""
    for letter in word:
        if piece and font.getlength(piece + letter) > width:
            yield piece
            piece = letter
        else:
            piece += letter
    yield piece


def fit(text: str, *, width: int, height: int, largest: int, smallest: int) -> tuple[Font, int, list[str]]:
    """The largest font (pixels, in steps) whose wrapped text fits the box; cut with an ellipsis at the smallest."""
    latin = is_latin(text)
    size = largest
    while True:
        font = font_for(size, latin=latin)
        leading = round(size * 1.32)
        lines = wrap(text, font, width)
        if len(lines) * leading <= height:
            return font, leading, lines
        if size <= smallest:
            kept = lines[: max(1, height // leading)]
            while kept[-1] and font.getlength(kept[-1] + "…") > width:
                kept[-1] = kept[-1][:-1]
            kept[-1] += "…"
            return font, leading, kept
        size = max(smallest, round(size * 0.88))
