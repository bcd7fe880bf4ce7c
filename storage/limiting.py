"""The limits themselves: reading, setting, and those of a fresh install."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, delete, select

from bot.generation.limits import Limit, Scope, ScopeKind, Unit, Window
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
    if (limit.unit is Unit.JOBS) != (limit.window is Window.NOW):
        raise ValueError("Jobs are limited at once (`now`); videos, seconds and usd by day or month.")
    if limit.amount < 0:
        raise ValueError("A limit cannot be below zero.")
    if limit.scope.kind is ScopeKind.EVERYONE and limit.scope.id != "*":
        raise ValueError("The scope of everyone has the id *.")


def all_limits(conn: Connection) -> list[Limit]:
    """Every limit, in the order of scope, window, unit."""
    rows = fetch_all(conn, select(limits))
    return sorted((limit_of(row) for row in rows), key=lambda x: (x.scope, x.window, x.unit))


def set_limit(conn: Connection, limit: Limit, by: str, now: float) -> None:
    """Set or replace a limit."""
    conn.execute(_DECIDE.on(conn), _DECIDED)
    conn.execute(_PUT.on(conn), _row(limit))
    note(conn, by, "set limit", subject_of(limit.scope), f"{limit.amount} {limit.unit} / {limit.window}", now)


def clear_limit(conn: Connection, scope: Scope, unit: Unit, window: Window, by: str, now: float) -> bool:
    """Take a limit away; False when there was none."""
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
    note(conn, by, "clear limit", subject_of(scope), f"{unit} / {window}", now)
    return True


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
