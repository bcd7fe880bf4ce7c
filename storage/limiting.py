"""The limits themselves: reading, setting, and those of a fresh install."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window, limit_order
from storage import warning
from storage.moves import note
from storage.rows import limit_of
from storage.statements import PerDialect, fetch_all
from storage.tables import limits, settings

_PUT = PerDialect(
    lambda insert_: (made := insert_(limits)).on_conflict_do_update(
        index_elements=[limits.c.scope_kind, limits.c.scope_id, limits.c.unit, limits.c.time_window],
        set_={"amount": made.excluded.amount},
    )
)
#: Written once somebody decided about limits: from then on a fresh install's limits are not put in again.
_DECIDED = {"name": "limits_decided", "value": "yes"}
_DECIDE = PerDialect(lambda insert_: insert_(settings).on_conflict_do_nothing(index_elements=[settings.c.name]))


def _row(limit: Limit) -> dict[str, Any]:
    return {
        "scope_kind": limit.scope.kind.value,
        "scope_id": limit.scope.id,
        "unit": limit.unit.value,
        "time_window": limit.window.value,
        "amount": limit.amount,
    }


def check_limit(limit: Limit) -> None:
    """Raise ValueError with a sentence for a limit that cannot be counted."""
    if limit.unit.is_of_now != (limit.window == Window.NOW):
        raise ValueError(
            "Jobs at once and cooldowns have no time to count in (`now`); videos, seconds and usd are counted by hour, "
            "day, week, month, or the last hours such as 24h."
        )
    if limit.amount < 0:
        raise ValueError("A limit cannot be below zero.")
    if not limit.scope.id or limit.scope.id != limit.scope.id.strip():
        raise ValueError("A limit needs to say whose it is.")
    if limit.scope.kind is ScopeKind.EVERYONE and limit.scope.id != "*":
        raise ValueError("The scope of everyone has the id *.")
    if limit.scope.kind is ScopeKind.ROLE and limit.scope.id == "*":
        raise ValueError("A limit of every role is a limit of every user: set that one instead.")


def all_limits(conn: Connection) -> list[Limit]:
    """Every limit, in the order of scope, window, unit."""
    rows = fetch_all(conn, select(limits))
    return sorted((limit_of(row) for row in rows), key=limit_order)


_AMOUNT = select(limits.c.amount).where(
    limits.c.scope_kind == bindparam("kind"),
    limits.c.scope_id == bindparam("id"),
    limits.c.unit == bindparam("unit"),
    limits.c.time_window == bindparam("window"),
)


def _amount(conn: Connection, scope: Scope, unit: Unit, window: Window) -> int | None:
    same = {"kind": scope.kind.value, "id": scope.id, "unit": unit.value, "window": window.value}
    return conn.execute(_AMOUNT, same).scalar_one_or_none()


def set_limit(conn: Connection, limit: Limit, by: str, now: float) -> None:
    """Set or replace a limit."""
    before = _amount(conn, limit.scope, limit.unit, limit.window)
    conn.execute(_DECIDE.on(conn), _DECIDED)
    conn.execute(_PUT.on(conn), _row(limit))
    warning.forget(conn, limit.scope, limit.unit, limit.window)
    what = f"{limit.unit} / {limit.window}"
    note(conn, by, "set limit", subject_of(limit.scope), f"{what}: was {_said(before)}; is {limit.amount}", now)


def clear_limit(conn: Connection, scope: Scope, unit: Unit, window: Window, by: str, now: float) -> bool:
    """Take a limit away; False when there was none."""
    before = _amount(conn, scope, unit, window)
    gone = conn.execute(
        delete(limits).where(
            limits.c.scope_kind == scope.kind.value,
            limits.c.scope_id == scope.id,
            limits.c.unit == unit.value,
            limits.c.time_window == window.value,
        )
    )
    if gone.rowcount == 0:
        return False
    conn.execute(_DECIDE.on(conn), _DECIDED)
    warning.forget(conn, scope, unit, window)
    note(conn, by, "clear limit", subject_of(scope), f"{unit} / {window}: was {_said(before)}; is no limit", now)
    return True


def _said(amount: int | None) -> str:
    return "no limit" if amount is None else str(amount)


def seed_limits(conn: Connection, wanted: Iterable[Limit], now: float) -> bool:
    """Put the limits of a fresh install in place of the built-in ones, unless limits were decided upon before."""
    if conn.execute(_DECIDE.on(conn), _DECIDED).rowcount == 0:
        return False
    conn.execute(delete(limits))
    for limit in wanted:
        conn.execute(_PUT.on(conn), _row(limit))
    note(conn, "videobot", "first limits", "everyone", "from the settings", now)
    return True


def subject_of(scope: Scope) -> str:
    """A scope as the audit trail names it."""
    return f"{scope.kind}:{scope.id}"
