"""Limits that are nearly full, told once in their window: to the person, and to admins."""

from datetime import tzinfo

from adapters.cards.card import Card, Tone, line
from adapters.cards.limits import amount, starting, whose, with_grant
from adapters.cards.words import moment
from bot.generation.limits import ScopeKind
from bot.generation.ports import LimitWarning


def own_warning_line(warning: LimitWarning, now: float, zone: tzinfo | None = None) -> str:
    """Said to the person: "Your limit is nearly full: 4 taken of your 5 videos a day, until tomorrow at 00:00 UTC."."""
    until = f", until {moment(warning.frees_at, now, zone).removeprefix('on ')}" if warning.frees_at else ""
    full = "full" if _is_full(warning) else "nearly full"
    return f"Your limit is {full}: {_taken(warning)} taken of your {with_grant(warning.limit, warning.granted)}{until}."


def admin_warning_card(warning: LimitWarning, now: float, zone: tzinfo | None = None) -> Card:
    """Said to admins: of a limit that many share, or of one person's own."""
    until = f" until {moment(warning.frees_at, now, zone).removeprefix('on ')}" if warning.frees_at else ""
    share = round(100 * warning.taken / warning.amount) if warning.amount else 100
    counted = warning.counted
    name = starting(counted) if counted.kind is not ScopeKind.EVERYONE else "Everyone together"
    refused = "their requests" if warning.is_own else "requests"
    when = "It is full now:" if _is_full(warning) else "When it is full,"
    text = (
        f"{name} has taken {share} % of {with_grant(warning.limit, warning.granted)} ({_taken(warning)}){until}. "
        f"{when} {refused} are refused; raise the limit for {whose(warning.limit.scope)}, or grant more for now."
    )
    return Card((line(text),), tone=Tone.WARNING)


def _taken(warning: LimitWarning) -> str:
    words = amount(warning.limit.unit, warning.taken)
    return words if words.startswith("$") else words.partition(" ")[0]


def _is_full(warning: LimitWarning) -> bool:
    return warning.taken >= warning.amount
