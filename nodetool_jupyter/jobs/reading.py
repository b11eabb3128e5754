"""Reading jobs: their records, states, events and results, whoever owns them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Iterator

from nodetool_jupyter import clock, interrupts
from nodetool_jupyter.errors import NodetoolError
from nodetool_jupyter.events import Event, OutputUpdate
from nodetool_jupyter.fold import JobState, telling
from nodetool_jupyter.jobs import follow as following
from nodetool_jupyter.jobs import state as folders
from nodetool_jupyter.jobs.desk import Desk
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.lookup import Lookup
from nodetool_jupyter.jobs.reach import Ownership
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.jobs.search import Page, Search
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Status
from nodetool_jupyter.values import ValueStore

Values = list[object]
Batches = Iterator[list[Event]]


class JobReading:
    """The part of a manager that only reads; every method may be called from any thread."""

    _desk: Desk
    _lookup: Lookup
    _attend: Callable[[JobFolder], None]
    closed: str

    def get(self, job_id: str) -> JobRecord:
        """Return what is known about a job, by its id or a unique beginning of it; raises :class:`JobNotFound`."""
        return self._lookup.get(job_id)

    def find(self, job_id: str) -> JobRecord | None:
        """Return what is known about a job, by its whole id; ``None`` when there is no such job."""
        return self._lookup.find(job_id)

    def page(self, search: Search) -> Page:
        """Return a page of the jobs that are looked for; the index answers, so it costs the same for few and many."""
        return self._lookup.page(search)

    def list(self, status: Iterable[Status] | None = None, limit: int | None = 100) -> list[JobRecord]:
        """Return jobs, newest first; only those in one of the states in ``status``, at most ``limit``."""
        return self._lookup.list(status, limit)

    def wait(self, job_id: str, timeout: float | None = None) -> JobRecord:
        """Wait until a job has ended and return its record; raises ``TimeoutError`` when the waiting took too long."""
        told = interrupts.Event()
        found: list[JobRecord] = []

        def tell(record: JobRecord) -> None:
            found.append(record)
            told.set()

        job = self._desk.live.get(job_id)
        if job is None or not job.add_waiter(tell):
            return self._wait_in_file(job_id, timeout)
        deadline = None if timeout is None else clock.monotonic() + timeout
        try:
            if not told.wait(timeout):
                raise TimeoutError(f"job {job_id} has not ended within {timeout:g} s")
        finally:
            job.drop_waiter(tell)
        if found[0].status.terminal or self.closed:
            return found[0]
        left = None if deadline is None else max(0.0, deadline - clock.monotonic())
        return self._wait_in_file(job_id, left)  # another process owns it now

    async def async_wait(self, job_id: str) -> JobRecord:
        """Wait until a job has ended, on any event loop."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[JobRecord] = loop.create_future()

        def tell(record: JobRecord) -> None:
            loop.call_soon_threadsafe(_settle, ended, record)

        job = self._desk.live.get(job_id)
        if job is not None and job.add_waiter(tell):
            try:
                record = await ended
            finally:
                job.drop_waiter(tell)
            if record.status.terminal or self.closed:
                return record
        async for _ in self.aevents(job_id):  # another process owns it
            pass
        return self.get(job_id)

    def state(self, job_id: str) -> JobState:
        """Return the folded state of a job, after all that its log holds now."""
        folder = self._lookup.folder(job_id)
        state = folders.fold_log(folder)
        if state.status.terminal:
            state.winding_down = folder.id in self._desk.winding
        return state

    def events(
        self, job_id: str, after: int = 0, follow: bool = False, timeout: float | None = None
    ) -> Iterator[Event]:
        """Yield a job's events after number ``after``; with ``follow`` wait for those to come, until its end.

        Raises ``TimeoutError`` when the end has not come within ``timeout`` seconds.
        """
        folder = self._lookup.folder(job_id)
        ask = self._ownership(folder).ask
        return following.follow(self._desk.bus, folder, ask, after=after, follow=follow, timeout=timeout)

    def changes(self, job_id: str) -> Batches:
        """Yield those of a job's events that a state needs, and those to come, as many at a time as there are.

        An empty list says that all was read, and comes after each :meth:`wake` too.
        """
        folder = self._lookup.folder(job_id)
        return following.batches(self._desk.bus, folder, self._ownership(folder).ask, needs=telling)

    def wake(self, job_id: str) -> None:
        """Wake whoever follows a job."""
        self._desk.bus.ring(job_id)

    def aevents(self, job_id: str, after: int = 0) -> AsyncIterator[Event]:
        """Yield a job's events after number ``after`` and those to come, until its end, on any event loop."""
        folder = self._lookup.folder(job_id)
        return following.afollow(self._desk.bus, folder, self._ownership(folder).ask, after=after)

    def hear(self, job_id: str, wake: Callable[[], object]) -> Callable[[], object]:
        """Let ``wake`` be called now, and whenever a job's log may have grown or was removed; return what ends that.

        It is called on the manager's loop, so it must not wait for anything.
        """
        folder = self._lookup.folder(job_id)
        work = following.hear(self._desk.bus, folder, self._ownership(folder).ask, wake)
        return asyncio.run_coroutine_threadsafe(work, self._desk.loop).cancel

    def news(self, timeout: float | None = None) -> Generator[frozenset[str], None, None]:
        """Yield the ids of jobs that were submitted, have changed, ended or were removed, whoever owns them.

        An empty set says that any may have, and comes first: look at all you need when it has come. What was told can
        be read by then. Raises ``TimeoutError`` when nothing happens for ``timeout`` seconds. Jobs that run on another
        host are not told of.
        """
        return following.news(self._desk.bus, timeout=timeout)

    def anews(self) -> AsyncGenerator[frozenset[str], None]:
        """Yield what :meth:`news` does, on any event loop."""
        return following.anews(self._desk.bus)

    def result(self, job_id: str, timeout: float | None = None) -> dict[str, object]:
        """Wait for a job's end and return its outputs by name.

        Raises :class:`JobError` (chained to the node's exception for a recent job of this process),
        :class:`JobCancelled`, or ``TimeoutError`` when the waiting took too long.
        """
        folder = self._lookup.folder(job_id)
        if folder.id in self._desk.live:
            self.wait(folder.id, timeout)
        end = folders.read_end(folder)
        if end is None:
            self._wait_in_file(folder.id, timeout)
            end = folders.read_end(folder)
        if end is None:
            raise NodetoolError(f"job {folder.id} was removed, or its end could not be written")
        return folders.outputs(folder, end, self._desk.failures.get(folder.id), pickles=self._desk.pickles)

    def stream(self, job_id: str, name: str) -> Values:
        """Return every value that reached the output ``name`` so far."""
        folder = self._lookup.folder(job_id)
        values = folder.values(pickles=self._desk.pickles)
        found = (event for event in self.events(folder.id) if isinstance(event, OutputUpdate))
        return [values.decode(event.value) for event in found if event.output_name == name]

    def values(self, job_id: str) -> ValueStore:
        """Return the store of a job's large values."""
        return self._lookup.folder(job_id).values(pickles=self._desk.pickles)

    def request(self, job_id: str) -> RunJobRequest | None:
        """Return what was asked for; ``None`` when it is gone, or of a newer version."""
        return self._lookup.folder(job_id).read_request()

    def counts(self, user: str | None = None) -> dict[tuple[Status, str], int]:
        """Return how many jobs there are of each state and strategy; only those of ``user``, if one is named."""
        return self._desk.indexer.index().counts(user)

    @property
    def adopted(self) -> int:
        """How many jobs of owners that are gone this manager has taken over."""
        return self._desk.adopted

    def winding_down(self, job_id: str) -> bool:
        """Tell whether a node of a cancelled threaded job still works in its thread."""
        return job_id in self._desk.winding

    def _ownership(self, folder: JobFolder) -> Ownership:
        return Ownership(self._desk, folder, self._attend)

    def _wait_in_file(self, job_id: str, timeout: float | None) -> JobRecord:
        """Wait for a job of another process, or one that has ended."""
        record = self.get(job_id)
        if record.status.terminal:
            return record
        for _ in self.events(record.id, follow=True, timeout=timeout):
            pass
        return folders.record_of(self._lookup.folder(record.id)) or record


def _settle(ended: asyncio.Future[JobRecord], record: JobRecord) -> None:
    if not ended.done():
        ended.set_result(record)
