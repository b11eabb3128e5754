"""What the nodes of ``nodetool.list``, ``nodetool.dictionary`` and ``lib.math`` mean."""

import json
import math

import pytest

from nodetool_jupyter.nodes.context import NodeContext, TrialRun
from nodetool_jupyter.nodes.library import dictionary as d
from nodetool_jupyter.nodes.library import list as lists
from nodetool_jupyter.nodes.library import math as m

ROWS = [{"n": 3, "s": "x"}, {"n": -2}, {"n": "4"}, {"s": "y"}, {"n": True}]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (lists.Range(start=0, stop=10, step=2), [0, 2, 4, 6, 8]),
        (lists.Range(count=3), [0, 1, 2]),
        (lists.Range(start=5, count=2), [0, 1]),
        (lists.Range(start=3, stop=0, step=-1), [3, 2, 1]),
        (lists.Range(start=3, stop=0), []),
        (lists.ListRange(start=1, stop=5), [1, 2, 3, 4]),
        (list(lists.GenerateSequence(start=1, stop=6, step=2)), [1, 3, 5]),
        (lists.Tile(["a", "b"], times=2), ["a", "b", "a", "b"]),
        (lists.Tile(["a"], times=-1), []),
        (lists.RepeatEach(["a", "b"], times=2), ["a", "a", "b", "b"]),
        (lists.RepeatEach(["a"], times=-1), []),
        (lists.RepeatValue("ok", times=3), ["ok", "ok", "ok"]),
        (lists.RepeatValue("ok", times=-3), []),
        (lists.Length([1, 2]), 2),
        (lists.Sum([1, 2.5]), 3.5),
        (lists.Sum([]), 0),
        (lists.Product([2, 3]), 6),
        (lists.Average([1, 2]), 1.5),
        (lists.Minimum([3, 1]), 1),
        (lists.Maximum([3, 1]), 3),
        (lists.Reverse((1, 2)), [2, 1]),
        (lists.Dedupe(["b", "a", "b", {"k": 1}, {"k": 1}]), ["b", "a", {"k": 1}]),
        (lists.Dedupe([1, "1", True, 1.0]), [1, "1", True]),
        (sorted(lists.Randomize([3, 1, 2])), [1, 2, 3]),
        (lists.Sort([2, 1]), [1, 2]),
        (lists.Sort(["a", "b"], order="descending"), ["b", "a"]),
        (lists.Slice([1, 2, 3, 4], start=1), [2, 3, 4]),
        (lists.Slice([1, 2, 3, 4], start=1, stop=3), [2, 3]),
        (lists.Slice([1, 2, 3, 4], stop=-1, step=2), [1, 3]),
        (lists.GetElement([1, 2, 3], index=-1), 3),
        (lists.SelectElements(["a", "b", "c"], [2, 0]), ["c", "a"]),
        (lists.Append([1], [2]), [1, [2]]),
        (lists.Extend([1], [2]), [1, 2]),
        (lists.Flatten([1, [2, [3, [4]]], (5,)]), [1, 2, 3, 4, 5]),
        (lists.Flatten([1, [2, [3]]], max_depth=1), [1, 2, [3]]),
        (lists.Flatten([1, [2]], max_depth=0), [1, [2]]),
        (lists.Chunk([1, 2, 3], chunk_size=2), [[1, 2], [3]]),
        (lists.Union([1, 2, 2], [2, 3]), [1, 2, 3]),
        (lists.Intersection([1, 2, 2, {"a": 1}], [{"a": 1}, 2]), [2, {"a": 1}]),
        (lists.Difference([1, 2, 1], [2]), [1]),
        (lists.MapField([{"a": 1}, {}, "no"], field="a", default=0), [1, 0, 0]),
        (lists.FilterDicts([{"s": "on"}, {"s": "off"}, 3], condition="s == 'on'"), [{"s": "on"}]),
        (lists.FilterDicts([{"a": 1}], condition=" "), [{"a": 1}]),
        (lists.FilterDictsByNumber(ROWS, "n", "greater_than", 0), [ROWS[0]]),
        (lists.FilterDictsByNumber(ROWS, "n", "less_than", 0), [ROWS[1]]),
        (lists.FilterDictsByNumber(ROWS, "n", "equal_to", 3.0), [ROWS[0]]),
        (lists.FilterDictsByNumber(ROWS, "n", "even"), [ROWS[1]]),
        (lists.FilterDictsByNumber(ROWS, "n", "odd"), [ROWS[0]]),
        (lists.FilterDictsByNumber(ROWS, "n", "positive"), [ROWS[0]]),
        (lists.FilterDictsByNumber(ROWS, "n", "negative"), [ROWS[1]]),
        (d.MakeDictionary(a=1, b=None), {"a": 1, "b": None}),
        (d.Combine({"left": 1, "shared": "L"}, {"shared": "R", "right": 2}), {"left": 1, "shared": "R", "right": 2}),
        (d.Update({"a": 1}, {"a": 2}), {"a": 2}),
        (d.GetValue({"a": None}, "a", 3), None),
        (d.GetValue({}, "a"), []),
        (d.Remove({"a": 1, "b": 2}, "a"), {"b": 2}),
        (d.Remove({"b": 2}, "a"), {"b": 2}),
        (d.Filter({"a": 1, "b": 2}, ["b", "z"]), {"b": 2}),
        (d.Zip(["a", "b", "c"], [1, 2]), {"a": 1, "b": 2}),
        (d.ArgMax({"a": 1, "b": 3}), "b"),
        (d.ReduceDictionaries([{"k": "a", "v": 1}, {"k": "a", "v": 2}], "k", "v"), {"a": 1}),
        (d.ReduceDictionaries([{"k": "a", "v": 1}, {"k": "a", "v": 2}], "k", "v", "last"), {"a": 2}),
        (d.ReduceDictionaries([{"k": "a", "v": 1, "w": 2}], "k"), {"a": {"v": 1, "w": 2}}),
        (d.ParseJSON('{"project": "nodetool", "version": 1}'), {"project": "nodetool", "version": 1}),
        (d.ToJSON({"å": [1]}), '{"å": [1]}'),
        (d.ToYAML({"b": [1], "a": "å"}), "b:\n- 1\na: å\n"),
        (m.Add(1, 2), 3),
        (m.Subtract(1, 2.5), -1.5),
        (m.Multiply(2, 3), 6),
        (m.Divide(3, 2), 1.5),
        (m.Modulus(7, 3), 1),
        (m.Power(2, 10), 1024),
        (m.Power(2, -1), 0.5),
        (m.Sqrt(9), 3.0),
        (m.Sine(0), 0.0),
        (m.Cosine(0), 1.0),
        (m.MathFunction(-2), 2),
        (m.MathFunction(-2, "absolute"), 2),
        (m.MathFunction(3, "square"), 9),
        (m.MathFunction(2, "cube"), 8),
        (m.MathFunction(8, "cube_root"), 2.0),
        (m.MathFunction(0, "arctangent"), 0.0),
        (m.MathFunction(math.e, "log"), 1.0),
    ],
)
def test_meaning(result, expected):
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lists.Range(step=0), "step cannot be 0"),
        (lambda: lists.Range(stop=1000, step=0), "step cannot be 0"),
        (lambda: lists.Range(stop=11, max_output_length=10), "11 items, more than max_output_length"),
        (lambda: lists.Range(stop=10**15), "more than max_output_length"),
        (lambda: lists.ListRange(0, 1, 0), "step cannot be 0"),
        (lambda: list(lists.GenerateSequence(0, 1, 0)), "step cannot be 0"),
        (lambda: lists.Tile([1], 10**9), "more than max_output_length"),
        (lambda: lists.RepeatEach([1], 10**9), "more than max_output_length"),
        (lambda: lists.RepeatValue(1, 10**9), "more than max_output_length"),
        (lambda: lists.Sum([1, "2"]), "item 1 is '2', not a number"),
        (lambda: lists.Average([]), "empty"),
        (lambda: lists.Minimum([]), "empty"),
        (lambda: lists.Maximum([]), "empty"),
        (lambda: lists.Sort([1, "a"]), "no order: int, str"),
        (lambda: lists.Slice([1], step=0), "step cannot be 0"),
        (lambda: lists.GetElement([1], 1), "index 1 is outside a list of 1"),
        (lambda: lists.SelectElements([1], [0, 3]), "index 3 is outside"),
        (lambda: lists.Chunk([1], 0), "at least 1"),
        (
            lambda: lists.FilterDicts([{"status": 1}], "statuss == 1"),
            "no key|has a key 'statuss': did you mean 'status'",
        ),
        (lambda: lists.FilterDicts([{"a": 1}], "a =="), "does not read"),
        (lambda: lists.FilterDictsByNumber([], "a", "less_than"), "needs a value"),
        (lambda: d.ArgMax({}), "no scores"),
        (lambda: d.ReduceDictionaries([{"k": 1}, {"k": 1}], "k", "", "error"), "more than once"),
        (lambda: d.ReduceDictionaries([{"key": 1}], "kez"), "did you mean 'key'"),
        (lambda: d.ParseJSON("{"), "not JSON"),
        (lambda: d.ParseJSON("[1]"), "is a list, not a dictionary"),
        (lambda: m.Divide(1, 0), "cannot be divided by 0"),
        (lambda: m.Modulus(1, 0), "cannot be divided by 0"),
        (lambda: m.Power(10, 10**9), "too large"),
        (lambda: m.Power(10.0, 1000), "Power"),
        (lambda: m.Power(-1, 0.5), "not a real number"),
        (lambda: m.Power(0, -1), "Power"),
        (lambda: m.Sqrt(-1), "square root of -1 is not a real number"),
        (lambda: m.MathFunction(2, "arcsine"), "arcsine of 2 is not a real number"),
    ],
)
def test_refusals_are_sentences(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_list_nested_very_deep_is_flattened():
    deep = [0]
    for _ in range(100_000):
        deep = [deep]
    assert lists.Flatten(deep) == [0]


def test_shuffling_leaves_the_given_list_alone():
    given = list(range(50))
    lists.Randomize(given)
    assert given == list(range(50))


class RunIn(TrialRun):
    """A run whose scratch folder is the test's."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def scratch(self, node_id):
        return self.folder


def test_json_is_saved_below_the_jobs_folder(tmp_path):
    path = d.SaveJSON(NodeContext(RunIn(tmp_path), "n"), dictionary={"a": "å"}, folder="out")
    assert path == str(tmp_path / "out" / "data.json")
    assert json.loads((tmp_path / "out" / "data.json").read_text(encoding="utf-8")) == {"a": "å"}


def test_json_is_saved_where_an_absolute_folder_says(tmp_path):
    ctx = NodeContext(RunIn(tmp_path / "scratch"), "n")
    path = d.SaveJSON(ctx, dictionary={"a": 1}, folder=str(tmp_path / "new"), filename="x.json")
    assert path == str(tmp_path / "new" / "x.json")
    assert json.loads((tmp_path / "new" / "x.json").read_text()) == {"a": 1}


def test_json_is_not_saved_outside_by_a_relative_path(tmp_path):
    with pytest.raises(ValueError, match="leads out of the job's folder"):
        d.SaveJSON(NodeContext(RunIn(tmp_path), "n"), dictionary={}, filename="../x.json")
    assert not (tmp_path.parent / "x.json").exists()
