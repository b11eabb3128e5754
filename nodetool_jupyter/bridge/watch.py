"""How the known workers are: connected while somebody looks, asked for their status at intervals, left alone after."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from nodetool_jupyter import clock
from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.bridge.connections import Connection, Connections, is_stdio
from nodetool_jupyter.bridge.reconnect import Reconnecting, connect
from nodetool_jupyter.errors import NodetoolError

log = logging.getLogger(__name__)

Json = dict[str, Any]

INTERVAL = 15.0  # seconds between two questions, while somebody looks
LINGER = 60.0  # that connections stay when nobody looks any more
FIRST_LOOK = 3.0  # that who asks once waits for workers that have not been looked at
_GPU = ("index", "name", "memory", "memory_used", "used")
_OWN = "a process of one's own: each kernel or command that uses it starts one"


class _Watched:
    """One worker: its connection, and what it said last."""

    def __init__(self, connections: Connections, connection: Connection, changed: Callable[[], object]) -> None:
        self.connection = connection
        self.status: m.WorkerStatus | None = None
        self.checked: float | None = None
        self.link = Reconnecting(partial(connect, connections, connection), changed=changed)

    @property
    def remote(self) -> bool:
        return self.connection.url is None or not is_stdio(self.connection.url)

    async def ask(self) -> None:
        """Connect if need be, and ask for the status; what fails is in the link's state."""
        if not self.remote:
            return
        with suppress(NodetoolError, TimeoutError):
            client = await self.link.client()
            self.status = await client.ask_status()
        self.checked = clock.time()

    def row(self) -> Json:
        """Return the worker as views show it."""
        client = self.link.current
        status = self.status if client is not None else None
        more = (status.model_extra if status is not None else None) or {}
        error = str(self.link.error) if self.link.error is not None else None
        return {
            "name": self.connection.name,
            "url_host": self.connection.url_host,
            "kind": self.connection.kind,
            "state": self.link.state if self.remote else "unreachable",
            "version": _text(more.get("version")),
            "protocol": client.version if client is not None else None,
            "nodes": len(client.nodes) if client is not None else None,
            "gpu": _gpus(more.get("gpus")),
            "queue": _waiting(more.get("queue")),
            "error": error if self.remote else _OWN,
            "checked": self.checked,
        }


class Watch:
    """The known workers, as they are now; belongs to one event loop.

    ``changed`` is called there when :meth:`now` would say something else.
    """

    def __init__(self, connections: Connections, changed: Callable[[], object] = lambda: None) -> None:
        self._connections = connections
        self._changed = changed
        self._watched: dict[str, _Watched] = {}
        self._lookers = 0
        self._timer: asyncio.TimerHandle | None = None
        self._round: asyncio.Task[None] | None = None
        self._asked: float | None = None

    def now(self) -> list[Json]:
        """Return what is known of each worker, by name, without asking anybody."""
        return [self._watched[name].row() for name in sorted(self._watched)]

    async def look(self) -> list[Json]:
        """Ask the workers, unless that was done a moment ago, and wait a little for those not yet looked at."""
        with self.looking():
            await self.asked(FIRST_LOOK)
        return self.now()

    async def asked(self, timeout: float | None = None) -> None:
        """Wait until the workers that are being asked have answered, or cannot."""
        if self._round is not None:
            await asyncio.wait({self._round}, timeout=timeout)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Keep the workers connected and asked, while this is open."""
        self._lookers += 1
        self._stop_timer()
        if self._asked is None or clock.monotonic() - self._asked >= INTERVAL:
            self._ask()
        else:
            self._plan(INTERVAL)
        try:
            yield
        finally:
            self._lookers -= 1
            if not self._lookers:
                self._stop_timer()
                self._plan(LINGER)

    async def close(self) -> None:
        """Leave every worker."""
        self._stop_timer()
        if self._round is not None:
            self._round.cancel()
            await asyncio.gather(self._round, return_exceptions=True)
        await self._leave()

    def _plan(self, delay: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(delay, self._ask)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ask(self) -> None:
        """Begin a round of questions, or leave the workers when nobody looks."""
        idle = self._round is None or self._round.done()
        if idle:
            self._round = asyncio.create_task(self._ask_all() if self._lookers else self._leave())
        if self._lookers or not idle:
            self._plan(INTERVAL)

    async def _leave(self) -> None:
        await self._keep(set())
        self._asked = None

    async def _ask_all(self) -> None:
        try:
            await self._ask_known()
        except NodetoolError as error:
            log.warning("the known workers cannot be read: %s", error)

    async def _ask_known(self) -> None:
        self._asked = clock.monotonic()
        before = _lasting(self.now())
        known = {one.name: one for one in await asyncio.to_thread(self._connections.all)}
        same = {name for name, one in self._watched.items() if known.get(name) == one.connection}
        await self._keep(same)
        for name in known.keys() - same:
            self._watched[name] = _Watched(self._connections, known[name], self._changed)
        if _lasting(self.now()) != before:
            self._changed()
        before = _lasting(self.now())
        await asyncio.gather(*(one.ask() for one in self._watched.values()))
        if _lasting(self.now()) != before:
            self._changed()

    async def _keep(self, names: set[str]) -> None:
        gone = [self._watched.pop(name) for name in self._watched.keys() - names]
        await asyncio.gather(*(one.link.close() for one in gone))


def _lasting(rows: list[Json]) -> list[Json]:
    """Return the rows without what changes by being asked."""
    return [{key: value for key, value in row.items() if key != "checked"} for row in rows]


# What a worker says of itself may be anything; only what views can show is given on.


def _text(value: object) -> str | None:
    return value[:64] if isinstance(value, str) else None


def _waiting(queue: object) -> int | None:
    """Return how many requests wait: our own worker says more about its queue than that."""
    found = queue.get("waiting") if isinstance(queue, dict) else queue
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _gpus(value: object) -> list[Json]:
    found = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    return [{key: one[key] for key in _GPU if isinstance(one.get(key), (str, int, float))} for one in found[:64]]
