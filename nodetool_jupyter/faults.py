"""Named points in the product code where a test may make something go wrong.

In ordinary use a point does nothing. :mod:`nodetool_jupyter.testing` arms points; a test there lists
:data:`POINTS` and fails when one of them has no case.
"""

from __future__ import annotations

from collections.abc import Callable

POINTS: frozenset[str] = frozenset(
    {
        "submit.before_request",
        "submit.before_log",
        "submit.before_index",
        "attempt.before_start",
        "attempt.before_request",
        "attempt.after_start",
        "log.mid_line",
        "value.mid_file",
        "log.before_shorten",
        "terminal.before_log",
        "terminal.before_index",
        "cancel.after_request",
        "claim.before_link",
        "claim.after_link",
        "claim.before_cut",
        "remove.after_rename",
        "channel.mid_line",
        "channel.before_claim",
        "channel.after_claim",
    }
)

_armed: dict[str, Callable[[], None]] = {}


def point(name: str) -> None:
    """Do whatever a test armed at this point; ordinarily nothing."""
    if _armed:
        action = _armed.get(name)
        if action is not None:
            action()


def arm(name: str, action: Callable[[], None]) -> None:
    """Let ``action`` run whenever the point ``name`` is passed.

    Raises ``KeyError`` when there is no such point.
    """
    if name not in POINTS:
        raise KeyError(f"there is no fault point {name!r}; there are: {', '.join(sorted(POINTS))}")
    _armed[name] = action


def disarm() -> None:
    """Make every point harmless again."""
    _armed.clear()
