"""When a node fires, and with which values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict

import pytest

from nodetool_jupyter.nodes.define import NOTHING, Outputs, node
from tests.engine.running import graph, run

FOR_EACH = "nodetool.control.ForEach"


@node(namespace="firing", inline=True)
def pair(a: Any = None, b: Any = None) -> list[Any]:
    return [a, b]


@node(namespace="firing")
def user_pair(a: Any = None, b: Any = None) -> list[Any]:
    return [a, b]


@node(namespace="firing", inline=True)
def gathered(items: list[Any]) -> list[Any]:
    return list(items)


@node(namespace="firing", inline=True)
def dynamic(**inputs: Any) -> dict[str, Any]:
    return dict(sorted(inputs.items()))


@node(namespace="firing", inline=True)
def nothing(x: Any = None) -> Any:
    return NOTHING


@node(namespace="firing", inline=True)
def count_to(n: int) -> Iterator[int]:
    yield from range(n)


def collected(kind: Any, sync: str, left: list[Any], right: list[Any]) -> list[Any]:
    """Two streams into the node's two handles, everything it sent gathered."""
    data = graph(
        {
            "l": ("ForEach", {"input_list": left}),
            "r": ("ForEach", {"input_list": right}),
            "p": (kind, {}, {"sync_mode": sync}),
            "c": "Collect",
            "o": ("Output", {"name": "all"}),
        },
        "l p.a",
        "r p.b",
        "p c.input_item",
        "c o.value",
    )
    return run(data).result["all"]


def test_a_node_without_edges_fires_once() -> None:
    ran = run(graph({"a": (pair, {"a": 1, "b": 2})}))
    assert ran.sent("a") == [[1, 2]]


def test_a_node_fires_once_for_two_single_values() -> None:
    data = graph({"x": ("Input", {"value": 1}), "y": ("Input", {"value": 2}), "p": pair}, "x.value p.a", "y.value p.b")
    for mode in ("on_any", "zip_all"):
        data["nodes"][2]["sync_mode"] = mode
        assert run(data).sent("p") == [[1, 2]]


@pytest.mark.parametrize("kind", [pair, user_pair])
def test_zip_all_pairs_by_position_and_drops_the_tail(kind: Any) -> None:
    assert collected(kind, "zip_all", [1, 2, 3], ["a", "b"]) == [[1, "a"], [2, "b"]]


def test_zip_all_is_what_an_absent_sync_mode_means() -> None:
    data = graph(
        {"l": ("ForEach", {"input_list": [1, 2]}), "r": ("ForEach", {"input_list": [3, 4]}), "p": pair},
        "l p.a",
        "r p.b",
    )
    assert run(data).sent("p") == [[1, 3], [2, 4]]


def test_zip_all_keeps_the_value_of_a_handle_that_is_no_stream() -> None:
    data = graph(
        {
            "l": ("ForEach", {"input_list": [1, 2, 3]}),
            "x": ("Input", {"value": "x"}),
            "p": (pair, {}, {"sync_mode": "zip_all"}),
        },
        "l p.a",
        "x.value p.b",
    )
    assert run(data).sent("p") == [[1, "x"], [2, "x"], [3, "x"]]


def test_zip_all_with_a_stream_of_nothing_never_fires() -> None:
    assert collected(pair, "zip_all", [], [1, 2]) == []


def test_a_long_tail_does_not_hold_up_its_sender() -> None:
    assert collected(pair, "zip_all", list(range(2000)), ["a"]) == [[0, "a"]]


def test_on_any_fires_for_each_arrival_with_the_latest_of_the_others() -> None:
    # the left stream is there, whole, before the right one begins
    assert collected(pair, "on_any", [1, 2, 3], ["a", "b"]) == [[3, "a"], [3, "b"]]


def test_on_any_keeps_a_value_that_comes_once() -> None:
    data = graph(
        {
            "x": ("Input", {"value": "x"}),
            "l": ("ForEach", {"input_list": [1, 2]}),
            "p": (pair, {}, {"sync_mode": "on_any"}),
        },
        "l p.a",
        "x.value p.b",
    )
    assert run(data).sent("p") == [[1, "x"], [2, "x"]]


def test_on_any_never_fires_when_one_handle_gets_nothing() -> None:
    assert collected(pair, "on_any", [1, 2, 3], []) == []


def test_a_gathered_list_is_in_the_order_of_its_edges() -> None:
    nodes = {
        "late": "Reroute",
        "later": "Reroute",
        "x": ("Input", {"value": 1}),
        "y": ("Input", {"value": 2}),
        "list": ("nodetool.constant.List", {"value": [3, 4]}),
        "each": "ForEach",
        "all": gathered,
    }
    data = graph(
        nodes,
        "x.value late.input_value",
        "late later.input_value",
        "list each.input_list",
        "later all.items",
        "each all.items",
        "y.value all.items",
    )
    assert run(data).sent("all") == [[1, 3, 4, 2]]


def test_on_any_with_a_gathered_list_fires_when_the_list_is_there() -> None:
    data = graph(
        {
            "l": ("ForEach", {"input_list": [1, 2, 3]}),
            "m": ("ForEach", {"input_list": [7]}),
            "n": ("Input", {"value": 8}),
            "p": (list_and, {}, {"sync_mode": "on_any"}),
            "c": "Collect",
            "o": ("Output", {"name": "all"}),
        },
        "l p.a",
        "m p.items",
        "n.value p.items",
        "p c.input_item",
        "c o.value",
    )
    pairs = run(data).result["all"]
    assert pairs[-1][0] == 3
    assert all(sorted(items) == [7, 8] for _, items in pairs)


@node(namespace="firing", inline=True)
def list_and(a: int, items: list[Any]) -> list[Any]:
    return [a, items]


def test_several_edges_into_a_list_are_gathered() -> None:
    data = graph(
        {"x": ("Input", {"value": 1}), "y": ("Input", {"value": 2}), "g": gathered},
        "x.value g.items",
        "y.value g.items",
    )
    assert sorted(run(data).sent("g")[0]) == [1, 2]


def test_one_edge_into_a_list_is_the_list() -> None:
    assert run(graph({"x": ("Input", {"value": [1, 2]}), "g": gathered}, "x.value g.items")).sent("g") == [[1, 2]]


def test_a_list_gathered_from_sources_that_send_nothing_is_empty() -> None:
    data = graph({"x": nothing, "y": nothing, "g": gathered}, "x g.items", "y g.items")
    assert run(data).sent("g") == [[]]


def test_streams_are_gathered_whole() -> None:
    data = graph({"x": (count_to, {"n": 3}), "y": (count_to, {"n": 400}), "g": gathered}, "x g.items", "y g.items")
    assert len(run(data).sent("g")[0]) == 403


def test_nothing_is_not_sent_and_none_is() -> None:
    assert run(graph({"n": nothing, "r": "Reroute"}, "n r.input_value")).outcome.result == {}
    data = graph({"x": ("Input", {"value": None}), "r": "Reroute"}, "x.value r.input_value")
    assert run(data).sent("r") == [None]


def test_equal_neighbours_are_all_kept() -> None:
    data = graph({"l": ("ForEach", {"input_list": [5, 5, 5]}), "o": ("Output", {"name": "r"})}, "l o.value")
    ran = run(data)
    assert ran.sent("r") == [5, 5, 5]
    assert ran.result == {"r": 5}


def test_the_last_item_of_a_stream_is_the_output() -> None:
    data = graph({"l": ("ForEach", {"input_list": [1, 2]}), "o": ("Output", {"name": "r"})}, "l o.value")
    assert run(data).result == {"r": 2}


def test_outputs_are_named_by_the_output_nodes() -> None:
    data = graph(
        {"x": ("Input", {"value": 1}), "o": ("Output", {"name": "one"}), "loose": ("Reroute", {"input_value": 9})},
        "x.value o.value",
    )
    assert run(data).result == {"one": 1}


def test_without_output_nodes_the_sinks_are_the_outputs() -> None:
    data = graph(
        {"x": ("Input", {"value": 1}), "r": ("Reroute", {}, {"name": "mine"}), "s": "Reroute"},
        "x.value r.input_value",
        "x.value s.input_value",
    )
    assert run(data).result == {"mine": 1, "s": 1}


def test_a_branch_that_sends_nothing_leaves_no_output_and_its_downstream_never_fires() -> None:
    data = graph(
        {
            "i": ("If", {"condition": True, "value": 4}),
            "no": ("Reroute", {}, {"name": "no"}),
            "yes": ("Reroute", {}, {"name": "yes"}),
        },
        "i.if_true yes.input_value",
        "i.if_false no.input_value",
    )
    ran = run(data)
    assert ran.result == {"yes": 4}
    assert ran.statuses("no") == []


def test_a_dynamic_input_is_made_by_an_edge_alone() -> None:
    data = graph({"x": ("Input", {"value": 1}), "d": (dynamic, {}, {"dynamic_properties": {"b": 2}})}, "x.value d.a")
    assert run(data).sent("d") == [{"a": 1, "b": 2}]


def test_an_edge_wins_over_a_dynamic_property() -> None:
    data = graph({"x": ("Input", {"value": 1}), "d": (dynamic, {}, {"dynamic_properties": {"a": 2}})}, "x.value d.a")
    assert run(data).sent("d") == [{"a": 1}]


def test_dynamic_outputs_are_named_by_the_graph() -> None:
    @node(namespace="firing")
    def split(text: str) -> Outputs:
        first, second = text.split()
        return Outputs(first=first, second=second)

    data = graph(
        {
            "s": (split, {"text": "a b"}, {"dynamic_outputs": {"first": {"type": "str"}, "second": {"type": "str"}}}),
            "o": ("Output", {"name": "r"}),
        },
        "s.second o.value",
    )
    assert run(data).result == {"r": "b"}


class Both(TypedDict):
    low: int
    high: int


@dataclass
class BothData:
    low: int
    high: int


class BothTuple(NamedTuple):
    low: int
    high: int


@pytest.mark.parametrize("kind", [Both, BothData, BothTuple])
def test_several_outputs_have_names(kind: Any) -> None:
    def bounds(items: list[int]):  # type: ignore[no-untyped-def]
        return kind(low=min(items), high=max(items))

    bounds.__annotations__["return"] = kind
    data = graph(
        {
            "b": (node(namespace="firing")(bounds), {"items": [3, 1, 2]}),
            "l": ("Output", {"name": "l"}),
            "h": ("Output", {"name": "h"}),
        },
        "b.low l.value",
        "b.high h.value",
    )
    assert run(data).result == {"l": 1, "h": 3}


@pytest.mark.parametrize("kind", [Both, BothData])
def test_a_node_of_several_outputs_may_send_nothing_at_all(kind: Any) -> None:
    def silent():  # type: ignore[no-untyped-def]
        return NOTHING

    silent.__annotations__["return"] = kind
    assert run(graph({"s": node(namespace="firing")(silent)})).result == {}


def test_an_absent_slot_is_not_sent() -> None:
    @node(namespace="firing", name="half")
    def half() -> Both:
        return {"low": 1}  # type: ignore[typeddict-item]

    assert run(graph({"h": half})).result == {"h.low": 1}


def test_a_bypassed_node_hands_on_the_input_of_the_same_type() -> None:
    @node(namespace="firing", name="join")
    def join(times: int, text: str) -> str:
        return text * times

    data = graph(
        {
            "n": ("nodetool.constant.Integer", {"value": 3}),
            "t": ("nodetool.constant.String", {"value": "ab"}),
            "j": (join, {}, {"ui_properties": {"bypassed": True}}),
            "o": ("Output", {"name": "r"}),
        },
        "n j.times",
        "t j.text",
        "j o.value",
    )
    ran = run(data)
    assert ran.result == {"r": "ab"}
    assert ran.statuses("j") == []


def test_two_bypassed_nodes_in_a_row_are_both_joined_over() -> None:
    off = {"ui_properties": {"bypassed": True}}
    data = graph(
        {"x": ("Input", {"value": 1}), "a": ("Reroute", {}, off), "b": ("Reroute", {}, off), "c": "Reroute"},
        "x.value a.input_value",
        "a b.input_value",
        "b c.input_value",
    )
    assert run(data).result == {"c": 1}


def test_comments_and_groups_never_run_and_children_of_a_group_do() -> None:
    data = graph(
        {"c": ("Comment", {"comment": "hi"}), "g": "Group", "a": ("Reroute", {"input_value": 1}, {"parent_id": "g"})}
    )
    ran = run(data)
    assert ran.result == {"a": 1}
    assert ran.statuses("c") == ran.statuses("g") == []


def test_a_graph_of_comments_completes_with_no_outputs() -> None:
    assert run(graph({"c": "Comment"})).result == {}


def test_a_preview_shows_the_last_value() -> None:
    data = graph({"l": ("ForEach", {"input_list": [1, 2, 3]}), "p": "Preview"}, "l p.value")
    ran = run(data)
    assert ran.events("preview_update", node_id="p")[-1].value == 3
    assert ran.result == {}


def test_a_preview_and_an_output_may_have_another_handle_connected() -> None:
    data = graph(
        {
            "x": ("Input", {"value": 1}),
            "n": ("Input", {"value": "seen"}),
            "p": "Preview",
            "o": ("Output", {"name": "r"}),
        },
        "x.value p.value",
        "n.value p.name",
        "x.value o.value",
        "n.value o.description",
    )
    ran = run(data)
    assert ran.events("preview_update", node_id="p")[-1].value == 1
    assert ran.result == {"r": 1}


def test_a_param_takes_the_place_of_an_inputs_value() -> None:
    data = graph({"i": ("IntegerInput", {"name": "n", "value": 3, "max": 100})})
    assert run(data).result == {"i": 3}
    assert run(data, params={"n": 5}).result == {"i": 5}
    assert run(data, params={"n": 500}).result == {"i": 100}


def test_an_input_whose_property_an_edge_feeds_waits_for_it() -> None:
    data = graph({"x": ("Input", {"value": 9}), "i": ("IntegerInput", {"name": "n"})}, "x.value i.value")
    assert run(data).result == {"i": 9}
    assert run(data, params={"n": 2}).result == {"i": 2}


def test_an_unconnected_stream_is_empty_or_the_propertys_own_value() -> None:
    assert run(graph({"c": "Collect"})).result == {"c": []}
    assert run(graph({"c": ("Collect", {"input_item": 4})})).result == {"c": [4]}
