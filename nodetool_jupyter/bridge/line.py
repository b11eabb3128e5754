"""An open connection to a worker: request ids, one task that reads, and the calls that its frames belong to."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

from nodetool_jupyter.bridge import frames
from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.bridge.blobs import NO_FILES, Files, Receiver, pieces
from nodetool_jupyter.bridge.call import Call
from nodetool_jupyter.bridge.large import Apart, Part
from nodetool_jupyter.errors import BadFrame, NodetoolError, WorkerLost

log = logging.getLogger(__name__)

ANSWER_TIMEOUT = 30.0  # seconds for what a worker answers at once
_CANCEL_TIMEOUT = 5.0  # that telling it to stop may take, when nobody waits for the answer


class Transport(Protocol):
    """What carries frames: a WebSocket, or the pipes of a process; ``host`` says which, for people.

    ``near`` is whether the worker is on this machine, or in a network that is not the public one.
    """

    host: str
    near: bool

    async def send(self, parts: Sequence[Part]) -> None:
        """Send a frame, given in parts; waits while the other end does not read."""

    async def receive(self) -> bytes | Apart:
        """Return the next frame; raises :class:`WorkerLost` behind the last."""

    async def close(self) -> None:
        """Close the connection."""


class Line:
    """A connection and its calls; ``alone`` is whether it serves one call only, so that its reading may wait for it."""

    def __init__(self, transport: Transport, limit: int, *, alone: bool = False) -> None:
        self.host = transport.host
        self.near = transport.near
        self.limit = limit
        self.lost = asyncio.Event()
        self._transport = transport
        self._alone = alone
        self._calls: dict[str, Call] = {}
        self._ids = itertools.count(1)
        self._fault: NodetoolError | None = None
        self._reader = asyncio.create_task(self._read())

    @asynccontextmanager
    async def call(
        self, message: m.Message, receiver: Receiver | None = None, *, files: Files = NO_FILES, patience: float = 0.0
    ) -> AsyncIterator[Call]:
        """Send a request, behind the pieces of its ``files``; leaving before its end tells the worker to stop.

        The worker then has ``patience`` seconds to end the request; what else it sends is dropped. Raises
        :class:`WorkerLost`, and :class:`StorageError` for a file that cannot be read.
        """
        if self._fault is not None:
            raise WorkerLost(str(self._fault))
        call = Call(str(next(self._ids)), self._cancel, receiver or Receiver(), alone=self._alone)
        self._calls[call.id] = call
        try:
            for name, path in files:
                await self.send_file(call.id, name, path)
            await self._send(message, call.id)
            yield call
        finally:
            try:
                if not call.ended:
                    await self._stop(call, patience)
            finally:
                del self._calls[call.id]
                call.end(WorkerLost("nobody waits for this call any more"))

    async def _stop(self, call: Call, patience: float) -> None:
        call.leave()
        with suppress(NodetoolError, TimeoutError):
            async with asyncio.timeout(_CANCEL_TIMEOUT):
                await self._cancel(call.id)
            async with asyncio.timeout(patience):
                await call.over.wait()

    async def send_file(self, request_id: str, name: str, path: Path) -> None:
        """Send a file as a blob in pieces, ahead of the request that it is for.

        Raises :class:`StorageError` when it cannot be read, or changes while it is; :class:`WorkerLost`.
        """
        async for piece in pieces(name, path):
            await self._send(piece, request_id)

    async def ask(self, message: m.Message) -> m.Frame:
        """Send what a worker answers at once by one frame, and return that.

        Raises ``TimeoutError`` when it does not come, :class:`WorkerFault` when it is an error, :class:`WorkerLost`.
        """
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT), self.call(message) as call:
                return await call.answer()
        except TimeoutError:
            raise TimeoutError(f"the worker at {self.host} did not answer within {ANSWER_TIMEOUT:g} s") from None

    async def close(self) -> None:
        """Close the connection; calls that have not ended raise :class:`WorkerLost`."""
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        self._drop(WorkerLost(f"the connection to the worker at {self.host} was closed here"))
        await self._transport.close()

    async def _send(self, message: m.Message, request_id: str) -> None:
        await self._transport.send(frames.encode_parts(message.frame(request_id), self.limit))

    async def _cancel(self, call_id: str) -> None:
        await self._send(m.Cancel(), call_id)

    async def _read(self) -> None:
        """Give each frame to the call that it belongs to; those of calls that nobody waits for are passed over."""
        try:
            while True:
                body = await self._transport.receive()
                try:
                    frame = m.read_frame(frames.decode(body))
                except BadFrame as error:
                    self._blame(error)
                    continue
                call = self._calls.get(frame.request_id or "")
                if call is not None:
                    await call.put(frame, len(body))
                elif frame.request_id is None:
                    log.warning("the worker at %s sent a frame (%.40s) that answers no request", self.host, frame.type)
        except (WorkerLost, BadFrame) as error:
            self._drop(error)
            await self._transport.close()

    def _blame(self, error: BadFrame) -> None:
        """End the call whose frame cannot be read; one of nobody's is worth a line in the log."""
        call = self._calls.get(error.request_id or "")
        if call is None:
            log.warning("the worker at %s sent a bad frame: %s", self.host, error)
        else:
            call.end(error)

    def _drop(self, error: NodetoolError) -> None:
        self._fault = self._fault or error
        self.lost.set()
        for call in tuple(self._calls.values()):
            call.end(WorkerLost(str(self._fault)))
