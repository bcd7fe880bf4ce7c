"""What an admin gives on top of a limit, for the window in which it is given."""

from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.generation.limits import Limit, Unit, Window, window_key
from bot.generation.ports import Grant
from storage.limiting import check_limit, subject_of
from storage.moves import note
from storage.statements import PerDialect
from storage.tables import grants

_ADD = PerDialect(
    lambda insert_: (made := insert_(grants)).on_conflict_do_update(
        index_elements=[
            grants.c.scope_kind,
            grants.c.scope_id,
            grants.c.unit,
            grants.c.time_window,
            grants.c.window_key,
        ],
        set_={"amount": grants.c.amount + made.excluded.amount},
    )
)


def check_grant(grant: Grant) -> None:
    """Raise ValueError with a sentence for what cannot be granted."""
    if grant.unit is Unit.JOBS or grant.window is Window.NOW:
        raise ValueError("Videos at once cannot be granted; grant videos, seconds or usd by day or month.")
    if grant.amount <= 0:
        raise ValueError("A grant is more than zero; to give less, set the limit itself.")
    check_limit(Limit(grant.scope, grant.unit, grant.window, grant.amount))


def grant(conn: Connection, given: Grant, limits_zone: str, reason: str, by: str, now: float) -> None:
    """Add to what was granted in the window that holds `now`."""
    key = window_key(given.window, now, ZoneInfo(limits_zone))
    row = {
        "scope_kind": given.scope.kind.value,
        "scope_id": given.scope.id,
        "unit": given.unit.value,
        "time_window": given.window.value,
        "window_key": key,
        "amount": given.amount,
    }
    conn.execute(_ADD.on(conn), row)
    why = f": {reason}" if reason else ""
    note(conn, by, "grant", subject_of(given.scope), f"{given.amount} {given.unit} in {key}{why}", now)
