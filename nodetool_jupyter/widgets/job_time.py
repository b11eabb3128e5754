"""The time by a job's own clock, as views tell it between two of the job's events."""

from __future__ import annotations

from collections.abc import Callable

from nodetool_jupyter import clock
from nodetool_jupyter.fold import JobState
from nodetool_jupyter.states import Status

TICK, LONG_TICK = 1.0, 10.0  # seconds after which the time of a quiet job is shown anew, and of one that runs long
YOUNG = 60.0  # seconds up to which a job's time is told by the second


class JobTime:
    """Tells the time of one job: that of its last event, and what has passed here since that was seen."""

    def __init__(self, monotonic: Callable[[], float] = clock.monotonic) -> None:
        self._monotonic = monotonic
        self._seen = 0
        self._heard = monotonic()

    def now(self, state: JobState) -> float | None:
        """Return seconds since the epoch by the job's clock; ``None`` before its first event."""
        if state.seq != self._seen:
            self._seen, self._heard = state.seq, self._monotonic()
        if state.updated is None or state.status.terminal:
            return state.updated
        return state.updated + self._monotonic() - self._heard

    def tick(self, state: JobState) -> float | None:
        """Return the seconds after which a quiet job is to be shown anew; ``None`` for one that does not run."""
        now = self.now(state)
        if state.status is not Status.RUNNING or state.started is None or now is None:
            return None
        return TICK if now - state.started < YOUNG else LONG_TICK
