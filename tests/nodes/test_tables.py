"""The forms that tables come in, and what their cells become."""

import datetime as dt
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from nodetool_jupyter.nodes.tables import chosen, columns_of, exact, numeric, one_column, plain_cell, read_rows

DAY = dt.datetime(2026, 7, 29, 12)
COLUMNS = [{"name": "a", "data_type": "int"}, {"name": "b", "data_type": "string"}]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, []),
        ({}, []),
        ([], []),
        ({"rows": []}, []),
        ({"rows": None}, []),
        ({"type": "dataframe", "uri": "", "asset_id": None, "data": None, "columns": None}, []),
        ({"type": "dataframe", "columns": COLUMNS, "data": []}, []),
        ({"type": "dataframe"}, []),
        ({"rows": [{"a": 1}, {"b": None}]}, [{"a": 1}, {"b": None}]),
        ([{"a": 1}], [{"a": 1}]),
        (({"a": 1},), [{"a": 1}]),
        ({"columns": COLUMNS, "data": [[1, "x"], [2]]}, [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        ({"columns": ["a", "b"], "data": [[1, 2]]}, [{"a": 1, "b": 2}]),
        ({"type": "dataframe", "columns": COLUMNS, "data": [{"a": 1}, {"z": 2}]}, [{"a": 1}, {"z": 2}]),
        ({"columns": ["a"], "data": [[1], {"a": 2}]}, [{"a": 1}, {"a": 2}]),
        ([{1: 2, "a": 3}, {None: 4}], [{"1": 2, "a": 3}, {"None": 4}]),
        ([{"a": float("nan"), "b": float("inf")}], [{"a": None, "b": None}]),
        ([{"a": np.int64(3), "b": np.float32(0.5), "c": np.bool_(True)}], [{"a": 3, "b": 0.5, "c": True}]),
        ([{"a": np.float64("nan"), "b": pd.NaT, "c": pd.NA}], [{"a": None, "b": None, "c": None}]),
        (pd.DataFrame({"a": [1, 2], "b": ["x", None]}), [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        (pd.DataFrame({"a": [1.5, np.nan], "b": [True, False]}), [{"a": 1.5, "b": True}, {"a": None, "b": False}]),
        (pd.DataFrame({"d": [pd.Timestamp(DAY), pd.NaT]}), [{"d": DAY}, {"d": None}]),
        (pd.DataFrame({"n": pd.array([1, None], dtype="Int64")}), [{"n": 1}, {"n": None}]),
        (pd.DataFrame({"c": pd.Categorical(["x", "y"])}), [{"c": "x"}, {"c": "y"}]),
        (pd.DataFrame({1: [2]}), [{"1": 2}]),
        (pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name="key")), [{"key": "x", "a": 1}]),
        (pd.DataFrame({"a": [1]}, index=["x"]), [{"a": 1}]),
        (pd.DataFrame({"a": []}), []),
    ],
)
def test_a_table_is_read(value, expected):
    assert repr(read_rows(value)) == repr(expected)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, "the dataframe is int, no table; a table is"),
        ("a,b", "the dataframe is str, no table"),
        ([1], "row 0 of the dataframe is int, not a dictionary"),
        ([{}, [1]], "row 1 of the dataframe is list"),
        ({"rows": "x"}, "is a dictionary, but no table"),
        ({"a": [1]}, "is a dictionary, but no table"),
        ({"type": "dataframe", "data": "QUJD"}, "is a dictionary, but no table"),
        ({"type": "dataframe", "uri": "https://x.org/a.csv"}, "at 'https://x.org/a.csv' cannot be read here"),
        ({"columns": ["a"], "data": [[1], [1, 2]]}, "row 1 of the dataframe has 2 cells for 1 columns"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "more than one column 'a'"),
        (np.zeros((2, 2)), "is ndarray, no table"),
    ],
)
def test_what_is_no_table_is_refused(value, message):
    with pytest.raises(ValueError, match=message):
        read_rows(value)


def test_an_arrow_table_is_read():
    arrow = pytest.importorskip("pyarrow")
    assert read_rows(arrow.table({"a": [1, None]})) == [{"a": 1}, {"a": None}]


def test_the_handle_is_named_where_there_are_two():
    with pytest.raises(ValueError, match="the dataframe_b is int"):
        read_rows(3, "dataframe_b")


def test_plain_rows_are_not_copied():
    row = {"a": 1, "b": "x", "c": None, "d": 0.5}
    assert read_rows({"rows": [row]})[0] is row


def test_a_table_is_read_without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert read_rows([{"a": float("nan")}]) == [{"a": None}]
    with pytest.raises(ValueError, match="no table"):
        read_rows(object())


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (DAY, DAY),
        (DAY.date(), DAY.date()),
        (pd.Timestamp(DAY), DAY),
        (np.datetime64("2026-07-29T12:00"), DAY),
        ([float("nan")], [float("nan")]),
        (Decimal("1.10"), "1.10"),
        (np.str_("x"), "x"),
        (-float("inf"), None),
    ],
)
def test_a_cell(cell, expected):
    found = plain_cell(cell)
    assert (type(found), repr(found)) == (type(expected), repr(expected))


def test_columns_stand_in_the_order_of_first_sight():
    assert columns_of([{"b": 1}, {"a": 1, "b": 1}, {"c": 1}]) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("n", True), ("gaps", True), ("text", False), ("truth", False), ("mixed", False), ("nothing", False)],
)
def test_columns_of_numbers(name, is_one):
    rows = [
        {"n": 1, "gaps": None, "text": "1", "truth": True, "mixed": 1, "nothing": None},
        {"n": 0.5, "gaps": 2, "text": "x", "truth": False, "mixed": "x"},
    ]
    assert numeric(rows, [name]) == ([name] if is_one else [])


@pytest.mark.parametrize(
    ("number", "expected"),
    [(2.0, 2), (2.5, 2.5), (3, 3), (None, None), (float("nan"), None), (float("inf"), None), (1e300, 1e300)],
)
def test_results_are_as_json_has_them(number, expected):
    assert repr(exact(number)) == repr(expected)


def test_names_of_columns():
    assert chosen("a, b,", ["a", "b"], "N") == ["a", "b"]
    assert chosen("a,b", ["a,b"], "N") == ["a,b"]
    assert one_column("x", [], "N", "column") == "x"
