"""A class that takes several calls at once: it gets what waits, and its results go out in order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from nodetool_jupyter.nodes.define import Node, node
from tests.engine.running import graph, run

released = threading.Event()


class Doubles(Node, namespace="batches"):
    """Double numbers, and keep how many came together."""

    def setup(self, ctx: Any) -> None:
        self.ctx = ctx

    def process(self, number: int, factor: int = 2) -> int:
        raise AssertionError("process_batch stands in for it")

    def process_batch(self, calls: list[dict[str, Any]]) -> Iterator[int]:
        released.wait()
        self.ctx.log(f"together: {len(calls)}")
        for call in calls:
            yield call["number"] * call["factor"]


class Limited(Doubles, namespace="batches", timeout=30.0):
    """Double numbers, each within a time."""


class Forgets(Node, namespace="batches"):
    """Give one result too few, or too many."""

    def process(self, number: int, more: int) -> int:
        return number

    def process_batch(self, calls: list[dict[str, Any]]) -> Iterator[int]:
        yield from range(len(calls) + calls[0]["more"])


@node(namespace="batches")
def numbers() -> Iterator[int]:
    yield from range(300)
    released.set()


def doubled(kind: Any) -> Any:
    released.clear()
    return run(
        graph({"n": numbers, "d": kind, "c": "Collect"}, "n.output d.number", "d.output c.input_item"),
    )


def test_what_waits_is_taken_at_once_and_stays_in_order() -> None:
    ran = doubled(Doubles)
    assert ran.outcome.result["c"] == [number * 2 for number in range(300)]
    together = [int(event.content.rpartition(" ")[2]) for event in ran.events("log_update")]
    assert sum(together) == 300
    assert max(together) > 100


def test_with_a_timeout_each_call_comes_alone() -> None:
    ran = doubled(Limited)
    assert ran.outcome.result["c"] == [number * 2 for number in range(300)]
    assert {event.content for event in ran.events("log_update")} == {"together: 1"}


@pytest.mark.parametrize("more", [-1, 1])
def test_a_result_too_few_or_too_many_fails_the_node(more: int) -> None:
    ran = run(graph({"f": (Forgets, {"number": 1, "more": more})}))
    assert "must yield a result for each of its 1 calls" in (ran.outcome.error or "")
