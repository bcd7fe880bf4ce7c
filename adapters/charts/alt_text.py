"""A chart in words, for those who do not see it."""

from collections.abc import Sequence

from adapters.charts.chart import Chart, together
from adapters.charts.labels import amount, day, name, shown_groups
from adapters.charts.spans import spans

#: Discord takes 1,024 characters (UTF-16 units) as the description of a picture, Slack 1,000 as that of an upload.
MOST = 1000
_MOST_OF_GROUPS = 550


def alt_text(chart: Chart) -> str:
    """The numbers of the chart: all of them where `MOST` units of UTF-16 have room, those that come first otherwise."""
    text = f"{name(chart.title)}: {amount(chart, together('', chart.days))}."
    groups = [f"{name(bar.label)} {amount(chart, bar)}" for bar in shown_groups(chart)]
    if groups:
        text += _list(f" By {chart.by}: ", groups, _MOST_OF_GROUPS)
    kind, bars = spans(chart.days)
    used = [bar for bar in bars if bar.videos or bar.micros]
    return text + _list(
        f" By {kind}: ", [f"{day(bar.label, kind)} {amount(chart, bar)}" for bar in used], MOST - units(text)
    )


def units(text: str) -> int:
    """How long a text is for Discord and Slack."""
    return len(text.encode("utf-16-le")) // 2


def _list(head: str, entries: Sequence[str], room: int) -> str:
    """As many entries as fit, and how many there are beside them."""
    for count in range(len(entries), 0, -1):
        left = len(entries) - count
        text = head + "; ".join(entries[:count]) + (f"; {left} more." if left else ".")
        if units(text) <= room:
            return text
    return ""
