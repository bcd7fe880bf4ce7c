"""Do ledger, counters, jobs and attempts agree? One sentence for each disagreement."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, and_, case, exists, func, or_, select

from bot.generation.job import FINAL, ChargeState, JobState
from storage.booking import CHARGE, COST, Event, dollars
from storage.statements import fetch_all
from storage.tables import attempts, counters, jobs, ledger


def check(conn: Connection) -> list[str]:
    """Every disagreement, one sentence each; empty when all agree. Changes nothing."""
    return [
        *_charges(conn),
        *_strays(conn),
        *_states(conn),
        *_costs(conn),
        *_attempts(conn),
        *_counters(conn),
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


def _charges(conn: Connection) -> Iterator[str]:
    found = fetch_all(
        conn,
        select(jobs.c.id, jobs.c.charge, jobs.c.held_micros, jobs.c.charged_micros, _net)
        .join_from(jobs, _net, _net.c.job_id == jobs.c.id, isouter=True)
        .where(or_(_net.c.job_id.is_(None), ~_CHARGE_AGREES))
        .order_by(jobs.c.accepted_at, jobs.c.id),
    )
    for row in found:
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


def _strays(conn: Connection) -> Iterator[str]:
    """Rows of the ledger that belong to nothing, or whose scopes are not those of their job."""
    found = conn.execute(
        select(ledger.c.id, ledger.c.job_id, ledger.c.event, jobs.c.id)
        .join_from(ledger, jobs, jobs.c.id == ledger.c.job_id, isouter=True)
        .where(
            or_(
                jobs.c.id.is_(None),
                jobs.c.user_key != ledger.c.user_key,
                jobs.c.accepted_at != ledger.c.accepted_at,
                ledger.c.account.not_in([CHARGE, COST]),
            )
        )
        .order_by(ledger.c.id)
    )
    for number, job_id, event, is_there in found:
        if is_there is None:
            yield f"Ledger row {number} ({event}) belongs to job {job_id}, which is not there."
        else:
            yield f"Ledger row {number} ({event}) has another account, user or time than its job {job_id}."


_CHARGED = (JobState.SAVING, JobState.DELIVERING, JobState.DELIVERED, JobState.UNDELIVERABLE)
_RELEASED = (JobState.FAILED, JobState.LOST, JobState.DECLINED, JobState.EXPIRED)
_BEFORE = (JobState.AWAITING_APPROVAL, JobState.QUEUED, JobState.UPLOADING)


def _values(states: Any) -> list[str]:
    return [state.value for state in states]


def _states(conn: Connection) -> Iterator[str]:
    """What a job's state says about its charge."""
    state, charge = jobs.c.state, jobs.c.charge
    found = conn.execute(
        select(jobs.c.id, state, charge, jobs.c.finished_at)
        .where(
            or_(
                and_(state.in_(_values(_CHARGED)), charge != ChargeState.SETTLED.value),
                and_(state.in_(_values(_RELEASED)), charge != ChargeState.RELEASED.value),
                and_(state.in_(_values(_BEFORE)), charge != ChargeState.HELD.value),
                and_(state == JobState.CANCELLED.value, charge == ChargeState.HELD.value),
                state.in_(_values(FINAL)) != jobs.c.finished_at.is_not(None),
            )
        )
        .order_by(jobs.c.accepted_at, jobs.c.id)
    )
    for job_id, is_state, is_charge, finished_at in found:
        when = "no end" if finished_at is None else "an end"
        yield f"Job {job_id} is {is_state} with its charge {is_charge} and {when}; these do not go together."


def _costs(conn: Connection) -> Iterator[str]:
    """The cost rows of each attempt against the attempt."""
    booked = (
        select(ledger.c.attempt_id, func.sum(ledger.c.usd).label("usd"))
        .where(ledger.c.account == COST)
        .group_by(ledger.c.attempt_id)
        .subquery()
    )
    found = conn.execute(
        select(attempts.c.job_id, attempts.c.number, attempts.c.cost_micros, booked.c.usd)
        .join_from(attempts, booked, booked.c.attempt_id == attempts.c.id, isouter=True)
        .where(
            or_(
                func.coalesce(attempts.c.cost_micros, 0) != func.coalesce(booked.c.usd, 0),
                attempts.c.cost_micros.is_(None) != booked.c.usd.is_(None),
            )
        )
        .order_by(attempts.c.job_id, attempts.c.number)
    )
    for job_id, number, says, usd in found:
        said = "no cost" if says is None else dollars(says)
        summed = "no cost" if usd is None else dollars(int(usd))
        yield f"Attempt {number} of job {job_id} says {said}, but its ledger rows say {summed}."
    lone = conn.execute(
        select(ledger.c.id, ledger.c.job_id).where(
            ledger.c.account == COST,
            ~exists().where(attempts.c.id == ledger.c.attempt_id, attempts.c.job_id == ledger.c.job_id),
        )
    )
    for number, job_id in lone:
        yield f"Ledger row {number} books a cost for an attempt that job {job_id} does not have."


def _attempts(conn: Connection) -> Iterator[str]:
    """Jobs against their attempts."""
    counted = select(attempts.c.job_id, func.count().label("attempts")).group_by(attempts.c.job_id).subquery()
    current = attempts.alias("current")
    found = conn.execute(
        select(jobs.c.id, jobs.c.attempts, counted.c.attempts, jobs.c.task_id, current.c.task_id, jobs.c.attempt_id)
        .join_from(jobs, counted, counted.c.job_id == jobs.c.id, isouter=True)
        .join(current, and_(current.c.id == jobs.c.attempt_id, current.c.job_id == jobs.c.id), isouter=True)
        .where(
            or_(
                jobs.c.attempts != func.coalesce(counted.c.attempts, 0),
                jobs.c.attempt_id.is_not(None) != current.c.id.is_not(None),
                and_(jobs.c.task_id.is_not(None), jobs.c.task_id != func.coalesce(current.c.task_id, "")),
                and_(jobs.c.state == JobState.RUNNING.value, jobs.c.task_id.is_(None)),
                and_(
                    jobs.c.charge == ChargeState.SETTLED.value,
                    or_(current.c.cost_micros.is_(None), current.c.possibly_billed),
                ),
            )
        )
        .order_by(jobs.c.accepted_at, jobs.c.id)
    )
    for job_id, says, there, task, attempt_task, attempt_id in found:
        yield (
            f"Job {job_id} says {says} attempts, the last {attempt_id} with task {task}; there are {there or 0}, and "
            f"that one has task {attempt_task} (or no cost although the job completed)."
        )


_UNITS = ("videos", "seconds", "usd")
_Place = tuple[str, str, str, str]


def _counters(conn: Connection) -> Iterator[str]:
    """The counters against the ledger's charge rows, each job's sum counted as held or used as its charge says."""
    expected: dict[_Place, list[int]] = {}
    for window, key in (("day", jobs.c.limit_day), ("month", jobs.c.limit_month)):
        for kind, scope in (("everyone", None), ("user", jobs.c.user_key)):
            _add_expected(conn, expected, kind, scope, window, key)
    unfinished = jobs.c.finished_at.is_(None)
    for user, number in conn.execute(
        select(jobs.c.user_key, func.sum(case((unfinished, 1), else_=0))).group_by(jobs.c.user_key)
    ):
        expected[("user", user, "now", "")] = [0] * 6 + [int(number)]
        everyone = expected.setdefault(("everyone", "*", "now", ""), [0] * 7)
        everyone[6] += int(number)
    counted: dict[_Place, list[int]] = {
        (row.scope_kind, row.scope_id, row.time_window, row.window_key): [
            row.videos_used,
            row.videos_held,
            row.seconds_used,
            row.seconds_held,
            row.usd_used,
            row.usd_held,
            row.jobs_held,
        ]
        for row in conn.execute(select(counters))
    }
    for place in sorted(expected.keys() | counted.keys()):
        want, have = expected.get(place, [0] * 7), counted.get(place, [0] * 7)
        if want != have:
            yield (
                f"The counter of {' '.join(place)}".rstrip()
                + f" says {_say(have)}; the ledger and the jobs say {_say(want)}."
            )


def _add_expected(
    conn: Connection, expected: dict[_Place, list[int]], kind: str, scope: Any, window: str, key: Any
) -> None:
    groups = [key] if scope is None else [key, scope]
    sums = [
        func.sum(case((and_(jobs.c.charge == charge.value, events), ledger.c[unit]), else_=0))
        for unit in _UNITS
        for charge, events in ((ChargeState.SETTLED, ~_HELD), (ChargeState.HELD, _HELD))
    ]
    rows = conn.execute(
        select(*groups, *sums)
        .join_from(ledger, jobs, jobs.c.id == ledger.c.job_id)
        .where(ledger.c.account == CHARGE)
        .group_by(*groups)
    )
    for row in rows:
        place = (kind, "*" if scope is None else row[1], window, row[0])
        expected[place] = [int(value) for value in row[len(groups) :]] + [0]


def _say(values: list[int]) -> str:
    videos_used, videos_held, seconds_used, seconds_held, usd_used, usd_held, jobs_held = values
    return (
        f"{videos_used}+{videos_held} videos, {seconds_used}+{seconds_held} s, {dollars(usd_used)}+{dollars(usd_held)} "
        f"used+held, {jobs_held} jobs"
    )
