"""Pages of what nodes wrote for people, read from a job's log: bounded in lines, in text and in work."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from nodetool_jupyter.eventlog.lines import read_head, read_tail
from nodetool_jupyter.eventlog.reader import LogReader
from nodetool_jupyter.events import Event, Gap, LogUpdate, Notification, parse
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.widgets import wording

SEVERITIES = ("debug", "info", "warning", "error")
MOST_TEXT = 1024 * 1024  # characters of a page
MOST_SEARCHED = 8 * 1024 * 1024  # bytes of the log that are searched for one page
LONGEST = 64 * 1024  # characters of a line

_SHOWN = frozenset({"log_update", "notification", "gap"})
_SPELLINGS = {"warn": "warning", "critical": "error", "fatal": "error"}
_STEP = 256 * 1024

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines a page is to have: at most ``limit`` behind number ``after``, of these severities, of this node.

    No severities are all of them.
    """

    after: int = 0
    limit: int = 1000
    severities: frozenset[str] = frozenset()
    node: str | None = None

    def takes(self, line: Json) -> bool:
        """Tell whether a line is wanted."""
        if self.severities and line["severity"] not in self.severities:
            return False
        return self.node is None or line["node"] == self.node


@dataclass(slots=True)
class _Page:
    """A page in the making; ``next`` is the last number that was looked at."""

    wanted: Wanted
    next: int
    lines: list[Json] = field(default_factory=list)
    text: int = 0
    searched: int = 0

    @property
    def full(self) -> bool:
        return len(self.lines) >= self.wanted.limit or self.text >= MOST_TEXT or self.searched >= MOST_SEARCHED

    def take(self, lines: list[bytes]) -> None:
        """Take as many lines of the log as there is room for."""
        for raw in lines:
            if self.full:
                return
            with suppress(ValueError):  # a line that is none
                self._look_at(raw)

    def _look_at(self, raw: bytes) -> None:
        head = read_head(raw)
        self.next = max(self.next, head.seq)
        self.searched += len(raw)
        if head.type not in _SHOWN:
            return
        event = parse(raw)
        if isinstance(event, Gap):
            self.next = max(self.next, event.last)  # or the gap would be told again and again
        line = _shown(event, head.seq)
        if self.wanted.takes(line):
            self.lines.append(line)
            self.text += len(line["text"])


def page(folder: JobFolder, wanted: Wanted) -> Json:
    """Return a page of a job's lines: ``lines``, ``next`` (the number to go on behind), ``end`` (nothing follows)."""
    # First: what is written while the page is read belongs to the next one.
    tail = read_tail(folder.log)
    made = _Page(wanted, wanted.after)
    with LogReader(folder.log, wanted.after, step=_STEP) as reader, suppress(FileNotFoundError):
        while not made.full and (lines := reader.read()):
            made.take(lines)
    return {"lines": made.lines, "next": made.next, "end": tail.terminal and made.next >= tail.seq}


def _shown(event: Event, seq: int) -> Json:
    node, severity, text = "", "warning", ""
    if isinstance(event, Gap):
        text = f"{wording.counted(event.lines, 'line')} were cut here to keep the log under its cap"
    elif isinstance(event, (LogUpdate, Notification)):
        node, severity = event.node_id, event.severity.lower()
        text = event.content if len(event.content) <= LONGEST else event.content[: LONGEST - 1] + "…"
    severity = _SPELLINGS.get(severity, severity)
    return {
        "seq": seq,
        "time": event.time or 0.0,
        "node": node,
        "severity": severity if severity in SEVERITIES else "info",
        "text": wording.plain(text),
    }
