"""One execute request from its arrival to its answer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

from nodetool_jupyter.bridge.messages import Chunk, Execute, Failure, Message, Progress
from nodetool_jupyter.worker.catalogue import Catalogue
from nodetool_jupyter.worker.engines import Engines
from nodetool_jupyter.worker.options import WorkerOptions
from nodetool_jupyter.worker.replies import News
from nodetool_jupyter.worker.single_run import SingleRun
from nodetool_jupyter.worker.wording import cancelled

GRACE = 1.0  # seconds after which a cancelled node that does not answer is left behind
MOST_UPDATES = 1_000  # updates of a request that wait for a slow reader; more are left out, and counted


class State(Enum):
    """Where a request is."""

    WAITING = auto()
    RUNNING = auto()
    ENDED = auto()


class Desk(Protocol):
    """What a request tells the one that started it."""

    catalogue: Catalogue
    options: WorkerOptions
    engines: Engines

    def ended(self, request: Request) -> None:
        """Hear that nothing is computed for the request any more, as far as anybody waits for it."""

    def left(self) -> None:
        """Hear that a node was left behind: it still runs, and nobody listens."""

    def came_back(self) -> None:
        """Hear that a node that was left behind has ended after all."""

    def folder(self) -> Path:
        """Return a place for a node's scratch folder."""


class Request:
    """Asks for one node, and answers once, whatever happens: progress and items before, in order.

    All of it is on the control loop. ``size`` are the bytes that it was sent; ``say`` sends one message and returns
    when it is on its way; ``done`` is called after the answer.
    """

    def __init__(
        self,
        ask: Execute,
        request_id: str | None,
        size: int = 0,
        *,
        stream: bool,
        say: Callable[[Message, Request], Awaitable[None]],
        done: Callable[[Request], None],
    ) -> None:
        self.request_id = request_id
        self.size = size
        self.state = State.WAITING
        self.chunked = ask.blob_transfer == "chunked-v1" and not stream
        self.job = (ask.job_id, ask.node_id)
        self._ask: Execute | None = ask
        self._stream = stream
        self._say = say
        self._done = done
        self._desk: Desk | None = None  # once it runs, or has
        self._run: SingleRun | None = None
        self._outbox: deque[tuple[Message, asyncio.Future[None] | None]] = deque()
        self._updates = 0
        self._lost = 0
        self._answer: Message | None = None
        self._speaker: asyncio.Task[None] | None = None
        self._left = False
        self._mute = False

    def start(self, desk: Desk) -> None:
        """Begin to run the node."""
        assert self._ask is not None
        self.state, self._desk = State.RUNNING, desk
        self._run = SingleRun(
            self._ask,
            desk.catalogue,
            desk.folder(),
            stream=self._stream,
            options=desk.options,
            told=self._tell,
            ended=self._end,
            wound_down=self._wound_down,
        )
        self._ask = None
        self._run.start(desk.engines.take())

    def cancel(self, *, mute: bool = False) -> None:
        """Stop: the node is asked, then left behind; one that has not begun never does. ``mute``: nobody listens."""
        self._mute |= mute
        if self.state is State.WAITING:
            self._end(cancelled())
        elif self.state is State.RUNNING and self._run is not None:
            self._run.cancel()
            asyncio.get_running_loop().call_later(GRACE, self._leave_behind)

    @property
    def ran(self) -> bool:
        """Whether the node was begun."""
        return self._desk is not None

    def refuse(self, answer: Message) -> None:
        """Answer without running anything."""
        self._end(answer)

    def _leave_behind(self) -> None:
        if self.state is State.RUNNING:
            self._left_now()
            self._end(cancelled())

    def _left_now(self) -> None:
        if not self._left and self._desk is not None:
            self._left = True
            self._desk.left()

    def _wound_down(self) -> None:
        run, self._run = self._run, None
        if self._left and run is not None and self._desk is not None:
            self._desk.came_back()

    def _end(self, answer: Message) -> None:
        if self.state is State.ENDED:
            return
        self.state, self._answer, self._ask = State.ENDED, answer, None
        if self._desk is not None:
            self._desk.ended(self)
            if isinstance(answer, Failure):  # of a node that was cancelled, or took too long, a thread may run on
                asyncio.get_running_loop().call_later(GRACE, self._look_again)
        self._speak()

    def _look_again(self) -> None:
        if self._run is not None:
            self._left_now()

    # -- what is said, in order -----------------------------------------------------------------------------------

    def _tell(self, message: Message) -> asyncio.Future[None] | None:
        """Take a message of the running node; an item comes back as a future that is done when it was sent."""
        if self.state is not State.RUNNING or self._mute:
            return None
        future = None
        if isinstance(message, Chunk):
            future = asyncio.get_running_loop().create_future()
        elif self._updates >= MOST_UPDATES:
            self._lost += 1
            return None
        else:
            self._updates += 1
        self._outbox.append((message, future))
        self._speak()
        return future

    def _speak(self) -> None:
        if self._speaker is None:
            self._speaker = asyncio.get_running_loop().create_task(self._speak_all())

    async def _speak_all(self) -> None:
        """Send what waits, and the answer last; the task ends when there is nothing to say, and a next one begins."""
        try:
            while self._outbox:
                message, future = self._outbox.popleft()
                if isinstance(message, (News, Progress)):
                    self._updates -= 1
                try:
                    await self._send(message)
                finally:
                    if future is not None and not future.done():
                        future.set_result(None)
            if self._answer is not None:
                if self._lost:
                    await self._send(_gap(self._lost))
                answer, self._answer = self._answer, None
                await self._send(answer)
                self._done(self)
        finally:
            self._speaker = None

    async def _send(self, message: Message) -> None:
        if not self._mute:
            await self._say(message, self)


def _gap(count: int) -> News:
    said = f"{count} updates were left out, because they were read too slowly"
    return News(body={"type": "log_update", "node_id": "", "node_name": "", "content": said, "severity": "warning"})
