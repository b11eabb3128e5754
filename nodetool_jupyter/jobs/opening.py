"""Opening a manager's house: its folders, its loop, its services."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nodetool_jupyter import settings
from nodetool_jupyter.jobs import identity
from nodetool_jupyter.jobs.backoff import Backoff
from nodetool_jupyter.jobs.bus import Bus
from nodetool_jupyter.jobs.desk import Desk
from nodetool_jupyter.jobs.folder import Card, JobFolder
from nodetool_jupyter.jobs.indexer import Indexer
from nodetool_jupyter.jobs.loop import LoopThread
from nodetool_jupyter.jobs.paths import Places, places
from nodetool_jupyter.jobs.queue import JobQueue
from nodetool_jupyter.jobs.secrets import Secrets
from nodetool_jupyter.jobs.state import record_of
from nodetool_jupyter.jobs.syncer import Syncer

if TYPE_CHECKING:
    from nodetool_jupyter.jobs.index import Index


@dataclass(frozen=True, slots=True)
class Options:
    """What can be set about a manager; the settings of the environment hold for what is not given.

    ``sync="always"`` lets submit and a job's end wait for the disk; ``caps`` are jobs at once by strategy.
    """

    data_dir: str | os.PathLike[str] | None = None
    runtime_dir: str | os.PathLike[str] | None = None
    caps: Mapping[str, int] | None = None
    backoff: Backoff = field(default_factory=Backoff)
    sync: Literal["soon", "always"] = "soon"
    log_cap: int | None = None
    keep_jobs: int | None = None
    keep_days: float | None = None


def open_desk(options: Options, thread: LoopThread) -> Desk:
    """Make everything a manager needs; raises :class:`StorageError` when a folder cannot be used."""
    me = identity.mine()
    where = places(options.data_dir, options.runtime_dir, scope=me.scope)
    identity.hold(me, where.runtime)
    managers = where.data / "managers"
    return Desk(
        places=where,
        identity=me,
        loop=thread.loop,
        bus=Bus(where.runtime),
        indexer=Indexer(lambda: _open_index(where), lambda index, own: fill(index, where, own)),
        syncer=Syncer(always=options.sync == "always"),
        queue=JobQueue(options.caps),
        secrets=Secrets(where.data / "secrets"),
        card=Card(me, managers / f"{me.id}.json"),
        nobody=Card(None, managers / "nobody"),
        backoff=options.backoff,
        log_cap=options.log_cap or settings.get_int("NODETOOL_LOG_CAP", minimum=4096),
        jobs=str(where.data / "jobs"),
        owner=str(me),
    )


def _open_index(where: Places) -> Index:
    from nodetool_jupyter.jobs.index import Index  # slow to import, so on the indexer's thread

    return Index.at(where.data)


def fill(index: Index, where: Places, own: frozenset[str] = frozenset()) -> None:
    """Make the index agree with the folders: a row for every job, none without one.

    Jobs in ``own`` are this manager's, which will write their rows itself.
    """
    jobs = str(where.data / "jobs")
    known, there = index.ids(), {path.name for path in Path(jobs).iterdir()}
    missing = (record_of(JobFolder(jobs, job_id)) for job_id in there - known - own)
    index.add(record for record in missing if record is not None)
    gone = {job_id for job_id in there - known if not JobFolder(jobs, job_id).exists}
    index.delete(sorted(known - there | gone))
