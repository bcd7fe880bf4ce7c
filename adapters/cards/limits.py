"""Limits and their use in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from adapters.cards.words import counted, moment
from bot.generation.limits import Limit, LimitUse, Scope, ScopeKind, Unit, Window
from bot.generation.prices import dollars


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
        case _:
            return counted(number, "video")


def limit_words(limit: Limit) -> str:
    """What a limit allows: "5 videos a day", "$20.00 a month", "2 videos at once"."""
    when = "at once" if limit.window is Window.NOW else f"a {limit.window}"
    return f"{amount(limit.unit, limit.amount)} {when}"


def use_words(use: LimitUse) -> str:
    """What a limit allows in the present window: "5 videos a day", "5 videos a day + 2 granted"."""
    granted = f" + {_bare(use.limit.unit, use.granted)} granted" if use.granted else ""
    return limit_words(use.limit) + granted


def bearer(scope: Scope) -> str:
    """Whose limit it is, said to the person it stops: "your", "everyone's"."""
    return "everyone's" if scope.kind is ScopeKind.EVERYONE else "your"


def whose(scope: Scope) -> str:
    """Whose limit it is, for an admin's table: "everyone together", "each user", "discord:42"."""
    if scope.kind is ScopeKind.EVERYONE:
        return "everyone together"
    return "each user" if scope.id == "*" else scope.id


def limit_row(limit: Limit) -> LimitRow:
    """A limit without its use."""
    return LimitRow(whose(limit.scope), limit_words(limit))


def use_row(use: LimitUse, now: float, zone: tzinfo | None = None) -> LimitRow:
    """A limit with its use in the present window."""
    limit = use.limit
    frees = "when one is done" if use.frees_at is None else moment(use.frees_at, now, zone)
    return LimitRow(
        whose(limit.scope),
        use_words(use),
        _bare(limit.unit, use.used),
        _bare(limit.unit, use.held),
        _bare(limit.unit, use.free),
        frees,
    )


def use_lines(uses: Sequence[LimitUse], now: float, zone: tzinfo | None = None) -> Sequence[str]:
    """Each limit as a sentence for the person: "3 of your 5 videos a day are left until tomorrow at 00:00 UTC."."""
    lines = []
    for use in uses:
        until = "" if use.frees_at is None else f" until {moment(use.frees_at, now, zone).removeprefix('on ')}"
        left = f"{_bare(use.limit.unit, use.free)} of {bearer(use.limit.scope)} {use_words(use)}"
        lines.append(f"{left} {'is' if use.limit.unit is Unit.USD or use.free == 1 else 'are'} left{until}.")
    return lines


def _bare(unit: Unit, number: int) -> str:
    return dollars(number) if unit is Unit.USD else f"{number:,}"
