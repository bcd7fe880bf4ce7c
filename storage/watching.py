"""What became of a task: completed (the money settles here, and nowhere later), failed, lost, or later again."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Double, Text, bindparam, func, literal_column, select, text, update

from bot.generation.job import Failure, Job, JobState, Output
from bot.generation.learned import price_key
from bot.generation.pacing import KEPT_SAMPLES, timing_key
from storage.booking import Booking
from storage.creating import cancel_free
from storage.moves import attempt_row, change, lock_as, move
from storage.pricing import add_bill
from storage.rows import Row, job_of, output_text
from storage.statements import PerDialect
from storage.tables import jobs, render_times
from storage.tasks import run_task, waiting_task

#: A task attached longer than this (seconds) after its create says nothing about how long rendering takes.
_LATE = 120.0
_PRUNE_EVERY = 50


def _build_add(insert_: Any) -> Any:
    # With their types: PostgreSQL cannot tell them from a bare SELECT.
    key: Any = bindparam("timing_key", type_=Text)
    seconds, at = (bindparam(name, type_=Double) for name in ("seconds", "at"))
    last = func.coalesce(func.max(render_times.c.number), 0) + 1
    rows = select(key, last, seconds, at).where(render_times.c.timing_key == key)
    adding = insert_(render_times).from_select(["timing_key", "number", "seconds", "at"], rows)
    # A sample lost to another transaction with the same number is no loss.
    return adding.on_conflict_do_nothing().returning(render_times.c.number)


_ADD_TIME = PerDialect(_build_add)
_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('render_times'), hashtext(:of_key))")
_PRUNE = render_times.delete().where(
    render_times.c.timing_key == bindparam("key"), render_times.c.number <= bindparam("last_dropped")
)
_PROGRESS = (
    update(jobs)
    .where(jobs.c.id == bindparam("b_id"), jobs.c.state == literal_column("'running'"))
    .values(progress=bindparam("b_progress"))
)


def completed(
    conn: Connection, job: Job, output: Output | None, bill_micros: int | None, render_seconds: float | None, now: float
) -> Job | None:
    """running -> saving: charge settled, cost booked."""
    row = lock_as(conn, job)
    if row is None:
        return None
    booking = Booking().settle(row, bill_micros, now)
    attempt = attempt_row(conn, row["attempt_id"])
    if attempt is not None:
        booking.cost(row, attempt, bill_micros, now)
        if render_seconds is not None and row["task_created_at"] - attempt["started_at"] <= _LATE:
            add_render_time(conn, _kind(row), render_seconds, now)
    is_erased = row["erased_at"] is not None
    if bill_micros is not None and job.request.reference_video is None and not is_erased:
        key = price_key(row["gateway"], row["model"], row["mode"], audio=row["audio"])
        add_bill(conn, key, bill_micros, row["duration"], now)
    after = move(
        conn,
        row,
        JobState.SAVING,
        now,
        booking,
        due_at=now,
        retries=0,
        bill_micros=bill_micros,
        output=None if is_erased else output_text(output),
        failure_code=None,
        failure_message=None,
    )
    return job_of(after, job)


def fail(
    conn: Connection, job: Job, failure: Failure, now: float, *, state: JobState, possibly_billed: bool
) -> Job | None:
    """-> failed or lost, the charge released. A task of this job that nobody has watched yet is watched instead."""
    row = lock_as(conn, job)
    if row is None:
        return None
    booking = Booking()
    attempt = attempt_row(conn, row["attempt_id"]) if row["state"] == JobState.RUNNING else None
    if attempt is not None:
        booking.note_attempt(attempt["id"], error=failure.message)
        if possibly_billed:
            booking.possible_cost(row, attempt, now, failure.code)
        elif state is JobState.FAILED:
            booking.no_cost(row, attempt, now, "the gateway says the task failed: it is not billed")
        other = waiting_task(conn, row)
        if other is not None:
            return job_of(run_task(conn, row, other, other["task_id"], now, now, booking), job)
    booking.release(row, now, failure.code)
    told = {"failure_code": failure.code, "failure_message": failure.message}
    return job_of(move(conn, row, state, now, booking, **told), job)


def postpone(
    conn: Connection, job: Job, due_at: float, now: float, *, failure: Failure | None, retries: int | None
) -> Job | None:
    """Same state, later. A wish to cancel is honoured where nothing is under way any more."""
    row = lock_as(conn, job)
    if row is None:
        return None
    if row["cancel_wanted_at"] is not None:
        if row["state"] in {JobState.QUEUED, JobState.UPLOADING}:
            return job_of(cancel_free(conn, row, now), job)
        if row["state"] == JobState.DELIVERING:
            return job_of(move(conn, row, JobState.CANCELLED, now), job)
    changes: dict[str, Any] = {"due_at": due_at}
    # Why only a link can be shown must not be forgotten over a failed post.
    if failure is not None and not (row["state"] == JobState.DELIVERING and row["video"] is None):
        changes |= {"failure_code": failure.code, "failure_message": failure.message}
    if retries is not None:
        changes["retries"] = retries
    return job_of(change(conn, row, **changes), job)


def note_progress(conn: Connection, progress: Mapping[str, int]) -> None:
    """Percentages of running jobs; no new version."""
    if progress:
        # Sorted, so that two processes cannot wait for each other.
        conn.execute(_PROGRESS, [{"b_id": key, "b_progress": value} for key, value in sorted(progress.items())])


def add_render_time(conn: Connection, key: str, seconds: float, now: float) -> None:
    """One more finished render of this kind; now and then the oldest are dropped."""
    if conn.dialect.name == "postgresql" and not conn.execute(_TRY_LOCK, {"of_key": key}).scalar_one():
        return  # another transaction adds one at this moment: a sample is not worth waiting for
    row = {"timing_key": key, "seconds": seconds, "at": now}
    number = conn.execute(_ADD_TIME.on(conn), row).scalar_one_or_none()
    if number is not None and number % _PRUNE_EVERY == 0:
        conn.execute(_PRUNE, {"key": key, "last_dropped": number - KEPT_SAMPLES})


def _kind(row: Row) -> str:
    return timing_key(row["gateway"], row["model"], row["mode"], row["duration"])
