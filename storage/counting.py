"""The counters behind the limits: what each scope has used and held, by the quarter hour and the day (of UTC) of
acceptance, and what it holds now.

They are kept for every scope whether it has a limit or not, so that a limit set later counts what was used before. All
changes of one transaction are made in one order (the rows of now, quarters, days; everyone first), so that two
transactions cannot wait for each other. Who accepts locks the rows of now first and decides then.
"""

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Connection, bindparam, case, func, literal, select, union_all, update

from bot.generation.job import Requester
from bot.generation.limits import (
    Charge,
    Limit,
    LimitUse,
    Policy,
    Scope,
    ScopeKind,
    Unit,
    Window,
    applying,
    leaves_at,
    place_of,
    roles_of,
    scopes_of,
    seconds_left,
    slots_of,
    window_end,
)
from storage import fingerprints, usage_sums
from storage.rows import Row, limit_of
from storage.statements import PerDialect, fetch_all
from storage.tables import counters, grants, limits, zones

NOTHING = Charge(0, 0, 0)
NOW, QUARTER, DAY = 0, 1, 96  # spans of a row, in quarter hours
_UNITS = (Unit.VIDEOS, Unit.SECONDS, Unit.USD)
_COLUMNS = ("videos_used", "videos_held", "seconds_used", "seconds_held", "usd_used", "usd_held", "jobs_held")


class RaceLostError(Exception):
    """Another transaction took the place between the decision and the write: decide again."""


def scopes_of_row(row: Row) -> tuple[Scope, ...]:
    """The scopes a job takes from, by its row."""
    requester = Requester(row["platform"], row["user_id"], row["workspace"], row["channel"])
    # The key of the row counts: a user who was forgotten has another one than their platform gave.
    return tuple(
        Scope(scope.kind, row["user_key"]) if scope.kind is ScopeKind.USER else scope
        for scope in scopes_of(requester, row["model"])
    )


# ---------------------------------------------------------------------------------------------------- reading

_KINDS = [kind.value for kind in ScopeKind]
_LIMITS = select(limits).where(limits.c.scope_kind.in_(_KINDS), limits.c.scope_id.in_(bindparam("ids", expanding=True)))
_ZONE = select(zones.c.zone).where(zones.c.workspace == bindparam("workspace"))
_HERE = (counters.c.scope_kind == bindparam("kind"), counters.c.scope_id == bindparam("id"))
_AMOUNTS = tuple(f"{unit}_{what}" for unit in _UNITS for what in ("used", "held"))


def _rows(number: int, span: int, name: str) -> Any:
    return select(*(counters.c[amount] for amount in _AMOUNTS)).where(
        counters.c.scope_kind == bindparam(f"kind_{number}"),
        counters.c.scope_id == bindparam(f"id_{number}"),
        counters.c.span == span,
        counters.c.slot >= bindparam(f"{name}_first_{number}"),
        counters.c.slot < bindparam(f"{name}_end_{number}"),
    )


@functools.cache
def _sums_of(ranges: int) -> Any:
    """One statement for so many ranges of quarter hours, each as the whole days in it and what is left before and
    after them: one after another they would take most of the time of an acceptance."""
    parts = []
    for number in range(ranges):
        spans = ((QUARTER, "before"), (DAY, "days"), (QUARTER, "after"))
        rows = union_all(*(_rows(number, span, name) for span, name in spans)).subquery()
        parts.append(select(literal(number), *(func.coalesce(func.sum(rows.c[amount]), 0) for amount in _AMOUNTS)))
    return union_all(*parts)


_NOW = select(counters.c.scope_kind, counters.c.scope_id, counters.c.jobs_held, counters.c.last_at).where(
    counters.c.scope_kind.in_(_KINDS),
    counters.c.scope_id.in_(bindparam("ids", expanding=True)),
    counters.c.span == NOW,
)
_SLOTS = (
    select(counters.c.slot, *(func.sum(counters.c[f"{unit}_used"] + counters.c[f"{unit}_held"]) for unit in _UNITS))
    .where(
        counters.c.scope_kind == bindparam("kind"),
        counters.c.scope_id.in_(bindparam("ids", expanding=True)),
        counters.c.span == QUARTER,
        counters.c.slot >= bindparam("first"),
    )
    .group_by(counters.c.slot)
    .order_by(counters.c.slot)
)
_GRANTS = select(grants).where(
    grants.c.scope_kind.in_(_KINDS),
    grants.c.scope_id.in_(bindparam("ids", expanding=True)),
    grants.c.until > bindparam("now"),
)
_LAST_SLOT = DAY * 2**40


def zone_of(conn: Connection, requester: Requester, policy: Policy) -> ZoneInfo:
    """The time zone of the requester's workspace: its own, or the operator's."""
    place = place_of(requester.platform, requester.workspace)
    own = conn.execute(_ZONE, {"workspace": place}).scalar_one_or_none() if place else None
    return ZoneInfo(own or policy.zone)


def uses_of(
    conn: Connection,
    requester: Requester,
    policy: Policy,
    now: float,
    models: Collection[str] = (),
    charge: Charge | None = None,
) -> tuple[LimitUse, ...]:
    """Every limit that applies to `requester`, with its use and what was granted in the window that holds `now`.

    What was granted to the user counts on top of whichever limit applies to them; what was granted to every user counts
    on top of every user's default only, not on top of a limit of one's own. The windows of everyone and of models are
    those of the operator's time zone, all others those of the workspace.
    """
    ids = {"*", *models, *(scope.id for scope in (*scopes_of(requester), *roles_of(requester)))}
    there = [limit_of(row) for row in fetch_all(conn, _LIMITS, {"ids": sorted(ids)})]
    applied = applying(there, requester, models, policy.role_limits)
    if not applied:
        return ()
    here, global_zone = zone_of(conn, requester, policy), ZoneInfo(policy.zone)
    granted = fetch_all(conn, _GRANTS, {"now": now, "ids": sorted(ids)})
    found = [
        (limit, scope, global_zone if scope.kind in (ScopeKind.EVERYONE, ScopeKind.MODEL) else here)
        for limit, scope in applied
    ]
    strangers = [Scope(ScopeKind.USER, key) for key in fingerprints.before(conn, requester.key, now)]
    reader = _Reader(conn, now, found, {Scope(ScopeKind.USER, requester.key): strangers})
    return tuple(
        reader.use(limit, scope, _granted(limit, scope, granted), zone, charge) for limit, scope, zone in found
    )


def _granted(limit: Limit, counted: Scope, rows: Iterable[Row]) -> int:
    bearers = {(limit.scope.kind.value, limit.scope.id), (counted.kind.value, counted.id)}
    wanted = (limit.unit.value, limit.window.value)
    return sum(
        row["amount"]
        for row in rows
        if (row["scope_kind"], row["scope_id"]) in bearers and (row["unit"], row["time_window"]) == wanted
    )


class _Reader:
    """Reads all counters of some limits at once. `also`: what counts together with a scope."""

    def __init__(
        self,
        conn: Connection,
        now: float,
        found: Sequence[tuple[Limit, Scope, ZoneInfo]],
        also: Mapping[Scope, Sequence[Scope]],
    ) -> None:
        self._conn, self._now, self._also = conn, now, also
        self._slots: dict[tuple[Window, ZoneInfo], tuple[int, int | None]] = {}
        asked = [
            (each, *self._range(limit.window, zone))
            for limit, scope, zone in found
            if not limit.unit.is_of_now
            for each in self._together(scope)
        ]
        self._sums = _sums(conn, list(dict.fromkeys(asked)))
        of_now = sorted(
            {each.id for limit, scope, _ in found if limit.unit.is_of_now for each in self._together(scope)}
        )
        self._nows: dict[tuple[str, str], tuple[int, float]] = {}
        if of_now:
            self._nows = {(row[0], row[1]): (row[2], row[3]) for row in conn.execute(_NOW, {"ids": of_now})}

    def _together(self, scope: Scope) -> tuple[Scope, ...]:
        return (scope, *self._also.get(scope, ()))

    def _range(self, window: Window, zone: ZoneInfo) -> tuple[int, int | None]:
        key = (window, zone)
        if key not in self._slots:
            self._slots[key] = slots_of(window, self._now, zone)
        return self._slots[key]

    def use(self, limit: Limit, scope: Scope, granted: int, zone: ZoneInfo, charge: Charge | None) -> LimitUse:
        if limit.unit.is_of_now:
            there = [x for one in self._together(scope) if (x := self._nows.get((one.kind.value, one.id))) is not None]
            jobs, last_at = sum(row[0] for row in there), max((row[1] for row in there), default=None)
            if limit.unit is Unit.JOBS:
                return LimitUse(limit, 0, jobs, None, granted, scope)
            left = seconds_left(last_at, limit.amount, self._now)
            return LimitUse(limit, left, 0, self._now + left if left else None, granted, scope)
        first, end = self._range(limit.window, zone)
        sums = [
            sum(amounts) for amounts in zip(*(self._sums[x, first, end] for x in self._together(scope)), strict=True)
        ]
        at = _UNITS.index(limit.unit) * 2
        frees_at = None if end is None else window_end(limit.window, self._now, zone)
        use = LimitUse(limit, sums[at], sums[at + 1], frees_at, granted, scope)
        return use if end is not None else replace(use, frees_at=self._frees(use, scope, first, charge))

    def _frees(self, use: LimitUse, scope: Scope, first: int, charge: Charge | None) -> float | None:
        """When enough has left a rolling window for `charge`; without one, when something leaves it."""
        taken = use.used + use.held
        if not taken or (charge is not None and use.takes(charge)):
            return None
        wanted = taken - 1 if charge is None else use.amount - charge.of(use.limit.unit)
        column = _UNITS.index(use.limit.unit) + 1
        ids = [one.id for one in self._together(scope)]
        asked = {"kind": scope.kind.value, "ids": ids, "first": first}
        for row in self._conn.execute(_SLOTS, asked):
            taken -= int(row[column])
            if taken <= wanted:
                return leaves_at(use.limit.window, row[0])
        return None


_Range = tuple[Scope, int, int | None]  # slots [first, end) of a counter


def _sums(conn: Connection, ranges: Sequence[_Range]) -> dict[_Range, tuple[int, ...]]:
    """What is used and held in each range, unit by unit."""
    if not ranges:
        return {}
    asked: dict[str, Any] = {}
    for number, (scope, first, end) in enumerate(ranges):
        parts = {"kind": scope.kind.value, "id": scope.id, **_parts(first, _LAST_SLOT if end is None else end)}
        asked |= {f"{name}_{number}": value for name, value in parts.items()}
    # PostgreSQL sums integers as decimals.
    found = conn.execute(_sums_of(len(ranges)), asked)
    return {ranges[row[0]]: tuple(int(value) for value in row[1:]) for row in found}


def _parts(first: int, end: int) -> dict[str, int]:
    """The quarters [first, end) as quarters before whole days, days, and quarters after them."""
    first_day, end_day = -(-first // DAY), end // DAY
    if first_day >= end_day:
        first_day = end_day = 0
        middle = end
    else:
        middle = first_day * DAY
    return {
        "before_first": first,
        "before_end": middle,
        "days_first": first_day,
        "days_end": end_day,
        "after_first": max(middle, end_day * DAY),
        "after_end": end,
    }


# ---------------------------------------------------------------------------------------------------- writing

_KEY = [counters.c.scope_kind, counters.c.scope_id, counters.c.span, counters.c.slot]
_TOUCH = PerDialect(lambda insert_: insert_(counters).on_conflict_do_nothing(index_elements=_KEY))
_LOCK = select(counters.c.slot).where(*_HERE, counters.c.span == NOW).with_for_update()
_EMPTY = dict.fromkeys(_COLUMNS, 0) | {"last_at": 0.0}


def lock(conn: Connection, scopes: Sequence[Scope]) -> None:
    """Let nobody else accept anything of these scopes before this transaction ends. On SQLite a write transaction is
    alone anyway."""
    if conn.dialect.name == "sqlite":
        return
    for scope in scopes:
        row = {"scope_kind": scope.kind.value, "scope_id": scope.id, "span": NOW, "slot": 0}
        conn.execute(_TOUCH.on(conn), {**row, **_EMPTY})
        conn.execute(_LOCK, {"kind": scope.kind.value, "id": scope.id})


def _build_take(insert: Any) -> Any:
    taking = insert(counters)
    new, old = taking.excluded, counters.c
    return taking.on_conflict_do_update(
        index_elements=_KEY,
        set_={name: old[name] + new[name] for name in ("videos_held", "seconds_held", "usd_held", "jobs_held")}
        | {"last_at": case((new.last_at > old.last_at, new.last_at), else_=old.last_at)},
    )


_TAKE = PerDialect(_build_take)


def take(conn: Connection, scopes: Sequence[Scope], slot: int, charge: Charge, now: float) -> None:
    """Hold `charge` in every counter of these scopes, and one more job. The caller has decided under `lock`."""
    held = {"videos_held": charge.videos, "seconds_held": charge.seconds, "usd_held": charge.usd}
    rows = [
        {**_EMPTY, "scope_kind": scope.kind.value, "scope_id": scope.id, "span": span, "slot": at, **more}
        for span, at, more in (
            (NOW, 0, {"jobs_held": 1, "last_at": now}),
            (QUARTER, slot, held),
            (DAY, slot // DAY, held),
        )
        for scope in scopes
    ]
    conn.execute(_TAKE.on(conn), rows)


_ADD = (
    update(counters)
    .where(
        counters.c.scope_kind == bindparam("b_scope_kind"),
        counters.c.scope_id == bindparam("b_scope_id"),
        counters.c.span == bindparam("b_span"),
        counters.c.slot == bindparam("b_slot"),
    )
    .values({name: counters.c[name] + bindparam(f"d_{name}", type_=BigInteger) for name in _COLUMNS})
)


def add(conn: Connection, scopes: Sequence[Scope], slot: int, *, used: Charge, held: Charge, jobs: int) -> None:
    """Add to (or with negative amounts take from) what these scopes have used and held in a slot, and to the jobs at
    once."""
    changes: list[tuple[int, int, dict[str, int]]] = []
    if jobs:
        changes.append((NOW, 0, {"jobs_held": jobs}))
    if used != NOTHING or held != NOTHING:
        amounts = {
            "videos_used": used.videos,
            "videos_held": held.videos,
            "seconds_used": used.seconds,
            "seconds_held": held.seconds,
            "usd_used": used.usd,
            "usd_held": held.usd,
        }
        changes += [(QUARTER, slot, amounts), (DAY, slot // DAY, amounts)]
    rows = [
        {"b_scope_kind": scope.kind.value, "b_scope_id": scope.id, "b_span": span, "b_slot": at}
        | {f"d_{name}": change.get(name, 0) for name in _COLUMNS}
        for span, at, change in changes
        for scope in scopes
    ]
    if rows:
        conn.execute(_ADD, rows)


_RENAME = (
    update(counters)
    .where(counters.c.scope_kind == bindparam("b_kind"), counters.c.scope_id == bindparam("b_old"))
    .values(scope_id=bindparam("b_new"))
)


def rename_user(conn: Connection, old: str, new: str) -> None:
    """The counters and sums of a user who is forgotten go on under another key, which must be a fresh one. The rows of
    jobs and ledger are the caller's to change."""
    conn.execute(_RENAME, {"b_kind": ScopeKind.USER.value, "b_old": old, "b_new": new})
    usage_sums.rename_user(conn, old, new)
