"""The end of a job: written once, then nothing of the job stays in memory."""

from __future__ import annotations

from dataclasses import replace

from nodetool_jupyter import faults
from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.events import LogUpdate
from nodetool_jupyter.execution.base import JobExecution
from nodetool_jupyter.jobs.desk import Desk, logger
from nodetool_jupyter.jobs.live import End, LiveJob
from nodetool_jupyter.jobs.log import Entry
from nodetool_jupyter.jobs.queue import Ticket
from nodetool_jupyter.jobs.records import JobRecord

WINDING = "It was stopped, but a node still works in its thread, which winds down; its slot stays taken until then."


async def close(job: LiveJob) -> None:
    """Leave nothing of an attempt running, except a thread that only its node can end."""
    execution = job.execution
    if execution is None or execution.winding_down:
        return
    try:
        await execution.close()
    except Exception:
        logger.exception("an attempt at job %s could not be closed", job.id)


def finish(desk: Desk, job: LiveJob, end: End) -> None:
    """Write a job's end, once, tell everybody who waits, and let go of everything."""
    with job.lock:
        if job.final:
            return
        job.final = True
        if job.stop is not None:
            end = _overruled(job.stop, end)
    event, time = end.event(), job.clock.time() if end.time is None else end.time
    entries = [*job.unwritten, Entry(event, time, end.source)]
    execution, job.execution = job.execution, None
    if execution is not None:
        if execution.exception is not None:
            desk.failures.put(job.id, execution.exception)
        if execution.winding_down:
            event.winding_down = True
            entries.insert(-1, Entry(LogUpdate(content=WINDING, severity="warning"), job.clock.time()))
            _wind_down(desk, job, execution)
    faults.point("terminal.before_log")
    try:
        desk.write(job, entries, final=True)
    except StorageError as error:
        logger.error("the end of job %s (%s) is not in its log: %s", job.id, end.status, error)
    faults.point("terminal.before_index")
    record = job.ended(event, time)
    desk.indexer.put_ended(record)
    desk.syncer.push(job.folder.log)
    _let_go(desk, job, record)


async def abandon(desk: Desk, job: LiveJob) -> None:
    """Stop writing to a job that another process has claimed."""
    await close(job)
    with job.lock:
        job.final = True
    _let_go(desk, job, job.record())


async def leave_running(desk: Desk, job: LiveJob) -> None:
    """Let a job run on without an owner; the next manager takes it over."""
    with job.lock:
        if job.final:
            return
        job.final = True
    if job.task is not None:
        job.task.cancel()
    _let_go(desk, job, job.record())
    job.folder.claim(job.log.epoch + 1, desk.nobody)


def _let_go(desk: Desk, job: LiveJob, record: JobRecord) -> None:
    job.log.rest()
    desk.live.pop(job.id, None)
    with job.lock:
        job.over = True
        waiters, job.waiters = job.waiters, []
    desk.bus.ring(job.id)
    job.tell_listeners()
    for tell in waiters:
        try:
            tell(record)
        except Exception:
            logger.exception("somebody who waited for job %s could not be told", job.id)


def _overruled(stop: End, end: End) -> End:
    """Return the end that was asked for; the runner's own account of it is kept where it agrees."""
    if end.claim is not None and end.status is stop.status:
        end.claim.reason = stop.reason
        end.claim.message = stop.message or end.claim.message
        end.claim.error = stop.error or end.claim.error
        return end
    return replace(stop, source=end.source)


def _wind_down(desk: Desk, job: LiveJob, execution: JobExecution) -> None:
    ticket, job.ticket = job.ticket, None
    desk.winding.add(job.id)
    task = desk.loop.create_task(_wound_down(desk, job.id, execution, ticket))
    desk.background.add(task)
    task.add_done_callback(desk.background.discard)


async def _wound_down(desk: Desk, job_id: str, execution: JobExecution, ticket: Ticket | None) -> None:
    try:
        await execution.wound_down()
        await execution.close()
    except Exception:
        logger.exception("an attempt at job %s could not be closed", job_id)
    finally:
        desk.winding.discard(job_id)
        if ticket is not None:
            desk.queue.leave(ticket)
