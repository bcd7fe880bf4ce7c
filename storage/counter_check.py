"""Do the counters behind the limits agree with the ledger and the jobs? One sentence for each disagreement."""

from collections.abc import Iterator

from sqlalchemy import Connection, and_, case, func, select

from bot.generation.job import ChargeState
from storage.booking import CHARGE, Event, dollars
from storage.tables import counters, jobs, ledger

_COLUMNS = ("videos_used", "videos_held", "seconds_used", "seconds_held", "usd_used", "usd_held", "jobs_held")
#: What a job holds are its `hold` rows while its charge is held; what it has used, the rows after `hold` and `release`.
_IS_HELD = ledger.c.event.in_([Event.HOLD, Event.RELEASE])
_SUMS = [
    func.sum(case((and_(jobs.c.charge == charge.value, which), ledger.c[unit]), else_=0))
    for unit in ("videos", "seconds", "usd")
    for charge, which in ((ChargeState.SETTLED, ~_IS_HELD), (ChargeState.HELD, _IS_HELD))
]
_MONEY = (
    select(jobs.c.user_key, jobs.c.limit_day, jobs.c.limit_month, *_SUMS)
    .join_from(ledger, jobs, jobs.c.id == ledger.c.job_id)
    .where(ledger.c.account == CHARGE)
    .group_by(jobs.c.user_key, jobs.c.limit_day, jobs.c.limit_month)
)
_AT_ONCE = select(jobs.c.user_key, func.count()).where(jobs.c.finished_at.is_(None)).group_by(jobs.c.user_key)
_COUNTERS = select(
    counters.c.scope_kind,
    counters.c.scope_id,
    counters.c.time_window,
    counters.c.window_key,
    *(counters.c[name] for name in _COLUMNS),
)

_Place = tuple[str, str, str, str]  # scope kind, scope id, window, window key


def check(conn: Connection) -> Iterator[str]:
    """Each counter that says something else than the ledger's charge rows and the unfinished jobs."""
    expected = _expected(conn)
    counted: dict[_Place, list[int]] = {tuple(row[:4]): list(row[4:]) for row in conn.execute(_COUNTERS)}
    nothing = [0] * len(_COLUMNS)
    for place in sorted(expected.keys() | counted.keys()):
        want, have = expected.get(place, nothing), counted.get(place, nothing)
        if want != have:
            name = " ".join(place).rstrip()
            yield f"The counter of {name} says {_say(have)}; the ledger and the jobs say {_say(want)}."


def _expected(conn: Connection) -> dict[_Place, list[int]]:
    expected: dict[_Place, list[int]] = {}

    def add(user: str, window: str, key: str, amounts: list[int]) -> None:
        for place in (("everyone", "*", window, key), ("user", user, window, key)):
            before = expected.setdefault(place, [0] * len(_COLUMNS))
            expected[place] = [a + b for a, b in zip(before, amounts, strict=True)]

    for user, day, month, *sums in conn.execute(_MONEY):
        amounts = [*(int(value) for value in sums), 0]
        add(user, "day", day, amounts)
        add(user, "month", month, amounts)
    for user, number in conn.execute(_AT_ONCE):
        add(user, "now", "", [0, 0, 0, 0, 0, 0, int(number)])
    return expected


def _say(values: list[int]) -> str:
    videos_used, videos_held, seconds_used, seconds_held, usd_used, usd_held, jobs_held = values
    return (
        f"{videos_used}+{videos_held} videos, {seconds_used}+{seconds_held} s, {dollars(usd_used)}+{dollars(usd_held)} "
        f"used+held, {jobs_held} jobs"
    )
