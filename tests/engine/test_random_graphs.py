"""Random graphs: those that are valid give what a tiny interpreter gives, and a broken one is refused, never worse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nodetool_jupyter.engine.plan import make_plan
from nodetool_jupyter.engine.resolve import resolve
from nodetool_jupyter.engine.validate import check
from nodetool_jupyter.errors import InvalidGraph
from nodetool_jupyter.graph import read_graph
from nodetool_jupyter.nodes.define import NOTHING, Stream, node
from tests.engine.running import run


@node(namespace="random", inline=True)
def add(a: int = 1, b: int = 2) -> int:
    return a + b


@node(namespace="random")
def user_add(a: int = 1, b: int = 2) -> int:
    return a + b


@node(namespace="random")
async def async_add(a: int = 1, b: int = 2) -> int:
    return a + b


@node(namespace="random", inline=True)
def even(a: int = 1, b: int = 0) -> Any:
    return a if a % 2 == 0 else NOTHING


@node(namespace="random", inline=True)
def spread(a: int = 3, b: int = 0) -> Iterator[int]:
    yield from range(b % 3, a % 5 + 1)


@node(namespace="random")
def user_spread(a: int = 3, b: int = 0) -> Iterator[int]:
    yield from range(b % 3, a % 5 + 1)


@node(namespace="random")
def total(a: Stream[int], b: int = 0) -> int:
    return sum(a) + b


KINDS = {function.__name__: function for function in (add, user_add, async_add, even, spread, user_spread, total)}
DEFAULTS = {
    "add": (1, 2),
    "user_add": (1, 2),
    "async_add": (1, 2),
    "even": (1, 0),
    "spread": (3, 0),
    "user_spread": (3, 0),
    "total": (None, 0),
}


def outputs_of(kind: str, a: int, b: int) -> list[int]:
    """What one call sends."""
    if kind == "even":
        return [a] if a % 2 == 0 else []
    return list(range(b % 3, a % 5 + 1)) if "spread" in kind else [a + b]


def interpret(graph: dict[str, Any]) -> dict[str, list[int]]:
    """Run a graph of single edges, all ``zip_all``: whole streams, node after node."""
    sent: dict[str, list[int]] = {}
    streams: dict[str, bool] = {}
    for one in graph["nodes"]:
        kind = one["type"].split(".")[1]
        fed = {edge["targetHandle"]: edge["source"] for edge in graph["edges"] if edge["target"] == one["id"]}
        default = dict(zip("ab", DEFAULTS[kind], strict=True))
        streams[one["id"]] = "spread" in kind or (kind != "total" and any(streams[name] for name in fed.values()))
        if kind == "total":
            b = sent[fed["b"]][:1] if "b" in fed else [0]
            sent[one["id"]] = [sum(sent[fed["a"]] if "a" in fed else []) + b[0]] if b else []
            continue
        steady = {handle: sent[name][:1] for handle, name in fed.items() if not streams[name]}
        moving = {handle: sent[name] for handle, name in fed.items() if streams[name]}
        count = min(map(len, moving.values())) if moving else 1
        if not all(steady.values()):
            count = 0
        sent[one["id"]] = [
            item
            for turn in range(count)
            for item in outputs_of(
                kind, *(moving[h][turn] if h in moving else steady[h][0] if h in steady else default[h] for h in "ab")
            )
        ]
    return sent


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Any]:
    count = draw(st.integers(1, 9))
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    for index in range(count):
        nodes.append({"id": f"n{index}", "type": f"random.{draw(st.sampled_from(sorted(KINDS)))}", "data": {}})
        for handle in "ab":
            if index and draw(st.booleans()):
                source = f"n{draw(st.integers(0, index - 1))}"
                edges.append(
                    {"source": source, "sourceHandle": "output", "target": f"n{index}", "targetHandle": handle}
                )
    return {"nodes": nodes, "edges": edges}


@given(graphs())
def test_a_valid_graph_gives_what_the_interpreter_gives(graph: dict[str, Any]) -> None:
    ran = run(graph)
    expected = interpret(graph)
    sinks = {one["id"] for one in graph["nodes"]} - {edge["source"] for edge in graph["edges"]}
    assert ran.outcome.status == "completed"
    assert {name: ran.sent(name) for name in sinks} == {name: expected[name] for name in sinks}


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["n0", "a", "random.add", "output"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "type", "data", "nodes"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(graphs(), st.data())
def test_a_broken_graph_is_refused_and_never_anything_else(graph: dict[str, Any], data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        items = graph[data.draw(st.sampled_from(["nodes", "edges"]))] or graph["nodes"]
        item = data.draw(st.sampled_from(items))
        if isinstance(item, dict):
            keys = [*item, "sync_mode", "ui_properties", "dynamic_properties", "edge_type"]
            item[data.draw(st.sampled_from(keys))] = data.draw(junk)
    try:
        resolved = resolve(read_graph(graph))
        check(resolved)
        make_plan(resolved)
    except InvalidGraph as error:
        assert error.issues
