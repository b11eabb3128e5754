"""The state of a job for views: a fold over its events, computed here and nowhere else.

Every view (cell, table, text, panel) reads a :class:`JobState`; none of them interprets events itself. Applying the
same lines gives the same state, in whichever process.
"""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

from nodetool_jupyter import events as ev
from nodetool_jupyter.states import NodeStatus, Status, read_status

LOG_TAIL = 200  # lines of the log that a view may show


@dataclass(slots=True)
class NodeState:
    """One node as a view shows it; times are seconds since the epoch.

    ``result`` has a preview of each output, from the node's end; ``sent`` has those that came while it ran, and small
    copies of pictures.
    """

    id: str
    name: str
    type: str
    status: str = NodeStatus.WAITING
    started: float | None = None
    ended: float | None = None
    progress: float | None = None
    total: float | None = None
    message: str | None = None
    error: str | None = None
    traceback: str | None = None
    result: dict[str, Any] | None = None
    sent: dict[str, Any] | None = None

    @property
    def duration(self) -> float | None:
        """Seconds from the node's start to its end."""
        if self.started is None or self.ended is None:
            return None
        return max(0.0, self.ended - self.started)


@dataclass(slots=True)
class LogLine:
    """One line of the job's log."""

    time: float
    node_id: str
    severity: str
    content: str
    seq: int = 0


@dataclass(slots=True)
class JobState:
    """A job as a view shows it, after the event numbered ``seq``.

    ``cpu`` is how many CPUs it used between its last two ``resource_update`` events.
    """

    job_id: str = ""
    seq: int = 0
    attempt: int = 1
    status: Status = Status.QUEUED
    reason: str | None = None
    error: str | None = None
    traceback: str | None = None
    failed_node: str | None = None
    message: str | None = None
    queue_position: int | None = None
    cancel_requested: bool = False
    winding_down: bool = False
    submitted: float | None = None
    started: float | None = None
    ended: float | None = None
    updated: float | None = None
    result: dict[str, Any] | None = None
    nodes: dict[str, NodeState] = field(default_factory=dict)
    edges: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    output_counts: dict[str, int] = field(default_factory=dict)
    previews: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, Any] | None = None
    sampled: float | None = None
    cpu: float | None = None
    log: deque[LogLine] = field(default_factory=lambda: deque(maxlen=LOG_TAIL))
    lines_cut: int = 0

    @property
    def duration(self) -> float | None:
        """Seconds from the start of the run to its end."""
        if self.started is None or self.ended is None:
            return None
        return max(0.0, self.ended - self.started)

    @property
    def done(self) -> int:
        """How many nodes have completed."""
        return sum(node.status == NodeStatus.COMPLETED for node in self.nodes.values())

    @property
    def progress(self) -> float:
        """How much of the graph is done, 0 … 1; a node's own progress counts in part."""
        if self.status is Status.COMPLETED:
            return 1.0
        if not self.nodes:
            return 0.0
        return sum(map(_part, self.nodes.values())) / len(self.nodes)

    def expect(self, nodes: list[tuple[str, str, str]]) -> None:
        """Put nodes (id, name, type) that have not reported yet into the state, in the graph's order."""
        known, self.nodes = self.nodes, {}
        for node_id, name, kind in nodes:
            self.nodes[node_id] = known.pop(node_id) if node_id in known else NodeState(node_id, name, kind)
        self.nodes.update(known)

    def apply(self, event: ev.Event) -> None:
        """Take one more event into account; an event that was seen before changes nothing."""
        if event.seq is not None:
            if event.seq <= self.seq:
                return
            self.seq = event.seq
        if event.time is not None:
            self.updated = event.time
        if event.job_id:
            self.job_id = event.job_id
        take = _FOLDS.get(event.type)
        if take is not None:
            take(self, event)

    def snapshot(self) -> dict[str, Any]:
        """Return the whole state as JSON-like data."""
        plain = asdict(self)
        plain["log"] = [asdict(line) for line in self.log]
        return plain


def telling(lines: list[bytes]) -> list[bytes]:
    """Return the lines of a log that a state needs: the others change nothing, or are behind the log's tail.

    Most lines of a busy job are such, and a state is worth no more than it costs. The last line is always there.
    """
    if len(lines) <= LOG_TAIL:
        return lines
    kept: list[bytes] = []
    room = LOG_TAIL
    for line in reversed(lines):
        kind = line.find(b'"type":"') + 8  # the first is the event's own: its envelope has no other
        if line.startswith((b'log_update"', b'notification"'), kind):
            if not room:
                continue
            room -= 1
        elif kept and line.startswith(b'chunk"', kind):
            continue
        kept.append(line)
    kept.reverse()
    return kept


def _part(node: NodeState) -> float:
    if node.status == NodeStatus.COMPLETED:
        return 1.0
    if node.progress is None or not node.total:
        return 0.0
    return min(1.0, max(0.0, node.progress / node.total))


def _job(state: JobState, event: Any) -> None:
    state.status = read_status(event.status)
    if event.attempt is not None and event.attempt > state.attempt:
        state.attempt = event.attempt
        state.reason = state.error = state.traceback = state.failed_node = state.message = None
        state.nodes = {key: NodeState(node.id, node.name, node.type) for key, node in state.nodes.items()}
        state.edges, state.outputs, state.output_counts, state.previews = {}, {}, {}, {}
        state.resources = state.sampled = state.cpu = None
    for name in ("reason", "error", "traceback", "message"):
        value = getattr(event, name)
        if value is not None:
            setattr(state, name, value)
    if event.node_id:
        state.failed_node = event.node_id
    state.queue_position = event.queue_position if state.status is Status.QUEUED else None
    state.cancel_requested |= bool(event.cancel_requested)
    if event.winding_down is not None:
        state.winding_down = event.winding_down
    if state.submitted is None:
        state.submitted = event.time
    if state.status is Status.RUNNING and state.started is None:
        state.started = event.time
    if state.status.terminal:
        state.ended = event.time
        if event.duration is not None and state.started is not None:
            state.ended = state.started + event.duration
        state.result = event.result
        for node in state.nodes.values():
            if node.status == NodeStatus.RUNNING:
                node.status, node.ended = NodeStatus.CANCELLED, event.time


def _node(state: JobState, event: Any) -> None:
    node = state.nodes.get(event.node_id)
    if node is None:
        node = state.nodes[event.node_id] = NodeState(event.node_id, event.node_name, event.node_type)
    node.status = event.status
    if event.status == NodeStatus.RUNNING:
        node.started = event.time if node.started is None else node.started
    elif event.status in (NodeStatus.COMPLETED, NodeStatus.ERROR, NodeStatus.CANCELLED):
        node.ended = event.time
    if event.error is not None:
        node.error = event.error
    if event.traceback is not None:
        node.traceback = event.traceback
    if event.result is not None:
        node.result = event.result


def _progress(state: JobState, event: Any) -> None:
    node = state.nodes.get(event.node_id)
    if node is not None:
        node.progress, node.total, node.message = event.progress, event.total, event.message


def _edge(state: JobState, event: Any) -> None:
    state.edges[event.edge_id] = event.counter or 0


def _output(state: JobState, event: Any) -> None:
    state.outputs[event.output_name] = event.value
    state.output_counts[event.output_name] = state.output_counts.get(event.output_name, 0) + 1


def _preview(state: JobState, event: Any) -> None:
    node = state.nodes.get(event.node_id) if event.output else None
    if node is None:
        state.previews[event.node_id] = event.value
    elif node.sent is None:
        node.sent = {event.output: event.value}
    else:
        node.sent[event.output] = event.value


def _log(state: JobState, event: Any) -> None:
    state.log.append(LogLine(event.time or 0.0, event.node_id, event.severity, event.content, event.seq or 0))


def _resources(state: JobState, event: Any) -> None:
    before, since = (state.resources or {}).get("cpu_time"), state.sampled
    if None not in (before, since, event.cpu_time, event.time) and event.time > since:
        state.cpu = max(0.0, (event.cpu_time - before) / (event.time - since))
    state.resources = {"memory": event.memory, "cpu_time": event.cpu_time, "gpu_memory": event.gpu_memory}
    state.sampled = event.time


def _gap(state: JobState, event: Any) -> None:
    state.lines_cut += event.lines


_FOLDS = {
    "job_update": _job,
    "node_update": _node,
    "node_progress": _progress,
    "edge_update": _edge,
    "output_update": _output,
    "preview_update": _preview,
    "log_update": _log,
    "notification": _log,
    "resource_update": _resources,
    "gap": _gap,
}
