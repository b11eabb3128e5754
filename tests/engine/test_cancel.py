"""Cancelling a run: what is stopped, what winds down, what is told."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from nodetool_jupyter.engine import runner as runner_module
from nodetool_jupyter.engine.runner import WorkflowRunner
from nodetool_jupyter.nodes.define import Node, Stream, node
from tests.engine.running import Ran, graph, run


class Signals:
    """What the nodes of a test did, and where they wait."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.left = threading.Event()
        self.release = threading.Event()
        self.seen: list[str] = []


@pytest.fixture
def signals() -> Iterator[Signals]:
    made = Signals()
    yield made
    made.release.set()


def cancelled(data: Any, signals: Signals, **more: Any) -> Ran:
    """Run a graph and cancel it as soon as its node says that it has begun."""

    async def during(runner: Any, lines: list[Any]) -> None:
        await asyncio.to_thread(signals.entered.wait, 20)
        runner.cancel()

    return run(data, during=during, **more)


def assert_cancelled(ran: Ran) -> None:
    assert (ran.outcome.status, ran.outcome.reason) == ("cancelled", "cancelled_by_user")
    assert ran.lines[-1][2].status == "cancelled"
    assert [n for n, _, _ in ran.lines] == list(range(1, len(ran.lines) + 1))


def test_cancel_reaches_an_async_function(signals: Signals) -> None:
    @node(namespace="cancel", name="sleeps")
    async def sleeps() -> int:
        signals.entered.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            signals.seen.append("cancelled")
            raise
        finally:
            signals.seen.append("finally")
        return 1

    ran = cancelled(graph({"s": sleeps, "r": "Reroute"}, "s r.input_value"), signals)
    assert_cancelled(ran)
    assert signals.seen == ["cancelled", "finally"]
    assert ran.statuses("s") == ["running", "cancelled"]
    assert ran.statuses("r") == []


def test_cancel_reaches_an_async_generator_that_waits_for_room(signals: Signals) -> None:
    @node(namespace="cancel", name="endless_async")
    async def endless() -> AsyncIterator[int]:
        try:
            index = 0
            while True:
                yield index
                index += 1
        finally:
            signals.left.set()

    @node(namespace="cancel", name="stuck_reader")
    async def stuck(x: int) -> int:
        signals.entered.set()
        await asyncio.sleep(60)
        return x

    assert_cancelled(cancelled(graph({"e": endless, "s": stuck}, "e s.x"), signals))
    assert signals.left.wait(20)


def test_cancel_ends_an_endless_generator_that_nobody_reads(signals: Signals) -> None:
    @node(namespace="cancel", name="endless")
    def endless() -> Iterator[int]:
        try:
            while True:
                signals.entered.set()
                yield 1
        finally:
            signals.left.set()

    assert_cancelled(cancelled(graph({"e": endless, "o": "Preview"}, "e o.value"), signals))
    assert signals.left.wait(20)


def test_cancel_ends_a_function_that_reads_a_stream(signals: Signals) -> None:
    @node(namespace="cancel", name="waits_then_nothing")
    async def silent() -> AsyncIterator[int]:
        yield 1
        await asyncio.sleep(60)

    @node(namespace="cancel", name="reads_on")
    def reads_on(items: Stream[int]) -> int:
        for _ in items:
            signals.entered.set()
        signals.left.set()
        return 1

    assert_cancelled(cancelled(graph({"w": silent, "r": reads_on}, "w r.items"), signals))
    assert signals.left.wait(20)


def test_a_plain_function_that_looks_ends_before_the_run_does(signals: Signals) -> None:
    @node(namespace="cancel", name="looks")
    def looks(ctx: Any) -> int:
        signals.entered.set()
        try:
            ctx.wait(60)
        finally:
            signals.seen.append("left")
        return 1

    ran = cancelled(graph({"n": looks}), signals)
    assert_cancelled(ran)
    assert signals.seen == ["left"]
    assert ran.events("log_update") == []


def test_a_function_that_blocks_is_left_to_wind_down(signals: Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "PATIENCE", 0.01)
    told = threading.Event()
    states: list[Any] = []

    @node(namespace="cancel", name="blocks")
    def blocks() -> int:
        signals.entered.set()
        signals.release.wait(20)
        return 1

    async def during(runner: Any, lines: list[Any]) -> None:
        await asyncio.to_thread(signals.entered.wait, 20)
        runner.cancel()
        states.append(runner)

    ran = run(graph({"b": blocks, "r": "Reroute"}, "b r.input_value"), during=during)
    assert_cancelled(ran)
    assert [session.node_id for session in states[0].winding_down] == ["b"]
    assert ran.lines[-2][2].content == "blocks cannot be interrupted; its thread still winds down"
    states[0].when_wound_down(told.set)
    assert not told.is_set()
    signals.release.set()
    assert told.wait(20)
    assert states[0].winding_down == []


def test_an_async_function_that_blocks_and_one_behind_it_both_wind_down(
    signals: Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "PATIENCE", 0.01)
    runners: list[Any] = []
    told = threading.Event()

    @node(namespace="cancel", name="blocks_loop")
    async def blocks_loop() -> int:
        signals.entered.set()
        signals.release.wait(20)
        return 1

    @node(namespace="cancel", name="never_begun")
    async def never_begun() -> int:
        signals.seen.append("ran")
        return 1

    async def during(runner: Any, lines: list[Any]) -> None:
        runners.append(runner)
        await asyncio.to_thread(signals.entered.wait, 20)
        runner.cancel()

    assert_cancelled(run(graph({"a": blocks_loop, "b": never_begun}), during=during))
    runners[0].when_wound_down(told.set)
    signals.release.set()
    assert told.wait(20)
    assert runners[0].winding_down == []


def test_nothing_is_told_after_the_claim(signals: Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "PATIENCE", 0.01)

    @node(namespace="cancel", name="talks")
    def talks(ctx: Any) -> int:
        signals.entered.set()
        signals.release.wait(20)
        ctx.log("too late")
        ctx.progress(1)
        ctx.chunk("too late")
        signals.left.set()
        return 1

    runners: list[Any] = []

    async def during(runner: Any, lines: list[Any]) -> None:
        runners.append(runner)
        await asyncio.to_thread(signals.entered.wait, 20)
        runner.cancel()

    ran = run(graph({"t": talks}), during=during)
    signals.release.set()
    assert signals.left.wait(20)
    runners[0].reporter.flush()
    assert_cancelled(ran)
    assert ran.events("chunk") == []
    assert [event.content for event in ran.events("log_update") if event.content == "too late"] == []


def test_a_class_is_torn_down_after_a_cancel(signals: Signals) -> None:
    class Loaded(Node, namespace="cancel"):
        async def process(self) -> int:
            signals.entered.set()
            await asyncio.sleep(60)
            return 1

        def teardown(self) -> None:
            signals.seen.append("teardown")

    assert_cancelled(cancelled(graph({"l": Loaded}), signals))
    assert signals.seen == ["teardown"]


def test_a_gathered_list_does_not_come_because_of_a_cancel(signals: Signals) -> None:
    @node(namespace="cancel", name="stands")
    async def stands() -> int:
        signals.entered.set()
        await asyncio.sleep(60)
        return 1

    @node(namespace="cancel", name="gathers", inline=True)
    def gathers(items: list[Any]) -> int:
        signals.seen.append("fired")
        return len(items)

    data = graph({"a": stands, "x": ("Input", {"value": 1}), "g": gathers, "r": "Reroute"},
                 "a g.items", "x.value g.items", "g r.input_value")  # fmt: skip
    ran = cancelled(data, signals)
    assert_cancelled(ran)
    assert signals.seen == []
    assert ran.statuses("g") == ran.statuses("r") == []


def test_cancel_stops_a_chain_that_waits_in_every_node(signals: Signals) -> None:
    @node(namespace="cancel", name="drips")
    async def drips() -> AsyncIterator[int]:
        yield 1
        await asyncio.sleep(60)

    @node(namespace="cancel", name="drinks", inline=True)
    async def drinks(items: Stream[int]) -> int:
        async for _ in items:
            signals.entered.set()
        return 1

    data = graph(
        {"d": drips, "a": "Reroute", "b": "Reroute", "c": drinks, "e": "Reroute"},
        "d a.input_value", "a b.input_value", "b c.items", "c e.input_value",
    )  # fmt: skip
    ran = cancelled(data, signals)
    assert_cancelled(ran)
    assert [ran.statuses(name) for name in "dabce"] == [["running", "cancelled"]] * 4 + [[]]
    assert ran.events("output_update") == []


def test_no_task_is_left(signals: Signals) -> None:
    @node(namespace="cancel", name="stays")
    async def stays() -> int:
        signals.entered.set()
        await asyncio.sleep(60)
        return 1

    left: list[set[Any]] = []

    async def during(runner: Any, lines: list[Any]) -> None:
        await asyncio.to_thread(signals.entered.wait, 20)
        runner.cancel()
        await asyncio.wait([actor.task for actor in runner.actors])
        left.append({actor.task.done() for actor in runner.actors})

    assert_cancelled(run(graph({f"s{i}": stays for i in range(5)}), during=during))
    assert left == [{True}]


def test_cancelling_twice_is_cancelling_once(signals: Signals) -> None:
    @node(namespace="cancel", name="again")
    async def again() -> int:
        signals.entered.set()
        await asyncio.sleep(60)
        return 1

    async def during(runner: Any, lines: list[Any]) -> None:
        await asyncio.to_thread(signals.entered.wait, 20)
        runner.cancel()
        runner.cancel()
        await asyncio.sleep(0)
        runner.cancel()

    ran = run(graph({"a": again}), during=during)
    assert_cancelled(ran)
    assert len(ran.events("job_update", status="cancelled")) == 1


def test_a_run_cancelled_before_it_starts_runs_nothing(signals: Signals) -> None:
    @node(namespace="cancel", name="must_not")
    def must_not(x: int) -> int:
        signals.seen.append("ran")
        return x

    class Early(WorkflowRunner):
        async def run(self) -> Any:
            self.cancel()
            await asyncio.sleep(0)
            return await super().run()

    data = graph({"x": ("Input", {"value": 1}), "m": must_not}, "x.value m.x")
    assert_cancelled(run(data, runner_class=Early))
    assert signals.seen == []


def test_cancel_and_end_may_come_together() -> None:
    statuses = set()
    for turn in range(300):

        async def during(runner: Any, lines: list[Any], turn: int = turn) -> None:
            for _ in range(turn % 12):
                await asyncio.sleep(0)
            runner.cancel()

        data = graph(
            {"x": ("Input", {"value": [1, 2]}), "a": "ForEach", "b": "Collect"},
            "x.value a.input_list",
            "a b.input_item",
        )
        ran = run(data, during=during)
        statuses.add(ran.outcome.status.value)
        ends = [event for event in ran.events("job_update") if event.status in ("completed", "cancelled")]
        assert len(ends) == 1
        assert ran.lines[-1][2] is ends[0]
    assert statuses == {"completed", "cancelled"}


def test_a_failure_before_the_cancel_stays_the_outcome(signals: Signals) -> None:
    @node(namespace="cancel", name="fails_first", inline=True)
    def fails_first() -> int:
        raise ValueError("first")

    @node(namespace="cancel", name="holds")
    async def holds() -> int:
        signals.entered.set()
        await asyncio.sleep(60)
        return 1

    assert cancelled(graph({"f": fails_first, "h": holds}), signals).outcome.status == "error"
