"""What the server says of a workflow that is sent to it and does not run."""

from __future__ import annotations

from typing import Any

import pytest

from nodetool_jupyter.engine.validate import MOST_GUESSES
from nodetool_jupyter.server import explain, submission
from tests.server.talk import Api


@pytest.fixture
def api(api: Api) -> Api:
    return api.with_headers(Content_Type="application/json")


def node(node_id: str, kind: str, **values: Any) -> dict[str, Any]:
    return {"id": node_id, "type": kind, "data": values}


def lone(*nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"graph": {"nodes": list(nodes), "edges": [], **more}}


async def test_a_workflow_that_can_run_comes_with_its_picture_and_no_fault(api: Api, graph: dict[str, Any]) -> None:
    answer = await api.post("explain", {"graph": graph, "name": "shout"})
    said = answer.json
    assert (answer.status, said["issues"], said["faults"], said["more"]) == (200, [], 0, 0)
    assert set(said["state"]["graph"]["nodes"]) == {"in", "up", "out"}
    assert said["state"]["job"] == {"id": "", "name": "shout", "all": 3}


async def test_what_a_workflow_takes_and_gives_is_told(api: Api, graph: dict[str, Any]) -> None:
    said = (await api.post("explain", {"graph": graph})).json
    assert said["inputs"] == [{"name": "text", "type": "str", "needed": False, "value": "'abc'"}]
    assert said["outputs"] == ["result"]


async def test_an_input_without_a_value_must_be_given(api: Api) -> None:
    said = (await api.post("explain", lone(node("i", "nodetool.input.ImageInput", name="photo")))).json
    assert [(one["name"], one["needed"]) for one in said["inputs"]] == [("photo", True)]


async def test_a_files_own_name_is_its_name(api: Api, graph: dict[str, Any]) -> None:
    said = (await api.post("explain", {"graph": {**graph, "name": "mine"}, "name": "the file's"})).json
    assert said["state"]["job"]["name"] == "mine"


async def test_a_node_that_cannot_run_says_so_in_the_picture_and_in_words(api: Api) -> None:
    said = (await api.post("explain", lone(node("x", "nodetool.text.ToUpercase")))).json
    [issue] = said["issues"]
    assert (issue["severity"], issue["node"]) == ("error", "x")
    assert "ToUppercase" in issue["message"]
    assert said["state"]["nodes"]["x"]["status"] == "error"


async def test_faults_are_told_one_by_one_up_to_a_limit(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "MOST_ISSUES", 2)
    said = (await api.post("explain", lone(*(node(f"x{n}", "no.Such") for n in range(5))))).json
    assert (len(said["issues"]), said["faults"], said["more"]) == (2, 5, 3)


def chained(count: int) -> dict[str, Any]:
    """Groups, each in the one before it."""
    group = "nodetool.workflows.base_node.Group"
    nodes = [{"id": f"g{n}", "type": group, "parent_id": f"g{n - 1}" if n else None} for n in range(count)]
    return {"nodes": nodes, "edges": []}


def many(nodes: int, edges: int) -> dict[str, Any]:
    ends = {"source": "n0", "sourceHandle": "output", "target": "n1", "targetHandle": "a"}
    return {"nodes": [node(f"n{n}", "lib.math.Add") for n in range(nodes)], "edges": [ends] * edges}


@pytest.mark.parametrize(
    ("graph", "drawn"),
    [
        (many(explain.MOST_NODES, 1), True),
        (many(explain.MOST_NODES + 1, 1), False),
        (many(2, explain.MOST_EDGES + 1), False),
        (chained(explain.DEEPEST), True),
        (chained(explain.DEEPEST + 1), False),
    ],
    ids=["most-nodes", "too-many-nodes", "too-many-edges", "deepest", "too-deep"],
)
async def test_a_graph_beyond_the_limits_has_no_picture_but_its_words(
    api: Api, graph: dict[str, Any], drawn: bool
) -> None:
    said = (await api.post("explain", {"graph": graph})).json
    assert bool(said["state"]["graph"]) is drawn
    assert said["state"]["job"]["all"] == sum(one["type"] == "lib.math.Add" for one in graph["nodes"])


async def test_a_workflow_beyond_all_measure_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "MOST", 9)
    for where in ("explain", "jobs"):
        answer = await api.post(where, {"graph": many(5, 5)})
        assert (answer.status, answer.code) == (413, "too_large")
        assert "10 nodes and edges" in answer.json["message"]


async def test_only_for_some_unknown_types_the_nearest_is_looked_up(api: Api) -> None:
    said = (await api.post("explain", lone(*(node(f"x{n}", f"nodetool.text.Slic{n}") for n in range(40))))).json
    assert sum("did you mean" in issue["message"] for issue in said["issues"]) == MOST_GUESSES


async def test_nothing_is_kept_of_what_was_explained(api: Api, graph: dict[str, Any]) -> None:
    await api.post("explain", {"graph": graph})
    assert (await api.get("jobs")).json["total"] == 0


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ([], "invalid_request", "an object with 'graph'"),
        ({}, "invalid_request", "'graph' must be an object"),
        ({"graph": []}, "invalid_request", "'graph' must be an object"),
        ({"graph": {"nodes": [], "edges": []}, "name": 3}, "invalid_request", "'name' must be a text"),
        ({"grpah": {}}, "invalid_request", "did you mean 'graph'?"),
        ({"graph": {}}, "invalid_graph", "nodes"),
        ({"graph": {"nodes": [{"id": "a"}], "edges": []}}, "invalid_graph", "type"),
    ],
    ids=["list", "empty", "graph-list", "name", "unknown-field", "no-graph", "bad-node"],
)
async def test_what_is_no_workflow_is_refused_in_a_sentence(api: Api, body: Any, code: str, said: str) -> None:
    answer = await api.post("explain", body)
    assert (answer.status, answer.code) == (400, code)
    assert said in answer.json["message"]
