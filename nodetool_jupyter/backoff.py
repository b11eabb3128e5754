"""How long to wait before the next attempt."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Delays that double from ``base`` to ``cap`` seconds, each drawn from the upper half of its value."""

    base: float = 1.0
    cap: float = 60.0
    draw: Callable[[], float] = random.random

    def delay(self, attempt: int) -> float:
        """Return the seconds between attempt number ``attempt`` and the next."""
        longest = min(self.cap, self.base * 2.0 ** min(attempt - 1, 60))
        return longest * (0.5 + 0.5 * self.draw())
