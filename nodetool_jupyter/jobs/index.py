"""The index of jobs: a table that is a copy of what the folders say, and can be made again from them."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.jobs import index_file
from nodetool_jupyter.jobs.index_file import IndexDamaged, IndexUnavailable
from nodetool_jupyter.jobs.mounts import is_local
from nodetool_jupyter.jobs.paging import count_of, rows_of
from nodetool_jupyter.jobs.records import FIELDS, JobRecord, as_row, from_row
from nodetool_jupyter.jobs.search import Mark, Page, Search
from nodetool_jupyter.states import TERMINAL, Status

VERSION = "0002"
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
    sa.Column("notebook", sa.Text),
    sa.Index("jobs_by_submitted", "submitted"),
    sa.Index("jobs_by_ended", "ended"),
)
_COLUMNS = [jobs.c[name] for name in FIELDS]
_TERMINAL = [status.value for status in TERMINAL]


T = TypeVar("T")
Refill = Callable[["Index"], None]


class Index:
    """The jobs' table in one database; one connection, used by one thread at a time.

    The file may be deleted, replaced or damaged at any time: the next use makes a new one and calls ``refill``, which
    makes it agree with the folders. While it is locked or the disk is full, questions are answered from the folders.
    Raises :class:`StorageError` when the database is newer than this program, or cannot be opened;
    :class:`IndexUnavailable` when it could not be written within :data:`BUSY` seconds.
    """

    def __init__(self, url: str, refill: Refill | None = None) -> None:
        self._lock = threading.RLock()
        self._refill = refill
        self._mending = False
        self._file = _file_of(url)
        self._inode: index_file.Inode | None = None
        self._engine = _engine(url)
        self._upsert, self._order = _compile_upsert(self._engine)
        with contextlib.suppress(IndexUnavailable):  # each use tries again
            self._open()

    @classmethod
    def at(cls, data: Path, refill: Refill | None = None) -> Index:
        """Open the index of a data folder, in ``jobs.db``."""
        return cls(f"sqlite:///{data / 'jobs.db'}", refill)

    def upsert(self, records: Iterable[JobRecord]) -> None:
        """Write rows, new or known, in one transaction."""
        rows = [as_row(record) for record in records]
        if not rows:
            return
        if self._order is not None:
            rows = [tuple(row[place] for place in self._order) for row in rows]
        self._write(lambda connection: connection.exec_driver_sql(self._upsert, rows))

    def add(self, records: Iterable[JobRecord]) -> None:
        """Write rows of jobs that have none; what an owner wrote meanwhile stays."""
        rows = _as_dicts(records)
        if rows:
            self._write(lambda connection: connection.execute(self._insert_new(), rows))

    def rebuild(self, survey: Callable[[], Iterable[JobRecord]]) -> None:
        """Replace every row by what ``survey`` finds; owners wait with their rows meanwhile, so that none is lost.

        The file stays the same, for other processes have it open; a broken one is set aside.
        """

        def replace_all(connection: sa.Connection) -> None:
            if self._sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            connection.execute(sa.delete(jobs))
            rows = _as_dicts(survey())
            if rows:
                connection.execute(_insert(self._engine)(jobs), rows)

        with self._lock:
            self._attempt(self._check_pages)
            self._write(replace_all)

    def delete(self, job_ids: Sequence[str]) -> None:
        """Remove rows."""

        def remove(connection: sa.Connection) -> None:
            for start in range(0, len(job_ids), 500):
                connection.execute(sa.delete(jobs).where(jobs.c.id.in_(job_ids[start : start + 500])))

        if job_ids:
            self._write(remove)

    def get(self, job_id: str) -> JobRecord | None:
        """Return one row."""
        found = self._select(sa.select(*_COLUMNS).where(jobs.c.id == job_id))
        return found[0] if found else None

    def beginning_with(self, prefix: str, limit: int = 10) -> list[str]:
        """Return the ids that begin with ``prefix``, at most ``limit``."""
        query = (
            sa.select(jobs.c.id).where(jobs.c.id.startswith(prefix, autoescape=True)).order_by(jobs.c.id).limit(limit)
        )
        return [found for found in self._ids(query) if found.startswith(prefix)]

    def ids(self) -> set[str]:
        """Return the id of every row."""
        return set(self._ids(sa.select(jobs.c.id)))

    def rows(self, status: Iterable[Status] | None = None, limit: int | None = None) -> list[JobRecord]:
        """Return rows, newest first."""
        query = sa.select(*_COLUMNS).order_by(jobs.c.submitted.desc(), jobs.c.id.desc())
        if status is not None:
            query = query.where(jobs.c.status.in_([one.value for one in status]))
        return self._select(query.limit(limit) if limit is not None else query)

    def page(self, search: Search) -> Page:
        """Return the jobs of a search from its place on, how many there are in all, and where the next page begins."""
        rows, total = self._read(
            lambda connection: (
                connection.execute(rows_of(jobs, _COLUMNS, search)).all(),
                int(connection.execute(count_of(jobs, search)).scalar_one()),
            )
        )
        found = [from_row(tuple(row[:-1])) for row in rows[: search.limit]]
        last = Mark(rows[search.limit - 1][-1], found[-1].id) if len(rows) > search.limit else None
        return Page(found, last, total)

    def counts(self, user: str | None = None) -> dict[tuple[Status, str], int]:
        """Return how many jobs there are of each state and strategy; only those of ``user``, if one is named."""
        query = sa.select(jobs.c.status, jobs.c.strategy, sa.func.count()).group_by(jobs.c.status, jobs.c.strategy)
        if user is not None:
            query = query.where(jobs.c.user == user)
        found = self._read(lambda connection: connection.execute(query).all())
        return {(Status(status), strategy): count for status, strategy, count in found}

    def unfinished(self) -> Sequence[JobRecord]:
        """Return the rows of jobs that have not ended."""
        return self._select(sa.select(*_COLUMNS).where(jobs.c.status.not_in(_TERMINAL)).order_by(jobs.c.submitted))

    def outlived(self, keep: int | None, before: float | None) -> Sequence[str]:
        """Return the ids of ended jobs beyond the newest ``keep``, and of those that ended before a time."""
        ended = sa.select(jobs.c.id).where(jobs.c.status.in_(_TERMINAL)).order_by(jobs.c.ended.desc(), jobs.c.id)
        found: set[str] = set()
        if keep is not None:
            found.update(self._ids(ended.limit(-1 if self._sqlite else None).offset(keep)))
        if before is not None:
            found.update(self._ids(ended.where(jobs.c.ended < before)))
        return sorted(found)

    def journal(self) -> str:
        """Return SQLite's journal mode, or the name of another kind of database."""
        if not self._sqlite:
            return str(self._engine.dialect.name)
        return self._read(lambda connection: str(connection.exec_driver_sql("PRAGMA journal_mode").scalar()))

    def snapshot(self) -> Index:
        """Return an index in memory that says what the folders say now."""
        found = Index("sqlite://")
        weakref.finalize(found, found._engine.dispose)
        if self._refill is not None:
            self._refill(found)
        return found

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._engine.dispose()

    @property
    def _sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    def _insert_new(self) -> Any:
        return _insert(self._engine)(jobs).on_conflict_do_nothing()

    def _select(self, query: sa.Select[Any]) -> list[JobRecord]:
        return self._read(lambda connection: [from_row(tuple(row)) for row in connection.execute(query)])

    def _ids(self, query: sa.Select[Any]) -> list[str]:
        return self._read(lambda connection: [row[0] for row in connection.execute(query)])

    def _open(self) -> None:
        """Connect to the file that is there now, or to a new one."""
        from nodetool_jupyter.jobs.migrate import bring_up_to_date

        for again in (True, False):
            self._engine.dispose()
            self._inode = None
            found = index_file.make(self._file) if self._file is not None else None
            try:
                bring_up_to_date(self._engine)
            except index_file.REFUSED as error:
                self._engine.dispose()
                fault = self._named(error)
                if not (again and self._file and isinstance(fault, IndexDamaged)):
                    raise fault from error
                index_file.set_aside(self._file, found)
            else:
                self._inode = found
                return

    def _named(self, error: Exception) -> StorageError:
        return index_file.named(self._file or self._engine.url, error)

    def _read(self, ask: Callable[[sa.Connection], T]) -> T:
        try:
            return self._attempt(ask)
        except IndexUnavailable:
            if self._refill is None:
                raise
        return self.snapshot()._attempt(ask)

    def _write(self, act: Callable[[sa.Connection], object]) -> None:
        self._attempt(act)
        if self._moved():  # meanwhile; what was written went into a file that nobody reads
            self._attempt(act)

    def _attempt(self, act: Callable[[sa.Connection], T]) -> T:
        with self._lock:
            if not self._mending and self._moved():
                self._renew()
            try:
                return self._once(act)
            except IndexDamaged:
                if self._mending or self._file is None:
                    raise
            index_file.set_aside(self._file, self._inode)
            self._renew()
            return self._once(act)

    def _once(self, act: Callable[[sa.Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                return act(connection)
        except index_file.REFUSED as error:
            raise self._named(error) from error

    def _moved(self) -> bool:
        """Tell whether what is connected to is out of date; a table in memory, that follows the folders, always is."""
        if self._file is None:
            return self._sqlite and self._refill is not None
        return self._inode is None or index_file.inode(self._file) != self._inode

    def _renew(self) -> None:
        self._open()
        self._mending = True
        try:
            if self._refill is not None:
                self._refill(self)
        finally:
            self._mending = False

    def _check_pages(self, connection: sa.Connection) -> None:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() if self._sqlite else "ok"
        if found != "ok":
            raise IndexDamaged(f"the index {self._file} is damaged: {found}")


def _as_dicts(records: Iterable[JobRecord]) -> list[dict[str, object]]:
    return [dict(zip(FIELDS, as_row(record), strict=True)) for record in records]


def _file_of(url: str) -> Path | None:
    name = sa.make_url(url).database
    return Path(name) if url.startswith("sqlite") and name else None


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

    return engine


def _wal_works(connection: Any) -> bool:
    """Try the write-ahead log, which needs shared memory between processes."""
    mode = ""
    try:
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        # Locked is not refused: whoever holds the lock uses the write-ahead log.
        return mode == "wal" and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
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
