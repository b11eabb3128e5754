"""Which ends are worth another attempt, and the delay before it."""

from __future__ import annotations

from nodetool_jupyter.backoff import Backoff as Backoff
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


def worth_retrying(status: Status, reason: str | None) -> bool:
    """Tell whether an attempt that ended so may be followed by another."""
    return status is Status.ERROR and reason not in _FINAL
