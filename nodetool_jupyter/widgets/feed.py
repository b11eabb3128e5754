"""All that is looked at in this process: each job is read once, whoever and however many look at it."""

from __future__ import annotations

import threading

from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.widgets import about
from nodetool_jupyter.widgets.detail import detail
from nodetool_jupyter.widgets.follower import Follower, Picture, Sink
from nodetool_jupyter.widgets.snapshot import Json


class Feed:
    """All followers of a process, and the pages to which it shows the jobs of its cells unasked."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._followers: dict[str, Follower] = {}
        self._pages: list[Sink] = []

    def begin(self, job_id: str) -> Follower:
        """Return the follower of a job for a picture that :meth:`show` gets then."""
        with self._lock:
            found = self._follower(job_id)
            found.expect_picture()
            return found

    def send_to(self, job_id: str, sink: Sink) -> None:
        """Send a sink the messages of a job, a snapshot first."""
        with self._lock:
            while not self._follower(job_id).add_sink(sink):
                pass  # it ended just now; the next one reads the job's end

    def leave(self, job_id: str, sink: Sink) -> None:
        """Send a sink no more of a job."""
        found = self._followers.get(job_id)
        if found is not None:
            found.drop(sink)

    def show(self, follower: Follower, picture: Picture) -> None:
        """Show a job in a cell: in a picture there, and on every connected page."""
        with self._lock:
            follower.add_picture(picture)
            for page in self._pages:
                follower.add_sink(page)

    def connect(self, page: Sink) -> None:
        """Take a page, which is sent what cells show now and later."""
        with self._lock:
            self._pages.append(page)
            for follower in self._followers.values():
                follower.add_sink(page)

    def disconnect(self, page: Sink) -> None:
        """Send a page nothing any more."""
        with self._lock:
            self._pages = [one for one in self._pages if one is not page]
            for follower in tuple(self._followers.values()):
                follower.drop(page)

    def detail(self, job_id: str, node_id: str) -> Json:
        """Return what is known of one node of any job; raises :class:`JobNotFound`."""
        found = self._followers.get(job_id)
        if found is not None and found.state.seq:
            return found.detail(node_id)
        return detail(manager().state(job_id), about.stored_graph(job_id), node_id)

    def progress(self, job_id: str) -> Json:
        """Return how far a job is, where somebody looks at it: ``done``, ``all``, ``progress`` and perhaps ``left``."""
        found = self._followers.get(job_id)
        return {} if found is None else found.progress()

    @property
    def connected(self) -> bool:
        """Whether a page is there that draws what it is sent."""
        return bool(self._pages)

    def followed(self) -> list[str]:
        """Return the ids of the jobs that are read now."""
        with self._lock:
            return list(self._followers)

    def _follower(self, job_id: str) -> Follower:
        found = self._followers.get(job_id)
        if found is None or found.over:
            found = self._followers[job_id] = Follower(job_id, self._gone)
            found.start()
        return found

    def _gone(self, follower: Follower) -> bool:
        """Forget a follower that has ended or that nobody looks at; tell whether it is forgotten."""
        with self._lock:
            if follower.looked_at and not follower.over:
                return False
            if self._followers.get(follower.id) is follower:
                del self._followers[follower.id]
            return True


feed = Feed()
"""The feed of this process."""
