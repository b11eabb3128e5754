"""The index of jobs: a table that is a copy of what the folders say, and can be made again from them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.jobs.mounts import is_local
from nodetool_jupyter.jobs.records import FIELDS, JobRecord, as_row, from_row
from nodetool_jupyter.states import TERMINAL, Status

VERSION = "0001"
BUSY = 10.0  # seconds that a writer waits for another

metadata = sa.MetaData()
jobs = sa.Table(
    "jobs",
    metadata,
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
    sa.Index("jobs_by_submitted", "submitted"),
    sa.Index("jobs_by_ended", "ended"),
)
_COLUMNS = [jobs.c[name] for name in FIELDS]
_TERMINAL = [status.value for status in TERMINAL]


class Index:
    """The jobs' table in one database; one connection, used by one thread at a time.

    Raises :class:`StorageError` when the database is newer than this program, damaged, or cannot be opened.
    """

    def __init__(self, url: str) -> None:
        self._lock = threading.RLock()
        self._engine = _engine(url)
        self._upsert, self._order = _compile_upsert(self._engine)
        try:
            from nodetool_jupyter.jobs.migrate import bring_up_to_date

            bring_up_to_date(self._engine)
        except sa.exc.SQLAlchemyError as error:
            raise StorageError(f"the index {self._engine.url} cannot be used: {error}") from error

    @classmethod
    def at(cls, data: Path) -> Index:
        """Open the index of a data folder, in ``jobs.db``."""
        return cls(f"sqlite:///{data / 'jobs.db'}")

    def upsert(self, records: Iterable[JobRecord]) -> None:
        """Write rows, new or known, in one transaction."""
        rows = [as_row(record) for record in records]
        if not rows:
            return
        if self._order is not None:
            rows = [tuple(row[place] for place in self._order) for row in rows]
        with self._lock, self._engine.begin() as connection:
            connection.exec_driver_sql(self._upsert, rows)

    def add(self, records: Iterable[JobRecord]) -> None:
        """Write rows of jobs that have none; what an owner wrote meanwhile stays."""
        rows = [dict(zip(FIELDS, as_row(record), strict=True)) for record in records]
        if rows:
            with self._lock, self._engine.begin() as connection:
                connection.execute(_insert(self._engine)(jobs).on_conflict_do_nothing(), rows)

    def delete(self, job_ids: Sequence[str]) -> None:
        """Remove rows."""
        if not job_ids:
            return
        with self._lock, self._engine.begin() as connection:
            for start in range(0, len(job_ids), 500):
                connection.execute(sa.delete(jobs).where(jobs.c.id.in_(job_ids[start : start + 500])))

    def get(self, job_id: str) -> JobRecord | None:
        """Return one row."""
        found = self._select(sa.select(*_COLUMNS).where(jobs.c.id == job_id))
        return found[0] if found else None

    def beginning_with(self, prefix: str, limit: int = 10) -> list[str]:
        """Return the ids that begin with ``prefix``, at most ``limit``."""
        query = (
            sa.select(jobs.c.id).where(jobs.c.id.startswith(prefix, autoescape=True)).order_by(jobs.c.id).limit(limit)
        )
        with self._lock, self._engine.connect() as connection:
            return [row[0] for row in connection.execute(query) if row[0].startswith(prefix)]

    def ids(self) -> set[str]:
        """Return the id of every row."""
        with self._lock, self._engine.connect() as connection:
            return {row[0] for row in connection.execute(sa.select(jobs.c.id))}

    def rows(self, status: Iterable[Status] | None = None, limit: int | None = None) -> list[JobRecord]:
        """Return rows, newest first."""
        query = sa.select(*_COLUMNS).order_by(jobs.c.submitted.desc(), jobs.c.id.desc())
        if status is not None:
            query = query.where(jobs.c.status.in_([one.value for one in status]))
        return self._select(query.limit(limit) if limit is not None else query)

    def unfinished(self) -> Sequence[JobRecord]:
        """Return the rows of jobs that have not ended."""
        return self._select(sa.select(*_COLUMNS).where(jobs.c.status.not_in(_TERMINAL)).order_by(jobs.c.submitted))

    def outlived(self, keep: int | None, before: float | None) -> Sequence[str]:
        """Return the ids of ended jobs beyond the newest ``keep``, and of those that ended before a time."""
        ended = sa.select(jobs.c.id).where(jobs.c.status.in_(_TERMINAL)).order_by(jobs.c.ended.desc(), jobs.c.id)
        found: set[str] = set()
        with self._lock, self._engine.connect() as connection:
            if keep is not None:
                found.update(
                    row[0] for row in connection.execute(ended.limit(-1 if self._sqlite else None).offset(keep))
                )
            if before is not None:
                found.update(row[0] for row in connection.execute(ended.where(jobs.c.ended < before)))
        return sorted(found)

    def journal(self) -> str:
        """Return SQLite's journal mode, or the name of another kind of database."""
        if not self._sqlite:
            return str(self._engine.dialect.name)
        with self._lock, self._engine.connect() as connection:
            return str(connection.exec_driver_sql("PRAGMA journal_mode").scalar())

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._engine.dispose()

    @property
    def _sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    def _select(self, query: sa.Select[Any]) -> list[JobRecord]:
        with self._lock, self._engine.connect() as connection:
            return [from_row(tuple(row)) for row in connection.execute(query)]


def _engine(url: str) -> sa.Engine:
    if not url.startswith("sqlite"):
        return sa.create_engine(url)
    engine = sa.create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False, "timeout": BUSY})
    path = Path(engine.url.database or "")

    @sa.event.listens_for(engine, "connect")
    def _tune(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA busy_timeout = {int(BUSY * 1000)}")
        if not (is_local(path.parent) and _wal_works(connection)):
            connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = NORMAL")

    if not path.exists():
        path.touch(mode=0o600)
    return engine


def _wal_works(connection: Any) -> bool:
    """Try the write-ahead log, which needs shared memory between processes."""
    import sqlite3

    try:
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.Error:
        return False
    return bool(mode == "wal")


def _insert(engine: sa.Engine) -> Any:
    """Return the insert of the database's own dialect, which knows what to do about a row that is there."""
    if engine.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as pg_insert

        return pg_insert
    from sqlalchemy.dialects.sqlite import insert

    return insert


def _compile_upsert(engine: sa.Engine) -> tuple[str, list[int] | None]:
    """Compile the one statement that is run often; with it the order in which its values are wanted."""
    new = _insert(engine)(jobs)
    changed = {name: new.excluded[name] for name in FIELDS[1:]}
    compiled = new.on_conflict_do_update(index_elements=["id"], set_=changed).compile(dialect=engine.dialect)
    names = list(getattr(compiled, "positiontup", None) or FIELDS)
    order = [FIELDS.index(name) for name in names]
    return str(compiled), None if order == list(range(len(FIELDS))) else order
