"""Runs one job: queue, start, channel, end; again if it may be tried again."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from nodetool_jupyter import clock, faults
from nodetool_jupyter.errors import (
    EngineUnavailable,
    ExecutionLost,
    GpuUnavailable,
    ImageMissing,
    InvalidGraph,
    InvalidRequest,
    NeverRan,
    NotOwner,
    SecretMissing,
    StorageError,
)
from nodetool_jupyter.events import JobUpdate, LogUpdate
from nodetool_jupyter.execution.base import AttemptContext, find_strategy
from nodetool_jupyter.jobs.backoff import worth_retrying
from nodetool_jupyter.jobs.channel import ChannelReader
from nodetool_jupyter.jobs.desk import Desk, logger
from nodetool_jupyter.jobs.ending import abandon, close, finish, release_gpus
from nodetool_jupyter.jobs.leasing import take_gpus
from nodetool_jupyter.jobs.live import NO_RUNNER, OWNER_DIED, End, LiveJob
from nodetool_jupyter.jobs.log import Entry
from nodetool_jupyter.jobs.secrets import find_secrets
from nodetool_jupyter.jobs.waiting import WaitingRoom, resolve
from nodetool_jupyter.redact import Redactor
from nodetool_jupyter.states import Reason, Status

_NO_SECRETS = Redactor()
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
            release_gpus(self._desk, job)
            job.cancel_timers()
            job.task = None

    async def _until_end(self, job: LiveJob) -> None:
        self._arm_for_now(job)
        while True:
            try:
                end = await self._take_gpus(job)
                if end is None:
                    await self._take_slot(job)
                    end = await self._attempt(job)
                await close(job)
                if self._again(job, end):
                    self._room.leave(job)
                    release_gpus(self._desk, job)
                    await self._pause(job, end)
                    continue
            except NeverRan:  # its owner died just before it was given its request: then it begins now
                await close(job)
                self._room.leave(job)
                job.stop = job.stop or (OWNER_DIED if job.request.on_owner_exit == "cancel" else None)
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
        again = JobUpdate(status="queued", reason=end.reason, message=message, params=NO_RUNNER)
        entries = [*job.unwritten, Entry(again, job.clock.time() if end.time is None else end.time, end.source)]
        job.unwritten = []
        self._desk.write(job, entries)
        if job.execution is not None:
            job.execution.forget()
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

    async def _take_gpus(self, job: LiveJob) -> End | None:
        """Wait for GPUs first, so that no slot is held meanwhile; returns the end of a job that cannot have them."""
        if not job.request.gpus or job.resume is not None:  # who runs on already has its lease
            return None
        end: End | None = await self._interruptible(job, take_gpus(self._desk, job))
        return end

    async def _take_slot(self, job: LiveJob) -> None:
        granted = self._room.enter(job)
        if not granted.done():
            await self._interruptible(job, granted)
        elif job.told_to_stop() and job.resume is None:  # a runner that goes on must be reached to be stopped
            raise Stopped
        job.cancel_timer("queue")
        job.shown_position = None

    async def _attempt(self, job: LiveJob) -> End:
        faults.point("attempt.before_start")
        start = job.request.timeouts.start
        if start is not None and job.status is not Status.RUNNING:
            left = start if job.resume is None else _rest(job, start, job.resume.time)
            self._arm(job, "start", left, Reason.TIMEOUT_START, f"it did not run {start:g} s after leaving the queue")
        try:
            redactor = await self._start(job)
        except (InvalidGraph, InvalidRequest) as error:
            reason = Reason.INVALID_GRAPH if isinstance(error, InvalidGraph) else Reason.REJECTED
            return End.failed(reason, str(error))
        except SecretMissing as error:
            return End.failed(Reason.SECRET_MISSING, str(error))
        except ExecutionLost as error:
            return End.failed(Reason.LOST, str(error))
        except EngineUnavailable as error:
            return End.failed(Reason.ENGINE_UNAVAILABLE, str(error))
        except ImageMissing as error:
            return End.failed(Reason.IMAGE_MISSING, str(error))
        except GpuUnavailable as error:
            return End.failed(Reason.GPU_UNAVAILABLE, str(error))
        faults.point("attempt.after_start")
        channel = ChannelReader(self._desk, self, job, redactor)
        try:
            return await channel.read()
        finally:
            job.cancel_timer("start")

    async def _start(self, job: LiveJob) -> Redactor:
        strategy = job.strategy or find_strategy(job.request.strategy)
        known = self._resolve(job) if job.request.secrets else {}
        redactor = Redactor(known.values()) if known else _NO_SECRETS
        started, tell = partial(self._announce, job), partial(_tell, self._desk, job)
        context = _context(self._desk, job, known, redactor, started, tell)
        self._desk.strategies.add(strategy)
        resume, job.resume = job.resume, None
        if resume is None:
            job.execution = await self._interruptible(job, strategy.start(job.request, context))
        else:
            job.execution = await strategy.attach(resume.params, resume.after, context)
        job.prepared = None
        return redactor

    def _resolve(self, job: LiveJob) -> Mapping[str, str]:
        try:
            return find_secrets(job.request.secrets, self._desk.own, job.brought)
        except SecretMissing as error:
            if job.resume is None:
                raise
            if not self._desk.own_secrets:  # they came by value, and are gone; its runner masks what it writes
                return {}
            job.stop = job.stop or End.failed(Reason.SECRET_MISSING, str(error))  # once its runner is reached
            return {}

    def _announce(self, job: LiveJob, params: dict[str, Any]) -> None:
        """Write an attempt's identity into the log, before the request reaches it."""
        job.status = Status.STARTING
        self._desk.note(job, JobUpdate(status="starting", params=params))
        self._desk.indexer.put(job)

    def _arm_for_now(self, job: LiveJob) -> None:
        """Arm the timeouts that run already, for the time that is left of them; an owner before may have armed them."""
        limits = job.request.timeouts
        if limits.run is not None and job.started is not None:
            left = _rest(job, limits.run, job.started)
            self._arm(job, "run", left, Reason.TIMEOUT_RUN, f"it ran longer than {limits.run:g} s")
        if limits.queue is not None and job.started is None and job.resume is None and job.attempt == 1:
            left = _rest(job, limits.queue, job.submitted)
            self._arm(job, "queue", left, Reason.TIMEOUT_QUEUE, f"it waited {limits.queue:g} s in the queue")
        if limits.idle is not None and job.resume is not None and job.status is Status.RUNNING:
            job.last_event = clock.monotonic()  # nobody listened before
            self._watch_idle(job, limits.idle)

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
        if job.execution is not None and job.execution.keeps_time:
            return
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
            await execution.cancel(execution.grace)
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


def _context(
    desk: Desk,
    job: LiveJob,
    secrets: Mapping[str, str],
    redactor: Redactor,
    started: Callable[[dict[str, Any]], None],
    tell: Callable[[str], None],
) -> AttemptContext:
    """Return what the next attempt at a job is given."""
    ends_with_us = job.request.on_owner_exit == "cancel"
    return AttemptContext(
        job.id,
        job.attempt,
        Path(job.folder.path),
        job.folder.values(pickles=desk.pickles),
        started,
        tell,
        secrets,
        redactor,
        job.prepared,
        secret=lambda name: desk.secrets.resolve([name])[name],
        runtime=desk.places.runtime,
        log_cap=desk.log_cap,
        left=_left(job),
        lease=job.lease,
        owner=(desk.identity.pid, desk.identity.ticks) if ends_with_us else None,
        prints=job.prints,
    )


def _tell(desk: Desk, job: LiveJob, text: str) -> None:
    """Write a line of the owner's own into the log, from any thread."""

    def note() -> None:
        if not job.final:
            desk.note(job, LogUpdate(content=text))

    with suppress(RuntimeError):  # the loop is closed: another owner goes on
        desk.loop.call_soon_threadsafe(note)


def _left(job: LiveJob) -> float | None:
    """Return the seconds that a job may still run, over all its attempts."""
    run = job.request.timeouts.run
    if run is None or job.started is None:
        return run
    return _rest(job, run, job.started)


def _rest(job: LiveJob, limit: float, since: float) -> float:
    """Return what is left of ``limit`` seconds that began at the wall time ``since``."""
    return max(0.0, limit - max(0.0, job.clock.time() - since))
