"""Limits: scope x unit x window, the decision and its reasons. Pure.

A limit says how much of one unit (videos, seconds of video, US dollars) a scope may take in a window. A window counts
the time at which a job was *accepted*, so a job settled after midnight still belongs to the day it was asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum


class ScopeKind(StrEnum):
    """Whose use a limit counts. Counters are always updated in this order, so two transactions cannot deadlock."""

    EVERYONE = "everyone"
    USER = "user"


class Unit(StrEnum):
    """What a limit counts. `usd` is held and stored in micro-dollars; `jobs` counts jobs that are not finished."""

    VIDEOS = "videos"
    SECONDS = "seconds"
    USD = "usd"
    JOBS = "jobs"


class Window(StrEnum):
    """How long a limit counts before it starts again; `now` is for jobs at once."""

    DAY = "day"
    MONTH = "month"
    NOW = "now"


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """One bearer of limits: everyone ("*"), or one user ("discord:42", "shell:anna")."""

    kind: ScopeKind
    id: str


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` of `unit` per `window` for `scope`. usd amounts are micro-dollars. A scope id "*" under
    kind `user` is every user's default; a limit for one user replaces it."""

    scope: Scope
    unit: Unit
    window: Window
    amount: int


@dataclass(frozen=True, slots=True)
class Charge:
    """What one job takes: 1 video, its length in seconds, its price in micro-dollars."""

    videos: int
    seconds: int
    usd: int

    def of(self, unit: Unit) -> int:
        """This charge in one unit; a job counts 1 of `jobs`."""
        return {Unit.VIDEOS: self.videos, Unit.SECONDS: self.seconds, Unit.USD: self.usd, Unit.JOBS: 1}[unit]


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A limit, what is used and held in its present window, when that ends (epoch seconds, None for `now`), and what an
    admin granted on top of it for this window."""

    limit: Limit
    used: int
    held: int
    frees_at: float | None
    granted: int = 0

    @property
    def amount(self) -> int:
        """The limit with what was granted on top."""
        return self.limit.amount + self.granted

    @property
    def free(self) -> int:
        """What is left; never below zero (a bill above the quote or a lowered limit may have overshot)."""
        return max(0, self.amount - self.used - self.held)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a job was not accepted: every limit it does not fit in, with its use at that moment."""

    over: tuple[LimitUse, ...]
    charge: Charge


def window_start(window: Window, at: float, zone: tzinfo = UTC) -> datetime:
    """The local start of the window that holds the moment `at` (epoch seconds). `now` has one window without an end."""
    local = datetime.fromtimestamp(at, zone)
    if window is Window.DAY:
        return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if window is Window.MONTH:
        return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    return datetime(1970, 1, 1, tzinfo=zone)


def window_key(window: Window, at: float, zone: tzinfo = UTC) -> str:
    """The stored name of that window: "2026-11-21", "2026-11", or "" for `now`."""
    if window is Window.NOW:
        return ""
    return window_start(window, at, zone).strftime("%Y-%m-%d" if window is Window.DAY else "%Y-%m")


def window_end(window: Window, at: float, zone: tzinfo = UTC) -> float | None:
    """When the window that holds `at` ends (epoch seconds); None for `now`."""
    if window is Window.NOW:
        return None
    start = window_start(window, at, zone)
    # 36 hours and 32 days after the start always lie in the next window, whatever the clocks did meanwhile.
    later = start.replace(tzinfo=None) + (timedelta(hours=36) if window is Window.DAY else timedelta(days=32))
    day = later.replace(hour=0) if window is Window.DAY else later.replace(day=1, hour=0)
    return day.replace(tzinfo=zone).timestamp()


def scopes_of(user: str) -> tuple[Scope, ...]:
    """The scopes a job of `user` ("platform:id") takes from, in the fixed order counters are updated in."""
    return (Scope(ScopeKind.EVERYONE, "*"), Scope(ScopeKind.USER, user))


def applying(limits: Iterable[Limit], user: str) -> tuple[Limit, ...]:
    """The limits that a job of `user` must fit in: everyone's, and the user's own or else every user's default."""
    chosen: dict[tuple[ScopeKind, Unit, Window], Limit] = {}
    for limit in limits:
        key = (limit.scope.kind, limit.unit, limit.window)
        if limit.scope.kind is ScopeKind.EVERYONE or limit.scope.id == user:
            chosen[key] = limit
        elif limit.scope.id == "*":
            chosen.setdefault(key, limit)
    return tuple(sorted(chosen.values(), key=lambda x: (x.scope, x.window, x.unit)))


def fits(uses: Iterable[LimitUse], charge: Charge) -> tuple[LimitUse, ...]:
    """The limits among `uses` that `charge` does not fit in; empty when it fits everywhere."""
    return tuple(u for u in uses if u.used + u.held + charge.of(u.limit.unit) > u.amount)


#: A fresh install: 5 videos and $3 a day for each user, 2 jobs at once, $20 a day for everyone (DESIGN.md section 7).
FRESH_LIMITS: tuple[Limit, ...] = (
    Limit(Scope(ScopeKind.EVERYONE, "*"), Unit.USD, Window.DAY, 20_000_000),
    Limit(Scope(ScopeKind.USER, "*"), Unit.VIDEOS, Window.DAY, 5),
    Limit(Scope(ScopeKind.USER, "*"), Unit.USD, Window.DAY, 3_000_000),
    Limit(Scope(ScopeKind.USER, "*"), Unit.JOBS, Window.NOW, 2),
)
