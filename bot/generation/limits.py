"""Limits: scope x unit x window, the decision and its reasons. Pure.

A limit says how much of one unit a scope may take in a window. A window counts the time at which a job was *accepted*,
so a job settled after midnight still belongs to the day it was asked for.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from bot.generation.job import Requester
from bot.generation.windows import (
    Window,
    leaves_at,
    slot_of,
    slots_of,
    window_end,
    window_start,
)

__all__ = [
    "FRESH_LIMITS",
    "Charge",
    "Limit",
    "LimitUse",
    "Policy",
    "Refusal",
    "RoleLimits",
    "Scope",
    "ScopeKind",
    "Unit",
    "Window",
    "applying",
    "fits",
    "leaves_at",
    "limit_order",
    "place_of",
    "requester_of",
    "roles_of",
    "scopes_of",
    "seconds_left",
    "slot_of",
    "slots_of",
    "window_end",
    "window_start",
]


class ScopeKind(StrEnum):
    """Whose use a limit counts. Counters are always locked and updated in this order, so that two transactions cannot
    deadlock; a role has no counter of its own."""

    EVERYONE = "everyone"
    WORKSPACE = "workspace"
    CHANNEL = "channel"
    ROLE = "role"
    USER = "user"
    MODEL = "model"


class Unit(StrEnum):
    """What a limit counts. `usd` is held and stored in micro-dollars; `jobs` counts jobs that are not finished;
    `cooldown` is the time in seconds between two accepted jobs."""

    VIDEOS = "videos"
    SECONDS = "seconds"
    USD = "usd"
    JOBS = "jobs"
    COOLDOWN = "cooldown"

    @property
    def is_of_now(self) -> bool:
        """Counted at this moment (window `now`), not in a time."""
        return self in (Unit.JOBS, Unit.COOLDOWN)


RoleLimits = Literal["generous", "strictest"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How the accepting transaction judges: settings of the operator.

    `zone`: the IANA name of the time zone of everyone and of workspaces without one of their own. `role_limits`: which
    counts among the limits of several roles. `warn_at_percent`: from this share of a limit on (1-99) it is told once;
    0 = never. After `strikes` refusals by a gateway's moderation in 24 hours (0 = never) a user waits `strike_pause`
    seconds, twice as long with each one more.
    """

    zone: str = "UTC"
    role_limits: RoleLimits = "generous"
    warn_at_percent: int = 80
    strikes: int = 3
    strike_pause: float = 600.0


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """One bearer of limits. The id names the platform, and of what belongs to a workspace the workspace, too: everyone
    "*", workspace "discord:G", channel "discord:G:C", role "discord:G:R", user "discord:42" (`Requester.key`), model
    "2.6". The id "*" under any other kind than everyone and role is the default of each one of them."""

    kind: ScopeKind
    id: str


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` of `unit` per `window` for `scope`. usd amounts are micro-dollars, a cooldown is in seconds.

    A role's limit is what *each member* of the role may take, counted on their own counter: it takes the place of every
    user's default of the same unit and window, and a user's own limit goes before both.
    """

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
        """This charge in one unit; a job counts 1 of `jobs`, and nothing of a cooldown."""
        return {Unit.VIDEOS: self.videos, Unit.SECONDS: self.seconds, Unit.USD: self.usd, Unit.JOBS: 1}.get(unit, 0)


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A limit, what is used and held in its present window, when something frees (epoch seconds, None for jobs at
    once), and what an admin granted on top of it.

    Of a window of the calendar `frees_at` is its end; of a rolling one, when the oldest use leaves it (in a refusal:
    when enough has left). A cooldown is `used` by the seconds that are still to wait. `counted`: whose counter it is.
    """

    limit: Limit
    used: int
    held: int
    frees_at: float | None
    granted: int = 0
    counted: Scope | None = None

    @property
    def amount(self) -> int:
        """The limit with what was granted on top."""
        return self.limit.amount + self.granted

    @property
    def free(self) -> int:
        """What is left; never below zero (a bill above the quote or a lowered limit may have overshot)."""
        return max(0, self.amount - self.used - self.held)

    def takes(self, charge: Charge) -> bool:
        """Whether `charge` fits in."""
        if self.limit.unit is Unit.COOLDOWN:
            return self.used <= 0
        return self.used + self.held + charge.of(self.limit.unit) <= self.amount

    def share(self) -> float:
        """The share that is used and held, in percent; 0 for a cooldown."""
        if self.limit.unit is Unit.COOLDOWN:
            return 0.0
        return 100.0 * (self.used + self.held) / self.amount if self.amount else 100.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a job was not accepted: every limit it does not fit in, with its use at that moment."""

    over: tuple[LimitUse, ...]
    charge: Charge


def place_of(platform: str, workspace: str) -> str:
    """The id of a workspace as scopes know it ("discord:G"); "" outside of any."""
    return f"{platform}:{workspace}" if workspace else ""


def requester_of(key: str) -> Requester:
    """A user by their key alone ("discord:42"): without the workspace, channel and roles of a place."""
    platform, _, user = key.partition(":")
    return Requester(platform, user)


def scopes_of(requester: Requester, model: str | None = None) -> tuple[Scope, ...]:
    """The scopes a job takes from, in the fixed order in which counters are locked and updated."""
    scopes = [Scope(ScopeKind.EVERYONE, "*")]
    if requester.workspace:
        scopes.append(Scope(ScopeKind.WORKSPACE, place_of(requester.platform, requester.workspace)))
    if requester.channel:
        channel = f"{requester.platform}:{requester.workspace}:{requester.channel}"
        scopes.append(Scope(ScopeKind.CHANNEL, channel))
    scopes.append(Scope(ScopeKind.USER, requester.key))
    if model is not None:
        scopes.append(Scope(ScopeKind.MODEL, model))
    return tuple(scopes)


def roles_of(requester: Requester) -> tuple[Scope, ...]:
    """The roles of the requester in their workspace, which may have limits but count nothing."""
    place = f"{requester.platform}:{requester.workspace}"
    return tuple(Scope(ScopeKind.ROLE, f"{place}:{role}") for role in requester.roles)


def applying(
    limits: Iterable[Limit],
    requester: Requester,
    models: Collection[str] = (),
    role_limits: RoleLimits = "generous",
) -> tuple[tuple[Limit, Scope], ...]:
    """The limits a job of `requester` must fit in, each with the scope it is counted on: everyone's, the workspace's,
    the channel's, each model's, and of the user their own, else the roles' one, else every user's default."""
    found = list(limits)
    by_bearer = {limit_key(limit): limit for limit in found}
    kinds = {(limit.unit, limit.window) for limit in found}
    bearers = [*scopes_of(requester), *(Scope(ScopeKind.MODEL, model) for model in models)]
    roles = roles_of(requester)
    chosen: list[tuple[Limit, Scope]] = []
    for scope in bearers:
        for unit, window in kinds:
            limit = by_bearer.get((scope, unit, window))
            if limit is None and scope.kind is ScopeKind.USER:
                of_roles = [x for role in roles if (x := by_bearer.get((role, unit, window))) is not None]
                limit = _of_roles(of_roles, role_limits)
            if limit is None:
                limit = by_bearer.get((Scope(scope.kind, "*"), unit, window))
            if limit is not None:
                chosen.append((limit, scope))
    return tuple(sorted(chosen, key=lambda pair: (limit_order(pair[0]), pair[1].id)))


def _of_roles(limits: Sequence[Limit], which: RoleLimits) -> Limit | None:
    """The one that counts among the limits of several roles. Of a cooldown the shorter one is the more generous."""
    if not limits:
        return None
    is_more = (which == "generous") != (limits[0].unit is Unit.COOLDOWN)
    return (max if is_more else min)(limits, key=lambda limit: (limit.amount, limit.scope.id))


def limit_key(limit: Limit) -> tuple[Scope, Unit, Window]:
    """What there is one limit of."""
    return limit.scope, limit.unit, limit.window


_KINDS, _UNITS = list(ScopeKind), list(Unit)


def limit_order(limit: Limit) -> tuple[object, ...]:
    """How limits are listed: from everyone's to the single ones', short windows first."""
    return (_KINDS.index(limit.scope.kind), limit.scope.id, limit.window.rank, _UNITS.index(limit.unit))


def fits(uses: Iterable[LimitUse], charge: Charge) -> tuple[LimitUse, ...]:
    """The limits among `uses` that `charge` does not fit in; empty when it fits everywhere."""
    return tuple(use for use in uses if not use.takes(charge))


def seconds_left(last_at: float | None, cooldown: int, now: float) -> int:
    """Whole seconds of a cooldown that are still to wait; at most the cooldown, should the clock have been set back."""
    if last_at is None:
        return 0
    return max(0, min(cooldown, math.ceil(last_at + cooldown - now)))


#: A fresh install: 5 videos and $3 a day for each user, 2 jobs at once, $20 a day for everyone (DESIGN.md section 7).
FRESH_LIMITS: tuple[Limit, ...] = (
    Limit(Scope(ScopeKind.EVERYONE, "*"), Unit.USD, Window.DAY, 20_000_000),
    Limit(Scope(ScopeKind.USER, "*"), Unit.VIDEOS, Window.DAY, 5),
    Limit(Scope(ScopeKind.USER, "*"), Unit.USD, Window.DAY, 3_000_000),
    Limit(Scope(ScopeKind.USER, "*"), Unit.JOBS, Window.NOW, 2),
)
