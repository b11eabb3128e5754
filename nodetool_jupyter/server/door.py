"""What handlers may do with jobs on behalf of a user: who sees what, what is refused, what is written down."""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nodetool_jupyter.errors import InvalidRequest, JobNotFound
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.manager import JobExecutionManager, manager
from nodetool_jupyter.jobs.records import JobRecord, told
from nodetool_jupyter.jobs.search import Search, write_mark
from nodetool_jupyter.server import figures
from nodetool_jupyter.server.problems import Problem, not_found
from nodetool_jupyter.server.submission import Policy, read_submission, relative_to_root
from nodetool_jupyter.widgets import about, heading
from nodetool_jupyter.widgets.detail import final, outputs
from nodetool_jupyter.widgets.feed import feed
from nodetool_jupyter.widgets.snapshot import NAME, Snapshots, words

audit = logging.getLogger("nodetool_jupyter.audit")

Json = dict[str, Any]
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_WITHHELD = {"interpreter", "cwd", "format", "notebook", "user_id"}  # of a request: this machine's, or in the record


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks: the name of the identity, empty for the server's owner, and the address the request came from."""

    name: str
    address: str = ""


class Jobs:
    """The jobs of one user; every method may block, and is called in a thread."""

    def __init__(self, who: Who, policy: Policy) -> None:
        self.who = who
        self.policy = policy

    @property
    def manager(self) -> JobExecutionManager:
        """The manager of this process."""
        return manager()

    def get(self, job_id: str) -> JobRecord:
        """Return a job's record, by its whole id; raises a 404 :class:`Problem` for unknown and foreign ones alike."""
        record = self.manager.find(job_id) if _ID.fullmatch(job_id) else None
        if record is None or not self.sees(record):
            raise not_found()
        return record

    def sees(self, record: JobRecord) -> bool:
        """Tell whether the user may know of a job."""
        return not self.policy.separate_users or record.user == self.who.name

    def folder(self, job_id: str) -> JobFolder:
        """Return the folder of a job that the user may know of; raises a 404 :class:`Problem`."""
        return JobFolder(str(self.manager.places.data / "jobs"), self.get(job_id).id)

    def shown(self, record: JobRecord) -> Json:
        """Return a record as this server's clients get it; see :func:`shown`."""
        return shown(record, self.policy.root)

    def page(self, search: Search) -> Json:
        """Return a page of the user's jobs."""
        own = replace(search, user=self.who.name if self.policy.separate_users else None)
        found = self.manager.page(own)
        rows = [self.shown(record) | self._progress(record) for record in found.jobs]
        return {"jobs": rows, "next": write_mark(found.next), "total": found.total}

    @staticmethod
    def _progress(record: JobRecord) -> Json:
        return {} if record.status.terminal else feed.progress(record.id)

    def counts(self) -> dict[str, int]:
        """Return how many of the user's jobs are in which state."""
        found: Counter[str] = Counter()
        for (status, _), count in self.manager.counts(self.who.name if self.policy.separate_users else None).items():
            found[status.value] += count
        return dict(found)

    def look(self, job_id: str) -> Json:
        """Return all that is known about a job: its record, its state, its request."""
        record = self.get(job_id)
        request = self.manager.request(job_id)
        state, known = self.manager.state(job_id), about.about(job_id)
        snapshots = Snapshots(known, () if state.status.terminal else about.history(job_id, known.graph))
        seen = final(snapshots, state) if state.status.terminal else snapshots.of(state)
        row = self.shown(record) | self._progress(record)
        asked = None if request is None else request.model_dump(mode="json", exclude_none=True, exclude=_WITHHELD)
        found = {"job": row, "state": seen, "request": asked}
        return found | {"notebook": row["notebook"]} if "notebook" in row else found

    def detail(self, job_id: str, node_id: str) -> Json:
        """Return what is known of one node of a job; raises a 404 :class:`Problem` for one that it does not have."""
        record = self.get(job_id)
        graph = about.stored_graph(record.id)
        known = {node.id for node in graph.nodes} if graph is not None else set()
        if node_id not in known and node_id not in self.manager.state(record.id).nodes:
            raise Problem(404, "not_found", "the job has no such node", "its state names those there are")
        return feed.detail(record.id, node_id)

    def outputs(self, job_id: str) -> Json:
        """Return what has reached a job's outputs, at a glance; ``ref`` names the stored value behind one."""
        record = self.get(job_id)
        state, values = self.manager.state(record.id), self.manager.values(record.id)
        found = outputs(state, values)
        for name, value in heading.outputs(state).items():
            if isinstance(value, Mapping) and values.path(value) is not None:
                found[words(name, NAME)]["ref"] = value["uri"].removeprefix("values/")
        return {"outputs": found}

    def submit(self, data: object, key: str = "") -> Json:
        """Submit a job as a client asks for it; ``key`` is an Idempotency-Key, empty for none."""
        request = read_submission(data, key, self.who.name, self.policy)
        job_id = self.manager.submit(request)
        figures.submitted(request.strategy)
        self.note("submit", job_id)
        return {"id": job_id, "status": self.manager.get(job_id).status.value}

    def cancel(self, job_id: str) -> Json:
        """Ask a job to end as cancelled."""
        record = self.get(job_id)
        cancelled = self.manager.cancel(record.id)
        self.note("cancel", record.id, "asked" if cancelled else "ended already")
        return {"cancelled": cancelled}

    def retry(self, job_id: str) -> Json:
        """Submit a job's request as a new job, if it may still be submitted here.

        What ran in a thread of its kernel would run in one of this server now; it gets the strategy of those that name
        none.
        """
        record = self.get(job_id)
        request = self.manager.request(record.id)
        strategy = self.policy.default_strategy if record.strategy == "threaded" else record.strategy
        if request is not None:
            self.policy.check(request.model_copy(update={"strategy": strategy}))
        again = self.manager.retry(record.id, strategy=strategy)
        self.note("retry", record.id, f"job {again}")
        return {"id": again}

    def remove(self, job_id: str) -> None:
        """Remove an ended job with all its files; raises a 409 :class:`Problem` for one that has not ended."""
        record = self.get(job_id)
        try:
            self.manager.remove(record.id)
        except InvalidRequest:
            if self.get(job_id).status.terminal:
                raise
            raise Problem(409, "not_ended", "the job has not ended", "cancel it first") from None
        except JobNotFound:
            raise not_found() from None
        self.note("delete", record.id)

    def note(self, act: str, job_id: str, result: str = "done") -> None:
        """Write a line of the audit: who did what, and what came of it."""
        write_down(self.who, act, f"job {job_id}", result)


def write_down(who: Who, act: str, what: str, result: str) -> None:
    """Write one line of the audit, whatever its words hold."""
    parts = {"user": who.name, "from": who.address, "what": what, "result": result}
    audit.info("%s %s", act, " ".join(f"{name}={json.dumps(text)}" for name, text in parts.items()))


def shown(record: JobRecord, root: str = "") -> Json:
    """Return a record as clients get it; what is not known is left out.

    Of the notebook its path below ``root`` is told.
    """
    notebook = relative_to_root(record.notebook, root)
    return told(record) | ({} if notebook is None else {"notebook": notebook})
