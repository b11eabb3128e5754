"""What nodes sent last, shown while they run: small and seldom; what takes time is looked at on another thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from nodetool_jupyter import events as ev
from nodetool_jupyter.engine import threads
from nodetool_jupyter.engine.report import Reporter
from nodetool_jupyter.values import closer, preview, takes_time

if TYPE_CHECKING:
    from nodetool_jupyter.engine.actor import Actor

SECONDS = 0.5  # at most two looks a second at what a node sends
PATIENCE = 0.25  # seconds that a run's end waits for looks that are being taken


class Previews:
    """Shows what leaves the nodes of a run; used on the run's own loop only."""

    def __init__(self, loop: asyncio.AbstractEventLoop, reporter: Reporter) -> None:
        self._loop = loop
        self._reporter = reporter
        self._flowing: dict[str, Actor] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._looking: dict[tuple[str, str], asyncio.Future[None]] = {}

    def flows(self, actor: Actor) -> None:
        """Show, before long, what a node that sends many values has sent last."""
        self._flowing[actor.step.id] = actor
        if self._timer is None:
            self._timer = self._loop.call_later(SECONDS, self._look)

    def ended(self, actor: Actor) -> dict[str, Any]:
        """Return small forms of what a node that has ended sent last; what takes a closer look is shown after that."""
        self._flowing.pop(actor.step.id, None)
        for slot, value in actor.last.items():
            if takes_time(value):
                self._look_closer(actor.step.id, slot, value)
        return {slot: preview(value) for slot, value in actor.last.items()}

    async def settle(self) -> None:
        """Show nothing more, and give what is being looked at a moment."""
        if self._timer is not None:
            self._timer.cancel()
        self._flowing.clear()
        if self._looking:
            await asyncio.wait(list(self._looking.values()), timeout=PATIENCE)

    def _look(self) -> None:
        self._timer = None
        flowing, self._flowing = self._flowing, {}
        for actor in flowing.values():
            for slot, value in actor.last.items():
                if takes_time(value):
                    self._look_closer(actor.step.id, slot, value)
                else:
                    self._show(actor.step.id, slot, preview(value))

    def _show(self, node_id: str, slot: str, small: Any) -> None:
        self._reporter.latest(
            ("sent", node_id, slot), lambda: ev.PreviewUpdate(node_id=node_id, value=small, output=slot)
        )

    def _look_closer(self, node_id: str, slot: str, value: Any) -> None:
        place = (node_id, slot)
        if place in self._looking:  # a slow one is not followed by a queue of others
            return
        done = self._looking[place] = self._loop.create_future()

        def give(small: Any) -> None:
            del self._looking[place]
            self._show(node_id, slot, small)
            done.set_result(None)

        def work() -> None:
            small = closer(value)
            try:
                self._loop.call_soon_threadsafe(give, small)
            except RuntimeError:  # the run has ended meanwhile, and its loop is closed
                return

        threads.cache.run(work)
