"""The state of a view: everything that a picture of a job shows, as small JSON that holds no ``None``.

``docs/reference/view-state.md`` says what each field means. Front-ends draw it and interpret no events.
"""

from __future__ import annotations

import logging
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.fold import JobState, LogLine, NodeState
from nodetool_jupyter.states import NodeStatus, Status
from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.widgets import heading, wording
from nodetool_jupyter.widgets.preview import Shown, show
from nodetool_jupyter.widgets.roll import LAYOUT, status_of

if TYPE_CHECKING:
    from nodetool_jupyter.graph import Graph, Node
    from nodetool_jupyter.widgets.layout import Box, Layout

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/vnd.nodetool.job+json"
VERSION = 1
NAME, TEXT, LINE, SEVERITY = 200, 2000, 500, 20  # characters of a name, an error, a line of the log, its severity
STALE = 1.5  # a job that takes longer than this times the usual is unlike those before it

Json = dict[str, Any]

# One mapping for all of them: most nodes of a large graph have done nothing yet.
_QUIET: dict[str, Json] = {status: {"status": status} for status in ("waiting", "bypassed", "not_run")}


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a job besides its events; ``pushable`` names the inputs that take values while it runs."""

    name: str = ""
    strategy: str = ""
    graph: Graph | None = None
    values: ValueStore | None = None
    pushable: tuple[str, ...] = ()


@dataclass(slots=True)
class Snapshots:
    """Makes the snapshots of one job, and keeps between them what does not change; the first lays the graph out.

    ``history`` holds how many seconds former runs of the same workflow took. One walk over a graph of 500 nodes takes
    about a millisecond, so nobody has to say which of them changed.
    """

    about: About
    history: Sequence[float] = ()
    _graph: Json | None = None
    _nodes: dict[str, Node] = field(default_factory=dict)
    _ways: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _seen: dict[str, tuple[Any, Json]] = field(default_factory=dict)
    _log: dict[int, Json] = field(default_factory=dict)
    _shown: dict[str, tuple[Any, Json]] = field(default_factory=dict)

    def of(self, state: JobState) -> Json:
        """Return the snapshot of a state; it reads no files, so it may be made often."""
        if self._graph is None:
            self._graph = self._laid_out()
        nodes = self._all_nodes(state)
        counts = {"done": 0, "part": 0.0}
        for node in nodes.values():
            if node["status"] == NodeStatus.COMPLETED:
                counts["done"] += 1
            elif node["status"] == NodeStatus.RUNNING:
                counts["part"] += node.get("part", 0.0)
        found: Json = {"v": VERSION, "job": self._job(state, len(nodes), **counts)}
        if state.updated is not None:
            found["at"] = round(state.updated, 3)
        found["graph"] = self._graph
        found["nodes"] = {key: node for key, node in nodes.items() if len(node) > 1 or node["status"] != "waiting"}
        found["edges"] = {key: count for key, count in state.edges.items() if count}
        found["log"] = self._lines(state.log)
        found["outputs"] = self._outputs(state)
        found["pushable"] = list(self.about.pushable) if not state.status.terminal else []
        return found

    def _laid_out(self) -> Json:
        graph = self.about.graph
        if graph is None:
            return {}
        from nodetool_jupyter.widgets.layout import layout

        self._nodes = {node.id: node for node in graph.nodes if node.type not in LAYOUT}
        self._ways = _ways(graph)
        try:
            return drawn_graph(graph, layout(graph))
        except Exception:  # a graph that cannot be drawn is no reason to show nothing of its job
            logger.warning("the graph cannot be laid out", exc_info=True)
            return {}

    def _job(self, state: JobState, everything: int, done: float, part: float) -> Json:
        resources = state.resources or {}
        gpus = resources.get("gpu_memory")
        graph_name = (self.about.graph.model_extra or {}).get("name") if self.about.graph is not None else None
        name = self.about.name or (graph_name if isinstance(graph_name, str) else "")
        facts: Json = {
            "id": state.job_id,
            "name": words(name, NAME),
            "status": state.status.value,
            "reason": state.reason if state.status is not Status.COMPLETED else None,
            "message": words(state.message, LINE),
            "error": words(state.error, TEXT),
            "failed_node": state.failed_node,
            "attempt": state.attempt,
            "strategy": self.about.strategy or None,
            "cancel_requested": state.cancel_requested,
            "winding_down": state.winding_down,
            "queue_position": state.queue_position,
            "submitted": _rounded(state.submitted),
            "started": _rounded(state.started),
            "ended": _rounded(state.ended),
            "done": int(done),
            "all": everything,
            "progress": _progress(state, everything, done + part),
            "left": self._left(state),
            "history": len(self.history) or None,
            "memory": resources.get("memory"),
            "gpu_memory": sum(gpus.values()) if gpus else None,
            "cpu": _rounded(state.cpu, 2),
            "lines_cut": state.lines_cut,
        }
        return {key: value for key, value in facts.items() if value is not None and value != ""}

    def _left(self, state: JobState) -> float | None:
        """Return the seconds that are left if this run is like those before it; ``None`` where that is not known."""
        spent = heading.elapsed(state)
        if not self.history or spent is None or state.status.terminal:
            return None
        usual = statistics.median(self.history)
        return None if spent > STALE * usual else round(max(0.0, usual - spent), 3)

    def _all_nodes(self, state: JobState) -> dict[str, Json]:
        over, heard = state.status.terminal, state.nodes
        found = {}
        for key, node in self._nodes.items():
            late = heard.get(key)
            if late is None or late.status == NodeStatus.WAITING:
                found[key] = _QUIET[status_of(late, node, over)]
            else:
                found[key] = self._node(state, late)
        for key, late in heard.items():
            if key not in self._nodes and late.type not in LAYOUT:
                named = {"name": words(late.name, NAME), "type": late.type.rsplit(".", 1)[-1][:NAME]}
                found[key] = named | self._node(state, late)
        return found

    def _node(self, state: JobState, heard: NodeState) -> Json:
        edges, status, items = state.edges, heard.status, 0
        for way in self._ways.get(heard.id, ()):
            items = max(items, edges.get(way, 0))
        seen = (status, heard.started, heard.ended, heard.progress, heard.total, heard.message, heard.error, items)
        kept = self._seen.get(heard.id)
        if kept is None or kept[0] != seen:
            kept = self._seen[heard.id] = (seen, self._drawn_node(heard, status, items))
        return kept[1]

    @staticmethod
    def _drawn_node(heard: NodeState, status: str, items: int) -> Json:
        shown: Json = {"status": str(status)}
        if heard.progress is not None and heard.total and status == NodeStatus.RUNNING:
            shown["part"] = round(min(1.0, max(0.0, heard.progress / heard.total)), 4)
        if heard.message and status == NodeStatus.RUNNING:
            shown["message"] = words(heard.message, LINE)
        if heard.started is not None:
            shown["started"] = round(heard.started, 3)
        if heard.ended is not None:
            shown["ended"] = round(heard.ended, 3)
        if heard.error:
            shown["error"] = words(heard.error, LINE)
        if items:
            shown["items"] = items
        return shown

    def _lines(self, log: Iterable[LogLine]) -> Json:
        kept, self._log = self._log, {}
        for line in log:
            self._log[line.seq] = kept.get(line.seq) or drawn_line(line)
        return {str(seq): line for seq, line in self._log.items()}

    def _outputs(self, state: JobState) -> Json:
        kept, self._shown = self._shown, {}
        for name, value in heading.outputs(state).items():
            before = kept.get(name)
            same = before is not None and before[0] is value
            self._shown[name] = before if same and before is not None else (value, drawn(show(value)))
        return {words(name, NAME): shown for name, (_, shown) in self._shown.items()}


def progress_in(state: Mapping[str, Any]) -> Json:
    """Return how far a job is by a snapshot of it; empty before the first."""
    told = state.get("job", {})
    return {key: told[key] for key in ("done", "all", "progress", "left") if key in told}


def drawn(shown: Shown) -> Json:
    """Return a value at a glance as JSON."""
    found: Json = {"kind": shown.kind, "text": shown.text, "note": shown.note, "image": shown.image}
    if shown.kind == "picture":
        found["alt"] = shown.text
    if shown.kind == "table":
        found |= {"columns": list(shown.columns), "rows": [list(row) for row in shown.rows]}
    return {key: value for key, value in found.items() if value}


def drawn_line(line: LogLine) -> Json:
    """Return a line of the log as JSON."""
    text = words(line.content, LINE)
    severity = words(line.severity, SEVERITY)
    return {"time": _rounded(line.time) or 0.0, "node": line.node_id, "severity": severity, "text": text}


def drawn_graph(graph: Graph, places: Layout) -> Json:
    """Return what never changes of a picture: the boxes and what stands in them, and the edges between them."""
    nodes, groups, comments = {}, {}, {}
    for node in graph.nodes:
        if node.id in places.nodes:
            nodes[node.id] = _drawn_node(node) | _box(places.nodes[node.id], places.inside.get(node.id))
        elif node.id in places.groups:
            groups[node.id] = {"name": words(node.label, NAME)} | _box(places.groups[node.id])
        elif node.id in places.comments:
            comments[node.id] = {"text": words(_comment(node), TEXT)} | _box(places.comments[node.id])
    edges = {edge.key: _drawn_edge(edge) for edge in graph.edges if {edge.source, edge.target} <= nodes.keys()}
    size = {"width": places.width, "height": places.height}
    return {**size, "nodes": nodes, "groups": groups, "comments": comments, "edges": edges}


def _drawn_node(node: Node) -> Json:
    shown: Json = {"name": words(node.label, NAME), "type": node.type.rsplit(".", 1)[-1][:NAME]}
    return shown | {"kind": node.type[:NAME], "bypassed": node.bypassed}


def _drawn_edge(edge: Any) -> Json:
    ends = {"from": edge.source, "from_handle": edge.sourceHandle, "to": edge.target, "to_handle": edge.targetHandle}
    return ends | {"control": edge.control}


def _box(box: Box, group: str | None = None) -> Json:
    place: Json = {"x": box.x, "y": box.y, "w": box.w, "h": box.h}
    return place if group is None else {**place, "group": group}


def _comment(node: Node) -> str:
    """Return the text of a comment, which NodeTool's editor stores as a document of nested lists."""
    for name in ("comment", "headline"):
        text = _leaves(node.values.get(name))
        if text.strip():
            return text.strip()
    return node.label


def _leaves(part: Any) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Mapping):
        text = part.get("text")
        return text if isinstance(text, str) else _leaves(part.get("children"))
    return "".join(map(_leaves, part)) if isinstance(part, list) else ""


def _ways(graph: Graph) -> dict[str, tuple[str, ...]]:
    """Return the edges that count a node's items: those that leave it, or where none does, those that reach it."""
    out, into = defaultdict(list), defaultdict(list)
    for edge in graph.edges:
        if not edge.control:
            out[edge.source].append(edge.key)
            into[edge.target].append(edge.key)
    return {node.id: tuple(out[node.id] or into[node.id]) for node in graph.nodes}


def _progress(state: JobState, everything: int, parts: float) -> float:
    if state.status is Status.COMPLETED:
        return 1.0
    return round(parts / everything, 4) if everything else 0.0


def _rounded(number: float | None, digits: int = 3) -> float | None:
    """Return a number with so many decimals; ``None`` for none, and for what JSON has no number for."""
    return None if number is None or not math.isfinite(number) else round(number, digits)


def words(text: str | None, limit: int) -> str:
    """Return a text as it may be shown, cut to ``limit`` characters; empty for none."""
    clean = wording.plain(text[: limit + 1]) if text else ""
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
