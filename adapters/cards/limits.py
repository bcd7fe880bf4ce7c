"""Limits and their use in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from adapters.cards.words import counted, model_title, moment, span
from bot.generation.limits import Limit, LimitUse, Scope, ScopeKind, Unit, Window
from bot.generation.prices import dollars

#: Behind an amount: what unfinished videos may still cost.
HELD = "held for unfinished videos"


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One line of a table of limits; `used`, `held` and `free` are empty where no use was asked for."""

    whose: str
    limit: str
    used: str = ""
    held: str = ""
    free: str = ""
    frees: str = ""


def amount(unit: Unit, number: int) -> str:
    """A number of one unit: "5 videos", "60 seconds", "$3.00"."""
    match unit:
        case Unit.USD:
            return dollars(number)
        case Unit.SECONDS:
            return counted(number, "second")
        case Unit.COOLDOWN:
            return span(number)
        case _:
            return counted(number, "video")


def limit_words(limit: Limit) -> str:
    """What a limit allows: "5 videos a day", "$20.00 a month", "2 videos at once", "one video every 10 min"."""
    if limit.unit is Unit.COOLDOWN:
        return f"one video every {span(limit.amount)}" if limit.amount else "one video right after the other"
    return f"{amount(limit.unit, limit.amount)} {window_words(limit.window)}"


def window_words(window: Window) -> str:
    """In which time it counts: "a day", "an hour", "in 24 hours", "at once"."""
    if window.hours is not None:
        return f"in {counted(window.hours, 'hour')}"
    return {Window.NOW: "at once", Window.HOUR: "an hour"}.get(window, f"a {window}")


def unit_words(unit: Unit) -> str:
    """What is counted: "videos", "dollars", "the pause between two videos"."""
    return {Unit.USD: "dollars", Unit.JOBS: "videos", Unit.COOLDOWN: "the pause between two videos"}.get(
        unit, str(unit)
    )


def limit_name(unit: Unit, window: Window) -> str:
    """Which limit of a scope it is: "limit on videos a day", "limit on the pause between two videos"."""
    when = "" if unit is Unit.COOLDOWN else f" {window_words(window)}"
    return f"limit on {unit_words(unit)}{when}"


def use_words(use: LimitUse) -> str:
    """What a limit allows in the present window: "5 videos a day", "5 videos a day + 2 granted"."""
    return with_grant(use.limit, use.granted)


def with_grant(limit: Limit, granted: int) -> str:
    """A limit with what was granted on top of it, in the limit's unit."""
    return limit_words(limit) + (f" + {_bare(limit.unit, granted)} granted" if granted else "")


def bearer(scope: Scope) -> str:
    """Whose limit it is, said to the person it stops: "your", "everyone's", "this channel's", "Kling 2.6's"."""
    match scope.kind:
        case ScopeKind.EVERYONE:
            return "everyone's"
        case ScopeKind.WORKSPACE:
            return "this workspace's"
        case ScopeKind.CHANNEL:
            return "this channel's"
        case ScopeKind.MODEL:
            return f"{model_title(scope.id)}'s"
        case _:
            return "your"


def bearer_of(use: LimitUse) -> str:
    """The same of a use: a default is measured on somebody's own counter."""
    is_model = use.counted is not None and use.counted.kind is ScopeKind.MODEL
    return bearer(use.counted if is_model and use.counted is not None else use.limit.scope)


def whose(scope: Scope) -> str:
    """Whose limit it is, for an admin's table: "everyone together", "each user", "discord:42", "channel discord:1:2",
    "each member of role discord:1:3"."""
    if scope.kind is ScopeKind.EVERYONE:
        return "everyone together"
    if scope.id == "*":
        return f"each {scope.kind}"
    match scope.kind:
        case ScopeKind.USER:
            return scope.id
        case ScopeKind.MODEL:
            return model_title(scope.id)
        case ScopeKind.ROLE:
            return f"each member of role {scope.id}"
        case _:
            return f"{scope.kind} {scope.id}"


def starting(scope: Scope) -> str:
    """The same at the beginning of a sentence."""
    name = whose(scope)
    return name if scope.kind is ScopeKind.USER and scope.id != "*" else name[0].upper() + name[1:]


def limit_row(limit: Limit) -> LimitRow:
    """A limit without its use."""
    return LimitRow(whose(limit.scope), limit_words(limit))


def use_row(use: LimitUse, now: float, zone: tzinfo | None = None) -> LimitRow:
    """A limit with its use in the present window."""
    limit = use.limit
    if limit.unit is Unit.COOLDOWN:
        frees = "now" if use.frees_at is None else moment(use.frees_at, now, zone)
        return LimitRow(_whose_use(use), use_words(use), "-", "-", "-", frees)
    if use.frees_at is not None:
        frees = moment(use.frees_at, now, zone)
    else:
        frees = "when one is done" if limit.unit is Unit.JOBS and not use.free else "-"
    return LimitRow(
        _whose_use(use),
        use_words(use),
        _bare(limit.unit, use.used),
        _bare(limit.unit, use.held),
        _bare(limit.unit, use.free),
        frees,
    )


def _whose_use(use: LimitUse) -> str:
    is_model = use.counted is not None and use.counted.kind is ScopeKind.MODEL
    return whose(use.counted if is_model and use.counted is not None else use.limit.scope)


def use_lines(uses: Sequence[LimitUse], now: float, zone: tzinfo | None = None) -> Sequence[str]:
    """Each limit as a sentence for the person: "3 left of your 5 videos a day, until tomorrow at 00:00 UTC: 2 used.". A
    pace that stops nobody is left out."""
    return [_use_line(use, now, zone) for use in uses if use.limit.unit is not Unit.COOLDOWN or use.limit.amount]


def _use_line(use: LimitUse, now: float, zone: tzinfo | None) -> str:
    unit, whose_ = use.limit.unit, bearer_of(use)
    if unit is Unit.COOLDOWN:
        start = f"{whose_[0].upper()}{whose_[1:]} pace is {limit_words(use.limit)}"
        return f"{start}." if use.frees_at is None else f"{start}: the next one {moment(use.frees_at, now, zone)}."
    until = ""
    if use.frees_at is not None:
        at = moment(use.frees_at, now, zone)
        until = f", until {at.removeprefix('on ')}" if use.limit.window.hours is None else f"; more comes free {at}"
    left = f"{_bare(unit, use.free)} left of {whose_} {use_words(use)}"
    parts = ((use.used, "used"), (use.held, HELD))
    taken = [f"{_bare(unit, number)} {word}" for number, word in parts if number]
    used = f": {', '.join(taken)}" if taken else ""
    frees = "; the next one can start when one is done" if unit is Unit.JOBS and use.free == 0 < use.held else ""
    return f"{left}{until}{used}{frees}."


def _bare(unit: Unit, number: int) -> str:
    return dollars(number) if unit is Unit.USD else f"{number:,}"
