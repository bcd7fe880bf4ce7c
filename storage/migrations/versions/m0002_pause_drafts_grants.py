"""Drafts, grants, closed messages, deleted videos; an answered event keeps no payload."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "drafts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drafts"),
    )
    op.create_index("ix_drafts_saved_at", "drafts", ["saved_at"], unique=False)
    op.create_table(
        "grants",
        sa.Column("scope_kind", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("time_window", sa.Text(), nullable=False),
        sa.Column("window_key", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope_kind", "scope_id", "unit", "time_window", "window_key", name="pk_grants"),
        sqlite_with_rowid=False,
    )
    op.add_column("jobs", sa.Column("deleted_at", sa.Double(), nullable=True))
    op.add_column("deliveries", sa.Column("closed_at", sa.Double(), nullable=True))
    op.create_index(
        "ix_deliveries_open_status",
        "deliveries",
        ["job_id"],
        unique=False,
        sqlite_where=sa.text("purpose = 'status' AND closed_at IS NULL"),
        postgresql_where=sa.text("purpose = 'status' AND closed_at IS NULL"),
    )
    op.create_index(
        "ix_intake_open",
        "intake",
        ["platform", "received_at"],
        unique=False,
        sqlite_where=sa.text("state = 'received'"),
        postgresql_where=sa.text("state = 'received'"),
    )
    intake = sa.table("intake", sa.column("state"), sa.column("payload"))
    op.execute(intake.update().where(intake.c.state != "received").values(payload="{}"))
