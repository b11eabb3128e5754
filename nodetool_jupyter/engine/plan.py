"""A checked graph, made ready to run: for each node its values, its handles and where its outputs go."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from nodetool_jupyter.engine.resolve import CONTROL, CONTROL_OUTPUTS, Resolved, has_output, property_of
from nodetool_jupyter.graph import Edge, Node
from nodetool_jupyter.nodes.define import MISSING, NodeType
from nodetool_jupyter.nodes.types import TypeSpec

MEDIA = frozenset({"image", "audio", "np_array", "torch_tensor", "dataframe", "bytes"})
Media = Literal["", "value", "table", "frame"]
"""How a value is read before a node gets it: as it is, as the value of a reference wherever one stands in it, as a
table, which is one reference or none, or as a table that is to be a pandas DataFrame."""


@dataclass(slots=True)
class Handle:
    """One connected input: how many edges enter it, and what they bring."""

    name: str
    sources: int = 0
    streaming: bool = False
    gathers: bool = False
    media: Media = ""
    stream: bool = False


@dataclass(slots=True)
class Route:
    """One edge that leaves a node: where it goes, and which of the sources of that handle it is."""

    edge_id: str
    target: int
    handle: str
    control: bool = False
    source: int = 0


@dataclass(slots=True)
class Step:
    """One node of a plan.

    ``values`` are the properties that no edge feeds; ``captures`` maps output slots to names of the workflow's outputs.
    """

    index: int
    id: str
    label: str
    kind: NodeType
    values: dict[str, Any]
    media: Mapping[str, Media]
    sync: str
    handles: dict[str, Handle] = field(default_factory=dict)
    routes: dict[str, list[Route]] = field(default_factory=dict)
    captures: dict[str, str] = field(default_factory=dict)
    input_name: str | None = None
    streaming: bool = False


@dataclass(slots=True)
class Plan:
    """All steps of a graph; ``inputs`` maps names of inputs to steps, ``outputs`` lists the names of the outputs.

    ``triggers`` maps names of triggers to the ids of their nodes.
    """

    steps: list[Step]
    inputs: dict[str, int]
    outputs: list[str]
    triggers: dict[str, str] = field(default_factory=dict)


def make_plan(resolved: Resolved, open_inputs: Collection[str] = ()) -> Plan:
    """Plan a graph that :func:`~nodetool_jupyter.engine.validate.check` has passed.

    ``open_inputs`` names inputs that will be pushed into, and so are streams.
    """
    steps: list[Step] = []
    places: dict[str, int] = {}
    inputs: dict[str, int] = {}
    for node, kind in resolved.running():
        fed = {edge.targetHandle for edge in resolved.into.get(node.id, ())}
        values = _values(node, kind, fed)
        media = {name: how for name, how in _media_of(kind).items() if name in values}
        step = Step(len(steps), node.id, node.label, kind, values, media, node.sync_mode or "zip_all")
        if kind.role == "input":
            step.input_name = resolved.name_of(node)
            inputs[step.input_name] = step.index
        places[node.id] = step.index
        steps.append(step)
    for edge in resolved.edges:
        _connect(resolved, steps, places, edge)
    _spread_streams(steps, open_inputs)
    return Plan(steps, inputs, _capture(resolved, steps), resolved.triggers())


def _values(node: Node, kind: NodeType, fed: set[str]) -> dict[str, Any]:
    given: Mapping[str, Any] = node.values
    values: dict[str, Any] = {}
    for name, prop in kind.properties.items():
        value = given.get(name)
        if name in fed or (prop.stream and value is None):
            continue
        if value is None and prop.default is not MISSING:
            value = _own(prop.default, kind)
        elif isinstance(value, float) and prop.type.type == "int":
            value = int(value)
        else:
            value = _own(value, kind)
        values[name] = value
    if kind.dynamic_inputs:
        extra = {**{key: item for key, item in given.items() if key not in values}, **(node.dynamic_properties or {})}
        values.update((name, value) for name, value in extra.items() if name not in fed and name not in kind.properties)
    elif node.dynamic_properties:
        values.update((name, value) for name, value in node.dynamic_properties.items() if name in values)
    return values


def _own(value: Any, kind: NodeType) -> Any:
    """Return a value that a user's function may change without changing the graph, which a retry reads again."""
    return copy.deepcopy(value) if not kind.inline and isinstance(value, (list, dict, set)) else value


@lru_cache(maxsize=1024)
def _media_of(kind: NodeType) -> dict[str, Media]:
    if kind.placement is not None:
        return {}  # what it refers to goes to its worker as it is
    return {name: how for name, prop in kind.properties.items() if (how := _media_type(prop.type))}


def _media_type(spec: TypeSpec) -> Media:
    if spec.type == "dataframe":
        return "frame" if spec.frame else "table"
    return "value" if spec.type in MEDIA or (spec.args and any(map(_media_type, spec.args))) else ""


def _media_into(kind: NodeType, spec: TypeSpec) -> Media:
    return "" if kind.placement is not None else _media_type(spec)


def _brings_references(source: NodeType, target: NodeType) -> bool:
    """Tell whether a worker's media, which come as references, reach a node that wants values, whatever their type."""
    return source.placement is not None and target.placement is None and target.role != "output"


def _connect(resolved: Resolved, steps: list[Step], places: dict[str, int], edge: Edge) -> None:
    source, target = places.get(edge.source), places.get(edge.target)
    if source is None or target is None:
        return
    step, slot, control = steps[target], edge.sourceHandle, edge.control
    name, prop = CONTROL, None
    if not control:
        name = edge.targetHandle
        prop = property_of(resolved.nodes[edge.target], step.kind, name)
        sender = resolved.nodes[edge.source]
        if prop is None or not (has_output(sender, steps[source].kind, slot) or slot in CONTROL_OUTPUTS):
            return
    handle = step.handles.get(name)
    if handle is None:
        handle = step.handles[name] = Handle(name)
        if prop is not None:
            handle.media, handle.stream = _media_into(step.kind, prop.type), prop.stream
        if _brings_references(steps[source].kind, step.kind):
            handle.media = handle.media or "value"
    handle.sources += 1
    handle.gathers = handle.sources > 1 and not handle.stream and not control
    steps[source].routes.setdefault(slot, []).append(Route(edge.key, target, name, control, handle.sources - 1))


def _spread_streams(steps: list[Step], open_inputs: Collection[str]) -> None:
    """Mark the handles that may get more than one value.

    A stream begins at a generator, a loop, a controlled node or an open input, is handed on by nodes that run once an
    item, and ends where a node reads it whole (Collect, Count …) or several edges are gathered into a list.
    """
    ready = [
        step
        for step in steps
        if _may_send_many(step) or CONTROL in step.handles or (step.input_name or "") in open_inputs
    ]
    for step in ready:
        step.streaming = True
    while ready:
        for route in (route for routes in ready.pop().routes.values() for route in routes):
            target = steps[route.target]
            handle = target.handles[route.handle]
            handle.streaming = not handle.gathers
            if not target.streaming and handle.streaming and not target.kind.streams_in:
                target.streaming = True
                ready.append(target)


def _may_send_many(step: Step) -> bool:
    kind = step.kind
    return kind.streams_out and (kind.streams_if is None or kind.streams_if(step.values))


def _capture(resolved: Resolved, steps: list[Step]) -> list[str]:
    """Name the workflow's outputs: the output nodes', or where there are none, those of the nodes nobody reads."""
    outputs = [step for step in steps if step.kind.role == "output"]
    for step in outputs:
        step.captures = {"output": resolved.name_of(resolved.nodes[step.id])}
    if not outputs:
        for step in steps:
            if step.kind.role != "preview" and not any(not r.control for rs in step.routes.values() for r in rs):
                node = resolved.nodes[step.id]
                slots = [*step.kind.outputs, *(node.dynamic_outputs or {})]
                name = node.name or node.id
                step.captures = {slot: name if len(slots) == 1 else f"{name}.{slot}" for slot in slots}
    return [name for step in steps for name in step.captures.values()]
