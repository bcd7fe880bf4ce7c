"""What the gateways' accounts held at which moment, and an index for the cost booked in a time."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "balances",
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("usd", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("gateway", "label", "at", name="pk_balances"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_ledger_cost_at",
        "ledger",
        ["at"],
        sqlite_where=sa.text("account = 'cost'"),
        postgresql_where=sa.text("account = 'cost'"),
    )
