"""Jobs one by one, for a report: what each was and what it cost, a page at a time, without what was asked in words."""

from typing import Any

from sqlalchemy import Connection, bindparam, or_, select

from bot.generation.ports import ReportLine
from storage.statements import fetch_all
from storage.tables import jobs
from storage.usage_sums import OF_ATTEMPTS, spent

_COLUMNS = (
    "id",
    "accepted_at",
    "finished_at",
    "platform",
    "workspace",
    "channel",
    "user_key",
    "gateway",
    "model",
    "mode",
    "duration",
    "audio",
    "state",
    "charge",
    "failure_code",
    "quote_micros",
    "held_micros",
    "charged_micros",
    "bill_micros",
)
_PAGE = (
    select(
        *(jobs.c[name] for name in _COLUMNS),
        spent(is_possible=False).label("cost_micros"),
        spent(is_possible=True).label("possibly_billed_micros"),
    )
    .where(
        jobs.c.accepted_at >= bindparam("at"),  # for the index
        or_(jobs.c.accepted_at > bindparam("at"), jobs.c.id > bindparam("id")),
        jobs.c.accepted_at < bindparam("until"),
    )
    .order_by(jobs.c.accepted_at, jobs.c.id)
    .limit(bindparam("most"))
)
_OF_PLACE = _PAGE.where(jobs.c.platform == bindparam("platform"), jobs.c.workspace == bindparam("workspace"))


def page(conn: Connection, after: tuple[float, str], until: float, place: str | None, most: int) -> list[ReportLine]:
    """At most `most` jobs accepted before `until`, from the one behind `after` (its time and id; an id of "" stands
    before all others), in the order of acceptance; of one workspace, where one is named."""
    asked: dict[str, Any] = {"at": after[0], "id": after[1], "until": until, "most": most}
    if place is not None:
        asked["platform"], _, asked["workspace"] = place.partition(":")
    rows = fetch_all(conn, _PAGE if place is None else _OF_PLACE, asked)
    return [ReportLine(**{**row, **{name: int(row[name]) for name in OF_ATTEMPTS}}) for row in rows]
