"""What people decide about a job. Each decision writes one row of the audit trail in the same transaction."""

from typing import Any

from sqlalchemy import Connection, bindparam, select

from bot.generation.job import Job, JobState, Outcome, Purpose
from bot.generation.ports import NotDecidableError, Resolution
from storage.booking import Booking
from storage.creating import cancel_free
from storage.moves import attempt_row, book, change, lock, lock_as, move, note, reopen_status
from storage.rows import Row, job_of
from storage.tables import attempts, deliveries, jobs
from storage.tasks import run_task

_RESULT = select(deliveries.c.state).where(
    deliveries.c.job_id == bindparam("job_id"), deliveries.c.purpose == Purpose.RESULT.value
)
_OWNER = (
    select(attempts.c.job_id)
    .join(jobs, jobs.c.id == attempts.c.job_id)
    .where(
        attempts.c.task_id == bindparam("task_id"),
        attempts.c.gateway == bindparam("gateway"),
        attempts.c.id != bindparam("attempt_id"),
    )
)


def _locked(conn: Connection, job_id: str) -> tuple[Row, JobState]:
    row = lock(conn, job_id)
    if row is None:
        raise NotDecidableError(f"There is no job {job_id}.")
    return row, JobState(row["state"])


def _stands(state: JobState) -> str:
    """How a job stands, behind its name: "is delivered", "has failed"."""
    return "has failed" if state is JobState.FAILED else f"is {state.replace('_', ' ')}"


def want_cancel(conn: Connection, job_id: str, by: str, now: float) -> Job:
    """Cancel at once where nothing was sent to the gateway, else store the wish."""
    row, state = _locked(conn, job_id)
    if state.is_final:
        raise NotDecidableError(f"Job {job_id} {_stands(state)} already; there is nothing left to cancel.")
    if state in {JobState.AWAITING_APPROVAL, JobState.QUEUED}:
        note(conn, by, "cancel", job_id, f"was {state}: nothing was spent", now)
        return job_of(cancel_free(conn, row, now))
    if state is JobState.DELIVERING and conn.execute(_RESULT, {"job_id": job_id}).first() is None:
        note(conn, by, "cancel", job_id, "billed, not posted", now)
        return job_of(move(conn, row, JobState.CANCELLED, now, cancel_wanted_at=now))
    note(conn, by, "cancel", job_id, f"wished while {state}", now)
    if row["cancel_wanted_at"] is None:
        # No new version: a wish must not fence away what is known a moment later about the create under way.
        conn.execute(jobs.update().where(jobs.c.id == job_id).values(cancel_wanted_at=now))
        row = {**row, "cancel_wanted_at": now}
    return job_of(row)


def approve(conn: Connection, job_id: str, by: str, now: float) -> Job:
    """A job that waits for an approval may start."""
    row = _awaiting(conn, job_id)
    if row["due_at"] is not None and row["due_at"] <= now:
        raise NotDecidableError(f"Nobody approved job {job_id} in time: it ends unmade; whoever wants it asks again.")
    note(conn, by, "approve", job_id, f"was {row['state']}; is {JobState.QUEUED}", now)
    return job_of(move(conn, row, JobState.QUEUED, now, due_at=now, retries=0))


def decline(conn: Connection, job_id: str, by: str, reason: str, now: float) -> Job:
    """A job that waits for an approval is not made; its charge is released."""
    row = _awaiting(conn, job_id)
    why = f": {reason}" if reason else ""
    note(conn, by, "decline", job_id, f"was {row['state']}; is {JobState.DECLINED}{why}", now)
    booking = Booking().release(row, now, "declined by an admin")
    told: dict[str, Any] = {"failure_code": "declined", "failure_message": reason} if reason else {}
    return job_of(move(conn, row, JobState.DECLINED, now, booking, **told))


def expire(conn: Connection, job: Job, now: float) -> Job | None:
    """Nobody approved it in time."""
    row = lock_as(conn, job)
    if row is None or row["state"] != JobState.AWAITING_APPROVAL:
        return None
    booking = Booking().release(row, now, "nobody approved it in time")
    return job_of(move(conn, row, JobState.EXPIRED, now, booking), job)


def _awaiting(conn: Connection, job_id: str) -> Row:
    row, state = _locked(conn, job_id)
    if state is not JobState.AWAITING_APPROVAL:
        raise NotDecidableError(f"Job {job_id} {_stands(state)}; it does not wait for an approval.")
    return row


def resume(conn: Connection, job_id: str, by: str, now: float) -> Job:
    """Make a job due now, or take up one that ended too early."""
    row, state = _locked(conn, job_id)
    note(conn, by, "resume", job_id, f"was {state}", now)
    match state:
        case JobState.UNDELIVERABLE if row["deleted_at"] is None:
            return job_of(move(conn, row, JobState.DELIVERING, now, due_at=now, retries=0))
        case JobState.LOST if row["task_id"] is not None:
            changes: dict[str, Any] = {"due_at": now, "retries": 0, "failure_code": None, "failure_message": None}
            return job_of(move(conn, row, JobState.RUNNING, now, **changes))
        case JobState.CANCELLED if row["output"] is not None:
            return job_of(move(conn, row, JobState.DELIVERING, now, due_at=now, retries=0, cancel_wanted_at=None))
        case JobState.UNDELIVERABLE:
            raise NotDecidableError(f"The video of job {job_id} was deleted. Ask for it again instead.")
        case JobState.LOST:
            raise NotDecidableError(
                f"Job {job_id} is lost and has no task id to look at; an admin can give one with `resolve`."
            )
        case JobState.AWAITING_APPROVAL:
            raise NotDecidableError(f"Job {job_id} waits for an approval; it cannot be started without one.")
        case JobState.CREATING if (row["lease_until"] or 0.0) > now:
            raise NotDecidableError(f"Job {job_id} is being sent to the gateway at this moment.")
        case _ if state.is_final:
            raise NotDecidableError(
                f"Job {job_id} {_stands(state)}; there is nothing left to do. Ask for it again instead."
            )
    return job_of(change(conn, row, due_at=now))


def delete_video(conn: Connection, job_id: str, by: str, now: float) -> Job:
    """The video of a finished job was deleted: video and link are forgotten. A second time changes nothing."""
    row, state = _locked(conn, job_id)
    if not state.is_final:
        raise NotDecidableError(f"Job {job_id} {_stands(state)}; its video can be deleted once it is finished.")
    if row["deleted_at"] is not None:
        return job_of(row)
    note(conn, by, "delete video", job_id, f"was {state}", now)
    reopen_status(conn, job_id)
    return job_of(change(conn, row, video=None, output=None, deleted_at=now))


def resolve(conn: Connection, job_id: str, how: Resolution, by: str, now: float, *, task_id: str | None) -> Job:
    """An admin's word about a create nobody knows the outcome of."""
    row, state = _locked(conn, job_id)
    attempt = attempt_row(conn, row["attempt_id"])
    if state not in {JobState.UNCERTAIN, JobState.LOST} or attempt is None:
        raise NotDecidableError(f"Job {job_id} {_stands(state)}; only an uncertain or a lost job needs a decision.")
    detail = f"was {state}: {how}" + (f" {task_id}" if task_id else "")
    note(conn, by, "resolve", job_id, detail, now)
    match how:
        case Resolution.TASK:
            return _resolve_task(conn, row, attempt, task_id, now)
        case Resolution.BILLED:
            return _resolve_billed(conn, row, attempt, by, now)
        case Resolution.NOT_CREATED:
            return _resolve_not_created(conn, row, attempt, by, now)
        case Resolution.AGAIN:
            return _resolve_again(conn, row, attempt, now)


def _resolve_task(conn: Connection, row: Row, attempt: Row, task_id: str | None, now: float) -> Job:
    if not task_id:
        raise NotDecidableError("Give the id of the task that the gateway shows for this job.")
    if attempt["task_id"] not in {None, task_id}:
        raise NotDecidableError(
            f"Job {row['id']} has the task {attempt['task_id']} already: give that id, and the bot looks at it once "
            "more."
        )
    asked = {"task_id": task_id, "gateway": row["gateway"], "attempt_id": attempt["id"]}
    owner = conn.execute(_OWNER, asked).scalars().first()
    if owner is not None:
        raise NotDecidableError(f"The task {task_id} belongs to job {owner}.")
    return job_of(run_task(conn, row, attempt, task_id, now, now))


def _resolve_billed(conn: Connection, row: Row, attempt: Row, by: str, now: float) -> Job:
    booking = Booking().release(row, now, "billed, but its video cannot be found")
    booking.possible_cost(row, attempt, now, f"{by} says it was billed")
    told = {
        "failure_code": "billed_not_found",
        "failure_message": (
            "The gateway billed this video, but it cannot be found there. It takes nothing from your limits."
        ),
    }
    if row["state"] == JobState.LOST:
        return _lost_still(conn, row, booking, told)
    return job_of(move(conn, row, JobState.LOST, now, booking, **told))


def _resolve_not_created(conn: Connection, row: Row, attempt: Row, by: str, now: float) -> Job:
    booking = Booking().release(row, now, "it never ran")
    booking.no_cost(row, attempt, now, f"{by} says it never ran")
    if attempt["task_id"] is None:
        booking.note_attempt(attempt["id"], outcome=Outcome.NOT_CREATED.value, ended_at=now)
    told = {
        "failure_code": "never_ran",
        "failure_message": "The gateway never made this video. It takes nothing from your limits; ask for it again.",
    }
    if row["state"] == JobState.LOST:
        return _lost_still(conn, row, booking, told)
    return job_of(move(conn, row, JobState.FAILED, now, booking, **told))


def _lost_still(conn: Connection, row: Row, booking: Booking, told: dict[str, str]) -> Job:
    """A lost job stays lost; what its create cost is known better now."""
    book(conn, row, booking)
    reopen_status(conn, row["id"])
    return job_of(change(conn, row, **booking.job_changes, **told))


def _resolve_again(conn: Connection, row: Row, attempt: Row, now: float) -> Job:
    if row["state"] == JobState.LOST:
        raise NotDecidableError(f"Job {row['id']} is lost and its charge was released: ask for it again as a new job.")
    booking = Booking().note_attempt(attempt["id"], outcome=Outcome.NOT_CREATED.value, ended_at=now)
    booking.no_cost(row, attempt, now, "it never ran")
    changes: dict[str, Any] = {"due_at": now, "retries": 0, "failure_code": None, "failure_message": None}
    return job_of(move(conn, row, JobState.QUEUED, now, booking, **changes))
