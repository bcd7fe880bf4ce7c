"""Reads. Nothing here changes anything."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, literal_column, or_, select

from bot.generation.job import Attempt, Delivery, Job, JobState
from bot.generation.pacing import KEPT_SAMPLES, timing_key
from bot.generation.ports import REFUSED_VIDEO, AuditRow, LedgerRow, Waking
from bot.generation.undecided import DECIDED
from storage import drafting
from storage.rows import attempt_of, delivery_of, job_of, ledger_of
from storage.statements import fetch_all, fetch_one
from storage.tables import attempts, audit, deliveries, frames, jobs, ledger, render_times

_JOB = select(jobs).where(jobs.c.id == bindparam("job_id"))
_ATTEMPTS = select(attempts).where(attempts.c.job_id == bindparam("job_id")).order_by(attempts.c.number)
_DELIVERIES = select(deliveries).where(deliveries.c.job_id == bindparam("job_id"))
_LEDGER = select(ledger).where(ledger.c.job_id == bindparam("job_id")).order_by(ledger.c.id)
_WAKING = (
    select(
        jobs.c.id,
        jobs.c.state,
        jobs.c.user_key,
        jobs.c.gateway,
        jobs.c.accepted_at,
        jobs.c.due_at,
        jobs.c.version,
        jobs.c.model,
        jobs.c.mode,
        jobs.c.duration,
        jobs.c.task_created_at,
    )
    .where(jobs.c.finished_at.is_(None), jobs.c.due_at.is_not(None))
    .order_by(jobs.c.due_at)
)
_OVERDUE = _WAKING.where(jobs.c.due_at <= bindparam("now"))
_IN_USE = (
    select(frames.c.source)
    .join(jobs, jobs.c.id == frames.c.job_id)
    .where(jobs.c.finished_at.is_(None), ~frames.c.source.like("http://%"), ~frames.c.source.like("https://%"))
    .distinct()
)
_UNSEEN = select(jobs.c.id).where(
    or_(jobs.c.finished_at.is_(None), and_(jobs.c.state == "undeliverable", jobs.c.deleted_at.is_(None)))
)
_BY_ID = select(jobs).where(jobs.c.id.in_(bindparam("job_ids", expanding=True)))
# Two halves, so that each is read from its own index of the few open ones, however many jobs are finished.
_OPEN_STATUSES = (
    select(jobs.c.id)
    .where(jobs.c.finished_at.is_(None), jobs.c.platform == bindparam("platform"))
    .union_all(
        select(deliveries.c.job_id)
        .join(jobs, jobs.c.id == deliveries.c.job_id)
        .where(
            deliveries.c.purpose == literal_column("'status'"),
            deliveries.c.closed_at.is_(None),
            jobs.c.finished_at.is_not(None),
            jobs.c.platform == bindparam("platform"),
        )
    )
)
_waiting = jobs.alias("waiting")
_LAST_STARTS = (
    select(jobs.c.user_key, func.max(attempts.c.started_at))
    .join(attempts, attempts.c.job_id == jobs.c.id)
    .where(
        jobs.c.user_key.in_(
            select(_waiting.c.user_key).where(_waiting.c.finished_at.is_(None), _waiting.c.state == "queued")
        )
    )
    .group_by(jobs.c.user_key)
)
_TIMES = select(render_times.c.timing_key, render_times.c.seconds).order_by(
    render_times.c.timing_key, render_times.c.number
)


def job(conn: Connection, job_id: str) -> Job | None:
    """One job."""
    row = fetch_one(conn, _JOB, {"job_id": job_id})
    return None if row is None else job_of(row)


def find_jobs(conn: Connection, prefix: str) -> list[Job]:
    """Jobs whose id starts so, newest first, at most 10."""
    found = select(jobs).where(func.substr(jobs.c.id, 1, len(prefix)) == prefix)
    return _newest(conn, found, 10)


def jobs_of(conn: Connection, states: Collection[JobState] | None, user: str | None, limit: int) -> list[Job]:
    """Jobs, newest first."""
    found = select(jobs)
    if states is not None:
        found = found.where(jobs.c.state.in_([state.value for state in states]))
    if user is not None:
        found = found.where(jobs.c.user_key == user)
    return _newest(conn, found, limit)


def undecided(conn: Connection, place: str | None, limit: int) -> list[Job]:
    """Jobs that wait for an admin's decision, newest first."""
    is_lost = and_(
        jobs.c.state == JobState.LOST.value,
        or_(jobs.c.failure_code.is_(None), jobs.c.failure_code.not_in(sorted(DECIDED))),
    )
    found = select(jobs).where(or_(jobs.c.state == JobState.UNCERTAIN.value, is_lost))
    if place is not None:
        platform, _, workspace = place.partition(":")
        found = found.where(jobs.c.platform == platform, jobs.c.workspace == workspace)
    return _newest(conn, found, limit)


def _newest(conn: Connection, found: Select[Any], limit: int) -> list[Job]:
    rows = fetch_all(conn, found.order_by(jobs.c.accepted_at.desc(), jobs.c.id).limit(limit))
    return [job_of(row) for row in rows]


def jobs_by_id(conn: Connection, job_ids: Collection[str]) -> list[Job]:
    """These jobs; those that there are."""
    return [job_of(row) for row in fetch_all(conn, _BY_ID, {"job_ids": list(job_ids)})]


def open_statuses(conn: Connection, platform: str) -> list[str]:
    """Jobs whose status message may have to be posted or edited."""
    return list(conn.execute(_OPEN_STATUSES, {"platform": platform}).scalars())


def attempts_of(conn: Connection, job_id: str) -> list[Attempt]:
    """The attempts of a job, oldest first."""
    return [attempt_of(row) for row in fetch_all(conn, _ATTEMPTS, {"job_id": job_id})]


def deliveries_of(conn: Connection, job_id: str) -> list[Delivery]:
    """The messages of a job."""
    return [delivery_of(row) for row in fetch_all(conn, _DELIVERIES, {"job_id": job_id})]


def ledger_of_job(conn: Connection, job_id: str) -> list[LedgerRow]:
    """The ledger rows of a job, in the order they were written."""
    return [ledger_of(row) for row in fetch_all(conn, _LEDGER, {"job_id": job_id})]


def unfinished(conn: Connection) -> list[Waking]:
    """Every unfinished job that is due some time, the next first."""
    return [_waking(row) for row in conn.execute(_WAKING)]


def overdue(conn: Connection, now: float) -> list[Waking]:
    """Unfinished jobs whose time has come."""
    return [_waking(row) for row in conn.execute(_OVERDUE, {"now": now})]


def _waking(row: Any) -> Waking:
    job_id, state, user, gateway, accepted_at, due_at, version, model, mode, duration, started_at = row
    key = timing_key(gateway, model, mode, duration)
    return Waking(job_id, JobState(state), user, gateway, accepted_at, due_at, version, key, started_at)


def last_starts(conn: Connection) -> dict[str, float]:
    """user -> newest start, among users with queued jobs."""
    return {user: float(at) for user, at in conn.execute(_LAST_STARTS)}


def render_times_of(conn: Connection) -> dict[str, list[float]]:
    """timing key -> the newest render times, oldest first."""
    times: dict[str, list[float]] = {}
    for key, seconds in conn.execute(_TIMES):
        times.setdefault(key, []).append(seconds)
    return {key: found[-KEPT_SAMPLES:] for key, found in times.items()}


def media_in_use(conn: Connection) -> set[str]:
    """Keys of stored inputs that unfinished jobs and drafts still need, and ids of the jobs whose video nobody has seen
    yet."""
    return {*conn.execute(_IN_USE).scalars(), *conn.execute(_UNSEEN).scalars(), *drafting.sources(conn)}


# ------------------------------------------------------------------------------------------------------ the audit trail


def audit_rows(conn: Connection, subject: str | None, limit: int, refusals: bool) -> list[AuditRow]:
    """What people did, newest first. Requests that were not taken only of a subject, or (`refusals`) they alone."""
    found = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if subject is not None:
        found = found.where(audit.c.subject == subject)
    if refusals:
        found = found.where(audit.c.act == REFUSED_VIDEO)
    elif subject is None:
        found = found.where(audit.c.act != REFUSED_VIDEO)
    return [AuditRow(**row) for row in fetch_all(conn, found)]
