"""Sums for the dashboard."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Executable, bindparam, func, literal_column, or_, select

from storage.database import Database
from storage.tables import jobs, ledger

_STATES = (
    select(jobs.c.state, func.count())
    .where(or_(jobs.c.accepted_at >= bindparam("since"), jobs.c.finished_at.is_(None)))
    .group_by(jobs.c.state)
)
_FAILURES = (
    select(jobs.c.failure_code, func.count())
    .where(
        jobs.c.accepted_at >= bindparam("since"),
        jobs.c.finished_at.is_not(None),
        jobs.c.failure_code.is_not(None),
        jobs.c.state != literal_column("'delivered'"),
    )
    .group_by(jobs.c.failure_code)
    .order_by(func.count().desc(), jobs.c.failure_code)
)
_LATENESS = (
    select(jobs.c.finished_at - func.min(ledger.c.at))
    .join(ledger, ledger.c.job_id == jobs.c.id)
    .where(
        jobs.c.accepted_at >= bindparam("since"),
        jobs.c.state == literal_column("'delivered'"),
        ledger.c.event == literal_column("'settle'"),
    )
    .group_by(jobs.c.id, jobs.c.finished_at)
    .order_by(jobs.c.finished_at.desc())
    .limit(bindparam("most"))
)
_MOST_SAMPLES = 1000


class WebNumbers:
    """Every method is one read and raises StoreError when the database cannot be used. Times are epoch seconds."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def states(self, since: float) -> Mapping[str, int]:
        """How many jobs are in each state: those accepted since then, and all unfinished ones."""
        return dict(await self._db.read(_pairs, _STATES, since))

    async def failures(self, since: float) -> Sequence[tuple[str, int]]:
        """How often each failure code ended a job that was accepted since then, the most frequent first."""
        return await self._db.read(_pairs, _FAILURES, since)

    async def lateness(self, since: float) -> Sequence[float]:
        """Seconds from the gateway's word that a video is done to the video in the chat, of the latest 1,000."""
        return await self._db.read(_lateness, since)


def _pairs(conn: Connection, statement: Executable, since: float) -> list[tuple[str, int]]:
    return [(str(name), int(count)) for name, count in conn.execute(statement, {"since": since})]


def _lateness(conn: Connection, since: float) -> list[float]:
    rows = conn.execute(_LATENESS, {"since": since, "most": _MOST_SAMPLES})
    return [max(0.0, float(seconds)) for (seconds,) in rows]
