"""Knowing when a run stands still, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nodetool_jupyter.engine.actor import Actor
    from nodetool_jupyter.engine.inlet import Inlet


class Balance:
    """Counts the actors at work; when all rest, makes room for one of them or ends the loop they wait for.

    Bounded queues can stall a graph that unbounded ones would not, such as a stream that meets its own sum; growing
    the smallest full queue is the known cure (Parks 1995). A loop stalls when its body waits for the loop's own end,
    as one with a Collect in it does: such a loop is told that nothing comes back. ``outside`` is true while values may
    still be pushed in from outside, so that resting is no stall.
    """

    __slots__ = ("active", "blocked", "loops", "outside")

    def __init__(self) -> None:
        self.active = 0
        self.blocked: dict[Inlet, int] = {}
        self.loops: dict[Actor, None] = {}
        self.outside = 0

    def rest(self) -> None:
        """Count an actor that waits or has ended."""
        self.active -= 1
        if self.active <= 0:
            if self.blocked:
                min(self.blocked, key=lambda inlet: inlet.capacity).grow()
            elif self.loops and not self.outside:
                self.loops.popitem()[0].give_up_loop()

    def block(self, inlet: Inlet) -> None:
        """Count an actor that waits for room in ``inlet``."""
        self.blocked[inlet] = self.blocked.get(inlet, 0) + 1
        self.rest()

    def unblock(self, inlet: Inlet, count: int) -> None:
        """Count actors that may go on."""
        self.active += count
        left = self.blocked.get(inlet, 0) - count
        if left > 0:
            self.blocked[inlet] = left
        else:
            self.blocked.pop(inlet, None)
