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

from nodetool_jupyter import clock, settings
from nodetool_jupyter import events as ev
from nodetool_jupyter.engine.resolve import resolve
from nodetool_jupyter.errors import (
    EngineUnavailable,
    ExecutionLost,
    InvalidRequest,
    NodetoolError,
    Unsupported,
    nearest,
)
from nodetool_jupyter.execution import container_inputs, gpus
from nodetool_jupyter.execution.base import OWN, AttemptContext, ChannelLine, JobExecution
from nodetool_jupyter.execution.container_channel import ContainerChannel
from nodetool_jupyter.execution.container_claims import Claims, Subject
from nodetool_jupyter.execution.container_engine import ContainerEngine, ContainerState
from nodetool_jupyter.execution.container_files import Folders, container_user
from nodetool_jupyter.execution.container_image import check_fits, version
from nodetool_jupyter.execution.container_reaper import JOB, OURS, Maker
from nodetool_jupyter.execution.container_results import collect
from nodetool_jupyter.execution.options import read_options
from nodetool_jupyter.execution.order import Order
from nodetool_jupyter.execution.sandbox import IN, OUT, Container, profile
from nodetool_jupyter.execution.subprocess import DEFINITIONS, Prepared, SubprocessJobExecution, prepare
from nodetool_jupyter.graph import find_graph, read_graph
from nodetool_jupyter.processes import boot_id, start_ticks
from nodetool_jupyter.request import DockerOptions, ResourceLimits, RunJobRequest, SubprocessOptions
from nodetool_jupyter.states import Reason, Status

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
        self._folders = Folders(context.folder / "attempts" / str(context.attempt))
        subject = Subject(
            job_id=context.job_id,
            attempt=context.attempt,
            nodes=_node_ids(context.folder),
            started=params["started"],
            redactor=context.redactor,
        )
        # What the engine kept has lost some line ends; what comes as it is said has not.
        self._channel = ContainerChannel(Claims(subject, after), logged=logged)
        self._before: list[ev.Event] = []  # what is told before the container's own lines
        self._seen: list[Mapping[str, Any]] = []
        self._socket: socket.socket | None = None
        self._asked_to_end = False
        self._ending: asyncio.Task[None] | None = None  # of a job that was to end with its earlier owner
        self._over = asyncio.Event()

    @classmethod
    def check(cls, request: RunJobRequest, earlier: Path | None = None) -> Prepared:
        """Check the graph, the params, the options and the limits, and pack what the notebook defined."""
        options = read_options(DockerOptions, request)
        for name in ("nice", "file_size"):
            if getattr(request.limits, name) is not None:
                raise Unsupported(f"--{name.replace('_', '-')} cannot be kept by the docker strategy; leave it out")
        policy = profile(options.sandbox)
        image = options.image or default_image()
        if not policy.allows_image(image):
            raise InvalidRequest(f"the image {image!r} is not among those that may be run: {', '.join(policy.images)}")
        gpus.choose(request.gpus)
        return prepare(request, options, earlier, shared=False)

    @classmethod
    def keep(cls, prepared: object, folder: Path, secrets: Mapping[str, str]) -> None:
        """Store the notebook's node types with the job, for whoever starts its attempts."""
        SubprocessJobExecution.keep(prepared, folder, secrets)

    @classmethod
    async def start(cls, request: RunJobRequest, context: AttemptContext) -> Self:
        """Make a container, write down which, attach to it, start it, and give it the request."""
        options = read_options(DockerOptions, request)
        engine = await asyncio.to_thread(ContainerEngine.connect, os.environ)
        execution = None
        try:
            container, told = await asyncio.to_thread(_prepare, engine, request, options, context)
            id_ = await _created(engine, container, f"nodetool-{context.job_id}-{context.attempt}")
            params = {"container": id_, "grace": options.grace, "started": clock.time()}
            params["pushable"] = [*options.open_inputs, *_triggers(request)]
            execution = cls(params, engine, context, 0, logged=False)
            execution._before += [ev.LogUpdate(content=text) for text in told]
            context.started(params)
            await execution._open(logs=False)
            await asyncio.to_thread(engine.start, id_)
            await execution._write(_order(request, options, context).dump())
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
        if self._before:
            yield [ChannelLine(OWN, clock.time(), event) for event in self._before]
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
        end = self._judged(said, state)
        found = await asyncio.to_thread(collect, self._context.folder, self._folders.attempt, end, self._seen)
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

    def _judged(self, claim: ev.JobUpdate | None, state: ContainerState | None) -> ev.JobUpdate:
        """Return the end that holds: the container's word, where what the engine says does not speak against it."""
        failed = partial(ev.JobUpdate, status="error")
        if self._ending is not None and (claim is None or claim.status == Status.CANCELLED.value):
            text = "the process that owned it ended"
            return ev.JobUpdate(status="cancelled", reason=Reason.KILLED.value, message=text)
        if state is not None and state.out_of_memory and (claim is None or claim.status != Status.COMPLETED.value):
            return failed(reason=Reason.OUT_OF_MEMORY.value, error="its container used more memory than its limit")
        if claim is not None:
            if claim.status != Status.COMPLETED.value or state is None or state.exit_code == 0:
                return claim
            text = f"its container said that it had completed, and exited with code {state.exit_code}"
            return failed(reason=Reason.KILLED.value, error=text)
        if self._asked_to_end:
            return ev.JobUpdate(status="cancelled", reason=Reason.CANCELLED_BY_USER.value)
        if state is None:
            return failed(reason=Reason.LOST.value, error="its container is not there any more")
        said = "; ".join(self._channel.claims.said)
        text = f"its container exited with code {state.exit_code} before the workflow had ended"
        return failed(reason=Reason.KILLED.value, error=f"{text}: {said}" if said else text)

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
        await asyncio.to_thread(container_inputs.give_values, self._context.folder, data, self._folders.attempt)
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


def default_image() -> str:
    """Return the image that jobs run in unless they name one (DOCKER_IMAGE)."""
    return settings.get("DOCKER_IMAGE") or f"nodetool-jupyter:{version()}-runner"


def _of_runner(options: DockerOptions) -> dict[str, Any]:
    """Return those options that the runner inside keeps itself."""
    return options.model_dump(mode="json", include=set(SubprocessOptions.model_fields), exclude_none=True)


def _prepare(
    engine: ContainerEngine, request: RunJobRequest, options: DockerOptions, context: AttemptContext
) -> tuple[Container, list[str]]:
    """Find the image, make the folders, and say what container is wanted; blocks."""
    ref = options.image or default_image()
    told: list[str] = []
    facts = engine.facts()
    if context.lease is not None and context.lease.gpus:
        facts.check_gpus()
    image = engine.pull(ref, options.pull, on_progress=told.append)
    own = (context.folder / DEFINITIONS).exists()
    check_fits(image, facts.architecture, emulates=facts.emulates, own_functions=own)
    limits = request.limits
    policy = profile(options.sandbox).with_limits(
        memory=limits.memory, cpus=limits.cpus, processes=limits.max_processes, open_files=limits.open_files
    )
    user = policy.user or container_user()
    folders = container_inputs.give(context.folder, request, context.folder / "attempts" / str(context.attempt), user)
    maker = Maker(owner=str(os.getpid()), host=boot_id(), start=str(start_ticks(os.getpid())))
    return Container(
        image=image.id,
        sandbox=policy,
        user=user,
        labels=maker.labels_of(context.job_id, context.attempt),
        given=folders.given,
        left=folders.left,
        gpus=[gpu.uuid for gpu in context.lease.gpus] if context.lease is not None else (),
        environ=request.env,
        log_size=context.log_cap,
    ), told


def _order(request: RunJobRequest, options: DockerOptions, context: AttemptContext) -> Order:
    own = (context.folder / DEFINITIONS).exists()
    inside = {"job_id": context.job_id, "cwd": "", "limits": ResourceLimits.model_validate({}), "interpreter": "python"}
    return Order(
        request=request.model_copy(update=inside),
        attempt=context.attempt,
        folder=OUT,
        given=f"{IN}/values",
        cap=context.log_cap,
        secrets=dict(context.secrets),
        definitions=f"{IN}/{DEFINITIONS}" if own else None,
        gpus=[gpu.index for gpu in context.lease.gpus] if context.lease is not None else [],
        options=_of_runner(options),
        left=context.left,
    )


def _triggers(request: RunJobRequest) -> list[str]:
    """Return the names of the nodes that wait for pushed values, whether or not they were kept open."""
    resolved = resolve(read_graph(find_graph(request.graph)))
    return [resolved.name_of(node) for node, kind in resolved.running() if kind.role == "trigger"]


def _node_ids(folder: Path) -> frozenset[str]:
    """Return the ids of the nodes that a job's container may speak of."""
    graph = json.loads((folder / "request.json").read_bytes()).get("graph") or {}
    graph = graph.get("graph", graph)
    return frozenset(str(node.get("id")) for node in graph.get("nodes") or ())


def _sweep(folder: Path, known: ContainerEngine | None = None) -> None:
    with suppress(NodetoolError), known or ContainerEngine.connect(os.environ) as engine:
        for one in engine.ours({OURS: "runner", JOB: folder.name}):
            engine.remove(one.id)
    with suppress(OSError):
        for attempt in (folder / "attempts").iterdir():
            Folders(attempt).remove()
            attempt.rmdir()
        (folder / "attempts").rmdir()
