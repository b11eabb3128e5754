"""Where values wait for a node: one bounded queue a handle."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.engine.plan import Handle

if TYPE_CHECKING:
    from nodetool_jupyter.engine.actor import Actor

CAPACITY = 256  # items that wait at a handle before its senders wait too
_NOWHERE: deque[Any] = deque(maxlen=0)  # the queue of a handle that nobody reads any more


class Inlet:
    """The queue of one connected handle, first in, first out.

    A sender that finds it full waits until half of it is free. ``open`` counts the sources that may still send.
    """

    __slots__ = ("actor", "broken", "capacity", "gathered", "handle", "open", "queue", "waiters")

    def __init__(self, actor: Actor, handle: Handle) -> None:
        self.actor = actor
        self.handle = handle
        self.queue: deque[Any] = deque()
        self.open = handle.sources
        self.broken = False
        self.capacity = CAPACITY
        # What each source has sent: the list is in the order of the edges, whichever of them is quicker.
        self.gathered: list[list[Any]] | None = [[] for _ in range(handle.sources)] if handle.gathers else None
        self.waiters: list[asyncio.Future[None]] = []

    def entry(self, source: int) -> Callable[[Any], None]:
        """Return what one of the sources is to call with each value that it sends."""
        return self.put if self.gathered is None else self.gathered[source].append

    def put(self, value: Any) -> None:
        """Take a value from a sender."""
        self.queue.append(value)
        actor = self.actor
        if actor.arrivals is not None:
            actor.arrivals.append(self)
        actor.wake()

    def end_source(self, broken: bool) -> None:
        """Note that one of the sources has ended; the last one completes a gathered list.

        A list of which a source was ``broken``, because it failed or was stopped, never comes.
        """
        self.open -= 1
        self.broken |= broken
        if self.open == 0:
            if self.gathered is not None and not self.broken:
                self.queue.append(list(chain.from_iterable(self.gathered)))
                self.gathered = None
                if self.actor.arrivals is not None:
                    self.actor.arrivals.append(self)
            self.actor.wake()

    @property
    def full(self) -> bool:
        """Whether senders should wait."""
        return len(self.queue) >= self.capacity

    @property
    def ended(self) -> bool:
        """Whether nothing waits here and nothing more will come."""
        return self.open == 0 and not self.queue

    def free(self) -> None:
        """Let waiting senders go on if there is room."""
        if self.waiters and len(self.queue) <= self.capacity // 2:
            self._let_in()

    def grow(self) -> None:
        """Double the capacity, to end a stall in which everybody waits for everybody."""
        self.capacity *= 2
        self._let_in()

    def shut(self) -> None:
        """Take nothing more: what is sent from now on is dropped, and no sender waits."""
        self.queue = _NOWHERE
        self.gathered = None
        if self.waiters:
            self._let_in()

    def _let_in(self) -> None:
        waiters, self.waiters = self.waiters, []
        self.actor.balance.unblock(self, len(waiters))
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
