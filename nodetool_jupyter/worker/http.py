"""The worker over HTTP: WebSocket on every path, ``GET /health``, one port."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from nodetool_jupyter import clock
from nodetool_jupyter.auth.identity import Identity
from nodetool_jupyter.bridge.large import LARGE, Part
from nodetool_jupyter.errors import InvalidRequest, Refused
from nodetool_jupyter.worker.connection import Connection
from nodetool_jupyter.worker.core import Worker
from nodetool_jupyter.worker.door import Door, refusal
from nodetool_jupyter.worker.passage import Passage, Side

log = logging.getLogger("nodetool_jupyter.worker")
PING = 20.0  # seconds between pings; one that is not answered in half of that ends the connection
SLOW = 60.0  # seconds that a client may take nothing, while something is to be sent to it
HANDSHAKE = 10.0  # seconds in which a connection must have asked for something
RECHECK = 30.0  # seconds after which it is asked again whether a token still holds
BACKLOG = 512
SMALL = 32 * 1024  # bytes of a frame that the transport takes at once when it has nothing else
_NOT_HERE = "This is a NodeTool worker: connect with a WebSocket. GET /health tells how it is.\n"


class SocketWire:
    """Sends frames over a WebSocket, one after the other."""

    name = "websocket"

    def __init__(self, socket: web.WebSocketResponse, side: Side) -> None:
        self._socket = socket
        self._side = side
        self._turn = asyncio.Lock()

    async def send(self, parts: Sequence[Part]) -> None:
        """Send a frame; a client that takes nothing for too long is cut off."""
        async with self._turn:
            try:
                await self._send(parts)
            except TimeoutError:
                self._side.abort()  # with all that waits to be sent
                raise ConnectionError("the client reads too slowly") from None
            except RuntimeError as error:  # aiohttp's word for a socket that is closing
                raise ConnectionError(str(error)) from None

    async def _send(self, parts: Sequence[Part]) -> None:
        size = sum(map(len, parts))
        if size < SMALL and not self._side.get_write_buffer_size():  # it cannot have to wait
            await self._socket.send_bytes(b"".join(parts))
            return
        if size < LARGE:
            async with asyncio.timeout(SLOW):
                await self._socket.send_bytes(b"".join(parts))
            return
        try:
            await self._side.passage.send(parts, SLOW)
        except asyncio.CancelledError:
            self._side.abort()  # in the middle of a message
            raise


class HttpServer:
    """Listens, lets clients in and reads their frames."""

    def __init__(self, worker: Worker, door: Door) -> None:
        self._worker = worker
        self._door = door
        self._open: set[web.WebSocketResponse] = set()
        self._asked: set[object] = set()
        self._server: asyncio.Server | None = None
        app = web.Application()
        app.router.add_get("/health", self._health)
        app.router.add_route("*", "/{path:.*}", self._socket)
        app.on_response_prepare.append(_sign)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True)

    async def start(self, sock: socket.socket | None = None) -> int:
        """Listen, and return the port."""
        await self._runner.setup()
        options = self._worker.options
        where: dict[str, Any] = {"host": options.host, "port": options.port} if sock is None else {"sock": sock}
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._accept, ssl=_tls(self._worker), backlog=BACKLOG, **where)
        except OSError as error:
            at = f"{options.host}:{options.port}"
            raise InvalidRequest(f"the worker cannot listen on {at}: {error.strerror or error}") from None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def stop_listening(self) -> None:
        """Take no new connections; those that are open stay."""
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        """Close every connection: 1001, going away."""
        self.stop_listening()
        closing = [one.close(code=WSCloseCode.GOING_AWAY, message=b"the worker ends") for one in list(self._open)]
        with suppress(TimeoutError):
            async with asyncio.timeout(2.0):
                await asyncio.gather(*closing, return_exceptions=True)
        await self._runner.cleanup()

    def _accept(self) -> asyncio.Protocol:
        """Return the protocol of a new connection, which must ask for something before long."""
        assert self._runner.server is not None
        protocol = self._runner.server()
        asyncio.get_running_loop().call_later(HANDSHAKE, self._cut_if_silent, protocol)
        return Passage(protocol)

    def _cut_if_silent(self, protocol: Any) -> None:
        if protocol not in self._asked and protocol.transport is not None:
            protocol.transport.abort()
        self._asked.discard(protocol)

    async def _health(self, request: web.Request) -> web.Response:
        self._asked.add(request.protocol)
        health = self._worker.health
        return web.json_response({"status": health}, status=200 if health == "ok" else 503)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        self._asked.add(request.protocol)
        try:
            self._door.check_place(request)
            if not web.WebSocketResponse().can_prepare(request):
                headers = {"Upgrade": "websocket", "Connection": "close"}
                return web.Response(status=426, text=_NOT_HERE, headers=headers)
            who = await self._door.who(request)
            if self._worker.draining or len(self._worker.connections) >= self._worker.options.connections:
                raise Refused("unavailable", "the worker takes no more connections", status=503, after=5.0)
        except Refused as error:
            return refusal(error)
        return await self._serve(request, who)

    async def _serve(self, request: web.Request, who: Identity) -> web.WebSocketResponse:
        limit = self._worker.options.max_frame + 1  # aiohttp takes less than this
        found = web.WebSocketResponse(compress=False, max_msg_size=limit, heartbeat=PING, decode_text=True)
        await found.prepare(request)
        side: Any = request.transport
        if not isinstance(side, Side):  # the client has gone
            return found
        side.passage.watch(self._worker.options.max_frame)
        connection = self._worker.connect(SocketWire(found, side), who)
        self._open.add(found)
        log.info("%s connected from %s", who.user, request.remote)
        watch = asyncio.get_running_loop().create_task(self._watch(found, request, who))
        try:
            await _read(found, side.passage, connection)
        except ConnectionError:
            pass
        finally:
            watch.cancel()
            self._open.discard(found)
            self._worker.disconnect(connection)
            log.info("%s disconnected, %s", who.user, found.close_code)
        return found

    async def _watch(self, found: web.WebSocketResponse, request: web.Request, who: Identity) -> None:
        """Close a connection whose token holds no more."""
        while not found.closed:
            left = RECHECK if who.expires is None else min(RECHECK, max(0.0, who.expires - clock.time()))
            await asyncio.sleep(left)
            try:
                now = await self._door.again(request)
                if now.user != who.user:
                    raise Refused("forbidden", "this token is somebody else's now")
                who = now
            except Refused as error:
                if error.status == 503:  # who cannot be asked now is asked later
                    who = Identity(who.user, who.how)
                    continue
                log.warning("%s: the token is not accepted any more: %s", who.user, error.code)
                await found.close(code=WSCloseCode.POLICY_VIOLATION, message=error.code.encode())


async def _read(found: web.WebSocketResponse, passage: Passage, connection: Connection) -> None:
    while True:
        message = await found.receive()
        if message.type in (WSMsgType.BINARY, WSMsgType.TEXT):
            await connection.hear(passage.taken(message.data))
        elif message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
            return


async def _sign(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "nodetool-worker"  # not which versions of what
    response.headers["X-Content-Type-Options"] = "nosniff"


def _tls(worker: Worker) -> ssl.SSLContext | None:
    options = worker.options
    if options.certfile is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(options.certfile, options.keyfile, password=_no_password)
    except (OSError, ssl.SSLError) as error:
        raise InvalidRequest(f"the certificate {options.certfile} cannot be used: {error.strerror or error}") from None
    return context


def _no_password() -> str:
    raise InvalidRequest("the key of the certificate has a password; give one without")
