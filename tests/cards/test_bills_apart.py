"""A bill that is not the quote is shown: to members in their quota, to admins below the table of use."""

from adapters.cards.card import plain
from adapters.cards.quota_card import quota_card
from adapters.cards.usage import bill_difference
from bot.generation.ports import UsageRow


def use(group: str, billed: int, quoted: int, misquoted: int) -> UsageRow:
    return UsageRow(
        group, 1, 5, billed, 0, billed, 0, billed_micros=billed, quoted_micros=quoted, misquoted=misquoted
    )  # fmt: skip


def test_differences_that_cancel_each_other_out_are_not_hidden() -> None:
    rows = [use("a", 400_000, 350_000, 1), use("b", 300_000, 350_000, 1)]
    assert bill_difference(rows) == "2 bills differ from what was quoted; together they come to the same."
    assert bill_difference(rows[:1]) == (
        "The gateways billed $0.40 for videos that were quoted at $0.35: $0.05 more."
    )  # fmt: skip
    assert bill_difference([use("a", 350_000, 350_000, 0)]) == ""


def test_a_member_sees_what_was_billed_otherwise_this_month() -> None:
    assert plain(quota_card((), 0.0, apart=(1, 400_000, 350_000))).endswith(
        "This month the gateways billed $0.40 for one video of yours quoted at $0.35; the bill is what counts."
    )
    assert "quoted" not in plain(quota_card((), 0.0))
    assert "2 videos of yours quoted at the same together" in plain(quota_card((), 0.0, apart=(2, 700_000, 700_000)))
