"""From queued to a task at the gateway: uploads, the attempt before the POST, and what became of it."""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, insert, or_, select

from bot.generation.job import Failure, Job, JobState, Outcome
from bot.generation.ports import Uploaded
from storage.booking import Booking
from storage.moves import attempt_row, lock, lock_as, move
from storage.rows import Row, job_of, to_json
from storage.statements import PerDialect
from storage.tables import attempts, jobs, uploads
from storage.tasks import run_task, waiting_task

#: Seconds an upload's link must still be good for, to be used in a create.
UPLOAD_MARGIN = 3600.0
#: Seconds in which a fresh upload is used whatever its link promises: a gateway whose links live shorter than that
#: (or whose clock is wrong) would else be sent the same file for ever.
UPLOAD_FRESH = 300.0

_PUT_UPLOAD = PerDialect(
    lambda insert_: (made := insert_(uploads)).on_conflict_do_update(
        index_elements=[uploads.c.job_id, uploads.c.gateway, uploads.c.source],
        set_={name: made.excluded[name] for name in ("url", "expires_at", "uploaded_at")},
    )
)
_UPLOADS = select(uploads.c.source, uploads.c.url).where(
    uploads.c.job_id == bindparam("job_id"),
    uploads.c.gateway == bindparam("gateway"),
    or_(
        uploads.c.expires_at.is_(None),
        uploads.c.expires_at >= bindparam("good_until"),
        uploads.c.uploaded_at >= bindparam("fresh_since"),
    ),
)
_INSERT_ATTEMPT = insert(attempts)
_LEASE = select(jobs.c.id).where(
    jobs.c.id == bindparam("job_id"), jobs.c.version == bindparam("version"), jobs.c.lease_until > bindparam("now")
)


def note_upload(conn: Connection, job_id: str, source: str, upload: Uploaded, gateway: str, now: float) -> None:
    """A file of this job is at the gateway, under this link."""
    row = {
        "job_id": job_id,
        "gateway": gateway,
        "source": source,
        "url": upload.url,
        "expires_at": upload.expires_at,
        "uploaded_at": now,
    }
    conn.execute(_PUT_UPLOAD.on(conn), row)


def uploads_of(conn: Connection, job_id: str, gateway: str, now: float) -> dict[str, str]:
    """source -> link of the uploads that are still good an hour from `now`, or quite new."""
    asked = {
        "job_id": job_id,
        "gateway": gateway,
        "good_until": now + UPLOAD_MARGIN,
        "fresh_since": now - UPLOAD_FRESH,
    }
    return {str(source): str(url) for source, url in conn.execute(_UPLOADS, asked)}


def begin_upload(conn: Connection, job: Job, now: float) -> Job | None:
    """queued -> uploading, or for free -> cancelled when that is wished."""
    row = lock_as(conn, job)
    if row is None:
        return None
    if row["cancel_wanted_at"] is not None:
        return job_of(cancel_free(conn, row, now), job)
    return job_of(move(conn, row, JobState.UPLOADING, now, due_at=now), job)


def begin_attempt(
    conn: Connection,
    job: Job,
    attempt_id: str,
    body: Mapping[str, object],
    owner: str,
    lease_until: float,
    now: float,
) -> Job | None:
    """-> creating with the attempt and the lease, or for free -> cancelled when that is wished."""
    row = lock_as(conn, job)
    if row is None:
        return None
    if row["cancel_wanted_at"] is not None:
        return job_of(cancel_free(conn, row, now), job)
    number = row["attempts"] + 1
    # Nobody else may look at this job before the lease ends: until then its sender knows best.
    after = move(
        conn,
        row,
        JobState.CREATING,
        now,
        attempt_id=attempt_id,
        attempts=number,
        task_id=None,
        task_created_at=None,
        progress=None,
        lease_owner=owner,
        lease_until=lease_until,
        due_at=lease_until,
        failure_code=None,
        failure_message=None,
    )
    attempt = {
        "id": attempt_id,
        "job_id": job.id,
        "number": number,
        "gateway": row["gateway"],
        "body": to_json(body),
        "started_at": now,
        "outcome": Outcome.SENDING.value,
        "possibly_billed": False,
    }
    conn.execute(_INSERT_ATTEMPT, attempt)
    return job_of(after, job)


def cancel_free(conn: Connection, row: Row, now: float) -> Row:
    """-> cancelled before anything was spent: the charge is released."""
    released = Booking().release(row, now, "cancelled before it was sent to the gateway")
    return move(conn, row, JobState.CANCELLED, now, released)


def holds_lease(conn: Connection, job: Job, now: float) -> bool:
    """True while the row still is this version and the lease has not run out."""
    return conn.execute(_LEASE, {"job_id": job.id, "version": job.version, "now": now}).first() is not None


def not_created(
    conn: Connection, job: Job, attempt_id: str, failure: Failure, retry_at: float | None, now: float
) -> Job | None:
    """The attempt made nothing: back to queued, or failed with the charge released. That is a fact, which counts, too,
    when another process has taken this very attempt for uncertain meanwhile."""
    row = lock(conn, job.id)
    if row is None:
        return None
    is_doubted = row["state"] == JobState.UNCERTAIN and row["attempt_id"] == attempt_id
    if row["version"] != job.version and not is_doubted:
        return None
    booking = Booking().note_attempt(attempt_id, outcome=Outcome.NOT_CREATED.value, ended_at=now, error=failure.message)
    told = {"failure_code": failure.code, "failure_message": failure.message}
    other = waiting_task(conn, row)
    if other is not None:
        # An earlier attempt of this job turned out to run after all: watch that one instead of sending another.
        return job_of(run_task(conn, row, other, other["task_id"], now, now, booking), job)
    if retry_at is None:
        booking.release(row, now, "the gateway did not take it")
        return job_of(move(conn, row, JobState.FAILED, now, booking, **told), job)
    if row["cancel_wanted_at"] is not None:
        booking.release(row, now, "cancelled before the gateway took it")
        return job_of(move(conn, row, JobState.CANCELLED, now, booking), job)
    again = {"due_at": retry_at, "retries": row["retries"] + 1, **told}
    return job_of(move(conn, row, JobState.QUEUED, now, booking, **again), job)


def uncertain(
    conn: Connection, job: Job, attempt_id: str, failure: Failure, decide_by: float, now: float
) -> Job | None:
    """creating -> uncertain: nobody knows whether a task was made; the hold is kept."""
    row = lock_as(conn, job)
    if row is None:
        return None
    booking = Booking().note_attempt(attempt_id, outcome=Outcome.UNCERTAIN.value, ended_at=now, error=failure.message)
    other = waiting_task(conn, row)
    if other is not None:
        unsure = attempt_row(conn, attempt_id)
        if unsure is not None:
            booking.possible_cost(row, unsure, now, "nobody knows whether this second create made a task")
        return job_of(run_task(conn, row, other, other["task_id"], now, now, booking), job)
    told = {"failure_code": failure.code, "failure_message": failure.message}
    return job_of(move(conn, row, JobState.UNCERTAIN, now, booking, due_at=decide_by, **told), job)


def give_up_uncertain(conn: Connection, job: Job, now: float) -> Job | None:
    """uncertain, undecided for 24 h -> lost: charge released, cost booked as possibly billed."""
    row = lock_as(conn, job)
    if row is None:
        return None
    booking = Booking().release(row, now, "undecided for 24 hours")
    attempt = attempt_row(conn, row["attempt_id"])
    if attempt is not None:
        booking.possible_cost(row, attempt, now, "undecided for 24 hours whether the create made a task")
    told = {
        "failure_code": "undecided",
        "failure_message": (
            "For 24 hours nobody could tell whether the gateway made this video. It takes nothing from your limits."
        ),
    }
    return job_of(move(conn, row, JobState.LOST, now, booking, **told), job)
