"""A graph's form: what is read, what is kept, and every fault of form at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.errors import InvalidGraph
from nodetool_jupyter.graph import MAX_DEPTH, find_graph, read_graph, read_json, too_deep


def faults(data: Any) -> list[str]:
    with pytest.raises(InvalidGraph) as caught:
        read_graph(data)
    return [str(issue) for issue in caught.value.issues]


NODE = {"id": "a", "type": "x.Y"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([NODE], ["a graph is a mapping with 'nodes' and 'edges', not a list"]),
        ("text", ["a graph is a mapping with 'nodes' and 'edges', not str"]),
        ({}, ["the graph has no list of nodes", "the graph has no list of edges"]),
        ({"nodes": 1, "edges": []}, ["'nodes' Input should be a valid list"]),
        ({"nodes": [{"id": "a"}], "edges": []}, ["node 'a': 'type' is missing"]),
        ({"nodes": [{"type": "x"}], "edges": []}, ["node number 0: 'id' is missing"]),
        ({"nodes": [{"id": 3, "type": "x"}], "edges": []}, ["node number 0: 'id': Input should be a valid string"]),
        (
            {"nodes": [NODE], "edges": [{"id": "e", "source": "a"}]},
            [
                "edge 'e': 'sourceHandle' is missing",
                "edge 'e': 'target' is missing",
                "edge 'e': 'targetHandle' is missing",
            ],
        ),
        (
            {"nodes": [{**NODE, "sync_mode": "both"}], "edges": []},
            ["node 'a': 'sync_mode': Input should be 'on_any' or 'zip_all'"],
        ),
        ({"nodes": [NODE, NODE], "edges": []}, ["node 'a' (x.Y), id: another node has the same id"]),
    ],
)
def test_faults_of_form_name_the_node_or_edge(data: Any, expected: list[str]) -> None:
    assert faults(data) == expected


def test_faults_of_form_and_duplicate_ids_are_found_together() -> None:
    edge = {"id": "e", "source": "a", "sourceHandle": "o", "target": "a", "targetHandle": "i"}
    data = {"nodes": [NODE, NODE, {"id": "b"}], "edges": [edge, edge, {"source": "a"}]}
    found = faults(data)
    assert len(found) == 6
    assert "node 'b': 'type' is missing" in found
    assert "node 'a' (x.Y), id: another node has the same id" in found
    assert "node 'a', i: two edges have the id 'e'" in found


@pytest.mark.parametrize("key", ["a", "graph"])
def test_what_holds_no_graph_says_what_it_has(key: str) -> None:
    with pytest.raises(InvalidGraph, match=f"neither 'graph' nor 'nodes' is in this mapping; it has: {key}"):
        find_graph({key: 1})
    with pytest.raises(InvalidGraph, match="not a list"):
        find_graph([])


def test_a_graph_is_found_in_a_workflow_a_request_and_itself() -> None:
    bare = {"nodes": [], "edges": []}
    assert find_graph({"id": "w", "graph": bare}) == find_graph(bare) == bare


def test_ten_megabytes_of_nesting_are_refused() -> None:
    with pytest.raises(InvalidGraph, match="nested too deep"):
        read_json("[" * 10_000_000)
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": deep}
    try:
        with pytest.raises(InvalidGraph, match=f"nested too deep; at most {MAX_DEPTH} levels"):
            read_graph({"nodes": [{**NODE, "data": deep}], "edges": []})
    finally:
        while deep:  # taken apart by hand: its own end would be as deep
            deep = deep.pop("a")


@pytest.mark.parametrize(("depth", "deep"), [(MAX_DEPTH - 1, False), (MAX_DEPTH + 1, True)])
def test_depth_is_counted(depth: int, deep: bool) -> None:
    data: Any = []
    for _ in range(depth - 1):
        data = [data]
    assert too_deep(data) is deep


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b'{"nodes": "\xff"}', "the text is not UTF-8: byte 11 is 0xff"),
        ("{", "not JSON: Expecting property name enclosed in double quotes at line 1, column 2"),
        ("", "not JSON: Expecting value at line 1, column 1"),
    ],
)
def test_what_is_no_json_says_where(text: str | bytes, says: str) -> None:
    with pytest.raises(InvalidGraph) as caught:
        read_json(text)
    assert says in str(caught.value)


def test_a_text_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodetool_jupyter.graph.MAX_BYTES", 10)
    with pytest.raises(InvalidGraph, match="the text has 11 bytes; a workflow may have 10"):
        read_json(" " * 11)


def test_properties_win_over_data() -> None:
    node = {**NODE, "data": {"a": 1, "b": 2}, "properties": {"b": 3}}
    graph = read_graph({"nodes": [node], "edges": []})
    assert graph.nodes[0].values == {"a": 1, "b": 3}
    assert graph.to_dict()["nodes"] == [node]
    assert graph.normalized()["nodes"] == [{**NODE, "data": {"a": 1, "b": 3}, "sync_mode": "zip_all"}]


def test_normalized_writes_out_what_the_runners_default_differently() -> None:
    edge = {"source": "a", "sourceHandle": "o", "target": "b", "targetHandle": "i", "ui_properties": {"x": 1}}
    data = {"nodes": [NODE, {"id": "b", "type": "x.Z", "sync_mode": "on_any"}], "edges": [edge], "extra": 1}
    normal = read_graph(data).normalized()
    assert [node["sync_mode"] for node in normal["nodes"]] == ["zip_all", "on_any"]
    assert normal["edges"] == [{**edge, "id": "a:o->b:i", "edge_type": "data"}]
    assert normal["extra"] == 1
    assert read_graph(normal).normalized() == normal


@pytest.mark.parametrize(
    ("node", "label"),
    [
        ({"name": "Mine", "data": {"name": "other"}}, "Mine"),
        ({"data": {"name": "named"}}, "named"),
        ({"ui_properties": {"title": "Titled"}}, "Titled"),
        ({}, "Y"),
    ],
)
def test_a_node_is_called_by_its_name_or_type(node: dict[str, Any], label: str) -> None:
    assert read_graph({"nodes": [{**NODE, **node}], "edges": []}).nodes[0].label == label


def test_nodetools_own_files_survive_reading(examples: Path) -> None:
    files = sorted(examples.glob("*.json"))
    assert len(files) == 40
    for file in files:
        data = json.loads(file.read_text())["graph"]
        assert read_graph(data).to_dict() == data, file.name
