"""What was asked for in a time and what it cost, for admins."""

from collections.abc import Sequence

from adapters.cards.card import Card, Line, Look, Table, Words, line, small
from adapters.cards.usage import bill_difference, usage_rows
from adapters.cards.words import account_title, model_title
from bot.generation.ports import UsageRow

#: More groups than this are added up in one row: a message has an end.
MOST_ROWS = 20


def usage_card(rows: Sequence[UsageRow], by: str, period: str, top: int | None = None) -> Card:
    """One row a group ("user", "model", "gateway", "day"), those that cost most first (days in their order), and the
    sum. `period` in words: "the last 30 days"; `top`: at most so many groups."""
    head: Line = line(Words(f"Use in {period}, by {by}", Look.STRONG))
    if not rows:
        return Card((head, line("Nothing was asked for in this time.")))
    order = rows if by == "day" else sorted(rows, key=lambda row: row.cost_micros + row.held_micros, reverse=True)
    most = min(MOST_ROWS, max(1, top or MOST_ROWS))
    shown = order[-most:] if by == "day" else order[:most]
    lines = list(usage_rows(order))
    kept = lines[-1:] if len(order) > 1 else []
    names = {row.group for row in shown}
    cells = [line_ for line_ in lines[: len(order)] if line_.group in names] + kept
    table = Table(
        (by.capitalize(), "Videos", "Seconds", "Charged", "Held", "Cost", "Maybe billed"),
        tuple((_titled(by, x.group), x.videos, x.seconds, x.charged, x.held, x.cost, x.possibly) for x in cells),
    )
    left = len(order) - len(shown)
    note = f" {left} more are only in the sum." if left else ""
    difference = bill_difference(rows)
    note += f" {difference}" if difference else ""
    return Card(
        (
            head,
            table,
            small(
                "Charged counts against limits; cost is what the gateways billed, or the quote where they gave no "
                f"bill.{note}"
            ),
        )
    )


def _titled(by: str, group: str) -> str:
    """Models and gateways as people read them; other groups get their names from the platform."""
    return {"model": model_title, "gateway": account_title}.get(by, str)(group)
