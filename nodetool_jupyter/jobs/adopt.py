"""Taking over jobs whose owner has died: ending the threaded ones truly, going on with those that outlive a process."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nodetool_jupyter import faults
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
from nodetool_jupyter.jobs.live import NO_RUNNER, OWNER_DIED, End, LiveJob, Resume
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
    foreign: bool

    @property
    def between(self) -> bool:
        """Whether the end of its last attempt is proved, and the next had not begun."""
        return self.params == NO_RUNNER and self.state.status is Status.QUEUED


class Adopter:
    """Finds jobs without a living owner, claims them, and brings them to a true end."""

    def __init__(self, desk: Desk, driver: Driver) -> None:
        self._desk = desk
        self._driver = driver
        self._observer = Observer(desk.places.data / "managers")
        self._claiming = threading.Lock()
        self._fresh: dict[str, _Claimed] = {}  # claimed, and not yet gone on with
        self._closed = desk.places.read_only  # nothing can be claimed there
        self.living: set[Identity] = set()  # owners of unfinished jobs that were found alive here
        self.foreign = False  # whether some job's owner can be told by its lease only

    async def adopt(self, wanted: Iterable[str] | None = None) -> list[str]:
        """Adopt every job whose owner is dead, or only those among ``wanted``; returns their ids."""
        await asyncio.to_thread(self._claim_all, None if wanted is None else tuple(wanted))
        return self._go_on()

    async def adopt_one(self, folder: JobFolder) -> bool:
        """Adopt one job, if its owner is dead; tells whether it was."""
        await asyncio.to_thread(self._claim, folder)
        return folder.id in self._go_on()

    def _claim_all(self, wanted: Iterable[str] | None) -> None:
        if wanted is None:
            index = self._desk.indexer.index()
            fill(index, self._desk.places)
            unfinished = [record.id for record in index.unfinished()]
            # One that ended before it had a row has a finished one by now, and what its attempts left is still there.
            wanted = dict.fromkeys([*unfinished, *_with_sockets(self._desk.places.runtime)])
        self.foreign = False
        for job_id in wanted:
            try:
                self._claim(JobFolder(self._desk.jobs, job_id))
            except (NodetoolError, OSError, ValueError) as error:
                logger.warning("job %s cannot be taken over: %s", job_id, error)

    def close(self) -> bool:
        """Claim nothing more; what was claimed just now is left to others, and whether it was is told."""
        with self._claiming:
            self._closed = True
        left = self._take_fresh()
        for one in left:
            one.folder.claim(one.log.epoch + 1, self._desk.nobody)
        return bool(left)

    def _take_fresh(self) -> list[_Claimed]:
        # Without the lock, which is held as long as it takes to read a log.
        found = [self._fresh.pop(job_id) for job_id in list(self._fresh)]
        # What runs already takes its slot before what waits for one.
        return sorted(found, key=lambda one: one.params is None or one.between)

    def _claim(self, folder: JobFolder) -> None:
        """Claim a job if nobody owns it, and if it is for this version to touch."""
        with self._claiming:
            if self._closed or folder.id in self._desk.live or folder.id in self._fresh:
                return
            claimed = self._claim_unowned(folder)
            if claimed is not None:
                self._fresh[folder.id] = claimed

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
        faults.point("claim.after_link")
        try:
            if foreign:
                renew(folder.log)
            log, tail = EventLog.resume(folder, epoch + 1, cap=self._desk.log_cap)
            state, params = _read_log(folder)
        except BaseException:
            folder.claim(epoch + 2, self._desk.nobody)  # or it would seem owned as long as this process lives
            raise
        return _Claimed(folder, request, log, tail, state, params, owner, foreign)

    def _go_on(self) -> list[str]:
        """Bring claimed jobs to their end, or let them run on, and return their ids; called on the loop."""
        claimed = self._take_fresh()
        self._desk.adopted += len(claimed)
        for one in claimed:
            try:
                self._go_on_with(one)
            except (NodetoolError, OSError) as error:
                logger.warning("job %s cannot be gone on with: %s", one.folder.id, error)
            self._desk.bus.ring(one.folder.id)
        return [one.folder.id for one in claimed]

    def _go_on_with(self, one: _Claimed) -> None:
        desk, state, request = self._desk, one.state, one.request
        strategy = _strategy(request)
        if strategy is not None and (one.tail.terminal or one.between):
            strategy.sweep(Path(one.folder.path), desk.places.runtime)
        if one.tail.terminal:  # it ended, and only its row does not know
            record = record_of(one.folder)
            if record is not None:
                desk.indexer.put(record)
            return
        submitted = os.stat(one.folder.request).st_mtime if state.submitted is None else state.submitted  # noqa: PTH116
        job = LiveJob(request, one.folder, one.log, desk.owner, submitted)
        job.status, job.started = state.status, state.started
        job.attempt, job.last_n = one.tail.attempt, one.tail.source
        if state.cancel_requested:
            job.stop = End(Status.CANCELLED, Reason.CANCELLED_BY_USER.value)
        elif request.on_owner_exit == "cancel" and (one.params is None or one.between):
            job.stop = OWNER_DIED  # a runner would carry that out itself
        if not outlives(request):
            finish(desk, job, _lost(one))
            return
        if one.between:
            job.attempt, job.last_n = one.tail.attempt + 1, 0
        elif one.params is not None:
            job.resume = Resume(one.params, one.tail.source, state.updated or submitted)
            if one.foreign:  # that its attempt has ended there can never be proved, so no other may follow it
                job.request = request.model_copy(update={"retries": 0})
        desk.live[job.id] = job
        desk.indexer.put(job)  # it has another owner now, of whom its row and those who follow the list must hear
        self._driver.begin(job)


def _with_sockets(runtime: Path) -> list[str]:
    """Return the jobs of which a runner's socket or bell is there."""
    try:
        return [path.name.rsplit(".", 2)[0] for path in (runtime / "runners").iterdir()]
    except FileNotFoundError:  # somebody has removed it
        return []


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
