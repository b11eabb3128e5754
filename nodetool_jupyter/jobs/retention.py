"""Which ended jobs are kept, and how one is removed."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from nodetool_jupyter import clock, faults, settings
from nodetool_jupyter.errors import InvalidRequest, StorageError
from nodetool_jupyter.jobs.desk import Desk
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.opening import Options
from nodetool_jupyter.jobs.records import JobRecord

DAY = 86400.0


class Retention:
    """Removes ended jobs: the rename into the trash is the commit, then goes the row, then the files."""

    def __init__(self, desk: Desk, options: Options) -> None:
        self._desk = desk
        self._options = options
        self._emptying = threading.Lock()

    def remove(self, record: JobRecord) -> None:
        """Remove one job; raises :class:`InvalidRequest` when it has not ended."""
        if not record.status.terminal or record.id in self._desk.live:
            raise InvalidRequest(
                f"job {record.id} is {record.status}; only an ended job can be removed, cancel it first"
            )
        self._discard([record.id])

    def prune(self, older_than: float | None = None, keep: int | None = None) -> int:
        """Remove ended jobs by age in seconds and by number; the settings hold when neither is given."""
        if older_than is None and keep is None:
            keep, older_than = self._kept_jobs(), self._kept_days() * DAY
        before = None if older_than is None else clock.time() - older_than
        found = self._desk.indexer.index().outlived(keep, before)
        return self._discard(found)

    def empty_trash(self) -> None:
        """Remove what an earlier process had begun to remove, and what it had begun to store a day ago or more."""
        trash = self._desk.places.data / "trash"
        if not self._desk.places.read_only:
            self._sweep(trash)
        with self._emptying:  # two that remove one folder make each other stop half-way
            for path in trash.iterdir():
                shutil.rmtree(path, ignore_errors=True)

    def _sweep(self, trash: Path) -> None:
        """Throw away folders in which no job was ever stored: whoever made them died before a request was whole."""
        before = clock.time() - DAY
        for path in Path(self._desk.jobs).iterdir():
            folder = JobFolder(self._desk.jobs, path.name)
            with suppress(OSError):  # another manager sweeps too
                if path.stat().st_mtime < before and not os.path.lexists(folder.log) and folder.read_request() is None:
                    path.rename(trash / f"{path.name}.{os.urandom(4).hex()}")

    def _kept_jobs(self) -> int:
        chosen = self._options.keep_jobs
        return settings.get_int("NODETOOL_KEEP_JOBS") if chosen is None else chosen

    def _kept_days(self) -> float:
        chosen = self._options.keep_days
        return settings.get_int("NODETOOL_KEEP_DAYS") if chosen is None else chosen

    def _discard(self, job_ids: Iterable[str]) -> int:
        """Rename, forget, delete; returns how many this process was the one to remove."""
        trash = self._desk.places.data / "trash"
        gone: list[tuple[str, str]] = []
        refused: StorageError | None = None
        for job_id in job_ids:
            aside = str(trash / f"{job_id}.{os.urandom(4).hex()}")
            try:
                os.rename(f"{self._desk.jobs}/{job_id}", aside)  # noqa: PTH104
            except FileNotFoundError:
                aside = ""
            except OSError as error:
                refused = StorageError(f"job {job_id} cannot be removed: {error.strerror}")
                continue
            gone.append((job_id, aside))
        faults.point("remove.after_rename")
        if gone:
            self._desk.indexer.forget([job_id for job_id, _ in gone])
        for job_id, aside in gone:
            self._desk.bus.ring(job_id)
            if aside:
                shutil.rmtree(aside, ignore_errors=True)
        if refused is not None:
            raise refused
        return sum(bool(aside) for _, aside in gone)
