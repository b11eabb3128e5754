"""One request to a worker while it is open: what has come for it, and how it ended."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Self

from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.bridge.blobs import Receiver
from nodetool_jupyter.errors import BadFrame, NodetoolError, WorkerFault

ROOM = 8 * 1024 * 1024  # bytes of frames that wait for a call's reader before the connection does
MOST = 64 * 1024 * 1024  # where the connection must not wait, because others use it
_MARGIN = 512  # bytes counted for a frame beside its own
_BLOBS = frozenset((m.BlobStart.TYPE, m.BlobChunk.TYPE, m.BlobEnd.TYPE))
CANCELLED = "cancelled"  # the code of a fault behind a cancel

Heard = m.Progress | m.Update | m.Chunk
_HEARD: dict[str, type[m.Progress] | type[m.Update] | type[m.Chunk]] = {
    "progress": m.Progress,
    "update": m.Update,
    "chunk": m.Chunk,
}


class Call:
    """A request and the frames that came for it; iterating gives progress, updates and chunks until its end.

    ``alone`` is whether the connection is this call's own: then it waits while nobody takes what came. Else a call
    that falls behind by :data:`MOST` bytes ends with an error, because others need the connection.
    """

    def __init__(
        self, call_id: str, tell: Callable[[str], Awaitable[None]], receiver: Receiver, *, alone: bool
    ) -> None:
        self.id = call_id
        self.over = asyncio.Event()  # set when the last frame has come, taken or not
        self.cancelled = False
        self._unheard = False  # nobody takes what comes any more; only the end counts
        self._tell = tell
        self._receiver = receiver
        self._alone = alone
        self._frames: deque[tuple[m.Frame, int]] = deque()
        self._waiting = 0  # bytes
        self._fault: NodetoolError | None = None
        self._came = asyncio.Event()
        self._room = asyncio.Event()
        self._result: m.Result | None = None

    @property
    def ended(self) -> bool:
        """Whether the last frame has come, or none can come any more."""
        return self.over.is_set()

    async def put(self, frame: m.Frame, size: int) -> None:
        """Take a frame from the connection; waits for room where the connection may wait."""
        if self.ended:
            return
        if self._unheard:
            if frame.type in m.ENDINGS:
                self.over.set()
            return
        if frame.type in _BLOBS:
            await self._take_blob(frame)
            return
        if frame.type == "progress" and self._frames and self._frames[-1][0].type == "progress":
            self._waiting -= self._frames.pop()[1]  # only the last counts
        self._frames.append((frame, size + _MARGIN))
        self._waiting += size + _MARGIN
        if frame.type in m.ENDINGS:
            self.over.set()
        self._came.set()
        if self._alone:
            await self._wait_for_room()
        elif self._waiting > MOST and len(self._frames) > 1:
            self.end(WorkerFault(f"the worker sent {MOST} bytes that nobody took in time", code="slow_reader"))

    async def _take_blob(self, frame: m.Frame) -> None:
        try:
            await self._receiver.take(frame)
        except (BadFrame, OSError) as error:
            self.end(
                error if isinstance(error, BadFrame) else WorkerFault(f"a blob cannot be stored: {error.strerror}")
            )

    async def _wait_for_room(self) -> None:
        while self._waiting > ROOM and not self.ended and not self._unheard:
            self._room.clear()
            await self._room.wait()

    def end(self, error: NodetoolError) -> None:
        """End the call from here: whoever waits for it gets the error behind what had come."""
        if not self.ended:
            self.over.set()
            self._fault = error
        self._came.set()
        self._room.set()

    def leave(self) -> None:
        """Take nothing more but the end, which sets :attr:`over`."""
        self._unheard = True
        self._frames.clear()
        self._room.set()

    async def cancel(self) -> None:
        """Tell the worker to stop; the node may end with a result all the same, when it looks too late or never."""
        if not self.ended:
            self.cancelled = True
            await self._tell(self.id)

    async def answer(self) -> m.Frame:
        """Return the frame that ends the call; raises :class:`WorkerFault` when that is an error."""
        while True:
            frame = await self.next()
            if frame.type in m.ENDINGS:
                return frame

    async def next(self) -> m.Frame:
        """Return the next frame, whatever it is; raises :class:`WorkerFault` for an error, which ends the call."""
        frame = await self._next()
        if frame.type == m.Failure.TYPE:
            raise self._fault_of(m.Failure.read(frame))
        return frame

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Heard:
        while self._result is None:
            frame = await self.next()
            kind = _HEARD.get(frame.type)
            if kind is not None:
                return kind.read(frame)
            if frame.type in m.ENDINGS:
                self._receiver.finish(frame)
                self._result = m.Result.read(frame)
        raise StopAsyncIteration

    @property
    def result(self) -> m.Result:
        """What the node returned, once the iteration has ended; without a value for a node that streams."""
        if self._result is None:
            raise RuntimeError("the call has not ended; iterate over it first")
        return self._result

    async def _next(self) -> m.Frame:
        while not self._frames:
            if self._fault is not None:
                raise self._fault
            self._came.clear()
            await self._came.wait()
        frame, size = self._frames.popleft()
        self._waiting -= size
        if self._waiting <= ROOM // 2:
            self._room.set()
        return frame

    def _fault_of(self, failure: m.Failure) -> WorkerFault:
        code = failure.code or (CANCELLED if self.cancelled else "")
        return WorkerFault(failure.error, code=code, traceback=failure.traceback or "")
