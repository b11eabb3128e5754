"""The event log of a job: appended by its one owner, in lines numbered 1, 2, 3 … without gaps."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from nodetool_jupyter import faults
from nodetool_jupyter.errors import NotOwner, StorageError
from nodetool_jupyter.eventlog.lines import Tail, cut_torn_line, read_tail
from nodetool_jupyter.eventlog.shorten import shorten_file
from nodetool_jupyter.events import Event, dump_line
from nodetool_jupyter.files import write_all
from nodetool_jupyter.jobs.folder import JobFolder

CAP = 64 * 1024 * 1024


class Entry(NamedTuple):
    """An event that is to become a line: with its time, the number its runner gave it, and its bytes if they stay."""

    event: Event
    time: float
    source: int | None = None
    body: bytes | None = None


class EventLog:
    """The writer of one job's log; safe to use from several threads of the owner.

    The file is open only between the first append and :meth:`rest`, so that waiting and finished jobs hold none.
    """

    def __init__(self, folder: JobFolder, epoch: int, *, cap: int = CAP, seq: int = 0, size: int = 0) -> None:
        self.folder = folder
        self.seq = seq
        self.epoch = epoch
        self.cap = cap
        self.size = size
        self.lock = threading.RLock()
        self._next_owner = folder.owner_path(epoch + 1)
        self._descriptor = -1
        self._sealed = False

    @classmethod
    def resume(cls, folder: JobFolder, epoch: int, *, cap: int = CAP) -> tuple[EventLog, Tail]:
        """Go on with a log that another owner wrote: cut a torn last line, and read where it ends."""
        cut_torn_line(folder.log)
        with suppress(FileNotFoundError):  # of an owner that ended, or stands still, as it shortened the log
            os.unlink(f"{folder.log}.draft")  # noqa: PTH108
        tail = read_tail(folder.log)
        size = os.path.getsize(folder.log) if tail.seq else 0  # noqa: PTH202
        return cls(folder, epoch, cap=cap, seq=tail.seq, size=size), tail

    @property
    def full(self) -> bool:
        """Whether the log is over its cap and must be shortened."""
        return self.size > self.cap

    def append(self, attempt: int, entries: Sequence[Entry], *, final: bool = False) -> int:
        """Write entries as lines, all at once, and return the last number; a job's end seals the log.

        Entries after the end are dropped. Raises :class:`NotOwner` when somebody else has claimed the job,
        :class:`StorageError` when the disk refuses; nothing of the entries stays then.
        """
        with self.lock:
            if self._sealed:
                return self.seq
            self._open()
            # Looked at only now: a log that a new owner renews after this is another file than the one just opened.
            self._check_owner()
            seq, job_id, lines = self.seq, self.folder.id, []
            for event, time, source, body in entries:
                seq += 1
                lines.append(
                    dump_line(event, job_id=job_id, attempt=attempt, seq=seq, time=time, source=source, body=body)
                )
            self._write(b"".join(lines))
            # And once more: what was written after a claim is in a file that nobody reads.
            self._check_owner()
            self.seq, self._sealed = seq, final
            return seq

    @property
    def claimed(self) -> bool:
        """Whether somebody else has claimed the job."""
        return os.path.exists(self._next_owner)  # noqa: PTH110

    def _open(self) -> None:
        if self._descriptor < 0:
            flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC
            try:
                self._descriptor = os.open(self.folder.log, flags, 0o600)
            except OSError as error:
                raise StorageError(f"the log of job {self.folder.id} cannot be written: {error.strerror}") from error

    def _write(self, data: bytes) -> None:
        try:
            faults.point("log.mid_line")
            written = os.write(self._descriptor, data)
            if written < len(data):
                write_all(self._descriptor, data[written:])
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self.size)
            raise StorageError(f"the log of job {self.folder.id} cannot be written: {error.strerror}") from error
        self.size += len(data)

    def rest(self) -> None:
        """Close the file until the next append."""
        with self.lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1

    def shorten(self) -> None:
        """Write the log anew, down to half its cap.

        Raises :class:`LogFull` when lines that may not be cut are more than that half, :class:`NotOwner`.
        """
        with self.lock:
            try:
                self.size = shorten_file(self.folder.log, self.cap, self.folder.id, self._may_replace)
            except FileNotFoundError:
                self._check_owner()  # a new owner takes the draft away
                raise
            self.rest()

    def _may_replace(self) -> None:
        self._check_owner()
        faults.point("log.before_shorten")

    def _check_owner(self) -> None:
        if self.claimed:
            self.rest()
            raise NotOwner(f"job {self.folder.id} was claimed by another process")
