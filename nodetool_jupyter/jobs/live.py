"""A job while this process runs it; nothing of it stays in memory when it has ended."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nodetool_jupyter.clock import RunClock
from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.execution.base import JobExecution
from nodetool_jupyter.execution.leases import GpuLease
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.log import Entry, EventLog
from nodetool_jupyter.jobs.queue import Ticket
from nodetool_jupyter.jobs.records import JobRecord, workflow_name
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Reason, Status


@dataclass(frozen=True, slots=True)
class End:
    """How a job, or an attempt, ended; ``claim`` is the runner's own line about it, number ``source``."""

    status: Status
    reason: str | None = None
    error: str | None = None
    message: str | None = None
    traceback: str | None = None
    claim: JobUpdate | None = None
    source: int | None = None
    time: float | None = None

    @classmethod
    def failed(cls, reason: Reason, error: str, traceback: str | None = None) -> End:
        """Return the end of a job that could not be run, or not to its end."""
        return cls(Status.ERROR, reason.value, error, traceback=traceback)

    def event(self) -> JobUpdate:
        """Return the terminal event."""
        if self.claim is not None:
            self.claim.status = self.status.value  # NodeTool's newer word for an error is another
            return self.claim
        return JobUpdate(
            status=self.status.value,
            reason=self.reason,
            error=self.error,
            message=self.message,
            traceback=self.traceback,
        )


OWNER_DIED = End(Status.CANCELLED, Reason.KILLED.value, message="the process that owned it ended")
"""The end of a job that is to end with its owner, where no runner is there to tell it."""

NO_RUNNER: dict[str, Any] = {}
"""The ``params`` of a line that says that the attempt's end is proved: nobody is to be reached any more."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Where an adopter goes on: the attempt's ``params``, its last line in the log, and that line's time."""

    params: dict[str, Any]
    after: int
    time: float


class LiveJob:
    """One job that has not ended: its request, its log, and what it waits for."""

    __slots__ = (
        "announced", "attempt", "brought", "clock", "execution", "final", "folder", "forcing", "id", "interruptible",
        "last_event", "last_n", "lease", "listeners", "lock", "log", "over", "owner", "prepared", "prints", "reading",
        "request", "resume", "shown_position", "started", "status", "stop", "strategy", "submitted", "task", "ticket",
        "timers", "unwritten", "waiters",
    )  # fmt: skip

    def __init__(self, request: RunJobRequest, folder: JobFolder, log: EventLog, owner: str, submitted: float) -> None:
        self.id = folder.id
        self.request = request
        self.folder = folder
        self.log = log
        self.owner = owner
        self.clock = RunClock()
        self.status = Status.QUEUED
        self.attempt = 1
        self.announced = False  # counted by the queue, though not in it yet
        self.submitted = submitted
        self.started: float | None = None
        self.strategy: type[JobExecution] | None = None
        self.prepared: object = None
        self.brought: Mapping[str, str] = {}  # secrets that came with it, by value
        self.prints: contextvars.Context | None = None
        self.resume: Resume | None = None
        self.lock = threading.Lock()
        self.stop: End | None = None
        self.final = False  # its end is decided
        self.over = False  # its end is written
        self.waiters: list[Callable[[JobRecord], None]] = []
        self.task: asyncio.Task[None] | None = None
        self.execution: JobExecution | None = None
        self.forcing: asyncio.Task[None] | None = None
        self.interruptible = False
        self.reading = False
        self.listeners: list[asyncio.Future[None]] = []  # who waits until its channel is read, or it is over
        self.ticket: Ticket | None = None
        self.lease: GpuLease | None = None
        self.timers: dict[str, asyncio.TimerHandle] = {}
        self.unwritten: list[Entry] = []  # lines that came just before a claim
        self.last_event = 0.0
        self.last_n = 0
        self.shown_position: int | None = None

    def record(self) -> JobRecord:
        """Return the job as a row of the index."""
        place = self.shown_position if self.status is Status.QUEUED else None
        return self._row(self.status, None, None, None, place)

    def ended(self, event: JobUpdate, time: float) -> JobRecord:
        """Return the row of the job's end."""
        end = time if event.duration is None or self.started is None else self.started + event.duration
        return self._row(Status(event.status), event.reason, event.error, end, None)

    def _row(
        self, status: Status, reason: str | None, error: str | None, ended: float | None, place: int | None
    ) -> JobRecord:
        request = self.request
        return JobRecord(
            self.id,
            status,
            request.name,
            str(request.strategy),
            reason,
            error,
            self.submitted,
            self.started,
            ended,
            self.owner,
            workflow_name(request),
            request.user_id,
            request.retry_of,
            place,
            request.notebook,
        )

    def tell_listeners(self) -> None:
        """Let those go on who wait until the channel is read; called on the loop."""
        listeners, self.listeners = self.listeners, []
        for listener in listeners:
            if not listener.done():
                listener.set_result(None)

    def add_waiter(self, tell: Callable[[JobRecord], None]) -> bool:
        """Let ``tell`` be called with the job's last record; ``False`` when it has ended."""
        with self.lock:
            if self.over:
                return False
            self.waiters.append(tell)
            return True

    def drop_waiter(self, tell: Callable[[JobRecord], None]) -> None:
        """Forget a waiter that gave up."""
        with self.lock:
            if tell in self.waiters:
                self.waiters.remove(tell)

    def told_to_stop(self) -> bool:
        """Tell whether somebody wants the job to end."""
        return self.stop is not None

    def cancel_timer(self, name: str) -> None:
        """Stop one timer of the job."""
        timer = self.timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    def cancel_timers(self) -> None:
        """Stop every timer of the job."""
        for timer in self.timers.values():
            timer.cancel()
        self.timers.clear()
