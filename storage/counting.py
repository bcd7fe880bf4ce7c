"""The counters behind the limits: what each scope has used and held in each window.

They are kept for every scope whether it has a limit or not, so that a limit set later counts what was used before. All
changes of one transaction are made in the order of `_places`, so that two transactions cannot wait for each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Connection, and_, bindparam, or_, select, update

from bot.generation.limits import (
    Charge,
    Limit,
    LimitUse,
    Scope,
    ScopeKind,
    Unit,
    Window,
    applying,
    scopes_of,
    window_end,
    window_key,
)
from storage.rows import Row, limit_of
from storage.statements import PerDialect, changed_rows, fetch_all
from storage.tables import counters, grants, limits

NOTHING = Charge(0, 0, 0)
_NO_LIMIT = 2**62
_UNITS = (Unit.VIDEOS, Unit.SECONDS, Unit.USD)


class RaceLostError(Exception):
    """Another transaction took the place between the decision and the write: decide again."""


@dataclass(frozen=True, slots=True)
class Windows:
    """The day ("2026-11-21") and the month ("2026-11") a job was accepted in, in the limits' time zone."""

    day: str
    month: str

    @classmethod
    def at(cls, moment: float, zone: ZoneInfo) -> "Windows":
        """The windows of a moment (epoch seconds)."""
        return cls(window_key(Window.DAY, moment, zone), window_key(Window.MONTH, moment, zone))

    def key(self, window: Window) -> str:
        """The stored name of one of them."""
        return {Window.DAY: self.day, Window.MONTH: self.month, Window.NOW: ""}[window]


def _places(user: str, windows: Windows) -> Iterator[tuple[Scope, Window, dict[str, str]]]:
    """Every counter a job of `user` falls under, in the one order."""
    for scope in scopes_of(user):
        for window in (Window.DAY, Window.MONTH, Window.NOW):
            place = {
                "scope_kind": scope.kind.value,
                "scope_id": scope.id,
                "time_window": window.value,
                "window_key": windows.key(window),
            }
            yield scope, window, place


# ---------------------------------------------------------------------------------------------------- reading

_LIMITS = select(limits).where(
    or_(
        limits.c.scope_kind == "everyone",
        and_(limits.c.scope_kind == "user", limits.c.scope_id.in_([bindparam("user"), "*"])),
    )
)


def _counters_of(kind: str, scope_id: Any) -> Any:
    return select(counters).where(
        counters.c.scope_kind == kind,
        counters.c.scope_id == scope_id,
        or_(
            and_(counters.c.time_window == "day", counters.c.window_key == bindparam("day")),
            and_(counters.c.time_window == "month", counters.c.window_key == bindparam("month")),
            and_(counters.c.time_window == "now", counters.c.window_key == ""),
        ),
    )


_GRANTS = select(grants).where(
    or_(
        and_(grants.c.scope_kind == "everyone", grants.c.scope_id == "*"),
        and_(grants.c.scope_kind == "user", grants.c.scope_id.in_([bindparam("user"), "*"])),
    ),
    or_(
        and_(grants.c.time_window == "day", grants.c.window_key == bindparam("day")),
        and_(grants.c.time_window == "month", grants.c.window_key == bindparam("month")),
    ),
)
_COUNTERS = _counters_of("everyone", "*").union_all(_counters_of("user", bindparam("user")))


def uses_of(conn: Connection, user: str, zone: ZoneInfo, now: float) -> tuple[LimitUse, ...]:
    """Every limit that applies to `user`, with its use and what was granted in the window that holds `now`.

    What was granted to the user counts on top of whichever limit applies to them; what was granted to every user counts
    on top of every user's default only, not on top of a limit of one's own.
    """
    applied: Sequence[Limit] = applying((limit_of(r) for r in fetch_all(conn, _LIMITS, {"user": user})), user)
    if not applied:
        return ()
    windows = Windows.at(now, zone)
    asked = {"user": user, "day": windows.day, "month": windows.month}
    counted: dict[tuple[str, str], Row] = {
        (row["scope_kind"], row["time_window"]): row for row in fetch_all(conn, _COUNTERS, asked)
    }
    granted = fetch_all(conn, _GRANTS, asked)
    return tuple(
        _use(limit, counted.get((limit.scope.kind, limit.window)), _granted(limit, user, granted), zone, now)
        for limit in applied
    )


def _granted(limit: Limit, user: str, rows: Sequence[Row]) -> int:
    bearers = {limit.scope.id, user if limit.scope.kind is ScopeKind.USER else limit.scope.id}
    wanted = (limit.scope.kind, limit.unit, limit.window)
    return sum(
        row["amount"]
        for row in rows
        if row["scope_id"] in bearers and (row["scope_kind"], row["unit"], row["time_window"]) == wanted
    )


def _use(limit: Limit, row: Row | None, granted: int, zone: ZoneInfo, now: float) -> LimitUse:
    used = held = 0
    if row is not None:
        held = row[f"{limit.unit}_held"]
        used = row[f"{limit.unit}_used"] if limit.unit is not Unit.JOBS else 0
    return LimitUse(limit, used, held, window_end(limit.window, now, zone), granted)


# ---------------------------------------------------------------------------------------------------- writing


def _build_take(insert: Any) -> Any:
    taking = insert(counters)
    new = taking.excluded
    old = counters.c
    return taking.on_conflict_do_update(
        index_elements=[old.scope_kind, old.scope_id, old.time_window, old.window_key],
        set_={name: old[name] + new[name] for name in ("videos_held", "seconds_held", "usd_held", "jobs_held")},
        where=and_(
            *(
                old[f"{unit}_used"] + old[f"{unit}_held"] + new[f"{unit}_held"]
                <= bindparam(f"cap_{unit}", type_=BigInteger)
                for unit in _UNITS
            ),
            old.jobs_held + new.jobs_held <= bindparam("cap_jobs", type_=BigInteger),
        ),
    ).values(videos_used=0, seconds_used=0, usd_used=0)


_TAKE = PerDialect(_build_take)


def take(conn: Connection, user: str, windows: Windows, charge: Charge, uses: Sequence[LimitUse]) -> None:
    """Hold `charge` in every counter of `user`, guarded once more by the limits in `uses`, in which it fitted.

    Raises RaceLostError when it does not fit any more; the transaction has to be given up then.
    """
    caps = {(use.limit.scope.kind, use.limit.window, use.limit.unit): use.amount for use in uses}
    rows: list[dict[str, Any]] = []
    for scope, window, place in _places(user, windows):
        amount, jobs = (NOTHING, 1) if window is Window.NOW else (charge, 0)
        rows.append(
            {
                **place,
                "videos_held": amount.videos,
                "seconds_held": amount.seconds,
                "usd_held": amount.usd,
                "jobs_held": jobs,
                **{f"cap_{unit}": caps.get((scope.kind, window, unit), _NO_LIMIT) for unit in Unit},
            }
        )
    if changed_rows(conn, _TAKE.on(conn), rows) != len(rows):
        raise RaceLostError


_COLUMNS = ("videos_used", "videos_held", "seconds_used", "seconds_held", "usd_used", "usd_held", "jobs_held")
_ADD = (
    update(counters)
    .where(
        counters.c.scope_kind == bindparam("b_scope_kind"),
        counters.c.scope_id == bindparam("b_scope_id"),
        counters.c.time_window == bindparam("b_time_window"),
        counters.c.window_key == bindparam("b_window_key"),
    )
    .values({name: counters.c[name] + bindparam(f"d_{name}", type_=BigInteger) for name in _COLUMNS})
)


def add(conn: Connection, user: str, windows: Windows, *, used: Charge, held: Charge, jobs: int) -> None:
    """Add to (or with negative amounts take from) what `user` and everyone have used and held in `windows`, and to the
    jobs at once."""
    if jobs == 0 and used == NOTHING and held == NOTHING:
        return
    rows = []
    for _scope, window, place in _places(user, windows):
        is_now = window is Window.NOW
        if (jobs == 0) if is_now else (used == NOTHING and held == NOTHING):
            continue
        u, h = (NOTHING, NOTHING) if is_now else (used, held)
        rows.append(
            {f"b_{name}": value for name, value in place.items()}
            | {
                "d_videos_used": u.videos,
                "d_videos_held": h.videos,
                "d_seconds_used": u.seconds,
                "d_seconds_held": h.seconds,
                "d_usd_used": u.usd,
                "d_usd_held": h.usd,
                "d_jobs_held": jobs if is_now else 0,
            }
        )
    conn.execute(_ADD, rows)
