"""Do the sums behind the usage reports agree with the jobs and their attempts? One sentence for each disagreement."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, or_, select, union_all

from storage.booking import dollars
from storage.tables import usage_sums
from storage.usage_sums import AMOUNTS, DAY, KEY, MONTH, QUARTER, key_of, of_jobs

_SPANS = {QUARTER: "quarter hour", DAY: "day", MONTH: "month"}
_jobs = of_jobs.subquery()
_both = union_all(
    select(
        *(usage_sums.c[name] for name in KEY),
        *(usage_sums.c[name].label(f"is_{name}") for name in AMOUNTS),
        *((usage_sums.c[name] * 0).label(f"want_{name}") for name in AMOUNTS),
    ),
    *(
        select(
            *key_of(span, _jobs),
            *(_jobs.c[name] * 0 for name in AMOUNTS),
            *(_jobs.c[name] for name in AMOUNTS),
        )
        for span in _SPANS
    ),
).subquery()
_sums = [func.sum(_both.c[f"{what}_{name}"]) for name in AMOUNTS for what in ("is", "want")]
_WRONG = (
    select(*(_both.c[name] for name in KEY), *_sums)
    .group_by(*(_both.c[name] for name in KEY))
    .having(or_(*(_sums[number] != _sums[number + 1] for number in range(0, len(_sums), 2))))
    .order_by(*(_both.c[name] for name in KEY))
)


def check(conn: Connection) -> Iterator[str]:
    """Each row of sums that says something else than the jobs."""
    for row in conn.execute(_WRONG):
        span, slot, platform, workspace, channel, user, model, mode, gateway = row[: len(KEY)]
        owners = ", ".join(part for part in (platform, workspace, channel, user, model, mode, gateway) if part)
        sums = [int(value) for value in row[len(KEY) :]]
        wrong = ", ".join(
            f"{_said(name, sums[2 * number])} {name.removesuffix('_micros')} (the jobs: "
            f"{_said(name, sums[2 * number + 1])})"
            for number, name in enumerate(AMOUNTS)
            if sums[2 * number] != sums[2 * number + 1]
        )
        yield f"The use of {owners} in the {_SPANS[span]} {_slot(span, slot)} says {wrong}."


def _slot(span: int, slot: int) -> str:
    return f"{slot // 12}-{slot % 12 + 1:02d}" if span == MONTH else str(slot)


def _said(name: str, value: int) -> str:
    return dollars(value) if name.endswith("_micros") else str(value)
