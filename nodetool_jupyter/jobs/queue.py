"""Who may start next: for each strategy a number of slots, and a queue that serves users in turn."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping

from nodetool_jupyter import settings


def default_cap(strategy: str) -> int:
    """Return how many jobs of a strategy may run at once in one manager."""
    return settings.get_int("MAX_DOCKER_JOBS") if strategy == "docker" else settings.max_workflow_threads()


class Ticket:
    """A place in a queue; ``grant`` is called once, when the slot is there."""

    __slots__ = ("grant", "granted", "job_id", "strategy", "user")

    def __init__(self, job_id: str, strategy: str, user: str, grant: Callable[[], None]) -> None:
        self.job_id = job_id
        self.strategy = strategy
        self.user = user
        self.grant = grant
        self.granted = False


class _Line:
    """The queue of one strategy: first come, first served for each user, users in turn."""

    def __init__(self, cap: int) -> None:
        self.cap = cap
        self.taken = 0
        self.coming = 0  # submitted, and on the way to the loop
        self.users: OrderedDict[str, deque[Ticket]] = OrderedDict()

    def push(self, ticket: Ticket) -> None:
        self.users.setdefault(ticket.user, deque()).append(ticket)

    def pop(self) -> Ticket:
        user, waiting = next(iter(self.users.items()))
        ticket = waiting.popleft()
        if waiting:
            self.users.move_to_end(user)
        else:
            del self.users[user]
        return ticket

    def remove(self, ticket: Ticket) -> None:
        waiting = self.users.get(ticket.user)
        if waiting is not None and ticket in waiting:
            waiting.remove(ticket)
            if not waiting:
                del self.users[ticket.user]

    def order(self) -> Iterator[Ticket]:
        """Yield the waiting tickets as they would be served."""
        rows = [list(waiting) for waiting in self.users.values()]
        for turn in range(max(map(len, rows), default=0)):
            for row in rows:
                if turn < len(row):
                    yield row[turn]

    def __len__(self) -> int:
        return sum(map(len, self.users.values()))


class JobQueue:
    """The queues of one manager; used on its loop only, but anyone may look."""

    def __init__(self, caps: Mapping[str, int] | None = None) -> None:
        self._caps = dict(caps or {})
        self._lines: dict[str, _Line] = {}
        self._lock = threading.Lock()
        self._closed = False

    def close(self) -> None:
        """Let nobody in any more: slots that are given back now are for the next owner's jobs."""
        self._closed = True

    def _line(self, strategy: str) -> _Line:
        line = self._lines.get(strategy)
        if line is None:
            line = self._lines[strategy] = _Line(self._caps.get(strategy) or default_cap(strategy))
        return line

    def enter(self, ticket: Ticket, *, runs: bool = False) -> None:
        """Take a slot now, or a place in the queue; one that ``runs`` already takes a slot even if there is none."""
        line = self._line(ticket.strategy)
        if runs or (line.taken < line.cap and not line.users and not self._closed):
            line.taken += 1
            ticket.granted = True
            ticket.grant()
        else:
            line.push(ticket)

    def leave(self, ticket: Ticket) -> None:
        """Give back the slot, or the place in the queue; the next in the queue is let in."""
        line = self._line(ticket.strategy)
        if not ticket.granted:
            line.remove(ticket)
            return
        ticket.granted = False
        line.taken -= 1
        while line.users and line.taken < line.cap and not self._closed:
            line.taken += 1
            following = line.pop()
            following.granted = True
            following.grant()

    def position(self, strategy: str, job_id: str) -> int | None:
        """Return a waiting job's place: 1 is the next to start; ``None`` when it does not wait."""
        line = self._lines.get(strategy)
        if line is None:
            return None
        return next((place for place, ticket in enumerate(line.order(), 1) if ticket.job_id == job_id), None)

    def expect(self, strategy: str) -> int | None:
        """Count a job that is about to enter, and return the place it will get; ``None`` when a slot is free.

        May be called from any thread.
        """
        with self._lock:
            line = self._line(strategy)
            line.coming += 1
            ahead = line.taken + len(line) + line.coming - line.cap
        return ahead if ahead > 0 else None

    def expected_no_more(self, strategy: str) -> None:
        """Count a job no longer that was about to enter: it did, or never will."""
        with self._lock:
            self._line(strategy).coming -= 1

    def cap(self, strategy: str) -> int:
        """Return how many jobs of a strategy run at once."""
        return self._line(strategy).cap

    def waiting(self) -> Iterator[tuple[int, Ticket]]:
        """Yield each waiting job with its place."""
        for line in self._lines.values():
            yield from enumerate(line.order(), 1)
