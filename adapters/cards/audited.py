"""A row of the audit trail as people read it: limits, money and moments in words. The rows themselves stay as they are.

What the rows hold is written by `storage.limiting`, `granting`, `gates`, `pardoning` and `zoning`; what has another
form (an older row, a person's reason) is shown as it stands.
"""

import re
from datetime import tzinfo

from adapters.cards.limits import amount, limit_name, limit_words, whose
from adapters.cards.words import moment
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from bot.generation.ports import AuditRow
from bot.generation.prices import dollars

_UNIT = "|".join(Unit)
_LIMIT = re.compile(rf"({_UNIT}) / (\w+): was (no limit|\d+); is (no limit|\d+)", re.ASCII)
_GRANT = re.compile(rf"(\d+) ({_UNIT}) / (\w+)(: .*)?", re.ASCII | re.DOTALL)
_BAN = re.compile(r"((?:was |; is )banned (?:everywhere|in \S+) )until (\d{9,11})(?!\d)", re.ASCII)
_USED = re.compile(r"was (\d+) videos and (-?\d+) micro-dollars used; is 0", re.ASCII)


def audit_subject(row: AuditRow) -> str:
    """What it was about: "everyone together", "discord:42", "channel discord:1:2", "pro mode"; a job's id as it is."""
    kind, _, name = row.subject.partition(":")
    if kind in set(ScopeKind) and name:
        return whose(Scope(ScopeKind(kind), name))
    return f"{name} mode" if kind == "mode" and name else row.subject


def audit_detail(row: AuditRow, now: float, zone: tzinfo | None = None) -> str:
    """What was changed: "was $3.00 a day; is $5.00 a day", "banned everywhere until tomorrow at 18:30 CET: spam"."""
    match row.act:
        case "set limit" | "clear limit" if found := _LIMIT.fullmatch(row.detail):
            unit, window = Unit(found[1]), Window(found[2])
            return f"was {_limit(unit, window, found[3])}; is {_limit(unit, window, found[4])}"
        case "grant" if found := _GRANT.fullmatch(row.detail):
            unit, window = Unit(found[2]), Window(found[3])
            return f"{amount(unit, int(found[1]))} on top of the {limit_name(unit, window)}{found[4] or ''}"
        case "ban" | "unban":
            return _BAN.sub(lambda found: f"{found[1]}until {_moment(found[2], now, zone)}", row.detail)
        case "reset":
            return _USED.sub(_used, row.detail)
        case _:
            return row.detail


def _limit(unit: Unit, window: Window, stored: str) -> str:
    return limit_words(Limit(Scope(ScopeKind.EVERYONE, "*"), unit, window, int(stored))) if stored.isdigit() else stored


def _moment(stored: str, now: float, zone: tzinfo | None) -> str:
    return moment(float(stored), now, zone).removeprefix("on ")


def _used(found: re.Match[str]) -> str:
    # The row says what was taken away, so that its sum is below zero in rows of older versions.
    return f"was {amount(Unit.VIDEOS, int(found[1]))} and {dollars(abs(int(found[2])))} used; is 0"
