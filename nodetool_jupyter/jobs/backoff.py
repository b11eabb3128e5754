"""How long to wait before the next attempt, and which ends are worth another one."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from nodetool_jupyter.states import Reason, Status

# Another attempt would meet the same request, or was not asked for.
_FINAL = frozenset(
    {
        Reason.INVALID_GRAPH,
        Reason.REJECTED,
        Reason.SECRET_MISSING,
        Reason.RESULT_NOT_STORABLE,
        Reason.TIMEOUT_QUEUE,
        Reason.TIMEOUT_RUN,
        Reason.OUTPUT_LIMIT,
        Reason.CANCELLED_BY_USER,
    }
)


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


def worth_retrying(status: Status, reason: str | None) -> bool:
    """Tell whether an attempt that ended so may be followed by another."""
    return status is Status.ERROR and reason not in _FINAL
