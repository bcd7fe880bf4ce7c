"""Words and numbers beside the bars."""

from datetime import date

from adapters.cards.words import clipped, counted
from adapters.charts.chart import Bar, Chart, together
from bot.generation.prices import dollars

MOST_GROUPS = 10
_MOST_CHARS = 60


def shown_groups(chart: Chart) -> tuple[Bar, ...]:
    """The groups that have a bar of their own, and all others as one."""
    if len(chart.groups) <= MOST_GROUPS:
        return chart.groups
    most, others = chart.groups[: MOST_GROUPS - 1], chart.groups[MOST_GROUPS - 1 :]
    return (*most, together(f"{len(others)} others", others))


def name(label: str) -> str:
    """A label as one short line: what people call themselves may hold anything."""
    return clipped(label, _MOST_CHARS)


def amount(chart: Chart, bar: Bar) -> str:
    """ "$1.20, 3 videos"."""
    videos = counted(bar.videos, "video")
    return f"{dollars(bar.micros)}, {videos}" if chart.has_money else videos


def day(label: str, kind: str = "day") -> str:
    """ "21 Nov" of "2026-11-21"; of a month "Nov 2026"."""
    at = date.fromisoformat(label)
    return f"{at:%b %Y}" if kind == "month" else f"{at.day} {at:%b}"
