"""Telling how many values have passed each edge, and which: now and then, and once when nothing more comes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nodetool_jupyter import events as ev
from nodetool_jupyter.engine.previews import Previews
from nodetool_jupyter.engine.report import LATEST_SECONDS, Reporter

if TYPE_CHECKING:
    from nodetool_jupyter.engine.actor import Actor, Outlet


class EdgeCounts:
    """Counts that were not told yet; used on the run's own loop only.

    A plain list in place of :meth:`Reporter.latest`: marking is on the path of every value.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, reporter: Reporter) -> None:
        self._loop = loop
        self._reporter = reporter
        self.previews = Previews(loop, reporter)
        self._dirty: list[tuple[Outlet, Actor]] = []
        self._timer: asyncio.TimerHandle | None = None

    def mark(self, outlet: Outlet, sender: Actor) -> None:
        """Tell, before long, how many values have passed an edge."""
        outlet.dirty = True
        if not self._dirty:
            self._timer = self._loop.call_later(LATEST_SECONDS, self._tell)
        self._dirty.append((outlet, sender))

    def drained(self, outlet: Outlet) -> None:
        """Tell that nothing more will pass an edge."""
        self._emit(outlet, "drained")

    async def close(self) -> None:
        """Tell nothing more, because the run has ended; what is being looked at closely gets a moment."""
        if self._timer is not None:
            self._timer.cancel()
        await self.previews.settle()

    def _tell(self) -> None:
        dirty, self._dirty = self._dirty, []
        for outlet, sender in dirty:
            if outlet.dirty:
                self._emit(outlet, "message_sent")
                self.previews.flows(sender)

    def _emit(self, outlet: Outlet, status: str) -> None:
        outlet.dirty = False
        self._reporter.emit(ev.EdgeUpdate(edge_id=outlet.edge_id, status=status, counter=outlet.count))
