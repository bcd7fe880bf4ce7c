"""What a chart shows: numbers and labels, without a picture and without a platform."""

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what was spent (micro-dollars) and how many videos that was."""

    label: str
    micros: int
    videos: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Use over time, and by one kind of group.

    `title`: "Use in the last 30 days". `days` are all days of it in their order, labelled "2026-11-21". `groups` are
    those of `by` ("user", "model", ...), the one that cost most first; none for a chart of days alone.
    """

    title: str
    days: tuple[Bar, ...]
    by: str = ""
    groups: tuple[Bar, ...] = ()

    @property
    def has_money(self) -> bool:
        """Whether anything cost anything. The sandbox is free: then the number of videos says more."""
        return any(bar.micros for bar in self.days)

    def amount(self, bar: Bar) -> int:
        """How long a bar is: micro-dollars, or videos where nothing cost anything."""
        return bar.micros if self.has_money else bar.videos

    def named(self, name: Callable[[str], str]) -> "Chart":
        """The chart with each group's label as `name` says it: ids as people know them."""
        return replace(self, groups=tuple(replace(bar, label=name(bar.label)) for bar in self.groups))


def together(label: str, bars: tuple[Bar, ...]) -> Bar:
    """Several bars as one."""
    return Bar(label, sum(bar.micros for bar in bars), sum(bar.videos for bar in bars))
