"""A row of the audit trail as people read it: limits, money and moments in words. The rows themselves stay as they are.

What the rows hold is written by `storage.limiting`, `granting`, `gates`, `ruling_prompts`, `deciding`, `pardoning` and
`zoning`; what has another form (an older row, a person's reason) is shown as it stands.
"""

import re
from datetime import tzinfo

from adapters.cards.limits import amount, limit_name, limit_words, whose
from adapters.cards.refused_words import refused_words
from adapters.cards.status import state_word
from adapters.cards.where import where
from adapters.cards.words import moment
from bot.generation.barring import ClosureRule
from bot.generation.job import JobState
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from bot.generation.ports import AuditRow
from bot.generation.prices import dollars
from bot.generation.prompt_rules import RuleAction, RuleKind

_UNIT = "|".join(Unit)
_LIMIT = re.compile(rf"({_UNIT}) / (\w+): was (no limit|\d+); is (no limit|\d+)", re.ASCII)
_GRANT = re.compile(rf"(\d+) ({_UNIT}) / (\w+)(: .*)?", re.ASCII | re.DOTALL)
_BAN = re.compile(r"((?:was |; is )banned (?:everywhere|in \S+) )until (\d{9,11})(?!\d)", re.ASCII)
_USED = re.compile(r"was (\d+) videos and (-?\d+) micro-dollars used; is 0", re.ASCII)
_CLOSURE = re.compile(r"in (\S+): was (open|closed|only); is (open|closed|only)", re.ASCII)
_KIND_OF_RULE = rf"({'|'.join(RuleAction)}) ({'|'.join(RuleKind)})"
_RULE_ADDED = re.compile(rf"in (\S+): was not there; is {_KIND_OF_RULE} (.*)", re.ASCII | re.DOTALL)
_RULE_REMOVED = re.compile(rf"in (\S+): was {_KIND_OF_RULE} (.*); is gone", re.ASCII | re.DOTALL)
_STATE = re.compile(rf"\b(was|is|while) ({'|'.join(JobState)})(?=;|:|$)", re.ASCII)
#: Acts whose stored names say little.
_ACTS = {
    "first limits": "set the first limits for",
    "allow only": "leave nothing open but",
    "second task id": "found a second task of",
    "unwatched task": "cannot watch a task of",
    "late task": "found a late task of",
}


def audit_act(row: AuditRow) -> str:
    """What was done: "ban", "set limit", "leave nothing open but"."""
    return _ACTS.get(row.act, row.act)


def audit_subject(row: AuditRow) -> str:
    """What it was about: "everyone together", "discord:42", "channel discord:1:2", "pro mode"; a job's id as it is."""
    kind, _, name = row.subject.partition(":")
    if kind in set(ScopeKind) and name:
        return whose(Scope(ScopeKind(kind), name))
    if kind == "everyone":  # of the first limits
        return whose(Scope(ScopeKind.EVERYONE, "*"))
    if kind == "rule" and name:
        return f"rule {name}"
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
        case "close" | "allow only" | "open" if found := _CLOSURE.fullmatch(row.detail):
            return f"{where(found[1])}: was {_closure(found[2])}; is {_closure(found[3])}"
        case "add prompt rule" if found := _RULE_ADDED.fullmatch(row.detail):
            return f"{where(found[1])}: {_rule(found[2], found[3])}: {found[4]}"
        case "remove prompt rule" if found := _RULE_REMOVED.fullmatch(row.detail):
            return f"{where(found[1])}: no longer {_rule(found[2], found[3])}: {found[4]}"
        case "approve" | "decline" | "cancel" | "resume" | "delete video" | "resolve" | "late task":
            return _STATE.sub(lambda found: f"{found[1]} {_state(JobState(found[2]))}", row.detail, count=2)
        case "reset":
            return _USED.sub(_used, row.detail)
        case "refused: video":
            return refused_words(row.detail, now, zone)
        case _:
            return row.detail


def _limit(unit: Unit, window: Window, stored: str) -> str:
    return limit_words(Limit(Scope(ScopeKind.EVERYONE, "*"), unit, window, int(stored))) if stored.isdigit() else stored


def _state(state: JobState) -> str:
    return "waiting for an approval" if state is JobState.AWAITING_APPROVAL else state_word(state)


def _closure(stored: str) -> str:
    return "one of the only ones open" if stored == ClosureRule.ONLY else stored


def _rule(action: str, kind: str) -> str:
    does = "refuses a prompt" if action == RuleAction.REFUSE else "sends a prompt to approval"
    return f"{does} with {'one of the words' if kind == RuleKind.WORDS else 'a match of the expression'}"


def _moment(stored: str, now: float, zone: tzinfo | None) -> str:
    return moment(float(stored), now, zone).removeprefix("on ")


def _used(found: re.Match[str]) -> str:
    # The row says what was taken away, so that its sum is below zero in rows of older versions.
    return f"was {amount(Unit.VIDEOS, int(found[1]))} and {dollars(abs(int(found[2])))} used; is 0"
