"""What the parts of one manager share."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nodetool_jupyter.events import Event
from nodetool_jupyter.execution.base import JobExecution
from nodetool_jupyter.jobs.backoff import Backoff
from nodetool_jupyter.jobs.bus import Bus
from nodetool_jupyter.jobs.folder import Card
from nodetool_jupyter.jobs.identity import Identity
from nodetool_jupyter.jobs.indexer import Indexer
from nodetool_jupyter.jobs.live import LiveJob
from nodetool_jupyter.jobs.log import Entry, EventLog
from nodetool_jupyter.jobs.paths import Places
from nodetool_jupyter.jobs.queue import JobQueue
from nodetool_jupyter.jobs.secrets import Secrets
from nodetool_jupyter.jobs.syncer import Syncer

logger = logging.getLogger("nodetool_jupyter.jobs")
KEPT_FAILURES = 8


class Failures:
    """The exceptions of the last few failed jobs of this process, for ``raise … from`` and post-mortem debugging."""

    def __init__(self, kept: int = KEPT_FAILURES) -> None:
        self._kept = kept
        self._by_job: OrderedDict[str, BaseException] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, job_id: str, error: BaseException) -> None:
        """Keep a failure; the oldest goes."""
        with self._lock:
            self._by_job[job_id] = error
            while len(self._by_job) > self._kept:
                self._by_job.popitem(last=False)

    def get(self, job_id: str) -> BaseException | None:
        """Return the exception that ended a job, if it is still kept."""
        return self._by_job.get(job_id)


class Owed(NamedTuple):
    """The end of a job that found no room in its log."""

    log: EventLog
    attempt: int
    end: Entry


@dataclass(slots=True)
class Desk:
    """The places, the loop and the shared services of one manager; ``live`` holds the jobs that it runs now."""

    places: Places
    identity: Identity
    loop: asyncio.AbstractEventLoop
    bus: Bus
    indexer: Indexer
    syncer: Syncer
    queue: JobQueue
    secrets: Secrets
    card: Card
    nobody: Card
    backoff: Backoff
    log_cap: int
    jobs: str
    owner: str
    failures: Failures = field(default_factory=Failures)
    live: dict[str, LiveJob] = field(default_factory=dict)
    winding: set[str] = field(default_factory=set)
    strategies: set[type[JobExecution]] = field(default_factory=set)  # those that were used
    background: set[asyncio.Task[None]] = field(default_factory=set)
    owed: list[Owed] = field(default_factory=list)
    adopted: int = 0  # jobs of owners that are gone
    own_secrets: bool = True  # whether jobs may name secrets of this process, or only those that came with them
    pickles: bool = True  # whether values may be pickled, and such values loaded, in this process

    @property
    def own(self) -> Secrets | None:
        """The secrets of this process, where jobs may name them."""
        return self.secrets if self.own_secrets else None

    def write(self, job: LiveJob, entries: Sequence[Entry], *, final: bool = False) -> None:
        """Append to a job's log, and ring its bell."""
        job.log.append(job.attempt, entries, final=final)
        if not final:  # whoever is woken by the end must find it everywhere
            self.bus.ring(job.id)

    def note(self, job: LiveJob, event: Event, *, source: int | None = None, time: float | None = None) -> None:
        """Append one event to a job's log, now."""
        self.write(job, (Entry(event, job.clock.time() if time is None else time, source),))
