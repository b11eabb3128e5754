"""The event log of a job: appended by its one owner, in lines numbered 1, 2, 3 … without gaps."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from nodetool_jupyter import faults
from nodetool_jupyter.errors import NotOwner, StorageError
from nodetool_jupyter.events import Event, dump_line, parse
from nodetool_jupyter.jobs.folder import JobFolder, write_all

CAP = 64 * 1024 * 1024
_HEAD = re.compile(
    rb'^\{"seq":(\d+),"attempt":(\d+),"time":[-\d.]+(?:,"source":(\d+))?,"job_id":"[^"]*"(?:,"type":"(\w+)")?'
)
_BLOCK = 64 * 1024


class Entry(NamedTuple):
    """An event that is to become a line: with its time, and the number its runner gave it."""

    event: Event
    time: float
    source: int | None = None


class Head(NamedTuple):
    """What stands at the beginning of every line."""

    seq: int
    attempt: int
    source: int | None
    type: str


def read_head(line: bytes) -> Head:
    """Read the beginning of a line without reading the rest; raises ``ValueError`` when it is no line of a log."""
    found = _HEAD.match(line)
    if found is None or found[4] is None:
        event = parse(line)
        if event.seq is None:
            raise ValueError("a line of a log has a seq")
        return Head(event.seq, event.attempt or 1, event.source, event.type)
    source = found[3]
    return Head(int(found[1]), int(found[2]), None if source is None else int(source), found[4].decode())


def lines_backwards(path: str) -> Iterator[bytes]:
    """Yield the whole lines of a file from the last to the first, without their ends."""
    with Path(path).open("rb") as file:
        position = file.seek(0, os.SEEK_END)
        rest: bytes | None = None  # what stands before the lines yielded so far; None while the torn tail is skipped
        while position > 0:
            step = min(_BLOCK, position)
            position -= step
            file.seek(position)
            block = file.read(step)
            if rest is None:
                block, end, _ = block.rpartition(b"\n")
                if not end:
                    continue
            else:
                block += rest
            lines = block.split(b"\n")
            rest = lines[0]
            yield from reversed(lines[1:])
        if rest is not None:
            yield rest


class Tail(NamedTuple):
    """Where a log ends: its last number, and the last line that a runner wrote in the last attempt."""

    seq: int = 0
    attempt: int = 1
    source: int = 0
    terminal: bool = False


def read_tail(path: str) -> Tail:
    """Read where a log ends; an empty tail when there is none."""
    seq, attempt, terminal = 0, 0, False
    try:
        for line in lines_backwards(path):
            try:
                head = read_head(line)
            except ValueError:
                continue
            if seq == 0:
                seq, attempt = head.seq, head.attempt
                terminal = is_terminal(line, head)
            if head.attempt != attempt:
                break
            if head.source is not None:
                return Tail(seq, attempt, head.source, terminal)
    except FileNotFoundError:
        return Tail()
    return Tail(seq, attempt or 1, 0, terminal)


def is_terminal(line: bytes, head: Head | None = None) -> bool:
    """Tell whether a line is the end of its job."""
    if (head or read_head(line)).type != "job_update" or b'"status":"queued"' in line[:200]:
        return False
    from nodetool_jupyter.states import read_status

    return read_status(getattr(parse(line), "status", "running")).terminal


def cut_torn_line(path: str) -> None:
    """Cut what a dying writer left behind its last whole line, so that the next line stands alone."""
    with suppress(FileNotFoundError), Path(path).open("r+b") as file:
        end = _last_line_end(path)
        while end:
            line = next(lines_backwards(path))
            try:
                read_head(line)
            except ValueError:
                end -= len(line) + 1
                file.truncate(end)
            else:
                break
        file.truncate(end)


def _last_line_end(path: str) -> int:
    with Path(path).open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            step = min(_BLOCK, end)
            file.seek(end - step)
            found = file.read(step).rfind(b"\n")
            if found >= 0:
                return end - step + found + 1
            end -= step
    return 0


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
            if self.seq and os.path.exists(self._next_owner):  # noqa: PTH110
                raise NotOwner(f"job {self.folder.id} was claimed by another process")
            seq, job_id, lines = self.seq, self.folder.id, []
            for event, time, source in entries:
                seq += 1
                lines.append(dump_line(event, job_id=job_id, attempt=attempt, seq=seq, time=time, source=source))
            self._write(b"".join(lines))
            self.seq, self._sealed = seq, final
            return seq

    def _write(self, data: bytes) -> None:
        try:
            if self._descriptor < 0:
                flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC
                self._descriptor = os.open(self.folder.log, flags, 0o600)
            faults.point("log.mid_line")
            written = os.write(self._descriptor, data)
            if written < len(data):
                write_all(self._descriptor, data[written:])
        except OSError as error:
            if self._descriptor >= 0:
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
