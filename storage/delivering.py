"""Saving and delivering. Nothing here touches the money: what was paid for is shown, however often it takes."""

from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from bot.generation.job import Delivery, DeliveryState, Failure, Job, JobState, Purpose, StoredVideo
from bot.generation.ports import NotDecidableError
from storage.moves import lock_as, move
from storage.rows import delivery_of, job_of, video_text
from storage.statements import PerDialect, fetch_all
from storage.tables import deliveries, jobs

_STATE = select(jobs.c.state).where(jobs.c.id == bindparam("job_id")).with_for_update()
_KEY = [deliveries.c.job_id, deliveries.c.purpose]
_SENDING = PerDialect(lambda insert_: insert_(deliveries).on_conflict_do_nothing(index_elements=_KEY))
_SENT = PerDialect(
    lambda insert_: (made := insert_(deliveries)).on_conflict_do_update(
        index_elements=_KEY,
        set_={name: made.excluded[name] for name in ("state", "reference", "updated_at")},
    )
)
_DELIVERY = select(deliveries).where(
    deliveries.c.job_id == bindparam("job_id"), deliveries.c.purpose == bindparam("purpose")
)
_CLOSE = (
    update(deliveries)
    .where(deliveries.c.job_id == bindparam("b_job_id"), deliveries.c.purpose == bindparam("b_purpose"))
    .values(closed_at=bindparam("b_closed_at"), updated_at=bindparam("b_now"))
)


def saved(conn: Connection, job: Job, video: StoredVideo | None, failure: Failure | None, now: float) -> Job | None:
    """saving -> delivering, or -> cancelled (billed, not posted) when that is wished."""
    row = lock_as(conn, job)
    if row is None:
        return None
    told: dict[str, Any] = {
        "video": video_text(video),
        "failure_code": failure.code if failure else None,
        "failure_message": failure.message if failure else None,
        "retries": 0,
    }
    if row["cancel_wanted_at"] is not None:
        return job_of(move(conn, row, JobState.CANCELLED, now, **told), job)
    return job_of(move(conn, row, JobState.DELIVERING, now, due_at=now, **told), job)


def sending(conn: Connection, job_id: str, purpose: Purpose, now: float) -> Delivery | None:
    """Write `sending` unless a row is there already, which is returned."""
    if purpose is Purpose.RESULT:
        state = conn.execute(_STATE, {"job_id": job_id}).scalar_one_or_none()
        if state == JobState.CANCELLED:
            raise NotDecidableError(f"Job {job_id} was cancelled meanwhile: its video is not posted.")
    new = {
        "job_id": job_id,
        "purpose": purpose.value,
        "state": DeliveryState.SENDING.value,
        "reference": None,
        "updated_at": now,
    }
    if conn.execute(_SENDING.on(conn), new).rowcount == 1:
        return None
    [before] = fetch_all(conn, _DELIVERY, {"job_id": job_id, "purpose": purpose.value})
    return delivery_of(before)


def sent(conn: Connection, job_id: str, purpose: Purpose, reference: str, now: float) -> None:
    """The message is there."""
    new = {
        "job_id": job_id,
        "purpose": purpose.value,
        "state": DeliveryState.SENT.value,
        "reference": reference,
        "updated_at": now,
    }
    conn.execute(_SENT.on(conn), new)


def close_delivery(conn: Connection, job_id: str, purpose: Purpose, closed: bool, now: float) -> None:
    """The message shows a final state, or is shown moving again; nothing happens where there is no message."""
    at = now if closed else None
    conn.execute(_CLOSE, {"b_job_id": job_id, "b_purpose": purpose.value, "b_closed_at": at, "b_now": now})


def delivered(conn: Connection, job: Job, reference: str, now: float) -> Job | None:
    """delivering -> delivered."""
    row = lock_as(conn, job)
    if row is None:
        return None
    sent(conn, job.id, Purpose.RESULT, reference, now)
    # With a video in hand, an earlier failure is history; without, it says why only a link was shown.
    told: dict[str, Any] = {} if row["video"] is None else {"failure_code": None, "failure_message": None}
    return job_of(move(conn, row, JobState.DELIVERED, now, **told), job)


def undeliverable(conn: Connection, job: Job, failure: Failure, now: float) -> Job | None:
    """delivering -> undeliverable, or -> cancelled when that is wished."""
    row = lock_as(conn, job)
    if row is None:
        return None
    state = JobState.UNDELIVERABLE if row["cancel_wanted_at"] is None else JobState.CANCELLED
    told: dict[str, Any] = {"failure_code": failure.code, "failure_message": failure.message}
    return job_of(move(conn, row, state, now, **told), job)
