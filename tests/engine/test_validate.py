"""Everything that is wrong with a graph is found before anything runs, and named."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from nodetool_jupyter.engine.resolve import resolve
from nodetool_jupyter.engine.validate import check, check_params, validate
from nodetool_jupyter.errors import InvalidGraph, InvalidRequest
from nodetool_jupyter.graph import read_graph
from nodetool_jupyter.nodes.define import Stream, node
from tests.engine.running import graph


@node(namespace="validate")
def needs(text: str, times: int = 1) -> str:
    return text * times


@node(namespace="validate")
def takes_numbers(items: list[float]) -> float:
    return sum(items)


@node(namespace="validate")
def takes_stream(items: Stream[int]) -> int:
    return sum(items)


@node(namespace="validate")
def may_be_none(x: int | None) -> Any:
    return x


@node(namespace="validate")
def gives_text() -> Iterator[str]:
    yield "a"


def faults(data: Any, *, strict: bool = False) -> list[str]:
    return [str(issue) for issue in validate(read_graph(data), strict=strict)]


def errors(data: Any, *, strict: bool = False) -> list[str]:
    return [str(issue) for issue in validate(read_graph(data), strict=strict) if issue.severity == "error"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            graph({"a": "nodetool.text.Concatt"}),
            "node 'a': unknown node type 'nodetool.text.Concatt'; did you mean 'nodetool.text.Concat'?",
        ),
        (
            graph({"a": "text.Concat"}),
            "node 'a': unknown node type 'text.Concat'; did you mean 'nodetool.text.Concat'?",
        ),
        (
            graph({"a": "notebook.zqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzq"}),
            "node 'a': unknown node type 'notebook.zqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzq'; "
            "a notebook's own nodes are known only where they were defined",
        ),
        (graph({"a": needs}), "node 'a' (validate.needs), text: a value or an edge is required"),
        (graph({"a": (needs, {"text": 3})}), "node 'a' (validate.needs), text: 3 is not of type str"),
        (
            graph({"a": (needs, {"text": "x", "times": 2.5})}),
            "node 'a' (validate.needs), times: 2.5 is not of type int",
        ),
        (
            graph({"a": (takes_numbers, {"items": [1, "two"]})}),
            "node 'a' (validate.takes_numbers), items: item 1: 'two' is not of type float",
        ),
        (
            graph({"a": (needs, {"text": "x"})}, "a b.x"),
            "edge 'a:output->b:x' names node 'b', which is not there; valid: a",
        ),
        (
            graph({"a": (needs, {"text": "x"}), "b": "Reroute"}, "a.outputt b.input_value"),
            "node 'a' (validate.needs), outputt: an edge leaves its output 'outputt', which it does not have; did you mean 'output'?",  # noqa: E501
        ),
        (
            graph({"x": "Input", "y": "Input", "a": needs}, "x.value a.text", "y.value a.text"),
            "node 'a' (validate.needs), text: 2 edges enter it (from 'x', 'y'), but it is no list",
        ),
        (
            graph({"a": gives_text, "b": takes_numbers}, "a b.items"),
            "node 'b' (validate.takes_numbers), items: takes list[float], but 'a' (validate.gives_text) sends str from 'output'",  # noqa: E501
        ),
        (
            graph({"a": ("Output", {"name": "r"}), "b": ("Output", {"name": "r"})}),
            "node 'b' (nodetool.output.Output), name: node 'a' has the same output name 'r'",
        ),
        (
            graph({"a": ("StringInput", {"name": "r"}), "b": ("StringInput", {"name": "r"})}),
            "node 'b' (nodetool.input.StringInput), name: node 'a' has the same input name 'r'",
        ),
    ],
)
def test_each_fault_is_named_with_the_nearest_valid_choice(data: Any, expected: str) -> None:
    assert errors(data) == [expected]


def test_all_faults_are_reported_together() -> None:
    data = graph(
        {"a": needs, "b": "nodetool.text.Nope", "c": ("IntegerInput", {"value": "x"}), "r": "Reroute", "s": "Reroute"},
        "a gone.x",
        "r s.input_value",
        "s r.input_value",
    )
    found = errors(data)
    assert len(found) == 5
    with pytest.raises(InvalidGraph) as caught:
        check(resolve(read_graph(data)))
    assert len(caught.value.issues) == 5
    assert str(caught.value).startswith("The workflow cannot run, 5 faults:")


def test_an_unknown_property_is_a_fault_only_when_strict() -> None:
    data = graph({"a": (needs, {"text": "x", "tims": 2})})
    assert faults(data) == []
    assert errors(data, strict=True) == [
        "node 'a' (validate.needs), tims: it has no property 'tims'; did you mean 'times'?"
    ]


def test_an_undeclared_handle_is_a_warning_and_when_strict_an_error() -> None:
    data = graph({"x": "Input", "a": (needs, {"text": "x"})}, "x.value a.tims")
    issue = validate(read_graph(data))[0]
    assert (issue.severity, issue.node_id, issue.property) == ("warning", "a", "tims")
    assert errors(data) == []
    assert len(errors(data, strict=True)) == 1


def test_declared_dynamic_inputs_do_not_make_handles_of_a_static_node() -> None:
    data = graph(
        {"x": "Input", "a": (needs, {"text": "x"}, {"dynamic_inputs": {"more": {"type": "str"}}})}, "x.value a.more"
    )
    assert [issue.severity for issue in validate(read_graph(data))] == ["warning"]


def test_several_edges_into_a_list_are_no_fault_and_their_items_are_judged() -> None:
    ok = graph({"x": "Input", "y": "Input", "a": takes_numbers}, "x.value a.items", "y.value a.items")
    assert faults(ok) == []
    bad = graph({"x": gives_text, "y": "Input", "a": takes_numbers}, "x a.items", "y.value a.items")
    assert errors(bad) == [
        "node 'a' (validate.takes_numbers), items: takes float, but 'x' (validate.gives_text) sends str from 'output'"
    ]


def test_several_edges_into_a_stream_are_no_fault() -> None:
    data = graph({"x": "Input", "y": "Input", "a": takes_stream}, "x.value a.items", "y.value a.items")
    assert faults(data) == []


def test_null_satisfies_an_optional_property() -> None:
    assert faults(graph({"a": (may_be_none, {"x": None})})) == []
    assert len(errors(graph({"a": may_be_none}))) == 1


def test_every_cycle_is_named() -> None:
    data = graph(
        dict.fromkeys("abcdef", "Reroute"),
        "a b.input_value",
        "b c.input_value",
        "c a.input_value",
        "d d.input_value",
        "c e.input_value",
        "e f.input_value",
    )
    found = errors(data)
    assert len(found) == 2
    assert "a cycle: " in found[0]
    named = {tuple(sorted(set(text.split("a cycle: ")[1].split(";")[0].split(" → ")))) for text in found}
    assert named == {("a", "b", "c"), ("d",)}


@pytest.mark.parametrize("handle", ["next", "condition"])
def test_an_edge_back_into_a_loop_closes_no_cycle(handle: str) -> None:
    assert faults(graph({"l": "Loop", "r": "Reroute"}, "l.value r.input_value", f"r l.{handle}")) == []


def test_a_loop_that_waits_for_its_own_end_is_a_cycle() -> None:
    data = graph({"l": "Loop", "r": "Reroute"}, "l.done r.input_value", "r l.next")
    found = errors(data)
    assert len(found) == 1
    assert "a cycle: " in found[0]


def test_a_loop_back_into_its_first_value_is_a_cycle() -> None:
    assert len(errors(graph({"l": "Loop", "r": "Reroute"}, "l.value r.input_value", "r l.initial"))) == 1


def test_two_loops_in_a_row_are_no_cycle() -> None:
    data = graph(
        {"l": "Loop", "r": "Reroute", "m": "Loop", "s": "Reroute"},
        "l.value r.input_value",
        "r l.next",
        "l.done m.initial",
        "m.value s.input_value",
        "s m.next",
    )
    assert faults(data) == []


def test_a_control_edge_may_not_close_a_cycle() -> None:
    assert len(errors(graph({"a": "Reroute", "b": "Reroute"}, "a b.input_value", "b.__control__ => a"))) == 1


def test_an_input_that_the_workflow_does_not_have_is_refused_with_the_nearest() -> None:
    resolved = resolve(read_graph(graph({"a": ("StringInput", {"name": "prompt"})})))
    check_params(resolved, ["prompt"])
    with pytest.raises(InvalidRequest, match=r"^the workflow has no input 'promt'; did you mean 'prompt'\?$"):
        check_params(resolved, ["promt"])


def test_a_package_that_does_not_load_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from nodetool_jupyter.nodes.registry import registry

    monkeypatch.setitem(registry.load_errors, "broken.pack", "ImportError: no module named x")
    assert errors(graph({"a": "broken.pack.Thing"})) == [
        "node 'a': unknown node type 'broken.pack.Thing'; its package does not load: ImportError: no module named x"
    ]


def test_a_graph_of_ten_thousand_nodes_is_judged() -> None:
    names = [f"r{i}" for i in range(10_000)]
    data = graph(dict.fromkeys(names, "Reroute"), *(f"{a} {b}.input_value" for a, b in pairwise(names)))
    assert faults(data) == []
