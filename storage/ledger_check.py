"""Do ledger, counters, usage sums, jobs and attempts agree? One sentence for each disagreement."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, and_, case, exists, func, or_, select

from bot.generation.job import FINAL, ChargeState, JobState
from storage import counter_check, usage_check
from storage.booking import CHARGE, COST, PARDON, Event, dollars
from storage.statements import fetch_all
from storage.tables import attempts, jobs, ledger


def check(conn: Connection) -> list[str]:
    """Every disagreement, one sentence each; empty when all agree. Changes nothing."""
    return [
        *_charges(conn),
        *_strays(conn),
        *_states(conn),
        *_costs(conn),
        *_attempts(conn),
        *_pardons(conn),
        *counter_check.check(conn),
        *usage_check.check(conn),
    ]


def _count(event: str) -> Any:
    return func.sum(case((ledger.c.event == event, 1), else_=0))


_HELD = ledger.c.event.in_([Event.HOLD, Event.RELEASE])


def _of_hold(column: Any) -> Any:
    return func.sum(case((ledger.c.event == Event.HOLD, column), else_=0))


def _held(column: Any) -> Any:
    return func.sum(case((_HELD, column), else_=0))


def _used(column: Any) -> Any:
    return func.sum(case((_HELD, 0), else_=column))


_net = (
    select(
        ledger.c.job_id,
        _count(Event.HOLD).label("holds"),
        _count(Event.SETTLE).label("settles"),
        _count(Event.RELEASE).label("releases"),
        _count(Event.ADJUST_LATE_SUCCESS).label("lates"),
        _of_hold(ledger.c.videos).label("hold_videos"),
        _of_hold(ledger.c.seconds).label("hold_seconds"),
        _of_hold(ledger.c.usd).label("hold_usd"),
        _held(ledger.c.videos).label("held_videos"),
        _held(ledger.c.seconds).label("held_seconds"),
        _held(ledger.c.usd).label("held_usd"),
        _used(ledger.c.videos).label("used_videos"),
        _used(ledger.c.seconds).label("used_seconds"),
        _used(ledger.c.usd).label("used_usd"),
    )
    .where(ledger.c.account == CHARGE)
    .group_by(ledger.c.job_id)
    .subquery()
)


def _is(kind: str, videos: Any, seconds: Any, usd: Any) -> Any:
    return and_(_net.c[f"{kind}_videos"] == videos, _net.c[f"{kind}_seconds"] == seconds, _net.c[f"{kind}_usd"] == usd)


_CHARGE_AGREES = and_(
    _net.c.holds == 1,
    _net.c.hold_videos == 1,
    _net.c.hold_seconds == jobs.c.duration,
    _net.c.hold_usd == jobs.c.held_micros,
    or_(
        and_(
            jobs.c.charge == ChargeState.HELD.value,
            _net.c.settles + _net.c.releases + _net.c.lates == 0,
            _is("used", 0, 0, 0),
        ),
        and_(
            jobs.c.charge == ChargeState.RELEASED.value,
            _net.c.releases == 1,
            _net.c.settles + _net.c.lates == 0,
            _is("held", 0, 0, 0),
            _is("used", 0, 0, 0),
        ),
        and_(
            jobs.c.charge == ChargeState.SETTLED.value,
            _net.c.settles + _net.c.releases == 1,
            _net.c.releases == _net.c.lates,
            jobs.c.charged_micros.is_not(None),
            or_(_net.c.releases == 0, _is("held", 0, 0, 0)),
            _is("used", 1, jobs.c.duration, jobs.c.charged_micros),
        ),
    ),
)


_WRONG_CHARGES = (
    select(jobs.c.id, jobs.c.charge, jobs.c.held_micros, jobs.c.charged_micros, _net)
    .join_from(jobs, _net, _net.c.job_id == jobs.c.id, isouter=True)
    .where(or_(_net.c.job_id.is_(None), ~_CHARGE_AGREES))
    .order_by(jobs.c.accepted_at, jobs.c.id)
)


def _charges(conn: Connection) -> Iterator[str]:
    for row in fetch_all(conn, _WRONG_CHARGES):
        if row["job_id"] is None:
            yield f"Job {row['id']} has no row in the charge account."
            continue
        job_says = {
            ChargeState.HELD: f"{dollars(row['held_micros'])} are held",
            ChargeState.RELEASED: "the charge was released",
            ChargeState.SETTLED: f"{dollars(row['charged_micros'] or 0)} were used",
        }[ChargeState(row["charge"])]
        events = ", ".join(
            f"{row[column]} x {name}"
            for column, name in (
                ("holds", Event.HOLD),
                ("settles", Event.SETTLE),
                ("releases", Event.RELEASE),
                ("lates", Event.ADJUST_LATE_SUCCESS),
            )
            if row[column]
        )
        sums = ", ".join(
            f"{row[f'{kind}_videos']} videos, {row[f'{kind}_seconds']} s, {dollars(int(row[f'{kind}_usd']))} {kind}"
            for kind in ("held", "used")
        )
        yield f"Job {row['id']} says {job_says}, but its ledger has {events or 'no event'} and sums up to {sums}."


_WRONG_ROWS = (
    select(ledger.c.id, ledger.c.job_id, ledger.c.event, jobs.c.id)
    .join_from(ledger, jobs, jobs.c.id == ledger.c.job_id, isouter=True)
    .where(
        or_(
            jobs.c.id.is_(None),
            jobs.c.user_key != ledger.c.user_key,
            jobs.c.accepted_at != ledger.c.accepted_at,
            ledger.c.account.not_in([CHARGE, COST, PARDON]),
        )
    )
    .order_by(ledger.c.id)
)


def _strays(conn: Connection) -> Iterator[str]:
    """Rows of the ledger that belong to nothing, or whose scopes are not those of their job."""
    for number, job_id, event, is_there in conn.execute(_WRONG_ROWS):
        if is_there is None:
            yield f"Ledger row {number} ({event}) belongs to job {job_id}, which is not there."
        else:
            yield f"Ledger row {number} ({event}) has another account, user or time than its job {job_id}."


_CHARGED = (JobState.SAVING, JobState.DELIVERING, JobState.DELIVERED, JobState.UNDELIVERABLE)
_RELEASED = (JobState.FAILED, JobState.LOST, JobState.DECLINED, JobState.EXPIRED)
_BEFORE = (JobState.AWAITING_APPROVAL, JobState.QUEUED, JobState.UPLOADING)


def _values(states: Any) -> list[str]:
    return [state.value for state in states]


_state, _charge = jobs.c.state, jobs.c.charge
_WRONG_STATES = (
    select(jobs.c.id, _state, _charge, jobs.c.finished_at)
    .where(
        or_(
            and_(_state.in_(_values(_CHARGED)), _charge != ChargeState.SETTLED.value),
            and_(_state.in_(_values(_RELEASED)), _charge != ChargeState.RELEASED.value),
            and_(_state.in_(_values(_BEFORE)), _charge != ChargeState.HELD.value),
            and_(_state == JobState.CANCELLED.value, _charge == ChargeState.HELD.value),
            _state.in_(_values(FINAL)) != jobs.c.finished_at.is_not(None),
        )
    )
    .order_by(jobs.c.accepted_at, jobs.c.id)
)


def _states(conn: Connection) -> Iterator[str]:
    """What a job's state says about its charge."""
    for job_id, state, charge, finished_at in conn.execute(_WRONG_STATES):
        when = "no end" if finished_at is None else "an end"
        yield f"Job {job_id} is {state} with its charge {charge} and {when}; these do not go together."


_booked = (
    select(ledger.c.attempt_id, func.sum(ledger.c.usd).label("usd"))
    .where(ledger.c.account == COST)
    .group_by(ledger.c.attempt_id)
    .subquery()
)
_WRONG_COSTS = (
    select(attempts.c.job_id, attempts.c.number, attempts.c.cost_micros, _booked.c.usd)
    .join_from(attempts, _booked, _booked.c.attempt_id == attempts.c.id, isouter=True)
    .where(
        or_(
            func.coalesce(attempts.c.cost_micros, 0) != func.coalesce(_booked.c.usd, 0),
            attempts.c.cost_micros.is_(None) != _booked.c.usd.is_(None),
        )
    )
    .order_by(attempts.c.job_id, attempts.c.number)
)
_LONE_COSTS = select(ledger.c.id, ledger.c.job_id).where(
    ledger.c.account == COST,
    ~exists().where(attempts.c.id == ledger.c.attempt_id, attempts.c.job_id == ledger.c.job_id),
)


def _costs(conn: Connection) -> Iterator[str]:
    """The cost rows of each attempt against the attempt."""
    for job_id, number, says, usd in conn.execute(_WRONG_COSTS):
        said = "no cost" if says is None else dollars(says)
        summed = "no cost" if usd is None else dollars(int(usd))
        yield f"Attempt {number} of job {job_id} says {said}, but its ledger rows say {summed}."
    for number, job_id in conn.execute(_LONE_COSTS):
        yield f"Ledger row {number} books a cost for an attempt that job {job_id} does not have."


_counted = select(attempts.c.job_id, func.count().label("attempts")).group_by(attempts.c.job_id).subquery()
_current = attempts.alias("current")
_WRONG_ATTEMPTS = (
    select(jobs.c.id, jobs.c.attempts, _counted.c.attempts, jobs.c.task_id, _current.c.task_id, jobs.c.attempt_id)
    .join_from(jobs, _counted, _counted.c.job_id == jobs.c.id, isouter=True)
    .join(_current, and_(_current.c.id == jobs.c.attempt_id, _current.c.job_id == jobs.c.id), isouter=True)
    .where(
        or_(
            jobs.c.attempts != func.coalesce(_counted.c.attempts, 0),
            jobs.c.attempt_id.is_not(None) != _current.c.id.is_not(None),
            and_(jobs.c.task_id.is_not(None), jobs.c.task_id != func.coalesce(_current.c.task_id, "")),
            and_(jobs.c.state == JobState.RUNNING.value, jobs.c.task_id.is_(None)),
            and_(
                jobs.c.charge == ChargeState.SETTLED.value,
                or_(_current.c.cost_micros.is_(None), _current.c.possibly_billed),
            ),
        )
    )
    .order_by(jobs.c.accepted_at, jobs.c.id)
)


def _attempts(conn: Connection) -> Iterator[str]:
    """Jobs against their attempts."""
    for job_id, says, there, task, attempt_task, attempt_id in conn.execute(_WRONG_ATTEMPTS):
        yield (
            f"Job {job_id} says {says} attempts, the last {attempt_id} with task {task}; there are {there or 0}, and "
            f"that one has task {attempt_task} (or no cost although the job completed)."
        )


_pardoned = (
    select(
        ledger.c.job_id,
        func.count().label("rows"),
        func.sum(ledger.c.videos).label("videos"),
        func.sum(ledger.c.seconds).label("seconds"),
        func.sum(ledger.c.usd).label("usd"),
    )
    .where(ledger.c.account == PARDON)
    .group_by(ledger.c.job_id)
    .subquery()
)
_WRONG_PARDONS = (
    select(jobs.c.id, _pardoned.c.usd)
    .join_from(_pardoned, jobs, jobs.c.id == _pardoned.c.job_id)
    .where(
        or_(
            jobs.c.charge != ChargeState.SETTLED.value,
            _pardoned.c.rows != 1,
            _pardoned.c.videos != -1,
            _pardoned.c.seconds != -jobs.c.duration,
            _pardoned.c.usd != -func.coalesce(jobs.c.charged_micros, 0),
        )
    )
    .order_by(jobs.c.accepted_at, jobs.c.id)
)


def _pardons(conn: Connection) -> Iterator[str]:
    """What was forgiven is what the job had used, once."""
    for job_id, usd in conn.execute(_WRONG_PARDONS):
        yield f"Job {job_id} was forgiven {dollars(-int(usd))}, which is not what it used, or more than once."
