"""Work in a thread that makes something: whoever is told to stop while it goes on must not lose what it makes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from nodetool_jupyter.errors import NodetoolError
from nodetool_jupyter.execution.container.aside import aside

T = TypeVar("T")
PATIENCE = 5.0  # seconds that a cancelled wait goes on, so that what was made is gone before the job's end is told


async def make_or_undo(make: Callable[[], T], undo: Callable[[T], object], patience: float = PATIENCE) -> T:
    """Return what ``make`` returns in a thread; when this is cancelled, ``undo`` is called with it there, once it came.

    What takes longer than ``patience`` seconds then, as an engine may, goes on alone in its thread.
    """
    work = _Work(make, undo)
    making = asyncio.ensure_future(aside(work.run))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        _given_up.add(work)
        undoing = asyncio.ensure_future(aside(work.give_up))
        for one in (making, undoing):
            one.add_done_callback(_take_note)
        await asyncio.wait({making, undoing}, timeout=patience)
        raise


def settle(timeout: float) -> None:
    """Wait, in any thread, until all that was given up is undone, but no longer than ``timeout`` seconds for each."""
    for work in tuple(_given_up):
        work.over.wait(timeout)


def _take_note(work: asyncio.Future[T]) -> None:
    """Look at an error that nobody waits for."""
    if not work.cancelled():
        work.exception()


class _Work(Generic[T]):
    """A piece of work that is done in one thread and may be given up in another; the later of the two undoes it."""

    def __init__(self, make: Callable[[], T], undo: Callable[[T], object]) -> None:
        self._make = make
        self._undo = undo
        self._lock = threading.Lock()
        self._made: list[T] = []
        self._failed = False
        self._given_up = False
        self.over = threading.Event()  # it was given up, and nothing of it is left

    def run(self) -> T:
        try:
            made = self._make()
        except BaseException:
            with self._lock:
                self._failed = True
            self._end()
            raise
        with self._lock:
            self._made.append(made)
        self._end()
        return made

    def give_up(self) -> None:
        with self._lock:
            self._given_up = True
        self._end()

    def _end(self) -> None:
        with self._lock:
            if not self._given_up or not (self._made or self._failed):
                return  # the other comes later
            made, self._made, self._failed = self._made, [], False
        for one in made:
            with suppress(NodetoolError, OSError):
                self._undo(one)
        self.over.set()
        _given_up.discard(self)


_given_up: set[_Work[Any]] = set()
