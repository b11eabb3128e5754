"""The list of jobs, kept for all sockets that look at it: read once, then only what has changed. Used on the loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

from nodetool_jupyter.errors import NodetoolError
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.jobs.search import Search
from nodetool_jupyter.server.aside import Aside
from nodetool_jupyter.server.base import dumps
from nodetool_jupyter.server.door import shown
from nodetool_jupyter.server.subscriptions import Topic, Wake
from nodetool_jupyter.server.views import Views
from nodetool_jupyter.states import TERMINAL, Status
from nodetool_jupyter.widgets.snapshot import progress_in

NEWEST = 200  # jobs that are told of besides all that have not ended
FOLLOWED = 50  # running jobs whose progress is told
GAP = 0.1  # seconds between two messages to a socket, and between two readings
MOST = 500  # rows of one message
SINGLY = 50  # changed jobs that are looked up one by one

_RUNNING = (Status.STARTING, Status.RUNNING, Status.SUSPENDED)
_UNFINISHED = tuple(status for status in Status if status not in TERMINAL)

Json = dict[str, Any]
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Row:
    """One job as it is told: its record, and how far it is."""

    record: JobRecord
    progress: Json = field(default_factory=dict)
    root: str = ""  # the folder that notebooks' paths begin at
    _text: str = ""

    def take(self, record: JobRecord | None = None, progress: Json | None = None) -> bool:
        """Bring the row up to date; tell whether it is another now."""
        before = (self.record, self.progress)
        self.record = record or self.record
        self.progress = {} if self.record.status.terminal else self.progress if progress is None else progress
        if (self.record, self.progress) == before:
            return False
        self._text = ""
        return True

    @property
    def text(self) -> str:
        """The row as JSON."""
        if not self._text:
            self._text = dumps({**shown(self.record, self.root), **self.progress})
        return self._text

    @property
    def age(self) -> tuple[float, str]:
        """What rows are sorted by."""
        return (self.record.submitted or 0.0, self.record.id)


class Roster:
    """The jobs of one ``user``, or of everybody; topics that have joined are told which rows have changed."""

    def __init__(self, user: str | None, views: Views, aside: Aside, root: str = "") -> None:
        self._root = root
        self.rows: dict[str, Row] = {}
        self.total = 0
        self.read = False  # whether the rows were read once
        self.fault: Exception | None = None  # what keeps them from being read
        self._user = user
        self._views = views
        self._aside = aside
        self._topics: set[RosterTopic] = set()
        self._followed: dict[str, _Follow] = {}
        self._task: asyncio.Task[None] | None = None

    def join(self, topic: RosterTopic) -> None:
        """Tell a topic of every change from now on."""
        self._topics.add(topic)
        if self._task is None:
            self._task = self._aside.spawn(self._run())

    def leave(self, topic: RosterTopic) -> None:
        """Tell it nothing more; with the last the list is not followed any more."""
        self._topics.discard(topic)
        if not self._topics and self._task is not None:
            self._task.cancel()
            self._task, self.read, self.fault = None, False, None
            self.rows.clear()
            for job_id in tuple(self._followed):
                self._followed.pop(job_id).close()

    @property
    def looked_at(self) -> bool:
        """Whether anybody looks."""
        return bool(self._topics)

    def progressed(self, job_id: str, progress: Json) -> None:
        """Take note of how far a job is."""
        row = self.rows.get(job_id)
        if row is not None and row.take(progress=progress):
            self._tell([job_id])

    async def _run(self) -> None:
        pause = asyncio.Event()  # never set: changes gather meanwhile
        try:
            jobs = await self._aside.off(manager)
            async with aclosing(jobs.anews()) as news:
                async for changed in news:
                    await self._look(changed)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(pause.wait(), GAP)
        except (NodetoolError, OSError) as error:
            self._fail(error)

    async def _look(self, changed: frozenset[str]) -> None:
        try:
            if self.read and 0 < len(changed) <= SINGLY:
                self._take(await self._aside.off(self._look_up, changed))
            else:
                self._take_all(*await self._aside.off(self._look_at_all))
        except (NodetoolError, OSError) as error:
            if not self.read:
                raise
            logger.warning("the list of jobs cannot be read: %s", error)
            self.read = False  # all of it is read with the next change
            return
        self._follow()

    def _look_up(self, job_ids: Iterable[str]) -> dict[str, JobRecord | None]:
        found = {job_id: manager().find(job_id) for job_id in job_ids}
        return {job_id: record for job_id, record in found.items() if record is None or self._is_mine(record)}

    def _look_at_all(self) -> tuple[list[JobRecord], int]:
        newest, _, total = manager().page(Search(user=self._user, limit=NEWEST))
        unfinished = filter(self._is_mine, manager().list(_UNFINISHED, None))
        return list({record.id: record for record in (*newest, *unfinished)}.values()), total

    def _is_mine(self, record: JobRecord) -> bool:
        return self._user is None or record.user == self._user

    def _take(self, found: Mapping[str, JobRecord | None]) -> None:
        # Ids of others' jobs are not told, not even of those that are gone.
        known = self.rows.keys() if self._user is not None else found.keys()
        gone = [job_id for job_id, record in found.items() if record is None and job_id in known]
        fresh = [record for record in found.values() if record is not None]
        self.total += sum(record.id not in self.rows for record in fresh) - len(gone)
        self._remove(gone)
        self._tell([record.id for record in fresh if self._put(record)])
        self._trim()

    def _take_all(self, found: list[JobRecord], total: int) -> None:
        first, self.read, self.total = not self.read, True, total
        there = {record.id for record in found}
        # An ended job that fell behind the newest is still there; one that had not ended would be listed.
        floor = min((Row(record).age for record in found), default=(0.0, ""))
        listed = [job_id for job_id, row in self.rows.items() if row.age >= floor or not row.record.status.terminal]
        self._remove([job_id for job_id in listed if job_id not in there])
        self._tell([record.id for record in found if self._put(record)])
        self._trim()
        if first:
            for topic in self._topics:
                topic.wake()

    def _put(self, record: JobRecord) -> bool:
        row = self.rows.get(record.id)
        if row is not None:
            return row.take(record)
        self.rows[record.id] = Row(record, root=self._root)
        return True

    def _remove(self, job_ids: list[str]) -> None:
        for job_id in job_ids:
            self.rows.pop(job_id, None)
        if job_ids:
            for topic in self._topics:
                topic.removed(job_ids)

    def _tell(self, job_ids: list[str]) -> None:
        if job_ids:
            for topic in self._topics:
                topic.changed(job_ids)

    def _trim(self) -> None:
        """Forget ended jobs that are far behind the newest; nobody is told, for they are there."""
        if len(self.rows) > 2 * NEWEST:
            by_age = sorted(self.rows.values(), key=lambda row: row.age, reverse=True)
            kept = [row for place, row in enumerate(by_age) if place < NEWEST or not row.record.status.terminal]
            self.rows = {row.record.id: row for row in kept}

    def _follow(self) -> None:
        """Follow as many running jobs as may be, and none that has ended."""
        running = [job_id for job_id, row in self.rows.items() if row.record.status in _RUNNING]
        for job_id in self._followed.keys() - set(running):
            self._followed.pop(job_id).close()
        for job_id in running:
            if len(self._followed) < FOLLOWED and job_id not in self._followed:
                self._followed[job_id] = _Follow(job_id, self, self._views)

    def _fail(self, error: Exception) -> None:
        self.fault = error
        for topic in self._topics:
            topic.wake()


class _Follow:
    """One running job of the list, looked at for its progress."""

    def __init__(self, job_id: str, roster: Roster, views: Views) -> None:
        self._job_id = job_id
        self._roster = roster
        self._views = views
        self._view = views.join(job_id, self._changed)
        self._changed()

    def _changed(self) -> None:
        told = progress_in(self._view.state)
        if told:
            self._roster.progressed(self._job_id, told)

    def close(self) -> None:
        self._views.leave(self._view, self._changed)


class RosterTopic(Topic):
    """The whole list, then what changes; at most ten messages a second, each with rows as they are by then."""

    def __init__(self, number: int, roster: Roster, wake: Wake) -> None:
        self.wake = wake
        self._head = f'"id":{number}'
        self._roster = roster
        self._anew = True
        self._rest: list[str] = []  # of a list that is longer than a message
        self._changed: dict[str, None] = {}
        self._removed: list[str] = []
        self._loop = asyncio.get_running_loop()
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        roster.join(self)

    def changed(self, job_ids: Iterable[str]) -> None:
        """Tell of these soon."""
        if not self._anew:
            self._changed.update(dict.fromkeys(job_ids))
            self._catch_up()

    def removed(self, job_ids: Iterable[str]) -> None:
        """Tell soon that these are gone."""
        if not self._anew:
            self._removed.extend(job_ids)
            self._catch_up()

    def _catch_up(self) -> None:
        if len(self._changed) + len(self._removed) > MOST:  # so slow a reader is better served by a new list
            self._anew = True
            self._rest, self._removed, self._changed = [], [], {}
        self.wake()

    async def next(self) -> str | None:
        """Return the list, or what has changed since; not before its time."""
        if self._roster.fault is not None:
            raise self._roster.fault
        if not self._roster.rows and not self._roster.read:
            return None
        now = self._loop.time()
        if now < self._due:
            self._timer = self._timer or self._loop.call_at(self._due, self._time_has_come)
            return None
        text = self._message()
        if text is not None:
            self._due = now + GAP
        return text

    def _time_has_come(self) -> None:
        self._timer = None
        self.wake()

    def _message(self) -> str | None:
        rows = self._roster.rows
        if self._anew:
            self._anew = False
            newest = [row.record.id for row in sorted(rows.values(), key=lambda row: row.age, reverse=True)]
            first, self._rest = newest[:MOST], newest[MOST:]
            return f'{{"type":"jobs",{self._head},"jobs":[{self._texts(first)}],"total":{self._roster.total}}}'
        if self._removed:
            gone, self._removed = self._removed, []
            return f'{{"type":"removed",{self._head},"jobs":{dumps(gone)}}}'
        if self._rest:
            some, self._rest = self._rest[:MOST], self._rest[MOST:]
        else:
            some, self._changed = list(self._changed), {}
        some = [job_id for job_id in some if job_id in rows]
        if len(some) == 1:
            return f'{{"type":"job",{self._head},"job":{self._texts(some)}}}'
        return f'{{"type":"changed",{self._head},"jobs":[{self._texts(some)}]}}' if some else None

    def _texts(self, job_ids: list[str]) -> str:
        return ",".join(self._roster.rows[job_id].text for job_id in job_ids)

    def close(self) -> None:
        """Look at the list no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._roster.leave(self)
