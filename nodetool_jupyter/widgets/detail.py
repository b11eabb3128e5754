"""One node looked at closely: what it got, what it gave, what it wrote. Made when somebody clicks, and for the end."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nodetool_jupyter.fold import JobState, NodeState
from nodetool_jupyter.graph import Graph
from nodetool_jupyter.states import NodeStatus
from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.values.shown import thumbnail
from nodetool_jupyter.widgets import heading
from nodetool_jupyter.widgets.preview import address, inline_bytes, show
from nodetool_jupyter.widgets.roll import LAYOUT, status_of
from nodetool_jupyter.widgets.snapshot import NAME, Json, Snapshots, drawn, drawn_line, words
from nodetool_jupyter.widgets.summary import PICTURE_BYTES

TRACE = 16_000  # characters of a traceback
LINES = 50  # lines of a node's log
KEPT = 64 * 1024  # bytes of details that a finished job's snapshot holds
SHOWS = "preview"  # the name under which stands what a node shows by itself

_FOLDERS = re.compile(r'File "[^"\n]*[/\\]([^"\n/\\]+)"')
_CLOSER = ("thumbnail", "range")


def final(snapshots: Snapshots, state: JobState) -> Json:
    """Return the snapshot that a finished cell keeps: outputs and nodes as they are seen without a kernel."""
    found = snapshots.of(state)
    found["outputs"] = outputs(state, snapshots.about.values)
    found["details"] = details(state, snapshots.about.graph)
    return found


def detail(state: JobState, graph: Graph | None, node_id: str) -> Json:
    """Return what is known of one node; empty parts are left out, an unknown node has none."""
    heard = state.nodes.get(node_id)
    node = next((one for one in graph.nodes if one.id == node_id), None) if graph is not None else None
    name = heard.name if heard is not None else node.label if node is not None else node_id
    kind = heard.type if heard is not None else node.type if node is not None else ""
    lines = [drawn_line(line) for line in state.log if line.node_id == node_id]
    found: Json = {
        "node": node_id,
        "name": words(name, NAME),
        "type": words(kind, NAME),
        "status": str(status_of(heard, node, state.status.terminal)),
        "inputs": _inputs(state, graph, node_id),
        "outputs": {slot: drawn(show(value)) for slot, value in looks(state, node_id).items()},
        "log": [{key: line[key] for key in ("time", "severity", "text")} for line in lines[-LINES:]],
        "error": words(heard.error if heard is not None else "", TRACE),
        "traceback": words(_traceback(state, heard), TRACE),
    }
    return {key: value for key, value in found.items() if value}


def looks(state: JobState, node_id: str) -> dict[str, Any]:
    """Return the small forms of what a node gave: of its end, else of what it sent last, and what it shows itself."""
    heard = state.nodes.get(node_id)
    found: dict[str, Any] = {}
    if heard is not None:
        sent, result = heard.sent or {}, heard.result or {}
        found = {**sent, **result}
        for slot, small in result.items():
            closer = sent.get(slot)
            if isinstance(small, Mapping) and isinstance(closer, Mapping):
                found[slot] = {**small, **{key: closer[key] for key in _CLOSER if key in closer}}
    if node_id in state.previews:
        found[SHOWS] = state.previews[node_id]
    return found


def details(state: JobState, graph: Graph | None) -> dict[str, Json]:
    """Return the details of as many nodes as 64 KiB hold: failed ones first, then outputs, then the others."""
    found: dict[str, Json] = {}
    room = KEPT
    for node_id in _in_order(state, graph):
        one = detail(state, graph, node_id)
        if "traceback" in one:  # a notebook is passed on, and nobody else has these folders
            one["traceback"] = _FOLDERS.sub(r'File "\1"', one["traceback"])
        size = len(json.dumps(one, ensure_ascii=False).encode("utf-8", "replace"))
        if size <= room:
            found[node_id] = one
            room -= size
    return found


def outputs(state: JobState, values: ValueStore | None) -> dict[str, Json]:
    """Return the outputs of a job that has ended, with the heads of stored tables and with small pictures."""
    found = {}
    for name, value in heading.outputs(state).items():
        shown = drawn(show(value, values))
        if shown["kind"] == "picture" and "image" not in shown and isinstance(value, Mapping):
            picture = _picture(value, values)
            shown |= {"image": picture} if picture else {}
        found[words(name, NAME)] = shown
    return found


def _in_order(state: JobState, graph: Graph | None) -> Iterator[str]:
    order = dict.fromkeys(key for key, node in state.nodes.items() if node.status == NodeStatus.ERROR)
    if graph is not None:
        sources = {edge.source for edge in graph.edges}
        order |= dict.fromkeys(node.id for node in graph.nodes if node.id not in sources and node.type not in LAYOUT)
        order |= dict.fromkeys(node.id for node in graph.nodes if node.type not in LAYOUT)
    return iter(order | dict.fromkeys(state.nodes))


def _inputs(state: JobState, graph: Graph | None, node_id: str) -> dict[str, Json]:
    node = next((one for one in graph.nodes if one.id == node_id), None) if graph is not None else None
    if graph is None or node is None:
        return {}
    given: dict[str, Any] = {**node.values, **(node.dynamic_properties or {})}
    gathered: dict[str, list[Any]] = {}
    for edge in graph.edges:
        if edge.target == node_id and not edge.control:
            given.pop(edge.targetHandle, None)
            came = looks(state, edge.source)
            if edge.sourceHandle in came:
                gathered.setdefault(edge.targetHandle, []).append(came[edge.sourceHandle])
    given |= {handle: came[0] if len(came) == 1 else came for handle, came in gathered.items()}
    return {words(handle, NAME): drawn(show(value)) for handle, value in given.items()}


def _traceback(state: JobState, heard: NodeState | None) -> str | None:
    if heard is None or heard.status != NodeStatus.ERROR:
        return None
    return heard.traceback or (state.traceback if state.failed_node == heard.id else None)


def _picture(data: Mapping[str, Any], values: ValueStore | None) -> str:
    """Return a stored or inline picture made small; nothing when it is lost, too large, or no picture."""
    from PIL import Image

    path = values.path(data) if values is not None else None
    try:
        if path is not None and path.stat().st_size > PICTURE_BYTES:
            return ""
        raw = inline_bytes(data) if path is None else path.read_bytes()
        if raw is None:
            return ""
        with Image.open(io.BytesIO(raw)) as image:
            return address(thumbnail(image))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return ""
