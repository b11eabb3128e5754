"""Writes the index behind the jobs' backs: one transaction for all that changed since the last."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Protocol

from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.jobs.records import JobRecord

if TYPE_CHECKING:
    from nodetool_jupyter.jobs.index import Index

logger = logging.getLogger("nodetool_jupyter.jobs")
WINDOW = 0.025  # seconds that changes are gathered; a job that starts and ends within costs one row
RECENT = 256  # ended jobs whose record is still at hand
RETRY = 1.0  # seconds until a refused transaction is tried again
_UNWRITTEN = "the index of jobs could not be written, the logs have it all: %s"


class Recorded(Protocol):
    """A job that can say how it is now: one that runs, or the record of one."""

    @property
    def id(self) -> str:
        """The job's id."""

    def record(self) -> JobRecord:
        """Return how the job is now."""


class Indexer:
    """A thread that keeps the index up to date; readers of the index see everything put before they asked.

    ``tell`` is called with the ids of jobs whose rows have changed, once they can be read; with none when any may have.
    """

    def __init__(
        self,
        open_index: Callable[[], Index],
        prepare: Callable[[Index, frozenset[str]], None],
        tell: Callable[[Collection[str]], None],
    ) -> None:
        self._open = open_index
        self._prepare = prepare
        self._tell = tell
        self._pending: dict[str, Recorded | None] = {}  # None: there is no such job
        self._ended: OrderedDict[str, JobRecord] = OrderedDict()
        self._wake = threading.Condition()
        self._writing = threading.Lock()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._index: Index | None = None
        self._behind = False  # the last transaction was refused
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="nodetool-indexer", daemon=True)
        self._thread.start()

    def put(self, job: Recorded) -> None:
        """Let the index know soon how a job is by then; a later word on the same job replaces an earlier one."""
        with self._wake:
            self._pending[job.id] = job
            if len(self._pending) == 1:
                self._wake.notify_all()

    def drop(self, job_id: str) -> None:
        """Let the index know soon that a folder which was there for a moment is no job."""
        with self._wake:
            self._pending[job_id] = None
            if len(self._pending) == 1:
                self._wake.notify_all()

    def put_ended(self, record: JobRecord) -> None:
        """Let the index know soon how a job ended, and keep the record at hand for a while."""
        with self._wake:
            self._ended[record.id] = record
            if len(self._ended) > RECENT:
                self._ended.popitem(last=False)
        self.put(record)

    def just_ended(self, job_id: str) -> JobRecord | None:
        """Return the record of a job that ended a moment ago, without asking the database."""
        return self._ended.get(job_id)

    def forget(self, job_ids: list[str]) -> None:
        """Take rows away, now; later when the index cannot be written."""
        index = self._opened()
        with self._writing:
            with self._wake:
                for job_id in job_ids:
                    self._pending.pop(job_id, None)
                    self._ended.pop(job_id, None)
            try:
                index.delete(job_ids)
            except StorageError as error:  # their folders are gone, and their rows go as soon as may be
                logger.warning(_UNWRITTEN, error)
                with self._wake:
                    self._pending |= dict.fromkeys(job_ids)
                    self._behind = True
                    self._wake.notify_all()
        self._tell(job_ids)

    def index(self) -> Index:
        """Return the index with everything in it that was put before; raises what kept it from opening.

        While it cannot be written, because it is locked or the disk is full, this is a copy in memory, made from the
        folders.
        """
        index = self._opened()
        if not self._behind:
            try:
                self.flush()
            except StorageError as error:
                logger.warning(_UNWRITTEN, error)
            else:
                return index
        found = index.snapshot()
        with self._wake:
            pending = tuple(self._pending.values())
        found.upsert([job.record() for job in pending if job is not None])
        return found

    def rebuild(self, survey: Callable[[], Iterable[JobRecord]]) -> None:
        """Make every row anew; raises :class:`StorageError` when the index cannot be written."""
        index = self._opened()
        self.flush()
        index.rebuild(survey)
        self._tell(())

    def _opened(self) -> Index:
        self._ready.wait()
        if self._index is None:
            assert self._failure is not None
            raise self._failure
        return self._index

    def flush(self) -> None:
        """Write what is pending, now."""
        with self._writing:
            if self._index is None:
                return
            with self._wake:
                pending, self._pending = self._pending, {}
            if not pending:
                return
            try:
                self._index.upsert([job.record() for job in pending.values() if job is not None])
                self._index.delete([job_id for job_id, job in pending.items() if job is None])
            except Exception:
                first, self._behind = not self._behind, True
                with self._wake:
                    self._pending = pending | self._pending
                if first:  # whoever asks is answered from the folders
                    self._tell(pending)
                raise
            self._behind = False
        self._tell(pending)

    def close(self) -> None:
        """Write what is pending, and close the index."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        try:
            index = self._open()
            with self._wake:
                own = frozenset(self._pending)
            self._prepare(index, own)
            self._index = index
        except BaseException as error:
            self._failure = error
            logger.warning("the index of jobs cannot be used: %s", error)
            self._ready.set()
            return
        self._ready.set()
        while not self._closed or self._pending:
            with self._wake:
                self._wake.wait_for(lambda: bool(self._pending) or self._closed)
                self._wake.wait_for(lambda: self._closed, WINDOW)
            try:
                self.flush()
            except Exception as error:
                logger.warning(_UNWRITTEN, error)
                if self._closes_within(RETRY):
                    break
        index.close()

    def _closes_within(self, seconds: float) -> bool:
        with self._wake:
            return self._wake.wait_for(lambda: self._closed, seconds)
