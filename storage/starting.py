"""Whose turn it is, where several processes start jobs: decided in one transaction, by one process at a time.

A turn writes the job's entry in the queue in the same transaction; whichever process claims it first takes the job up.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from pgqueuer.adapters.persistence.qb import QueryQueueBuilder
from sqlalchemy import Connection, Text, and_, bindparam, cast, delete, func, literal_column, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from bot.generation.job import AT_GATEWAY, JobState
from bot.generation.pacing import Rate, TokenBucket
from bot.generation.turns import FairQueue
from storage.pausing import paused_for
from storage.queue_schema import LOG_TABLE, SETTINGS, budgets, entries, processes, turns
from storage.tables import jobs

MOST_AT_ONCE = 200  # turns in one transaction
GONE_AFTER = 10.0  # seconds without a sign of life until a process counts as gone
_STARTING = 7_166_320_119
_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
_ENQUEUE = QueryQueueBuilder(SETTINGS).build_enqueue_query("skip")

_FORGET_LOG = text(f"DELETE FROM {LOG_TABLE} WHERE created < now() - interval '10 minutes'")  # noqa: S608 - a constant

_has_entry = (
    select(literal_column("1"))
    .select_from(entries)
    .where(entries.c.dedupe_key == jobs.c.id, cast(entries.c.status, Text).in_(["queued", "picked"]))
    .exists()
)
_queued = and_(jobs.c.finished_at.is_(None), jobs.c.state == JobState.QUEUED.value)
_here = jobs.c.platform.in_(bindparam("platforms", expanding=True))
_place = (
    func.row_number()
    .over(partition_by=[jobs.c.gateway, jobs.c.user_key], order_by=[jobs.c.accepted_at, jobs.c.id])
    .label("place")
)
_line = (
    select(jobs.c.id, jobs.c.gateway, jobs.c.user_key, jobs.c.platform, jobs.c.accepted_at, _place)
    .where(_queued, jobs.c.due_at <= bindparam("now"), _here, ~_has_entry)
    .subquery()
)
_WAITING = select(_line).where(_line.c.place <= bindparam("most")).order_by(_line.c.accepted_at, _line.c.id)
_NEXT_DUE = select(func.min(jobs.c.due_at)).where(_queued, jobs.c.due_at > bindparam("now"), _here)
_BUSY = (
    select(jobs.c.gateway, func.count())
    .where(
        jobs.c.finished_at.is_(None),
        or_(
            jobs.c.state.in_([state.value for state in AT_GATEWAY]),
            and_(jobs.c.state == JobState.QUEUED.value, _has_entry),
        ),
    )
    .group_by(jobs.c.gateway)
)
_ORPHANS = select(jobs.c.id, jobs.c.platform).where(
    jobs.c.finished_at.is_(None),
    jobs.c.due_at.is_not(None),
    jobs.c.state != JobState.QUEUED.value,
    ~_has_entry,
)
_TURNS = select(turns).where(turns.c.user_key.in_(bindparam("users", expanding=True)))
_put_turn = insert(turns)
_PUT_TURN = _put_turn.on_conflict_do_update(
    index_elements=[turns.c.gateway, turns.c.user_key],
    set_={"at": func.greatest(turns.c.at, _put_turn.excluded.at)},
)
_BUDGET = select(budgets).where(budgets.c.gateway == bindparam("gateway"), budgets.c.call == bindparam("of_call"))
_put_budget = insert(budgets)
_PUT_BUDGET = _put_budget.on_conflict_do_update(
    index_elements=[budgets.c.gateway, budgets.c.call],
    set_={name: _put_budget.excluded[name] for name in ("tokens", "at", "closed_until")},
)
_CLOSE = _put_budget.on_conflict_do_update(
    index_elements=[budgets.c.gateway, budgets.c.call],
    set_={"closed_until": func.greatest(budgets.c.closed_until, _put_budget.excluded.closed_until)},
)
_put_process = insert(processes)
_ALIVE = _put_process.on_conflict_do_update(
    index_elements=[processes.c.name], set_={"seen_at": _put_process.excluded.seen_at}
)
_ALL_LINES = select(jobs.c.id, jobs.c.gateway, jobs.c.user_key, jobs.c.accepted_at).where(_queued, ~_has_entry)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one gateway's key allows: its documented rate of creates, how many of those this process heard are left, and
    until when it was told to wait (epoch seconds; 0: it was not)."""

    rate: Rate
    left: float
    closed_until: float


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: the jobs whose turn came, and how many seconds until there may be more to do (at most)."""

    started: tuple[str, ...]
    pause: float


def start_some(
    conn: Connection,
    platforms: Collection[str],
    allowances: Mapping[str, Allowance],
    max_running: int,
    now: float,
    *,
    most_pause: float,
    sweep: bool,
) -> Round:
    """Give turns to the jobs that wait, as far as room and rate go; with `sweep`, jobs under way whose entry was lost
    get one again. Nothing happens while another process is at it, or while an admin's pause is in force."""
    if not conn.execute(_LOCK, {"key": _STARTING}).scalar_one():
        return Round((), most_pause)
    if sweep:
        _enqueue(conn, [(row.id, row.platform) for row in conn.execute(_ORPHANS)])
    if paused_for(conn) is not None:
        return Round((), most_pause)
    asked = {"platforms": list(platforms), "now": now}
    waiting = conn.execute(_WAITING, {**asked, "most": MOST_AT_ONCE}).all()
    next_due = conn.execute(_NEXT_DUE, asked).scalar_one()
    pause = most_pause if next_due is None else min(most_pause, next_due - now)
    if not waiting:
        return Round((), pause)
    platform_of = {row.id: row.platform for row in waiting}
    busy = {str(gateway): int(number) for gateway, number in conn.execute(_BUSY)}
    started: list[str] = []
    for gateway, queue in _queues(conn, waiting).items():
        room = min(max_running - busy.get(gateway, 0), MOST_AT_ONCE - len(started))
        chosen, wait = _take(conn, gateway, queue, room, allowances.get(gateway), now)
        started += chosen
        pause = min(pause, wait)
    _enqueue(conn, [(job_id, platform_of[job_id]) for job_id in started])
    return Round(tuple(started), 0.0 if len(started) >= MOST_AT_ONCE else pause)


def _queues(conn: Connection, rows: Collection[object]) -> dict[str, FairQueue]:
    queues: dict[str, FairQueue] = {}
    users = {row.user_key for row in rows}  # type: ignore[attr-defined]
    had = conn.execute(_TURNS, {"users": list(users)}).all()
    for row in rows:
        gateway = row.gateway  # type: ignore[attr-defined]
        if gateway not in queues:
            queues[gateway] = FairQueue()
            for turn in had:
                if turn.gateway == gateway:
                    queues[gateway].remember_turn(turn.user_key, turn.at)
        queues[gateway].add(row.id, row.user_key, row.accepted_at)  # type: ignore[attr-defined]
    return queues


def _take(
    conn: Connection, gateway: str, queue: FairQueue, room: int, allowance: Allowance | None, now: float
) -> tuple[list[str], float]:
    """The jobs of one gateway whose turn it is, and the seconds until its rate allows the next."""
    bucket = _bucket(conn, gateway, allowance, now) if allowance else None
    chosen: list[str] = []
    wait = math.inf
    while len(queue) and len(chosen) < room:
        wait = bucket.wait(now) if bucket else 0.0
        if wait > 0:
            break
        if bucket:
            bucket.take(now)
        turn = queue.take(now)
        if turn is None:
            break
        chosen.append(turn)
    if chosen:
        had = [{"gateway": gateway, "user_key": user, "at": at} for user, at in sorted(queue.turns().items())]
        conn.execute(_PUT_TURN, had)
    if bucket and allowance and (chosen or allowance.closed_until > now):
        _put_bucket(conn, gateway, bucket, now)
    return chosen, wait if wait > 0 else math.inf


def _bucket(conn: Connection, gateway: str, allowance: Allowance, now: float) -> TokenBucket:
    bucket = TokenBucket(allowance.rate)
    row = conn.execute(_BUDGET, {"gateway": gateway, "of_call": "create"}).one_or_none()
    if row is not None:
        bucket.restore(row.tokens, row.at, row.closed_until)
    bucket.limit(allowance.left, allowance.closed_until, now)
    return bucket


def _put_bucket(conn: Connection, gateway: str, bucket: TokenBucket, now: float) -> None:
    tokens, closed_until = bucket.levels(now)
    row = {"gateway": gateway, "call": "create", "tokens": tokens, "at": now, "closed_until": closed_until}
    conn.execute(_PUT_BUDGET, row)


def _enqueue(conn: Connection, wanted: Collection[tuple[str, str]]) -> None:
    if not wanted:
        return
    number = len(wanted)
    ids, platforms = [job_id for job_id, _ in wanted], [platform for _, platform in wanted]
    driver = conn.connection.dbapi_connection
    payloads = [job_id.encode() for job_id in ids]
    values = ([0] * number, platforms, payloads, [timedelta(0)] * number, ids, ["{}"] * number)
    # pgqueuer's own statement, on this transaction's connection.
    driver.run_async(lambda connection: connection.fetch(_ENQUEUE, *values))  # type: ignore[union-attr]


def pulse(
    conn: Connection, name: str, closed: Mapping[tuple[str, str], float], now: float
) -> tuple[int, dict[tuple[str, str], float]]:
    """A sign of life of the process `name`, with what it was told to wait for: (gateway, call) -> until when.

    Returns how many processes there are, and the same from all of them.
    """
    conn.execute(_ALIVE, {"name": name, "seen_at": now})
    conn.execute(delete(processes).where(processes.c.seen_at < now - GONE_AFTER))
    for (gateway, call), until in sorted(closed.items()):
        conn.execute(_CLOSE, {"gateway": gateway, "call": call, "tokens": 0.0, "at": now, "closed_until": until})
    number = conn.execute(select(func.count()).select_from(processes)).scalar_one()
    shut = conn.execute(select(budgets).where(budgets.c.closed_until > now))
    return number, {(row.gateway, row.call): row.closed_until for row in shut}


def gone(conn: Connection, name: str) -> None:
    """The process `name` ends."""
    conn.execute(delete(processes).where(processes.c.name == name))


def forget_log(conn: Connection) -> None:
    """Drop what pgqueuer writes down about each claim: nobody reads it."""
    conn.execute(_FORGET_LOG)


def lines(conn: Connection) -> dict[str, FairQueue]:
    """gateway -> the jobs that wait there, for saying who is next."""
    return _queues(conn, conn.execute(_ALL_LINES).all())
