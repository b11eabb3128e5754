"""Where jobs wait for a slot: their places are told to whoever looks, and written down now and then."""

from __future__ import annotations

import asyncio

from nodetool_jupyter.errors import NodetoolError
from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.jobs.desk import Desk, logger
from nodetool_jupyter.jobs.live import LiveJob
from nodetool_jupyter.jobs.queue import Ticket

PERIOD = 1.0  # seconds between two tellings of places in the queue
SHOWN = 100  # places that are written down


def resolve(future: asyncio.Future[None]) -> None:
    """Let who waits for ``future`` go on, if it still waits."""
    if not future.done():
        future.set_result(None)


def count_no_more(desk: Desk, job: LiveJob) -> None:
    """Let the queue count a job no longer that was on its way there."""
    if job.announced:
        desk.queue.expected_no_more(job.request.strategy)
        job.announced = False


class WaitingRoom:
    """Lets jobs in when there is a slot; used on the loop only."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._telling: asyncio.TimerHandle | None = None

    def enter(self, job: LiveJob) -> asyncio.Future[None]:
        """Ask for a slot; the future is done when the job has it."""
        granted: asyncio.Future[None] = self._desk.loop.create_future()
        job.ticket = Ticket(job.id, job.request.strategy, job.request.user_id, lambda: resolve(granted))
        count_no_more(self._desk, job)
        self._desk.queue.enter(job.ticket, runs=job.resume is not None)
        if not granted.done():
            self._tell_soon()
        return granted

    def leave(self, job: LiveJob) -> None:
        """Give back the slot, or the place in the queue; nothing when the job has neither."""
        ticket, job.ticket = job.ticket, None
        if ticket is not None:
            self._desk.queue.leave(ticket)

    def _tell_soon(self) -> None:
        if self._telling is None:
            self._telling = self._desk.loop.call_later(PERIOD, self._tell)

    def _tell(self) -> None:
        """Write down where the first jobs in the queues stand now; a place that did not change is not repeated."""
        self._telling = None
        for place, ticket in self._desk.queue.waiting():
            self._tell_soon()
            job = self._desk.live.get(ticket.job_id)
            if place <= SHOWN and job is not None and job.shown_position != place and not job.final:
                self._write_place(job, place)

    def _write_place(self, job: LiveJob, place: int) -> None:
        job.shown_position = place
        try:
            self._desk.note(job, JobUpdate(status="queued", queue_position=place))
        except NodetoolError as error:
            logger.warning("the place of job %s in the queue cannot be written: %s", job.id, error)
        job.log.rest()
        self._desk.indexer.put(job)
