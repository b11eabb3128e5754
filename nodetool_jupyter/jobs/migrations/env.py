"""Runs migrations over the connection that the index has already opened."""

from __future__ import annotations

from alembic import context

from nodetool_jupyter.jobs.index import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
