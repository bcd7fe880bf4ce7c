"""Changing the row of a job: locked, fenced by its version, money and counters in the same transaction."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from bot.generation.job import Job, JobState, Purpose, require_move
from storage import counting, usage_sums
from storage.booking import Booking
from storage.counting import RaceLostError
from storage.rows import Row
from storage.statements import fetch_one
from storage.tables import attempts, audit, deliveries, jobs, ledger

# FOR UPDATE is left out on SQLite, where a write transaction is alone anyway.
_LOCK = select(jobs).where(jobs.c.id == bindparam("job_id")).with_for_update()
_WRITE = update(jobs).where(jobs.c.id == bindparam("b_id"), jobs.c.version == bindparam("b_version"))
_ATTEMPT = select(attempts).where(attempts.c.id == bindparam("attempt_id"))
_WRITE_ATTEMPT = update(attempts).where(attempts.c.id == bindparam("b_id"))
_BOOK = insert(ledger)
_AUDIT = insert(audit)
_REOPEN = (
    update(deliveries)
    .where(deliveries.c.job_id == bindparam("b_job_id"), deliveries.c.purpose == Purpose.STATUS.value)
    .values(closed_at=None)
)


def lock(conn: Connection, job_id: str) -> Row | None:
    """The row of a job, locked until the transaction ends; None when there is none."""
    return fetch_one(conn, _LOCK, {"job_id": job_id})


def lock_as(conn: Connection, job: Job) -> Row | None:
    """The row of a job if it still is the version the caller decided upon; else None."""
    row = lock(conn, job.id)
    return row if row is not None and row["version"] == job.version else None


def attempt_row(conn: Connection, attempt_id: str | None) -> Row | None:
    """The row of an attempt; None when there is none."""
    if attempt_id is None:
        return None
    return fetch_one(conn, _ATTEMPT, {"attempt_id": attempt_id})


def change(conn: Connection, row: Row, **changes: Any) -> Row:
    """Write columns of a locked job as its next version; returns the new row."""
    changes["version"] = row["version"] + 1
    done = conn.execute(_WRITE, {"b_id": row["id"], "b_version": row["version"], **changes})
    if done.rowcount != 1:
        raise RaceLostError
    after = {**row, **changes}
    usage_sums.change(conn, row, after)
    return after


def move(
    conn: Connection,
    row: Row,
    state: JobState,
    now: float,
    booking: Booking | None = None,
    **changes: Any,
) -> Row:
    """Move a locked job to another state, with what that does to its money; returns the new row.

    Raises IllegalMoveError when the job machine has no such move.
    """
    require_move(JobState(row["state"]), state)
    return enter(conn, row, state, now, booking, **changes)


def enter(
    conn: Connection,
    row: Row,
    state: JobState,
    now: float,
    booking: Booking | None = None,
    **changes: Any,
) -> Row:
    """`move` without its check, for a task id that turns up late: a fact asks nobody whether it may happen."""
    booking = booking or Booking()
    changes = {"state": state.value, "lease_owner": None, "lease_until": None} | changes
    was_final = row["finished_at"] is not None
    if state.is_final:
        changes |= {"due_at": None, "finished_at": now}
    elif was_final:
        changes |= {"finished_at": None, "deleted_at": None}
    if was_final or state.is_final:
        reopen_status(conn, row["id"])
    book(conn, row, booking, jobs_at_once=int(was_final) - int(state.is_final))
    return change(conn, row, **booking.job_changes, **changes)


def book(conn: Connection, row: Row, booking: Booking, *, jobs_at_once: int = 0) -> None:
    """Write the ledger rows, attempts and counters of a booking. Its `job_changes` are the caller's to write."""
    if booking.entries:
        conn.execute(_BOOK, booking.entries)
    costs = _costs_after(conn, booking)
    for attempt_id, changes in booking.attempt_changes.items():
        write_attempt(conn, attempt_id, **changes)
    scopes = counting.scopes_of_row(row)
    counting.add(conn, scopes, row["slot"], used=booking.used, held=booking.held, jobs=jobs_at_once)
    usage_sums.add(conn, row, costs)


def _costs_after(conn: Connection, booking: Booking) -> dict[str, int]:
    """By how much the booking changes what the attempts cost, and may have cost."""
    more = dict.fromkeys(usage_sums.OF_ATTEMPTS, 0)
    for attempt_id, changes in booking.attempt_changes.items():
        if changes.keys() & {"cost_micros", "possibly_billed"}:
            before = attempt_row(conn, attempt_id)
            if before is not None:
                old, new = usage_sums.cost_of(before), usage_sums.cost_of({**before, **changes})
                more = {name: more[name] + new[name] - old[name] for name in more}
    return more


def reopen_status(conn: Connection, job_id: str) -> None:
    """The job's status message, if there is one, does not show any more what became of it."""
    conn.execute(_REOPEN, {"b_job_id": job_id})


def write_attempt(conn: Connection, attempt_id: str, **changes: Any) -> None:
    """Write columns of an attempt."""
    conn.execute(_WRITE_ATTEMPT, {"b_id": attempt_id, **changes})


def note(conn: Connection, who: str, act: str, subject: str, detail: str, now: float) -> None:
    """One row of the audit trail."""
    values: Mapping[str, object] = {"at": now, "who": who, "act": act, "subject": subject, "detail": detail}
    conn.execute(_AUDIT, values)
