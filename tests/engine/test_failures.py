"""What a failing node does to its run, and what is told about it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, TypedDict

import pytest

import nodetool_jupyter.engine
from nodetool_jupyter.nodes.define import node
from tests.engine.running import graph, run

ENGINE = nodetool_jupyter.engine.__path__[0]


@node(namespace="failures")
def breaks(x: Any = None) -> Any:
    raise ValueError("no good")


@node(namespace="failures")
async def async_breaks(x: Any = None) -> Any:
    raise ValueError("no good")


@node(namespace="failures", inline=True)
def inline_breaks(x: Any = None) -> Any:
    raise ValueError("no good")


@node(namespace="failures")
def breaks_midway(n: int = 3) -> Iterator[int]:
    yield from range(n)
    raise ValueError("no good")


KINDS = [breaks, async_breaks, inline_breaks, breaks_midway]


@pytest.mark.parametrize("kind", KINDS)
def test_a_failing_node_fails_the_run_in_its_name(kind: Any) -> None:
    ran = run(graph({"bad": kind}))
    assert (ran.outcome.status, ran.outcome.reason, ran.outcome.node_id) == ("error", "node_failed", "bad")
    assert ran.outcome.error == "ValueError: no good"
    assert ran.statuses("bad") == ["running", "error"]
    assert ran.events("node_update", status="error")[0].error == "ValueError: no good"
    assert ran.lines[-1][2].node_id == "bad"


@pytest.mark.parametrize("kind", KINDS)
def test_its_traceback_shows_the_users_line_and_no_frame_of_the_engine(kind: Any) -> None:
    outcome = run(graph({"bad": kind})).outcome
    assert 'raise ValueError("no good")' in outcome.traceback
    assert ENGINE not in outcome.traceback
    frames = outcome.exception.__traceback__
    while frames.tb_next is not None:
        frames = frames.tb_next
    assert frames.tb_frame.f_code.co_filename == __file__
    assert outcome.exception.__traceback__.tb_frame.f_code.co_filename == __file__


@pytest.mark.parametrize("kind", [breaks, async_breaks, inline_breaks])
def test_its_downstream_ends_and_the_other_branch_finishes(kind: Any) -> None:
    data = graph(
        {"x": ("Input", {"value": 1}), "bad": kind, "after": "Reroute", "good": "Reroute", "more": "Reroute"},
        "x.value bad.x", "bad after.input_value", "x.value good.input_value", "good more.input_value",
    )  # fmt: skip
    ran = run(data)
    assert ran.outcome.status == "error"
    assert ran.statuses("after") == []
    assert ran.statuses("more") == ["running", "completed"]
    assert ran.sent("more") == [1]
    assert ran.events("edge_update", edge_id="bad:output->after:input_value", status="drained")


def test_items_before_the_failure_went_on() -> None:
    data = graph({"bad": breaks_midway, "r": "Reroute"}, "bad r.input_value")
    assert run(data).sent("r") == [0, 1, 2]


def test_a_list_of_which_one_source_failed_never_comes() -> None:
    @node(namespace="failures", name="gather", inline=True)
    def gather(items: list[Any]) -> int:
        return len(items)

    data = graph({"x": ("Input", {"value": 1}), "bad": breaks, "g": gather}, "x.value g.items", "bad g.items")
    ran = run(data)
    assert ran.outcome.node_id == "bad"
    assert ran.statuses("g") == []


def test_the_first_of_two_failures_is_the_runs() -> None:
    data = graph({"first": inline_breaks, "second": (inline_breaks, {"x": 1})})
    assert run(data).outcome.node_id == "first"


def test_a_failed_run_has_no_result() -> None:
    data = graph({"bad": inline_breaks, "o": ("Output", {"name": "r", "value": 1})})
    ran = run(data)
    assert ran.sent("r") == [1]
    assert ran.lines[-1][2].result is None


def test_fail_fast_stops_the_other_branches() -> None:
    entered = threading.Event()
    seen: list[bool] = []

    @node(namespace="failures", name="fails_later")
    def fails_later() -> int:
        entered.wait(20)
        raise ValueError("now")

    @node(namespace="failures", name="patient")
    def patient(ctx: Any) -> int:
        entered.set()
        try:
            ctx.wait(60)
        finally:
            seen.append(ctx.cancelled)
        return 1

    data = graph({"p": patient, "after": "Reroute", "bad": fails_later}, "p after.input_value")
    ran = run(data, fail_fast=True)
    assert (ran.outcome.status, ran.outcome.node_id) == ("error", "bad")
    assert ran.statuses("p") == ["running", "cancelled"]
    assert ran.statuses("after") == []
    assert seen == [True]


def test_fail_fast_ends_a_run_with_nodes_that_never_began() -> None:
    data = graph(
        {"x": ("Input", {"value": 1}), "bad": inline_breaks, "r": "Reroute"}, "x.value bad.x", "bad r.input_value"
    )
    assert run(data, fail_fast=True).outcome.node_id == "bad"


@node(namespace="failures", timeout=0.05)
async def slow(x: Any = None) -> Any:
    await asyncio.sleep(60)


@node(namespace="failures", timeout=0.05)
def slow_plain(ctx: Any, x: Any = None) -> Any:
    while not ctx.cancelled:
        ctx.wait(0.01)


@node(namespace="failures", timeout=0.05)
async def slow_stream(x: Any = None) -> AsyncIterator[int]:
    yield 1
    await asyncio.sleep(60)


@pytest.mark.parametrize("kind", [slow, slow_plain, slow_stream])
def test_a_node_that_takes_longer_than_its_timeout_fails(kind: Any) -> None:
    data = graph({"s": kind, "r": "Reroute", "good": ("Reroute", {"input_value": 1})}, "s r.input_value")
    ran = run(data)
    assert ran.outcome.node_id == "s"
    assert ran.outcome.error == "NodeTimeout: took longer than its timeout of 0.05 s"
    assert ran.events("edge_update", edge_id="s:output->r:input_value", status="drained")
    assert ran.sent("good") == [1]


def test_a_timeout_is_for_each_item() -> None:
    @node(namespace="failures", name="each", timeout=0.2)
    async def each(x: int) -> int:
        await asyncio.sleep(0.03)
        return x

    data = graph(
        {"l": ("ForEach", {"input_list": list(range(10))}), "e": each, "c": "Collect"}, "l e.x", "e c.input_item"
    )
    assert run(data).result == {"c": list(range(10))}


def test_waiting_for_a_thread_does_not_count_as_time(monkeypatch: pytest.MonkeyPatch) -> None:
    from nodetool_jupyter.engine import threads

    monkeypatch.setattr(threads, "_slots", threads.Slots(1))

    @node(namespace="failures", name="brief", timeout=0.15)
    def brief(ctx: Any) -> int:
        ctx.wait(0.06)
        return 1

    assert run(graph({f"b{i}": brief for i in range(5)})).outcome.status == "completed"


def test_a_functions_own_timeout_error_is_its_own() -> None:
    @node(namespace="failures", name="own_timeout", timeout=30)
    async def own_timeout() -> int:
        raise TimeoutError("the server did not answer")

    assert run(graph({"t": own_timeout})).outcome.error == "TimeoutError: the server did not answer"


@pytest.mark.parametrize("error", [StopIteration, asyncio.CancelledError, StopAsyncIteration])
def test_an_exception_that_means_something_to_the_loop_is_an_ordinary_failure(error: type[BaseException]) -> None:
    @node(namespace="failures", name=f"raises_{error.__name__}")
    def raises() -> int:
        raise error

    ran = run(graph({"r": raises, "good": ("Reroute", {"input_value": 1})}))
    assert ran.outcome.error == f"RuntimeError: it ended with {error.__name__}"
    assert "raise error" in ran.outcome.traceback
    assert ran.sent("good") == [1]


def test_an_async_function_cancelled_by_itself_is_an_ordinary_failure() -> None:
    @node(namespace="failures", name="self_cancelled")
    async def self_cancelled() -> int:
        raise asyncio.CancelledError

    assert run(graph({"r": self_cancelled})).outcome.error == "RuntimeError: it ended with CancelledError"


@pytest.mark.parametrize("flavour", ["plain", "async"])
def test_a_node_that_exits_fails_only_itself(flavour: str) -> None:
    if flavour == "plain":

        @node(namespace="failures", name="exits")
        def exits() -> int:
            raise SystemExit(3)
    else:

        @node(namespace="failures", name="exits")
        async def exits() -> int:
            raise SystemExit(3)

    assert run(graph({"e": exits})).outcome.error == "SystemExit: 3"


class Two(TypedDict):
    a: int
    b: int


@dataclass
class TwoData:
    a: int
    b: int


@pytest.mark.parametrize(
    ("declared", "returned", "says"),
    [
        (Two, 7, "must return a dict of its outputs (a, b), not int"),
        (Two, {"c": 1}, "has no output 'c'; it has: a, b"),
        (TwoData, None, "must return an object with its outputs (a, b), not NoneType"),
    ],
)
def test_a_result_of_the_wrong_shape_is_the_nodes_fault(declared: Any, returned: Any, says: str) -> None:
    def shaped():  # type: ignore[no-untyped-def]
        return returned

    shaped.__annotations__["return"] = declared
    ran = run(graph({"s": node(namespace="failures")(shaped)}))
    assert ran.outcome.node_id == "s"
    assert says in ran.outcome.error


def test_a_long_message_is_cut() -> None:
    @node(namespace="failures", name="wordy", inline=True)
    def wordy() -> int:
        raise ValueError("x" * 5000)

    assert len(run(graph({"w": wordy})).outcome.error) == 1000


def test_an_output_that_cannot_be_stored_fails_the_node_that_sent_it(tmp_path: Any) -> None:
    @node(namespace="failures", name="lock", inline=True)
    def lock() -> Any:
        return threading.Lock()

    data = graph(
        {"l": lock, "o": ("Output", {"name": "r"}), "x": ("Output", {"name": "x", "value": [1] * 100})}, "l o.value"
    )
    ran = run(data)
    assert (ran.outcome.reason, ran.outcome.node_id) == ("result_not_storable", "o")
    assert ran.statuses("o") == ["running", "error"]
    assert ran.sent("x") == [[1] * 100]


def test_a_value_whose_preview_cannot_be_made_does_no_harm() -> None:
    class Odd:
        @property
        def shape(self) -> Any:
            raise RuntimeError("no shape")

    @node(namespace="failures", name="odd", inline=True)
    def odd() -> Any:
        return Odd()

    @node(namespace="failures", name="takes", inline=True)
    def takes(x: Any) -> int:
        return 1

    assert run(graph({"o": odd, "t": takes}, "o t.x")).result == {"t": 1}
