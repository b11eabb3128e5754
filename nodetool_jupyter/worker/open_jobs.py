"""Jobs that clients have opened: which nodes ran in each, so that what these hold can be freed at its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from nodetool_jupyter import clock

Key = tuple[str, str]


@dataclass(slots=True)
class OpenJob:
    """One open job: the nodes that ran in it, and when it was last used."""

    nodes: set[str] = field(default_factory=set)
    used: float = 0.0


class OpenJobs:
    """Open jobs by user and id; one user's never count for another. They outlive the connection that opened them.

    One that nobody uses for ``ttl`` seconds is ended (0: never). ``released`` is told of a job and the nodes that no
    other job of the user has.
    """

    def __init__(self, ttl: float, released: Callable[[str, list[str]], None]) -> None:
        self._ttl = ttl
        self._released = released
        self._jobs: dict[Key, OpenJob] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._jobs)

    def start(self, user: str, job_id: str) -> None:
        """Open a job, or note that it is used."""
        self._jobs.setdefault((user, job_id), OpenJob()).used = clock.monotonic()
        self._set_timer()

    def note(self, user: str, job_id: str, node_id: str) -> None:
        """Note that a node runs in a job, which is opened by it."""
        self.start(user, job_id)
        self._jobs[user, job_id].nodes.add(node_id)

    def end(self, user: str, job_id: str) -> list[str] | None:
        """Close a job and return its nodes that no other open job of the user has; ``None`` for one not open."""
        job = self._jobs.pop((user, job_id), None)
        if job is None:
            return None
        others = (other.nodes for (whose, _), other in self._jobs.items() if whose == user)
        mine = sorted(job.nodes.difference(*others))
        self._released(job_id, sorted(job.nodes))
        return mine

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def _set_timer(self) -> None:
        if self._ttl > 0 and self._timer is None and self._jobs:
            first = min(job.used for job in self._jobs.values())
            left = max(0.0, first + self._ttl - clock.monotonic())
            self._timer = asyncio.get_running_loop().call_later(left, self._sweep)

    def _sweep(self) -> None:
        self._timer = None
        limit = clock.monotonic() - self._ttl
        for user, job_id in [key for key, job in self._jobs.items() if job.used <= limit]:
            self.end(user, job_id)
        self._set_timer()
