"""Finding jobs: by id, by the beginning of an id, or as a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from nodetool_jupyter.errors import JobNotFound, nearest
from nodetool_jupyter.jobs import identity
from nodetool_jupyter.jobs.desk import Desk
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.live import LiveJob
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.jobs.search import Page, Search
from nodetool_jupyter.jobs.state import record_of
from nodetool_jupyter.states import Status

Records = list[JobRecord]  # the class has a method of that name


class Lookup:
    """Answers from what runs here, then from the index, then from the folders."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def folder(self, job_id: str) -> JobFolder:
        """Return the folder of a job by its id or a unique beginning of it; raises :class:`JobNotFound`."""
        folder = JobFolder(self._desk.jobs, job_id)
        if job_id in self._desk.live or (_plain(job_id) and folder.exists):
            return folder
        return JobFolder(self._desk.jobs, self._complete(job_id))

    def get(self, job_id: str) -> JobRecord:
        """Return a job's record; raises :class:`JobNotFound`."""
        here = self._here(job_id)
        if here is not None:
            return here
        folder = self.folder(job_id)
        live = self._desk.live.get(folder.id)
        if live is not None:
            return self._now(live)
        found = self._desk.indexer.index().get(folder.id) or record_of(folder)
        if found is None:
            raise JobNotFound(f"there is no job {job_id!r}")
        return self._as_it_stands(found)

    def find(self, job_id: str) -> JobRecord | None:
        """Return a job's record by its whole id; ``None`` when there is no such job."""
        here = self._here(job_id)
        if here is not None:
            return here
        if not _plain(job_id):
            return None
        found = self._desk.indexer.index().get(job_id) or record_of(JobFolder(self._desk.jobs, job_id))
        return None if found is None else self._as_it_stands(found)

    def page(self, search: Search) -> Page:
        """Return a page of a search, each job as it stands; one that is in no wanted state any more is left out."""
        rows, after, total = self._desk.indexer.index().page(search)
        now = self._now_of(rows)
        return Page([one for one in now if not search.status or one.status in search.status], after, total)

    def list(self, status: Iterable[Status] | None = None, limit: int | None = None) -> list[JobRecord]:
        """Return records, newest first."""
        return self._now_of(self._desk.indexer.index().rows(status, limit))

    def _here(self, job_id: str) -> JobRecord | None:
        """Return the record of a job that runs here, or whose end here is in no row yet."""
        live = self._desk.live.get(job_id)
        return self._now(live) if live is not None else self._desk.indexer.just_ended(job_id)

    def _now_of(self, rows: Iterable[JobRecord]) -> Records:
        live = self._desk.live
        return [self._now(live[row.id]) if row.id in live else self._as_it_stands(row) for row in rows]

    def _as_it_stands(self, row: JobRecord) -> JobRecord:
        """Return the row of a job that another process owns; where nobody does, the folder knows better."""
        if row.status.terminal:
            return row
        folder = JobFolder(self._desk.jobs, row.id)
        epoch, owner = folder.owner()
        lives = owner is not None and identity.alive(owner, self._desk.identity, self._desk.places.runtime)
        if epoch == 0 or lives:
            return row
        if owner is not None and lives is None:
            return replace(row, ownership=f"owned on {owner.host}")
        found = record_of(folder) or row
        return found if found.status.terminal else replace(found, ownership="nobody owns it")

    def _now(self, job: LiveJob) -> JobRecord:
        if job.final:  # its end may be in the log by now, and is in no row yet
            return record_of(job.folder) or job.record()
        record = job.record()
        if record.status is Status.QUEUED:
            return replace(
                record, queue_position=self._desk.queue.position(record.strategy, record.id) or record.queue_position
            )
        return record

    def _complete(self, prefix: str) -> str:
        index = self._desk.indexer.index()
        found = index.beginning_with(prefix) if prefix else []
        if len(found) == 1:
            return found[0]
        if found:
            raise JobNotFound(
                f"{len(found)} or more jobs begin with {prefix!r}: {', '.join(found[:5])}; give more of the id"
            )
        hint = nearest(prefix, index.ids())
        raise JobNotFound(f"there is no job {prefix!r}" + (f"; {hint}" if hint.startswith("did") else ""))


def _plain(job_id: str) -> bool:
    return bool(job_id) and "/" not in job_id and not job_id.startswith(".")
