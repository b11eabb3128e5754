"""How a run's events leave it: numbered, in order, from any thread, and never too often."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable

from nodetool_jupyter import clock
from nodetool_jupyter import events as ev
from nodetool_jupyter.redact import Redactor

BATCH_SECONDS = 0.003  # events gather this long, so that a busy run wakes its owner a few hundred times a second
AT_ONCE = 2000  # events delivered in one go, so that a node that never stops sending does not keep the loop
FULL = 20_000  # events that may wait; who sends more from a thread of its own waits until half of them are gone
LATEST_SECONDS = 0.05  # of what only the last value matters, at most 20 a second


class Reporter:
    """Takes events from any thread and delivers them, in batches, numbered 1, 2, 3 … without gaps.

    Lossless events keep their order. Of lossy ones (:meth:`latest`) the last value for each key goes out at most
    20 times a second, and always before :meth:`settle` returns. ``deliver`` is called on the run's own loop.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        deliver: Callable[[list[tuple[int, float, ev.Event]]], None],
        redactor: Redactor,
    ) -> None:
        self._loop = loop
        self._deliver = deliver
        self._redactor = redactor
        self._clock = clock.RunClock()
        self._queue: deque[tuple[float, ev.Event]] = deque()
        self._latest: dict[object, Callable[[], ev.Event]] = {}
        self._lock = threading.Lock()
        self._armed = False
        self._timed = False
        self._timers: dict[float, asyncio.TimerHandle] = {}
        self._count = 0
        self._thread = threading.get_ident()
        self._room = threading.Event()

    def emit(self, event: ev.Event) -> None:
        """Send an event that must not be lost; a thread other than the run's waits where too many wait already."""
        self._queue.append((self._clock.time(), event))
        if not self._armed:
            self._armed = True
            self._soon(BATCH_SECONDS, self.flush)
        if len(self._queue) > FULL and threading.get_ident() != self._thread:
            self._wait_for_room()

    def _wait_for_room(self) -> None:
        self._room.clear()
        if len(self._queue) > FULL:  # else it was emptied just now, and nobody would say so again
            self._room.wait()

    def latest(self, key: object, make: Callable[[], ev.Event]) -> None:
        """Send what ``make`` returns when its time has come, unless a newer one for ``key`` takes its place."""
        with self._lock:
            self._latest[key] = make
        if not self._timed:
            self._timed = True
            self._soon(LATEST_SECONDS, self._flush_latest)

    def settle(self, key: object) -> None:
        """Send now what waits for ``key``, before whatever is emitted next."""
        if self._latest:
            with self._lock:
                make = self._latest.pop(key, None)
            if make is not None:
                self.emit(make())

    def flush(self) -> None:
        """Deliver everything emitted so far; on the run's own loop."""
        self._armed = False
        lines: list[tuple[int, float, ev.Event]] = []
        queue = self._queue
        for _ in range(min(len(queue), AT_ONCE)):
            time, event = queue.popleft()
            self._count += 1
            lines.append((self._count, time, self._clean(event)))
        if lines:
            self._deliver(lines)
        if queue and not self._armed:
            self._armed = True
            self._soon(0.0, self.flush)
        if len(queue) <= FULL // 2:
            self._room.set()

    def close(self, last: ev.Event) -> None:
        """Deliver everything, ``last`` as the last line; what a thread that winds down still sends is dropped."""
        self._flush_latest()
        self._armed = self._timed = True
        for timer in self._timers.values():
            timer.cancel()
        queue, self._queue = self._queue, deque(maxlen=0)
        self._room.set()
        lines = [*queue, (self._clock.time(), last)]
        self._deliver([(self._count + k, time, self._clean(event)) for k, (time, event) in enumerate(lines, 1)])
        self._count += len(lines)

    def _flush_latest(self) -> None:
        self._timed = False
        with self._lock:
            waiting, self._latest = self._latest, {}
        for make in waiting.values():
            self.emit(make())

    def _soon(self, seconds: float, call: Callable[[], None]) -> None:
        if threading.get_ident() == self._thread:
            self._timers[seconds] = self._loop.call_later(seconds, call)
            return
        try:
            self._loop.call_soon_threadsafe(self._loop.call_later, seconds, call)
        except RuntimeError:  # the loop is gone: a node that still winds down has nobody to tell
            return

    def _clean(self, event: ev.Event) -> ev.Event:
        if not self._redactor:
            return event
        data = event.model_dump(exclude_none=True)
        users = {"output_update": "value", "binary_update": "value", "job_update": "result"}.get(event.type, "")
        kept = {users: data.pop(users)} if users in data else {}  # outputs are the user's own data
        return ev.read({**self._redactor.data(data), **kept})
