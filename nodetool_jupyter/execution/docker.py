"""The docker strategy: the graph runs in a container of its own, of which nothing is believed that was not checked."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

from nodetool_jupyter import clock
from nodetool_jupyter import events as ev
from nodetool_jupyter.errors import EngineUnavailable, InvalidRequest, NeverRan, NodetoolError, nearest
from nodetool_jupyter.execution import gpus
from nodetool_jupyter.execution.base import OWN, AttemptContext, ChannelLine, JobExecution
from nodetool_jupyter.execution.container import gpu_use
from nodetool_jupyter.execution.container.aside import aside
from nodetool_jupyter.execution.container.claims import Claims, Subject
from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.execution.container.exchange import exchange_of
from nodetool_jupyter.execution.container.files import Folders
from nodetool_jupyter.execution.container.lifeline import Lifeline, while_away
from nodetool_jupyter.execution.container.making import make, unmake
from nodetool_jupyter.execution.container.plan import Plan
from nodetool_jupyter.execution.container.preview import preview
from nodetool_jupyter.execution.container.quota import SAMPLER, Quota
from nodetool_jupyter.execution.container.reaper import home_name, reap, remove_of_job
from nodetool_jupyter.execution.container.undo import make_or_undo
from nodetool_jupyter.execution.container.verdict import judge
from nodetool_jupyter.execution.subprocess import Prepared, SubprocessJobExecution, prepare
from nodetool_jupyter.graph import find_graph
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Reason


class DockerJobExecution(JobExecution):
    """An attempt in a container; every call of the engine is made in a thread."""

    strategy: ClassVar[str] = "docker"

    def __init__(
        self, params: dict[str, Any], engine: ContainerEngine, context: AttemptContext, after: int, *, adopted: bool
    ) -> None:
        self.params = params
        self.grace = params.get("grace", self.grace)
        self._engine = engine
        self._context = context
        self._exchange = exchange_of(engine, context.folder, context.attempt)
        subject = Subject(
            job_id=context.job_id,
            attempt=context.attempt,
            nodes=_node_ids(context.folder),
            started=params["started"],
            redactor=context.redactor,
        )
        left = Folders.of(context.folder, context.attempt).left
        self._line = Lifeline(engine, self._id, Claims(subject, after), left, context.log_cap, context.tell)
        self._adopted = adopted
        self._never_ran: NeverRan | None = None
        self._seen: list[Mapping[str, Any]] = []
        self._asked_to_end = False
        self._ending: asyncio.Task[None] | None = None  # of a job that was to end with its earlier owner
        self._quota: Quota | None = None
        self._over = asyncio.Event()

    @classmethod
    def check(cls, request: RunJobRequest, earlier: Path | None = None) -> Prepared:
        """Check the graph, the params, the options and the limits, and pack what the notebook defined."""
        plan = Plan.of(request)
        plan.check_workers()
        if gpu_use.is_local(os.environ):
            gpus.choose(request.gpus)
        return prepare(request, plan.options, earlier, shared=False, launches=False)

    @classmethod
    def preview(cls, request: RunJobRequest) -> str:
        """Return what the engine will be asked, and what only the engine can know."""
        return preview(Plan.of(request))

    @classmethod
    def declared_secrets(cls, prepared: object) -> Sequence[str]:
        """Return the names that the graph's nodes declare."""
        return SubprocessJobExecution.declared_secrets(prepared)

    @classmethod
    def keep(cls, prepared: object, folder: Path, secrets: Mapping[str, str]) -> None:
        """Store the notebook's node types with the job, for whoever starts its attempts."""
        SubprocessJobExecution.keep(prepared, folder, secrets)

    @classmethod
    def local_gpus(cls, request: RunJobRequest) -> list[gpus.Gpu]:
        """Return the GPUs that the request names; an engine elsewhere has its own, of which nobody here has a lease."""
        if not gpu_use.is_local(os.environ):
            return []
        chosen = gpus.choose(request.gpus)
        with ContainerEngine.connect(os.environ) as engine:  # before a long wait for what it could not give
            engine.facts().check_gpus()
        return chosen

    @classmethod
    async def start(cls, request: RunJobRequest, context: AttemptContext) -> Self:
        """Make a container, write down which, attach to it, start it, and give it the request."""
        plan = await aside(Plan.of, request)  # it looks at folders, which may be elsewhere and slow
        engine = await make_or_undo(partial(ContainerEngine.connect, os.environ), ContainerEngine.close)
        execution = None
        try:
            exchange = exchange_of(engine, context.folder, context.attempt)
            clear = partial(_clear, context.folder, context.attempt)
            planning = partial(plan.container, engine, context, exchange)
            container = await make_or_undo(planning, lambda _: clear(), 0.0)  # it may copy much, or fetch an image
            made = await make_or_undo(partial(make, engine, container, context), partial(unmake, engine))
            params: dict[str, Any] = {**made, "grace": plan.options.grace, "started": clock.time()}
            params["pushable"] = plan.pushable()
            params["engine"] = dict(engine.environ)
            params["disk"] = plan.sandbox.disk
            execution = cls(params, engine, context, 0, adopted=False)
            execution._exchange = exchange
            context.started(params)
            await aside(exchange.send, made["container"])
            await execution._line.begin()
            execution._watch_disk()
            await aside(engine.start, made["container"])
            order = await aside(plan.order, context)
            await execution._line.write(order.dump())
        except BaseException:
            if execution is not None:
                await asyncio.shield(execution.close())
            else:
                await aside(engine.close)
            # Nobody knows of this attempt, and so nobody else would.
            await asyncio.shield(aside(_clear, context.folder, context.attempt))
            raise
        return execution

    @classmethod
    async def attach(cls, params: dict[str, Any], after_n: int, context: AttemptContext) -> Self:
        """Go on with a container that another owner started; the engine has kept what it told."""
        # The engine that the container is on, which need not be the one that is named here and now.
        named = {**os.environ, **params.get("engine", {})}
        engine, _ = await while_away(lambda: ContainerEngine.connect(named), context.tell, lambda: True)
        execution = cls(params, engine, context, after_n, adopted=True)
        try:
            await execution._line.join()
        except NeverRan as fault:
            execution._never_ran = fault  # told by its channel, so that it is closed before it begins anew
        except BaseException:
            await aside(engine.close)
            raise
        execution._watch_disk()
        if context.owner is not None:  # nobody inside could see that owner's end
            execution._ending = asyncio.ensure_future(execution.cancel(execution.grace))
        return execution

    def _watch_disk(self) -> None:
        """Keep the container from taking too much disk, where what it leaves is a folder of this host's."""
        if not self._engine.remote:
            left = Folders.of(self._context.folder, self._context.attempt).left
            self._quota = Quota(left, self.params["disk"], partial(self._engine.signal, self._id, "SIGKILL"))
            SAMPLER.watch(self._quota)

    @property
    def _id(self) -> str:
        return str(self.params["container"])

    async def channel(self) -> AsyncIterator[list[ChannelLine]]:
        """Yield the container's lines as they were checked; its end comes when it has stopped and left its results."""
        if self._never_ran is not None:
            raise self._never_ran
        claim: ChannelLine | None = None
        try:
            async for lines in self._line.lines():
                if ev.ends(lines[-1].event):
                    claim = lines.pop()
                for line in lines:
                    self._look(line.event)
                if lines:
                    yield lines
            end = await self._account(claim)
        except EngineUnavailable as error:  # it was waited for
            end = [_own(ev.JobUpdate(status="error", reason=Reason.ENGINE_UNAVAILABLE.value, error=str(error)))]
        yield end

    def _look(self, event: ev.Event) -> None:
        """Note the files that an event names; they are taken when the container has stopped."""
        if isinstance(event, (ev.OutputUpdate, ev.PreviewUpdate, ev.BinaryUpdate)):
            self._seen += self._context.values.references(event.value)

    async def _account(self, claim: ChannelLine | None) -> list[ChannelLine]:
        """Wait for the container's end, take its results, and say how it ended."""
        state = await self._line.stopped()
        self._over.set()
        if claim is None and state is not None and self._may_begin_anew and not await aside(self._line.has_spoken):
            raise NeverRan("its container was never given its request")
        said = claim.event if claim is not None and isinstance(claim.event, ev.JobUpdate) else None
        excess = await aside(SAMPLER.settle, self._quota) if self._quota is not None else None
        end = judge(
            said,
            state,
            disk=self.params["disk"],
            excess=excess,
            asked_to_end=self._asked_to_end,
            owner_ended=self._ending is not None,
            interrupted=self._line.absences > 0,
            silent=self._line.silent,
            spoke=self._line.channel.claims.n > 0,
            said=self._line.channel.claims.said,
        )
        found = await aside(self._exchange.collect, self._id, end, [] if excess else self._seen)
        lines = [
            ChannelLine(OWN, clock.time(), ev.LogUpdate(content=text, severity="warning")) for text in found.warnings
        ]
        assert found.claim is not None
        n, time = (claim.n, claim.time) if claim is not None else (OWN, clock.time())
        return [*lines, ChannelLine(n, time, found.claim)]

    @property
    def _may_begin_anew(self) -> bool:
        """Whether its request may have been lost on the way: with an owner that died then, or with the engine."""
        lost = self._adopted or (self._line.absences > 0 and self._context.owner is None)
        return lost and not self._asked_to_end

    async def cancel(self, grace: float) -> None:
        """Ask the container to end, and kill it after ``grace`` seconds; an engine that is away is waited for."""
        self._asked_to_end = True
        with suppress(NodetoolError):
            await self._line.ask(self._engine.signal, self._id, "SIGTERM")
            try:
                await asyncio.wait_for(self._over.wait(), grace)
            except TimeoutError:
                await self._line.ask(self._engine.signal, self._id, "SIGKILL")

    async def push_input(self, name: str, value: Any, *, end: bool = False) -> None:
        """Send one more value into an input that was kept open, or end it."""
        if self._over.is_set():
            raise InvalidRequest("the job has ended")
        if name not in self.params["pushable"]:
            hint = nearest(name, self.params["pushable"]) or "no input of this job was kept open"
            raise InvalidRequest(f"input {name!r} takes no more values; {hint}")
        data = self._context.values.encode(value)
        await aside(self._exchange.give_values, self._id, data)
        command = {"verb": "push_input", "name": name, "value": data, "end": end}
        if not await self._line.write(json.dumps(command).encode()):
            raise InvalidRequest("the job takes no input just now: the Docker engine does not answer, or it has ended")

    async def leave(self) -> None:
        """Let go of a container that goes on without us."""
        SAMPLER.drop(self._quota)
        self._line.close()
        await aside(self._engine.close)

    async def close(self) -> None:
        """End the container if it still runs, and remove it."""
        SAMPLER.drop(self._quota)
        self._line.close()
        self._exchange.stop()
        with suppress(NodetoolError):
            await aside(unmake, self._engine, self.params)
        self._over.set()
        await aside(self._engine.close)

    def forget(self) -> None:
        """Remove the container and what it left."""
        self._line.close()
        # In a thread, because nothing may wait for the engine here; what asked it is closed there too.
        context = self._context
        sweeping = (context.folder, self._engine, context.attempt)
        threading.Thread(target=_sweep, args=sweeping, name="nodetool-sweep").start()

    @classmethod
    def sweep(cls, folder: Path, runtime: Path) -> None:
        """Remove the containers of a job, and their folders, in a thread of its own."""
        threading.Thread(target=_sweep, args=(folder,), name="nodetool-sweep").start()

    @classmethod
    def tidy(cls, data: Path, has_ended: Callable[[str], bool | None]) -> None:
        """Remove the containers of ended and removed jobs whose maker died before it had removed them."""
        home = home_name(data)
        if home is None or (gpu_use.is_local(os.environ) and not gpu_use.can_ask(os.environ)):
            return
        with suppress(EngineUnavailable), ContainerEngine.connect(os.environ) as engine:
            reap(engine, home, has_ended)


def _own(event: ev.Event) -> ChannelLine:
    return ChannelLine(OWN, clock.time(), event)


def _node_ids(folder: Path) -> frozenset[str]:
    """Return the ids of the nodes that a job's container may speak of."""
    graph = find_graph(json.loads((folder / "request.json").read_bytes())["graph"])
    return frozenset(str(node.get("id")) for node in graph.get("nodes") or ())


def _sweep(folder: Path, known: ContainerEngine | None = None, attempt: int | None = None) -> None:
    """Remove what one attempt left, or all; another may have begun meanwhile."""
    with suppress(NodetoolError), known or ContainerEngine.connect(os.environ) as engine:
        remove_of_job(engine, folder.name, attempt)
    with suppress(OSError):
        for name in os.listdir(folder / "attempts") if attempt is None else [str(attempt)]:  # noqa: PTH208
            _clear(folder, name)


def _clear(job: Path, attempt: int | str) -> None:
    """Remove the folders of an attempt."""
    folders = Folders.of(job, attempt)
    with suppress(OSError):
        folders.remove()
        folders.attempt.rmdir()
        folders.attempt.parent.rmdir()  # unless there are others
