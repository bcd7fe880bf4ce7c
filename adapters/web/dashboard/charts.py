"""Charts as plain geometry; a template draws them as SVG. Colours come from the style sheet, so that they are readable
in light and dark, and every chart has the same numbers in a table below it."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 480  # of every chart, in its own units
_LABEL, _VALUE, _ROW, _BAR = 150, 110, 30, 18
_HEIGHT, _TOP, _FOOT = 180, 24, 26


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where it is, what it stands for, its number in words. `kind` chooses the colour."""

    x: float
    y: float
    width: float
    height: float
    label: str
    words: str
    kind: str = ""
    middle: float | None = None  # a mark inside: the median


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of this height; `line` is a horizontal line at that height, with its words. `shows_label`: which bars
    have room for their label."""

    height: float
    bars: tuple[Bar, ...]
    line: float | None = None
    line_words: str = ""
    label_every: int = 1


def rows(values: Sequence[tuple[str, float, str, str]]) -> Chart:
    """Horizontal bars, one a row: label, value, value in words, kind."""
    most = max((value for _, value, _, _ in values), default=0) or 1.0
    room = WIDTH - _LABEL - _VALUE
    bars = tuple(
        Bar(_LABEL, number * _ROW + (_ROW - _BAR) / 2, max(2.0, room * value / most), _BAR, label, words, kind)
        for number, (label, value, words, kind) in enumerate(values)
    )
    return Chart(len(values) * _ROW, bars)


def columns(values: Sequence[tuple[str, float, str]], *, cap: float | None = None, cap_words: str = "") -> Chart:
    """Upright bars, one beside the other: label, value, value in words. `cap`: a line at this value."""
    most = max([value for _, value, _ in values] + ([cap] if cap else []), default=0) or 1.0
    room = _HEIGHT - _TOP - _FOOT
    step = WIDTH / max(1, len(values))
    bars = []
    for number, (label, value, words) in enumerate(values):
        height = room * value / most
        if value > 0:
            height = max(2.0, height)
        bars.append(Bar(number * step + step * 0.15, _TOP + room - height, step * 0.7, height, label, words))
    line = None if not cap else _TOP + room - room * cap / most
    return Chart(_HEIGHT, tuple(bars), line, cap_words, label_every=max(1, len(values) // 5))


def ranges(values: Sequence[tuple[str, float, float, float, str]]) -> Chart:
    """Horizontal ranges with a mark at the middle: label, low, middle, high, the range in words."""
    most = max((high for _, _, _, high, _ in values), default=0) or 1.0
    room = WIDTH - _LABEL - _VALUE
    bars = tuple(
        Bar(
            _LABEL + room * low / most,
            number * _ROW + (_ROW - _BAR) / 2,
            max(3.0, room * (high - low) / most),
            _BAR,
            label,
            words,
            middle=_LABEL + room * middle / most,
        )
        for number, (label, low, middle, high, words) in enumerate(values)
    )
    return Chart(len(values) * _ROW, bars)


def share(values: Sequence[float], part: float) -> float:
    """The value that `part` (0 to 1) of the values lie at or below; 0 of none."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, max(0, round(part * (len(ordered) - 1))))]
