"""A worker that stays connected: every attempt finds its address anew, and the next one waits a little longer."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Literal

from nodetool_jupyter.backoff import Backoff
from nodetool_jupyter.bridge.client import Open, WorkerClient
from nodetool_jupyter.bridge.connections import STDIO, Connection, Connections, is_stdio
from nodetool_jupyter.bridge.line import Transport
from nodetool_jupyter.bridge.stdio import StdioTransport
from nodetool_jupyter.bridge.websocket import WebSocketTransport
from nodetool_jupyter.errors import NodetoolError, StorageError, WorkerLost, WorkerRefused

log = logging.getLogger(__name__)

State = Literal["connecting", "connected", "unreachable", "refused"]

HEARTBEAT = 20.0  # seconds of silence before a ping, to workers whose loop no node can block
BACKOFF = Backoff(base=0.5, cap=30.0)


def opener(connections: Connections, connection: Connection) -> Open:
    """Return what opens a connection to a worker; its address and token are found anew each time."""
    if connection.url is not None and is_stdio(connection.url):
        python = (
            connection.url.removeprefix(STDIO).removeprefix(":") or os.environ.get("NODETOOL_PYTHON") or sys.executable
        )
        program = "nodetool.worker" if connection.kind == "nodetool" else "nodetool_jupyter.worker"
        command = [python, "-m", program, "--stdio"]
        return lambda: StdioTransport.open(command)
    resolve = connections.resolver(connection)
    heartbeat = HEARTBEAT if connection.kind == "nodetool_jupyter" else None

    async def over_websocket() -> Transport:
        return await WebSocketTransport.open(await resolve(), heartbeat=heartbeat)

    return over_websocket


async def dial(connections: Connections, connection: Connection) -> WorkerClient:
    """Connect to a worker once; raises :class:`WorkerUnreachable` and :class:`WorkerRefused`."""
    again = connection.url is None or not is_stdio(connection.url)
    return await WorkerClient.connect(opener(connections, connection), again=again)


async def connect(connections: Connections, connection: Connection) -> WorkerClient:
    """Connect to a worker as :func:`dial` does, and keep what it says it has among what is known of it."""
    client = await dial(connections, connection)
    described = [node.model_dump(exclude_none=True) for node in client.nodes.values()]
    try:
        said = (connection.name, client.version, described, connection.url_host)
        await asyncio.to_thread(connections.nodes.save, *said)
    except StorageError as error:  # the worker is as good without
        log.warning("what the worker %s has is not kept: %s", connection.name, error)
    except BaseException:
        await client.close()
        raise
    return client


class Reconnecting:
    """Keeps one worker connected from the first time it is asked for until :meth:`close`.

    ``state`` and ``error`` say how it is; ``changed`` is called in the event loop when they change. What was in flight
    when the connection dropped has ended with :class:`WorkerLost`: nothing is sent twice.
    """

    def __init__(
        self,
        attempt: Callable[[], Awaitable[WorkerClient]],
        *,
        backoff: Backoff = BACKOFF,
        changed: Callable[[], object] = lambda: None,
    ) -> None:
        self.state: State = "connecting"
        self.error: NodetoolError | None = None
        self.current: WorkerClient | None = None
        self._attempt = attempt
        self._backoff = backoff
        self._changed = changed
        self._tried = asyncio.Event()  # an attempt has ended since somebody asked
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to connect, if that has not begun."""
        if self._task is None:
            self._task = asyncio.create_task(self._stay())

    async def client(self) -> WorkerClient:
        """Return the connected client; while it is not, wait for the next attempt, which begins at once.

        Raises :class:`WorkerUnreachable` or :class:`WorkerRefused` when that attempt fails; more follow all the same.
        """
        self.start()
        if self.current is None:
            self._tried.clear()
            self._hurry.set()
            await self._tried.wait()
        if self.current is None:
            raise self.error or WorkerLost("the connection to the worker was closed here")
        return self.current

    async def close(self) -> None:
        """Close the connection, and connect no more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self._tried.set()

    async def _stay(self) -> None:
        failures = 0
        while True:
            self._hurry.clear()
            try:
                client = await self._attempt()
            except (NodetoolError, TimeoutError) as error:
                failures += 1
                self._tell("refused" if isinstance(error, WorkerRefused) else "unreachable", _named(error))
                await self._wait(self._backoff.delay(failures))
                continue
            failures = 0
            await self._serve(client)

    async def _serve(self, client: WorkerClient) -> None:
        self.current = client
        try:
            self._tell("connected", None)
            await client.lost.wait()
        finally:
            self.current = None
            await client.close()
        self._tell("connecting", None)

    async def _wait(self, delay: float) -> None:
        try:
            async with asyncio.timeout(delay):
                await self._hurry.wait()
        except TimeoutError:
            pass

    def _tell(self, state: State, error: NodetoolError | None) -> None:
        differs = (self.state, str(self.error)) != (state, str(error))
        self.state, self.error = state, error
        if state != "connecting":
            self._tried.set()
        if differs:
            self._changed()


def _named(error: Exception) -> NodetoolError:
    return error if isinstance(error, NodetoolError) else WorkerLost(str(error))
