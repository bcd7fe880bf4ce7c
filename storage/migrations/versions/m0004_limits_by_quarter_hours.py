"""Counters by quarter hours, rebuilt from jobs and ledger; grants with their end; bans, closures, rules, bills."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SLOT = 900  # seconds
DAY = 96  # slots
COLUMNS = ("videos_used", "videos_held", "seconds_used", "seconds_held", "usd_used", "usd_held", "jobs_held", "last_at")


def upgrade() -> None:
    """Apply."""
    _jobs()
    _counters()
    _grants()
    _new_tables()


def _jobs() -> None:
    op.add_column("jobs", sa.Column("slot", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    jobs = sa.table("jobs", sa.column("slot"), sa.column("accepted_at"))
    quarters = jobs.c.accepted_at / SLOT
    # Casting a number cuts it on SQLite and rounds it on PostgreSQL.
    whole = quarters if op.get_bind().dialect.name == "sqlite" else sa.func.floor(quarters)
    op.execute(jobs.update().values(slot=sa.cast(whole, sa.BigInteger())))
    for name in ("limits_zone", "limit_day", "limit_month"):
        op.drop_column("jobs", name)


def _counters() -> None:
    op.drop_table("counters")
    op.create_table(
        "counters",
        sa.Column("scope_kind", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Text(), nullable=False),
        sa.Column("span", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COLUMNS[:-1]),
        sa.Column("last_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("scope_kind", "scope_id", "span", "slot", name="pk_counters"),
        sqlite_with_rowid=False,
    )
    made: dict[tuple[str, str, int, int], list[float]] = {}
    for row in _charges():
        is_used = row.charge == "settled"
        usd = row.charged_micros if is_used else row.held_micros
        for kind, scope_id in _scopes(row):
            now = made.setdefault((kind, scope_id, 0, 0), [0] * len(COLUMNS))
            now[-2] += row.finished_at is None
            now[-1] = max(now[-1], row.accepted_at)
            for span in (1, DAY):
                counter = made.setdefault((kind, scope_id, span, row.slot // span), [0] * len(COLUMNS))
                if row.charge == "released":  # a counter of nothing: it was made when the job was accepted
                    continue
                for number, value in enumerate((1, row.duration, usd)):
                    counter[2 * number + (0 if is_used else 1)] += value
    place = ("scope_kind", "scope_id", "span", "slot")
    table = sa.table("counters", *(sa.column(name) for name in (*place, *COLUMNS)))
    rows = [dict(zip((*place, *COLUMNS), (*key, *values), strict=True)) for key, values in sorted(made.items())]
    if rows:
        op.bulk_insert(table, rows)


def _charges() -> Iterator[Any]:
    jobs = sa.table(
        "jobs",
        *(sa.column(name) for name in ("platform", "workspace", "channel", "user_key", "model", "slot", "charge")),
        *(sa.column(name) for name in ("duration", "held_micros", "charged_micros", "accepted_at", "finished_at")),
    )
    yield from op.get_bind().execute(sa.select(jobs))


def _scopes(row: Any) -> Iterator[tuple[str, str]]:
    yield "everyone", "*"
    if row.workspace:
        yield "workspace", f"{row.platform}:{row.workspace}"
    if row.channel:
        yield "channel", f"{row.platform}:{row.workspace}:{row.channel}"
    yield "user", row.user_key
    yield "model", row.model


def _grants() -> None:
    old = list(op.get_bind().execute(sa.text("SELECT * FROM grants")).mappings())
    op.drop_table("grants")
    op.create_table(
        "grants",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scope_kind", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("time_window", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("given_at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
    )
    op.create_index("ix_grants_scope_kind_scope_id_until", "grants", ["scope_kind", "scope_id", "until"], unique=False)
    names = ("scope_kind", "scope_id", "unit", "time_window", "amount", "given_at", "until")
    rows = []
    for row in old:
        begin, end = _range(row["window_key"])
        rows.append({**{name: row[name] for name in names[:5]}, "given_at": begin, "until": end})
    if rows:
        op.bulk_insert(sa.table("grants", *(sa.column(name) for name in names)), rows)


def _range(key: str) -> tuple[float, float]:
    """The day or month of an older grant, by UTC: its own time zone was not kept."""
    is_day = key.count("-") == 2
    begin = datetime.strptime(key, "%Y-%m-%d" if is_day else "%Y-%m").replace(tzinfo=UTC)
    end = begin + timedelta(days=1) if is_day else (begin + timedelta(days=32)).replace(day=1)
    return begin.timestamp(), end.timestamp()


def _new_tables() -> None:
    op.create_table(
        "warnings",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("scope_kind", "scope_id", "unit", "time_window")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("limit_kind", "limit_id")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("limit_amount", "amount", "taken")),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_warnings_job_id"),
        sa.PrimaryKeyConstraint("scope_kind", "scope_id", "unit", "time_window", name="pk_warnings"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_warnings_job_id", "warnings", ["job_id"], unique=False)
    op.create_table(
        "bans",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("user_key", "place", "reason", "who")),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("user_key", "place", name="pk_bans"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "closures",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("place", "kind", "name", "rule")),
        sa.PrimaryKeyConstraint("place", "kind", "name", name="pk_closures"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "prompt_rules",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "place", "kind", "pattern", "action", "who")),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_prompt_rules"),
    )
    op.create_table(
        "zones",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("workspace", "zone")),
        sa.PrimaryKeyConstraint("workspace", name="pk_zones"),
    )
    op.create_table(
        "bills",
        sa.Column("price_key", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("number", "bill_micros", "seconds")),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("price_key", "number", name="pk_bills"),
        sqlite_with_rowid=False,
    )
