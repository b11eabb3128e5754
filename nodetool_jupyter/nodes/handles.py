"""Nodes that are being put together in Python: what a factory returns, and the graph that grows from it.

A :class:`NodeHandle` is one node of a graph to come. Its outputs are attributes (``handle.output``, ``handle.mask``);
a handle with a single output stands for that output where another factory takes it.
"""

from __future__ import annotations

import contextlib
import contextvars
import itertools
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nodetool_jupyter.errors import InvalidRequest, nearest
from nodetool_jupyter.nodes.cells import describe_line
from nodetool_jupyter.nodes.define import NodeType
from nodetool_jupyter.values import inline

_numbers = itertools.count()
_recorder: contextvars.ContextVar[list[NodeHandle] | None] = contextvars.ContextVar("nodetool_recorder", default=None)


class Slot:
    """One output of a node that is being put together."""

    __slots__ = ("_name", "_node")

    def __init__(self, node: NodeHandle, name: str) -> None:
        self._node = node
        self._name = name

    def __repr__(self) -> str:
        return f"<output {self._name!r} of {self._node!r}>"

    def __iter__(self) -> Iterator[Any]:
        raise TypeError(f"{self!r} has no values before the workflow runs; connect it to another node")

    def __bool__(self) -> bool:
        raise TypeError(f"{self!r} is neither true nor false before the workflow runs; use nodetool.control.If")


class NodeHandle:
    """One node that is being put together; its outputs are attributes.

    Everything of its own begins with an underscore, because an output may have any name.
    """

    __slots__ = ("_kind", "_line", "_links", "_number", "_values")

    def __init__(self, kind: NodeType, given: Mapping[str, Any]) -> None:
        self._kind = kind
        self._number = next(_numbers)
        self._line = _line_of_caller()
        self._values: dict[str, Any] = {}
        self._links: list[tuple[str, Slot]] = []
        for name, value in given.items():
            self._take(name, value)
        record = _recorder.get()
        if record is not None:
            record.append(self)

    def _take(self, name: str, value: Any) -> None:
        if isinstance(value, (NodeHandle, Slot)):
            self._links.append((name, as_slot(value)))
        elif isinstance(value, (list, tuple)) and any(isinstance(item, (NodeHandle, Slot)) for item in value):
            if not all(isinstance(item, (NodeHandle, Slot)) for item in value):
                raise InvalidRequest(
                    f"{self._kind.name}: {name!r} mixes nodes and values; "
                    "make nodes of the values, such as nodetool.constant.String(value='…')"
                )
            if len(value) == 1:
                raise InvalidRequest(
                    f"{self._kind.name}: {name!r} has a list of one node, but only several edges make a list; "
                    "pass the node itself if it sends a list, or wrap it with nodetool.list.Append"
                )
            self._links.extend((name, as_slot(item)) for item in value)
        elif isinstance(value, Mapping) and any(isinstance(item, (NodeHandle, Slot)) for item in value.values()):
            raise InvalidRequest(
                f"{self._kind.name}: {name!r} has a dict with nodes in it; "
                "make a node of it, such as nodetool.dictionary.MakeDictionary(a=…, b=…)"
            )
        else:
            self._values[name] = inline(value)

    def __getattr__(self, name: str) -> Slot:
        kind = self._kind
        if name.startswith("__"):
            raise AttributeError(name)
        if name in kind.outputs or (kind.dynamic_outputs and not name.startswith("_")):
            return Slot(self, name)
        if name == "output" and len(kind.outputs) == 1:
            return Slot(self, next(iter(kind.outputs)))
        hint = nearest(name, kind.outputs) or "it has no outputs"
        raise AttributeError(f"{kind.name} has no output {name!r}; {hint}")

    def __getitem__(self, name: str) -> Slot:
        try:
            return self.__getattr__(name)
        except AttributeError as error:
            raise KeyError(str(error)) from None

    def __dir__(self) -> list[str]:
        return [*self._kind.outputs]

    def __iter__(self) -> Iterator[Any]:
        raise TypeError(f"{self!r} has no values before the workflow runs; connect it to another node")

    def __bool__(self) -> bool:
        raise TypeError(f"{self!r} is neither true nor false before the workflow runs; use nodetool.control.If")

    def __repr__(self) -> str:
        return f"<node {self._kind.name}, {self._line}>" if self._line else f"<node {self._kind.name}>"


def as_slot(value: NodeHandle | Slot) -> Slot:
    """Return the output that a handle stands for; raises :class:`InvalidRequest` when it has several or none."""
    if isinstance(value, Slot):
        return value
    names = list(value._kind.outputs)
    if len(names) == 1:
        return Slot(value, names[0])
    if not names:
        raise InvalidRequest(f"{value!r} has no outputs")
    wanted = " or ".join(f".{name}" for name in names)
    raise InvalidRequest(f"{value!r} has several outputs; say which: {wanted}")


@contextlib.contextmanager
def recording() -> Iterator[list[NodeHandle]]:
    """Collect every node that is made inside, in order; for the cells of ``%%nodetool run``."""
    record: list[NodeHandle] = []
    token = _recorder.set(record)
    try:
        yield record
    finally:
        _recorder.reset(token)


@dataclass(slots=True)
class Assembled:
    """A finished graph, the place each node was made at, and the ids that the handles got."""

    graph: dict[str, Any]
    lines: dict[str, str]
    ids: dict[int, str] = field(default_factory=dict)


def assemble(handles: Iterable[NodeHandle], outputs: Mapping[str, Slot] | None = None) -> Assembled:
    """Make a graph of nodes and everything they depend on, in the order they were made.

    For each of ``outputs`` a ``nodetool.output.Output`` of that name is added. Ids are the type's last part in small
    letters, numbered from the second on.
    """
    made = sorted(
        _reachable([*handles, *(slot._node for slot in (outputs or {}).values())]), key=lambda one: one._number
    )
    result = Assembled({"nodes": [], "edges": []}, {})
    taken: dict[str, int] = {}
    for handle in made:
        node_id = result.ids[handle._number] = _free(handle._kind.title.lower(), taken)
        node: dict[str, Any] = {"id": node_id, "type": handle._kind.name, "data": dict(handle._values)}
        _declare_dynamic(node, handle)
        result.graph["nodes"].append(node)
        if handle._line:
            result.lines[node_id] = handle._line
    for handle in made:
        for name, slot in handle._links:
            _edge(result, slot, result.ids[handle._number], name)
    for name, slot in (outputs or {}).items():
        node_id = _free("output", taken)
        result.graph["nodes"].append({"id": node_id, "type": "nodetool.output.Output", "data": {"name": name}})
        _edge(result, slot, node_id, "value")
    used: dict[str, set[str]] = {}
    for edge in result.graph["edges"]:
        used.setdefault(edge["source"], set()).add(edge["sourceHandle"])
    for handle, node in zip(made, result.graph["nodes"], strict=False):
        extra = used.get(node["id"], set()) - set(handle._kind.outputs)
        if extra and handle._kind.dynamic_outputs:
            node["dynamic_outputs"] = {slot: {"type": "any"} for slot in sorted(extra)}
    return result


def _declare_dynamic(node: dict[str, Any], handle: NodeHandle) -> None:
    # NodeTool keeps values of handles that only this node has apart from its declared properties.
    own = handle._kind.properties
    extra = {name: node["data"].pop(name) for name in list(node["data"]) if name not in own}
    if extra:
        node["dynamic_properties"] = extra


def _edge(result: Assembled, slot: Slot, target: str, handle: str) -> None:
    edges = result.graph["edges"]
    edges.append(
        {
            "id": f"e{len(edges) + 1}",
            "source": result.ids[slot._node._number],
            "sourceHandle": slot._name,
            "target": target,
            "targetHandle": handle,
        }
    )


def _reachable(handles: Iterable[NodeHandle]) -> list[NodeHandle]:
    found: dict[int, NodeHandle] = {}
    waiting = list(handles)
    while waiting:
        handle = waiting.pop()
        if handle._number not in found:
            found[handle._number] = handle
            waiting.extend(slot._node for _, slot in handle._links)
    return list(found.values())


def _free(stem: str, taken: dict[str, int]) -> str:
    count = taken[stem] = taken.get(stem, 0) + 1
    name = stem if count == 1 else f"{stem}_{count}"
    return name if count == 1 or name not in taken else _free(stem, taken)


def _line_of_caller() -> str:
    """Return where the first caller outside this package stands, as people say it."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("nodetool_jupyter."):
        frame = frame.f_back
    return "" if frame is None else describe_line(frame.f_code.co_filename, frame.f_lineno)
