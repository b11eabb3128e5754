"""One node by itself: the same actor, its items whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, TypedDict

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.engine.outcome import Outcome
from nodetool_jupyter.engine.runner import RunSettings
from nodetool_jupyter.engine.single import NodeRunner, plan_node
from nodetool_jupyter.errors import InvalidGraph, InvalidRequest
from nodetool_jupyter.nodes.registry import registry
from nodetool_jupyter.states import Status
from nodetool_jupyter.values import ValueStore

NODE_NAMESPACE = "single"


class Pair(TypedDict, total=False):
    left: Any
    right: Any


@nt.node
def Pairs(count: int = 3) -> Iterator[Pair]:
    for number in range(count):
        yield {"left": number, "right": -number}
    yield {"right": None}


@nt.node
async def AlsoPairs(count: int = 3) -> AsyncIterator[Pair]:
    for number in range(count):
        yield {"left": number, "right": -number}
    yield {"right": None}


@nt.node
def Plain(value: Any = None) -> Any:
    return value


@nt.node
def Broken() -> Any:
    raise ValueError("kaputt")


def run(node: str, folder: Path, *, give: bool = False, **fields: Any) -> tuple[Outcome, Any]:
    items: list[dict[str, Any]] = []

    async def take(item: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        items.append(item)

    async def whole() -> tuple[Outcome, Any]:
        settings = RunSettings(job_id="", values=ValueStore(folder), folder=folder)
        plan = plan_node(node if "." in node else f"single.{node}", "n", fields)
        runner = NodeRunner(plan, settings, lambda lines: None, take if give else None)
        outcome = await runner.run()
        return outcome, items if give else runner.take_last()

    return asyncio.run(whole())


@pytest.mark.parametrize("node", ["Pairs", "AlsoPairs"])
def test_what_one_call_sends_to_several_slots_stays_together(node: str, tmp_path: Path) -> None:
    outcome, items = run(node, tmp_path, give=True, count=2)
    assert outcome.status is Status.COMPLETED
    assert items == [{"left": 0, "right": 0}, {"left": 1, "right": -1}, {"right": None}]


def test_a_long_stream_is_given_whole_and_in_order(tmp_path: Path) -> None:
    _, items = run("Pairs", tmp_path, give=True, count=2_000)
    assert [item["left"] for item in items[:-1]] == list(range(2_000))


@pytest.mark.parametrize("node", ["Pairs", "AlsoPairs"])
def test_without_a_receiver_the_last_value_that_is_one_stays(node: str, tmp_path: Path) -> None:
    assert run(node, tmp_path, count=3)[1] == {"left": 2, "right": -2}


@pytest.mark.parametrize("node", ["Plain", "lib.math.Add"])
def test_a_plain_node_has_one_item(node: str, tmp_path: Path) -> None:
    fields = {"value": [1]} if node == "Plain" else {"a": 1, "b": 2}
    wanted = [1] if node == "Plain" else 3
    assert run(node, tmp_path, **fields)[1] == {"output": wanted}
    assert run(node, tmp_path, give=True, **fields)[1] == [{"output": wanted}]


def test_nothing_that_is_none_is_lost_where_it_is_all_there_is(tmp_path: Path) -> None:
    assert run("Plain", tmp_path)[1] == {"output": None}


def test_a_failure_is_the_runs(tmp_path: Path) -> None:
    outcome, _ = run("Broken", tmp_path)
    assert (outcome.status, str(outcome.exception)) == (Status.ERROR, "kaputt")


def test_fields_that_are_not_declared_are_passed_over(tmp_path: Path) -> None:
    assert run("Plain", tmp_path, value=1, other=2)[1] == {"output": 1}


def test_values_that_do_not_fit_are_told_before_anything_runs() -> None:
    with pytest.raises(InvalidGraph, match="'many' is not of type int"):
        plan_node("single.Pairs", "n", {"count": "many"})


def test_a_permission_must_be_given() -> None:
    needing = next(kind.name for kind in registry.types() if kind.permission == "shell" and kind.contained is None)
    with pytest.raises(InvalidRequest, match="needs the permission 'shell'"):
        plan_node(needing, "n", {})


def test_values_are_let_go_of() -> None:
    plan = plan_node("single.Plain", "n", {"value": [1]})

    async def whole() -> None:
        runner = NodeRunner(plan, RunSettings("", ValueStore(Path()), Path()), lambda lines: None)
        await runner.run()
        runner.forget()
        assert (runner.take_last(), plan.steps[0].values) == ({}, {})

    asyncio.run(whole())
