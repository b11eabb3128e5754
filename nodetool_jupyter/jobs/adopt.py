"""Taking over jobs whose owner has died: ending the threaded ones truly, going on with those that outlive a process."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import Any

from nodetool_jupyter.errors import NodetoolError
from nodetool_jupyter.eventlog.lines import Tail
from nodetool_jupyter.eventlog.reader import LogReader
from nodetool_jupyter.eventlog.shorten import renew
from nodetool_jupyter.events import JobUpdate, parse
from nodetool_jupyter.execution.base import JobExecution, find_strategy
from nodetool_jupyter.fold import JobState
from nodetool_jupyter.jobs import identity
from nodetool_jupyter.jobs.attempts import Driver
from nodetool_jupyter.jobs.desk import Desk, logger
from nodetool_jupyter.jobs.ending import finish
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.identity import Identity
from nodetool_jupyter.jobs.lease import Observer
from nodetool_jupyter.jobs.live import End, LiveJob, Resume
from nodetool_jupyter.jobs.log import EventLog
from nodetool_jupyter.jobs.opening import fill
from nodetool_jupyter.jobs.state import record_of
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Reason, Status


@dataclass(slots=True)
class _Claimed:
    """A job that this manager has just taken over, with what its log says."""

    folder: JobFolder
    request: RunJobRequest
    log: EventLog
    tail: Tail
    state: JobState
    params: dict[str, Any] | None
    before: Identity | None


class Adopter:
    """Finds jobs without a living owner, claims them, and brings them to a true end."""

    def __init__(self, desk: Desk, driver: Driver) -> None:
        self._desk = desk
        self._driver = driver
        self._observer = Observer(desk.places.data / "managers")
        self._claiming = threading.Lock()
        self._closed = False
        self.living: set[Identity] = set()  # owners of unfinished jobs that were found alive here
        self.foreign = False  # whether some job's owner can be told by its lease only

    async def adopt(self) -> list[str]:
        """Adopt every job whose owner is dead; returns their ids."""
        claimed = await asyncio.to_thread(self._claim_all)
        for one in claimed:
            self.go_on(one)
        return [one.folder.id for one in claimed]

    async def adopt_one(self, folder: JobFolder) -> bool:
        """Adopt one job, if its owner is dead; tells whether it was."""
        claimed = await asyncio.to_thread(self._claim, folder)
        if claimed is not None:
            self.go_on(claimed)
        return claimed is not None

    def _claim_all(self) -> list[_Claimed]:
        index = self._desk.indexer.index()
        fill(index, self._desk.places)
        self.foreign = False
        claimed = []
        for record in index.unfinished():
            if record.id in self._desk.live:
                continue
            try:
                one = self._claim(JobFolder(self._desk.jobs, record.id))
            except (NodetoolError, OSError, ValueError) as error:
                logger.warning("job %s cannot be taken over: %s", record.id, error)
                continue
            if one is not None:
                claimed.append(one)
        return claimed

    def close(self) -> None:
        """Claim nothing more; returns when no claim is under way."""
        with self._claiming:
            self._closed = True

    def _claim(self, folder: JobFolder) -> _Claimed | None:
        """Claim a job if nobody owns it; ``None`` when somebody does, or when it is not for this version to touch."""
        with self._claiming:
            return None if self._closed else self._claim_unowned(folder)

    def _claim_unowned(self, folder: JobFolder) -> _Claimed | None:
        request = folder.read_request()
        if request is None or _strategy(request) is None:
            return None
        epoch, owner = folder.owner()
        if epoch == 0:
            return None  # not yet a job
        foreign = False
        if owner is not None:
            lives = identity.alive(owner, self._desk.identity, self._desk.places.runtime)
            if lives:
                self.living.add(owner)
                return None
            foreign = lives is None
            if foreign and not self._observer.run_out(owner.id):
                self.foreign = True
                return None
        if not folder.claim(epoch + 1, self._desk.card):
            return None
        if foreign:
            renew(folder.log)
        log, tail = EventLog.resume(folder, epoch + 1, cap=self._desk.log_cap)
        state, params = _read_log(folder)
        return _Claimed(folder, request, log, tail, state, params, owner)

    def go_on(self, one: _Claimed) -> None:
        """Bring a claimed job to its end, or let it run on; called on the loop."""
        desk, state, request = self._desk, one.state, one.request
        desk.bus.ring(one.folder.id)
        if one.tail.terminal:  # it ended, and only its row does not know
            record = record_of(one.folder)
            if record is not None:
                desk.indexer.put(record)
            return
        job = LiveJob(request, one.folder, one.log, desk.owner, state.submitted or 0.0)
        job.status, job.started = state.status, state.started
        job.attempt, job.last_n = one.tail.attempt, one.tail.source
        if state.cancel_requested:
            job.stop = End(Status.CANCELLED, Reason.CANCELLED_BY_USER.value)
        if not outlives(request):
            finish(desk, job, _lost(one))
            return
        if one.params is not None and state.status is Status.QUEUED:
            job.attempt, job.last_n = one.tail.attempt + 1, 0  # it had ended, and the next had not begun
        elif one.params is not None:
            job.resume = Resume(one.params, one.tail.source)
        desk.live[job.id] = job
        self._driver.begin(job)


def _strategy(request: RunJobRequest) -> type[JobExecution] | None:
    try:
        return find_strategy(request.strategy)
    except NodetoolError:
        return None


def outlives(request: RunJobRequest) -> bool:
    """Tell whether attempts of this strategy may go on after the process that started them."""
    strategy = _strategy(request)
    return strategy is not None and getattr(strategy.attach, "__func__", None) is not getattr(
        JobExecution.attach, "__func__", None
    )


def _lost(one: _Claimed) -> End:
    who = str(one.before) if one.before is not None else "its process"
    kind = one.request.strategy
    if one.params is None and one.state.started is None:
        text = f"{who} ended before the job's turn came, and a {kind} job runs only in the process that was asked"
    else:
        text = f"{who} ended while it ran the job, and a {kind} job ends with its process"
    return End.failed(Reason.LOST, f"{text}; run it again with 'nodetool jobs retry {one.folder.id}' or job.retry()")


def _read_log(folder: JobFolder) -> tuple[JobState, dict[str, Any] | None]:
    """Fold a log, and find how to reach its last attempt."""
    state, params, attempt = JobState(job_id=folder.id), None, 0
    with LogReader(folder.log) as reader:
        try:
            while lines := reader.read():
                for line in lines:
                    event = parse(line)
                    state.apply(event)
                    if (event.attempt or 1) > attempt:
                        params, attempt = None, event.attempt or 1
                    if isinstance(event, JobUpdate) and event.params is not None:
                        params = event.params
        except FileNotFoundError:
            return state, None
    return state, params
