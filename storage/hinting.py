"""What the gateways' webhooks need: the key their addresses are made with, and the job behind an attempt."""

from sqlalchemy import Connection, bindparam, select, text

from bot.generation.job import Job
from storage.reading import job
from storage.statements import PerDialect
from storage.tables import attempts, settings

_JOB_ID = select(attempts.c.job_id).where(attempts.c.id == bindparam("attempt_id"))
_NAME = "webhook key"
_KEY = select(settings.c.value).where(settings.c.name == _NAME)
#: Heard by the process that runs the job (`storage.queue`).
_LOOK = text("SELECT pg_notify('videobot_jobs', :payload)")
_KEEP = PerDialect(lambda insert_: insert_(settings).on_conflict_do_nothing(index_elements=[settings.c.name]))


def job_of_attempt(conn: Connection, attempt_id: str) -> Job | None:
    """The job; None when there is no such attempt."""
    job_id = conn.execute(_JOB_ID, {"attempt_id": attempt_id}).scalar_one_or_none()
    return None if job_id is None else job(conn, job_id)


def look_now(conn: Connection, job_id: str) -> None:
    """Let the process that runs this job look at it, whichever that is. On SQLite there is only one, which was told."""
    if conn.dialect.name == "postgresql":
        conn.execute(_LOOK, {"payload": f"{job_id} look 0"})


def webhook_key(conn: Connection, fresh: str) -> str:
    """The key of this installation; `fresh` becomes it where there is none. Whoever has it can make the bot look at a
    task sooner, nothing else."""
    conn.execute(_KEEP.on(conn), {"name": _NAME, "value": fresh})
    return str(conn.execute(_KEY).scalar_one())
