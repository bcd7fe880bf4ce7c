"""Retention: what is older than it is kept goes, a bounded batch in each transaction. Money rows always stay."""

from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from bot.generation.ports import DRAFT_DAYS, Retention
from storage import fingerprints
from storage.forgetting import NO_REASON, NO_REQUEST
from storage.tables import attempts, audit, drafts, frames, intake, jobs, uploads, web_messages

_DAY = 86_400.0
_MOST: Any = bindparam("most")
_BEFORE: Any = bindparam("before")
_IDS: Any = bindparam("ids", expanding=True)
#: Served by the index of the jobs whose words are still there.
_OLD_WORDS = (
    select(jobs.c.id)
    .where(jobs.c.erased_at.is_(None), jobs.c.finished_at < _BEFORE)
    .order_by(jobs.c.finished_at)
    .limit(_MOST)
)
_ERASE_WORDS = (
    update(jobs)
    .where(jobs.c.id.in_(_IDS))
    .values(request=NO_REQUEST, failure_message=NO_REASON, erased_at=bindparam("now"))
)
_ERASE_BODIES = update(attempts).where(attempts.c.job_id.in_(_IDS)).values(body="{}", error=None)
_DELETE_OF_JOBS = tuple(delete(table).where(table.c.job_id.in_(_IDS)) for table in (frames, uploads))
_OLD_ROWS = {
    table.name: delete(table).where(
        key.in_(select(key).where(when < _BEFORE).order_by(when, key).limit(_MOST).scalar_subquery())
    )
    for table, key, when in (
        (web_messages, web_messages.c.id, web_messages.c.at),
        (drafts, drafts.c.id, drafts.c.saved_at),
        (audit, audit.c.id, audit.c.at),
        (intake, intake.c.key, intake.c.received_at),
    )
}


def purge(conn: Connection, kept: Retention, now: float, most: int) -> int:
    """Erase at most `most` rows of each kind that are older than they are kept; how many that were. Zero: all done."""
    old = now - kept.prompts_days * _DAY
    done = _erase_words(conn, old, now, most)
    done += _delete(conn, web_messages.name, old, most)
    done += _delete(conn, drafts.name, now - min(DRAFT_DAYS, kept.prompts_days) * _DAY, most)
    done += _delete(conn, audit.name, now - kept.audit_days * _DAY, most)
    done += _delete(conn, intake.name, now - kept.intake_days * _DAY, most)
    return done + fingerprints.end(conn, now)


def _erase_words(conn: Connection, before: float, now: float, most: int) -> int:
    """Prompts, inputs and the gateway's exact requests of jobs that ended before; their messages can still be found."""
    ids = list(conn.execute(_OLD_WORDS, {"before": before, "most": most}).scalars())
    if ids:
        conn.execute(_ERASE_BODIES, {"ids": ids})
        for statement in _DELETE_OF_JOBS:
            conn.execute(statement, {"ids": ids})
        conn.execute(_ERASE_WORDS, {"ids": ids, "now": now})
    return len(ids)


def _delete(conn: Connection, table: str, before: float, most: int) -> int:
    return int(conn.execute(_OLD_ROWS[table], {"before": before, "most": most}).rowcount)
