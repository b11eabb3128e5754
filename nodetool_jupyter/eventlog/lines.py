"""The lines of an event log: what stands at their beginning, where they end, which is the last."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from nodetool_jupyter import faults
from nodetool_jupyter.events import parse

_HEAD = re.compile(
    rb'^\{"seq":(\d+),"attempt":(\d+),"time":[-\d.]+(?:,"source":(\d+))?,"job_id":"[^"]*"(?:,"type":"(\w+)")?'
)
_SEQ = re.compile(rb'^\{"seq":(\d+),"attempt":\d+,"time":[-\d.]+,.*\}$')
_BLOCK = 64 * 1024


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


def read_seq(line: bytes) -> int:
    """Read the number of a line and nothing else of it; raises ``ValueError`` when it is no line of a log."""
    found = _SEQ.match(line)
    return read_head(line).seq if found is None else int(found[1])


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
        faults.point("claim.before_cut")
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
