"""Do the counters behind the limits agree with the ledger and the jobs? One sentence for each disagreement."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, and_, case, func, select

from bot.generation.job import ChargeState, Requester
from bot.generation.limits import Scope, ScopeKind, scopes_of
from storage.booking import CHARGE, PARDON, Event, dollars
from storage.counting import DAY, NOW, QUARTER
from storage.tables import counters, jobs, ledger

_COLUMNS = (
    "videos_used",
    "videos_held",
    "seconds_used",
    "seconds_held",
    "usd_used",
    "usd_held",
    "jobs_held",
    "last_at",
)
_OWNER = (jobs.c.platform, jobs.c.workspace, jobs.c.channel, jobs.c.user_key, jobs.c.model)
#: What a job holds are its `hold` rows while its charge is held; what it has used, the rows after `hold` and `release`.
_IS_HELD = ledger.c.event.in_([Event.HOLD, Event.RELEASE])
_SUMS = [
    func.sum(case((and_(jobs.c.charge == charge.value, which), ledger.c[unit]), else_=0))
    for unit in ("videos", "seconds", "usd")
    for charge, which in ((ChargeState.SETTLED, ~_IS_HELD), (ChargeState.HELD, _IS_HELD))
]
_MONEY = (
    select(*_OWNER, jobs.c.slot, *_SUMS)
    .join_from(ledger, jobs, jobs.c.id == ledger.c.job_id)
    .where(ledger.c.account == CHARGE)
    .group_by(*_OWNER, jobs.c.slot)
)
_PARDONS = (
    select(jobs.c.user_key, jobs.c.slot, *(func.sum(ledger.c[unit]) for unit in ("videos", "seconds", "usd")))
    .join_from(ledger, jobs, jobs.c.id == ledger.c.job_id)
    .where(ledger.c.account == PARDON)
    .group_by(jobs.c.user_key, jobs.c.slot)
)
_AT_ONCE = select(
    *_OWNER, func.sum(case((jobs.c.finished_at.is_(None), 1), else_=0)), func.max(jobs.c.accepted_at)
).group_by(*_OWNER)
_COUNTERS = select(
    counters.c.scope_kind,
    counters.c.scope_id,
    counters.c.span,
    counters.c.slot,
    *(counters.c[name] for name in _COLUMNS),
)

_Place = tuple[str, str, int, int]  # scope kind, scope id, span, slot


def check(conn: Connection) -> Iterator[str]:
    """Each counter that says something else than the ledger's rows and the jobs."""
    expected = _expected(conn)
    counted: dict[_Place, list[float]] = {
        (row[0], row[1], row[2], row[3]): list(row[4:]) for row in conn.execute(_COUNTERS)
    }
    nothing: list[float] = [0] * len(_COLUMNS)
    for place in sorted(expected.keys() | counted.keys()):
        want, have = expected.get(place, nothing), counted.get(place, nothing)
        if want != have:
            kind, scope_id, span, slot = place
            which = {NOW: "now", QUARTER: f"slot {slot}"}.get(span, f"day {slot}")
            name = f"The counter of {kind} {scope_id} {which}"
            yield f"{name} says {_say(have)}; the ledger and the jobs say {_say(want)}."


def _expected(conn: Connection) -> dict[_Place, list[float]]:
    expected: dict[_Place, list[float]] = {}

    def at(scope: Scope, span: int, slot: int = 0) -> list[float]:
        return expected.setdefault((scope.kind.value, scope.id, span, slot), [0] * len(_COLUMNS))

    for platform, workspace, channel, user, model, slot, *sums in conn.execute(_MONEY):
        for scope in _scopes(platform, workspace, channel, user, model):
            for counter in (at(scope, QUARTER, slot), at(scope, DAY, slot // DAY)):
                for number, value in enumerate(sums):
                    counter[number] += int(value)
    for user, slot, *sums in conn.execute(_PARDONS):
        mine = Scope(ScopeKind.USER, user)
        for counter in (at(mine, QUARTER, slot), at(mine, DAY, slot // DAY)):
            for number, value in enumerate(sums):
                counter[2 * number] += int(value)
    for platform, workspace, channel, user, model, unfinished, last_at in conn.execute(_AT_ONCE):
        for scope in _scopes(platform, workspace, channel, user, model):
            counter = at(scope, NOW)
            counter[-2] += int(unfinished)
            counter[-1] = max(counter[-1], last_at)
    return expected


def _scopes(platform: str, workspace: str, channel: str, user: str, model: str) -> Sequence[Scope]:
    of_place = scopes_of(Requester(platform, "", workspace, channel), model)
    return [Scope(scope.kind, user) if scope.kind is ScopeKind.USER else scope for scope in of_place]


def _say(values: list[float]) -> str:
    videos_used, videos_held, seconds_used, seconds_held, usd_used, usd_held, jobs_held, last_at = values
    last = f", the last at {last_at:.0f}" if last_at else ""
    return (
        f"{videos_used}+{videos_held} videos, {seconds_used}+{seconds_held} s, {dollars(int(usd_used))}+"
        f"{dollars(int(usd_held))} used+held, {jobs_held} jobs{last}"
    )
