"""Calling a run's placed nodes on their workers: one connection for each, kept until the run ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.bridge.call import Heard
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.connections import Connection, Connections
from nodetool_jupyter.bridge.reconnect import Reconnecting, dial
from nodetool_jupyter.engine.resolve import resolve_request
from nodetool_jupyter.errors import (
    BridgeError,
    InvalidRequest,
    WorkerFault,
    WorkerLost,
    WorkerNotFound,
    WorkerRefused,
    WorkerUnreachable,
    nearest,
)
from nodetool_jupyter.execution.base import AttemptContext
from nodetool_jupyter.execution.placed_blobs import Kept
from nodetool_jupyter.execution.placed_values import Outgoing, pack, takes_time, unpack
from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.everywhere import everywhere, placed_data
from nodetool_jupyter.nodes.placed import Placement
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.values import ValueStore

RETURN = 30.0  # seconds that a worker which was connected has to come back between two calls
CALLS = 3  # times that a node is called whose type says that it may be called again after a drop
LEAVE = 2.0  # seconds that telling a worker of the run's end may take, and closing the connection


@dataclass(frozen=True, slots=True)
class Way:
    """How a run reaches a worker: its connection, and the values of the secrets that the connection names."""

    connection: Connection
    secrets: Mapping[str, str] = field(repr=False)

    def dump(self) -> dict[str, Any]:
        """Return it as JSON, for the process that runs the nodes; it has secrets in it."""
        data = self.connection.model_dump(mode="json", by_alias=True, exclude_none=True)
        return {"connection": data, "secrets": dict(self.secrets)}

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Self:
        """Read what :meth:`dump` returned."""
        return cls(Connection.model_validate(data["connection"]), data["secrets"])


def find_ways(names: Iterable[str], data: Path, secret: Callable[[str], str]) -> dict[str, Way]:
    """Return how to reach workers that are known in a data folder; ``secret`` returns one by its name.

    Raises :class:`InvalidRequest` for a worker that is not known, :class:`StorageError`, and what ``secret`` raises.
    """
    known = Connections(lambda: data, secret)
    ways = {}
    for name in dict.fromkeys(names):
        try:
            connection = known.get(name)
        except WorkerNotFound as error:
            raise InvalidRequest(str(error)) from None
        ways[name] = Way(connection, {word: secret(word) for word in connection.secret_names})
    return ways


class Placed(NamedTuple):
    """What a runner needs for a graph's placed nodes: their types by worker, and the ways to the workers."""

    types: dict[str, list[dict[str, Any]]]
    ways: dict[str, Way]

    @property
    def secrets(self) -> list[str]:
        """The values that no log may have."""
        return [value for way in self.ways.values() for value in way.secrets.values()]


def find_placed(request: RunJobRequest, context: AttemptContext) -> Placed:
    """Return what a runner needs for the placed nodes of a request; reads files, and may block.

    Raises :class:`InvalidGraph`, and what :func:`find_ways` raises.
    """
    if not everywhere.workers():
        return Placed({}, {})
    types = placed_data(kind for _, kind in resolve_request(request).running())
    return Placed(types, find_ways(types, context.folder.parent.parent, context.secret))


class Job(NamedTuple):
    """The job that calls are made for, as workers know it."""

    job_id: str
    workflow_id: str | None = None
    user_id: str | None = None


class _Link(Reconnecting):
    """One worker of a run, connected from its beginning, in the job's name."""

    def __init__(self, name: str, way: Way, job: Job) -> None:
        self.name = name
        self._connections = Connections(Path, way.secrets.__getitem__)
        self._way = way
        self._job = job
        self._begun = False
        self.kept = Kept()
        self._moved = asyncio.Event()
        super().__init__(self._connect, changed=self._moved.set)

    async def _connect(self) -> WorkerClient:
        client = await dial(self._connections, self._way.connection)
        try:
            await client.job_start(self._job.job_id, workflow_id=self._job.workflow_id, user_id=self._job.user_id)
        except BaseException:
            await client.close()
            raise
        self._begun = True
        return client

    async def reached(self, patience: float) -> WorkerClient:
        """Return a live client; one that dropped has ``patience`` seconds to come back."""
        with _named(self.name):
            try:
                return await self._live()
            except WorkerUnreachable:
                with suppress(TimeoutError):
                    async with asyncio.timeout(patience):
                        while self.state != "connected":
                            self._moved.clear()
                            await self._moved.wait()
                        return await self._live()
                raise

    async def _live(self) -> WorkerClient:
        client = await self.client()
        while client.lost.is_set():  # it dropped just now, which the link is about to hear
            self._moved.clear()
            if self.current is client:
                await self._moved.wait()
            client = await self.client()
        return client

    async def leave(self, reason: str, seconds: float) -> None:
        """Tell the worker how the job ended, and close the connection; each may take so many seconds."""
        if self._begun:
            with suppress(BridgeError, TimeoutError):
                async with asyncio.timeout(seconds):
                    await (await self._live()).job_end(self._job.job_id, reason)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.close()


class PlacedCalls:
    """The workers of one run; see :class:`~nodetool_jupyter.nodes.placed.WorkerCalls`.

    ``secrets`` are those that the job was submitted with; ``grace`` are the seconds that a worker has to stop a call.
    """

    def __init__(
        self,
        ways: Mapping[str, Way],
        values: ValueStore,
        job: Job,
        *,
        secrets: Mapping[str, str],
        grace: float,
    ) -> None:
        self._ways = ways
        self._values = values
        self._job = job
        self._secrets = secrets
        self._grace = grace
        self._links: dict[str, _Link] = {}
        self._told: set[str] = set()

    async def open(self, placements: Collection[Placement]) -> None:
        """Connect to every worker, and see that it has what is asked of it."""
        for name in dict.fromkeys(one.worker for one in placements):
            way = self._ways.get(name)
            if way is None:
                raise InvalidRequest(f"the worker {name!r} is not known here; {nearest(name, self._ways)}".rstrip("; "))
            self._links[name] = _Link(name, way, self._job)
        clients = await asyncio.gather(*(link.reached(0.0) for link in self._links.values()))
        known = dict(zip(self._links, clients, strict=True))
        for one in placements:
            if one.node_type not in known[one.worker].nodes:
                hint = nearest(one.node_type, known[one.worker].nodes)
                said = f"the worker {one.worker!r} does not have {one.node_type} any more; {hint}".rstrip("; ")
                raise WorkerFault(said, code="unknown_type")

    async def call(
        self, placement: Placement, node_id: str, inputs: Mapping[str, Any], context: NodeContext
    ) -> Mapping[str, Any]:
        """Run a node once; its blobs become files of the job while they come."""
        sent = await self._packed(inputs, placement)
        self._values.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        link, left = self._links[placement.worker], CALLS if placement.retry else 1
        while True:
            client = await link.reached(RETURN)
            try:
                with _named(placement.worker):
                    kept, files = await link.kept.put(client, sent.files)
                    done = await client.execute(
                        m.Execute(**self._message(placement, node_id, sent, context), blob_values=kept or None),
                        folder=self._values.folder,
                        files=files,
                        hear=lambda reply: _hear(reply, context),
                        patience=self._grace,
                    )
                return await self._unpacked(done.outputs, {}, done.files)
            except WorkerFault as fault:
                if not link.kept.lost(fault):
                    raise
            except WorkerLost as error:
                left -= 1
                if not left:
                    raise
                context.log(f"{error}; it is called again", "warning")

    async def stream(
        self, placement: Placement, node_id: str, inputs: Mapping[str, Any], context: NodeContext
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        """Run a node that streams; it is called again only when nothing of it had come."""
        link, left = self._links[placement.worker], CALLS if placement.retry else 1
        client = await link.reached(RETURN)
        if not client.nodes[placement.node_type].is_streaming_output:  # it was another version that streamed
            yield await self.call(placement, node_id, inputs, context)
            return
        sent = await self._packed(inputs, placement)
        came = False
        while True:
            client = await link.reached(RETURN)
            try:
                with _named(placement.worker):
                    kept, files = await link.kept.put(client, sent.files)
                    message = m.ExecuteStream(
                        **self._message(placement, node_id, sent, context), blob_values=kept or None
                    )
                    async with client.execute_stream(message, files=files, patience=self._grace) as call:
                        async for reply in call:
                            if isinstance(reply, m.Chunk):
                                came = True
                                yield await self._unpacked(reply.outputs, reply.blobs, {})
                            else:
                                _hear(reply, context)
                return
            except WorkerFault as fault:
                if not link.kept.lost(fault):
                    raise
            except (WorkerLost, WorkerUnreachable) as error:
                left -= 1
                if came or not left:
                    raise
                context.log(f"{error}; it is called again", "warning")

    async def close(self, reason: str) -> None:
        """Tell every worker how the run ended, and close the connections."""
        links, self._links = self._links, {}
        seconds = min(LEAVE, self._grace / 2) if reason == "cancelled" else LEAVE
        await asyncio.gather(*(link.leave(reason, seconds) for link in links.values()))

    async def _packed(self, inputs: Mapping[str, Any], placement: Placement) -> Outgoing:
        if takes_time(inputs):
            return await asyncio.to_thread(pack, inputs, placement.types, self._values)
        return pack(inputs, placement.types, self._values)

    async def _unpacked(
        self, outputs: Mapping[str, Any], blobs: Mapping[str, bytes], files: Mapping[str, Path]
    ) -> dict[str, Any]:
        if blobs or files or takes_time(outputs):
            return await asyncio.to_thread(unpack, outputs, blobs, files, self._values)
        return dict(outputs)

    def _message(self, placement: Placement, node_id: str, sent: Outgoing, context: NodeContext) -> dict[str, Any]:
        secrets = {name: self._secrets[name] for name in placement.secrets if name in self._secrets}
        lacking = [name for name in placement.secrets if name not in secrets]
        if lacking and node_id not in self._told:
            self._told.add(node_id)
            said = f"{', '.join(lacking)} did not come with the job, as secrets={lacking} would have it"
            context.log(f"{said}; the worker {placement.worker!r} uses its own, if it has any")
        return {
            "node_type": placement.node_type,
            "fields": sent.fields,
            "blobs": sent.blobs,
            "secrets": secrets,
            "node_id": node_id,
            "requires_vram_gb": placement.requires_vram_gb,
            **self._job._asdict(),
        }


def _hear(reply: Heard, context: NodeContext) -> None:
    """Tell the run what a worker says of a node while it works."""
    if isinstance(reply, m.Progress):
        context.progress(reply.progress, reply.total, reply.message)
        return
    said = (reply.model_extra or {}) if isinstance(reply, m.Update) else {}
    match getattr(reply, "type", ""):
        case "log_update" | "notification":
            severity = said.get("severity")
            context.log(said.get("content", ""), severity if severity in ("info", "warning", "error") else "info")
        case "preview_update":
            context.preview(said.get("value"))
        case "chunk":
            context.chunk(str(said.get("content", "")), done=said.get("done") is True)


@contextmanager
def _named(worker: str) -> Iterator[None]:
    """Put the worker's name before what went wrong there, and the worker's own traceback below it."""
    try:
        yield
    except WorkerFault as error:
        fault = WorkerFault(f"worker {worker}: {error}", code=error.code, traceback=error.traceback)
        if error.traceback:
            fault.add_note(f"on the worker:\n{error.traceback.rstrip()}")
        raise fault from None
    except (WorkerLost, WorkerUnreachable, WorkerRefused) as error:
        said = str(error)
        raise type(error)(said if said.startswith(f"worker {worker}: ") else f"worker {worker}: {said}") from None
