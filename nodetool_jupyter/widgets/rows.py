"""What a view says of a job and its nodes, before it is text or html: which rows, which words, in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.fold import JobState, NodeState
from nodetool_jupyter.states import NodeStatus, Reason, Status
from nodetool_jupyter.widgets import wording

if TYPE_CHECKING:
    from nodetool_jupyter.graph import Graph, Node

_LAYOUT = frozenset({"nodetool.workflows.base_node.Comment", "nodetool.workflows.base_node.Group"})
_RANK = {NodeStatus.ERROR: 0, NodeStatus.RUNNING: 1, NodeStatus.CANCELLED: 2}


@dataclass(frozen=True, slots=True)
class Row:
    """One node in a view; ``part`` is how much of its work is done, 0 … 1, when it says so."""

    look: wording.Look
    name: str
    type: str
    time: float | None = None
    part: float | None = None
    note: str = ""
    rank: int = 3


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows that are left out: how many in which state."""

    counts: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        return "… " + ", ".join(f"{number:,} {word}" for word, number in self.counts)


@dataclass(frozen=True, slots=True)
class Heading:
    """What the first lines of a view say; ``facts`` are short and ordered, ``trouble`` says what went wrong."""

    look: wording.Look
    name: str
    id: str
    facts: tuple[str, ...]
    trouble: str


def heading(state: JobState, found: Sequence[Row], graph: Graph | None = None, name: str = "") -> Heading:
    """Return what is to be said of the job as a whole; ``found`` are its rows."""
    facts: list[str] = []
    if state.attempt > 1:
        facts.append(f"attempt {state.attempt}")
    if state.queue_position is not None:
        facts.append(wording.place(state.queue_position))
    if state.cancel_requested and not state.status.terminal:
        facts.append(wording.CANCELLING)
    if found:
        facts.append(f"{state.done:,} of {wording.counted(len(found), 'node')}")
    spent = wording.duration(elapsed(state))
    if spent:
        facts.append(spent)
    memory = (state.resources or {}).get("memory")
    if isinstance(memory, (int, float)) and not state.status.terminal:
        facts.append(wording.size(memory))
    if state.winding_down:
        facts.append(wording.WINDING_DOWN)
    shown = wording.one_line(name or _graph_name(graph))
    return Heading(wording.look(state.status), shown, wording.one_line(state.job_id), tuple(facts), _trouble(state))


def rows(state: JobState, graph: Graph | None = None) -> list[Row]:
    """Return a row for each node, in the graph's order; nodes that have not reported yet wait."""
    over = state.status.terminal
    known = dict(state.nodes)
    found = []
    for node in graph.nodes if graph is not None else ():
        if node.type in _LAYOUT:
            known.pop(node.id, None)
            continue
        heard = known.pop(node.id, None) or NodeState(node.id, node.label, node.type)
        found.append(_row(heard, node, over, state.updated))
    found.extend(_row(heard, None, over, state.updated) for heard in known.values() if heard.type not in _LAYOUT)
    return found


def shorten(found: Sequence[Row], limit: int) -> list[Row | Cut]:
    """Return at most ``limit`` (three or more) lines: rows that failed or run, those beside them, and counts."""
    if len(found) <= limit:
        return list(found)
    chosen = _around(found, max(limit, 3))
    shown: list[Row | Cut] = []
    left: list[Row] = []
    for index, row in enumerate(found):
        if index not in chosen:
            left.append(row)
            continue
        if left:
            shown.append(_cut(left))
            left = []
        shown.append(row)
    if left:
        shown.append(_cut(left))
    return shown


def progress(found: Sequence[Row]) -> float:
    """Return how much of the graph is done, 0 … 1; a node's own progress counts in part."""
    done = wording.LOOKS["completed"]
    return sum(1.0 if row.look is done else row.part or 0.0 for row in found) / len(found) if found else 0.0


def elapsed(state: JobState) -> float | None:
    """Return seconds from the start of the run to its end, or to its last event so far."""
    if state.started is None:
        return None
    until = state.ended if state.ended is not None else state.updated
    return None if until is None else max(0.0, until - state.started)


def outputs(state: JobState) -> dict[str, Any]:
    """Return the job's outputs: its result, or what has come so far."""
    return state.result if state.result is not None else state.outputs


def log_line(severity: str, content: str, limit: int = 500) -> str:
    """Return one line of a log; its severity stands before it when it is more than information."""
    said = wording.one_line(content)
    said = said if len(said) <= limit else said[: limit - 1] + "…"
    return said if severity in ("info", "debug", "") else f"{severity}: {said}"


def _around(found: Sequence[Row], limit: int) -> set[int]:
    """Choose indices so that they, with a line for each hole between them, make at most ``limit`` lines."""
    chosen: set[int] = set()
    urgent = sorted((index for index, row in enumerate(found) if row.rank < 3), key=lambda index: found[index].rank)
    for index in urgent[:limit]:
        if _lines(chosen | {index}, len(found)) > limit:
            break
        chosen.add(index)
    middle = min(chosen, default=_first_waiting(found))
    near = range(max(0, middle - limit), min(len(found), middle + limit))
    for index in sorted(near, key=lambda index: (abs(index - middle), index)):
        if _lines(chosen | {index}, len(found)) <= limit:
            chosen.add(index)
    return chosen


def _lines(chosen: set[int], total: int) -> int:
    """Count the lines that these rows take, holes included."""
    ordered = sorted(chosen)
    bounds = [-1, *ordered, total]
    return len(ordered) + sum(after - before > 1 for before, after in pairwise(bounds))


def _first_waiting(found: Sequence[Row]) -> int:
    waiting = wording.LOOKS["waiting"]
    return next((index for index, row in enumerate(found) if row.look is waiting), len(found) - 1)


def _cut(left: Sequence[Row]) -> Cut:
    return Cut(tuple(Counter(row.look.word for row in left).most_common()))


def _row(heard: NodeState, node: Node | None, over: bool, updated: float | None) -> Row:
    status = str(heard.status)
    if status == NodeStatus.WAITING and node is not None and node.bypassed:
        status = "bypassed"
    elif status == NodeStatus.WAITING and over:
        status = "not_run"
    running = status == NodeStatus.RUNNING
    time, part = heard.duration, None
    if running and heard.started is not None and updated is not None:
        time = max(0.0, updated - heard.started)
    if running and heard.progress is not None and heard.total:
        part = min(1.0, max(0.0, heard.progress / heard.total))
    note = heard.error or (heard.message if running else "") or ""
    name = heard.name or heard.type.rsplit(".", 1)[-1] or heard.id
    return Row(
        wording.look(status), wording.one_line(name), wording.one_line(heard.type.rsplit(".", 1)[-1]), time, part,
        wording.one_line(note), _RANK.get(status, 3),  # type: ignore[call-overload]
    )  # fmt: skip


def _trouble(state: JobState) -> str:
    """Say what went wrong: the reason, the node, and its own words; nothing for a job that runs or completed.

    A queued job may have trouble too: why it waits, or what ended its attempt before.
    """
    if state.status not in (Status.QUEUED, Status.ERROR, Status.CANCELLED):
        return ""
    why = "" if state.reason == Reason.CANCELLED_BY_USER else wording.reason(state.reason)
    node = state.nodes.get(state.failed_node or "")
    who = wording.one_line((node.name if node is not None else state.failed_node) or "")
    if who:
        why = f"node {who!r} failed" if state.reason in (None, Reason.NODE_FAILED) else f"{why}, at node {who!r}"
    said = wording.plain(state.error or "").strip()
    return f"{why}: {said}" if why and said else why or said


def _graph_name(graph: Graph | None) -> str:
    name = (graph.model_extra or {}).get("name") if graph is not None else None
    return name if isinstance(name, str) else ""
