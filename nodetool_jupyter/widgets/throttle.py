"""Drawing often enough for the eye and seldom enough for everybody else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from nodetool_jupyter import clock

INTERVAL = 0.1  # seconds between two drawings: at most ten a second
SHARE = 20  # a slow drawing makes the interval longer, so that drawing takes no more than one part in this many

logger = logging.getLogger(__name__)


class Alarm(Protocol):
    """A call that will be made later, unless it is called off."""

    def cancel(self) -> None:
        """Call it off."""


def after(seconds: float, call: Callable[[], None]) -> Alarm:
    """Make ``call`` on a thread of its own after some seconds."""
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()
    return timer


class Throttle:
    """Calls ``draw`` soon after each :meth:`ask`, at most ten times a second, and always after the last one.

    ``interval`` is asked before each drawing for the seconds to the next; ``turn`` for those to wait besides, because
    others draw too. After a drawing that nobody asked to repeat, ``tick`` is asked for the seconds to the next one that
    shows how time passes; ``None`` for none.

    Drawing happens on the alarm's thread, so that a slow display or a stopped terminal never holds up who asks.
    Requests that come too soon share one alarm; without requests nothing runs. Drawings never overlap. One that fails
    is logged and is the last.
    """

    def __init__(
        self,
        draw: Callable[[], None],
        *,
        interval: Callable[[], float] = lambda: INTERVAL,
        turn: Callable[[], float] = lambda: 0.0,
        tick: Callable[[], float | None] = lambda: None,
        monotonic: Callable[[], float] = clock.monotonic,
        alarm: Callable[[float, Callable[[], None]], Alarm] = after,
    ) -> None:
        self._draw = draw
        self._interval = interval
        self._turn = turn
        self._tick = tick
        self._monotonic = monotonic
        self._alarm = alarm
        self._lock = threading.Lock()  # guards the fields below
        self._drawing = threading.Lock()  # held while drawing
        self._next = float("-inf")
        self._pending: Alarm | None = None
        self._resting: Alarm | None = None  # until the next tick
        self._busy = False
        self._again = False
        self._stopped = False

    def ask(self) -> None:
        """Say that there is something new to draw."""
        with self._lock:
            if self._stopped or self._pending is not None:
                return
            self._wake()
            if self._busy:
                self._again = True
            else:
                self._arm()

    def stop(self) -> None:
        """Draw no more: call off what is pending and wait for a drawing that is under way."""
        with self._lock:
            self._stopped = True
            self._wake()
            if self._pending is not None:
                self._pending.cancel()
                self._pending = None
        with self._drawing:
            pass

    def rest(self) -> None:
        """Begin to wait for the next tick; what was drawn otherwise than by this is shown anew then."""
        with self._lock:
            if not self._stopped and self._pending is None and not self._busy:
                self._wake()
                seconds = self._tick()
                if seconds is not None:
                    self._resting = self._alarm(seconds, self.ask)

    def _wake(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None

    def _arm(self) -> None:
        self._pending = self._alarm(max(self._turn(), self._next - self._monotonic()), self._ring)

    def _ring(self) -> None:
        with self._lock:
            self._pending = None
            if self._stopped:
                return
            self._busy = True
        began = self._monotonic()
        failed = False
        try:
            with self._drawing:
                if not self._stopped:
                    self._draw()
        except Exception:
            # A view that cannot be drawn must never end the job it shows.
            logger.warning("a view stopped: it cannot be drawn", exc_info=True)
            failed = True
        with self._lock:
            self._busy = False
            self._stopped |= failed
            now = self._monotonic()
            self._next = max(began + self._interval(), now + SHARE * (now - began))
            again, self._again = self._again, False
            if again and not self._stopped:
                self._arm()
                return
        self.rest()
