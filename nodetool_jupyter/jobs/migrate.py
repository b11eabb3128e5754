"""Brings the index's schema up to date; Alembic is imported only when it is old."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.jobs.index import VERSION, metadata

_version = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))
FOLDER = Path(__file__).parent / "migrations"


def bring_up_to_date(engine: sa.Engine) -> None:
    """Make the tables, or migrate old ones.

    Raises :class:`StorageError` when the schema is newer than this program: it is left as it is.
    """
    with engine.connect() as connection:
        if _found_version(connection) == VERSION:
            return  # asked without a lock, so that a locked index can be opened
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # two managers may begin at once
        found = _found_version(connection)
        if found == VERSION:
            return
        if found is None:
            metadata.create_all(connection)
            _version.create(connection, checkfirst=True)
            connection.execute(_version.insert().values(version_num=VERSION).prefix_with("OR IGNORE", dialect="sqlite"))
            return
    if found not in _known():
        raise StorageError(
            f"the index {engine.url.database} has schema {found!r}, newer than {VERSION!r}: upgrade nodetool_jupyter"
        )
    upgrade(engine)


def upgrade(engine: sa.Engine) -> None:
    """Run the migrations that are missing."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # what another has migrated meanwhile is seen, not repeated
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _found_version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.select(_version.c.version_num)).scalar()


def _known() -> set[str]:
    return {path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py")}
