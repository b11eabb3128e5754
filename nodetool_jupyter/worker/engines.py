"""The threads on which a worker's runs live: few, kept for its life, each with an event loop that many runs share.

A run on such a loop is only plumbing: a function that may take its time has a thread of its own
(``engine/session.py``). What does run there are built-in functions that promise to be quick, and turning values into
frames. Should one of them block its thread all the same, what was meant for it is taken over by another that is done.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

Work = Callable[[], Coroutine[Any, Any, None]]
COUNT = 4


class Engines:
    """Hands out threads, the one with the fewest runs first; used on the control loop only."""

    def __init__(self, count: int = COUNT) -> None:
        self._count = count
        self._engines: list[Engine] = []
        self._work: deque[Work] = deque()

    def take(self) -> Engine:
        """Return a thread to run something on; :meth:`Engine.release` it when that has ended."""
        engine = min(self._engines, key=lambda one: one.runs, default=None)
        if engine is None or (engine.runs and len(self._engines) < self._count):
            engine = Engine(self._work)
            self._engines.append(engine)
        engine.runs += 1
        return engine

    def close(self) -> None:
        """Let each thread end when what it runs has ended."""
        while self._engines:
            self._engines.pop().close()


class Engine:
    """One thread and its loop; ``runs`` is how many were begun here and not released, as the control loop sees it."""

    def __init__(self, work: deque[Work]) -> None:
        self.runs = 0
        self._work = work
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._serve, name="nodetool-engine", daemon=True).start()

    def run(self, work: Work) -> None:
        """Run a coroutine soon."""
        self._work.append(work)
        self._loop.call_soon_threadsafe(self._begin)

    def release(self) -> None:
        """Say that what was begun here has ended."""
        self.runs -= 1

    def close(self) -> None:
        """End when nothing runs any more."""
        self._loop.call_soon_threadsafe(self._close)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            self._loop.close()

    def _begin(self) -> None:
        try:
            work = self._work.popleft()
        except IndexError:  # another thread has taken it
            return
        task = self._loop.create_task(work())
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._begin()
        self._stop_if_over()

    def _close(self) -> None:
        self._closing = True
        self._stop_if_over()

    def _stop_if_over(self) -> None:
        if self._closing and not self._tasks:
            self._loop.stop()
