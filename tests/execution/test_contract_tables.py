"""The contract of strategies: tables, which nodes hand on as plain rows."""

from __future__ import annotations

from typing import Any

import pytest

import nodetool_jupyter as nt
from tests.execution.contract import Runner, nodes

ROWS = [{"id": number, "name": f"råd {number}", "ok": number % 2 == 0, "x": number / 4} for number in range(5000)]


@nt.node(namespace="contract")
def makes_a_frame() -> Any:
    import pandas

    return pandas.DataFrame({"a": [1, None, 3], "t": ["x", "y", None]})


def test_a_large_table_comes_back_as_it_was(runner: Runner) -> None:
    table = nodes.input.DataframeInput(name="table")
    flow = nt.Workflow(outputs={"all": nodes.data.Append(dataframe_a=table, dataframe_b=[{**ROWS[0], "id": -1}])})
    assert runner.run(flow, {"table": {"rows": ROWS}}) == {"all": {"rows": [*ROWS, {**ROWS[0], "id": -1}]}}


def test_a_large_table_of_columns_and_data_comes_back_as_rows(runner: Runner) -> None:
    given = {"type": "dataframe", "columns": list(ROWS[0]), "data": [list(row.values()) for row in ROWS]}
    found = runner.run(nodes.data.Slice(dataframe=nodes.input.DataframeInput(name="table")), {"table": given})
    assert found == {"result": {"rows": ROWS}}


def test_a_frame_between_nodes_is_read(runner: Runner) -> None:
    found = runner.run(nodes.data.FillNA(dataframe=nodes.contract.makes_a_frame(), method="forward"))
    assert found == {"result": {"rows": [{"a": 1.0, "t": "x"}, {"a": 1.0, "t": "y"}, {"a": 3.0, "t": "y"}]}}


def test_a_frame_as_an_input_is_read(runner: Runner) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"n": range(20_000)})
    table = nodes.input.DataframeInput(name="table")
    found = runner.run(nodes.data.Aggregate(dataframe=table), {"table": frame})
    assert found == {"result": {"rows": [{"n": 199_990_000}]}}
