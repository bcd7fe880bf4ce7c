"""The fonts that come with matplotlib, and what they can draw. Imports matplotlib: only for who draws."""

from functools import cache
from pathlib import Path

from matplotlib import get_data_path
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font

_FOLDER = Path(get_data_path()) / "fonts" / "ttf"
_PLAIN, _BOLD = _FOLDER / "DejaVuSans.ttf", _FOLDER / "DejaVuSans-Bold.ttf"
#: For a run of characters that the font has no picture of.
LACKS = "□"


def font(size: float, *, bold: bool = False) -> FontProperties:
    """The font of this size, the same on every machine: none that happens to be installed is looked for."""
    return FontProperties(fname=_BOLD if bold else _PLAIN, size=size)


def drawable(text: str) -> str:
    """The text with what the font lacks as one box a run; "" when nothing but boxes is left of it."""
    kept: list[str] = []
    for character in text:
        if ord(character) in _characters():
            kept.append(character)
        elif not kept or kept[-1] != LACKS:
            kept.append(LACKS)
    words = "".join(kept).strip()
    return words if any(character.isalnum() for character in words) else ""


@cache
def _characters() -> frozenset[int]:
    return frozenset(FT2Font(_PLAIN).get_charmap()) & frozenset(FT2Font(_BOLD).get_charmap())
