"""Where jobs wait for the GPUs that they asked for, before they wait for a slot."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from pydantic import TypeAdapter

from nodetool_jupyter.errors import EngineUnavailable, GpuUnavailable, InvalidRequest, StorageError
from nodetool_jupyter.events import JobUpdate, LogUpdate
from nodetool_jupyter.execution.base import find_strategy
from nodetool_jupyter.execution.container import gpu_use
from nodetool_jupyter.execution.container.aside import aside
from nodetool_jupyter.execution.gpus import Gpu
from nodetool_jupyter.execution.leases import GpuLease, table
from nodetool_jupyter.jobs.desk import Desk
from nodetool_jupyter.jobs.live import End, LiveJob
from nodetool_jupyter.jobs.waiting import count_no_more
from nodetool_jupyter.states import Reason

ENGINE = 5.0  # seconds that the Docker engine may take to say which containers have GPUs
_flag = TypeAdapter(bool)


async def take_gpus(desk: Desk, job: LiveJob) -> End | None:
    """Wait until a job has the GPUs it asked for, as ``job.lease``; its log says why it waits.

    Returns the job's end when it cannot have them. A wait that is cancelled leaves the queue at once.
    """
    strategy = job.strategy or find_strategy(job.request.strategy)
    try:
        chosen = await aside(strategy.local_gpus, job.request)
        if not chosen:
            return None
        count_no_more(desk, job)
        share = _flag.validate_python(job.request.options.get("share_gpu", False))
        lease = await _lease(desk, job, chosen, share)
    except (InvalidRequest, StorageError, GpuUnavailable) as error:
        return End.failed(Reason.GPU_UNAVAILABLE, str(error))
    except EngineUnavailable as error:
        return End.failed(Reason.ENGINE_UNAVAILABLE, str(error))
    try:
        if gpu_use.can_ask(os.environ):
            await _outlast_containers(desk, job, chosen, share)
        job.lease = lease
    finally:
        if job.lease is None:
            lease.release()
    return None


async def _lease(desk: Desk, job: LiveJob, chosen: Sequence[Gpu], share: bool) -> GpuLease:
    """Wait for the locks of GPUs; raises :class:`StorageError` when they cannot be had."""
    granted: asyncio.Future[GpuLease | StorageError] = desk.loop.create_future()

    def told(outcome: GpuLease | StorageError) -> None:
        with suppress(RuntimeError):  # the loop is closed, and the job has left
            desk.loop.call_soon_threadsafe(_answer, granted, outcome)

    ask = table.ask(job.id, chosen, share, told)
    try:
        if ask.lease is None:
            _say_why(desk, job, ask.holder)
        outcome = await granted
    except BaseException:
        ask.leave()
        raise
    if isinstance(outcome, StorageError):
        raise outcome
    return outcome


def _answer(granted: asyncio.Future[GpuLease | StorageError], outcome: GpuLease | StorageError) -> None:
    if not granted.done():
        granted.set_result(outcome)


async def _outlast_containers(desk: Desk, job: LiveJob, chosen: Sequence[Gpu], share: bool) -> None:
    """Wait until no container that has lost its manager uses the GPUs; one engine that is silent keeps nobody out."""
    try:
        while True:
            async with asyncio.timeout(ENGINE):
                holder = await aside(partial(gpu_use.find_holder, chosen, share=share, job_id=job.id))
            if holder is None:
                return
            _say_why(desk, job, str(holder))
            await gpu_use.wait_for(holder)
    except (EngineUnavailable, TimeoutError) as error:
        why = str(error) or "the Docker engine does not answer"
        text = f"whether a container has a GPU of this job could not be asked: {why}"
        desk.note(job, LogUpdate(content=text, severity="warning"))


def _say_why(desk: Desk, job: LiveJob, why: str) -> None:
    job.shown_position = None
    desk.note(job, JobUpdate(status="queued", message=why or None))
    job.log.rest()
    desk.indexer.put(job)
