"""A workflow graph in NodeTool's JSON: reading it, keeping it whole, and judging its form.

What is read is kept as it was (:meth:`Graph.to_dict`). Only the *form* is judged here: that there are nodes and edges
with the fields they need. Whether types exist and values fit is :mod:`nodetool_jupyter.engine.validate`'s matter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from nodetool_jupyter.errors import InvalidGraph, Issue

MAX_DEPTH = 200  # levels of nesting; NodeTool's own files stay under 20
MAX_BYTES = 64 * 1024 * 1024

SyncMode = Literal["on_any", "zip_all"]
T = TypeVar("T", bound=BaseModel)


class Node(BaseModel):
    """One node: an id, a type and the values of its properties.

    NodeTool's TypeScript server writes ``properties`` where its Python side writes ``data``; ``values`` merges both,
    and ``properties`` wins.
    """

    model_config = ConfigDict(extra="allow")

    id: str
    type: str
    name: str | None = None
    parent_id: str | None = None
    data: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    ui_properties: dict[str, Any] | None = None
    dynamic_properties: dict[str, Any] | None = None
    dynamic_outputs: dict[str, Any] | None = None
    dynamic_inputs: dict[str, Any] | None = None
    sync_mode: SyncMode | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The values of the node's declared properties."""
        if not self.properties:
            return self.data or {}
        return {**(self.data or {}), **self.properties}

    @property
    def label(self) -> str:
        """What people call this node: its name, or the last part of its type."""
        title = (self.ui_properties or {}).get("title")
        named = self.values.get("name")
        for word in (self.name, named, title):
            if isinstance(word, str) and word:
                return word
        return self.type.rsplit(".", 1)[-1]

    @property
    def bypassed(self) -> bool:
        """Whether the node is switched off, its input handed on in its place."""
        return bool((self.ui_properties or {}).get("bypassed"))


class Edge(BaseModel):
    """A connection from an output handle to an input handle; ``control`` edges carry run events."""

    model_config = ConfigDict(extra="allow")

    id: str | None = None
    source: str
    sourceHandle: str  # noqa: N815  # NodeTool's spelling
    target: str
    targetHandle: str  # noqa: N815
    edge_type: Literal["data", "control"] | None = "data"

    @property
    def key(self) -> str:
        """The edge's id, or the one NodeTool makes for an edge without."""
        return self.id or f"{self.source}:{self.sourceHandle}->{self.target}:{self.targetHandle}"

    @property
    def control(self) -> bool:
        """Whether this edge carries run events instead of values."""
        return self.edge_type == "control" or self.targetHandle == "__control__"


class Graph(BaseModel):
    """Nodes and the edges between them."""

    model_config = ConfigDict(extra="allow")

    nodes: list[Node]
    edges: list[Edge]

    def to_dict(self) -> dict[str, Any]:
        """Return the graph as it was read."""
        return self.model_dump(exclude_unset=True)

    def normalized(self) -> dict[str, Any]:
        """Return the graph with everything written out that NodeTool's two runners default differently.

        Edge ids, ``data``, ``sync_mode`` (whose absence means ``zip_all``) and ``edge_type`` are always there.
        """
        nodes = []
        for node in self.nodes:
            plain = node.model_dump(exclude_unset=True)
            plain.pop("properties", None)
            plain["data"] = dict(node.values)
            plain["sync_mode"] = node.sync_mode or "zip_all"
            nodes.append(plain)
        edges = [
            edge.model_dump(exclude_unset=True) | {"id": edge.key, "edge_type": edge.edge_type or "data"}
            for edge in self.edges
        ]
        return {**(self.model_extra or {}), "nodes": nodes, "edges": edges}


def read_json(text: str | bytes) -> Any:
    """Read JSON from outside; raises :class:`InvalidGraph` for what is not JSON, too deep or too large."""
    if len(text) > MAX_BYTES:
        raise InvalidGraph([Issue(f"the text has {len(text)} bytes; a workflow may have {MAX_BYTES}")])
    try:
        return json.loads(text)
    except UnicodeDecodeError as error:
        raise InvalidGraph(
            [Issue(f"the text is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}")]
        ) from None
    except json.JSONDecodeError as error:
        raise InvalidGraph([Issue(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}")]) from None
    except RecursionError:
        raise InvalidGraph([Issue(f"the JSON is nested too deep; at most {MAX_DEPTH} levels")]) from None


def read_graph(data: object) -> Graph:
    """Read a bare graph (a mapping with ``nodes`` and ``edges``).

    Raises :class:`InvalidGraph` with every fault of form at once.
    """
    if not isinstance(data, Mapping):
        what = "a list" if isinstance(data, list) else type(data).__name__
        raise InvalidGraph([Issue(f"a graph is a mapping with 'nodes' and 'edges', not {what}")])
    if too_deep(data):
        raise InvalidGraph([Issue(f"the graph is nested too deep; at most {MAX_DEPTH} levels")])
    try:
        graph = Graph.model_validate(data)
    except ValidationError as error:
        faults = [_form_issue(data, fault) for fault in error.errors(include_url=False)]
        raise InvalidGraph(
            [*faults, *_duplicates(_readable(data, "nodes", Node), _readable(data, "edges", Edge))]
        ) from None
    issues = _duplicates(graph.nodes, graph.edges)
    if issues:
        raise InvalidGraph(issues)
    return graph


def find_graph(data: object) -> Mapping[str, Any]:
    """Return the bare graph inside a workflow file, a request, or itself; raises :class:`InvalidGraph`."""
    if isinstance(data, Mapping):
        inner = data.get("graph")
        if isinstance(inner, Mapping):
            return inner
        if "nodes" in data:
            return data
        found = ", ".join(sorted(str(key) for key in data)[:8]) or "nothing"
        raise InvalidGraph([Issue(f"neither 'graph' nor 'nodes' is in this mapping; it has: {found}")])
    what = "a list" if isinstance(data, list) else type(data).__name__
    raise InvalidGraph(
        [Issue(f"a workflow is a mapping with a 'graph', or a graph with 'nodes' and 'edges', not {what}")]
    )


def too_deep(data: object) -> bool:
    """Tell whether ``data`` is nested deeper than :data:`MAX_DEPTH`, without recursion."""
    level: list[object] = [data]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for item in level:
            inner = item.values() if isinstance(item, dict) else item
            below += [value for value in inner if type(value) not in _FLAT and isinstance(value, _DEEP)]  # type: ignore[attr-defined]
        if not below:
            return False
        level = below
    return True


_FLAT = frozenset({str, int, float, bool, type(None)})
_DEEP = (dict, list, tuple)


def _form_issue(data: Mapping[str, Any], fault: Any) -> Issue:
    loc = list(fault["loc"])
    if loc and loc[0] in ("nodes", "edges"):
        kind = "node" if loc[0] == "nodes" else "edge"
        items = data.get(loc[0])
        if len(loc) == 1:
            return Issue(
                f"the graph has no list of {loc[0]}" if fault["type"] == "missing" else f"'{loc[0]}' {fault['msg']}"
            )
        index = loc[1]
        item = items[index] if isinstance(items, list) and isinstance(index, int) and index < len(items) else None
        known = item.get("id") if isinstance(item, Mapping) else None
        name = f"{kind} {known!r}" if isinstance(known, str) and known else f"{kind} number {index}"
        field = ".".join(str(part) for part in loc[2:])
        wrong = (
            f"'{field}' is missing"
            if fault["type"] == "missing"
            else f"'{field}': {fault['msg']}"
            if field
            else fault["msg"]
        )
        return Issue(f"{name}: {wrong}")
    return Issue(f"{'.'.join(str(part) for part in loc)}: {fault['msg']}" if loc else str(fault["msg"]))


def _readable(data: Mapping[str, Any], name: str, kind: type[T]) -> list[T]:
    """Return the nodes or edges of a faulty graph that are whole."""
    found, items = [], data.get(name)
    for item in items if isinstance(items, list) else []:
        try:
            found.append(kind.model_validate(item))
        except ValidationError:
            continue
    return found


def _duplicates(nodes: Iterable[Node], all_edges: Iterable[Edge]) -> list[Issue]:
    issues = []
    seen: set[str] = set()
    for node in nodes:
        if node.id in seen:
            issues.append(Issue("another node has the same id", node.id, node.type, "id"))
        seen.add(node.id)
    edges: set[str] = set()
    for edge in all_edges:
        if edge.id and edge.id in edges:
            issues.append(Issue(f"two edges have the id {edge.id!r}", edge.target, property=edge.targetHandle))
        if edge.id:
            edges.add(edge.id)
    return issues
