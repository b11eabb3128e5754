"""Threads for node functions: reused, daemonic, and only so many at work at once."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue

from nodetool_jupyter import settings

IDLE_SECONDS = 10.0  # how long a thread without work stays


class ThreadCache:
    """Hands out threads, as many as are asked for, and reuses those that came back.

    How many *run* at once is :class:`Slots`' matter; one that waits for input may be there in any number.
    """

    def __init__(self) -> None:
        self._idle: deque[SimpleQueue[Callable[[], None]]] = deque()
        self._lock = threading.Lock()

    def run(self, work: Callable[[], None]) -> None:
        """Run ``work`` on a thread of its own."""
        with self._lock:
            inbox = self._idle.pop() if self._idle else None
        if inbox is not None:
            inbox.put(work)
            return
        threading.Thread(target=self._serve, args=(work,), name="nodetool-node", daemon=True).start()

    def _serve(self, work: Callable[[], None] | None) -> None:
        inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        while work is not None:
            work()
            work = None  # a thread at rest must not keep a job's objects alive
            with self._lock:
                self._idle.append(inbox)
            try:
                work = inbox.get(timeout=IDLE_SECONDS)
            except Empty:
                with self._lock:
                    if inbox in self._idle:
                        self._idle.remove(inbox)
                        return
                work = inbox.get()  # it was handed out just now


class Slots:
    """How many node functions may run at once in this process (THREAD_POOL_SIZE); first come, first served."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: deque[threading.Lock] = deque()
        self._lock = threading.Lock()

    def acquire(self) -> None:
        """Wait for a slot and take it."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def release(self) -> None:
        """Give a slot back, to whoever waits longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def yield_turn(self) -> None:
        """Let somebody who waits go first, between two items."""
        if self._waiting:
            self.release()
            self.acquire()


cache = ThreadCache()
_slots: Slots | None = None
_slots_lock = threading.Lock()


def slots() -> Slots:
    """Return the slots of this process."""
    global _slots
    if _slots is None:
        with _slots_lock:
            if _slots is None:
                _slots = Slots(settings.thread_pool_size())
    return _slots


def _forget() -> None:
    """Start anew in a forked child: its parent's threads are not there."""
    global cache, _slots, _slots_lock
    cache, _slots, _slots_lock = ThreadCache(), None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
