"""How many messages views may send: so many a second and job, and so many a kernel, whoever they are for."""

from __future__ import annotations

import threading
from collections.abc import Callable

from nodetool_jupyter import clock

GAP = 0.105  # seconds between two messages of one job: with its display's seldom updates at most ten a second
RATE = 100  # messages a second of all jobs of a kernel


class Pace:
    """Gives out turns, one after the other, at most :data:`RATE` a second."""

    def __init__(self, rate: float = RATE, monotonic: Callable[[], float] = clock.monotonic) -> None:
        self._each = 1.0 / rate
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._free = float("-inf")

    def turn(self, messages: int = 1) -> float:
        """Take the next turn for so many messages, and return in how many seconds it has come."""
        with self._lock:
            now = self._monotonic()
            begins = max(now, self._free)
            self._free = begins + messages * self._each
            return begins - now


kernel = Pace()
"""The pace that all views of this process share."""
