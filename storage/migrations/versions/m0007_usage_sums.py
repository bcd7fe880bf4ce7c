"""What was made and what it cost, added up by quarter hours, days and months; filled from the jobs there are."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OWNERS = ("platform", "workspace", "channel", "user_key", "model", "mode", "gateway")
AMOUNTS = {
    "jobs": "1",
    "delivered": "CASE WHEN state = 'delivered' THEN 1 ELSE 0 END",
    "failed": "CASE WHEN state IN ('failed', 'lost', 'undeliverable') THEN 1 ELSE 0 END",
    "withdrawn": "CASE WHEN state IN ('cancelled', 'declined', 'expired') THEN 1 ELSE 0 END",
    "videos": "CASE WHEN charge IN ('held', 'settled') THEN 1 ELSE 0 END",
    "seconds": "CASE WHEN charge IN ('held', 'settled') THEN duration ELSE 0 END",
    "expected_micros": "CASE WHEN charge IN ('held', 'settled') THEN quote_micros ELSE 0 END",
    "charged_micros": "COALESCE(charged_micros, 0)",
    "held_micros": "CASE WHEN charge = 'held' THEN held_micros ELSE 0 END",
    "billed_micros": "COALESCE(bill_micros, 0)",
    "quoted_micros": "CASE WHEN bill_micros IS NULL THEN 0 ELSE quote_micros END",
    "misquoted": "CASE WHEN bill_micros <> quote_micros THEN 1 ELSE 0 END",
    "cost_micros": "COALESCE(cost, 0)",
    "possibly_billed_micros": "COALESCE(possible, 0)",
}
COSTS = (
    "SELECT job_id, SUM(CASE WHEN possibly_billed THEN 0 ELSE COALESCE(cost_micros, 0) END) AS cost, "
    "SUM(CASE WHEN possibly_billed THEN COALESCE(cost_micros, 0) ELSE 0 END) AS possible FROM attempts GROUP BY job_id"
)
SPANS = {
    1: "slot",
    96: "slot / 96",
    0: "CAST(substr(accepted_day, 1, 4) AS BIGINT) * 12 + CAST(substr(accepted_day, 6, 2) AS BIGINT) - 1",
}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "usage_sums",
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("span", "slot")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in OWNERS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in AMOUNTS),
        sa.PrimaryKeyConstraint("span", "slot", *OWNERS, name="pk_usage_sums"),
        sqlite_with_rowid=False,
    )
    for statement in filling():
        op.execute(statement)


def filling() -> Iterator[str]:
    """The statements that add up the jobs there are."""
    names = ", ".join(("span", "slot", *OWNERS, *AMOUNTS))
    sums = ", ".join(f"SUM({sql})" for sql in AMOUNTS.values())
    for span, slot in SPANS.items():
        kept = OWNERS if span != 1 else ("platform", "workspace")
        owners = ", ".join(name if name in kept else "''" for name in OWNERS)
        groups = ", ".join((slot, *kept))
        yield (
            f"INSERT INTO usage_sums ({names}) SELECT {span}, {slot}, {owners}, {sums} "  # noqa: S608 - constants
            f"FROM jobs LEFT JOIN ({COSTS}) AS costs ON costs.job_id = jobs.id GROUP BY {groups}"
        )
