"""What was made and what it cost, added up in the transactions that change it, so that a report reads no jobs.

Each job counts in three rows: the quarter hour (of its workspace only), the day and the month (of UTC) of its
acceptance. A report takes whole months and days from here and the rest from the jobs themselves: see `storage.usage`.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, bindparam, case, cast, func, literal, select, update

from bot.generation.job import ChargeState, JobState
from storage.rows import Row
from storage.statements import PerDialect
from storage.tables import attempts, jobs, usage_sums

MONTH, QUARTER, DAY = 0, 1, 96  # spans
#: Ended without a video for the person, and without anybody's wish.
FAILED = frozenset({JobState.FAILED, JobState.LOST, JobState.UNDELIVERABLE})
#: Ended because somebody wished so, or nobody approved.
WITHDRAWN = frozenset({JobState.CANCELLED, JobState.DECLINED, JobState.EXPIRED})
COUNTS = frozenset({ChargeState.HELD, ChargeState.SETTLED})
OWNERS = ("platform", "workspace", "channel", "user_key", "model", "mode", "gateway")
KEY = ("span", "slot", *OWNERS)
OF_JOB = (
    "jobs",
    "delivered",
    "failed",
    "withdrawn",
    "videos",
    "seconds",
    "expected_micros",
    "charged_micros",
    "held_micros",
    "billed_micros",
    "quoted_micros",
    "misquoted",
)
OF_ATTEMPTS = ("cost_micros", "possibly_billed_micros")
AMOUNTS = (*OF_JOB, *OF_ATTEMPTS)


def amounts_of(row: Row) -> dict[str, int]:
    """What a job adds by its own row (`OF_JOB`)."""
    state, charge, bill, quote = row["state"], row["charge"], row.get("bill_micros"), row["quote_micros"]
    counts = charge in COUNTS
    return {
        "jobs": 1,
        "delivered": int(state == JobState.DELIVERED),
        "failed": int(state in FAILED),
        "withdrawn": int(state in WITHDRAWN),
        "videos": int(counts),
        "seconds": row["duration"] if counts else 0,
        "expected_micros": quote if counts else 0,
        "charged_micros": row.get("charged_micros") or 0,
        "held_micros": row["held_micros"] if charge == ChargeState.HELD else 0,
        "billed_micros": bill or 0,
        "quoted_micros": 0 if bill is None else quote,
        "misquoted": int(bill is not None and bill != quote),
    }


def cost_of(attempt: Row) -> dict[str, int]:
    """What an attempt adds (`OF_ATTEMPTS`)."""
    cost = attempt["cost_micros"] or 0
    sure, possible = (0, cost) if attempt["possibly_billed"] else (cost, 0)
    return {"cost_micros": sure, "possibly_billed_micros": possible}


def _keys(row: Row) -> list[dict[str, Any]]:
    """The rows a job counts in, in the order in which every transaction changes them."""
    day = row["accepted_day"]
    owners = {name: row[name] for name in OWNERS}
    whole = dict.fromkeys(OWNERS, "") | {name: row[name] for name in ("platform", "workspace")}
    return [
        {"span": QUARTER, "slot": row["slot"], **whole},
        {"span": DAY, "slot": row["slot"] // DAY, **owners},
        {"span": MONTH, "slot": int(day[:4]) * 12 + int(day[5:7]) - 1, **owners},
    ]


# ---------------------------------------------------------------------------------------------------- writing


def _build_put(insert_: Any) -> Any:
    putting = insert_(usage_sums)
    return putting.on_conflict_do_update(
        index_elements=[usage_sums.c[name] for name in KEY],
        set_={name: usage_sums.c[name] + putting.excluded[name] for name in AMOUNTS},
    )


_PUT = PerDialect(_build_put)
_ADD = (
    update(usage_sums)
    .where(*(usage_sums.c[name] == bindparam(f"b_{name}") for name in KEY))
    .values({name: usage_sums.c[name] + bindparam(f"d_{name}", type_=BigInteger) for name in AMOUNTS})
)


def put(conn: Connection, row: Row) -> None:
    """A new job counts from now on."""
    amounts = dict.fromkeys(AMOUNTS, 0) | amounts_of(row)
    conn.execute(_PUT.on(conn), [{**key, **amounts} for key in _keys(row)])


def change(conn: Connection, before: Row, after: Row) -> None:
    """The row of a job changed."""
    old, new = amounts_of(before), amounts_of(after)
    add(conn, before, {name: new[name] - old[name] for name in OF_JOB})


def add(conn: Connection, row: Row, more: Mapping[str, int]) -> None:
    """Add to (or with negative amounts take from) what the job of `row` counts."""
    if not any(more.values()):
        return
    amounts = {f"d_{name}": more.get(name, 0) for name in AMOUNTS}
    conn.execute(_ADD, [{f"b_{name}": value for name, value in key.items()} | amounts for key in _keys(row)])


_RENAME = update(usage_sums).where(usage_sums.c.user_key == bindparam("b_old")).values(user_key=bindparam("b_new"))


def rename_user(conn: Connection, old: str, new: str) -> None:
    """What a forgotten user was counted with goes on under another key, which must be a fresh one."""
    conn.execute(_RENAME, {"b_old": old, "b_new": new})


# ------------------------------------------------------------------------------------------- the same from the jobs


def _when(condition: Any, value: Any = 1) -> Any:
    return case((condition, value), else_=0)


def spent(*, is_possible: bool) -> Any:
    """What the attempts of a job cost, or may have cost: a part of a SELECT over jobs."""
    cost = func.coalesce(attempts.c.cost_micros, 0)
    which = attempts.c.possibly_billed if is_possible else ~attempts.c.possibly_billed
    sums = select(func.sum(cost)).where(attempts.c.job_id == jobs.c.id, which).correlate(jobs)
    return func.coalesce(sums.scalar_subquery(), 0)


def _by_job() -> dict[str, Any]:
    counts, has_bill = jobs.c.charge.in_(sorted(COUNTS)), jobs.c.bill_micros.is_not(None)
    return {
        "jobs": literal(1),
        "delivered": _when(jobs.c.state == JobState.DELIVERED.value),
        "failed": _when(jobs.c.state.in_(sorted(FAILED))),
        "withdrawn": _when(jobs.c.state.in_(sorted(WITHDRAWN))),
        "videos": _when(counts),
        "seconds": _when(counts, jobs.c.duration),
        "expected_micros": _when(counts, jobs.c.quote_micros),
        "charged_micros": func.coalesce(jobs.c.charged_micros, 0),
        "held_micros": _when(jobs.c.charge == ChargeState.HELD.value, jobs.c.held_micros),
        "billed_micros": func.coalesce(jobs.c.bill_micros, 0),
        "quoted_micros": _when(has_bill, jobs.c.quote_micros),
        "misquoted": _when(jobs.c.bill_micros != jobs.c.quote_micros),
        "cost_micros": spent(is_possible=False),
        "possibly_billed_micros": spent(is_possible=True),
    }


#: One row a job, with what it adds to each amount.
of_jobs: Select[Any] = select(
    jobs.c.id,
    jobs.c.accepted_at,
    jobs.c.accepted_day,
    jobs.c.slot,
    *(jobs.c[name] for name in OWNERS),
    *(value.label(name) for name, value in _by_job().items()),
)


def key_of(span: int, source: Any) -> list[Any]:
    """The key of the row of `span` in which a job counts (`KEY`), as columns over `of_jobs`."""
    day = source.c.accepted_day
    slot = {
        QUARTER: source.c.slot,
        DAY: source.c.slot // DAY,
        MONTH: cast(func.substr(day, 1, 4), BigInteger) * 12 + cast(func.substr(day, 6, 2), BigInteger) - 1,
    }[span]
    owners = [
        source.c[name] if span != QUARTER or name in ("platform", "workspace") else literal("") for name in OWNERS
    ]
    return [literal(span), slot, *owners]
