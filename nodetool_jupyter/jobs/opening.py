"""Opening a manager's house: its folders, its loop, its services."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nodetool_jupyter import settings
from nodetool_jupyter.errors import NodetoolError, StorageError
from nodetool_jupyter.jobs import identity
from nodetool_jupyter.jobs.backoff import Backoff
from nodetool_jupyter.jobs.bus import Bus
from nodetool_jupyter.jobs.desk import Desk, logger
from nodetool_jupyter.jobs.folder import Card, JobFolder
from nodetool_jupyter.jobs.indexer import Indexer
from nodetool_jupyter.jobs.loop import LoopThread
from nodetool_jupyter.jobs.paths import Places, places
from nodetool_jupyter.jobs.queue import JobQueue
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.jobs.secrets import Secrets
from nodetool_jupyter.jobs.state import record_of
from nodetool_jupyter.jobs.syncer import Syncer

if TYPE_CHECKING:
    from nodetool_jupyter.jobs.index import Index


@dataclass(frozen=True, slots=True)
class Options:
    """What can be set about a manager; the settings of the environment hold for what is not given.

    ``sync="always"`` lets submit and a job's end wait for the disk; ``caps`` are jobs at once by strategy.
    ``adopts="asked"`` takes over only those jobs of dead owners that somebody here waits for, cancels or removes, and
    leaves them to others when it is shut down. Without ``pickles`` nothing is pickled or unpickled in this process,
    without ``own_secrets`` jobs get only the secrets that came with them.
    """

    data_dir: str | os.PathLike[str] | None = None
    runtime_dir: str | os.PathLike[str] | None = None
    caps: Mapping[str, int] | None = None
    backoff: Backoff = field(default_factory=Backoff)
    sync: Literal["soon", "always"] = "soon"
    log_cap: int | None = None
    keep_jobs: int | None = None
    keep_days: float | None = None
    adopts: Literal["all", "asked"] = "all"
    pickles: bool = True
    own_secrets: bool = True


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was found when the index was made anew: how many jobs, and which folders could not be read and why."""

    jobs: int
    unread: tuple[str, ...]


def open_desk(options: Options, thread: LoopThread) -> Desk:
    """Make everything a manager needs; raises :class:`StorageError` when a folder cannot be used."""
    me = identity.mine()
    where = places(options.data_dir, options.runtime_dir, scope=me.scope)
    identity.hold(me, where.runtime)
    bus = Bus(where.runtime)
    return Desk(
        places=where,
        identity=me,
        loop=thread.loop,
        bus=bus,
        indexer=Indexer(lambda: _open_index(where), lambda index, own: fill(index, where, own), bus.ring_list),
        syncer=Syncer(always=options.sync == "always"),
        queue=JobQueue(options.caps),
        secrets=Secrets(where.data / "secrets"),
        card=Card(me, where.managers / f"{me.id}.json"),
        nobody=Card(None, where.managers / "nobody"),
        backoff=options.backoff,
        log_cap=options.log_cap or settings.get_int("NODETOOL_LOG_CAP"),
        jobs=str(where.data / "jobs"),
        owner=str(me),
        pickles=options.pickles,
        own_secrets=options.own_secrets,
    )


def _open_index(where: Places) -> Index:
    from nodetool_jupyter.jobs.index import Index  # slow to import, so on the indexer's thread

    def refill(index: Index) -> None:
        fill(index, where)

    # Where nothing can be written, every question is answered from the folders.
    return Index("sqlite://", refill) if where.read_only else Index.at(where.data, refill)


def fill(index: Index, where: Places, own: frozenset[str] = frozenset()) -> None:
    """Make the index agree with the folders: a row for every job, none without one.

    Jobs in ``own`` are this manager's, which will write their rows itself.
    """
    jobs = str(where.data / "jobs")
    known, there = index.ids(), {path.name for path in Path(jobs).iterdir()}
    unread: list[str] = []
    index.add(survey(jobs, there - known - own, unread))
    for said in unread:
        logger.debug("a folder has no row in the index: %s", said)
    gone = {job_id for job_id in there - known if not JobFolder(jobs, job_id).exists}
    index.delete(sorted(known - there | gone))


def survey(jobs: str, job_ids: Iterable[str], unread: list[str]) -> Iterator[JobRecord]:
    """Yield the record of every job that can be read from its folder; what cannot goes into ``unread``, with why."""
    for job_id in job_ids:
        folder = JobFolder(jobs, job_id)
        try:
            record = record_of(folder)
        except (NodetoolError, OSError, ValueError) as error:
            unread.append(f"{folder.path}: {getattr(error, 'strerror', None) or error}")
            continue
        if record is not None:
            yield record
        elif folder.exists:
            unread.append(f"{folder.path}: it holds no request that can be read, and no log")


def rebuild(desk: Desk) -> Rebuilt:
    """Make the index anew from the folders alone; raises :class:`StorageError` when it cannot be written."""
    if desk.places.read_only:
        raise StorageError(f"the index in {desk.places.data} cannot be made anew: the folder is read-only")
    unread: list[str] = []
    found: list[str] = []

    def every() -> Iterator[JobRecord]:
        unread.clear()
        found.clear()
        for record in survey(desk.jobs, sorted(os.listdir(desk.jobs)), unread):  # noqa: PTH208
            found.append(record.id)
            yield record

    desk.indexer.rebuild(every)
    return Rebuilt(len(found), tuple(unread))
