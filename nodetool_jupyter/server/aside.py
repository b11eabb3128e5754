"""Work of streams that belongs to no request: tasks, and threads that wait for files and managers."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

THREADS = 4
LETTING_GO = 5.0  # seconds that tasks may take to end

T = TypeVar("T")


class Aside:
    """Apart from the threads of requests: a list that takes long must not hold up events."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="nodetool-streams")

    async def off(self, act: Callable[..., T], *args: object) -> T:
        """Do something in a thread, and return what it returned."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(act, *args))

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin a task that may outlive the request that asked for it, which it must not keep alive."""
        task = asyncio.get_running_loop().create_task(work, context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def later(self, act: Callable[[], object]) -> None:
        """Do something in a thread, for which nobody waits."""
        with suppress(RuntimeError):  # all has ended
            self._threads.submit(act)

    async def settled(self) -> None:
        """Wait until all tasks have ended, for :data:`LETTING_GO` at most."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LETTING_GO)

    async def close(self) -> None:
        """Wait until all tasks have ended, and take nothing more."""
        await self.settled()
        self._threads.shutdown(wait=False)
