"""The time, from one place that a test can replace."""

from __future__ import annotations

import time as _time
from typing import Protocol


class Clock(Protocol):
    """Tells wall time and monotonic time, both in seconds."""

    def time(self) -> float:
        """Return seconds since the epoch."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""


class SystemClock:
    """The machine's own clock."""

    time = staticmethod(_time.time)
    monotonic = staticmethod(_time.monotonic)


class RunClock:
    """Wall time that cannot jump: the wall clock at a start plus monotonic time since.

    A run's events carry this time, so that a change of the machine's clock never makes a duration negative.
    """

    def __init__(self) -> None:
        self._offset = current.time() - current.monotonic()
        self._monotonic = current.monotonic

    def time(self) -> float:
        """Return seconds since the epoch, monotonic within this run."""
        return self._offset + self._monotonic()


current: Clock = SystemClock()


def use(clock: Clock) -> Clock:
    """Make ``clock`` the one everybody reads, and return the one before; for tests."""
    global current
    before, current = current, clock
    return before


def time() -> float:
    """Return wall time in seconds since the epoch."""
    return current.time()


def monotonic() -> float:
    """Return monotonic time in seconds."""
    return current.monotonic()
