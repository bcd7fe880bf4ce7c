"""Days as the bars of one picture: days, or weeks or months where there are too many of them."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from adapters.charts.chart import Bar, together

#: More bars than this cannot be told apart on a phone.
MOST_BARS = 45


def spans(days: tuple[Bar, ...]) -> tuple[str, tuple[Bar, ...]]:
    """What one bar is ("day", "week" or "month"), and the bars. Each is labelled with its first day."""
    for kind, found in (("day", days), ("week", tuple(_weeks(days)))):
        if len(found) <= MOST_BARS:
            return kind, found
    return "month", tuple(_months(days))


def _weeks(days: tuple[Bar, ...]) -> Iterator[Bar]:
    for _, group in groupby(days, lambda bar: date.fromisoformat(bar.label).isocalendar()[:2]):
        week = tuple(group)
        yield together(week[0].label, week)


def _months(days: tuple[Bar, ...]) -> Iterator[Bar]:
    for _, group in groupby(days, lambda bar: bar.label[:7]):
        month = tuple(group)
        yield together(month[0].label, month)
