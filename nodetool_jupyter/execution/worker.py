"""The process that runs the nodes of one attempt: forked from its guard, alone with the user's code."""

from __future__ import annotations

import asyncio
import atexit
import faulthandler
import json
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from nodetool_jupyter import events as ev
from nodetool_jupyter import faults
from nodetool_jupyter.engine.outcome import Outcome
from nodetool_jupyter.engine.plan import make_plan
from nodetool_jupyter.engine.resolve import resolve_request
from nodetool_jupyter.engine.runner import RunSettings, WorkflowRunner
from nodetool_jupyter.engine.validate import check, check_permissions
from nodetool_jupyter.errors import InvalidGraph, InvalidRequest, NodetoolError
from nodetool_jupyter.execution.container.program import ContainerLauncher
from nodetool_jupyter.execution.order import Order
from nodetool_jupyter.nodes.everywhere import everywhere
from nodetool_jupyter.nodes.placed import WorkerCalls
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Reason, Status
from nodetool_jupyter.tree import RUNNER_ID
from nodetool_jupyter.values import ValueStore

CLAIM, ANSWER = b"!", b"="  # what a line to the guard begins with, if it is no event
CODES = {Status.COMPLETED: 0, Status.CANCELLED: 130}


def _values(order: Order) -> ValueStore:
    """Return where values are read and written; who is given some by another is not believed to pickle."""
    if order.given is None:
        return ValueStore(Path(order.folder, "values"))
    return ValueStore(Path(order.folder, "values"), given=Path(order.given), pickles=False)


def _launcher(order: Order) -> ContainerLauncher | None:
    """Return what starts programs in containers; a job that is in one itself has none."""
    if order.given is not None:
        return None
    data = Path(order.folder).parent.parent if order.socket is not None else None  # nobody owns it
    return ContainerLauncher(order.job_id, order.attempt, order.request.env, data)


def _workers(order: Order) -> WorkerCalls | None:
    """Return what calls nodes on workers, where the graph has such nodes."""
    if not order.ways:
        return None
    from nodetool_jupyter.execution.placed import Job, PlacedCalls, Way

    ways = {name: Way.read(data) for name, data in order.ways.items()}
    job = Job(order.job_id, order.request.workflow_id or None, order.request.user_id or None)
    # With what it takes to leave a worker that is less than the guard gives this process.
    return PlacedCalls(ways, _values(order), job, secrets=order.secrets, grace=order.grace * 0.4)


class Worker:
    """Runs the graph of an order; tells the guard every event, and how it ended."""

    def __init__(self, order: Order, guard: socket.socket) -> None:
        self._order = order
        self._guard = guard
        self._sending = threading.Lock()
        self._runner: WorkflowRunner | None = None
        self._asked_to_stop = False
        self._rest = b""
        self._exit = 1

    def run(self) -> int:
        """Run to the end and return the exit code, which says the same as the claim."""
        try:
            self._prepare()
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
            loop.add_signal_handler(signal.SIGTERM, self._stop)
            loop.run_until_complete(self._run(loop))
        except (InvalidGraph, InvalidRequest) as error:
            reason = Reason.INVALID_GRAPH if isinstance(error, InvalidGraph) else Reason.REJECTED
            self._claim(Outcome(Status.ERROR, reason, str(error)))
        except Exception as error:
            self._claim(Outcome(Status.ERROR, Reason.INTERNAL, f"{type(error).__name__}: {error}"))
        return self._exit

    def _prepare(self) -> None:
        order = self._order
        if order.environ is not None:
            kept = os.environ.get(RUNNER_ID)
            os.environ.clear()
            os.environ.update(order.environ)
            if kept is not None:
                os.environ[RUNNER_ID] = kept
        if order.path is not None:
            sys.path[:] = order.path
        if os.path.isdir(order.request.cwd):  # noqa: PTH112
            os.chdir(order.request.cwd)
        elif order.request.cwd:
            self._log(f"the folder {order.request.cwd} is not there; running in {Path.cwd()}", "warning")
        if order.definitions is not None:
            from nodetool_jupyter.nodes.shipping import unpack

            unpack(Path(order.definitions).read_bytes())

    async def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        order, request = self._order, self._order.request
        everywhere.settle(order.placed)
        resolved = resolve_request(request)
        warnings = check(resolved, strict=request.strict)
        outside = order.given is None  # and not in a container, which has no engine
        check_permissions(resolved, request.allow, launches=outside)
        options = order.known
        if order.gpus and options.gpu_memory is not None:
            from nodetool_jupyter.execution import torch_share

            torch_share.cap(options.gpu_memory)
        settings = RunSettings(
            job_id=order.job_id,
            values=_values(order),
            folder=Path(order.folder),
            params=request.params,
            secrets=order.secrets,
            env=request.env,
            redactor=order.redactor,
            device="cuda:0" if order.gpus else "cpu",
            gpus=tuple(map(str, range(len(order.gpus)))),  # as CUDA counts them here
            fail_fast=options.fail_fast,
            open_inputs=options.open_inputs,
            patience=order.grace + 1.0,  # the guard is the one that loses it
            launcher=_launcher(order),
            workers=_workers(order),
        )
        runner = self._runner = WorkflowRunner(make_plan(resolved, options.open_inputs), settings, self._deliver)
        for warning in warnings:
            runner.face.log(warning.node_id, str(warning), "warning")
        loop.add_reader(self._guard, self._hear)
        if self._asked_to_stop:
            runner.cancel()
        await runner.run()

    def _stop(self) -> None:
        self._asked_to_stop = True
        if self._runner is not None:
            self._runner.cancel()

    # -- to the guard ---------------------------------------------------------------------------------------------

    def _deliver(self, lines: list[tuple[int, float, ev.Event]]) -> None:
        order = self._order
        last = lines[-1][2]
        claim = last if isinstance(last, ev.JobUpdate) and Status(last.status).terminal else None
        parts = [
            ev.dump_unnumbered(event, job_id=order.job_id, attempt=order.attempt, time=time) for _, time, event in lines
        ]
        if claim is not None:
            faults.point("channel.before_claim")
            self._exit = CODES.get(Status(claim.status), 1)
            parts[-1] = CLAIM + parts[-1]
        self._send(b"".join(parts))

    def _log(self, content: str, severity: str) -> None:
        from nodetool_jupyter import clock

        self._deliver([(0, clock.time(), ev.LogUpdate(content=content, severity=severity))])

    def _claim(self, outcome: Outcome) -> None:
        from nodetool_jupyter import clock

        self._deliver([(0, clock.time(), outcome.claim(0.0))])

    def _send(self, data: bytes) -> None:
        with self._sending:
            self._guard.sendall(data)

    # -- from the guard -------------------------------------------------------------------------------------------

    def _hear(self) -> None:
        data = self._guard.recv(1 << 20, socket.MSG_DONTWAIT)
        if not data:
            asyncio.get_running_loop().remove_reader(self._guard)
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._answer(json.loads(line))

    def _answer(self, ask: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"id": ask["id"], "ok": None}
        try:
            assert self._runner is not None
            self._runner.push_input(ask["name"], ask.get("value"), end=bool(ask.get("end")))
        except (NodetoolError, OSError) as error:
            answer = {"id": ask["id"], "error": type(error).__name__, "message": str(error)}
        self._send(ANSWER + json.dumps(answer).encode() + b"\n")


def serve(order: Order, guard: socket.socket) -> NoReturn:
    """Be the worker of an order, in a process that was forked for it; fds 1 and 2 are the pipes to the guard."""
    sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    faulthandler.enable(2)
    code = Worker(order, guard).run()
    # Not through sys.exit: a node's thread that never ends would keep the interpreter from ending.
    with suppress(BaseException):
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    os._exit(code)


def rehearse() -> None:
    """Run a small graph to its end in this process, and tell nobody."""
    nodes = [
        {"id": "a", "type": "nodetool.constant.String", "data": {"value": "ready"}},
        {"id": "b", "type": "nodetool.output.Output", "data": {"name": "result"}},
    ]
    edges = [{"source": "a", "sourceHandle": "output", "target": "b", "targetHandle": "value"}]
    request = RunJobRequest(strategy="subprocess", graph={"nodes": nodes, "edges": edges}, job_id="rehearsal")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Worker(Order.read(Order(request).dump()), theirs).run()
    asyncio.get_event_loop_policy().get_event_loop().close()
    asyncio.set_event_loop(None)
