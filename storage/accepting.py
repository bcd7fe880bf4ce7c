"""Into the house: a raw event stored before it is acknowledged, and a request as a job with its charge held."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, literal_column, select, update

from bot.generation.barring import NotAllowedError
from bot.generation.job import ChargeState, Job, JobState
from bot.generation.limits import Policy, Refusal, fits, scopes_of, slot_of
from bot.generation.ports import Intake, NewJob, PausedError
from storage import counting, gates, usage_sums, warning
from storage.booking import CHARGE, Event, dollars, entry
from storage.pausing import paused_for
from storage.rows import job_of, job_row, to_json
from storage.statements import PerDialect, fetch_all, fetch_one
from storage.tables import frames, intake, jobs, ledger

_BY_INTAKE = select(jobs).where(jobs.c.intake_key == bindparam("intake_key"))
_INSERT_JOB = insert(jobs)
_INSERT_FRAMES = insert(frames)
_INSERT_ENTRY = insert(ledger)
# What an event held may be a token of its platform: nothing of it is kept once it was answered.
_ANSWERED = (
    update(intake)
    .where(intake.c.key == bindparam("b_key"), intake.c.state == literal_column("'received'"))
    .values(state=bindparam("b_state"), payload="{}")
)
_OPEN = (
    select(intake)
    .where(intake.c.platform == bindparam("platform"), intake.c.state == literal_column("'received'"))
    .order_by(intake.c.received_at, intake.c.key)
)
_INTAKE = PerDialect(lambda insert_: insert_(intake).on_conflict_do_nothing(index_elements=[intake.c.key]))
_HAS_INTAKE = select(intake.c.key).where(intake.c.key == bindparam("key"))


def accept(conn: Connection, new: NewJob, policy: Policy, now: float) -> Job | Refusal:
    """Hold the charge in every counter it falls under and write the job, or refuse and write nothing. Raises
    PausedError, NotAllowedError."""
    if new.intake_key is not None:
        before = fetch_one(conn, _BY_INTAKE, {"intake_key": new.intake_key})
        if before is not None:
            _answer(conn, new.intake_key, "accepted")
            return job_of(before)
    pause = paused_for(conn)
    if pause is not None:
        raise PausedError(pause)
    barred = gates.barred(conn, new.requester, new.model, new.mode, policy, now)
    if barred is not None:
        raise NotAllowedError(barred)
    scopes = scopes_of(new.requester, new.model)
    counting.lock(conn, scopes)
    uses = counting.uses_of(conn, new.requester, policy, now, (new.model,), new.charge)
    over = fits(uses, new.charge)
    if over:
        return Refusal(over, new.charge)
    row = _first_row(new, now)
    counting.take(conn, scopes, row["slot"], new.charge, now)
    conn.execute(_INSERT_JOB, row)
    usage_sums.put(conn, row)
    warning.note_filled(conn, uses, new.charge, policy, new.id, now)
    note = f"{dollars(new.held_micros)} held" + (" (an upper estimate)" if new.quote_is_estimate else "")
    conn.execute(_INSERT_ENTRY, entry(row, CHARGE, Event.HOLD, new.charge, now, note))
    inputs = _inputs(new)
    if inputs:
        conn.execute(_INSERT_FRAMES, inputs)
    if new.intake_key is not None:
        _answer(conn, new.intake_key, "accepted")
    return Job(
        **{name: getattr(new, name) for name in _SAME},
        version=1,
        state=JobState(row["state"]),
        charge=ChargeState.HELD,
        accepted_at=now,
        due_at=row["due_at"],
    )


#: What a new job and a job have in common.
_SAME = (
    "id",
    "request",
    "requester",
    "address",
    "gateway",
    "model",
    "dialect",
    "mode",
    "duration",
    "audio",
    "quote_micros",
    "held_micros",
    "quote_is_estimate",
)


def _first_row(new: NewJob, now: float) -> dict[str, Any]:
    state = JobState.AWAITING_APPROVAL if new.needs_approval else JobState.QUEUED
    return {
        **job_row(new),
        "version": 1,
        "state": state.value,
        "charge": ChargeState.HELD.value,
        "accepted_at": now,
        "accepted_day": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d"),
        "slot": slot_of(now),
        "due_at": new.approve_by if new.needs_approval else now,
        "attempts": 0,
        "retries": 0,
    }


def _inputs(new: NewJob) -> list[dict[str, Any]]:
    inputs = [(frame.role.value, frame.source) for frame in new.request.frames]
    if new.request.reference_video is not None:
        inputs.append(("reference_video", new.request.reference_video.source))
    return [
        {"job_id": new.id, "number": number, "role": role, "source": source}
        for number, (role, source) in enumerate(inputs, start=1)
    ]


def has_intake(conn: Connection, key: str) -> bool:
    """True when an event of this key was stored."""
    return conn.execute(_HAS_INTAKE, {"key": key}).first() is not None


def add_intake(conn: Connection, key: str, platform: str, payload: Mapping[str, object], now: float) -> bool:
    """Store a raw event once; False when it is there already."""
    row = {"key": key, "platform": platform, "payload": to_json(payload), "received_at": now, "state": "received"}
    return conn.execute(_INTAKE.on(conn), row).rowcount == 1


def close_intake(conn: Connection, key: str) -> None:
    """The event was answered: its payload is emptied."""
    _answer(conn, key, "closed")


def _answer(conn: Connection, key: str, state: str) -> None:
    conn.execute(_ANSWERED, {"b_key": key, "b_state": state})


def open_intakes(conn: Connection, platform: str) -> list[Intake]:
    """Events of a platform that were not answered, oldest first."""
    return [
        Intake(row["key"], row["platform"], json.loads(row["payload"]), row["received_at"])
        for row in fetch_all(conn, _OPEN, {"platform": platform})
    ]


def job_of_intake(conn: Connection, key: str) -> Job | None:
    """The job that was accepted under this key."""
    row = fetch_one(conn, _BY_INTAKE, {"intake_key": key})
    return None if row is None else job_of(row)
