"""A task id is a fact: it is always attached to its attempt, and the job follows it where it still can."""

from typing import Any

from sqlalchemy import Connection, bindparam, select

from bot.generation.job import Job, JobState, Outcome
from storage.booking import Booking
from storage.moves import attempt_row, book, enter, note
from storage.rows import Row, job_of
from storage.statements import fetch_one
from storage.tables import attempts, jobs

_BOT = "videobot"
#: States in which a job has no video and follows any task of its own that turns up, before it pays for another.
_NEEDS_TASK = frozenset(
    {
        JobState.QUEUED,
        JobState.UPLOADING,
        JobState.UNCERTAIN,
        JobState.LOST,
        JobState.FAILED,
    }
)
_LOCK_JOB_OF = (
    select(jobs)
    .where(jobs.c.id == select(attempts.c.job_id).where(attempts.c.id == bindparam("attempt_id")).scalar_subquery())
    .with_for_update()
)
_WAITING = (
    select(attempts)
    .where(
        attempts.c.job_id == bindparam("job_id"),
        attempts.c.id != bindparam("current"),
        attempts.c.task_id.is_not(None),
        attempts.c.error.is_(None),
    )
    .order_by(attempts.c.number)
    .limit(1)
)


def task_accepted(conn: Connection, attempt_id: str, task_id: str, due_at: float, now: float) -> Job | None:
    """Attach the task id and let the job run; None when there is no such attempt."""
    row = fetch_one(conn, _LOCK_JOB_OF, {"attempt_id": attempt_id})
    attempt = attempt_row(conn, attempt_id)  # read second: only now nobody else changes it
    if row is None or attempt is None:
        return None
    if attempt["task_id"] is not None:
        if attempt["task_id"] != task_id:
            note(conn, _BOT, "second task id", row["id"], f"attempt {attempt['number']}: {task_id} was not kept", now)
        return job_of(row)
    state = JobState(row["state"])
    if (state is JobState.CREATING and row["attempt_id"] == attempt_id) or state in _NEEDS_TASK:
        return job_of(run_task(conn, row, attempt, task_id, due_at, now))
    booking = Booking().note_attempt(attempt_id, **_accepted(task_id, now))
    why = f"task {task_id} turned up while the job was {state} with attempt {row['attempts']}"
    book(conn, row, booking.possible_cost(row, attempt, now, why))
    note(conn, _BOT, "unwatched task", row["id"], f"attempt {attempt['number']}: {why}", now)
    return job_of(row)


def run_task(
    conn: Connection,
    row: Row,
    attempt: Row,
    task_id: str,
    due_at: float,
    now: float,
    booking: Booking | None = None,
) -> Row:
    """-> running with this attempt's task. What another attempt may have cost is booked as possible."""
    booking = booking or Booking()
    booking.note_attempt(attempt["id"], **_accepted(task_id, now))
    if row["attempt_id"] != attempt["id"] and row["state"] == JobState.UNCERTAIN:
        other = attempt_row(conn, row["attempt_id"])
        if other is not None:
            booking.possible_cost(row, other, now, f"undecided when the task of attempt {attempt['number']} turned up")
    if row["state"] not in {JobState.CREATING, JobState.UNCERTAIN} or row["attempt_id"] != attempt["id"]:
        note(conn, _BOT, "late task", row["id"], f"task {task_id} turned up while the job was {row['state']}", now)
    return enter(
        conn,
        row,
        JobState.RUNNING,
        now,
        booking,
        attempt_id=attempt["id"],
        task_id=task_id,
        task_created_at=now,
        progress=None,
        retries=0,
        due_at=due_at,
        failure_code=None,
        failure_message=None,
    )


def waiting_task(conn: Connection, row: Row) -> Row | None:
    """A task of another attempt that nobody has watched: it turned up while a later create was under way."""
    if row["attempts"] < 2:
        return None
    return fetch_one(conn, _WAITING, {"job_id": row["id"], "current": row["attempt_id"]})


def _accepted(task_id: str, now: float) -> dict[str, Any]:
    return {"task_id": task_id, "outcome": Outcome.ACCEPTED.value, "ended_at": now, "error": None}
