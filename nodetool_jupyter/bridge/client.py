"""A worker that is connected: what it offers, and running its nodes."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from nodetool_jupyter.bridge import frames
from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.bridge.blobs import NO_FILES, Files, Receiver, read_whole
from nodetool_jupyter.bridge.call import Call, Heard
from nodetool_jupyter.bridge.line import Line, Transport
from nodetool_jupyter.errors import BadFrame, Unsupported, WorkerFault, WorkerLost, WorkerRefused, WorkerUnreachable

log = logging.getLogger(__name__)

Open = Callable[[], Awaitable[Transport]]
Asked = TypeVar("Asked", bound=m.Execute)


@dataclass(frozen=True, slots=True)
class Executed:
    """What a node returned: values by slot, and the bytes that references among them stand for.

    A reference in ``outputs`` and its bytes have the same slot; they are in ``blobs``, or in ``files`` where a folder
    was given.
    """

    outputs: dict[str, Any]
    blobs: dict[str, bytes] = field(default_factory=dict, repr=False)
    files: dict[str, Path] = field(default_factory=dict)


class WorkerClient:
    """A worker that is connected; made by :meth:`connect`, ended by :meth:`close`.

    ``version`` is the worker's protocol, ``nodes`` its node types by name, ``load_errors`` the modules it could not
    load, ``status`` what it said of itself when it was connected. A client belongs to the event loop that made it.
    """

    def __init__(self, line: Line, again: Open | None) -> None:
        self._line = line
        self._again = again
        self.version = m.FLOOR
        self.nodes: dict[str, m.NodeMetadata] = {}
        self.load_errors: tuple[m.LoadError, ...] = ()
        self.status = m.WorkerStatus()

    @classmethod
    async def connect(cls, open_transport: Open, *, again: bool = True) -> Self:
        """Open a connection, and ask for the worker's version, nodes and status.

        ``again`` is whether more connections may be opened so: each stream has one of its own then, which holds the
        worker back while nobody takes what comes. Raises :class:`WorkerUnreachable`, also when what answers is no
        worker, and :class:`WorkerRefused` for the token or a version that is not spoken here.
        """
        transport = await open_transport()
        client = cls(Line(transport, frames.max_frame_size()), open_transport if again else None)
        try:
            await client._greet()
        except (BadFrame, WorkerLost, WorkerFault, TimeoutError) as error:
            await client.close()
            raise WorkerUnreachable(f"what answers at {transport.host} is no worker: {error}") from None
        except BaseException:
            await client.close()
            raise
        return client

    async def _greet(self) -> None:
        found = await self.discover()
        if found.protocol_version < m.FLOOR:
            raise WorkerRefused(
                f"the worker at {self.host} speaks version {found.protocol_version} of the protocol; "
                f"the oldest that is spoken here is {m.FLOOR}"
            )
        if found.protocol_version > m.PROTOCOL:
            log.info("the worker at %s speaks version %d, %d is known", self.host, self.version, m.PROTOCOL)
        self.status = await self.ask_status()
        self._line.limit = min(self._line.limit, self.status.max_frame_size or sys.maxsize)

    @property
    def host(self) -> str:
        """Where the worker is, for people."""
        return self._line.host

    @property
    def near(self) -> bool:
        """Whether the worker is on this machine, or in a network that is not the public one."""
        return self._line.near

    @property
    def lost(self) -> asyncio.Event:
        """Set when the connection has dropped, or was closed."""
        return self._line.lost

    def knows(self, what: str) -> bool:
        """Tell whether the worker's version has a message or an extension, such as ``job.start``."""
        return self.version >= m.SINCE.get(what, m.FLOOR)

    async def ask(self, message: m.Message) -> m.Frame:
        """Send what a worker answers at once, and return its answer.

        Raises :class:`WorkerFault`, :class:`WorkerLost`, and ``TimeoutError`` when it says nothing for half a minute.
        """
        return await self._line.ask(message)

    async def discover(self) -> m.Discovered:
        """Ask for the version and the node types, and keep them."""
        found = m.Discovered.read(await self._line.ask(m.Discover()))
        self.version = found.protocol_version
        self.nodes = {node.node_type: node for node in found.nodes}
        self.load_errors = found.load_errors
        return found

    async def ask_status(self) -> m.WorkerStatus:
        """Ask how the worker is; raises ``TimeoutError`` when it says nothing for half a minute."""
        return m.WorkerStatus.read(await self._line.ask(m.GetStatus()))

    async def job_start(self, job_id: str, *, workflow_id: str | None = None, user_id: str | None = None) -> None:
        """Open a job, so that what its nodes load stays until its end; older workers know no jobs and are not asked."""
        if self.knows("job.start"):
            await self._line.ask(m.JobStart(job_id=job_id, workflow_id=workflow_id, user_id=user_id))

    async def job_end(self, job_id: str, reason: str = "completed") -> m.JobEnded:
        """Close a job; returns the ids of the nodes that were released, none by an older worker."""
        if not self.knows("job.end"):
            return m.JobEnded(job_id=job_id)
        return m.JobEnded.read(await self._line.ask(m.JobEnd(job_id=job_id, reason=reason)))

    async def execute(
        self,
        message: m.Execute,
        *,
        folder: Path | None = None,
        files: Files = NO_FILES,
        hear: Callable[[Heard], object] | None = None,
        timeout: float | None = None,
        patience: float = 0.0,
    ) -> Executed:
        """Run a node and return its result; of a node that streams, the last value of each slot.

        With ``folder`` its blobs become files there, checked by length and SHA-256 while they come where the worker
        sends them in pieces (version 5). ``files`` are blobs of the request; in pieces where the worker takes them so.
        ``hear`` is called with progress and updates, and must not block. Raises :class:`WorkerFault` for what the node
        raised, :class:`WorkerLost`, :class:`BadFrame`, :class:`StorageError` for a file, and ``TimeoutError`` behind
        ``timeout`` seconds; then, as when the task is cancelled, the worker is told to stop, and has ``patience``
        seconds to.
        """
        receiver = Receiver(folder)
        if folder is not None and self.knows(m.CHUNKED):
            message = message.model_copy(update={"blob_transfer": m.CHUNKED})
        try:
            message, files = await self._packed(message, files)
            line = self._line.call(message, receiver, files=files, patience=patience)
            async with asyncio.timeout(timeout), line as call:
                async for reply in call:
                    if hear is not None:
                        hear(reply)
            if folder is None:
                return Executed(call.result.outputs, call.result.blobs)
            await receiver.keep(call.result.blobs)
            return Executed(call.result.outputs, files=dict(receiver.files))
        except BaseException as error:
            receiver.discard()
            if isinstance(error, TimeoutError):
                said = f"{message.node_type} did not end within {timeout} s, and the worker was told to stop"
                raise TimeoutError(said) from None
            raise

    def call(self, message: m.Message) -> AbstractAsyncContextManager[Call]:
        """Ask for something: ``async with client.call(…) as call``.

        Of a node, iterate and then read ``call.result``; anything else is told by ``call.answer()``.
        """
        return self._line.call(message)

    @asynccontextmanager
    async def execute_stream(
        self, message: m.ExecuteStream, *, files: Files = NO_FILES, patience: float = 0.0
    ) -> AsyncIterator[Call]:
        """Run a node that streams: ``async with client.execute_stream(…) as call: async for reply in call``.

        ``files`` and ``patience`` are as for :meth:`execute`; leaving before the end tells the worker to stop. Raises
        :class:`Unsupported` for a node that is known not to stream, because the worker would lose its value, and
        :class:`WorkerUnreachable`.
        """
        node = self.nodes.get(message.node_type)
        if node is not None and not node.is_streaming_output:
            raise Unsupported(f"{message.node_type} does not stream; use execute")
        message, files = await self._packed(message, files)
        async with self.own_line() as line, line.call(message, files=files, patience=patience) as call:
            yield call

    async def _packed(self, message: Asked, files: Files) -> tuple[Asked, Files]:
        """Return a request, and what of its files goes before it in pieces: all, or else they are read into it."""
        if not files:
            return message, NO_FILES
        if m.CHUNKED_INPUT in ((self.status.model_extra or {}).get("capabilities") or ()):
            return message.model_copy(update={"blob_input": m.CHUNKED_INPUT}), files
        blobs = {**message.blobs, **await asyncio.to_thread(read_whole, files)}
        return message.model_copy(update={"blobs": blobs}), NO_FILES

    @asynccontextmanager
    async def own_line(self) -> AsyncIterator[Line]:
        """Open a connection of its own, on which whoever reads slowly holds only itself back.

        Where no more can be opened it is the client's. Raises :class:`WorkerUnreachable` and :class:`WorkerRefused`.
        """
        if self._again is None:
            yield self._line
            return
        own = Line(await self._again(), self._line.limit, alone=True)
        try:
            yield own
        finally:
            await own.close()

    async def close(self) -> None:
        """Close the connection; calls that have not ended raise :class:`WorkerLost`."""
        await self._line.close()
