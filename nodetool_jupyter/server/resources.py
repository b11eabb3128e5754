"""The topics about machines: this one, looked at every two seconds while somebody looks, and the known workers."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from nodetool_jupyter.server.aside import Aside
from nodetool_jupyter.server.base import dumps
from nodetool_jupyter.server.machine import Machine
from nodetool_jupyter.server.subscriptions import Topic, Wake

if TYPE_CHECKING:
    from nodetool_jupyter.server.workers import Workers

PERIOD = 2.0  # seconds between two lookings
FIRST = 0.5  # seconds until the first is told, for CPU is counted over time

logger = logging.getLogger(__name__)


class Resources:
    """Looks at the machine for all who have joined."""

    def __init__(self, aside: Aside) -> None:
        self.text = ""  # the last looking, without the braces around it
        self.count = 0
        self._aside = aside
        self._wakes: set[Wake] = set()
        self._task: asyncio.Task[None] | None = None

    def join(self, wake: Wake) -> None:
        """Let ``wake`` be called after each looking."""
        self._wakes.add(wake)
        if self._task is None:
            self._task = self._aside.spawn(self._run())

    def leave(self, wake: Wake) -> None:
        """Call it no more; with the last nobody looks."""
        self._wakes.discard(wake)
        if not self._wakes and self._task is not None:
            self._task.cancel()
            self._task, self.text, self.count = None, "", 0

    async def _run(self) -> None:
        machine = await self._aside.off(Machine)
        pause = asyncio.Event()  # never set
        while True:
            try:
                found = await self._aside.off(machine.look)
            except Exception:  # what cannot be told now may be told two seconds later
                logger.warning("the machine cannot be looked at", exc_info=True)
            else:
                if found is not None:
                    self.text, self.count = dumps(found)[1:-1], self.count + 1
                for wake in tuple(self._wakes):
                    wake()
            with suppress(TimeoutError):
                await asyncio.wait_for(pause.wait(), PERIOD if self.count else FIRST)


class ResourcesTopic(Topic):
    """What is used of the machine now; what a slow socket has missed is past."""

    def __init__(self, number: int, resources: Resources, wake: Wake) -> None:
        self._number = number
        self._resources = resources
        self._wake = wake
        self._seen = 0
        resources.join(wake)

    async def next(self) -> str | None:
        """Return the last looking, once."""
        if self._seen == self._resources.count:
            return None
        self._seen = self._resources.count
        return f'{{"type":"resources","id":{self._number},{self._resources.text}}}'

    def close(self) -> None:
        """Look no more."""
        self._resources.leave(self._wake)


class WorkersTopic(Topic):
    """The known workers as they are, again whenever one of them has changed."""

    def __init__(self, number: int, workers: Workers, wake: Wake) -> None:
        self._number = number
        self._workers = workers
        self._told = ""
        self._stop = workers.follow(wake)

    async def next(self) -> str | None:
        """Return all workers, if they are not as they were told last."""
        text = f'{{"type":"workers","id":{self._number},"workers":{dumps(self._workers.now())}}}'
        if text == self._told:
            return None
        self._told = text
        return text

    def close(self) -> None:
        """Follow them no more."""
        self._stop()
