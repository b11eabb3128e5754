"""The end of a job: written once, then nothing of the job stays in memory."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from nodetool_jupyter import faults
from nodetool_jupyter.errors import NotOwner, StorageError
from nodetool_jupyter.events import LogUpdate
from nodetool_jupyter.execution.base import JobExecution
from nodetool_jupyter.execution.leases import GpuLease
from nodetool_jupyter.jobs.desk import Desk, Owed, logger
from nodetool_jupyter.jobs.live import End, LiveJob
from nodetool_jupyter.jobs.log import Entry
from nodetool_jupyter.jobs.queue import Ticket
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.jobs.state import record_of

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
            release_gpus(desk, job, execution)
            _wind_down(desk, job, execution)
    faults.point("terminal.before_log")
    try:
        _write_end(desk, job, entries)
    except NotOwner:  # whoever owns it now tells its end
        _give_up(desk, job)
        return
    faults.point("terminal.before_index")
    if execution is not None and not execution.winding_down:
        execution.forget()  # before its row is written: whoever finds the row unfinished makes up for this
    record = job.ended(event, time)
    desk.indexer.put_ended(record)
    desk.syncer.push(job.folder.log)
    _let_go(desk, job, record)


def _write_end(desk: Desk, job: LiveJob, entries: list[Entry]) -> None:
    """Write the last lines; on a full disk the end alone, which is short, else later."""
    for lines in (entries, entries[-1:]):
        try:
            desk.write(job, lines, final=True)
        except StorageError as error:
            refused = error
        else:
            return
    logger.error("the end of job %s is not in its log yet: %s", job.id, refused)
    desk.owed.append(Owed(job.log, job.attempt, entries[-1]))


def pay(desk: Desk) -> None:
    """Write the ends that found no room in their logs, where there is room now."""
    for owed in tuple(desk.owed):
        try:
            owed.log.append(owed.attempt, (owed.end,), final=True)
            owed.log.rest()
        except (StorageError, NotOwner) as error:
            logger.debug("the end of job %s cannot be written yet: %s", owed.log.folder.id, error)
            if isinstance(error, StorageError):
                continue
        desk.owed.remove(owed)
        desk.bus.ring(owed.log.folder.id)


async def _leave(job: LiveJob) -> None:
    """Let go of a job's attempt, after its task has stopped reading it."""
    task, execution = job.task, job.execution
    if task is not None and task is not asyncio.current_task():
        task.cancel()
        await asyncio.wait({task})
    if execution is None:
        return
    try:
        await execution.leave()
    except Exception:
        logger.exception("an attempt at job %s could not be left", job.id)


async def abandon(desk: Desk, job: LiveJob) -> None:
    """Stop writing to a job that another process has claimed, and goes on with if its attempt can go on."""
    with job.lock:
        job.final = True
    await _leave(job)
    _give_up(desk, job)


def _give_up(desk: Desk, job: LiveJob) -> None:
    record = record_of(job.folder)
    if record is not None and record.status.terminal:
        desk.indexer.put(record)  # over what this owner wrote there too late
    _let_go(desk, job, job.record())


async def leave_running(desk: Desk, job: LiveJob) -> bool:
    """Let a job run on without an owner; the next manager takes it over. ``False`` when it has ended meanwhile."""
    with job.lock:
        if job.final:
            return False
        job.final = True
    await _leave(job)
    # Before anybody is told, so that whoever is told finds that nobody owns it.
    job.folder.claim(job.log.epoch + 1, desk.nobody)
    _let_go(desk, job, job.record())
    return True


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


def release_gpus(desk: Desk, job: LiveJob, execution: JobExecution | None = None) -> None:
    """Give back the GPUs of an attempt that has ended; what still winds down may still compute on them."""
    lease, job.lease = job.lease, None
    execution = execution or job.execution
    if lease is not None and execution is not None and execution.winding_down:
        task = desk.loop.create_task(_release_later(execution, lease))
        desk.background.add(task)
        task.add_done_callback(desk.background.discard)
    elif lease is not None:
        lease.release()


async def _release_later(execution: JobExecution, lease: GpuLease) -> None:
    try:
        await execution.wound_down()
    finally:
        lease.release()


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
