"""Where jobs wait for the GPUs that they asked for, before they wait for a slot."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from pydantic import TypeAdapter

from nodetool_jupyter.errors import InvalidRequest, StorageError
from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.execution import gpus
from nodetool_jupyter.execution.base import find_strategy
from nodetool_jupyter.execution.leases import GpuLease, table
from nodetool_jupyter.jobs.desk import Desk
from nodetool_jupyter.jobs.live import End, LiveJob
from nodetool_jupyter.jobs.waiting import count_no_more
from nodetool_jupyter.states import Reason

_flag = TypeAdapter(bool)


async def take_gpus(desk: Desk, job: LiveJob) -> End | None:
    """Wait until a job has the GPUs it asked for, as ``job.lease``; its log says why it waits.

    Returns the job's end when it cannot have them. A wait that is cancelled leaves the queue at once.
    """
    strategy = job.strategy or find_strategy(job.request.strategy)
    if not strategy.uses_local_gpus:
        return None
    count_no_more(desk, job)
    granted: asyncio.Future[GpuLease | StorageError] = desk.loop.create_future()

    def told(outcome: GpuLease | StorageError) -> None:
        with suppress(RuntimeError):  # the loop is closed, and the job has left
            desk.loop.call_soon_threadsafe(_answer, granted, outcome)

    try:
        chosen = await asyncio.to_thread(gpus.choose, job.request.gpus)
        share = _flag.validate_python(job.request.options.get("share_gpu", False))
        ask = table.ask(job.id, chosen, share, told)
    except (InvalidRequest, StorageError) as error:
        return End.failed(Reason.GPU_UNAVAILABLE, str(error))
    try:
        if ask.lease is None:
            _say_why(desk, job, ask.holder)
        outcome = await granted
        if isinstance(outcome, StorageError):
            return End.failed(Reason.GPU_UNAVAILABLE, str(outcome))
        job.lease = outcome
        return None
    finally:
        if job.lease is None:
            ask.leave()


def _answer(granted: asyncio.Future[GpuLease | StorageError], outcome: GpuLease | StorageError) -> None:
    if not granted.done():
        granted.set_result(outcome)


def _say_why(desk: Desk, job: LiveJob, why: str) -> None:
    job.shown_position = None
    desk.note(job, JobUpdate(status="queued", message=why or None))
    job.log.rest()
    desk.indexer.put(job)
