"""Limits that are nearly full in words: what was granted counts."""

from datetime import UTC

import pytest

from adapters.cards.card import plain
from adapters.cards.warning import admin_warning_card, own_warning_line
from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
from bot.generation.ports import LimitWarning

ANNA, ANYONE = Scope(ScopeKind.USER, "discord:42"), Scope(ScopeKind.USER, "*")


def _warning(now: float, unit: Unit, limit: int, amount: int, taken: int) -> LimitWarning:
    return LimitWarning(Limit(ANYONE, unit, Window.DAY, limit), ANNA, amount, taken, "job", now, now + 3600)


@pytest.mark.parametrize(
    ("unit", "limit", "amount", "taken", "said"),
    [
        (Unit.VIDEOS, 5, 5, 4, "Your limit is nearly full: 4 taken of your 5 videos a day, until today at 12:06 UTC."),
        (
            Unit.VIDEOS,
            5,
            7,
            6,
            "Your limit is nearly full: 6 taken of your 5 videos a day + 2 granted, until today at 12:06 UTC.",
        ),
        (
            Unit.USD,
            3_000_000,
            3_500_000,
            3_000_000,
            "Your limit is nearly full: $3.00 taken of your $3.00 a day + $0.50 granted, until today at 12:06 UTC.",
        ),
    ],
)
def test_the_person_reads_what_is_taken_of_the_limit_and_the_grant(
    now: float, unit: Unit, limit: int, amount: int, taken: int, said: str
) -> None:
    assert own_warning_line(_warning(now, unit, limit, amount, taken), now, UTC) == said


def test_admins_read_the_share_of_the_limit_and_the_grant(now: float) -> None:
    assert plain(admin_warning_card(_warning(now, Unit.VIDEOS, 5, 7, 6), now, UTC)) == (
        "discord:42 has taken 86 % of 5 videos a day + 2 granted (6) until today at 12:06 UTC. When it is full, their "
        "requests are refused; raise the limit for each user, or grant more for now."
    )
