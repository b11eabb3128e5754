"""Reads a runner's channel: each of its lines becomes exactly one line of the job's log."""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

from nodetool_jupyter import clock
from nodetool_jupyter.errors import NeverRan, NodetoolError, NotOwner, StorageError
from nodetool_jupyter.eventlog.shorten import LogFull
from nodetool_jupyter.events import Event, JobUpdate, read
from nodetool_jupyter.execution.base import OWN, ChannelLine
from nodetool_jupyter.jobs.desk import Desk
from nodetool_jupyter.jobs.live import End, LiveJob
from nodetool_jupyter.jobs.log import Entry
from nodetool_jupyter.redact import Redactor
from nodetool_jupyter.states import Reason, Status, read_status

if TYPE_CHECKING:
    from nodetool_jupyter.jobs.attempts import Driver

_USERS_DATA = ("value", "result")  # outputs are not rewritten


class ChannelReader:
    """Takes one attempt's lines until the runner's end is proved; its claim becomes the end, and nothing follows it."""

    def __init__(self, desk: Desk, driver: Driver, job: LiveJob, redactor: Redactor) -> None:
        self._desk = desk
        self._driver = driver
        self._job = job
        self._redactor = redactor
        self._claim: End | None = None
        self._held: list[Entry] = []

    async def read(self) -> End:
        """Read to the end and return the runner's claim, or what must be said in its place."""
        job, execution = self._job, self._job.execution
        assert execution is not None
        job.reading = True
        job.tell_listeners()
        job.last_event = clock.monotonic()
        if job.told_to_stop():
            self._driver.stop(job)
        try:
            async for lines in execution.channel():
                if self._claim is None:
                    self._take(lines)
                    if job.log.full:
                        await self._shorten()
        except asyncio.CancelledError:
            if not job.told_to_stop():
                raise
            assert job.task is not None
            job.task.uncancel()
        except (NotOwner, NeverRan):
            raise  # the attempt is another's now, or begins anew
        except StorageError as error:
            return End.failed(Reason.INTERNAL, str(error))
        except Exception as error:
            text = f"its channel failed: {type(error).__name__}: {error}"
            return End.failed(Reason.INTERNAL, text, traceback.format_exc())
        finally:
            job.reading = False
        job.unwritten, self._held = self._held, []
        if self._claim is None:
            return End.failed(Reason.LOST, "its runner ended without saying how the job went")
        return await self._stored(self._claim)

    async def _stored(self, end: End) -> End:
        """Return a runner's claim, or its refusal when a result that it names is not there as it says."""
        results = end.claim.result if end.claim is not None and end.status is Status.COMPLETED else None
        values = self._job.folder.values()
        for name, data in (results or {}).items():
            if values.references(data) and (fault := await asyncio.to_thread(values.missing, data)):
                text = f"the result of output {name!r} was not stored: {fault}"
                return replace(End.failed(Reason.RESULT_NOT_STORABLE, text), source=end.source, time=end.time)
        return end

    def _take(self, lines: list[ChannelLine]) -> None:
        job = self._job
        job.last_event = clock.monotonic()
        entries: list[Entry] = []
        secrets = bool(self._redactor)
        for n, time, sent, body in lines:
            if n != OWN:
                if n <= job.last_n:
                    continue  # read before, by an earlier owner
                job.last_n = n
            event = self._redacted(sent) if secrets else sent
            if isinstance(event, JobUpdate):
                status = read_status(event.status)
                if status.terminal:
                    self._claim = End(status, event.reason, event.error, claim=event, source=n or None, time=time)
                    break
                if status is Status.RUNNING and job.status is not Status.RUNNING:
                    self._driver.running(job, time)
            elif n != OWN and job.status is not Status.RUNNING:
                self._driver.running(job, time)
                entries.append(Entry(JobUpdate(status="running"), time))
            entries.append(Entry(event, time, n or None, None if secrets else body))
        if self._claim is not None:
            # Most channels end right behind the claim: then these lines and the end are one write.
            self._held = entries
            self._desk.loop.call_soon(self._write_held)
        elif entries:
            self._desk.write(job, entries)

    def _write_held(self) -> None:
        held, self._held = self._held, []
        if held:
            try:
                self._desk.write(self._job, held)
            except NodetoolError:
                self._held = held  # the end meets the same, and tells

    def _redacted(self, event: Event) -> Event:
        data = event.model_dump()
        kept = {name: data.pop(name) for name in _USERS_DATA if name in data and event.type != "node_update"}
        return read({**self._redactor.data(data), **kept})

    async def _shorten(self) -> None:
        try:
            await asyncio.to_thread(self._job.log.shorten)
        except LogFull as error:
            with self._job.lock:
                if self._job.stop is None:
                    self._job.stop = End.failed(Reason.OUTPUT_LIMIT, str(error))
            self._job.log.cap *= 2  # room for the end
            self._driver.stop(self._job)
