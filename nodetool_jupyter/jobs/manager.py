"""The manager of jobs: one per process, on a thread and an event loop of its own."""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import os
import threading
import weakref
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from nodetool_jupyter import clock, faults
from nodetool_jupyter.errors import InvalidRequest, NodetoolError, NotOwner
from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.home import data_folder
from nodetool_jupyter.jobs.adopt import outlives
from nodetool_jupyter.jobs.attempts import Driver
from nodetool_jupyter.jobs.caretaker import Caretaker
from nodetool_jupyter.jobs.ending import abandon, leave_running
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.live import End, LiveJob
from nodetool_jupyter.jobs.lookup import Lookup
from nodetool_jupyter.jobs.loop import LoopThread
from nodetool_jupyter.jobs.opening import Options, Rebuilt, open_desk, rebuild
from nodetool_jupyter.jobs.paths import Places
from nodetool_jupyter.jobs.reading import JobReading
from nodetool_jupyter.jobs.secrets import Secrets
from nodetool_jupyter.jobs.submit import write_down
from nodetool_jupyter.nodes.everywhere import everywhere
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Reason, Status

EXIT_TIME = 5.0  # seconds that cancelled jobs get to end when the process ends
SHUT_DOWN = "the manager of jobs was shut down"
FORKED = "this process was forked from one that runs jobs; start it anew (spawn) to use jobs in it"

T = TypeVar("T")
Ids = list[str]
Values = list[object]
_open: weakref.WeakSet[JobExecutionManager] = weakref.WeakSet()


class JobExecutionManager(JobReading):
    """Owns the jobs that this process submits, and reads everybody's; every method may be called from any thread.

    :func:`manager` returns the one of this process. Options are those of :class:`~.opening.Options`.
    """

    def __init__(self, **options: Any) -> None:
        self._options = Options(**options)
        self._thread = LoopThread("nodetool-jobs")
        try:
            self._desk = open_desk(self._options, self._thread)
        except BaseException:
            self._thread.stop()
            raise
        self._driver = Driver(self._desk)
        self._lookup = Lookup(self._desk)
        self._caretaker = Caretaker(self._desk, self._driver, self._options, self)
        self._attend = self._caretaker.attend
        self.closed = ""  # why it does not work any more
        self._thread.soon(self._caretaker.begin)
        _open.add(self)

    @property
    def places(self) -> Places:
        """The data folder and the runtime folder."""
        return self._desk.places

    def index_journal(self) -> str:
        """Return how the index keeps its transactions: ``wal`` on a local disk, else ``delete``."""
        return self._desk.indexer.index().journal()

    @property
    def secrets(self) -> Secrets:
        """The secrets that jobs may name."""
        return self._desk.secrets

    def submit(
        self,
        request: RunJobRequest,
        *,
        inputs: Mapping[str, object] | None = None,
        prints: contextvars.Context | None = None,
        given: JobFolder | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> str:
        """Store a job and let it run; returns its id, which is on disk by then.

        ``inputs`` are Python values by input name; ``prints`` is the context under which a threaded job prints.
        ``given`` is a folder like a job's, with the values that the request refers to and perhaps a notebook's node
        types; ``secrets`` are values of those that the request names, kept in memory until the job ends.
        Raises :class:`InvalidGraph`, :class:`InvalidRequest`, :class:`SecretMissing`, :class:`NotStorable` or
        :class:`StorageError`, and has written nothing then.
        """
        return self._submit(request, inputs, prints, given, secrets)

    def _submit(
        self,
        request: RunJobRequest,
        inputs: Mapping[str, object] | None = None,
        prints: contextvars.Context | None = None,
        earlier: JobFolder | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> str:
        self._check_open()
        written = write_down(self._desk, request, inputs, prints, earlier, secrets or {})
        if isinstance(written, str):
            return written
        self._desk.live[written.id] = written
        self._thread.soon(self._driver.begin, written)
        return written.id

    def cancel(
        self,
        job_id: str,
        reason: str = Reason.CANCELLED_BY_USER,
        message: str | None = None,
        *,
        grace: float | None = None,
    ) -> bool:
        """Ask a job to end as cancelled; ``False`` when it has ended, or is unknown.

        When this returns ``True`` the request is in the job's log, and the job will end as cancelled. ``grace`` are the
        seconds that one of this process gets for it, where not its own count.
        """
        job = self._desk.live.get(job_id)
        if job is None:
            return self._caretaker.cancel_elsewhere(self, job_id, str(reason), message)
        try:
            with job.lock:
                if job.final or job.stop is not None:
                    return not job.final and job.stop is not None and job.stop.status is Status.CANCELLED
                self._desk.note(job, JobUpdate(status=job.status.value, cancel_requested=True, message=message))
                job.stop = End(Status.CANCELLED, str(reason), message=message)
        except NotOwner:
            self.on_loop(abandon(self._desk, job))
            return self._caretaker.cancel_elsewhere(self, job_id, str(reason), message)
        if grace is not None and job.execution is not None:
            job.execution.grace = grace
        faults.point("cancel.after_request")
        self._thread.soon(self._driver.stop, job)
        return True

    def retry(self, job_id: str, *, strategy: str | None = None, secrets: Mapping[str, str] | None = None) -> str:
        """Submit the same request as a new job, perhaps by another strategy, and return its id.

        ``secrets`` as in :meth:`submit`, whose are forgotten by now.
        Raises :class:`JobNotFound`, and what :meth:`submit` raises.
        """
        folder = self._lookup.folder(job_id)
        request = folder.read_request()
        if request is None:
            raise InvalidRequest(f"job {folder.id} cannot be tried again: its request is gone, or of a newer version")
        again = request.model_copy(update={"job_id": None, "retry_of": folder.id, "idempotency_key": None})
        if strategy is not None:
            again = again.model_copy(update={"strategy": strategy})
        return self._submit(again, earlier=folder, secrets=secrets)

    def push_input(self, job_id: str, name: str, value: object = None, *, end: bool = False) -> None:
        """Send one more value into an input that a running job keeps open, or with ``end`` close it.

        Raises :class:`InvalidRequest` when there is no such input, or the job does not run.
        """
        job = self._desk.live.get(job_id)
        if job is None:
            self._caretaker.push_elsewhere(self, self._lookup.folder(job_id), name, value, end)
        else:
            self.on_loop(_push(job, name, value, end))

    async def until_it_reads(self, job_id: str) -> None:
        """Wait until a job of this process can take input, or never will; on any event loop."""
        job = self._desk.live.get(job_id)
        if job is not None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_until_it_reads(job), self._desk.loop))

    def remove(self, job_id: str) -> None:
        """Remove an ended job with all its files; raises :class:`InvalidRequest` when it has not ended."""
        record = self._lookup.get(job_id)
        if record.status.terminal and record.id in self._desk.live:  # its end is in the log, its owner not yet done
            with suppress(TimeoutError):
                self.wait(record.id, EXIT_TIME)
        self._caretaker.remove(self, record)

    def prune(self, older_than: float | None = None, keep: int | None = None) -> int:
        """Remove ended jobs: those that ended more than ``older_than`` seconds ago, all but the newest ``keep``.

        Without either the settings NODETOOL_KEEP_JOBS and NODETOOL_KEEP_DAYS hold. Returns how many were removed.
        """
        return self._caretaker.retention.prune(older_than, keep)

    def rebuild_index(self) -> Rebuilt:
        """Make the index anew from the jobs' folders; raises :class:`StorageError` when it cannot be written."""
        return rebuild(self._desk)

    def adopt(self) -> Ids:
        """Claim the jobs of managers that died, end or resume them, and return their ids."""
        return self.on_loop(self._caretaker.adopt())

    def on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the manager's loop and wait for it."""
        return self._thread.call(work)

    def poke(self) -> None:
        """Let the loop look at the clock again, after a test has set it."""
        self._thread.soon(lambda: None)

    def shutdown(self) -> None:
        """Cancel what ends with this process, leave the rest to others, and stop; may be called twice."""
        if self.closed:
            return
        self.closed = SHUT_DOWN
        self.on_loop(self._caretaker.stop())  # first, or it would take back what is left to others
        self._caretaker.settle()
        self._thread.soon(self._desk.queue.close)  # or jobs that wait would begin in the slots of those that are left
        self._end_jobs()
        self.on_loop(self._let_go_of_strategies())
        self._thread.stop()
        self._caretaker.leave()

    async def _let_go_of_strategies(self) -> None:
        for strategy in self._desk.strategies:
            strategy.shut_down(self._desk.loop)

    def _check_open(self) -> None:
        if self.closed:
            raise NodetoolError(self.closed)

    def disable(self) -> None:
        """Make this copy in a forked child refuse to work: the parent's threads are not here."""
        self.closed = FORKED

    def _end_jobs(self) -> None:
        """Cancel what ends with this process and wait a little; leave what outlives it to the next owner."""
        running = [job.execution for job in self._desk.live.values() if job.stop is not None]
        grace = max((execution.grace for execution in running if execution is not None), default=0.0)
        deadline = clock.monotonic() + EXIT_TIME + grace
        for job in tuple(self._desk.live.values()):
            # One that is being cancelled is waited for: perhaps nobody comes who could do it.
            if job.stop is None and job.request.on_owner_exit != "cancel" and outlives(job.request):
                self._leave(job)
            else:
                self.cancel(job.id, Reason.KILLED, "its process was shut down")
        for job in tuple(self._desk.live.values()):
            with suppress(TimeoutError):
                self.wait(job.id, max(0.0, deadline - clock.monotonic()))
            if not job.over and outlives(job.request):
                self._leave(job)

    def _leave(self, job: LiveJob) -> None:
        if self._thread.call(leave_running(self._desk, job)):
            self._caretaker.left()


async def _until_it_reads(job: LiveJob) -> None:
    while not job.reading and not job.final:
        listener: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        job.listeners.append(listener)
        await listener


async def _push(job: LiveJob, name: str, value: object, end: bool) -> None:
    await _until_it_reads(job)  # a queued job takes its input once it has started
    if job.execution is None or not job.reading:
        raise InvalidRequest(f"job {job.id} takes no input any more: it is {job.status}")
    await job.execution.push_input(name, value, end=end)


_manager: JobExecutionManager | None = None
_preferred: dict[str, Any] = {}
_making = threading.Lock()


def manager(**options: Any) -> JobExecutionManager:
    """Return this process's manager, made when first asked for; ``options`` count only then.

    Raises :class:`StorageError` when the data folder cannot be used.
    """
    global _manager
    found = _manager
    if found is not None and not found.closed:
        return found
    with _making:
        if _manager is None or _manager.closed == SHUT_DOWN:
            _manager = JobExecutionManager(**_preferred | options)
        return _manager


def prefer(**options: Any) -> None:
    """Say which options this process's manager is to have when it is made."""
    _preferred.update(options)


def data() -> Path:
    """Return the data folder of this process's manager, or the one that it would have."""
    found = _manager
    if found is not None and found.closed != SHUT_DOWN:
        return found.places.data
    return data_folder(_preferred.get("data_dir"))


everywhere.read_from(data)  # graphs may use the workers that the manager of their jobs knows


def let_go() -> None:
    """Shut down this process's manager, if there is one; the next who asks gets a new one."""
    if _manager is not None:
        _manager.shutdown()


def open_managers() -> list[JobExecutionManager]:
    """Return every manager of this process."""
    return list(_open)


def _in_child() -> None:
    global _making
    _making = threading.Lock()
    for one in tuple(_open):
        one.disable()


atexit.register(let_go)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
