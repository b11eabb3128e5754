"""Keeping a log under its cap: the middle of its text is cut, and one line says so."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.eventlog.lines import Head, read_head
from nodetool_jupyter.events import LOSSY_TYPES, Gap, dump_line, parse
from nodetool_jupyter.files import private_opener

CUTTABLE = LOSSY_TYPES | {"log_update", "chunk", "gap"}
_GAP_ROOM = 256
_NO_LINE = Head(0, 1, None, "")  # what no reader takes, and is left out


class LogFull(StorageError):  # noqa: N818  # a state of the log
    """Lines that may not be cut fill the log alone."""


@dataclass(slots=True)
class _Cut:
    """Which bytes of cuttable lines go: those between ``start`` and ``end``, counted among the cuttable ones only."""

    start: int
    end: int
    first: int = 0
    last: int = 0
    lines: int = 0

    def takes(self, offset: int, size: int) -> bool:
        return self.start < self.end and offset + size > self.start and offset < self.end


def shorten_file(path: str, cap: int, job_id: str, may_replace: Callable[[], None]) -> int:
    """Write a log anew, down to half of ``cap`` bytes, and rename it over; returns its new size.

    ``may_replace`` is called before the renaming, and raises when it must not be. Raises :class:`LogFull` when lines
    that may not be cut are more than that half.
    """
    cut = _plan(path, cap, job_id)
    draft = f"{path}.draft"
    try:
        with Path(path).open("rb") as source, open(draft, "wb", opener=private_opener) as target:
            _copy(source, target, cut, job_id)
        may_replace()
        os.replace(draft, path)  # noqa: PTH105
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(draft)  # noqa: PTH108
        raise
    return os.stat(path).st_size  # noqa: PTH116


def renew(path: str) -> None:
    """Copy a log and rename it over, so that a late owner's descriptor writes to a file that nobody reads.

    The late owner's own draft of a shortened log goes first, so that it cannot rename that over the copy either.
    """
    with suppress(FileNotFoundError):
        os.unlink(f"{path}.draft")  # noqa: PTH108
    draft = f"{path}.renewed"
    with suppress(FileNotFoundError):  # its owner has not begun it, and sees the claim before it does
        with Path(path).open("rb") as source, open(draft, "wb", opener=private_opener) as target:
            while block := source.read(1024 * 1024):
                target.write(block)
        os.replace(draft, path)  # noqa: PTH105


def _head(line: bytes) -> Head:
    try:
        return read_head(line)
    except ValueError:  # a node can send its guard anything
        return _NO_LINE


def _plan(path: str, cap: int, job_id: str) -> _Cut:
    fixed = cuttable = 0
    with Path(path).open("rb") as source:
        for line in source:
            head = _head(line)
            if head is _NO_LINE:
                continue
            if head.type in CUTTABLE:
                cuttable += len(line)
            else:
                fixed += len(line)
    room = cap // 2 - fixed - _GAP_ROOM
    if room < 0:
        raise LogFull(f"the log of job {job_id} is full, {fixed} bytes of it may not be cut: raise NODETOOL_LOG_CAP")
    cut = _Cut(room // 2, cuttable - room // 2)
    _measure(path, cut)
    return cut


def _measure(path: str, cut: _Cut) -> None:
    offset = 0
    with Path(path).open("rb") as source:
        for line in source:
            head = _head(line)
            if head is not _NO_LINE and head.type in CUTTABLE:
                if head.type == "gap" or cut.takes(offset, len(line)):
                    first, last, lines = _span(line, head)
                    cut.first = cut.first or first
                    cut.last, cut.lines = max(cut.last, last), cut.lines + lines
                offset += len(line)


def _span(line: bytes, head: Head) -> tuple[int, int, int]:
    if head.type == "gap":
        event = parse(line)
        assert isinstance(event, Gap)
        return event.first, event.last, event.lines
    return head.seq, head.seq, 1


def _copy(source: BinaryIO, target: BinaryIO, cut: _Cut, job_id: str) -> None:
    offset = 0
    told = not cut.lines
    for line in source:
        head = _head(line)
        if head is _NO_LINE:
            continue
        if not told and head.seq >= cut.first:
            gap = Gap(first=cut.first, last=cut.last, lines=cut.lines)
            time = parse(line).time or 0.0
            target.write(dump_line(gap, job_id=job_id, attempt=head.attempt, seq=cut.first, time=time, source=None))
            told = True
        if head.type not in CUTTABLE:
            target.write(line)
            continue
        if head.type != "gap" and not cut.takes(offset, len(line)):
            target.write(line)
        offset += len(line)
