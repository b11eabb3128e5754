"""How much of something may come: so much at once, and so much a second after that."""

from __future__ import annotations

from nodetool_jupyter import clock


class Allowance:
    """A bucket that is full at first and is filled again as time goes by."""

    def __init__(self, at_once: float, per_second: float) -> None:
        self.at_once = at_once
        self.per_second = per_second
        self._left = at_once
        self._filled = clock.monotonic()

    def take(self, amount: float) -> bool:
        """Take so much out; tell whether it was there. What is not there stays as it is."""
        now = clock.monotonic()
        self._left = min(self.at_once, self._left + (now - self._filled) * self.per_second)
        self._filled = now
        if amount > self._left:
            return False
        self._left -= amount
        return True
