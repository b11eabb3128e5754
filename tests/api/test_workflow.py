"""Workflows: read, put together, validated, explained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.api.submit import request_for
from nodetool_jupyter.api.workflow import as_workflow

nodes: Any = nt.nodes
GRAPH: dict[str, Any] = {
    "nodes": [
        {"id": "a", "type": "nodetool.constant.String", "data": {"value": "x"}, "ui_properties": {"x": 1}, "odd": [1]},
        {"id": "b", "type": "nodetool.output.Output", "properties": {"name": "result"}},
    ],
    "edges": [{"source": "a", "sourceHandle": "output", "target": "b", "targetHandle": "value"}],
}
FILE = {"id": "w1", "name": "A file", "graph": GRAPH, "extra": {"kept": True}}


def test_what_was_read_is_given_back_whole() -> None:
    assert nt.Workflow.from_dict(FILE).to_dict() == FILE
    assert nt.Workflow.from_json(json.dumps(FILE)).to_dict() == FILE


def test_what_is_given_back_is_a_copy() -> None:
    flow = nt.Workflow.from_dict(FILE)
    flow.to_dict()["graph"]["nodes"].clear()
    assert len(flow.graph.nodes) == 2


def test_a_normalized_graph_spells_out_what_runners_default_differently() -> None:
    plain = nt.Workflow.from_dict(GRAPH).normalized()
    assert {node["sync_mode"] for node in plain["nodes"]} == {"zip_all"}
    assert plain["edges"][0]["id"] == "a:output->b:value"


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_a_file_is_read_and_names_its_workflow(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"my flow.{suffix}"
    path.write_text(json.dumps(GRAPH))  # JSON is YAML too
    flow = nt.Workflow.from_file(path)
    assert flow.name == "my flow"
    assert nt.run(flow) == {"result": "x"}


def test_every_form_of_a_workflow_runs(tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    path.write_text(json.dumps(FILE))
    forms: list[Any] = [FILE, GRAPH, path, str(path), json.dumps(GRAPH), nt.Workflow.from_dict(GRAPH)]
    assert [nt.run(form) for form in forms] == [{"result": "x"}] * len(forms)


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        (3, "a workflow is a Workflow, a dict, a path or a node, not a int"),
        ([1], "a workflow is a mapping"),
        ("[1]", "a workflow is a mapping"),
        ({}, "neither 'graph' nor 'nodes'"),
        ("{", "not JSON"),
        ("no/such.json", "there is no file 'no/such.json'"),
        (b"{\xff", "not UTF-8"),
        ('{"nodes": ' + "[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_workflow_is_refused(thing: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("(", r"\(")) as caught:
        as_workflow(thing)
    assert isinstance(caught.value, nt.NodetoolError)


def test_a_file_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "workflow.json").touch()
    with pytest.raises(nt.InvalidRequest, match=r"did you mean 'workflow\.json'\?"):
        nt.Workflow.from_file(tmp_path / "workflwo.json")


def test_outputs_name_the_results() -> None:
    two = nodes.constant.Integer(value=2)
    flow = nt.Workflow({"two": two, "same": two.output})
    assert nt.run(flow) == {"two": 2, "same": 2}


def test_an_output_that_is_no_handle_is_refused() -> None:
    with pytest.raises(nt.InvalidRequest, match="output 'result' is a int"):
        nt.Workflow({"result": 3})  # type: ignore[dict-item]


def test_a_graph_written_in_python_is_judged_strictly_with_its_lines() -> None:
    flow = nt.Workflow(nodes.boolean.IsIn(options="no list"))
    (issue,) = flow.validate()
    assert issue.property == "options"
    with pytest.raises(nt.InvalidGraph, match=r"line \d+ of test_workflow\.py"):
        nt.submit(flow)


def test_what_a_file_says_too_much_is_a_warning_unless_strict() -> None:
    graph = {"nodes": [{"id": "a", "type": "nodetool.boolean.Not", "data": {"valu": 1}}], "edges": []}
    flow = nt.Workflow.from_dict(graph)
    assert [issue.severity for issue in flow.validate()] in ([], ["warning"])
    assert [issue.severity for issue in flow.validate(strict=True)] == ["error"]


def test_explain_tells_inputs_outputs_missing_and_renamed_types() -> None:
    graph = {
        "nodes": [
            {"id": "i", "type": "nodetool.input.ImageInput", "data": {"name": "photo"}},
            {"id": "g", "type": "nodetool.json.Any", "data": {}},
            {"id": "m", "type": "nodetool.boolean.Nott", "data": {}},
            {"id": "o", "type": "nodetool.output.Output", "data": {"name": "result"}},
        ],
        "edges": [],
    }
    text = nt.Workflow.from_dict(graph).explain()
    assert "input photo: image, must be given" in text
    assert "output result" in text
    assert "missing type nodetool.boolean.Nott; did you mean 'nodetool.boolean.Not'?" in text
    assert "renamed nodetool.json.Any is lib.json.Any here" in text


def test_explain_tells_settings_secrets_and_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FONT_PATH", "/fonts")

    @nt.node(namespace="notebook", settings=("FONT_PATH", "CHROMA_PATH"), secrets=("HF_TOKEN",), gpu=True)
    def needy() -> int:
        return 1

    text = nt.Workflow(nodes.notebook.needy()).explain()
    assert "setting FONT_PATH is set" in text
    assert "setting CHROMA_PATH is not set" in text
    assert "secret HF_TOKEN" in text
    assert "wants a GPU: needy" in text


def test_a_property_can_be_set_on_this_object_only() -> None:
    flow = nt.Workflow.from_dict(FILE)
    flow.set("a", "value", "y")
    assert nt.run(flow) == {"result": "y"}
    assert GRAPH["nodes"][0]["data"]["value"] == "x"
    with pytest.raises(nt.InvalidRequest, match="has no node 'c'"):
        flow.set("c", "value", 1)


def test_it_shows_its_nodes_and_edges() -> None:
    assert repr(nt.Workflow.from_dict(FILE)).splitlines() == [
        "<Workflow 'A file', 2 nodes>",
        "  a: nodetool.constant.String",
        "  b: nodetool.output.Output  (value ← a)",
    ]


def test_nodetools_own_files_are_read_whole(examples: Path) -> None:
    for path in examples.glob("*.json"):
        data = json.loads(path.read_bytes())
        flow = nt.Workflow.from_file(path)
        assert flow.to_dict() == data
        assert flow.explain()


@pytest.mark.parametrize(
    ("given", "image"),
    [
        ({"strategy": "docker"}, "lab/gpu:2"),
        ({"strategy": "docker", "image": None}, "lab/gpu:2"),
        ({"strategy": "docker", "image": "other:1"}, "other:1"),
        ({"strategy": "threaded"}, None),
    ],
)
def test_the_image_that_a_workflow_names_is_used_unless_another_is_given(
    given: dict[str, Any], image: str | None
) -> None:
    flow = nt.Workflow.from_json(json.dumps({**FILE, "image": "lab/gpu:2"}))
    assert request_for(flow, given).options.get("image") == image
    assert flow.to_dict()["image"] == "lab/gpu:2"


def test_the_image_of_a_request_wins_over_the_workflows() -> None:
    flow = nt.Workflow.from_dict({**FILE, "image": "lab/gpu:2"})
    fixed = {"strategy": "docker", "options": {"image": "other:1"}}
    assert request_for(flow, {}, fixed=fixed).options["image"] == "other:1"


@pytest.mark.parametrize("image", ["", 7, {"name": "x"}])
def test_an_image_that_is_no_name_is_refused(image: object) -> None:
    flow = nt.Workflow.from_dict({**FILE, "image": image})
    with pytest.raises(nt.InvalidRequest, match=r"the workflow's image is a name such as lab/gpu:2, or a tag"):
        request_for(flow, {"strategy": "docker"})
