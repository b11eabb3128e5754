"""The way to a worker that runs jobs of ours: one connection for all of them, and waiting while it is away."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from nodetool_jupyter import clock
from nodetool_jupyter.backoff import Backoff
from nodetool_jupyter.bridge.connections import Connection, Connections, is_stdio
from nodetool_jupyter.bridge.jobs import WorkerJobs
from nodetool_jupyter.bridge.reconnect import Reconnecting, connect
from nodetool_jupyter.errors import (
    BadFrame,
    EngineUnavailable,
    InvalidRequest,
    NodetoolError,
    WorkerFault,
    WorkerLost,
    WorkerNotFound,
    WorkerRefused,
    WorkerUnreachable,
)

T = TypeVar("T")

LINGER = 30.0  # seconds that a connection stays when no job needs it any more
BUSY = frozenset(("busy", "draining", "rate_limited", "slow_reader", "unavailable"))  # codes: ask again later
_AWAY = (WorkerLost, WorkerUnreachable, WorkerRefused, BadFrame, TimeoutError)


def known(data: Path, secret: Callable[[str], str]) -> Connections:
    """Return the workers that are known in a data folder."""
    return Connections(lambda: data, secret)


def choose(connections: Connections, name: str | None) -> Connection:
    """Return the connection of a name, or the only one; raises :class:`InvalidRequest` with what there is."""
    if name is None:
        found = connections.all()
        if len(found) != 1:
            there = f"say which: {', '.join(one.name for one in found)}" if found else "none is known"
            how = "--worker NAME" if found else "nodetool workers connect NAME URL"
            raise InvalidRequest(f"the remote strategy needs a worker; {there} ({how})")
        connection = found[0]
    else:
        try:
            connection = connections.get(name)
        except WorkerNotFound as error:
            raise InvalidRequest(str(error)) from None
    if connection.url is not None and is_stdio(connection.url):
        raise InvalidRequest(
            f"the worker {connection.name!r} is a process of one's own and ends with it, so it runs no whole jobs; "
            "start one with: nodetool worker serve"
        )
    # A worker that runs whole jobs is ours, whose loop no node can block: silence means that it has gone.
    return connection.model_copy(update={"kind": "nodetool_jupyter"})


class Link:
    """A connection to a worker that the jobs of one loop share; made by :func:`take`, let go of by :func:`drop`."""

    def __init__(self, connections: Connections, connection: Connection) -> None:
        self.users = 0
        self.timer: asyncio.TimerHandle | None = None
        self._changed = asyncio.Event()
        self._reconnecting = Reconnecting(partial(connect, connections, connection), changed=self._changed.set)

    async def now(self) -> WorkerJobs:
        """Return the worker's jobs, connected at once; raises what connecting raises, and :class:`Unsupported`."""
        return WorkerJobs(await self._reconnecting.client())

    async def soon(self, timeout: float) -> WorkerJobs:
        """Return them once the worker is connected; raises ``TimeoutError``."""
        self._reconnecting.start()
        async with asyncio.timeout(timeout):
            while (client := self._reconnecting.current) is None or client.lost.is_set():
                await self._change()
        return WorkerJobs(client)

    async def change(self, timeout: float) -> None:
        """Wait until the connection is another than it was, but no longer than some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._change()

    @property
    def error(self) -> NodetoolError | None:
        """Why the worker could not be reached last."""
        return self._reconnecting.error

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def close(self) -> None:
        """Close the connection."""
        await self._reconnecting.close()


_links: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[Path, Connection], Link]]
_links = weakref.WeakKeyDictionary()
_closing: set[asyncio.Task[None]] = set()


def take(data: Path, connections: Connections, connection: Connection) -> Link:
    """Return the link to a worker on the running loop, for one more user."""
    links = _links.setdefault(asyncio.get_running_loop(), {})
    link = links.get((data, connection))
    if link is None:
        link = links[data, connection] = Link(connections, connection)
    link.users += 1
    if link.timer is not None:
        link.timer.cancel()
        link.timer = None
    return link


def drop(link: Link) -> None:
    """Let go of a link; it is closed when nobody has needed it for a while."""
    link.users -= 1
    if not link.users:
        link.timer = asyncio.get_running_loop().call_later(LINGER, _close, link)


def shut_down(loop: asyncio.AbstractEventLoop) -> None:
    """Forget the links of a loop that is about to end; they are closed with its other tasks."""
    for link in _links.pop(loop, {}).values():
        if link.timer is not None:
            link.timer.cancel()


def _close(link: Link) -> None:
    links = _links.get(asyncio.get_running_loop(), {})
    for key in [key for key, one in links.items() if one is link]:
        del links[key]
    task = asyncio.get_running_loop().create_task(link.close())
    _closing.add(task)
    task.add_done_callback(_closing.discard)


class Patience:
    """How long one job waits for its worker: each time that it is away, ``limit`` seconds.

    ``tell`` writes into the job's log that it is away, and that it is back.
    """

    def __init__(self, link: Link, name: str, limit: float, tell: Callable[[str], None]) -> None:
        self._link = link
        self._name = name
        self._limit = limit
        self._tell = tell
        self._since: float | None = None
        self._failures = 0

    @property
    def away(self) -> bool:
        """Whether the worker was away when it was asked last."""
        return self._since is not None

    async def ask(self, act: Callable[[WorkerJobs], Awaitable[T]], limit: float | None = None) -> T:
        """Do something on the worker, and again when it is back.

        Raises what it raises otherwise, and :class:`WorkerLost` when it is away for too long.
        """
        while True:
            try:
                answer = await act(await self.jobs(limit))
            except Exception as error:
                await self.wait(error, limit)
            else:
                self.back()
                return answer

    async def jobs(self, limit: float | None = None) -> WorkerJobs:
        """Return the worker's jobs, once it is connected; raises :class:`WorkerLost`."""
        try:
            return await self._link.soon(self._left(limit))
        except TimeoutError:
            raise self._lost(self._link.error, limit) from None

    async def wait(self, error: Exception, limit: float | None = None) -> None:
        """Wait before the next attempt, or raise ``error`` when that would not help, or :class:`WorkerLost`."""
        if not is_away(error) or isinstance(error, GaveUp):
            raise error
        if self._since is None:
            self._since = clock.monotonic()
            self._tell(f"the worker {self._name} cannot be reached ({error}); the job is waited for")
        self._failures += 1
        left = self._left(limit)
        if left <= 0:
            raise self._lost(error, limit)
        await self._link.change(min(left, _BACKOFF.delay(self._failures)))

    def back(self) -> None:
        """Take note that the worker answers."""
        if self._since is not None:
            self._tell(f"the worker {self._name} is back")
        self._since, self._failures = None, 0

    def _left(self, limit: float | None) -> float:
        most = self._limit if limit is None else min(limit, self._limit)
        return most if self._since is None else self._since + most - clock.monotonic()

    def _lost(self, error: Exception | None, limit: float | None) -> GaveUp:
        most = self._limit if limit is None else min(limit, self._limit)
        why = f": {error}" if error is not None else ""
        return GaveUp(f"the worker {self._name} could not be reached for {most:g} s{why}")


class GaveUp(WorkerLost):
    """A worker was away for longer than it is waited for."""


_BACKOFF = Backoff(base=0.2, cap=10.0)


def is_away(error: Exception) -> bool:
    """Tell whether a worker cannot be reached, or takes nothing just now, so that asking again later may help."""
    return isinstance(error, _AWAY) or (isinstance(error, WorkerFault) and error.code in BUSY)


def not_begun(error: Exception, name: str) -> Exception:
    """Return the error of a job that could not be begun because its worker is not there, or turned us away."""
    if isinstance(error, WorkerRefused):
        return InvalidRequest(f"the worker {name}: {error}")
    return EngineUnavailable(f"the worker {name} cannot be reached: {error}")
