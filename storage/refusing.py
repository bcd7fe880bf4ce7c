"""Requests for videos that were not taken, in the audit trail."""

from sqlalchemy import Connection, select

from bot.generation.ports import REFUSALS_APART, REFUSED_VIDEO
from storage.moves import note
from storage.tables import audit


def note_refused(conn: Connection, user: str, reason: str, detail: str, now: float) -> bool:
    """One row, unless there is one of this user and reason within `REFUSALS_APART` seconds; whether it was written. Two
    processes at the same moment may write two: nothing is counted by them."""
    subject = f"user:{user}"
    same = (
        audit.c.subject == subject,
        audit.c.act == REFUSED_VIDEO,
        audit.c.at > now - REFUSALS_APART,
        audit.c.detail.startswith(reason, autoescape=True),
    )
    if conn.execute(select(audit.c.id).where(*same).limit(1)).first() is not None:
        return False
    note(conn, user, REFUSED_VIDEO, subject, detail, now)
    return True
