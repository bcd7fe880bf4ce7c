"""The audit trail in words: no epoch seconds, no micro-dollars, no raw scopes."""

from datetime import UTC

import pytest

from adapters.cards.audited import audit_detail, audit_subject
from bot.generation.ports import AuditRow

NOW = 1_763_726_400.0  # 2025-11-21 12:00 UTC


@pytest.mark.parametrize(
    ("act", "stored", "shown"),
    [
        ("set limit", "usd / day: was no limit; is 3000000", "was no limit; is $3.00 a day"),
        ("set limit", "videos / 24h: was 5; is 6", "was 5 videos in 24 hours; is 6 videos in 24 hours"),
        ("set limit", "cooldown / now: was 60; is 120", "was one video every 60 s; is one video every 2 min"),
        ("clear limit", "jobs / now: was 2; is no limit", "was 2 videos at once; is no limit"),
        ("grant", "2500000 usd / month: feast", "$2.50 on top of the limit on dollars a month: feast"),
        ("grant", "1 videos / day", "1 video on top of the limit on videos a day"),
        (
            "ban",
            "was not banned; is banned everywhere until 1763812800: until 1763812800",
            "was not banned; is banned everywhere until tomorrow at 12:00 UTC: until 1763812800",
        ),
        ("unban", "was banned in discord:1 for ever; is not banned", "was banned in discord:1 for ever; is not banned"),
        (
            "reset",
            "was 3 videos and 1050000 micro-dollars used; is 0: a mistake",
            "was 3 videos and $1.05 used; is 0: a mistake",
        ),
        ("set limit", "something older", "something older"),
        ("resolve", "was lost: billed", "was lost: billed"),
        ("approve", "was awaiting_approval; is queued", "was waiting for an approval; is waiting"),
        ("allow only", "in *: was open; is only", "everywhere: was open; is one of the only ones open"),
        ("open", "in discord:1: was closed; is open", "in discord:1: was closed; is open"),
        (
            "add prompt rule",
            "in *: was not there; is approve regex a+",
            "everywhere: sends a prompt to approval with a match of the expression: a+",
        ),
        (
            "remove prompt rule",
            "in discord:1: was refuse words dragons; is gone",
            "in discord:1: no longer refuses a prompt with one of the words: dragons",
        ),
    ],
)
def test_a_detail_is_shown_in_words(act: str, stored: str, shown: str) -> None:
    assert audit_detail(AuditRow(1, NOW, "discord:1", act, "user:discord:42", stored), NOW, UTC) == shown


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("user:discord:42", "discord:42"),
        ("user:*", "each user"),
        ("everyone:*", "everyone together"),
        ("channel:discord:1:2", "channel discord:1:2"),
        ("role:slack:T1:S2", "each member of role slack:T1:S2"),
        ("mode:pro", "pro mode"),
        ("rule:k3f9", "rule k3f9"),
        ("everyone", "everyone together"),
        ("everything", "everything"),
        ("k3f9x2m4q8rt", "k3f9x2m4q8rt"),
    ],
)
def test_a_subject_is_named_as_people_know_it(stored: str, shown: str) -> None:
    assert audit_subject(AuditRow(1, NOW, "discord:1", "set limit", stored, "")) == shown
