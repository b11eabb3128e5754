"""The subprocess strategy: the graph runs in a process of its own, which outlives the kernel that started it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from nodetool_jupyter import events as ev
from nodetool_jupyter import faults, settings, tree
from nodetool_jupyter.engine.plan import make_plan
from nodetool_jupyter.engine.resolve import resolve_request
from nodetool_jupyter.engine.validate import check, check_params, check_permissions
from nodetool_jupyter.errors import InvalidGraph, InvalidRequest, NeverRan
from nodetool_jupyter.execution import gpus, runner_socket, spares
from nodetool_jupyter.execution.base import AttemptContext, ChannelLine, JobExecution
from nodetool_jupyter.execution.cgroups import find_cgroup
from nodetool_jupyter.execution.channel_reader import ChannelFile
from nodetool_jupyter.execution.exits import Exit, reap_children
from nodetool_jupyter.execution.guard import UNWRITABLE
from nodetool_jupyter.execution.limits import check_limits
from nodetool_jupyter.execution.options import read_options
from nodetool_jupyter.execution.order import Order, cage_name
from nodetool_jupyter.execution.placed import Placed, find_placed
from nodetool_jupyter.files import private_opener
from nodetool_jupyter.nodes.shipping import pack
from nodetool_jupyter.processes import boot_id, pid_namespace, send, signal_name, start_ticks
from nodetool_jupyter.redact import SHORTEST, looks_secret, scrub_environ
from nodetool_jupyter.request import RunJobRequest, SubprocessOptions
from nodetool_jupyter.states import Reason

DEFINITIONS = "notebook.pkl"  # in the job's folder: the node types that its notebook defined
START_TIME = 60.0  # seconds that a runner may take to listen


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that was checked: the notebook's own node types, packed, and the options."""

    definitions: bytes | None
    options: SubprocessOptions
    secrets: tuple[str, ...] = ()


class SubprocessJobExecution(JobExecution):
    """An attempt in a process of its own; this object only reads its channel and speaks to its guard."""

    strategy: ClassVar[str] = "subprocess"

    def __init__(self, params: dict[str, Any], context: AttemptContext, after: int, exit_: Exit | None) -> None:
        self.params = params
        self.grace = params.get("grace", self.grace)
        self._context = context
        self._exit = exit_
        name = f"{context.job_id}.{context.attempt}"
        self._folder = context.folder / "attempts" / str(context.attempt)
        self._socket = context.runtime / "runners" / f"{name}.sock"
        self._bell = context.runtime / "runners" / f"{name}.bell"
        self._channel = self._folder / "out" / "channel.jsonl"
        self._reader = ChannelFile(self._channel, self._bell, after, masked=bool(context.redactor))
        self._claimed = False
        self._runner: spares.Runner | None = None
        self._out_of_reach = False

    @classmethod
    def check(cls, request: RunJobRequest, earlier: Path | None = None) -> Prepared:
        """Check the graph, the params, the options and the limits, and pack what the notebook defined.

        Node types of a notebook that has ended are taken from the job that this one is to try again; whether the graph
        fits them is for the runner to see.
        """
        options = read_options(SubprocessOptions, request)
        check_limits(request.limits)
        gpus.choose(request.gpus)
        return prepare(request, options, earlier)

    @classmethod
    def local_gpus(cls, request: RunJobRequest) -> list[gpus.Gpu]:
        """Return the GPUs that the request names."""
        return gpus.choose(request.gpus)

    @classmethod
    def declared_secrets(cls, prepared: object) -> Sequence[str]:
        """Return the names that the graph's nodes declare; a job tried again has them in its request."""
        assert isinstance(prepared, Prepared)
        return prepared.secrets

    @classmethod
    def keep(cls, prepared: object, folder: Path, secrets: Mapping[str, str]) -> None:
        """Store the notebook's node types with the job, for whoever starts its attempts.

        Raises :class:`InvalidRequest` when one of them holds the value of a secret.
        """
        if isinstance(prepared, Prepared) and prepared.definitions is not None:
            _check_free_of(prepared.definitions, secrets)
            with open(folder / DEFINITIONS, "xb", opener=private_opener) as file:
                file.write(prepared.definitions)

    @classmethod
    async def start(cls, request: RunJobRequest, context: AttemptContext) -> Self:
        """Take a runner, write down which, and give it the request."""
        loop = asyncio.get_running_loop()
        runner = await spares.of(loop).take(request.interpreter)
        identity = {"pid": runner.pid, "ticks": runner.ticks, **_here()}
        grace = SubprocessOptions.model_validate(request.options).grace
        params = {**identity, "runner": runner.runner_id, "grace": grace}
        execution = cls(params, context, 0, Exit(loop, runner.pid, runner.ticks, own=True))
        execution._runner = runner
        try:
            for folder in (execution._folder.parent, execution._folder, execution._channel.parent):
                folder.mkdir(mode=0o700, exist_ok=True)
            execution._reader.open(loop)
            context.started(params)
            faults.point("attempt.before_request")
            placed = await asyncio.to_thread(find_placed, request, context)
            order = execution._order(request, placed)
            descriptors = context.lease.descriptors if context.lease is not None else ()
            await asyncio.shield(asyncio.to_thread(_send, runner, order.dump(), descriptors))
        except BaseException:
            await execution.close()  # it may have its request by now
            await asyncio.to_thread(execution._kill_leftovers)  # of an interpreter that never became a guard
            raise
        return execution

    def _order(self, request: RunJobRequest, placed: Placed) -> Order:
        context = self._context
        around = {**os.environ, **settings.chosen()}
        environ = {**scrub_environ(around, [*context.secrets.values(), *placed.secrets]), **request.env}
        if context.lease is not None:
            environ |= gpus.visible(context.lease.gpus)
        definitions = context.folder / DEFINITIONS
        return Order(
            request=request.model_copy(update={"job_id": context.job_id}),
            attempt=context.attempt,
            folder=str(context.folder),
            channel=str(self._channel),
            socket=str(self._socket),
            bell=str(self._bell),
            cap=context.log_cap,
            secrets=dict(context.secrets),
            placed=placed.types,
            ways={name: way.dump() for name, way in placed.ways.items()},
            environ=environ,
            path=spares.text_path(),
            definitions=str(definitions) if definitions.exists() else None,
            gpus=[gpu.index for gpu in context.gpus],
            options=SubprocessOptions.model_validate(request.options).model_dump(mode="json"),
            left=context.left,
            owner=context.owner,
        )

    @classmethod
    async def attach(cls, params: dict[str, Any], after_n: int, context: AttemptContext) -> Self:
        """Go on with a runner that another owner started; what it has told is in its channel, wherever it ran."""
        loop, here = asyncio.get_running_loop(), _here()
        near = all(params.get(name) == here[name] for name in here)
        execution = cls(params, context, after_n, Exit(loop, params["pid"], params["ticks"]) if near else None)
        # On an earlier boot of this machine whatever ran has ended; elsewhere it may run on, and never be heard again.
        execution._out_of_reach = not near and (
            params.get("host") != here["host"] or params.get("boot") == here["boot"]
        )
        execution._reader.open(loop)
        if execution._running and context.owner is not None:
            with suppress(OSError, InvalidRequest):
                await runner_socket.ask(execution._socket, "owner", pid=context.owner[0], ticks=context.owner[1])
        return execution

    @property
    def _running(self) -> bool:
        return self._exit is not None and not self._exit.happened.is_set() and not self._claimed

    async def channel(self) -> AsyncIterator[list[ChannelLine]]:
        """Yield the runner's lines as its guard writes them; end with its claim, or when its guard has ended.

        The guard writes the claim as its last act, when it has seen the worker and all that it started end.
        """
        ended = asyncio.ensure_future(self._exit.happened.wait()) if self._exit is not None else None
        if ended is not None:
            ended.add_done_callback(lambda _: self._reader.ring())
        try:
            while not self._claimed:
                running = self._running  # asked first: what was written before the end is read after it
                lines = self._reader.read()
                if lines:
                    self._claimed = ev.ends(lines[-1].event)
                    yield lines
                elif running:
                    await self._reader.rung()
                else:
                    break
        finally:
            if ended is not None:
                ended.cancel()
        if not self._claimed:
            yield [await self._account()]

    async def _account(self) -> ChannelLine:
        """Say how it ended, since its guard could not; nothing of it runs here then."""
        if self._out_of_reach:
            text = f"its runner is on {self.params.get('host')} or in another container, out of reach from here"
            return self._reader.next(ev.JobUpdate(status="error", reason=Reason.LOST.value, error=text))
        killed = await asyncio.to_thread(self._kill_leftovers)
        if self._exit is not None and self._runner is None and not self._channel.exists():
            raise NeverRan("its owner ended before its runner had its request")  # on this boot, so no file was lost
        said = await asyncio.to_thread(self._runner.said) if self._runner is not None else ""
        code = self._exit.code if self._exit is not None else None
        return self._reader.next(_lost(code, said, killed))

    async def cancel(self, grace: float) -> None:
        """Let the guard ask the tree to end and then force it; a guard that does not listen is asked by a signal."""
        if not self._running:
            return
        assert self._exit is not None
        try:
            async with asyncio.timeout(grace + 1.0):  # a guard that is stopped does not even answer
                try:
                    await runner_socket.ask(self._socket, "cancel", grace=grace)
                except (OSError, InvalidRequest):
                    self._exit_signal()
                await self._exit.happened.wait()
        except TimeoutError:
            await asyncio.to_thread(self._kill_leftovers)

    def _kill_leftovers(self) -> int:
        """End everything of the attempt without its guard; returns how many processes that were."""
        killed = tree.kill_leftovers(self.params["runner"], self.params["ticks"])
        group = find_cgroup(cage_name(self._context.job_id, self._context.attempt, self.params["pid"]))
        if group is not None:
            killed += len(group.pids())
            group.kill()
            group.close()
        return killed

    def _exit_signal(self) -> None:
        if self._exit is not None and self._exit.pidfd >= 0:
            send(self._exit.pidfd, signal.SIGTERM)
        elif self._running and start_ticks(self.params["pid"]) == self.params["ticks"]:
            os.kill(self.params["pid"], signal.SIGTERM)

    async def push_input(self, name: str, value: Any, *, end: bool = False) -> None:
        """Send one more value into an input that was kept open, or end it."""
        if not self._running:
            raise InvalidRequest("the job has ended")
        args = {"name": name, "value": self._context.values.encode(value), "end": end}
        try:
            try:
                await runner_socket.ask(self._socket, "push_input", **args)
            except (FileNotFoundError, ConnectionRefusedError):
                async with asyncio.timeout(START_TIME):  # it has just been started
                    await self._reader.heard()
                await runner_socket.ask(self._socket, "push_input", **args)
        except OSError as error:  # TimeoutError is one
            raise InvalidRequest(f"the job takes no input any more: {error}") from None

    async def leave(self) -> None:
        """Let go of a runner that goes on without us."""
        if self._exit is not None:
            self._exit.leave()
        self._let_go()

    async def close(self) -> None:
        """End the runner if it still runs, and let go of it."""
        if self._running:
            await self.cancel(0.0)
        self._let_go()

    def _let_go(self) -> None:
        self._reader.close()
        if self._exit is not None:
            self._exit.release()
        if self._runner is not None:
            self._runner.dismiss()

    def forget(self) -> None:
        """Remove what the attempt left: its channel, which is in the log by now, and its sockets."""
        self.sweep(self._context.folder, self._context.runtime)

    @classmethod
    def sweep(cls, folder: Path, runtime: Path) -> None:
        """Remove what all attempts at a job left: one whose owner died early may not have been forgotten."""
        shutil.rmtree(folder / "attempts", ignore_errors=True)
        with suppress(OSError):  # somebody may have removed the whole folder
            for path in (runtime / "runners").iterdir():
                if path.name.rsplit(".", 2)[0] == folder.name:
                    path.unlink(missing_ok=True)

    @classmethod
    def shut_down(cls, loop: asyncio.AbstractEventLoop) -> None:
        """Let the spare runners of a loop go, and wait for those that are just ending."""
        spares.close(loop)
        reap_children(loop)


def _send(runner: spares.Runner, order: bytes, descriptors: Sequence[int]) -> None:
    with suppress(OSError):  # its end is told by the channel
        runner.send(order, descriptors)


def prepare(
    request: RunJobRequest,
    options: SubprocessOptions,
    earlier: Path | None,
    *,
    shared: bool = True,
    launches: bool = True,
) -> Prepared:
    """Check a request's graph, and pack those of its node types that only this process knows.

    ``shared`` says that the runner has the files of this process, ``launches`` that its nodes can start containers;
    ``earlier`` as in :meth:`JobExecution.check`.
    """
    try:
        return _checked(request, options, shared=shared, launches=launches)
    except InvalidGraph:
        file = earlier / DEFINITIONS if earlier is not None else None
        if file is None or not file.exists():
            raise
        return Prepared(file.read_bytes(), options)


def _checked(request: RunJobRequest, options: SubprocessOptions, *, shared: bool, launches: bool) -> Prepared:
    resolved = resolve_request(request)
    check(resolved, strict=request.strict)
    check_permissions(resolved, request.allow, launches=launches)
    check_params(resolved, request.params)
    check_params(resolved, options.open_inputs)
    make_plan(resolved, options.open_inputs)
    packed = pack((kind for _, kind in resolved.running()), shared=shared)
    return Prepared(packed, options, resolved.declared_secrets())


def _here() -> dict[str, str]:
    """Return where pids mean something: this host, this boot of it, this pid namespace."""
    return {"host": socket.gethostname(), "boot": boot_id(), "namespace": pid_namespace()}


def _check_free_of(definitions: bytes, secrets: Mapping[str, str]) -> None:
    """Refuse definitions that hold a secret's value; they are stored with the job."""
    around = {name: value for name, value in os.environ.items() if looks_secret(name)}
    for name, value in {**around, **secrets}.items():
        if len(value) >= SHORTEST and value.encode("utf-8", "surrogateescape") in definitions:
            raise InvalidRequest(
                f"a function of the notebook holds the value of the secret {name!r}, and would be stored with the job: "
                f"submit with secrets=[{name!r}] and read it with ctx.secret({name!r}) inside the function"
            )


def _lost(code: int | None, said: str, killed: int) -> ev.JobUpdate:
    """Return the end of an attempt whose guard could not tell one."""
    if code == UNWRITABLE:
        reason, text = Reason.INTERNAL, "its runner could not write its channel; is the disk full?"
    elif code is not None and code < 0:
        reason, text = Reason.KILLED, f"its runner was ended by {signal_name(-code)}"
    elif code:
        reason, text = Reason.INTERNAL, f"its runner exited with code {code}"
    else:
        reason, text = Reason.LOST, "its runner ended without saying how the job went"
    if killed:
        text += f"; {killed} of its processes were still there and were ended"
    if said:
        text += f": {said.splitlines()[-1]}"
    return ev.JobUpdate(status="error", reason=reason.value, error=text, traceback=said or None)
