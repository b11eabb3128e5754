"""The thread and event loop that a manager runs on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from nodetool_jupyter import clock

T = TypeVar("T")


class ManagerLoop(asyncio.SelectorEventLoop):
    """An event loop whose timers follow the clock that everybody reads, so that a test can set it."""

    def time(self) -> float:
        """Return the monotonic time in seconds."""
        return clock.monotonic()


class LoopThread:
    """Runs a loop on a daemon thread until it is stopped."""

    def __init__(self, name: str) -> None:
        self.loop = ManagerLoop()
        # Shortening a long log, adopting and answering other processes go there.
        self._aside = ThreadPoolExecutor(4, thread_name_prefix=f"{name}-aside")
        self.loop.set_default_executor(self._aside)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        leftover = asyncio.all_tasks(self.loop)
        for task in leftover:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*leftover, return_exceptions=True))
        self._aside.shutdown()
        for _ in range(2):  # what was closed just now lets go of its socket a turn later
            self.loop.call_soon(self.loop.stop)
            self.loop.run_forever()
        self.loop.close()

    def soon(self, act: Callable[..., object], *args: object) -> None:
        """Let the loop do something, from any thread; nothing when it has stopped."""
        try:
            self.loop.call_soon_threadsafe(act, *args)
        except RuntimeError:
            if not self.loop.is_closed():
                raise

    def call(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run a coroutine on the loop and wait for it, in another thread."""
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("the manager's own loop cannot wait for itself")
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(timeout)
        except BaseException:
            future.cancel()
            raise

    def stop(self) -> None:
        """Stop the loop, cancelling what still runs on it, and end the thread."""
        self.soon(self.loop.stop)
        if threading.current_thread() is not self._thread:
            self._thread.join()
