"""Use over time as a chart."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from adapters.cards.words import gateway_title, model_title
from adapters.charts.chart import Bar, Chart
from bot.generation.ports import UsageRow

_TITLES: Mapping[str, Callable[[str], str]] = {"model": model_title, "gateway": gateway_title}


def usage_chart(
    title: str, first: date, last: date, by_day: Sequence[UsageRow], by: str = "day", groups: Sequence[UsageRow] = ()
) -> Chart | None:
    """The chart of the days from `first` to `last`; None when nothing was asked for.

    `by_day`: the rows of days. `groups`: the rows of `by`, another kind than days. A bar is what was billed, and what
    is held for videos that are being made, as the table is ordered.
    """
    if not by_day:
        return None
    found = {date.fromisoformat(row.group): row for row in by_day}
    # A day of the rows may begin at another hour than ours: none is left out at the edges.
    first, last = min(first, *found), max(last, *found)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    bars = (_bar(found[day], day.isoformat()) if day in found else Bar(day.isoformat(), 0, 0) for day in days)
    if by == "day":
        return Chart(title, tuple(bars))
    named = _TITLES.get(by, str)
    order = sorted((_bar(row, named(row.group)) for row in groups), key=lambda bar: bar.micros, reverse=True)
    return Chart(title, tuple(bars), by, tuple(order))


def _bar(row: UsageRow, label: str) -> Bar:
    return Bar(label, row.cost_micros + row.held_micros, row.videos)
