"""Loops, and nodes that are run by events of a control edge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nodetool_jupyter.nodes.define import NOTHING, Outputs, node
from tests.engine.running import graph, run


@node(namespace="loops", inline=True)
def plus_one(x: int) -> int:
    return x + 1


@node(namespace="loops")
def user_plus_one(x: int) -> int:
    return x + 1


@node(namespace="loops", inline=True)
def below(x: int, limit: int = 3) -> bool:
    return x < limit


@node(namespace="loops", inline=True)
def dies(x: int) -> int:
    raise ValueError("in the body")


@node(namespace="loops", inline=True)
def silent(x: int) -> Any:
    return NOTHING


def loop(body: Any = plus_one, *, data: dict[str, Any] | None = None, condition: bool = True) -> dict[str, Any]:
    nodes = {
        "l": ("Loop", {"initial": 0, **(data or {})}),
        "b": body,
        "c": (below, {"limit": 3}),
        "o": ("Output", {"name": "end"}),
    }
    edges = ["l.value b.x", "b l.next", "l.done o.value", "b c.x"]
    return graph(nodes, *edges, *(["c l.condition"] if condition else []))


@pytest.mark.parametrize("body", [plus_one, user_plus_one])
def test_a_loop_counts_to_three(body: Any) -> None:
    ran = run(loop(body))
    assert ran.result == {"end": 3}
    assert ran.events("edge_update", edge_id="l:value->b:x", status="drained")[0].counter == 3


def test_a_loop_begins_with_what_an_edge_brings() -> None:
    data = loop()
    data["nodes"].append({"id": "x", "type": "test.Input", "data": {"value": 10}})
    data["edges"].append({"source": "x", "sourceHandle": "value", "target": "l", "targetHandle": "initial"})
    assert run(data).result == {"end": 11}


def test_a_loop_ends_after_max_iterations() -> None:
    assert run(loop(data={"max_iterations": 2})).result == {"end": 2}


def test_without_a_condition_a_loop_takes_all_its_turns() -> None:
    assert run(loop(data={"max_iterations": 7}, condition=False)).result == {"end": 7}


def test_a_loop_makes_at_least_one_turn() -> None:
    assert run(loop(data={"max_iterations": 0})).result == {"end": 1}


def test_a_loop_numbers_its_turns() -> None:
    data = loop()
    data["nodes"].append({"id": "all", "type": "nodetool.control.Collect"})
    data["nodes"].append({"id": "p", "type": "nodetool.output.Output", "data": {"name": "turns"}})
    data["edges"] += graph({}, "l.index all.input_item", "all p.value")["edges"]
    assert run(data).result["turns"] == [0, 1, 2]


def test_a_loop_ends_when_its_body_dies() -> None:
    ran = run(loop(dies))
    assert ran.outcome.node_id == "b"
    assert ran.statuses("l") == ["running", "completed"]


def test_a_loop_ends_when_its_body_sends_nothing_back() -> None:
    assert run(loop(silent)).result == {"end": 0}


def test_a_loop_whose_body_waits_for_its_end_ends() -> None:
    data = graph({"l": ("Loop", {"initial": 5}), "c": "Collect", "o": ("Output", {"name": "end"})},
                 "l.value c.input_item", "c l.next", "l.done o.value")  # fmt: skip
    assert run(data).result == {"end": 5}


@node(namespace="loops", inline=True)
def worker(text: str = "default", times: int = 1) -> str:
    return text * times


def events(*sent: dict[str, Any]) -> Any:
    """A controller that sends these events."""

    def controller() -> Iterator[Outputs]:
        for event in sent:
            yield Outputs(__control__=event)

    return node(namespace="loops", name="controller")(controller)


def controlled(*sent: dict[str, Any], data: dict[str, Any] | None = None) -> Any:
    return run(
        graph({"k": events(*sent), "w": (worker, data or {}), "c": "Collect"}, "k.__control__ => w", "w c.input_item")
    )


def test_a_controlled_node_runs_once_for_each_event_with_its_properties_for_that_run_only() -> None:
    ran = controlled(
        {"event_type": "run", "properties": {"text": "a"}},
        {"event_type": "run", "properties": {"times": 2}},
        {"event_type": "run"},
        data={"text": "own"},
    )
    assert ran.result == {"c": ["a", "ownown", "own"]}


def test_a_stop_event_ends_it() -> None:
    assert controlled({"event_type": "run"}, {"event_type": "stop"}, {"event_type": "run"}).result == {"c": ["default"]}


def test_a_controller_that_ends_without_an_event_leaves_it_unrun() -> None:
    ran = controlled()
    assert ran.result == {"c": []}
    assert ran.statuses("w") == []


def test_a_plain_mapping_is_a_run_event() -> None:
    assert controlled({"text": "b"}).result == {"c": ["b"]}


@pytest.mark.parametrize(
    ("properties", "says"),
    [({"size": 1}, "a control event sets 'size', which loops.worker does not have"),
     ({"times": "x"}, "a control event sets 'times': 'x' is not of type int")],
)  # fmt: skip
def test_an_event_that_cannot_be_is_the_nodes_fault(properties: dict[str, Any], says: str) -> None:
    ran = controlled({"event_type": "run", "properties": properties})
    assert ran.outcome.node_id == "w"
    assert ran.outcome.error == f"ValueError: {says}"


def test_several_controllers_all_run_it_and_it_ends_with_the_last() -> None:
    data = graph(
        {"k": events({"text": "a"}, {"text": "b"}), "x": "Input", "w": worker, "c": "Collect"},
        "k.__control__ => w", "w c.input_item",
    )  # fmt: skip
    data["nodes"].append({**data["nodes"][0], "id": "k2"})
    data["edges"].append({**data["edges"][0], "source": "k2"})
    assert sorted(run(data).outcome.result["c"]) == ["a", "a", "b", "b"]


def test_one_controller_reaches_all_it_controls() -> None:
    data = graph({"k": events({"text": "a"}), "w": worker, "v": worker}, "k.__control__ => w", "k.__control__ => v")
    assert run(data).result == {"w": "a", "v": "a"}


def test_a_controlled_node_needs_its_data_inputs_once() -> None:
    data = graph(
        {"k": events({}, {}), "t": ("Input", {"value": "fed"}), "w": worker, "c": "Collect"},
        "k.__control__ => w", "t.value w.text", "w c.input_item",
    )  # fmt: skip
    assert run(data).result == {"c": ["fed", "fed"]}


def test_a_controller_that_fails_ends_what_it_controls() -> None:
    @node(namespace="loops", name="failing_controller")
    def failing() -> Iterator[Outputs]:
        yield Outputs(__control__={"text": "one"})
        raise ValueError("no more")

    ran = run(graph({"k": failing, "w": worker}, "k.__control__ => w"))
    assert ran.outcome.node_id == "k"
    assert ran.sent("w") == ["one"]


def test_a_users_function_may_control_a_users_function() -> None:
    @node(namespace="loops", name="steers")
    def steers() -> dict[str, Any]:
        return {"text": "steered"}

    @node(namespace="loops", name="steered")
    def steered(text: str = "default") -> str:
        return text

    assert run(graph({"k": steers, "w": steered}, "k => w")).sent("w") == ["steered"]
