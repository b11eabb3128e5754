"""Bounded queues: who waits for whom, and what happens when everybody does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from nodetool_jupyter import events as ev
from nodetool_jupyter.engine import report
from nodetool_jupyter.engine.inlet import CAPACITY
from nodetool_jupyter.engine.session import CREDIT
from nodetool_jupyter.nodes.define import Stream, node
from nodetool_jupyter.redact import Redactor
from tests.engine.running import graph, run


@node(namespace="pressure", inline=True)
def numbers(n: int) -> Iterator[int]:
    yield from range(n)


@node(namespace="pressure", inline=True)
def add(a: int, b: int) -> int:
    return a + b


@node(namespace="pressure")
def user_sum(items: Stream[int]) -> int:
    return sum(items)


def test_a_producer_waits_for_a_slow_consumer() -> None:
    too_far, held, entered = threading.Event(), threading.Event(), threading.Event()
    bound = 2 * CAPACITY + 2 * CREDIT

    @node(namespace="pressure", name="eager")
    def eager() -> Iterator[int]:
        for index in range(20_000):
            if index > bound:
                too_far.set()
            yield index

    @node(namespace="pressure", name="slow")
    def slow(x: int) -> int:
        if x == 0:
            entered.set()
            held.wait(20)
        return x

    async def during(runner: Any, lines: list[Any]) -> None:
        await asyncio.to_thread(entered.wait, 20)
        assert not await asyncio.to_thread(too_far.wait, 0.2)
        held.set()

    ran = run(graph({"e": eager, "s": slow}, "e s.x"), during=during)
    assert ran.result == {"s": 19_999}
    assert too_far.is_set()


def test_a_stream_that_meets_its_own_sum_completes() -> None:
    data = graph(
        {
            "n": (numbers, {"n": 5000}),
            "c": "Collect",
            "l": "nodetool.list.Length",
            "a": (add, {}, {"sync_mode": "on_any"}),
            "all": "Collect",
            "o": "nodetool.list.Length",
        },
        "n c.input_item",
        "c l.values",
        "l a.b",
        "n a.a",
        "a all.input_item",
        "all o.values",
    )
    ran = run(data)
    assert ran.outcome.status == "completed"


def test_a_stream_that_meets_a_users_sum_of_it_completes() -> None:
    data = graph(
        {"n": (numbers, {"n": 5000}), "s": user_sum, "a": add, "all": "Collect", "o": "nodetool.list.Length"},
        "n s.items",
        "s a.b",
        "n a.a",
        "a all.input_item",
        "all o.values",
    )
    assert run(data).result == {"o": 5000}


def test_what_is_sent_to_a_node_that_has_ended_is_not_kept() -> None:
    sizes: list[int] = []

    @node(namespace="pressure", name="first")
    async def first(items: Stream[int]) -> int:
        return await anext(aiter(items))

    async def during(runner: Any, lines: list[Any]) -> None:
        inlet = runner.actors[1].inlets["items"]
        await runner._finished
        sizes.append(len(inlet.queue))

    ran = run(graph({"n": (numbers, {"n": 20_000}), "f": first}, "n f.items"), during=during)
    assert ran.result == {"f": 0}
    assert sizes == [0]


@pytest.mark.parametrize("width", [1, 200])
def test_wide_fan_out_and_fan_in(width: int) -> None:
    @node(namespace="pressure", name="sum_of", inline=True)
    def sum_of(items: list[int]) -> int:
        return sum(items)

    names = [f"r{i}" for i in range(width)]
    data = graph(
        {
            "x": ("Input", {"value": 1}),
            **dict.fromkeys(names, "Reroute"),
            "extra": ("Input", {"value": 0}),
            "s": sum_of,
        },
        *(f"x.value {name}.input_value" for name in names),
        *(f"{name} s.items" for name in names),
        "extra.value s.items",
    )
    assert run(data).result == {"s": width}


def test_a_slow_branch_does_not_lose_items_of_a_fast_one() -> None:
    @node(namespace="pressure", name="slowly")
    async def slowly(x: int) -> int:
        await asyncio.sleep(0)
        return x

    data = graph(
        {
            "n": (numbers, {"n": 2000}),
            "f": "Reroute",
            "s": slowly,
            "p": add,
            "c": "Collect",
            "l": "nodetool.list.Length",
        },
        "n f.input_value",
        "n s.x",
        "f p.a",
        "s p.b",
        "p c.input_item",
        "c l.values",
    )
    assert run(data).result == {"l": 2000}


def test_edges_count_what_passed() -> None:
    data = graph({"n": (numbers, {"n": 700}), "r": "Reroute"}, "n r.input_value")
    ran = run(data)
    counts = [event.counter for event in ran.events("edge_update", edge_id="n:output->r:input_value")]
    assert counts[-1] == 700
    assert counts == sorted(counts)
    assert [event.status for event in ran.events("edge_update")][-1] == "drained"


def test_a_large_graph_runs() -> None:
    names = [f"r{i}" for i in range(10_000)]
    data = graph(
        {"x": ("Input", {"value": 1}), **dict.fromkeys(names, "Reroute")},
        "x.value r0.input_value",
        *(f"{a} {b}.input_value" for a, b in pairwise(names)),
    )
    assert run(data).result == {"r9999": 1}


def test_a_node_that_never_stops_logging_waits_for_room() -> None:
    waiting: list[int] = []
    batches: list[int] = []

    async def go() -> None:
        loop = asyncio.get_running_loop()
        reporter = report.Reporter(loop, lambda lines: batches.append(len(lines)), Redactor())
        writer = threading.Thread(target=write, args=(reporter,))
        writer.start()
        while writer.is_alive():
            waiting.append(len(reporter._queue))
            await asyncio.sleep(0)
        reporter.close(ev.LogUpdate(content="last"))

    def write(reporter: report.Reporter) -> None:
        for number in range(3 * report.FULL):
            reporter.emit(ev.LogUpdate(content=str(number)))

    asyncio.run(go())
    assert sum(batches) == 3 * report.FULL + 1
    assert max(waiting) <= report.FULL + 1
    assert max(batches[:-1]) <= report.AT_ONCE
