"""Limits that are nearly full: each is told once in its window."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, or_, select

from bot.generation.limits import Charge, Limit, LimitUse, Policy, Scope, ScopeKind, Unit, Window
from bot.generation.ports import LimitWarning
from bot.generation.windows import HOUR
from storage.rows import Row
from storage.statements import PerDialect, fetch_all
from storage.tables import jobs, warnings

_KEY = [warnings.c.scope_kind, warnings.c.scope_id, warnings.c.unit, warnings.c.time_window]
_UNTIL = select(warnings.c.until).where(
    *(column == bindparam(name) for column, name in zip(_KEY, ("kind", "id", "unit", "window"), strict=True))
)
_PUT = PerDialect(
    lambda insert_: (made := insert_(warnings)).on_conflict_do_update(
        index_elements=_KEY,
        set_={
            column.name: made.excluded[column.name]
            for column in warnings.c
            if column.name not in {key.name for key in _KEY}
        },
    )
)
_OF_JOB = (
    select(warnings, jobs.c.workspace)
    .join(jobs, jobs.c.id == warnings.c.job_id)
    .where(warnings.c.job_id == bindparam("job_id"))
    .order_by(*_KEY)
)


def note_filled(
    conn: Connection, uses: Sequence[LimitUse], charge: Charge, policy: Policy, job_id: str, now: float
) -> None:
    """Note each limit among `uses` that `charge` fills up to the share that is warned of, unless it was noted in this
    window before. Of what is counted now (jobs at once, cooldowns) nobody is warned."""
    if not policy.warn_at_percent:
        return
    for use in uses:
        limit, counted = use.limit, use.counted
        if limit.unit.is_of_now or counted is None or not limit.amount:
            continue
        after = replace(use, held=use.held + charge.of(limit.unit))
        if after.share() < policy.warn_at_percent:
            continue
        place = {
            "kind": counted.kind.value,
            "id": counted.id,
            "unit": limit.unit.value,
            "window": limit.window.value,
        }
        told_until = conn.execute(_UNTIL, place).scalar_one_or_none()
        if told_until is not None and told_until > now:
            continue
        conn.execute(_PUT.on(conn), _row(after, counted, job_id, now))


def _row(use: LimitUse, counted: Scope, job_id: str, now: float) -> dict[str, Any]:
    limit = use.limit
    hours = limit.window.hours
    until = now + hours * HOUR if hours is not None else (use.frees_at or now)
    return {
        "scope_kind": counted.kind.value,
        "scope_id": counted.id,
        "unit": limit.unit.value,
        "time_window": limit.window.value,
        "limit_kind": limit.scope.kind.value,
        "limit_id": limit.scope.id,
        "limit_amount": limit.amount,
        "amount": use.amount,
        "taken": use.used + use.held,
        "job_id": job_id,
        "at": now,
        "until": until,
    }


def of_job(conn: Connection, job_id: str) -> list[LimitWarning]:
    """The limits that this job filled so far."""
    return [_warning(row) for row in fetch_all(conn, _OF_JOB, {"job_id": job_id})]


def _warning(row: Row) -> LimitWarning:
    window = Window(row["time_window"])
    limit = Limit(Scope(ScopeKind(row["limit_kind"]), row["limit_id"]), Unit(row["unit"]), window, row["limit_amount"])
    return LimitWarning(
        limit,
        Scope(ScopeKind(row["scope_kind"]), row["scope_id"]),
        row["amount"],
        row["taken"],
        row["job_id"],
        row["at"],
        None if window.hours is not None else row["until"],
        row["workspace"],
    )


def forget(conn: Connection, scope: Scope, unit: Unit, window: Window) -> None:
    """The limit was changed, or more was granted: it may be warned of again."""
    same_limit = and_(warnings.c.limit_kind == scope.kind.value, warnings.c.limit_id == scope.id)
    same_counter = and_(warnings.c.scope_kind == scope.kind.value, warnings.c.scope_id == scope.id)
    conn.execute(
        delete(warnings).where(
            or_(same_limit, same_counter), warnings.c.unit == unit.value, warnings.c.time_window == window.value
        )
    )
