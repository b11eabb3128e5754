"""The states of jobs as sockets are sent them: however many look at a job, its follower knows one sink.

What waits for a slow socket is not kept for it: a view keeps its last patches for all, and who is behind them gets the
whole state anew. Everything here is used on the server's loop, but for what a follower calls.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from nodetool_jupyter.server.aside import Aside
from nodetool_jupyter.server.base import dumps
from nodetool_jupyter.states import Status
from nodetool_jupyter.widgets.feed import feed
from nodetool_jupyter.widgets.patch import merge

PATCHES = 64  # that are kept for those who are behind
ROOM = 256 * 1024  # characters that they may have
REMOVED = "the job was removed"
UNREADABLE = "the job cannot be followed; the server's log may tell why"
_REMOVALS = (REMOVED, "there is no job")

Json = dict[str, Any]
Wake = Callable[[], object]


class View:
    """One job's state, brought up to date for all who look; ``version`` counts its changes, 0 is before the first."""

    def __init__(self, job_id: str, loop: asyncio.AbstractEventLoop) -> None:
        self.job_id = job_id
        self.state: Json = {}
        self.version = 0
        self.over = False
        self.gone = ""  # why there will be nothing more
        self.lookers: set[Wake] = set()
        self.left = asyncio.Event()
        self.lost = asyncio.Event()  # set when the follower sends nothing more, though somebody looks
        self._loop = loop
        self._patches: deque[str] = deque()
        self._size = 0
        self._text = ""

    def send(self, message: Json) -> None:
        """Take a message of the follower, on its thread."""
        self._loop.call_soon_threadsafe(self._take, message)

    def dropped(self) -> None:
        """Learn on the follower's thread that it sends nothing more."""
        self._loop.call_soon_threadsafe(self.lost.set)

    def _take(self, message: Json) -> None:
        if message["type"] == "gone":
            self.gone = REMOVED if message["message"].startswith(_REMOVALS) else UNREADABLE
        else:
            self.version += 1
            self._text = ""
            if message["type"] == "snapshot":
                self.state = message["state"]
                self._patches.clear()
                self._size = 0
            else:
                self.state = merge(self.state, message["patch"])
                self._keep(dumps(message["patch"]))
            self.over = Status(self.state["job"]["status"]).terminal
        for wake in tuple(self.lookers):
            wake()

    def _keep(self, text: str) -> None:
        self._patches.append(text)
        self._size += len(text)
        while len(self._patches) > PATCHES or self._size > ROOM:
            self._size -= len(self._patches.popleft())

    def patch_after(self, version: int) -> str | None:
        """Return the patch that follows a version of the state, as text; ``None`` when it is not kept any more."""
        behind = self.version - version
        return self._patches[-behind] if 0 < behind <= len(self._patches) else None

    @property
    def text(self) -> str:
        """The whole state, as text."""
        if not self._text:
            self._text = dumps(self.state)
        return self._text


class Views:
    """The views that somebody looks at."""

    def __init__(self, aside: Aside) -> None:
        self._aside = aside
        self._views: dict[str, View] = {}

    def join(self, job_id: str, wake: Wake) -> View:
        """Return the view of a job, and let ``wake`` be called at each change from now on; leave it when done."""
        view = self._views.get(job_id)
        if view is None or view.gone:
            view = self._views[job_id] = View(job_id, asyncio.get_running_loop())
            self._aside.spawn(self._attend(view))
        view.lookers.add(wake)
        return view

    def leave(self, view: View, wake: Wake) -> None:
        """Look at a job no more; with the last who leaves its follower is let go of."""
        view.lookers.discard(wake)
        if not view.lookers:
            view.left.set()
            view.lost.set()
            if self._views.get(view.job_id) is view:
                del self._views[view.job_id]

    async def _attend(self, view: View) -> None:
        """Be the sink of a job's follower until nobody looks; begin again when the follower let go of it."""
        while not view.left.is_set():
            view.lost.clear()
            await self._aside.off(feed.send_to, view.job_id, view)
            await view.lost.wait()
        await self._aside.off(feed.leave, view.job_id, view)

    def __len__(self) -> int:
        return len(self._views)
