"""The first table: one row a job."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table of jobs."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("strategy", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(32)),
        sa.Column("error", sa.Text),
        sa.Column("submitted", sa.Float),
        sa.Column("started", sa.Float),
        sa.Column("ended", sa.Float),
        sa.Column("owner", sa.Text),
        sa.Column("workflow", sa.Text),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("retry_of", sa.String(64)),
        sa.Column("queue_position", sa.Integer),
    )
    op.create_index("jobs_by_submitted", "jobs", ["submitted"])
    op.create_index("jobs_by_ended", "jobs", ["ended"])
