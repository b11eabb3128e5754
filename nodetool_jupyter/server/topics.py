"""The topics about one job: its state as it changes, and its events as they stand in its log."""

from __future__ import annotations

import asyncio
import re
import threading

from nodetool_jupyter import clock
from nodetool_jupyter.eventlog.lines import is_terminal, read_tail
from nodetool_jupyter.eventlog.reader import LogReader
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.server import figures
from nodetool_jupyter.server.aside import Aside
from nodetool_jupyter.server.base import dumps
from nodetool_jupyter.server.subscriptions import Topic, Wake
from nodetool_jupyter.server.views import REMOVED, Views

STEP = 64 * 1024  # bytes of a log that one message has, but for a longer line

_TIME = re.compile(rb'"time":([\d.]+)')


class StateTopic(Topic):
    """A snapshot of a job's state, then patches; a new snapshot when the socket is too far behind."""

    def __init__(self, number: int, job_id: str, views: Views, wake: Wake) -> None:
        self._head = f'"id":{number},"job":{dumps(job_id)}'
        self._views = views
        self._wake = wake
        self._view = views.join(job_id, wake)
        self._seen = 0
        self._n = 0

    async def next(self) -> str | None:
        """Return the next patch, a snapshot, or how it ended."""
        view = self._view
        if self._seen == view.version:
            if view.gone:
                self.over = True
                return f'{{"type":"gone",{self._head},"message":{dumps(view.gone)}}}'
            self.over = view.over
            return f'{{"type":"end",{self._head}}}' if view.over else None
        patch = view.patch_after(self._seen) if self._seen else None
        if patch is None:
            self._seen, self._n = view.version, 0
            return f'{{"type":"snapshot",{self._head},"state":{view.text}}}'
        self._seen, self._n = self._seen + 1, self._n + 1
        return f'{{"type":"patch",{self._head},"n":{self._n},"patch":{patch}}}'

    def close(self) -> None:
        """Look at the job no more."""
        self._views.leave(self._view, self._wake)


class Bells:
    """Tells all who read the log of a job that it has grown: one bell a job, however many read."""

    def __init__(self, aside: Aside) -> None:
        self._aside = aside
        self._wakes: dict[str, set[Wake]] = {}
        self._left: dict[str, asyncio.Event] = {}

    def listen(self, job_id: str, wake: Wake) -> None:
        """Let ``wake`` be called whenever a job's log may have grown, until it is left."""
        if job_id not in self._wakes:
            self._wakes[job_id], self._left[job_id] = set(), asyncio.Event()
            self._aside.spawn(self._attend(self._wakes[job_id], self._left[job_id], job_id))
        self._wakes[job_id].add(wake)

    def leave(self, job_id: str, wake: Wake) -> None:
        """Listen no more."""
        wakes = self._wakes.get(job_id)
        if wakes is not None:
            wakes.discard(wake)
            if not wakes:
                del self._wakes[job_id]
                self._left.pop(job_id).set()

    async def _attend(self, wakes: set[Wake], left: asyncio.Event, job_id: str) -> None:
        loop = asyncio.get_running_loop()

        def rung() -> None:
            loop.call_soon_threadsafe(ring)

        def ring() -> None:
            for wake in tuple(wakes):
                wake()

        stop = await self._aside.off(lambda: manager().hear(job_id, rung))
        ring()
        await left.wait()
        stop()

    def __len__(self) -> int:
        return len(self._wakes)


class Lines:
    """Reads a job's log on from a number, as far as it is there; every call may block."""

    def __init__(self, job_id: str, after: int) -> None:
        self.job_id = job_id
        self.ended = self.removed = False
        self.last = after  # the number of the last line that was given
        self._begins = after
        self._reader: LogReader | None = None
        self._fresh = False  # whether the end was reached once: what comes from then on is new
        self._closed = False
        self._lock = threading.Lock()

    def read(self) -> list[bytes]:
        """Return the next lines; none when there are none yet, the job has ended, or it was removed."""
        with self._lock:
            return [] if self._closed else self._read()

    def _read(self) -> list[bytes]:
        folder = JobFolder(str(manager().places.data / "jobs"), self.job_id)
        if self._reader is None:
            self._reader = LogReader(folder.log, self._begins, step=STEP)
        try:
            lines = self._reader.read()
        except FileNotFoundError:
            self.removed = not folder.exists
            return []
        self.last = self._reader.after
        if lines:
            self.ended = is_terminal(lines[-1])
            if self._fresh and (found := _TIME.search(lines[-1], 0, 100)):
                figures.delayed(clock.time() - float(found[1]))
        else:
            self._fresh = True
            self.ended = 0 < self._begins == self.last and _ends_before(folder, self.last)
        return lines

    def close(self) -> None:
        """Close the log."""
        with self._lock:
            self._closed = True
            if self._reader is not None:
                self._reader.close()


def _ends_before(folder: JobFolder, seq: int) -> bool:
    """Tell whether nothing can follow a number, because whoever has it has the job's end."""
    tail = read_tail(folder.log)
    return tail.terminal and tail.seq <= seq


class EventsTopic(Topic):
    """A job's events after a number, as they stand in its log, as many at a time as the socket can take."""

    def __init__(self, number: int, job_id: str, after: int, bells: Bells, aside: Aside, wake: Wake) -> None:
        self._head = f'"id":{number},"job":{dumps(job_id)}'
        self._lines = Lines(job_id, after)
        self._bells = bells
        self._aside = aside
        self._wake = wake
        bells.listen(job_id, wake)

    async def next(self) -> str | None:
        """Return the next lines, or that there will be none."""
        lines = self._lines
        found = [] if lines.ended or lines.removed else await self._aside.off(lines.read)
        if found:
            return f'{{"type":"events",{self._head},"events":[{b",".join(found).decode()}],"last":{lines.last}}}'
        self.over = lines.ended or lines.removed
        if lines.removed:
            return f'{{"type":"gone",{self._head},"message":{dumps(REMOVED)}}}'
        return f'{{"type":"end",{self._head}}}' if lines.ended else None

    def close(self) -> None:
        """Listen no more, and close the log."""
        self._bells.leave(self._lines.job_id, self._wake)
        self._aside.later(self._lines.close)
