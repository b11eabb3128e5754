"""What Aggregate, Pivot, Describe, Merge, Append and Join of ``nodetool.data`` mean."""

import math
import random

import pandas as pd
import pytest

from nodetool_jupyter.nodes.aggregates import AGGREGATES
from nodetool_jupyter.nodes.library import data as d

SALES = {
    "rows": [
        {"region": "south", "quarter": "Q1", "amount": 7, "price": 1.5},
        {"region": "north", "quarter": "Q1", "amount": 10, "price": None},
        {"region": "south", "quarter": "Q2", "amount": 3, "price": 2.5},
        {"region": "south", "quarter": "Q2", "amount": 4},
    ]
}


def rows(*found):
    return {"rows": list(found)}


def column(cells, name="a"):
    return {"rows": [{name: cell} for cell in cells]}


def grouped(aggregation):
    """South's and north's amount and price."""
    south, north = d.Aggregate(SALES, "region", aggregation)["rows"]
    assert (south.pop("region"), north.pop("region")) == ("south", "north")
    return [*south.values(), *north.values()]


@pytest.mark.parametrize(
    ("aggregation", "expected"),
    [
        ("sum", [14, 4, 10, 0]),
        ("mean", [14 / 3, 2, 10, None]),
        ("count", [3, 2, 1, 0]),
        ("min", [3, 1.5, 10, None]),
        ("max", [7, 2.5, 10, None]),
        ("var", [13 / 3, 0.5, None, None]),
        ("std", [math.sqrt(13 / 3), math.sqrt(0.5), None, None]),
        ("median", [4, 2, 10, None]),
        ("first", [7, 1.5, 10, None]),
        ("last", [4, 2.5, 10, None]),
    ],
)
def test_aggregations(aggregation, expected):
    assert repr(grouped(aggregation)) == repr(expected)


def test_every_aggregation_is_tested():
    (table,) = [mark for mark in test_aggregations.pytestmark if mark.name == "parametrize"]
    assert {aggregation for aggregation, _ in table.args[1]} == AGGREGATES.keys()


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (
            d.Aggregate(SALES, "quarter,region", "sum"),
            rows(
                {"quarter": "Q1", "region": "south", "amount": 7, "price": 1.5},
                {"quarter": "Q1", "region": "north", "amount": 10, "price": 0},
                {"quarter": "Q2", "region": "south", "amount": 7, "price": 2.5},
            ),
        ),
        (d.Aggregate(SALES), rows({"amount": 24, "price": 4})),
        (d.Aggregate(SALES, "amount", "count")["rows"][0], {"amount": 7, "price": 1}),
        (d.Aggregate(rows({"k": 1, "n": 1}, {"k": 1.0, "n": 2}), "k"), rows({"k": 1, "n": 3})),
        (d.Aggregate(rows({"k": 1, "n": 1}, {"k": True, "n": 2}), "k")["rows"][1], {"k": True, "n": 2}),
        (d.Aggregate(rows({"n": 1}, {"k": None, "n": 2}), "k"), rows({"k": None, "n": 3})),
        (d.Aggregate(column(["x", "y", "x"]), "a"), column(["x", "y"])),
        (d.Aggregate(column([1, "x"])), rows({})),
        (d.Aggregate(column([True, False])), rows({})),
        (d.Aggregate(column([0.1] * 10)), column([1])),
        (d.Aggregate(column([2**53, 1])), column([2**53 + 1])),
        (d.Aggregate(column([1e308, 1e308])), column([None])),
        (d.Aggregate(column([10**400, 0.5]), aggregation="mean"), column([None])),
        (d.Aggregate(column([1e308, -1e308]), aggregation="std"), column([None])),
        (d.Aggregate(rows(), "region"), rows()),
        (d.Aggregate(None), rows()),
        (
            d.Pivot(SALES, "region", "quarter", "amount"),
            rows({"region": "south", "Q1": 7, "Q2": 7}, {"region": "north", "Q1": 10, "Q2": None}),
        ),
        (
            d.Pivot(SALES, "region", "quarter", "price", "mean"),
            rows({"region": "south", "Q1": 1.5, "Q2": 2.5}, {"region": "north", "Q1": None, "Q2": None}),
        ),
        (d.Pivot(SALES, "region", "quarter", "amount", "count")["rows"][0], {"region": "south", "Q1": 1, "Q2": 2}),
        (d.Pivot(SALES, "quarter", "region", "region", "last")["rows"][1]["south"], "south"),
        (
            d.Pivot(rows({"i": 1, "c": 2.0, "v": 3}, {"i": 1, "c": None, "v": 4}), "i", "c", "v"),
            rows({"i": 1, "2": 3, "null": 4}),
        ),
        (d.Pivot(rows(), "a", "b", "c"), rows()),
        (
            d.Describe(rows({"n": 1, "t": "x", "m": 2}, {"n": 2, "t": "y"}, {"n": 4, "t": None})),
            rows(
                {"stat": "count", "n": 3, "m": 1},
                {"stat": "mean", "n": 2.3333, "m": 2},
                {"stat": "std", "n": 1.5275, "m": None},
                {"stat": "min", "n": 1, "m": 2},
                {"stat": "25%", "n": 1.5, "m": 2},
                {"stat": "50%", "n": 2, "m": 2},
                {"stat": "75%", "n": 3, "m": 2},
                {"stat": "max", "n": 4, "m": 2},
            ),
        ),
        (d.Describe(column(["x"]))["rows"][0], {"stat": "count"}),
        (len(d.Describe(None)["rows"]), 8),
        (d.Merge(column([1, 2]), column([3, 4], "b")), rows({"a": 1, "b": 3}, {"a": 2, "b": 4})),
        (d.Merge(column([1, 2]), column([3], "b")), rows({"a": 1, "b": 3}, {"a": 2, "b": None})),
        (d.Merge(column([1]), column([3, 4], "b")), rows({"a": 1, "b": 3}, {"a": None, "b": 4})),
        (d.Merge(column([1]), column([9])), column([9])),
        (d.Merge(column([1]), None), column([1])),
        (d.Append(column([1]), column([2])), column([1, 2])),
        (d.Append(rows({"a": 1, "b": 2}), rows({"b": 3}, {"a": 4})), rows({"a": 1, "b": 2}, {"b": 3}, {"a": 4})),
        (d.Append(rows(), column([2])), column([2])),
        (d.Append(column([1]), None), column([1])),
        (
            d.Join(rows({"id": 1, "a": "x"}, {"id": 2, "a": "y"}), rows({"id": 2, "b": 5}, {"id": 3, "b": 6}), "id"),
            rows({"id": 2, "a": "y", "b": 5}),
        ),
        (
            d.Join(rows({"id": 1, "v": "a"}), rows({"id": 1, "v": "b"}), "id"),
            rows({"id": 1, "v": "b", "v_x": "a", "v_y": "b"}),
        ),
        (
            d.Join(rows({"id": 1, "v": 1, "v_x": 2}), rows({"id": 1, "v": 3}), "id"),
            rows({"id": 1, "v": 3, "v_x": 2, "v_y": 3}),
        ),
        (
            d.Join(rows({"id": 1, "a": 1}, {"id": 1, "a": 2}), rows({"id": 1.0, "b": 3}, {"id": 1, "b": 4}), "id"),
            rows(*[{"id": 1, "a": a, "b": b} for a in (1, 2) for b in (3, 4)]),
        ),
        (d.Join(rows({"id": 1}, {"id": "1"}, {"id": True}), rows({"id": 1, "b": 2}), "id"), rows({"id": 1, "b": 2})),
        (
            d.Join(rows({"p": 1, "q": 1, "a": 5}), rows({"q": 1, "p": 1, "b": 6}, {"q": 1, "p": 2, "b": 7}), "p,q"),
            rows({"p": 1, "q": 1, "a": 5, "b": 6}),
        ),
        (d.Join(rows({"id": 1, "a": 1}), rows(), "id"), rows()),
        (d.Join(rows(), rows(), "id"), rows()),
    ],
)
def test_meaning(result, expected):
    assert repr(result) == repr(expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: d.Aggregate(SALES, "regio"), "Aggregate: there is no column 'regio': did you mean 'region'"),
        (lambda: d.Pivot(SALES), "Pivot: index names no column"),
        (lambda: d.Pivot(SALES, "region"), "Pivot: columns names no column"),
        (lambda: d.Pivot(SALES, "region", "quarter", "x"), "there is no column 'x'"),
        (lambda: d.Pivot(SALES, "region", "quarter", "region"), "has 'south', of which there is no sum"),
        (
            lambda: d.Pivot(rows({"i": 1, "c": "i", "v": 1}), "i", "c", "v"),
            "'c' has the value 'i', which is also the name of the index",
        ),
        (lambda: d.Merge(3, None), "the dataframe_a is int"),
        (lambda: d.Append(column([1]), column([1], "b")), "Append: dataframe_b has no column 'a'; both need the same"),
        (lambda: d.Append(column([1]), rows({"a": 1, "b": 2})), "Append: dataframe_a has no column 'b'"),
        (lambda: d.Join(column([1]), column([1]), ""), "join_on names no column"),
        (lambda: d.Join(column([1]), column([1]), "b"), "Join in dataframe_a: there is no column 'b'"),
        (lambda: d.Join(column([1]), column([1], "b"), "a"), "Join in dataframe_b: there is no column 'a'"),
    ],
)
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call()


NUMBERS = random.Random(7)  # numbers to compare with, not secrets
MANY = [
    {"k": NUMBERS.choice("abc"), "n": NUMBERS.randrange(-50, 50), "x": NUMBERS.choice([None, NUMBERS.gauss(0, 1e3)])}
    for _ in range(300)
]


@pytest.mark.parametrize("aggregation", AGGREGATES)
def test_pandas_groups_to_the_same_numbers(aggregation):
    found = pd.DataFrame(d.Aggregate(MANY, "k", aggregation)["rows"])
    expected = pd.DataFrame(MANY).groupby("k", sort=False).agg(aggregation).reset_index()
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-12)


def test_pandas_describes_with_the_same_numbers():
    found = pd.DataFrame(d.Describe(MANY)["rows"]).set_index("stat")
    expected = pd.DataFrame(MANY).describe().round(4)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_names=False, rtol=1e-12)
