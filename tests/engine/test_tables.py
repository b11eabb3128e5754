"""Tables among the nodes that are not about tables: inputs, constants, outputs, control."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.nodes.define import Stream
from tests.engine.running import graph, run

FILE_FORM = {"type": "dataframe", "columns": [{"name": "a", "data_type": "int"}], "data": [[1], [None], [3]]}
ROWS = [{"a": 1}, {"a": None}, {"a": 3}]
DATA = "nodetool.data."
CONSTANT = ("nodetool.constant.DataFrame", {"value": FILE_FORM})


@nt.node(namespace="tables")
def doubled(table: dict[str, Any]) -> dict[str, Any]:
    return {"rows": [*table["rows"], *table["rows"]]}


@pytest.mark.parametrize("given", [FILE_FORM, {"rows": ROWS}, ROWS])
@pytest.mark.parametrize("kind", ["nodetool.constant.DataFrame", "nodetool.input.DataframeInput"])
def test_every_form_reaches_a_node(kind: str, given: Any) -> None:
    nodes = {
        "table": (kind, {"value": given, "name": "table"}),
        "drop": f"{DATA}DropNA",
        "out": ("Output", {"name": "o"}),
    }
    assert run(graph(nodes, "table drop.df", "drop out.value")).result == {"o": {"rows": [{"a": 1}, {"a": 3}]}}


def test_a_param_takes_the_place_of_the_table() -> None:
    nodes = {
        "table": ("nodetool.input.DataframeInput", {"name": "table", "value": FILE_FORM}),
        "list": f"{DATA}ToList",
        "out": ("Output", {"name": "o"}),
    }
    plain = graph(nodes, "table list.dataframe", "list out.value")
    assert run(plain, params={"table": {"rows": [{"b": 2}]}}).result == {"o": [{"b": 2}]}


def test_the_typed_output_takes_a_table() -> None:
    nodes = {"table": CONSTANT, "slice": f"{DATA}Slice", "out": ("nodetool.output.DataframeOutput", {"name": "o"})}
    assert run(graph(nodes, "table slice.dataframe", "slice out.value")).result == {"o": {"rows": ROWS}}


def test_rows_stream_through_control_and_come_together_again() -> None:
    nodes = {
        "table": CONSTANT,
        "each": f"{DATA}ForEachRow",
        "some": f"{DATA}FilterNone",
        "keep": ("nodetool.control.FilterCode", {"predicate": "item.a !== null"}),
        "all": "Collect",
        "again": f"{DATA}FromList",
        "out": ("Output", {"name": "o"}),
    }
    edges = ["table each.dataframe", "each.row some.value", "some keep.input_item", "keep all.input_item"]
    ran = run(graph(nodes, *edges, "all again.values", "again out.value"))
    assert ran.result == {"o": {"rows": [{"a": 1}, {"a": 3}]}}


def test_nulls_are_dropped_from_a_stream() -> None:
    nodes = {
        "list": ("nodetool.constant.List", {"value": [1, None, 0, None]}),
        "each": "ForEach",
        "some": f"{DATA}FilterNone",
        "all": "Collect",
        "out": ("Output", {"name": "o"}),
    }
    plain = graph(nodes, "list each.input_list", "each some.value", "some all.input_item", "all out.value")
    assert run(plain).result == {"o": [1, 0]}


def test_tables_pass_a_branch_and_a_reroute() -> None:
    nodes = {
        "table": CONSTANT,
        "if": ("If", {"condition": True}),
        "way": "Reroute",
        "sort": (f"{DATA}SortByColumn", {"column": "a"}),
        "out": ("Output", {"name": "o"}),
    }
    ran = run(graph(nodes, "table if.value", "if.if_true way.input_value", "way sort.df", "sort out.value"))
    assert ran.result == {"o": {"rows": [{"a": 1}, {"a": 3}, {"a": None}]}}


def test_a_condition_that_cannot_hold_is_told_in_the_log() -> None:
    nodes = {"table": CONSTANT, "keep": (f"{DATA}Filter", {"condition": "b > 1"}), "out": ("Output", {"name": "o"})}
    ran = run(graph(nodes, "table keep.df", "keep out.value"))
    assert ran.result == {"o": {"rows": []}}
    assert [event.severity for event in ran.events("log_update", node_id="keep")] == ["warning"]


def test_what_is_no_table_fails_its_node_with_a_sentence() -> None:
    nodes = {"text": ("nodetool.constant.JSON", {"value": 3}), "sort": (f"{DATA}Describe", {})}
    outcome = run(graph(nodes, "text sort.dataframe")).outcome
    assert (outcome.status, "the dataframe is int, no table" in str(outcome.error)) == ("error", True)


def test_a_users_function_takes_and_gives_a_table_as_a_dictionary() -> None:
    nodes = {"table": CONSTANT, "drop": f"{DATA}DropNA", "twice": doubled, "slice": (f"{DATA}Slice", {"end_index": 3})}
    nodes["out"] = ("Output", {"name": "o"})
    plain = graph(nodes, "table drop.df", "drop twice.table", "twice slice.dataframe", "slice out.value")
    assert run(plain).result == {"o": {"rows": [{"a": 1}, {"a": 3}, {"a": 1}]}}


@nt.node(namespace="tables")
def mean_of(frame: pd.DataFrame) -> float:
    return float(frame["a"].mean())


@nt.node(namespace="tables")
def without(frame: pd.DataFrame | None, column: str) -> pd.DataFrame:
    assert frame is not None
    return frame.drop(columns=column)


@nt.node(namespace="tables")
def lengths(frames: Stream[pd.DataFrame]) -> list[int]:
    return [len(frame) for frame in frames]


def test_a_users_function_gets_the_dataframe_it_asks_for() -> None:
    nodes = {"table": CONSTANT, "drop": f"{DATA}DropNA", "mean": mean_of, "out": ("Output", {"name": "o"})}
    assert run(graph(nodes, "table drop.df", "drop mean.frame", "mean out.value")).result == {"o": 2.0}


def test_a_dataframe_that_stands_in_the_node_is_one_too() -> None:
    nodes = {"mean": (mean_of, {"frame": FILE_FORM}), "out": ("Output", {"name": "o"})}
    assert run(graph(nodes, "mean out.value")).result == {"o": 2.0}


def test_dataframes_pass_between_a_users_functions_and_ours() -> None:
    nodes = {
        "table": ("nodetool.constant.JSON", {"value": [{"a": 1, "b": 2}]}),
        "less": (without, {"column": "b"}),
        "list": f"{DATA}ToList",
        "out": ("Output", {"name": "o"}),
    }
    assert run(graph(nodes, "table less.frame", "less list.dataframe", "list out.value")).result == {"o": [{"a": 1}]}


def test_a_stream_of_tables_comes_as_dataframes() -> None:
    nodes = {
        "list": ("nodetool.constant.List", {"value": [{"rows": ROWS}, {"rows": []}]}),
        "each": "ForEach",
        "lengths": lengths,
        "out": ("Output", {"name": "o"}),
    }
    plain = graph(nodes, "list each.input_list", "each lengths.frames", "lengths out.value")
    assert run(plain).result == {"o": [3, 0]}


def test_what_is_no_table_is_refused_before_the_function_runs() -> None:
    nodes = {"json": ("nodetool.constant.JSON", {"value": {"b": 1}}), "mean": mean_of}
    outcome = run(graph(nodes, "json mean.frame")).outcome
    assert (outcome.status, "the table is a dictionary, but no table" in str(outcome.error)) == ("error", True)
