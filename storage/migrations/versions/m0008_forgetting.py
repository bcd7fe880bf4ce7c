"""Forgetting people, and words that are kept only for some time."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Apply."""
    op.add_column("jobs", sa.Column("erased_at", sa.Double()))
    op.create_index(
        "ix_jobs_words",
        "jobs",
        ["finished_at"],
        sqlite_where=sa.text("erased_at IS NULL"),
        postgresql_where=sa.text("erased_at IS NULL"),
    )
    op.create_table(
        "fingerprints",
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("user_key", sa.Text(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("mark", "user_key", name="pk_fingerprints"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "erasures",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
