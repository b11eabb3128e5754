"""What the nodes of ``nodetool.control`` and ``nodetool.variable`` mean."""

import asyncio

import pytest

from nodetool_jupyter.nodes.context import NodeContext, TrialRun
from nodetool_jupyter.nodes.define import NOTHING
from nodetool_jupyter.nodes.library import control, text, variable


async def stream(*items):
    for item in items:
        yield item


def drained(generator):
    async def gather():
        return [item async for item in generator]

    return asyncio.run(gather())


def outputs(generator):
    return [sent["output"] for sent in drained(generator)]


@pytest.fixture
def ctx():
    return NodeContext(TrialRun(), "node")


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (control.If(condition=True, value=1), {"if_true": 1}),
        (control.If(condition=False, value=1), {"if_false": 1}),
        (control.Switch(value="b", cases=["a", "b", "b"], input=7), {"matched": 7, "index": 1}),
        (control.Switch(value=2.0, cases=["1", "2"], input=7), {"matched": 7, "index": 1}),
        (control.Switch(value=True, cases=["True", "true"], input=7), {"matched": 7, "index": 1}),
        (control.Switch(value="c", cases=["a"], input=7), {"default": 7, "index": -1}),
        (
            control.TryCatch(value=None, fallback=3),
            {"output": 3, "error": "Value is null or undefined", "has_error": True},
        ),
        (control.TryCatch(value=0, fallback=3), {"output": 0, "error": "", "has_error": False}),
        (control.Reroute(input_value=[1]), [1]),
        (list(control.ForEach(["a", "b"])), [{"output": "a", "index": 0}, {"output": "b", "index": 1}]),
        (len(list(control.ForEach(range(9), limit=2))), 2),
        (list(control.ForEach([1, 2], limit=0)), []),
        (list(control.Collection(items=["x"])), [{"output": "x", "index": 0}]),
        (list(control.RepeatCount(count=3)), [0, 1, 2]),
        (list(control.RepeatCount(count=-1)), []),
        (list(control.RepeatValue(value="t", count=2)), ["t", "t"]),
    ],
)
def test_plain_nodes(result, expected):
    assert result == expected


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (control.Collect(stream(1, None, 2)), [1, None, 2]),
        (control.Count(stream(1, 1, 1)), 3),
        (control.Count(stream()), 0),
        (control.Last(stream(1, 2)), 2),
        (control.Last(stream()), NOTHING),
        (text.Collect(stream("a", 1, None, "b"), separator="-"), "a-1--b"),
    ],
)
def test_a_stream_is_closed_by(node, expected):
    assert asyncio.run(node) == expected


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (control.Take(stream(1, 2, 3), n=2), [1, 2]),
        (control.Take(stream(1, 2), n=0), []),
        (control.Drop(stream(1, 2, 3), n=2), [3]),
        (control.Drop(stream(1, 2), n=-1), [1, 2]),
        (control.TakeWhile(stream(1, 2, 5, 1), predicate="item < 3"), [1, 2]),
        (control.TakeWhile(stream(1, None), predicate="item.length"), []),
        (control.TakeWhile(stream(1, 2), predicate=""), [1, 2]),
        (control.DropWhile(stream(1, 2, 5, 1), predicate="item < 3"), [5, 1]),
        (control.DropWhile(stream(1, 2), predicate=""), []),
        (control.DropWhile(stream(None, 2), predicate="item.x"), [None, 2]),
        (control.Chunk(stream(1, 2, 3, 4, 5), size=2), [[1, 2], [3, 4], [5]]),
        (control.Chunk(stream(1, 2), size=0), [[1], [2]]),
        (control.Chunk(stream(), size=2), []),
    ],
)
def test_numbered_operators(node, expected):
    assert outputs(node) == expected


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (control.FilterEqual(stream(1, True, [1], 1.0), value=1), [1, 1.0]),
        (control.FilterEqual(stream({"a": [1]}, {"a": [2]}), value={"a": [1]}), [{"a": [1]}]),
        (control.FilterEqual(stream(1, 2), value=1, invert=True), [2]),
        (control.FilterCode(stream(0, 1, 2, 3, 4), predicate="item % 2 === 0"), [0, 2, 4]),
        (control.FilterCode(stream("a", None, "b"), predicate="item !== null"), ["a", "b"]),
        (control.FilterCode(stream(None, "long enough"), predicate="item.length > 3"), ["long enough"]),
        (control.Distinct(stream("r", "g", "r", 1, "1", 1.0, True)), ["r", "g", 1, "1", True]),
        (control.Distinct(stream({"a": 1, "b": 2}, {"b": 2, "a": 1})), [{"a": 1, "b": 2}]),
        (control.Distinct(stream("Aa", "aA", "b"), key="item.toLowerCase()"), ["Aa", "b"]),
    ],
)
def test_operators_that_forward_items(node, expected):
    assert drained(node) == expected


def test_the_numbers_of_dropped_items_begin_at_zero():
    assert [sent["index"] for sent in drained(control.Drop(stream("a", "b", "c"), n=1))] == [0, 1]


def test_a_predicate_that_does_not_read_is_an_error_at_once():
    with pytest.raises(ValueError, match="does not read"):
        drained(control.FilterCode(stream(1), predicate="item ==="))


def test_tap_writes_each_item_into_the_log():
    run = TrialRun()
    assert drained(control.Tap(NodeContext(run, "n"), stream(1, "x"), label="seen")) == [1, "x"]
    assert run.reports == [("log", ("info", "seen: 1")), ("log", ("info", "seen: 'x'"))]


def test_zip_pairs_by_number_and_leaves_out_what_has_no_partner():
    pairs = drained(control.Zip(stream("a", "b", "c"), stream(1, 2)))
    assert pairs == [{"left": "a", "right": 1, "index": 0}, {"left": "b", "right": 2, "index": 1}]


def test_zip_lets_one_stream_run_ahead():
    async def both():
        gate = asyncio.Event()

        async def late():
            await gate.wait()
            for item in range(3):
                yield item

        async def early():
            for item in "abc":
                yield item
            gate.set()

        return [(pair["left"], pair["right"]) async for pair in control.Zip(early(), late())]

    assert asyncio.run(both()) == [("a", 0), ("b", 1), ("c", 2)]


def test_zip_refuses_a_stream_too_far_ahead():
    with pytest.raises(ValueError, match="more than 2 items ahead"):
        drained(control.Zip(stream(1, 2, 3, 4), stream(), max_unmatched_pairs=2))


def test_cross_sends_all_pairs_left_major():
    pairs = [(pair["left"], pair["right"]) for pair in drained(control.Cross(stream("a", "b"), stream(1, 2)))]
    assert pairs == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]


def test_cross_of_an_empty_stream_is_empty():
    assert drained(control.Cross(stream(), stream(1, 2))) == []


def test_cross_refuses_too_many_pairs():
    with pytest.raises(ValueError, match="more than 3 pairs"):
        drained(control.Cross(stream(1, 2), stream(1, 2), max_output_count=3))


def test_a_failing_stream_fails_the_pair():
    async def broken():
        yield 1
        raise RuntimeError("source broke")

    with pytest.raises(RuntimeError, match="source broke"):
        drained(control.Zip(broken(), stream(1, 2)))


def test_a_variable_set_is_read_by_name(ctx):
    assert variable.SetVariable(ctx, name="v", value=[1]) == [1]
    assert variable.GetVariable(ctx, name="v") == [1]


def test_a_variable_not_set_is_null_and_said_so():
    run = TrialRun()
    assert variable.GetVariable(NodeContext(run, "n"), name="v") is None
    assert run.reports[0][1][0] == "warning"
