"""What the engine does with nodes that are placed on a worker, whatever carries their calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping
from typing import Any

import PIL.Image
import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.errors import WorkerLost, WorkerUnreachable
from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.kinds import NodeType, Output, Property
from nodetool_jupyter.nodes.placed import Placement, placed
from nodetool_jupyter.nodes.registry import registry
from nodetool_jupyter.nodes.types import TypeSpec
from tests.engine.running import Ran, graph, run

REFERENCE = {"type": "image", "uri": "data:image/png;base64,"}


class Fake:
    """Calls that are answered here; what happened is in ``said``, and workers are reached when ``open_`` is set."""

    def __init__(self, answer: Any = None, *, unreachable: bool = False) -> None:
        self.said: list[Any] = []
        self.open_: asyncio.Event | None = None
        self._answer = answer
        self._unreachable = unreachable

    async def open(self, placements: Collection[Placement]) -> None:
        self.said.append(("open", [one.worker for one in placements]))
        if self._unreachable:
            raise WorkerUnreachable("worker w: nobody is there")
        if self.open_ is not None:
            await self.open_.wait()

    async def call(
        self, placement: Placement, node_id: str, inputs: Mapping[str, Any], context: NodeContext
    ) -> Mapping[str, Any]:
        self.said.append((node_id, dict(inputs)))
        if isinstance(self._answer, BaseException):
            raise self._answer
        if self._answer is None:
            await asyncio.Event().wait()
        return {"output": self._answer}

    async def stream(
        self, placement: Placement, node_id: str, inputs: Mapping[str, Any], context: NodeContext
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        try:
            for number in range(self._answer):
                yield {"output": number}
        finally:
            self.said.append("closed")

    async def close(self, reason: str) -> None:
        self.said.append(("close", reason))


@pytest.fixture(autouse=True)
def _types() -> Any:
    names = []
    for name, streams, kind in (("Any", False, "any"), ("Picture", False, "image"), ("Stream", True, "any")):
        properties = {"value": Property("value", TypeSpec(kind, optional=True), None)}
        where = Placement(worker="w", node_type=f"far.{name}", streams=streams)
        made: NodeType = placed(f"far.{name}", where, properties=properties, outputs={"output": Output("output")})
        registry.add(made)
        names.append(made.name)
    yield
    for name in names:
        registry._types.pop(name)


def far(name: str, calls: Any, **data: Any) -> Ran:
    flow = graph({"a": (f"far.{name}", data), "out": ("Output", {"name": "o"})}, "a.output out.value")
    return run(flow, workers=calls)


def test_its_worker_is_reached_before_and_told_the_end_after() -> None:
    calls = Fake(7)
    assert far("Any", calls, value=1).result == {"o": 7}
    assert calls.said == [("open", ["w"]), ("a", {"value": 1}), ("close", "completed")]


def test_a_worker_that_cannot_be_reached_ends_the_run_before_it_runs() -> None:
    calls = Fake(unreachable=True)
    ran = far("Any", calls)
    assert (ran.outcome.reason, ran.outcome.error) == ("worker_lost", "worker w: nobody is there")
    assert [event.type for _, _, event in ran.lines] == ["job_update"]
    assert calls.said[-1] == ("close", "failed")


def test_a_run_that_reaches_no_workers_says_so() -> None:
    ran = far("Any", None)
    assert (ran.outcome.reason, "'w', which cannot be reached" in (ran.outcome.error or "")) == ("rejected", True)


def test_a_drop_in_a_call_is_the_reason_of_the_run() -> None:
    ran = far("Any", Fake(WorkerLost("worker w: gone")))
    assert (ran.outcome.reason, ran.outcome.node_id) == ("worker_lost", "a")


def test_a_cancelled_run_is_told_as_such() -> None:
    calls = Fake()

    async def cancel(runner: Any, lines: list[Any]) -> None:
        runner.cancel()

    flow = graph({"a": "far.Any", "out": ("Output", {"name": "o"})}, "a.output out.value")
    assert run(flow, workers=calls, during=cancel).outcome.status == "cancelled"
    assert calls.said[-1] == ("close", "cancelled")


def test_what_is_pushed_while_workers_are_looked_for_waits_for_them() -> None:
    calls = Fake(7)

    async def push(runner: Any, lines: list[Any]) -> None:
        calls.open_ = asyncio.Event()
        runner.push_input("n", 1)
        runner.push_input("n", 2)
        runner.push_input("n", end=True)
        runner.loop.call_soon_threadsafe(calls.open_.set)

    number = ("nodetool.input.IntegerInput", {"name": "n"})
    flow = graph(
        {"i": number, "a": "far.Any", "out": ("Output", {"name": "o"})},
        "i.output a.value", "a.output out.value",
    )  # fmt: skip
    ran = run(flow, workers=calls, during=push, open_inputs=("n",))
    assert [said for said in calls.said if said[0] == "a"] == [("a", {"value": 1}), ("a", {"value": 2})]
    assert [event.type for _, _, event in ran.lines][:2] == ["job_update", "node_update"]


def test_items_of_a_stream_are_sent_as_they_come() -> None:
    calls = Fake(3)
    assert far("Stream", calls).sent("o") == [0, 1, 2]
    assert calls.said[1:] == ["closed", ("close", "completed")]


def picture() -> Any:
    from nodetool_jupyter.values import inline

    return {**inline(PIL.Image.new("RGB", (3, 2))), "uri": ""}  # type: ignore[dict-item]


@nt.node(namespace="near")
def Kind(value: Any) -> str:
    """Say what came."""
    return type(value).__name__


@pytest.mark.parametrize("through", ["Kind", "Reroute"], ids=["at once", "through a node of ours"])
def test_a_node_of_ours_gets_the_value_of_a_reference(through: str) -> None:
    calls = Fake(picture())
    nodes = {"a": "far.Any", "b": Kind, "out": ("Output", {"name": "o"})}
    edges = ["a.output b.value", "b.output out.value"]
    if through == "Reroute":
        nodes["r"] = "Reroute"
        edges[0:1] = ["a.output r.input_value", "r.output b.value"]
    assert run(graph(nodes, *edges), workers=calls).result == {"o": "PngImageFile"}


def test_between_two_workers_a_reference_stays_one() -> None:
    calls = Fake(picture())
    flow = graph(
        {"a": "far.Any", "b": "far.Picture", "out": ("Output", {"name": "o"})}, "a.output b.value", "b.output out.value"
    )
    run(flow, workers=calls)
    assert calls.said[2] == ("b", {"value": picture()})
