"""The nodes of a job in a view: in the graph's order, and where they are too many, around those that run or failed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from nodetool_jupyter.fold import JobState, NodeState
from nodetool_jupyter.states import NodeStatus
from nodetool_jupyter.widgets import wording

if TYPE_CHECKING:
    from nodetool_jupyter.graph import Graph, Node

LAYOUT = frozenset({"nodetool.workflows.base_node.Comment", "nodetool.workflows.base_node.Group"})
_URGENT = {NodeStatus.ERROR: 0, NodeStatus.RUNNING: 1, NodeStatus.CANCELLED: 2}


@dataclass(frozen=True, slots=True)
class Row:
    """One node in a view; ``part`` is how much of its work is done, 0 … 1, when it says so."""

    look: wording.Look
    name: str
    type: str
    time: float | None = None
    part: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows that are left out: how many in which state."""

    counts: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        return "… " + ", ".join(f"{number:,} {word}" for word, number in self.counts)


class _Entry(NamedTuple):
    """A node before it is a row; most nodes of a large graph never become one."""

    status: str
    heard: NodeState | None
    node: Node | None


class Roll:
    """The nodes of a job as they are at the time ``now``, by default that of its last event; comments are none."""

    def __init__(self, state: JobState, graph: Graph | None = None, now: float | None = None) -> None:
        over = state.status.terminal
        known = dict(state.nodes)
        self.now = state.updated if now is None else now
        self._entries: list[_Entry] = []
        for node in graph.nodes if graph is not None else ():
            heard = known.pop(node.id, None)
            if node.type not in LAYOUT:
                self._entries.append(_Entry(status_of(heard, node, over), heard, node))
        for heard in known.values():
            if heard.type not in LAYOUT:
                self._entries.append(_Entry(status_of(heard, None, over), heard, None))

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def failed(self) -> bool:
        """Whether a node failed."""
        return any(entry.status == NodeStatus.ERROR for entry in self._entries)

    @property
    def done(self) -> int:
        """How many nodes have completed."""
        return sum(entry.status == NodeStatus.COMPLETED for entry in self._entries)

    @property
    def progress(self) -> float:
        """How much of the graph is done, 0 … 1; a running node's own progress counts in part."""
        running = (entry.heard for entry in self._entries if entry.status == NodeStatus.RUNNING)
        parts = sum(_part(heard) or 0.0 for heard in running if heard is not None)
        return (self.done + parts) / len(self) if self._entries else 0.0

    def rows(self, limit: int) -> list[Row | Cut]:
        """Return at most ``limit`` (three or more) lines: nodes that failed or run, those beside them, and counts."""
        if len(self) <= limit:
            return [self._row(entry) for entry in self._entries]
        shown: list[Row | Cut] = []
        start = 0
        for index in sorted(self._around(max(limit, 3))):
            if index > start:
                shown.append(self._cut(start, index))
            shown.append(self._row(self._entries[index]))
            start = index + 1
        if start < len(self):
            shown.append(self._cut(start, len(self)))
        return shown

    def _around(self, limit: int) -> set[int]:
        """Choose indices so that they, with a line for each hole between them, make at most ``limit`` lines."""
        total = len(self)
        urgent = [index for index, entry in enumerate(self._entries) if entry.status in _URGENT]
        chosen: set[int] = set()
        for index in sorted(urgent, key=lambda index: _URGENT[NodeStatus(self._entries[index].status)])[:limit]:
            if _lines(chosen | {index}, total) > limit:
                break
            chosen.add(index)
        middle = min(chosen, default=self._frontier())
        near = range(max(0, middle - limit), min(total, middle + limit))
        for index in sorted(near, key=lambda index: (abs(index - middle), index)):
            if _lines(chosen | {index}, total) <= limit:
                chosen.add(index)
        return chosen

    def _frontier(self) -> int:
        waiting = (index for index, entry in enumerate(self._entries) if entry.status == NodeStatus.WAITING)
        return next(waiting, len(self) - 1)

    def _cut(self, start: int, end: int) -> Cut:
        counts = Counter(entry.status for entry in self._entries[start:end])
        return Cut(tuple((wording.look(status).word, number) for status, number in counts.most_common()))

    def _row(self, entry: _Entry) -> Row:
        look = wording.look(entry.status)
        heard = entry.heard
        if heard is None:
            assert entry.node is not None
            return Row(look, wording.one_line(entry.node.label), _last(entry.node.type))
        time, running = heard.duration, entry.status == NodeStatus.RUNNING
        if running and heard.started is not None and self.now is not None:
            time = max(0.0, self.now - heard.started)
        note = heard.error or (heard.message if running else "") or ""
        name = wording.one_line(heard.name) or _last(heard.type) or wording.one_line(heard.id)
        return Row(look, name, _last(heard.type), time, _part(heard) if running else None, wording.one_line(note))


def status_of(heard: NodeState | None, node: Node | None, over: bool) -> str:
    """Return the node's state; one that never ran says so when the job is over, or that it is switched off."""
    if heard is not None and heard.status != NodeStatus.WAITING:
        return heard.status
    if node is not None and node.bypassed:
        return "bypassed"
    return "not_run" if over else NodeStatus.WAITING


def _part(heard: NodeState) -> float | None:
    if heard.progress is None or not heard.total:
        return None
    return min(1.0, max(0.0, heard.progress / heard.total))


def _last(kind: str) -> str:
    return wording.one_line(kind.rsplit(".", 1)[-1])


def _lines(chosen: set[int], total: int) -> int:
    """Count the lines that these rows take, holes included."""
    ordered = sorted(chosen)
    return len(ordered) + sum(after - before > 1 for before, after in pairwise([-1, *ordered, total]))
