"""Which worker a node runs on: what the request says, what the graph says, and what is said when it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.engine.explain import explain
from nodetool_jupyter.engine.resolve import resolve, resolve_request
from nodetool_jupyter.engine.validate import judge
from nodetool_jupyter.graph import Graph, read_graph
from nodetool_jupyter.nodes.define import node
from nodetool_jupyter.nodes.everywhere import Everywhere
from nodetool_jupyter.nodes.registry import Registry, registry
from nodetool_jupyter.request import RunJobRequest
from tests.bridge.known import ADD, CONCAT, COUNT, known

OPEN = {"node_type": "pack.basic.Open", "is_dynamic": True}
OWN = {"node_type": "pack.basic.Own", "properties": [{"name": "worker", "type": {"type": "str"}, "default": ""}]}


@pytest.fixture
def types(tmp_path: Path) -> Everywhere:
    return Everywhere(registry, known(tmp_path, cpu=[ADD, CONCAT], gpu=[ADD, COUNT, CONCAT, OPEN, OWN]))


def graph(*nodes: tuple[str, str, dict[str, Any]]) -> Graph:
    return read_graph({"nodes": [{"id": name, "type": kind, "data": data} for name, kind, data in nodes], "edges": []})


TWO = graph(("n1", "pack.basic.Add", {}), ("n2", "nodetool.text.Concat", {}))

PLACES: list[tuple[Graph, Mapping[str, str], dict[str, str | None]]] = [
    (TWO, {}, {"n1": "cpu", "n2": None}),
    (TWO, {"n1": "gpu"}, {"n1": "gpu", "n2": None}),
    (TWO, {"nodetool.text.Concat": "gpu"}, {"n1": "cpu", "n2": "gpu"}),
    (TWO, {"pack.basic.Add": "cpu", "n1": "gpu"}, {"n1": "gpu", "n2": None}),  # a node's own name counts more
    (graph(("n1", "pack.basic.Add", {"worker": "gpu"})), {}, {"n1": "gpu"}),
    (graph(("n1", "nodetool.text.Concat", {"worker": "gpu"})), {}, {"n1": "gpu"}),
    (graph(("n1", "pack.basic.Add", {"worker": "gpu"})), {"n1": "cpu"}, {"n1": "cpu"}),
    (graph(("n1", "pack.basic.Own", {"worker": "cpu"})), {}, {"n1": "gpu"}),  # a property of the type's own
    (graph(("n1", "pack.basic.Open", {"worker": "cpu"})), {}, {"n1": "gpu"}),  # so may this be
]


@pytest.mark.parametrize(("asked", "workers", "places"), PLACES)
def test_where_nodes_run(
    types: Everywhere, asked: Graph, workers: Mapping[str, str], places: dict[str, str | None]
) -> None:
    resolved = resolve(asked, types, workers)
    assert judge(resolved, strict=True, known=types) == []
    found = {name: kind.placement for name, kind in resolved.types.items()}
    assert {name: place and place.worker for name, place in found.items()} == places


FAULTS: list[tuple[Graph, Mapping[str, str], str]] = [
    (TWO, {"n1": "gpq"}, "is to run on the worker 'gpq', of which nothing is known here; did you mean 'gpu'?"),
    (TWO, {"n10": "gpu"}, "'n10', which is to run on the worker 'gpu', is no node or type of the workflow; did"),
    (TWO, {"nodetool.text.Concatt": "gpu"}, "did you mean 'nodetool.text.Concat'?"),
    (
        graph(("n1", "nodetool.text.Split", {})), {"n1": "cpu"},
        "the worker 'cpu' has no node type 'nodetool.text.Split'; did you mean 'nodetool.text.Concat'?",
    ),
    (
        graph(("n1", "pack.streams.Coumt", {"worker": "gpu"})), {},
        "the worker 'gpu' has no node type 'pack.streams.Coumt'; did you mean 'pack.streams.Count'?",
    ),
    (graph(("n1", "pack.basic.Ad", {})), {}, "unknown node type 'pack.basic.Ad'; did you mean 'pack.basic.Add'?"),
    (graph(("n1", "pack.basic.Add", {"c": 1})), {}, "it has no property 'c'; valid: a, b"),
    (graph(("n1", "pack.basic.Add", {"worker": ""})), {}, "it has no property 'worker'"),
    (graph(("n1", "pack.basic.Add", {"worker": 5})), {}, "it has no property 'worker'"),
    (graph(("n1", "pack.basic.Add", {"a": "x"})), {}, "'x' is not of type float"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "workers", "said"), FAULTS, ids=[said for _, _, said in FAULTS])
def test_what_cannot_be_is_one_sentence(types: Everywhere, asked: Graph, workers: Mapping[str, str], said: str) -> None:
    (issue,) = judge(resolve(asked, types, workers), strict=True, known=types)
    assert (said in str(issue), issue.severity) == (True, "error")


def test_where_no_worker_is_known_the_sentence_says_how_to_connect_one(tmp_path: Path) -> None:
    nobody = Everywhere(registry, known(tmp_path))
    (issue,) = judge(resolve(TWO, nobody, {"n2": "gpu"}), strict=True, known=nobody)[1:]
    assert issue.message.endswith("nothing is known here; connect it with: nodetool workers connect NAME URL")


def test_a_type_that_lacks_a_package_here_may_be_run_on_a_worker(tmp_path: Path) -> None:
    @node(namespace="lacking", name="Here")
    def here(x: int = 1) -> int:
        return x

    here_only = Registry()
    here_only.add(replace(here.node_type, requires=("no_such_package_at_all",)))  # type: ignore[attr-defined]
    types = Everywhere(here_only, known(tmp_path, gpu=[{"node_type": "lacking.Here"}]))
    lacking = graph(("n1", "lacking.Here", {}))
    (issue,) = judge(resolve(lacking, types), strict=True, known=types)
    assert issue.message.endswith("; or run it on a worker: --node-worker lacking.Here=gpu")
    assert judge(resolve(lacking, types, {"lacking.Here": "gpu"}), strict=True, known=types) == []


def test_a_worker_that_runs_one_node_takes_none_from_elsewhere(types: Everywhere) -> None:
    resolved = resolve(graph(("n1", "nodetool.text.Concat", {"worker": "gpu"})), types, None)
    assert resolved.types["n1"] is registry.get("nodetool.text.Concat")


def test_a_request_says_where_nodes_run(types: Everywhere) -> None:
    written = {"graph": {"nodes": [{"id": "n1", "type": "pack.basic.Add"}], "edges": []}, "node_workers": {"n1": "gpu"}}
    stored = RunJobRequest.model_validate_json(RunJobRequest.model_validate(written).model_dump_json())
    placement = resolve_request(stored, types).types["n1"].placement
    assert placement is not None
    assert placement.worker == "gpu"


def test_what_a_worker_asks_for_is_no_secret_of_the_job(types: Everywhere) -> None:
    assert resolve(TWO, types).declared_secrets() == ()
    told = explain(TWO, known=types, workers={"n2": "gpu"})
    assert (told.secrets, told.offered, told.workers) == ([], {"PACK_KEY": "cpu"}, {"n1": "cpu", "n2": "gpu"})
    lines = told.text().splitlines()
    assert "secret PACK_KEY, which the worker cpu asks for, if the job names it" in lines
    assert "on the worker gpu: n2" in lines
