"""Windows: how long a limit counts, and the quarter hours (slots) they are made of. Pure.

Every time zone of today is a whole number of quarter hours away from UTC, so each hour, day, week and month of any zone
is an exact range of slots: what was taken is counted in slots, and a window (or a zone) changed while jobs are held
still counts right.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import ClassVar

SLOT = 900  # seconds
HOUR = 3600
#: The longest rolling window, in hours: 31 days.
MOST_HOURS = 744

_NAMES = ("hour", "day", "week", "month", "now")
_KNOWN: dict[str, "Window"] = {}
_ROLLING = re.compile(r"([1-9][0-9]{0,2})h")


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """How long a limit counts before it starts again: "hour", "day", "week" (from Monday), "month", a rolling "24h"
    (1h to 744h), or "now" for what is counted at this moment. Raises ValueError with a sentence for another name.

    A rolling window is counted in whole quarter hours, so what was taken leaves it up to 15 minutes late.
    """

    value: str

    HOUR: ClassVar["Window"]
    DAY: ClassVar["Window"]
    WEEK: ClassVar["Window"]
    MONTH: ClassVar["Window"]
    NOW: ClassVar["Window"]

    def __new__(cls, value: str) -> "Window":  # one object for each name of the calendar
        known: Window | None = _KNOWN.get(value)
        return object.__new__(cls) if known is None else known

    def __post_init__(self) -> None:
        if self.value in _NAMES:
            return
        rolling = _ROLLING.fullmatch(self.value)
        if rolling is None or int(rolling[1]) > MOST_HOURS:
            raise ValueError(
                f'"{self.value[:20]}" is no time to count in: say hour, day, week, month, or the last hours as 1h to '
                f"{MOST_HOURS}h, such as 24h."
            )

    def __str__(self) -> str:
        return self.value

    @property
    def hours(self) -> int | None:
        """The hours of a rolling window; None for one of the calendar, and for `now`."""
        return int(self.value[:-1]) if self.value not in _NAMES else None

    @property
    def rank(self) -> float:
        """Where it stands in a list: short windows first, `now` at the front."""
        known = {"now": 0.0, "hour": 1.0, "day": 24.0, "week": 168.0, "month": 740.0}
        return known.get(self.value, (self.hours or 0) + 0.5)


#: Every window but the rolling ones.
WINDOWS = tuple(_KNOWN.setdefault(name, Window(name)) for name in _NAMES)
Window.HOUR, Window.DAY, Window.WEEK, Window.MONTH, Window.NOW = WINDOWS


def slot_of(at: float) -> int:
    """The quarter hour that holds a moment (epoch seconds)."""
    return int(at // SLOT)


def window_start(window: Window, at: float, zone: tzinfo = UTC) -> float:
    """When the window that holds `at` began (epoch seconds); of a rolling one, the oldest moment that still counts.
    `now` has one window without a beginning: 0."""
    if window == Window.NOW:
        return 0.0
    if window.hours is not None:
        return float(slot_of(at - window.hours * HOUR) * SLOT)
    local = datetime.fromtimestamp(at, zone)
    if window == Window.HOUR:
        # By the offset, not by the calendar: where the clocks go back an hour of that name comes twice.
        offset = (local.utcoffset() or timedelta()).total_seconds()
        return at - (at + offset) % HOUR
    return _midnight(_first_day(window, local.replace(tzinfo=None)), zone)


def window_end(window: Window, at: float, zone: tzinfo = UTC) -> float | None:
    """When the window that holds `at` ends (epoch seconds); None for `now`. A rolling window never ends: for it, when
    everything that counts at `at` has left it."""
    if window == Window.NOW:
        return None
    if window.hours is not None:
        return float((slot_of(at) + 1) * SLOT + window.hours * HOUR)
    if window == Window.HOUR:
        return window_start(window, at, zone) + HOUR
    first = _first_day(window, datetime.fromtimestamp(at, zone).replace(tzinfo=None))
    # So much later always lies in the next window, whatever the clocks did meanwhile.
    later = first + timedelta(days={Window.DAY: 1, Window.WEEK: 7}.get(window, 32))
    return _midnight(_first_day(window, later), zone)


def slots_of(window: Window, at: float, zone: tzinfo = UTC) -> tuple[int, int | None]:
    """The slots [first, end) of the window that holds `at`; a rolling one has no end: a clock that was set back must
    not hide what was taken. Raises ValueError for `now`, which is not counted in slots."""
    if window == Window.NOW:
        raise ValueError("What is counted now has no slots.")
    first = slot_of(window_start(window, at, zone))
    end = window_end(window, at, zone)
    return first, None if window.hours is not None or end is None else slot_of(end)


def leaves_at(window: Window, slot: int) -> float:
    """When a slot has left a rolling window (epoch seconds)."""
    return float((slot + 1) * SLOT + (window.hours or 0) * HOUR)


def _first_day(window: Window, local: datetime) -> datetime:
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if window == Window.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if window == Window.MONTH else day


def _midnight(day: datetime, zone: tzinfo) -> float:
    """Where midnight does not exist, or comes twice, its first moment."""
    return day.replace(tzinfo=zone).timestamp()
