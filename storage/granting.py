"""What an admin gives on top of a limit, until its present window ends."""

from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert

from bot.generation.limits import Limit, Window, window_end
from bot.generation.ports import Grant
from bot.generation.windows import HOUR
from storage import warning
from storage.limiting import check_limit, subject_of
from storage.moves import note
from storage.tables import grants

_ADD = insert(grants)
_KEPT = 40 * 24 * HOUR  # seconds an ended grant stays in the table; the audit trail keeps it


def check_grant(grant: Grant) -> None:
    """Raise ValueError with a sentence for what cannot be granted."""
    if grant.unit.is_of_now or grant.window == Window.NOW:
        raise ValueError("What is counted now cannot be granted; grant videos, seconds or usd by day, month or hours.")
    if grant.amount <= 0:
        raise ValueError("A grant is more than zero; to give less, set the limit itself.")
    check_limit(Limit(grant.scope, grant.unit, grant.window, grant.amount))


def grant(conn: Connection, given: Grant, zone: str, reason: str, by: str, now: float) -> None:
    """Add to what was granted: until the window of the calendar that holds `now` ends, or for the length of a rolling
    one. Of the limit with more room it is warned anew."""
    hours = given.window.hours
    until = now + hours * HOUR if hours is not None else (window_end(given.window, now, ZoneInfo(zone)) or now)
    conn.execute(delete(grants).where(grants.c.until < now - _KEPT))
    row = {
        "scope_kind": given.scope.kind.value,
        "scope_id": given.scope.id,
        "unit": given.unit.value,
        "time_window": given.window.value,
        "amount": given.amount,
        "given_at": now,
        "until": until,
    }
    conn.execute(_ADD, row)
    warning.forget(conn, given.scope, given.unit, given.window)
    why = f": {reason}" if reason else ""
    note(conn, by, "grant", subject_of(given.scope), f"{given.amount} {given.unit} / {given.window}{why}", now)
