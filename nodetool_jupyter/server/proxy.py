"""``workers/{name}/ws``: a socket to a known worker, by way of this server, which adds the token.

Frames pass on as they come, unread. No more is read from one side than one frame ahead of what the other has taken, and
not even that behind a large one, so that a slow reader holds up whoever writes to it. Nothing of the client's request
goes to the worker: no cookie, no header, no query.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from jupyter_server.auth.decorator import authorized, ws_authenticated
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError

from nodetool_jupyter import clock
from nodetool_jupyter.bridge import frames
from nodetool_jupyter.bridge.connections import Connection, is_stdio
from nodetool_jupyter.bridge.websocket import Dialled, dial
from nodetool_jupyter.errors import WorkerNotFound, WorkerRefused, WorkerUnreachable
from nodetool_jupyter.server import figures, rights
from nodetool_jupyter.server.base import SocketHandler
from nodetool_jupyter.server.door import write_down
from nodetool_jupyter.server.problems import Problem

OPEN_TIMEOUT = 10.0  # seconds that a worker has to open its socket, while the client waits for the answer
STALLED = 300.0  # that a worker may take nothing before its socket is closed
MOST = 64  # sockets of one server
AHEAD = 1024 * 1024  # bytes of a frame that may still go out while the next one is read
CHUNK = 256 * 1024  # bytes read from a client at a time; each is a buffer that is made anew, so no more
GOING, TOO_LARGE, GATEWAY = 1001, 1009, 1014
_LONGEST = 123  # bytes of a reason
_GONE_BY = frozenset((1005, 1006, 1015))  # codes that no frame may bear


class WorkerSocket(SocketHandler):
    """``workers/{name}/ws``"""

    _dialled: Dialled | None = None
    _pump: asyncio.Task[None] | None = None
    _again: PeriodicCallback | None = None
    _waiting_since: float | None = None  # when the worker was given the frame that it has not taken yet
    _said: tuple[int, str] | None = None  # how this end closed the client's socket

    @property
    def max_message_size(self) -> int:
        """The bytes that a frame may have, from either side."""
        return frames.max_frame_size()

    @ws_authenticated
    @authorized(action="execute")  # type: ignore[untyped-decorator]
    async def get(self, name: str) -> None:  # type: ignore[override]
        """Open a socket to a worker, then the client's; what is refused is refused before the upgrade."""
        self._check_client()
        self._name = name
        self._dialled = await self._dial(await self.off(self._find, name))
        try:
            await super().get()
        finally:
            if self._pump is None:  # the client's socket was not opened, or is closed again
                await self._dialled.close()

    def _check_client(self) -> None:
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise Problem(400, "invalid_request", "there is a WebSocket at this address", "open it with a ws:// URL")
        check = getattr(self, "_check_cross_origin", None)  # of newer tornados, which ask it themselves later
        origin = self.get_origin()
        foreign = check(self.check_origin) if check else origin is not None and not self.check_origin(origin)
        if foreign:
            raise Problem(403, "forbidden", "a page of another origin may not open this", "see ServerApp.allow_origin")
        if len(self.extension.workers.sockets) >= MOST:
            said = f"{MOST} sockets to workers are open already"
            raise Problem(429, "rate_limited", said, "close one first", retry_after=5.0)

    def _find(self, name: str) -> Connection:
        try:
            found: Connection = self.extension.workers.connections.get(name)
        except WorkerNotFound:
            hint = "GET workers lists those there are"
            raise Problem(404, "not_found", "there is no worker of this name", hint) from None
        if found.url is not None and is_stdio(found.url):
            hint = "connect one that has an address"
            raise Problem(409, "conflict", "this worker is a process of each kernel's own", hint)
        return found

    async def _dial(self, connection: Connection) -> Dialled:
        try:
            address = await self.extension.workers.connections.resolver(connection)()
            return await dial(address, limit=frames.max_frame_size(), timeout=OPEN_TIMEOUT)
        except WorkerRefused as error:
            raise Problem(502, "bad_gateway", str(error), "store its token again: workers connect NAME URL") from None
        except WorkerUnreachable as error:
            raise Problem(503, "unavailable", str(error), "is it running? GET workers says how it is") from None

    def open(self, *args: Any, **more: Any) -> None:
        """Begin to pass frames on."""
        super().open(*args, **more)
        self.set_nodelay(True)
        assert self.ws_connection is not None
        assert self.ws_connection.stream is not None
        self.ws_connection.stream.read_chunk_size = CHUNK
        self._pump = asyncio.create_task(self._pass_on())
        self._again = PeriodicCallback(self._ask_again, rights.AGAIN * 1000)
        self._again.start()
        self.extension.workers.sockets.add(self)
        figures.opened("worker")
        write_down(self.who, "open", f"worker {self._name}", "opened")

    async def on_message(self, message: str | bytes) -> None:
        """Give a frame of the client to the worker; no more are read before it has taken this one."""
        assert self._dialled is not None
        self._waiting_since = clock.monotonic()
        try:
            if isinstance(message, bytes):
                await self._dialled.socket.send_bytes(message)
            else:
                await self._dialled.socket.send_str(message)
        except (ConnectionError, RuntimeError):
            pass  # it is closed, and the pump tells how
        finally:
            self._waiting_since = None

    async def _pass_on(self) -> None:
        """Give the worker's frames to the client, and then how it closed."""
        assert self._dialled is not None
        socket = self._dialled.socket
        flushed: Awaitable[None] | None = None  # the frame before, which may go out while the next one comes
        try:
            while True:
                message = await socket.receive()
                if flushed is not None:
                    await flushed
                if isinstance(message.data, bytes):
                    flushed = self.write_message(message.data, binary=True)
                elif isinstance(message.data, str):
                    flushed = self.write_message(message.data)
                else:
                    break
                figures.sent("worker", len(message.data))
                if len(message.data) > AHEAD:
                    await flushed
        except (WebSocketClosedError, StreamClosedError):
            return  # the client has gone
        self._say(*_ending(message, socket.close_code))

    def _say(self, code: int | None, reason: str) -> None:
        if self._said is None:
            self._said = (code or 1000, reason)
            self.close(code, reason.encode()[:_LONGEST].decode(errors="ignore") or None)

    async def _ask_again(self) -> None:
        if not await rights.holds(self, "execute"):
            write_down(self.who, "refused", f"worker {self._name}", "forbidden")
            await self.hang_up(rights.REFUSED, "you may not use workers any more")

    async def hang_up(self, code: int, reason: str) -> None:
        """Close both sides; the worker is told that the client goes."""
        self._say(code, reason)
        if self._dialled is not None:
            await self._dialled.close(GOING)

    def send_ping(self) -> None:
        """Ask whether the client is there, as Jupyter does; while a worker holds it up it cannot answer."""
        if self._waiting_since is not None:
            self.last_pong = IOLoop.current().time()
            if clock.monotonic() - self._waiting_since > STALLED:
                self._say(GATEWAY, f"the worker took nothing for {STALLED:g} s")
                return
        super().send_ping()

    def on_close(self) -> None:
        """Tell the worker how the client's socket was closed."""
        for timer in (self._again, self.ping_callback):
            if timer is not None:
                timer.stop()
        if self._pump is None:
            return
        self.extension.workers.sockets.discard(self)
        figures.closed("worker")
        asyncio.get_running_loop().create_task(self._leave())
        super().on_close()

    async def _leave(self) -> None:
        assert self._dialled is not None
        assert self._pump is not None
        self._pump.cancel()
        with suppress(asyncio.CancelledError):
            await self._pump
        code, reason = (GOING, "") if self._said else (self.close_code, self.close_reason or "")
        if code is None or code in _GONE_BY:
            code, reason = GOING, "the client has gone"
        await self._dialled.close(code, reason)


def _ending(message: Any, code: int | None) -> tuple[int | None, str]:
    """Return how the client's socket is to be closed, from how the worker's was.

    A code that the worker gave is given on; without one the client gets none. A connection that dropped is 1014, the
    answer of a gateway, and a frame that is too large 1009.
    """
    from aiohttp import WSMsgType

    if message.type is WSMsgType.CLOSE:
        given = message.data
        if not given or given == 1005:
            return None, ""
        return (GATEWAY, "") if given in _GONE_BY else (given, str(message.extra or ""))
    if message.type is WSMsgType.ERROR and code == TOO_LARGE:
        return TOO_LARGE, f"the worker sent a frame of more than {frames.max_frame_size()} bytes"
    if message.type is WSMsgType.ERROR and code not in (None, 1006):
        return GATEWAY, "the worker broke the rules of its protocol"
    return GATEWAY, "the worker's connection dropped"
