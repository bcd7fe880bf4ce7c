"""A reset: what a user has used is forgiven, by a row of the ledger for each job; nothing is deleted."""

from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, exists, insert, select

from bot.generation.job import ChargeState
from bot.generation.limits import Charge, Scope, ScopeKind, Window, slot_of, window_start
from bot.generation.windows import MOST_HOURS
from storage import counting
from storage.booking import PARDON, Event, entry
from storage.counting import NOTHING
from storage.moves import note
from storage.statements import fetch_all
from storage.tables import jobs, ledger

_BOOK = insert(ledger)
_LONGEST = Window(f"{MOST_HOURS}h")


def reset(conn: Connection, user: str, zone: str, reason: str, by: str, now: float) -> int:
    """Forgive what counts in any window that holds `now`; how many videos that were."""
    mine = Scope(ScopeKind.USER, user)
    counting.lock(conn, (mine,))
    since = min(window_start(window, now, ZoneInfo(zone)) for window in (Window.WEEK, Window.MONTH, _LONGEST))
    was_pardoned = exists().where(and_(ledger.c.job_id == jobs.c.id, ledger.c.account == PARDON))
    found = fetch_all(
        conn,
        select(jobs)
        .where(
            jobs.c.user_key == user,
            jobs.c.accepted_at >= since,
            jobs.c.slot >= slot_of(since),
            jobs.c.charge == ChargeState.SETTLED.value,
            ~was_pardoned,
        )
        .order_by(jobs.c.accepted_at, jobs.c.id),
    )
    usd = 0
    for row in found:
        back = Charge(-1, -row["duration"], -row["charged_micros"])
        usd -= back.usd
        conn.execute(_BOOK, entry(row, PARDON, Event.ADJUST_RESET, back, now, f"reset by {by}"))
        counting.add(conn, (mine,), row["slot"], used=back, held=NOTHING, jobs=0)
    why = f": {reason}" if reason else ""
    note(conn, by, "reset", f"user:{user}", f"was {len(found)} videos and {usd} micro-dollars used; is 0{why}", now)
    return len(found)
