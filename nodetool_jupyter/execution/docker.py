"""The docker strategy: the graph runs in a container of its own, of which nothing is believed that was not checked."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

from nodetool_jupyter import clock
from nodetool_jupyter import events as ev
from nodetool_jupyter.errors import EngineUnavailable, ExecutionLost, InvalidRequest, NodetoolError, nearest
from nodetool_jupyter.execution import gpus
from nodetool_jupyter.execution.base import OWN, AttemptContext, ChannelLine, JobExecution
from nodetool_jupyter.execution.container.channel import ContainerChannel
from nodetool_jupyter.execution.container.claims import Claims, Subject
from nodetool_jupyter.execution.container.engine import ContainerEngine, ContainerState
from nodetool_jupyter.execution.container.exchange import Exchange
from nodetool_jupyter.execution.container.files import Folders
from nodetool_jupyter.execution.container.plan import Plan
from nodetool_jupyter.execution.container.reaper import remove_of_job
from nodetool_jupyter.execution.container.sandbox import Container
from nodetool_jupyter.execution.container.verdict import judge
from nodetool_jupyter.execution.subprocess import Prepared, SubprocessJobExecution, prepare
from nodetool_jupyter.graph import find_graph
from nodetool_jupyter.request import RunJobRequest

ENDING = 5.0  # seconds that a container may go on after it has told its end


class DockerJobExecution(JobExecution):
    """An attempt in a container; every call of the engine is made in a thread."""

    strategy: ClassVar[str] = "docker"
    uses_local_gpus: ClassVar[bool] = True

    def __init__(
        self, params: dict[str, Any], engine: ContainerEngine, context: AttemptContext, after: int, *, logged: bool
    ) -> None:
        self.params = params
        self.grace = params.get("grace", self.grace)
        self._engine = engine
        self._context = context
        self._exchange = Exchange(context.folder, context.attempt)
        subject = Subject(
            job_id=context.job_id,
            attempt=context.attempt,
            nodes=_node_ids(context.folder),
            started=params["started"],
            redactor=context.redactor,
        )
        # What the engine kept has lost some line ends; what comes as it is said has not.
        self._channel = ContainerChannel(Claims(subject, after), logged=logged)
        self._seen: list[Mapping[str, Any]] = []
        self._socket: socket.socket | None = None
        self._asked_to_end = False
        self._ending: asyncio.Task[None] | None = None  # of a job that was to end with its earlier owner
        self._over = asyncio.Event()

    @classmethod
    def check(cls, request: RunJobRequest, earlier: Path | None = None) -> Prepared:
        """Check the graph, the params, the options and the limits, and pack what the notebook defined."""
        plan = Plan.of(request)
        gpus.choose(request.gpus)
        return prepare(request, plan.options, earlier, shared=False)

    @classmethod
    def keep(cls, prepared: object, folder: Path, secrets: Mapping[str, str]) -> None:
        """Store the notebook's node types with the job, for whoever starts its attempts."""
        SubprocessJobExecution.keep(prepared, folder, secrets)

    @classmethod
    async def start(cls, request: RunJobRequest, context: AttemptContext) -> Self:
        """Make a container, write down which, attach to it, start it, and give it the request."""
        plan = Plan.of(request)
        engine = await asyncio.to_thread(ContainerEngine.connect, os.environ)
        execution = None
        try:
            exchange = Exchange(context.folder, context.attempt)
            container = await asyncio.to_thread(plan.container, engine, context, exchange)
            id_ = await _created(engine, container, f"nodetool-{context.job_id}-{context.attempt}")
            params = {"container": id_, "grace": plan.options.grace, "started": clock.time()}
            params["pushable"] = plan.pushable()
            execution = cls(params, engine, context, 0, logged=False)
            context.started(params)
            await execution._open(logs=False)
            await asyncio.to_thread(engine.start, id_)
            await execution._write(plan.order(context).dump())
        except BaseException:
            if execution is not None:
                await asyncio.shield(execution.close())
            else:
                await asyncio.to_thread(engine.close)
            raise
        return execution

    @classmethod
    async def attach(cls, params: dict[str, Any], after_n: int, context: AttemptContext) -> Self:
        """Go on with a container that another owner started; the engine has kept what it told."""
        engine = await asyncio.to_thread(ContainerEngine.connect, os.environ)
        execution = cls(params, engine, context, after_n, logged=True)
        try:
            await execution._open(logs=True)
        except BaseException:
            await asyncio.to_thread(engine.close)
            raise
        if context.owner is not None:  # nobody inside could see that owner's end
            execution._ending = asyncio.ensure_future(execution.cancel(execution.grace))
        return execution

    async def _open(self, *, logs: bool) -> None:
        loop = asyncio.get_running_loop()
        self._socket = await asyncio.to_thread(partial(self._engine.attach, self._id, logs=logs))
        self._channel.open(self._socket, loop)

    @property
    def _id(self) -> str:
        return str(self.params["container"])

    async def _write(self, line: bytes) -> None:
        assert self._socket is not None
        with suppress(OSError):  # its end is told by the channel
            await asyncio.shield(asyncio.to_thread(self._socket.sendall, line + b"\n"))

    async def channel(self) -> AsyncIterator[list[ChannelLine]]:
        """Yield the container's lines as they were checked; its end comes when it has stopped and left its results."""
        claim: ChannelLine | None = None
        while claim is None:
            lines = self._channel.read()
            if lines and ev.ends(lines[-1].event):
                claim = lines.pop()
            for line in lines:
                self._look(line.event)
            if lines:
                yield lines
            elif claim is None:
                if self._channel.ended:
                    break
                await self._channel.rung()
        yield await self._account(claim)

    def _look(self, event: ev.Event) -> None:
        """Note the files that an event names; they are taken when the container has stopped."""
        if isinstance(event, (ev.OutputUpdate, ev.PreviewUpdate, ev.BinaryUpdate)):
            self._seen += self._context.values.references(event.value)

    async def _account(self, claim: ChannelLine | None) -> list[ChannelLine]:
        """Wait for the container's end, take its results, and say how it ended."""
        state = await self._stopped()
        self._over.set()
        said = claim.event if claim is not None and isinstance(claim.event, ev.JobUpdate) else None
        end = judge(
            said,
            state,
            asked_to_end=self._asked_to_end,
            owner_ended=self._ending is not None,
            said=self._channel.claims.said,
        )
        found = await asyncio.to_thread(self._exchange.collect, end, self._seen)
        lines = [
            ChannelLine(OWN, clock.time(), ev.LogUpdate(content=text, severity="warning")) for text in found.warnings
        ]
        assert found.claim is not None
        n, time = (claim.n, claim.time) if claim is not None else (OWN, clock.time())
        return [*lines, ChannelLine(n, time, found.claim)]

    async def _stopped(self) -> ContainerState | None:
        try:
            if self._channel.claims.over:
                await asyncio.to_thread(self._engine.signal, self._id, "SIGKILL")
            with suppress(EngineUnavailable):
                return await asyncio.to_thread(self._engine.wait, self._id, ENDING)
            await asyncio.to_thread(self._engine.signal, self._id, "SIGKILL")
            return await asyncio.to_thread(self._engine.wait, self._id, ENDING)
        except ExecutionLost:
            return None

    async def cancel(self, grace: float) -> None:
        """Ask the container to end, and kill it after ``grace`` seconds."""
        self._asked_to_end = True
        with suppress(NodetoolError):
            await asyncio.to_thread(self._engine.signal, self._id, "SIGTERM")
            try:
                await asyncio.wait_for(self._over.wait(), grace)
            except TimeoutError:
                await asyncio.to_thread(self._engine.signal, self._id, "SIGKILL")

    async def push_input(self, name: str, value: Any, *, end: bool = False) -> None:
        """Send one more value into an input that was kept open, or end it."""
        if self._over.is_set() or self._socket is None:
            raise InvalidRequest("the job has ended")
        if name not in self.params["pushable"]:
            hint = nearest(name, self.params["pushable"]) or "no input of this job was kept open"
            raise InvalidRequest(f"input {name!r} takes no more values; {hint}")
        data = self._context.values.encode(value)
        await asyncio.to_thread(self._exchange.give_values, data)
        await self._write(json.dumps({"verb": "push_input", "name": name, "value": data, "end": end}).encode())

    async def leave(self) -> None:
        """Let go of a container that goes on without us."""
        self._channel.close()
        await asyncio.to_thread(self._engine.close)

    async def close(self) -> None:
        """End the container if it still runs, and remove it."""
        self._channel.close()
        with suppress(NodetoolError):
            await asyncio.to_thread(self._engine.remove, self._id)
        self._over.set()
        await asyncio.to_thread(self._engine.close)

    def forget(self) -> None:
        """Remove the container and what it left."""
        self._channel.close()
        # In a thread, because nothing may wait for the engine here; what asked it is closed there too.
        threading.Thread(target=_sweep, args=(self._context.folder, self._engine), name="nodetool-sweep").start()

    @classmethod
    def sweep(cls, folder: Path, runtime: Path) -> None:
        """Remove the containers of a job, and their folders, in a thread of its own."""
        threading.Thread(target=_sweep, args=(folder,), name="nodetool-sweep").start()


async def _created(engine: ContainerEngine, container: Container, name: str) -> str:
    """Make a container and return its id; if nobody wants it any more by then, it is removed again."""
    making = asyncio.ensure_future(asyncio.to_thread(engine.create, container.body(), name))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        with suppress(NodetoolError):
            await asyncio.to_thread(engine.remove, await making)
        raise


def _node_ids(folder: Path) -> frozenset[str]:
    """Return the ids of the nodes that a job's container may speak of."""
    graph = find_graph(json.loads((folder / "request.json").read_bytes())["graph"])
    return frozenset(str(node.get("id")) for node in graph.get("nodes") or ())


def _sweep(folder: Path, known: ContainerEngine | None = None) -> None:
    with suppress(NodetoolError), known or ContainerEngine.connect(os.environ) as engine:
        remove_of_job(engine, folder.name)
    with suppress(OSError):
        for attempt in (folder / "attempts").iterdir():
            Folders(attempt).remove()
            attempt.rmdir()
        (folder / "attempts").rmdir()
