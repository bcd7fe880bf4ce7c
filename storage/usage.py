"""Use over time, from the sums that are kept: months, days and quarter hours. Only what they do not cover is read from
the jobs themselves, less than a day at either end."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, bindparam, func, or_, select, union_all

from bot.generation.ports import UsageRow
from storage.tables import jobs, usage_sums
from storage.usage_sums import AMOUNTS, DAY, MONTH, QUARTER, of_jobs

_SLOT = 900  # seconds
_DAY = _SLOT * DAY
_GROUPS = {
    "user": ("user_key",),
    "model": ("model",),
    "gateway": ("gateway",),
    "channel": ("platform", "workspace", "channel"),
    "workspace": ("platform", "workspace"),
    "mode": ("mode",),
}
BY = ("user", "model", "gateway", "channel", "workspace", "day", "mode")
_Range = tuple[float, float]


def usage(
    conn: Connection, since: float, until: float, by: str, place: str | None = None, zone: str = "UTC"
) -> list[UsageRow]:
    """Sums over the jobs accepted in [since, until), by group, of one workspace or all; the group that cost most first.
    Days begin by the clock of `zone`; they are listed in their order.

    Raises ValueError for a group that there is not.
    """
    if by not in BY:
        raise ValueError(f"Usage is shown by {', '.join(BY)}; not by {by}.")
    if by == "day":
        return _by_day(conn, since, until, place, ZoneInfo(zone))
    names = _GROUPS[by]
    spans, edges = _covered(since, until)
    kept = [and_(usage_sums.c.span == span, usage_sums.c.slot >= a, usage_sums.c.slot < b) for span, a, b in spans]
    sources = [(usage_sums, one) for one in kept] + [(of_jobs.where(_accepted(edges)).subquery(), None)]
    parts = []
    for source, where in sources:
        part = select(*(source.c[name] for name in names), *(func.sum(source.c[name]).label(name) for name in AMOUNTS))
        part = part.where(*_of(source, place)).group_by(*(source.c[name] for name in names))
        parts.append(part if where is None else part.where(where))
    rows: dict[str, list[int]] = {}
    for row in conn.execute(union_all(*parts)):
        _add(rows, ":".join(row[: len(names)]), row[len(names) :])
    return sorted(
        (_row(group, sums) for group, sums in rows.items()),
        key=lambda row: (-row.cost_micros - row.possibly_billed_micros, -row.charged_micros, row.group),
    )


_APART = select(func.count(), func.sum(jobs.c.bill_micros), func.sum(jobs.c.quote_micros)).where(
    jobs.c.user_key == bindparam("user"),
    jobs.c.accepted_at >= bindparam("since"),
    jobs.c.bill_micros != jobs.c.quote_micros,
)


def bills_apart(conn: Connection, user: str, since: float) -> tuple[int, int, int]:
    """Videos of a user, accepted since then, whose bill is not their quote: how many, their bills, their quotes."""
    count, billed, quoted = conn.execute(_APART, {"user": user, "since": since}).one()
    return int(count), int(billed or 0), int(quoted or 0)


def _accepted(ranges: Collection[_Range]) -> Any:
    return or_(*(and_(jobs.c.accepted_at >= a, jobs.c.accepted_at < b) for a, b in ranges))


def _of(source: Any, place: str | None) -> list[Any]:
    """The condition that names one workspace."""
    if place is None:
        return []
    platform, _, workspace = place.partition(":")
    return [source.c.platform == platform, source.c.workspace == workspace]


def _add(rows: dict[str, list[int]], group: str, more: Collection[Any]) -> None:
    sums = rows.setdefault(group, [0] * len(AMOUNTS))
    for number, value in enumerate(more):
        sums[number] += int(value)  # PostgreSQL sums integers as decimals


def _row(group: str, sums: list[int]) -> UsageRow:
    of = dict(zip(AMOUNTS, sums, strict=True))
    return UsageRow(group=group, **of)


def _covered(since: float, until: float) -> tuple[list[tuple[int, int, int]], list[_Range]]:
    """(span, first slot, end) of the months and days of UTC that [since, until) holds, and what is left of it."""
    first, end = -(-since // _DAY), until // _DAY
    if first >= end:
        return [], [(since, until)]
    days, edges = (int(first), int(end)), [(since, first * _DAY), (end * _DAY, until)]
    starts = [date(1970, 1, 1) + timedelta(days=day) for day in days]
    months = starts[0].year * 12 + starts[0].month - 1 + (starts[0].day > 1), starts[1].year * 12 + starts[1].month - 1
    if months[0] >= months[1]:
        return [(DAY, *days)], edges
    whole = tuple((date(month // 12, month % 12 + 1, 1) - date(1970, 1, 1)).days for month in months)
    return [(DAY, days[0], whole[0]), (MONTH, *months), (DAY, whole[1], days[1])], edges


def _by_day(conn: Connection, since: float, until: float, place: str | None, zone: ZoneInfo) -> list[UsageRow]:
    """By quarter hours, with which the days of every time zone begin."""
    first, end = -(-since // _SLOT), until // _SLOT
    edges = [(since, until)] if first >= end else [(since, first * _SLOT), (end * _SLOT, until)]
    in_range = usage_sums.c.span == QUARTER, usage_sums.c.slot >= int(first), usage_sums.c.slot < int(end)
    left = of_jobs.where(_accepted(edges)).subquery()
    found = union_all(
        *(
            select(source.c.slot, *(func.sum(source.c[name]) for name in AMOUNTS))
            .where(*_of(source, place), *where)
            .group_by(source.c.slot)
            for source, where in ((usage_sums, in_range), (left, ()))
        )
    )
    rows: dict[str, list[int]] = {}
    for slot, *sums in conn.execute(found):
        _add(rows, datetime.fromtimestamp(slot * _SLOT, zone).strftime("%Y-%m-%d"), sums)
    return [_row(day, rows[day]) for day in sorted(rows)]
