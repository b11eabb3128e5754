"""What is pushed to a trigger from outside, on its way to the loop that the trigger runs on."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import suppress
from typing import Any, Self


class Mailbox:
    """Values that any thread puts in and one node's async function takes out; each is kept until it is taken."""

    def __init__(self, node_id: str) -> None:
        self.node_id = node_id
        self._values: deque[Any] = deque()
        self._ended = False
        self._lock = threading.Lock()
        self._waiter: asyncio.Future[None] | None = None

    def put(self, value: Any) -> None:
        """Add a value; dropped when no more were to come."""
        with self._lock:
            if not self._ended:
                self._values.append(value)
                self._wake()

    def end(self) -> None:
        """Say that no more values come."""
        with self._lock:
            self._ended = True
            self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            with suppress(RuntimeError):  # its loop is closed: nobody waits any more
                waiter.get_loop().call_soon_threadsafe(_set, waiter)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        while True:
            with self._lock:
                if self._values:
                    return self._values.popleft()
                if self._ended:
                    raise StopAsyncIteration
                waiter = self._waiter = asyncio.get_running_loop().create_future()
            await waiter


def _set(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
