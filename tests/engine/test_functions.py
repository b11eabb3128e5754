"""A user's functions and classes at work: plain, async, generators, streams read, classes set up once."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

import pytest

import nodetool_jupyter.nodes.define as define
from nodetool_jupyter.engine import threads
from nodetool_jupyter.nodes.define import Stream, node
from tests.engine.running import graph, run


@node(namespace="functions")
def double(x: Any) -> Any:
    return x * 2


@node(namespace="functions")
async def async_double(x: Any) -> Any:
    await asyncio.sleep(0)
    return x * 2


@node(namespace="functions")
def numbers(n: int) -> Iterator[int]:
    yield from range(n)


@node(namespace="functions")
async def async_numbers(n: int) -> AsyncIterator[int]:
    for index in range(n):
        yield index


@node(namespace="functions")
def total(items: Stream[int]) -> int:
    return sum(items)


@node(namespace="functions")
async def async_total(items: Stream[int]) -> int:
    found = 0
    async for item in items:
        found += item
    return found


@node(namespace="functions")
def running_total(items: Stream[int], start: int = 0) -> Iterator[int]:
    for item in items:
        start += item
        yield start


@pytest.mark.parametrize("source", [numbers, async_numbers])
@pytest.mark.parametrize("function", [double, async_double])
def test_a_stream_passes_a_function_item_by_item(source: Any, function: Any) -> None:
    data = graph({"n": (source, {"n": 5}), "d": function, "c": "Collect"}, "n d.x", "d c.input_item")
    assert run(data).result == {"c": [0, 2, 4, 6, 8]}


@pytest.mark.parametrize("source", [numbers, async_numbers])
@pytest.mark.parametrize("reader", [total, async_total])
@pytest.mark.parametrize("count", [0, 1, 3000])
def test_a_function_reads_a_stream_itself(source: Any, reader: Any, count: int) -> None:
    data = graph({"n": (source, {"n": count}), "t": reader}, "n t.items")
    assert run(data).result == {"t": sum(range(count))}


def test_a_generator_may_read_a_stream() -> None:
    data = graph(
        {"n": (numbers, {"n": 4}), "r": (running_total, {"start": 10}), "c": "Collect"}, "n r.items", "r c.input_item"
    )
    assert run(data).result == {"c": [10, 11, 13, 16]}


def test_a_reader_gets_the_first_value_of_its_other_handles() -> None:
    data = graph(
        {"n": (numbers, {"n": 3}), "s": ("Input", {"value": 100}), "r": running_total}, "n r.items", "s.value r.start"
    )
    assert run(data).result == {"r": 103}


def test_an_unconnected_stream_of_a_users_function_is_empty() -> None:
    assert run(graph({"t": total, "a": async_total})).result == {"t": 0, "a": 0}


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_two_streams_of_one_source_may_be_read_one_after_the_other(order: str) -> None:
    @node(namespace="functions", name=f"read_{order}")
    def both(a: Stream[int], b: Stream[int]) -> int:
        streams = {"a": a, "b": b}
        return sum(sum(streams[name]) for name in order)

    data = graph({"n": (numbers, {"n": 3000}), "r": both}, "n r.a", "n r.b")
    assert run(data).result == {"r": 2 * sum(range(3000))}


def test_an_async_function_may_read_two_streams_in_turn() -> None:
    @node(namespace="functions", name="in_turn")
    async def in_turn(a: Stream[int], b: Stream[int]) -> int:
        count = 0
        async for _ in a:
            await anext(b)
            count += 1
        return count

    data = graph({"n": (numbers, {"n": 900}), "m": (numbers, {"n": 900}), "r": in_turn}, "n r.a", "m r.b")
    assert run(data).result == {"r": 900}


def test_a_reader_may_stop_early() -> None:
    @node(namespace="functions", name="first_of")
    def first_of(items: Stream[int]) -> int:
        return next(iter(items))

    data = graph({"n": (numbers, {"n": 5000}), "f": first_of}, "n f.items")
    assert run(data).result == {"f": 0}


def test_five_thousand_items_pass_two_functions_in_order() -> None:
    data = graph(
        {"n": (numbers, {"n": 5000}), "a": double, "b": double, "c": "Collect", "o": ("Output", {"name": "r"})},
        "n a.x",
        "a b.x",
        "b c.input_item",
        "c o.value",
    )
    sizes: list[int] = []

    @node(namespace="functions", name="judge")
    def judge(items: Any) -> bool:
        sizes.append(len(items))
        return bool(items == [4 * n for n in range(5000)])

    data = graph(
        {"n": (numbers, {"n": 5000}), "a": double, "b": double, "c": "Collect", "j": judge},
        "n a.x",
        "a b.x",
        "b c.input_item",
        "c j.items",
    )
    assert run(data).result == {"j": True}
    assert sizes == [5000]


def test_an_actor_has_one_thread_for_its_life() -> None:
    seen: list[int] = []

    @node(namespace="functions", name="where")
    def where(x: int) -> int:
        seen.append(threading.get_ident())
        return x

    run(graph({"n": (numbers, {"n": 600}), "w": where}, "n w.x"))
    assert len(seen) == 600
    assert len(set(seen)) == 1
    assert seen[0] != threading.get_ident()


def test_prints_go_through_the_callers_context() -> None:
    where: contextvars.ContextVar[str] = contextvars.ContextVar("where", default="nowhere")
    seen: list[str] = []

    @node(namespace="functions", name="look")
    def look() -> None:
        seen.append(where.get())

    @node(namespace="functions", name="async_look")
    async def async_look() -> None:
        seen.append(where.get())

    context = contextvars.copy_context()
    context.run(where.set, "cell 7")
    run(graph({"a": look, "b": async_look}), prints=context)
    assert seen == ["cell 7", "cell 7"]


def test_only_so_many_functions_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_slots", threads.Slots(2))
    now, most = 0, 0
    lock = threading.Lock()
    meet = threading.Barrier(2)

    @node(namespace="functions", name="busy")
    def busy() -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        meet.wait(20)  # two at a time, or it would break
        with lock:
            now -= 1
        return 1

    ran = run(graph({f"b{i}": busy for i in range(8)}))
    assert ran.outcome.status == "completed"
    assert most == 2


def test_a_function_that_waits_for_input_takes_no_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_slots", threads.Slots(1))
    data = graph(
        {"n": (numbers, {"n": 2000}), **{f"t{i}": running_total for i in range(4)}, "last": total},
        "n t0.items",
        "t0 t1.items",
        "t1 t2.items",
        "t2 t3.items",
        "t3 last.items",
    )
    assert run(data).outcome.status == "completed"


def test_an_async_function_that_blocks_does_not_stall_other_branches() -> None:
    other_ran = threading.Event()

    @node(namespace="functions", name="blocks")
    async def blocks() -> bool:
        return other_ran.wait(20)

    @node(namespace="functions", name="other", inline=True)
    def other(x: int) -> int:
        other_ran.set()
        return x

    data = graph(
        {"b": blocks, "l": ("ForEach", {"input_list": [1, 2]}), "r": "Reroute", "o": other}, "l r.input_value", "r o.x"
    )
    assert run(data).result == {"b": True, "o": 2}


class Counter(define.Node, namespace="functions"):
    """Counts its own life."""

    step: int = 1
    life: ClassVar[list[str]] = []

    def setup(self, ctx: Any) -> None:
        self.total = 0
        self.life.append("setup")

    def process(self, x: int) -> int:
        self.total += x * self.step
        if x == 13:
            raise ValueError("thirteen")
        return self.total

    def teardown(self) -> None:
        self.life.append("teardown")


@pytest.fixture
def life() -> Iterator[list[str]]:
    Counter.life.clear()
    yield Counter.life
    Counter.life.clear()


def test_a_class_is_set_up_once_and_torn_down_once(life: list[str]) -> None:
    data = graph(
        {"n": (numbers, {"n": 4}), "c": (Counter, {"step": 10}), "all": "Collect"}, "n c.x", "c all.input_item"
    )
    assert run(data).result == {"all": [0, 10, 30, 60]}
    assert life == ["setup", "teardown"]


def test_a_class_is_torn_down_after_a_failure(life: list[str]) -> None:
    torn = threading.Event()

    class Fails(Counter, namespace="functions"):
        def process(self, x: int) -> int:
            raise ValueError("no")

        def teardown(self) -> None:
            super().teardown()
            torn.set()

    ran = run(graph({"c": (Fails, {"x": 13})}))
    assert ran.outcome.error == "ValueError: no"
    assert torn.wait(20)
    assert life == ["setup", "teardown"]


def test_an_edge_may_feed_what_a_class_is_set_up_with(life: list[str]) -> None:
    data = graph({"s": ("Input", {"value": 100}), "c": (Counter, {"x": 2})}, "s.value c.step")
    assert run(data).result == {"c": 200}


def test_a_subclass_that_only_changes_attributes_is_a_node_of_its_own(life: list[str]) -> None:
    class ByTen(Counter, namespace="functions"):
        step: int = 10

    assert run(graph({"c": (ByTen, {"x": 2})})).result == {"c": 20}


@pytest.mark.parametrize("flavour", ["plain", "async"])
def test_a_teardown_that_fails_fails_the_node(flavour: str) -> None:
    class Sour(define.Node, name=f"Sour_{flavour}", namespace="functions"):
        if flavour == "plain":

            def process(self, x: int = 1) -> int:
                return x
        else:

            async def process(self, x: int = 1) -> int:  # type: ignore[misc]
                return x

        def teardown(self) -> None:
            raise OSError("cannot let go")

    ran = run(graph({"s": Sour}))
    assert ran.outcome.error == "OSError: cannot let go"
    assert ran.statuses("s") == ["running", "error"]


def test_a_setup_that_fails_fails_the_node() -> None:
    class Heavy(define.Node, namespace="functions"):
        def setup(self, ctx: Any) -> None:
            raise MemoryError("too big")

        def process(self) -> int:
            return 1

    assert run(graph({"h": Heavy})).outcome.error == "MemoryError: too big"


def test_a_function_may_change_its_property_without_changing_the_graph() -> None:
    @node(namespace="functions", name="grows")
    def grows(items: list[int], more: dict[str, list[int]]) -> int:
        items.append(1)
        more["a"].append(1)
        return len(items)

    data = graph({"g": (grows, {"items": [0], "more": {"a": []}})})
    assert run(data).result == {"g": 2}
    assert data["nodes"][0]["data"] == {"items": [0], "more": {"a": []}}


came = threading.Event()


class Prefixed(define.Node, namespace="functions"):
    """Puts a prefix before each item."""

    prefix: str = "-"

    def process(self, item: int = 0) -> str:
        came.set()
        return f"{self.prefix}{item}"


class PrefixedStream(define.Node, namespace="functions"):
    """Puts a prefix before each item of a stream that it reads itself."""

    prefix: str = "-"

    def process(self, item: Stream[int]) -> Iterator[str]:
        for one in item:
            came.set()
            yield f"{self.prefix}{one}"


@pytest.mark.parametrize("kind", [Prefixed, PrefixedStream])
def test_what_a_class_is_set_up_with_may_come_over_an_edge(kind: Any) -> None:
    @node(namespace="functions", name="two_by_two")
    def two_by_two() -> Iterator[int]:
        yield 1
        came.wait(30)  # the first is gone when the second comes
        yield 2

    came.clear()
    nodes = {"m": ("Reroute", {"input_value": "x"}), "t": two_by_two, "c": kind, "k": "Collect"}
    assert run(graph(nodes, "m c.prefix", "t c.item", "c k.input_item")).result["k"] == ["x1", "x2"]
