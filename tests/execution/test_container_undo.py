"""What was made in a thread for somebody who was told to stop meanwhile is undone, whenever that was."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest

from nodetool_jupyter.errors import EngineUnavailable
from nodetool_jupyter.execution.container import undo
from nodetool_jupyter.execution.container.undo import make_or_undo

PATIENCE = 10.0


def on_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test on a loop of its own."""

    @wraps(test)
    def run(*args: Any, **named: Any) -> None:
        asyncio.run(test(*args, **named))

    return run


class Maker:
    """Makes a number when it is let; notes what was undone."""

    def __init__(self, error: Exception | None = None) -> None:
        self.begun = threading.Event()
        self.let = threading.Event()
        self.done = threading.Event()
        self.undone: list[int] = []
        self._error = error

    def make(self) -> int:
        self.begun.set()
        assert self.let.wait(PATIENCE)
        if self._error is not None:
            raise self._error
        return 7

    def undo(self, made: int) -> None:
        self.undone.append(made)
        self.done.set()
        if self._error is not None:
            raise self._error


async def begun(maker: Maker, patience: float = PATIENCE) -> asyncio.Task[int]:
    task = asyncio.create_task(make_or_undo(maker.make, maker.undo, patience))
    assert await asyncio.to_thread(maker.begun.wait, PATIENCE)
    return task


@on_a_loop
async def test_what_is_made_is_returned_and_stays() -> None:
    maker = Maker()
    maker.let.set()
    assert await make_or_undo(maker.make, maker.undo) == 7
    assert maker.undone == []


@on_a_loop
async def test_an_error_is_the_callers() -> None:
    maker = Maker(EngineUnavailable("away"))
    maker.let.set()
    with pytest.raises(EngineUnavailable):
        await make_or_undo(maker.make, maker.undo)
    assert maker.undone == []


@on_a_loop
async def test_what_comes_soon_after_the_cancel_is_undone_before_it_ends() -> None:
    maker = Maker()
    task = await begun(maker)
    task.cancel()
    maker.let.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert maker.undone == [7]


@on_a_loop
async def test_what_takes_long_is_not_waited_for_and_undone_all_the_same() -> None:
    maker = Maker()
    task = await begun(maker, 0.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert maker.undone == []
    maker.let.set()
    assert await asyncio.to_thread(maker.done.wait, PATIENCE)
    assert maker.undone == [7]


@on_a_loop
async def test_what_was_made_just_before_the_cancel_is_undone_once() -> None:
    maker = Maker()
    made = threading.Event()

    def make() -> int:
        found = maker.make()
        made.set()
        return found

    task = asyncio.create_task(make_or_undo(make, maker.undo))
    assert await asyncio.to_thread(maker.begun.wait, PATIENCE)
    maker.let.set()
    assert made.wait(PATIENCE)  # and the loop has had no turn to hear of it
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert maker.undone == [7]


@pytest.mark.parametrize("fails", ["making", "undoing"])
@on_a_loop
async def test_an_error_that_nobody_waits_for_is_nobodys(fails: str) -> None:
    maker = Maker(EngineUnavailable("away"))
    make = maker.make if fails == "making" else lambda: _let(maker)
    task = asyncio.create_task(make_or_undo(make, maker.undo))
    assert await asyncio.to_thread(maker.begun.wait, PATIENCE)
    task.cancel()
    maker.let.set()
    with pytest.raises(asyncio.CancelledError):
        await task


def _let(maker: Maker) -> int:
    maker.begun.set()
    assert maker.let.wait(PATIENCE)
    return 7


@on_a_loop
async def test_whoever_settles_waits_until_all_is_undone() -> None:
    maker = Maker()
    task = await begun(maker, patience=0.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    maker.let.set()
    await asyncio.to_thread(undo.settle, PATIENCE)
    assert maker.undone == [7]


@on_a_loop
async def test_what_was_never_made_is_settled_as_well() -> None:
    maker = Maker(EngineUnavailable("gone"))
    task = await begun(maker, patience=0.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    maker.let.set()
    await asyncio.to_thread(undo.settle, PATIENCE)
    assert maker.undone == [] and not undo._given_up
