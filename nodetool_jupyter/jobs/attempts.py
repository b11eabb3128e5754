"""Runs one job: queue, start, channel, end; again if it may be tried again."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from nodetool_jupyter import clock, faults
from nodetool_jupyter.errors import (
    ExecutionLost,
    InvalidGraph,
    InvalidRequest,
    NotOwner,
    SecretMissing,
    StorageError,
)
from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.execution.base import AttemptContext, find_strategy
from nodetool_jupyter.jobs.backoff import worth_retrying
from nodetool_jupyter.jobs.channel import ChannelReader
from nodetool_jupyter.jobs.desk import Desk, logger
from nodetool_jupyter.jobs.ending import abandon, close, finish
from nodetool_jupyter.jobs.live import End, LiveJob
from nodetool_jupyter.jobs.log import Entry
from nodetool_jupyter.jobs.waiting import WaitingRoom, resolve
from nodetool_jupyter.redact import Redactor
from nodetool_jupyter.states import Reason, Status

_NO_SECRETS = Redactor()
GRACE = {"threaded": 0.25}  # seconds between asking and forcing; a thread cannot be forced, only left behind
DEFAULT_GRACE = 5.0
PATIENCE = 5.0  # seconds that a channel may take to end after its runner was forced to stop


class Stopped(Exception):  # noqa: N818  # not an error: somebody wanted the job to end
    """The job was told to end while it waited."""


class Driver:
    """Takes jobs from the queue to their end, each in one task on the manager's loop."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._room = WaitingRoom(desk)

    def begin(self, job: LiveJob) -> None:
        """Run a job; called on the loop."""
        job.task = self._desk.loop.create_task(self._drive(job))

    def stop(self, job: LiveJob) -> None:
        """Make a job end as ``job.stop`` says, as soon as its runner's end is proved; called on the loop."""
        if job.over or job.task is None:
            return
        if job.interruptible:
            job.task.cancel()
        elif job.reading and job.forcing is None:
            job.forcing = self._desk.loop.create_task(self._force(job))

    def time_out(self, job: LiveJob, reason: Reason, message: str) -> None:
        """End a job because one of its four timeouts has passed."""
        with job.lock:
            if job.final or job.stop is not None:
                return
            job.stop = End.failed(reason, message)
        self.stop(job)

    async def _drive(self, job: LiveJob) -> None:
        try:
            await self._until_end(job)
        except NotOwner:
            await abandon(self._desk, job)
        except StorageError as error:
            logger.error("%s", error)
            await close(job)
            finish(self._desk, job, End.failed(Reason.INTERNAL, str(error)))
        except Exception as error:
            logger.exception("job %s could not be run", job.id)
            await close(job)
            finish(
                self._desk, job, End.failed(Reason.INTERNAL, f"{type(error).__name__}: {error}", traceback.format_exc())
            )
        finally:
            self._room.leave(job)
            job.cancel_timers()
            job.task = None

    async def _until_end(self, job: LiveJob) -> None:
        queued = job.request.timeouts.queue
        if queued is not None and job.resume is None:
            self._arm(job, "queue", queued, Reason.TIMEOUT_QUEUE, f"it waited {queued:g} s in the queue")
        while True:
            try:
                await self._take_slot(job)
                end = await self._attempt(job)
                await close(job)
                if self._again(job, end):
                    self._room.leave(job)
                    await self._pause(job, end)
                    continue
            except Stopped:
                await close(job)
                end = job.stop or End.failed(Reason.INTERNAL, "it was stopped")
            finish(self._desk, job, end)
            return

    def _again(self, job: LiveJob, end: End) -> bool:
        return job.stop is None and job.attempt <= job.request.retries and worth_retrying(end.status, end.reason)

    async def _pause(self, job: LiveJob, end: End) -> None:
        delay = self._desk.backoff.delay(job.attempt)
        why = end.error or end.reason or "it failed"
        message = f"attempt {job.attempt} ended: {why}; attempt {job.attempt + 1} follows in {delay:.1f} s"
        job.status = Status.QUEUED
        again = JobUpdate(status="queued", reason=end.reason, message=message)
        entries = [*job.unwritten, Entry(again, job.clock.time() if end.time is None else end.time, end.source)]
        job.unwritten = []
        self._desk.write(job, entries)
        job.log.rest()
        self._desk.indexer.put(job)
        job.attempt += 1
        job.last_n = 0
        waited: asyncio.Future[None] = self._desk.loop.create_future()
        job.timers["backoff"] = self._desk.loop.call_later(delay, resolve, waited)
        await self._interruptible(job, waited)

    async def _interruptible(self, job: LiveJob, waited: Awaitable[Any]) -> Any:
        """Wait for something that a stop may cut short; raises :class:`Stopped` then."""
        task = job.task
        assert task is not None
        if job.told_to_stop():
            if asyncio.iscoroutine(waited):
                waited.close()
            raise Stopped
        job.interruptible = True
        try:
            return await waited
        except asyncio.CancelledError:
            if not job.told_to_stop():
                raise
            task.uncancel()
            raise Stopped from None
        finally:
            job.interruptible = False

    async def _take_slot(self, job: LiveJob) -> None:
        granted = self._room.enter(job)
        if not granted.done():
            await self._interruptible(job, granted)
        elif job.told_to_stop():
            raise Stopped
        job.cancel_timer("queue")
        job.shown_position = None

    async def _attempt(self, job: LiveJob) -> End:
        faults.point("attempt.before_start")
        start = job.request.timeouts.start
        if start is not None:
            self._arm(job, "start", start, Reason.TIMEOUT_START, f"it did not run {start:g} s after leaving the queue")
        try:
            redactor = await self._start(job)
        except (InvalidGraph, InvalidRequest) as error:
            reason = Reason.INVALID_GRAPH if isinstance(error, InvalidGraph) else Reason.REJECTED
            return End.failed(reason, str(error))
        except SecretMissing as error:
            return End.failed(Reason.SECRET_MISSING, str(error))
        except ExecutionLost as error:
            return End.failed(Reason.LOST, str(error))
        faults.point("attempt.after_start")
        channel = ChannelReader(self._desk, self, job, redactor)
        try:
            return await channel.read()
        finally:
            job.cancel_timer("start")

    async def _start(self, job: LiveJob) -> Redactor:
        strategy = job.strategy or find_strategy(job.request.strategy)
        known = self._desk.secrets.resolve(job.request.secrets) if job.request.secrets else {}
        redactor = Redactor(known.values()) if known else _NO_SECRETS
        context = AttemptContext(
            job.id,
            job.attempt,
            Path(job.folder.path),
            job.folder.values(),
            lambda params: self._announce(job, params),
            known,
            redactor,
            job.prepared,
            job.prints,
        )
        resume, job.resume = job.resume, None
        coming = (
            strategy.start(job.request, context)
            if resume is None
            else strategy.attach(resume.params, resume.after, context)
        )
        job.execution = await self._interruptible(job, coming)
        job.prepared = None
        return redactor

    def _announce(self, job: LiveJob, params: dict[str, Any]) -> None:
        """Write an attempt's identity into the log, before the request reaches it."""
        job.status = Status.STARTING
        self._desk.note(job, JobUpdate(status="starting", params=params))
        self._desk.indexer.put(job)

    def _arm(self, job: LiveJob, name: str, seconds: float, reason: Reason, message: str) -> None:
        job.timers[name] = self._desk.loop.call_later(seconds, self.time_out, job, reason, message)

    def running(self, job: LiveJob, time: float) -> None:
        """Take note that the job's nodes run now; arms the timeouts that count from here."""
        job.status = Status.RUNNING
        job.cancel_timer("start")
        if job.started is None:
            job.started = time
            run = job.request.timeouts.run
            if run is not None:  # over all attempts, so it is armed once
                self._arm(job, "run", run, Reason.TIMEOUT_RUN, f"it ran longer than {run:g} s")
        if job.request.timeouts.idle is not None:
            self._watch_idle(job, job.request.timeouts.idle)
        self._desk.indexer.put(job)

    def _watch_idle(self, job: LiveJob, limit: float) -> None:
        left = job.last_event + limit - clock.monotonic()
        if left <= 0:
            self.time_out(job, Reason.TIMEOUT_IDLE, f"it sent no event for {limit:g} s")
        elif not job.over:
            job.timers["idle"] = self._desk.loop.call_later(left, self._watch_idle, job, limit)

    async def _force(self, job: LiveJob) -> None:
        execution = job.execution
        if execution is None:
            return  # it ended meanwhile
        try:
            await execution.cancel(GRACE.get(job.request.strategy, DEFAULT_GRACE))
        except Exception:
            logger.exception("job %s could not be cancelled", job.id)
        if not job.reading:
            return
        if execution.winding_down:
            self._interrupt_reading(job)
        else:
            job.timers["forced"] = self._desk.loop.call_later(PATIENCE, self._interrupt_reading, job)

    def _interrupt_reading(self, job: LiveJob) -> None:
        if job.reading and job.task is not None:
            job.task.cancel()
