"""Use over time as rows of a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapters.cards.price import dollars_beside
from bot.generation.ports import UsageRow
from bot.generation.prices import dollars


@dataclass(frozen=True, slots=True)
class UsageLine:
    """One group of a usage table, ready to be shown."""

    group: str
    videos: str
    seconds: str
    charged: str
    held: str
    cost: str
    possibly: str


def usage_rows(rows: Iterable[UsageRow]) -> Sequence[UsageLine]:
    """The rows, and their sum when there is more than one."""
    listed = list(rows)
    lines = [usage_line(row) for row in listed]
    if len(listed) > 1:
        lines.append(usage_line(total(listed)))
    return lines


def total(rows: Sequence[UsageRow]) -> UsageRow:
    """All rows together."""
    return UsageRow(
        "together",
        sum(r.videos for r in rows),
        sum(r.seconds for r in rows),
        sum(r.charged_micros for r in rows),
        sum(r.held_micros for r in rows),
        sum(r.cost_micros for r in rows),
        sum(r.possibly_billed_micros for r in rows),
        sum(r.billed_micros for r in rows),
        sum(r.quoted_micros for r in rows),
        sum(r.expected_micros for r in rows),
        sum(r.jobs for r in rows),
        sum(r.delivered for r in rows),
        sum(r.failed for r in rows),
        sum(r.withdrawn for r in rows),
        sum(r.misquoted for r in rows),
    )


def bill_difference(rows: Sequence[UsageRow]) -> str:
    """By how much the gateways' bills differ from what was quoted, in one sentence; "" where they do not."""
    billed, quoted = sum(row.billed_micros for row in rows), sum(row.quoted_micros for row in rows)
    apart = sum(row.misquoted for row in rows)
    if billed == quoted and apart:
        many = f"{apart} bills differ" if apart > 1 else "A bill differs"
        return f"{many} from what was quoted; together they come to the same."
    if billed == quoted:
        return ""
    more = "more" if billed > quoted else "less"
    return (
        f"The gateways billed {dollars(billed)} for videos that were quoted at {dollars_beside(quoted, billed)}: "
        f"{dollars(abs(billed - quoted))} {more}."
    )


def usage_line(row: UsageRow) -> UsageLine:
    """One row; nothing is shown as a dash, so that the money stands out."""
    return UsageLine(
        row.group,
        f"{row.videos:,}",
        f"{row.seconds:,}",
        _money(row.charged_micros),
        _money(row.held_micros),
        _money(row.cost_micros),
        _money(row.possibly_billed_micros),
    )


def _money(micros: int) -> str:
    return dollars(micros) if micros else "-"
