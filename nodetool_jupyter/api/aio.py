"""Awaitable mirrors of the public functions, for code that runs on an event loop: ``await nt.aio.run(flow)``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from nodetool_jupyter.api import submit as front
from nodetool_jupyter.api import waiting
from nodetool_jupyter.api.job import Job
from nodetool_jupyter.api.submit import AnyWorkflow
from nodetool_jupyter.events import Event
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.states import Status
from nodetool_jupyter.widgets.outputs import Outputs


async def submit(workflow: AnyWorkflow, inputs: Mapping[str, object] | None = None, **given: Any) -> Job:
    """Submit a workflow and return its job; takes what ``nt.submit`` takes."""
    return front.submit(workflow, inputs, **given)


async def run(workflow: AnyWorkflow, inputs: Mapping[str, object] | None = None, **given: Any) -> Outputs:
    """Submit a workflow and return its outputs when it has ended; cancelling this cancels the job."""
    return await front.submit(workflow, inputs, **given)


async def wait(job: Job, timeout: float | None = None) -> Status:
    """Wait for a job's end and return its status; raises ``TimeoutError``, and the job goes on then."""
    async with asyncio.timeout(timeout):
        return (await manager().async_wait(job.id)).status


async def result(job: Job, timeout: float | None = None) -> Outputs:
    """Wait for a job's end and return its outputs, as ``job.result`` does; raises ``TimeoutError``."""
    await wait(job, timeout)
    return job.ended_result()


def events(job: Job, after: int = 0) -> AsyncIterator[Event]:
    """Yield a job's events after number ``after`` and those to come, until its end."""
    return job.aevents(after)


async def gather(jobs: Iterable[Job]) -> list[Outputs]:
    """Wait for all jobs and return their outputs in the same order; raises the first job's error in that order."""
    wanted = list(jobs)
    await asyncio.gather(*(waiting.async_wait(job.id) for job in wanted))
    return [job.ended_result() for job in wanted]


async def as_completed(jobs: Iterable[Job]) -> AsyncIterator[Job]:
    """Yield jobs as they end, whichever way they end."""

    async def one(job: Job) -> Job:
        await waiting.async_wait(job.id)
        return job

    for ended in asyncio.as_completed([one(job) for job in jobs]):
        yield await ended


def job(job_id: str) -> Job:
    """Return a job by its id or a unique beginning of it; raises :class:`JobNotFound`."""
    return front.job(job_id)


def jobs(status: str | Iterable[str] | None = None, limit: int | None = 100) -> list[Job]:
    """Return jobs, newest first."""
    return front.jobs(status, limit)
