"""The graphs that are measured."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import nodetool_jupyter as nt
from nodetool_jupyter.request import RunJobRequest


@nt.node
def plus_one(value: int) -> int:
    return value + 1


@nt.node
def times_two(value: int) -> int:
    return value * 2


for _function in (plus_one, times_two):
    assert _function.node_type.name.startswith("graphs."), _function.node_type.name


def edge(source: str, slot: str, target: str, handle: str) -> dict[str, str]:
    return {"source": source, "sourceHandle": slot, "target": target, "targetHandle": handle}


def three_nodes() -> dict[str, Any]:
    """Input, one node, output."""
    return {
        "nodes": [
            {"id": "in", "type": "nodetool.input.IntegerInput", "data": {"name": "x", "value": 1}},
            {"id": "plus", "type": "lib.math.Add", "data": {"b": 1}},
            {"id": "out", "type": "nodetool.output.Output", "data": {"name": "result"}},
        ],
        "edges": [edge("in", "output", "plus", "a"), edge("plus", "output", "out", "value")],
    }


def chain(length: int, *, users: bool) -> dict[str, Any]:
    """A chain of ``length`` nodes behind one constant."""
    kind, handle = ("graphs.plus_one", "value") if users else ("nodetool.control.Reroute", "input_value")
    nodes = [{"id": "c", "type": "nodetool.constant.Integer", "data": {"value": 1}}]
    nodes += [{"id": f"n{i}", "type": kind} for i in range(length)]
    ids = [node["id"] for node in nodes]
    return {"nodes": nodes, "edges": [edge(a, "output", b, handle) for a, b in pairwise(ids)]}


def stream(items: int, *, users: bool) -> dict[str, Any]:
    """``items`` integers through two nodes into a counter."""
    first, second = (
        ("graphs.plus_one", "graphs.times_two") if users else ("nodetool.boolean.Not", "nodetool.control.Reroute")
    )
    handle = "value" if users else "input_value"
    return {
        "nodes": [
            {"id": "source", "type": "nodetool.control.RepeatCount", "data": {"count": items}},
            {"id": "a", "type": first},
            {"id": "b", "type": second},
            {"id": "count", "type": "nodetool.control.Count"},
        ],
        "edges": [
            edge("source", "output", "a", "value"),
            edge("a", "output", "b", handle),
            edge("b", "output", "count", "input_item"),
        ],
    }


def request(graph: dict[str, Any], **fields: Any) -> RunJobRequest:
    return RunJobRequest(graph=graph, **fields)
