"""Which notebook's kernel submitted a job."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; jobs that are there already have no such notebook."""
    op.add_column("jobs", sa.Column("notebook", sa.Text))
