"""What every strategy must show: the words that the shared suite says it in.

The suite is in the files ``test_contract_*.py``; each of its tests runs once for each name in :data:`STRATEGIES`,
through the public face and a real manager. What is special about one strategy is in its own file,
``test_<strategy>_job_execution.py``. Nodes say over their job's own events where they are, and wait for its own inputs,
so that they may run anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.events import Event
from nodetool_jupyter.jobs.manager import JobExecutionManager, manager

STRATEGIES = ["threaded", "subprocess", "remote", pytest.param("docker", marks=pytest.mark.docker)]
NEAR = pytest.mark.parametrize("strategy", ["threaded", "subprocess"], indirect=True)
"""For tests whose nodes use files of this machine, or that are about what only processes of one user do."""
PATIENCE = 30.0  # seconds that a test waits for what must happen
nodes: Any = nt.nodes

MakeManager = Callable[..., JobExecutionManager]


class Runner:
    """Submits to one strategy."""

    def __init__(self, strategy: str) -> None:
        self.strategy = strategy

    def submit(self, workflow: Any, inputs: dict[str, Any] | None = None, **options: Any) -> nt.Job:
        return nt.submit(workflow, inputs, strategy=self.strategy, **options)

    def run(self, workflow: Any, inputs: dict[str, Any] | None = None, **options: Any) -> Any:
        return self.submit(workflow, inputs, **options).result(PATIENCE)

    def hold(self, **options: Any) -> nt.Job:
        """Submit a job that runs until :func:`let_go`."""
        number = nodes.input.IntegerInput(name="number")
        flow = nt.Workflow(outputs={"all": nodes.control.Collect(input_item=number)})
        return self.submit(flow, options={"open_input": ["number"]}, **options)


def let_go(job: nt.Job) -> None:
    job.push_input("number", end=True)


def until(job: nt.Job, found: Callable[[Any], bool]) -> Event:
    """Wait for an event of a job and return it."""
    for event in manager().events(job.id, follow=True, timeout=PATIENCE):
        if found(event):
            return event
    raise AssertionError(f"job {job.id} ended without that: {job.status}, {job.error}")


def says(text: str) -> Callable[[Any], bool]:
    return lambda event: event.type == "log_update" and text in event.content


def is_status(*words: str) -> Callable[[Any], bool]:
    return lambda event: event.type == "job_update" and event.status in words


def logged(job: nt.Job) -> list[Any]:
    """Return the lines of a job's log but for those that its owner wrote, such as which image it uses."""
    return [event for event in of_type(job, "log_update") if event.source is not None]


def of_type(job: nt.Job, kind: str) -> list[Any]:
    return [event for event in job.events() if event.type == kind]


def end_of(job: nt.Job) -> tuple[str, str | None]:
    """Wait for the end; returns how and why."""
    return job.wait(PATIENCE).value, job.reason
