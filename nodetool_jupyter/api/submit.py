"""Submitting workflows, finding jobs, and waiting for several: ``nt.submit``, ``nt.run``, ``nt.jobs`` …"""

from __future__ import annotations

import contextlib
import contextvars
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from nodetool_jupyter import clock, interrupts
from nodetool_jupyter.api import failure, options, waiting, workers
from nodetool_jupyter.api.job import Job
from nodetool_jupyter.api.workflow import Workflow, as_workflow
from nodetool_jupyter.engine.resolve import resolve
from nodetool_jupyter.engine.validate import check_params
from nodetool_jupyter.errors import InvalidGraph, InvalidRequest, Issue, JobNotFound
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.nodes.handles import NodeHandle, Slot
from nodetool_jupyter.request import RunJobRequest, parse_duration
from nodetool_jupyter.widgets.outputs import Outputs
from nodetool_jupyter.widgets.table import JobsTable, jobs_html, jobs_text

AnyWorkflow = Workflow | Mapping[str, Any] | str | os.PathLike[str] | NodeHandle | Slot
Duration = float | str
Pairs = Mapping[str, str]
T = TypeVar("T")


def submit(
    workflow: AnyWorkflow,
    inputs: Mapping[str, object] | None = None,
    *,
    strategy: str = "threaded",
    name: str | None = None,
    gpus: int | str | Iterable[int | str] | None = None,
    memory: int | str | None = None,
    cpus: float | None = None,
    timeout: Duration | None = None,
    queue_timeout: Duration | None = None,
    start_timeout: Duration | None = None,
    idle_timeout: Duration | None = None,
    retries: int = 0,
    env: Pairs | None = None,
    secrets: Iterable[str] = (),
    allow: str | Iterable[str] = (),
    image: str | None = None,
    network: bool | None = None,
    sandbox: str | None = None,
    worker: str | None = None,
    node_workers: Pairs | None = None,
    on_owner_exit: str | None = None,
    idempotency_key: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Job:
    """Submit a workflow and return its job at once.

    ``workflow`` is a :class:`Workflow`, a dict, a path, JSON text or a node; ``inputs`` go by the input nodes' names.
    Durations are seconds or ``"10m"``, ``memory`` bytes or ``"4g"``. ``network=True`` gives a container its own,
    ``allow`` permits ``"shell"`` or ``"python"``, ``node_workers`` places nodes by id or type, ``options`` are the
    strategy's. Raises :class:`InvalidGraph` with every fault of the graph, :class:`InvalidRequest` for an option or
    input that cannot be, :class:`Unsupported` for one that the strategy cannot honour. Nothing has been written then.
    """
    given: dict[str, Any] = {"strategy": strategy, "name": name, "gpus": gpus, "memory": memory, "cpus": cpus}
    given |= {"timeout": timeout, "queue_timeout": queue_timeout, "start_timeout": start_timeout, "retries": retries}
    given |= {"idle_timeout": idle_timeout, "env": env, "secrets": tuple(secrets) or None, "allow": allow or None}
    given |= {"image": image, "network": network, "sandbox": sandbox, "worker": worker, "detach": on_owner_exit}
    given |= {"idempotency_key": idempotency_key, "node_workers": node_workers, **(options or {})}
    return start(flow := as_workflow(workflow), request_for(flow, given), inputs)


def run(workflow: AnyWorkflow, inputs: Mapping[str, object] | None = None, **given: Any) -> Outputs:
    """Submit a workflow, wait for its end and return the outputs by name; takes what :func:`submit` takes.

    Raises what :meth:`Job.result` raises. An interrupt cancels the job.
    """
    return submit(workflow, inputs, **given).result()


def request_for(
    flow: Workflow, given: Mapping[str, Any], *, fixed: Mapping[str, Any] | None = None, typed: bool = False
) -> RunJobRequest:
    """Return the request for a workflow with options by their keywords; ``fixed`` are fields of a request file."""
    stands: dict[str, Any] = {"name": flow.name, "strict": flow.strict, "workflow_id": flow.workflow_id}
    stands |= {**(fixed or {}), "graph": flow.bare}
    if flow.image is not None and (given.get("strategy") or stands.get("strategy")) == "docker":
        given = _with_image(flow.image, given, stands.get("options") or {})
    return options.build(stands, given, typed=typed)


def _with_image(image: Any, given: Mapping[str, Any], fixed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return options with the image that a workflow names, unless they name one; raises :class:`InvalidRequest`."""
    if given.get("image") is not None or fixed.get("image") is not None:
        return given
    if not isinstance(image, str) or not image:
        raise InvalidRequest(f"the workflow's image is a name such as lab/gpu:2, or a tag such as :gpu, not {image!r}")
    return {**given, "image": image}


def start(flow: Workflow, request: RunJobRequest, inputs: Mapping[str, object] | None = None) -> Job:
    """Submit a request made by :func:`request_for`; prints of its nodes go where the caller's go."""
    check_inputs(flow, inputs)
    prints = contextvars.copy_context()
    return Job(checked(flow, request, lambda: manager().submit(request, inputs=inputs, prints=prints)), flow)


def check_inputs(flow: Workflow, inputs: Mapping[str, object] | None) -> None:
    """Refuse inputs that the workflow does not have; raises :class:`InvalidRequest` with the nearest name."""
    if inputs:
        check_params(resolve(flow.graph), inputs)


def checked(flow: Workflow, request: RunJobRequest, act: Callable[[], T]) -> T:
    """Do something that judges the workflow's graph; its faults name the lines that the nodes were made in.

    Where types are missing, workers that were never asked are asked what they have, and it is done again.
    """
    try:
        return _informed(flow, request, act)
    except InvalidGraph as error:
        if not flow.lines:
            raise
        raise failure.located(error.issues, flow.lines) from None


def _informed(flow: Workflow, request: RunJobRequest, act: Callable[[], T]) -> T:
    try:
        return act()
    except InvalidGraph as error:
        found = resolve(flow.graph, workers=request.node_workers)
        if len(found.types) == len(flow.graph.nodes):
            raise
        issues = error.issues
    answered, silent = workers.learn()
    if answered:
        try:
            return act()
        except InvalidGraph as error:
            issues = error.issues
    raise InvalidGraph([*issues, *(Issue(said) for said in silent)])


def job(job_id: str) -> Job:
    """Return a job by its id or a unique beginning of it; raises :class:`JobNotFound`."""
    return Job(manager().get(job_id).id)


def jobs(status: str | Iterable[str] | None = None, limit: int | None = 100) -> JobList:
    """Return jobs, newest first; only those with one of the states in ``status``, at most ``limit``."""
    words = [status] if isinstance(status, str) else status
    wanted = None if words is None else [options.status_of(word) for word in words]
    return JobList(Job(record.id) for record in manager().list(wanted, limit))


class JobList(JobsTable):
    """Jobs, shown as a table; in a notebook it follows those that have not ended."""

    def records(self) -> list[JobRecord]:
        """Return what is known about them now; removed ones are left out."""
        found = []
        for one in self:
            with contextlib.suppress(JobNotFound):
                found.append(one.record)
        return found

    def _ipython_display_(self) -> None:
        from nodetool_jupyter.widgets.live_table import show_in_cell

        if not show_in_cell(self.records()):
            raise NotImplementedError  # IPython goes on with the other forms

    def __repr__(self) -> str:
        return jobs_text(self.records())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def _repr_html_(self) -> str:
        return jobs_html(self.records())


def prune(older_than: float | str | None = None, keep: int | None = None) -> int:
    """Remove ended jobs: those that ended longer ago than ``older_than``, all but the newest ``keep``.

    Without either, what the settings NODETOOL_KEEP_JOBS and NODETOOL_KEEP_DAYS say. Returns how many were removed.
    """
    try:
        seconds = parse_duration(older_than)
    except ValueError as error:
        raise InvalidRequest(f"older_than: {error}") from None
    return manager().prune(None if seconds is None else float(str(seconds)), keep)


def gather(jobs: Iterable[Job], timeout: float | None = None) -> list[Outputs]:
    """Wait for all jobs and return their outputs in the same order.

    Raises the first job's error in that order, when all have ended; ``TimeoutError`` when the waiting took longer
    than ``timeout`` seconds. An interrupt cancels all that still run.
    """
    wanted = list(jobs)
    for _ in as_completed(wanted, timeout):
        pass
    return [one.ended_result() for one in wanted]


def as_completed(jobs: Iterable[Job], timeout: float | None = None) -> Iterator[Job]:
    """Yield jobs as they end, whichever way they end; raises ``TimeoutError``. An interrupt cancels the rest."""
    waiting_for = {one.id: one for one in jobs}
    ended: deque[str] = deque()
    told = interrupts.Event()

    def tell(job_id: str) -> None:
        ended.append(job_id)
        told.set()

    deadline = None if timeout is None else clock.monotonic() + timeout
    leave = waiting.end_all(list(waiting_for), tell)
    try:
        while waiting_for:
            left = None if deadline is None else max(0.0, deadline - clock.monotonic())
            told.clear()
            try:
                if not ended and not told.wait(left):
                    raise TimeoutError(f"{len(waiting_for)} jobs have not ended within {timeout:g} s")
            except KeyboardInterrupt:
                if not waiting.stop(waiting_for):
                    raise
                continue
            yield waiting_for.pop(ended.popleft())
    finally:
        leave()
