"""What keeps a request out beside limits: bans, closures, moderation, the place. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

#: The place of a ban, a closure or a rule that holds in every workspace.
EVERYWHERE = "*"
#: The code of a failure that says the gateway's moderation refused the content.
MODERATED = "content_refused"
STRIKE_WINDOW = 24 * 3600.0  # seconds in which refusals by moderation count
LONGEST_STRIKE_PAUSE = 24 * 3600.0  # seconds


@dataclass(frozen=True, slots=True)
class Ban:
    """A user may ask for nothing, in one workspace ("discord:G") or everywhere ("*"), until a moment (epoch seconds;
    None: until an admin ends it)."""

    user: str
    place: str
    reason: str
    by: str
    at: float
    until: float | None = None


class ClosureKind(StrEnum):
    """What can be closed. A channel is named by its scope id ("discord:G:C")."""

    CHANNEL = "channel"
    MODEL = "model"
    MODE = "mode"


class ClosureRule(StrEnum):
    """`closed`: this one is not to be used. `only`: with any of these, nothing else of the kind is."""

    CLOSED = "closed"
    ONLY = "only"


@dataclass(frozen=True, slots=True)
class Closure:
    """One channel, model or mode that is closed, or is one of the only open ones, in a place."""

    place: str
    kind: ClosureKind
    name: str
    rule: ClosureRule


@dataclass(frozen=True, slots=True)
class Closed:
    """A request wants something that is closed; `only` are the open ones, where there is such a list."""

    kind: ClosureKind
    name: str
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slowed:
    """The gateway's moderation refused `strikes` requests of this user in 24 hours: they wait until then."""

    strikes: int
    until: float


@dataclass(frozen=True, slots=True)
class WrongPlace:
    """Videos are made only where a channel is marked as age-restricted."""


@dataclass(frozen=True, slots=True)
class ForbiddenPrompt:
    """A rule of the admins refuses this prompt."""

    rule: str


Barred = Ban | Closed | Slowed | WrongPlace | ForbiddenPrompt


class NotAllowedError(Exception):
    """The request is not taken, whatever room the limits have; `barred` says why."""

    def __init__(self, barred: Barred) -> None:
        super().__init__("not allowed")
        self.barred = barred


def ban_in_force(bans: Collection[Ban], now: float) -> Ban | None:
    """The ban that lasts longest among those in force."""
    there = [ban for ban in bans if ban.until is None or ban.until > now]
    return max(there, key=lambda ban: float("inf") if ban.until is None else ban.until, default=None)


def closed_by(closures: Collection[Closure], channel: str, model: str, mode: str) -> Closed | None:
    """What of a request is closed by these closures (those of its workspace and of everywhere); None when nothing is.

    A request outside of any channel (`channel` "") is not touched by closures of channels.
    """
    for kind, name in ((ClosureKind.CHANNEL, channel), (ClosureKind.MODEL, model), (ClosureKind.MODE, mode)):
        if not name:
            continue
        for place in sorted({closure.place for closure in closures}):
            here = [closure for closure in closures if closure.place == place and closure.kind is kind]
            only = tuple(sorted(closure.name for closure in here if closure.rule is ClosureRule.ONLY))
            if any(closure.name == name and closure.rule is ClosureRule.CLOSED for closure in here):
                return Closed(kind, name, tuple(one for one in only if one != name))
            if only and name not in only:
                return Closed(kind, name, only)
    return None


def slowed_by(refused_at: Sequence[float], strikes: int, pause: float, now: float) -> Slowed | None:
    """Whether a user has to wait after refusals by moderation (epoch seconds, any order): from the `strikes`-th in 24
    hours on `pause` seconds after the last one, twice as long with each one more."""
    counted = sorted(at for at in refused_at if at > now - STRIKE_WINDOW)
    if not strikes or len(counted) < strikes:
        return None
    doubled = min(len(counted) - strikes, 20)
    until = counted[-1] + min(LONGEST_STRIKE_PAUSE, pause * 2.0**doubled)
    return Slowed(len(counted), until) if until > now else None
