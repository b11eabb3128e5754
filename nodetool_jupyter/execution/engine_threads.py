"""Threads with an event loop each, on which graphs run; a few are kept for the next job."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any

KEPT = 4  # idle threads that stay


class EngineThread:
    """One thread that runs one graph after the other on an event loop of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        threading.Thread(target=self._serve, name="nodetool-engine", daemon=True).start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    def run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a coroutine here; the thread goes back to the pool when it is done."""
        self.loop.call_soon_threadsafe(self._start, work)

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = self.loop.create_task(work())
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        if not give_back(self):
            self.loop.stop()


_idle: list[EngineThread] = []
_lock = threading.Lock()


def take() -> EngineThread:
    """Return a thread that nothing runs on."""
    with _lock:
        if _idle:
            return _idle.pop()
    return EngineThread()


def give_back(thread: EngineThread) -> bool:
    """Keep a thread for the next job; tell whether it was kept."""
    with _lock:
        if len(_idle) >= KEPT:
            return False
        _idle.append(thread)
        return True


def _forget() -> None:
    """Start anew in a forked child: its parent's threads are not there."""
    global _lock
    _idle.clear()
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
