"""A graph with its node types found and its switched-off nodes joined over: what validation and planning start from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from nodetool_jupyter.graph import Edge, Graph, Node, find_graph, read_graph
from nodetool_jupyter.nodes.define import NodeType, Property
from nodetool_jupyter.nodes.everywhere import everywhere
from nodetool_jupyter.nodes.registry import Types
from nodetool_jupyter.nodes.renamed import current_name
from nodetool_jupyter.nodes.types import ANY, TypeSpec, fits, from_metadata
from nodetool_jupyter.request import RunJobRequest

CONTROL = "__control__"
NOWHERE: Mapping[str, str] = MappingProxyType({})
CONTROL_OUTPUTS = frozenset({CONTROL, "__control_output__"})
WORKER = "worker"  # among a node's values, the name of the worker it is to run on, where its type has no such property


@dataclass(slots=True)
class Resolved:
    """A graph's nodes by id, their types, and the edges that count; unknown types are absent from ``types``.

    ``workers`` are the workers that a request names for nodes or types, ``asked`` those that nodes are to run on, by
    their ids, because the request or the graph says so.
    """

    graph: Graph
    nodes: dict[str, Node]
    types: dict[str, NodeType]
    edges: list[Edge]
    workers: Mapping[str, str] = field(default_factory=lambda: NOWHERE)
    asked: dict[str, str] = field(default_factory=dict)
    into: dict[str, list[Edge]] = field(default_factory=dict)
    out_of: dict[str, list[Edge]] = field(default_factory=dict)

    def running(self) -> Iterator[tuple[Node, NodeType]]:
        """Yield the nodes that run, in the graph's order."""
        for node_id, node in self.nodes.items():
            kind = self.types.get(node_id)
            if kind is not None and kind.role != "layout":
                yield node, kind

    def triggers(self) -> dict[str, str]:
        """Return the ids of the nodes that wait for pushed values, by the names under which these are pushed."""
        return {self.name_of(node): node.id for node, kind in self.running() if kind.role == "trigger"}

    def declared_secrets(self) -> tuple[str, ...]:
        """Return the names of the secrets that the nodes which run here declare, each once.

        A placed type declares none: its worker could name whatever this user has, so the job names them itself.
        """
        return tuple(dict.fromkeys(name for _, kind in self.running() for name in kind.secrets))

    def data_edges_into(self, node_id: str) -> list[Edge]:
        """Return the edges that bring values to a node."""
        return [edge for edge in self.into.get(node_id, ()) if not edge.control]

    def name_of(self, node: Node) -> str:
        """Return the name under which an input or output is known: ``data.name``, else the node's name, else its id.

        A trigger that has no ``name`` of its own is known by its type's.
        """
        kind = self.types[node.id]
        given = node.values.get("name")
        if kind.name == "test.Input":
            given = node.name
        elif kind.role == "trigger" and not given and "name" in kind.properties:
            given = kind.properties["name"].default
        return given if isinstance(given, str) and given else node.name or node.id


def resolve_request(request: RunJobRequest, known: Types = everywhere) -> Resolved:
    """Find the types of a request's graph, on the workers that it names; raises :class:`InvalidGraph` for no graph."""
    return resolve(read_graph(find_graph(request.graph)), known, request.node_workers)


def resolve(graph: Graph, known: Types = everywhere, workers: Mapping[str, str] | None = NOWHERE) -> Resolved:
    """Find every node's type and join the edges of bypassed nodes.

    ``workers`` names the workers that nodes, by their ids, or all nodes of a type are to run on; with ``None`` nobody
    may name one, the graph neither.
    """
    nodes = {node.id: node for node in graph.nodes}
    types: dict[str, NodeType] = {}
    asked: dict[str, str] = {}
    found: dict[tuple[str, str | None], NodeType | None] = {}
    for node in graph.nodes:
        worker = None if workers is None else _asked(node, known, workers)
        key = (node.type, worker)
        if key not in found:
            found[key] = known.get(node.type) if worker is None else known.on_worker(node.type, worker)
        kind = found[key]
        if kind is not None:
            types[node.id] = kind
        if worker is not None:
            asked[node.id] = worker
    edges = list(graph.edges)
    for node in graph.nodes:
        if node.bypassed:
            edges = _joined(node, types.get(node.id), edges)
            nodes.pop(node.id, None)
    resolved = Resolved(graph, nodes, types, edges, workers or NOWHERE, asked)
    for edge in edges:
        resolved.into.setdefault(edge.target, []).append(edge)
        resolved.out_of.setdefault(edge.source, []).append(edge)
    return resolved


def _asked(node: Node, known: Types, workers: Mapping[str, str]) -> str | None:
    """Return the worker that a node is to run on: what the request says of it, of its type, else the graph."""
    for name in (node.id, node.type, current_name(node.type)):
        if name in workers:
            return workers[name]
    said = node.values.get(WORKER)
    if not isinstance(said, str) or not said:
        return None
    kind = known.on_worker(node.type, said) or known.get(node.type)
    own = kind is not None and (kind.dynamic_inputs or WORKER in kind.properties)
    return None if own else said


def _joined(node: Node, kind: NodeType | None, edges: list[Edge]) -> list[Edge]:
    """Replace a bypassed node's edges by edges around it: each output by the first input of a type that fits."""
    before = [edge for edge in edges if edge.target == node.id and not edge.control]
    kept = [edge for edge in edges if node.id not in (edge.source, edge.target)]
    for edge in edges:
        if edge.source != node.id or edge.control:
            continue
        through = next((feed for feed in before if _passes(node, kind, feed, edge)), None)
        if through is not None:
            kept.append(
                Edge(
                    id=edge.id,
                    source=through.source,
                    sourceHandle=through.sourceHandle,
                    target=edge.target,
                    targetHandle=edge.targetHandle,
                )
            )
    return kept


def _passes(node: Node, kind: NodeType | None, feed: Edge, edge: Edge) -> bool:
    return kind is None or fits(input_type(node, kind, feed.targetHandle), output_type(node, kind, edge.sourceHandle))


def property_of(node: Node, kind: NodeType, handle: str) -> Property | None:
    """Return the property behind an input handle; dynamic handles make one of type ``any``."""
    known = kind.properties.get(handle)
    if known is not None:
        return known
    if not kind.dynamic_inputs:
        return None
    spec = (node.dynamic_inputs or {}).get(handle)
    if isinstance(spec, Mapping) and isinstance(spec.get("type"), Mapping):
        spec = spec["type"]
    return Property(handle, ANY if spec is None else from_metadata(spec), None)


def input_type(node: Node, kind: NodeType, handle: str) -> TypeSpec:
    """Return the type of an input handle."""
    found = property_of(node, kind, handle)
    return found.type if found is not None else ANY


def output_type(node: Node, kind: NodeType, handle: str) -> TypeSpec:
    """Return the type of an output handle."""
    known = kind.outputs.get(handle)
    if known is not None:
        return known.type
    declared: Any = (node.dynamic_outputs or {}).get(handle)
    return from_metadata(declared) if declared is not None else ANY


def has_output(node: Node, kind: NodeType, handle: str) -> bool:
    """Tell whether a node has this output handle."""
    return handle in kind.outputs or (kind.dynamic_outputs and handle in (node.dynamic_outputs or {}))
