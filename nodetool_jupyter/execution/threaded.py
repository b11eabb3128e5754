"""The threaded strategy: the graph runs in this process, on an engine thread of its own."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from nodetool_jupyter import clock
from nodetool_jupyter import events as ev
from nodetool_jupyter.engine.outcome import Outcome
from nodetool_jupyter.engine.placing import placements_of
from nodetool_jupyter.engine.plan import Plan, make_plan
from nodetool_jupyter.engine.resolve import resolve_request
from nodetool_jupyter.engine.runner import RunSettings, WorkflowRunner
from nodetool_jupyter.engine.validate import check, check_params, check_permissions
from nodetool_jupyter.errors import InvalidRequest, Issue, Unsupported
from nodetool_jupyter.execution import engine_threads, gpus
from nodetool_jupyter.execution.base import AttemptContext, ChannelLine, JobExecution
from nodetool_jupyter.execution.container.program import ContainerLauncher
from nodetool_jupyter.execution.options import read_options
from nodetool_jupyter.execution.placed import Job, PlacedCalls, Way, find_ways
from nodetool_jupyter.redact import Redactor
from nodetool_jupyter.request import RunJobRequest, ThreadedOptions
from nodetool_jupyter.states import Reason, Status

AT_ONCE = 0.25  # seconds after which a cancelled run that does not answer is ended without it


@dataclass(slots=True)
class Prepared:
    """A request that was checked: its plan, its options, the GPUs it will see, and what is odd about its graph."""

    plan: Plan
    options: ThreadedOptions
    gpus: list[gpus.Gpu]
    warnings: list[Issue]
    secrets: tuple[str, ...] = ()


class ThreadedJobExecution(JobExecution):
    """An attempt in this process.

    A function that blocks cannot be killed: a cancel ends the attempt at once all the same, and what is left of it
    winds down on its own (:attr:`winding_down`).
    """

    strategy: ClassVar[str] = "threaded"
    grace = 0.25  # a thread cannot be forced, only left behind

    def __init__(self, prepared: Prepared, request: RunJobRequest, context: AttemptContext) -> None:
        self.params = {"pid": os.getpid()}
        self._prepared = prepared
        self._request = request
        self._context = context
        self._home = asyncio.get_running_loop()
        self._lines: deque[ChannelLine] = deque()
        self._told = False
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False  # the claim was given, or nothing more will come
        self._gave_up = False  # the claim is ours, because the engine did not answer
        self._last_n = 0
        self._claimed = False
        self._gate = threading.Lock()
        self._runner: WorkflowRunner | None = None
        self._ways: dict[str, Way] = {}
        self._ready = threading.Event()
        self._asked_to_stop = False
        self._began = clock.monotonic()
        self._engine_done = threading.Event()
        self._wound_down: asyncio.Future[None] = self._home.create_future()
        self._exception: BaseException | None = None

    @classmethod
    def check(cls, request: RunJobRequest, earlier: Path | None = None) -> Prepared:
        """Check the graph, the params and the options; refuse limits that a thread cannot keep."""
        limits = [name.replace("_", "-") for name in request.limits.asked()]
        if limits:
            raise Unsupported(
                f"--{limits[0]} cannot be kept by the threaded strategy, which shares this process; "
                "use --strategy subprocess"
            )
        if request.on_owner_exit == "keep":
            raise Unsupported("a threaded job ends with this process; --detach needs --strategy subprocess")
        resolved = resolve_request(request)
        warnings = check(resolved, strict=request.strict)
        check_permissions(resolved, request.allow)
        check_params(resolved, request.params)
        options = read_options(ThreadedOptions, request)
        check_params(resolved, options.open_inputs)
        plan = make_plan(resolved, options.open_inputs)
        return Prepared(plan, options, gpus.choose(request.gpus), warnings, resolved.declared_secrets())

    @classmethod
    def declared_secrets(cls, prepared: object) -> Sequence[str]:
        """Return the names that the graph's nodes declare."""
        assert isinstance(prepared, Prepared)
        return prepared.secrets

    @classmethod
    def local_gpus(cls, request: RunJobRequest) -> list[gpus.Gpu]:
        """Return the GPUs that the request names."""
        return gpus.choose(request.gpus)

    @classmethod
    async def start(cls, request: RunJobRequest, context: AttemptContext) -> Self:
        """Start the graph on an engine thread."""
        known = context.prepared if context.attempt == 1 else None  # a retry plans anew: values may have been changed
        prepared = known if isinstance(known, Prepared) else cls.check(request)
        execution = cls(prepared, request, context)
        names = [one.worker for one in placements_of(prepared.plan)]
        if names:
            data = context.folder.parent.parent
            execution._ways = await asyncio.to_thread(find_ways, names, data, context.secret)
        context.started(execution.params)
        engine_threads.take().run(execution._run)
        return execution

    async def _run(self) -> None:
        """Run the graph; on the engine thread."""
        try:
            runner = self._runner = WorkflowRunner(self._prepared.plan, self._settings(), self._deliver)
            for warning in self._prepared.warnings:
                runner.face.log(warning.node_id, str(warning), "warning")
            self._ready.set()
            if self._asked_to_stop:
                runner.cancel()
            outcome = await runner.run()
            self._exception = outcome.exception
            runner.when_wound_down(self._tell_wound_down)
        except BaseException as error:
            self._fail(error)
        finally:
            self._ready.set()
            self._engine_done.set()
            self._at_home(self._end)

    def _settings(self) -> RunSettings:
        context, prepared, request = self._context, self._prepared, self._request
        chosen = context.lease.gpus if context.lease is not None else prepared.gpus
        placed = [value for way in self._ways.values() for value in way.secrets.values()]
        return RunSettings(
            job_id=context.job_id,
            values=context.values,
            folder=context.folder,
            params=request.params,
            secrets=context.secrets,
            env=request.env,
            redactor=Redactor([*context.secrets.values(), *placed]) if placed else context.redactor,
            device=f"cuda:{chosen[0].index}" if chosen else "cpu",
            gpus=tuple(str(gpu.index) for gpu in chosen),
            fail_fast=prepared.options.fail_fast,
            open_inputs=prepared.options.open_inputs,
            prints=context.prints,
            launcher=ContainerLauncher(context.job_id, context.attempt, request.env, context.folder.parent.parent),
            workers=self._workers() if self._ways else None,
        )

    def _workers(self) -> PlacedCalls:
        job = Job(self._context.job_id, self._request.workflow_id or None, self._request.user_id or None)
        return PlacedCalls(self._ways, self._context.values, job, secrets=self._context.secrets, grace=AT_ONCE)

    def _fail(self, error: BaseException) -> None:
        if not self._claimed:
            self._exception = error
            claim = Outcome(Status.ERROR, Reason.INTERNAL, f"{type(error).__name__}: {error}").claim(0.0)
            self._deliver([(self._last_n + 1, clock.time(), claim)])
        self._tell_wound_down()

    def _deliver(self, lines: list[tuple[int, float, ev.Event]]) -> None:
        """Take lines from the engine thread; what comes after a claim is dropped."""
        with self._gate:
            if self._claimed:
                return
            self._last_n = lines[-1][0]
            self._claimed = ev.ends(lines[-1][2])
            self._lines.extend([ChannelLine(n, time, event) for n, time, event in lines])
        if not self._told:
            self._told = True
            self._at_home(self._wake)

    def _wake(self) -> None:
        self._told = False
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _end(self) -> None:
        self._ended = True
        self._wake()

    async def channel(self) -> AsyncIterator[list[ChannelLine]]:
        """Yield the run's lines as they come; end when its claim has been given."""
        while True:
            if self._lines:
                batch = list(self._lines)
                self._lines.clear()
                self._ended |= ev.ends(batch[-1].event)
                yield batch
            elif self._ended:
                return
            else:
                self._waiter = self._home.create_future()
                try:
                    await self._waiter
                finally:
                    self._waiter = None

    async def cancel(self, grace: float) -> None:
        """Stop the run; when its engine does not answer, because a node blocks it, end the attempt without it."""
        if self._ended:
            return
        self._asked_to_stop = True
        if self._runner is not None:
            self._runner.cancel()
        self._home.call_later(min(grace, AT_ONCE) + 0.5, self._give_up)

    def _give_up(self) -> None:
        if self._claimed or self._engine_done.is_set():
            return
        self._gave_up = True
        log = ev.LogUpdate(content="a node blocks the engine's thread, which still winds down", severity="warning")
        claim = Outcome(Status.CANCELLED, Reason.CANCELLED_BY_USER).claim(clock.monotonic() - self._began)
        n, time = self._last_n, clock.time()
        self._deliver([(n + 1, time, log), (n + 2, time, claim)])
        self._end()

    async def push_input(self, name: str, value: Any, *, end: bool = False) -> None:
        """Send one more value into an input that was kept open, or end it."""
        if self._runner is None:
            await asyncio.to_thread(self._ready.wait)
        if self._runner is None or self._claimed:
            raise InvalidRequest("the job has ended")
        self._runner.push_input(name, value, end=end)

    async def close(self) -> None:
        """Stop the run if it still runs."""
        if not self._ended:
            await self.cancel(0.0)

    @property
    def winding_down(self) -> bool:
        """Whether a function of the ended attempt still runs."""
        if self._gave_up and not self._engine_done.is_set():
            return True
        return self._ended and self._runner is not None and bool(self._runner.winding_down)

    async def wound_down(self) -> None:
        """Wait until nothing of the attempt runs any more."""
        await asyncio.shield(self._wound_down)

    def _tell_wound_down(self) -> None:
        self._at_home(self._set_wound_down)

    def _at_home(self, call: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the manager's loop is closed, and nobody waits there
            self._home.call_soon_threadsafe(call)

    def _set_wound_down(self) -> None:
        if not self._wound_down.done():
            self._wound_down.set_result(None)

    @property
    def exception(self) -> BaseException | None:
        """The exception of the node that failed."""
        # The claim is heard before the engine's thread has returned from the run.
        return self._exception or (self._runner.exception if self._runner is not None else None)
