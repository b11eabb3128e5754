"""Sockets to workers over WebSocket: opened in one place for the client and the proxy, bounded, never compressed."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Self

from nodetool_jupyter.bridge import frames
from nodetool_jupyter.bridge.address import Address
from nodetool_jupyter.bridge.large import Part
from nodetool_jupyter.errors import BadFrame, FrameTooLarge, WorkerLost, WorkerRefused, WorkerUnreachable

if TYPE_CHECKING:
    from aiohttp import ClientSession, ClientWebSocketResponse

log = logging.getLogger(__name__)

OPEN_TIMEOUT = 20.0  # seconds until the socket must be open
CLOSE_TIMEOUT = 5.0  # that the other end has to answer a close
TOO_LARGE = 1009
# The system asks the other host, not its program: a worker whose loop is blocked by a node still answers, a host
# that has gone is noticed within 40 seconds.
_KEEP_ALIVE = (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 4), ("TCP_USER_TIMEOUT", 40_000))


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public network: not of this machine, this link, or a private network."""
    found = ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or found
    return inner.is_global and not inner.is_multicast


class Dialled:
    """An open WebSocket and the session it belongs to; both are closed together."""

    __slots__ = ("_session", "socket")

    def __init__(self, session: ClientSession, socket: ClientWebSocketResponse[bool]) -> None:
        self._session = session
        self.socket = socket

    @property
    def near(self) -> bool:
        """Whether the other end has an address that is not of the public network."""
        peer = self.socket.get_extra_info("peername")
        return bool(peer) and not is_public(peer[0])

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with a code and a reason of 123 bytes at most, and wait a little for the other end's answer."""
        try:
            with suppress(ConnectionError):
                await self.socket.close(code=code, message=reason.encode()[:123])
        finally:
            await self._session.close()


async def dial(
    address: Address, *, limit: int, heartbeat: float | None = None, timeout: float = OPEN_TIMEOUT
) -> Dialled:
    """Open a WebSocket to a worker.

    ``limit`` are the bytes that a message from there may have; above, the socket is closed with 1009. ``heartbeat`` is
    how many seconds of silence are answered by a ping, and half of which may pass until its pong; only for workers
    whose loop never stands still. Raises :class:`WorkerUnreachable` and :class:`WorkerRefused`.
    """
    import aiohttp

    session = _session()
    try:
        async with asyncio.timeout(timeout):
            opened = await session.ws_connect(
                address.url,
                headers={"Authorization": f"Bearer {address.token}"} if address.token else None,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT),
                max_msg_size=limit + 1,  # it refuses what reaches this, not only what is above
                heartbeat=heartbeat,
                compress=0,
            )
    except BaseException as error:
        await session.close()
        raise _told(error, address, timeout) from None
    _keep_alive(opened.get_extra_info("socket"))
    return Dialled(session, opened)


def _session() -> ClientSession:
    """Return a session for one socket: no cookies, no proxy of the environment, and it follows no redirect."""
    import aiohttp

    async def refuse(_session: Any, _context: Any, params: Any) -> None:
        params.response.close()
        raise _RedirectError

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(refuse)
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=OPEN_TIMEOUT),
        trace_configs=[trace],
    )


class _RedirectError(Exception):
    """The other end points elsewhere, where a token does not belong."""


def _told(error: BaseException, address: Address, timeout: float) -> BaseException:
    """Return the error to raise: one sentence that names the host and what to do."""
    import aiohttp

    where = address.host
    if isinstance(error, aiohttp.WSServerHandshakeError):
        if error.status in (401, 403):
            said = "is not the right one" if address.token else "is missing"
            return WorkerRefused(f"the worker at {where} turned us away (HTTP {error.status}): the token {said}")
        return WorkerUnreachable(
            f"{where} answered HTTP {error.status} where a worker opens a socket; is the URL right?"
        )
    if isinstance(error, _RedirectError):
        return WorkerUnreachable(f"{where} points to another address; give that one if you trust it")
    if isinstance(error, TimeoutError):
        return WorkerUnreachable(f"the worker at {where} opened no socket within {timeout:g} s")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return WorkerUnreachable(f"the certificate of {where} is not trusted: {error.certificate_error}")
    if isinstance(error, (aiohttp.ClientError, OSError, ValueError)):
        return WorkerUnreachable(f"the worker at {where} cannot be reached: {_reason(error)}")
    return error


def _reason(error: BaseException) -> str:
    found = getattr(error, "os_error", None) or error
    number = getattr(found, "errno", None)
    # asyncio's own words repeat the address; those of name look-ups have negative numbers and say enough.
    if isinstance(number, int) and number > 0:
        return os.strerror(number)
    return getattr(found, "strerror", None) or next(iter(str(found).splitlines()), "") or type(error).__name__


def _keep_alive(plain: Any) -> None:
    if plain is None:
        return
    with suppress(OSError):
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEP_ALIVE:
            if hasattr(socket, name):
                plain.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


class WebSocketTransport:
    """Frames to and from a worker over a WebSocket; one task receives, any may send."""

    def __init__(self, dialled: Dialled, host: str) -> None:
        self._dialled = dialled
        self.host = host
        self.near = dialled.near

    @classmethod
    async def open(cls, address: Address, *, heartbeat: float | None = None) -> Self:
        """Open a socket; raises :class:`WorkerUnreachable` and :class:`WorkerRefused`."""
        dialled = await dial(address, limit=frames.max_frame_size(), heartbeat=heartbeat)
        return cls(dialled, address.host)

    async def send(self, parts: Sequence[Part]) -> None:
        """Send a frame; waits while the other end does not read. Raises :class:`WorkerLost`."""
        try:
            await self._dialled.socket.send_bytes(b"".join(parts))
        except (ConnectionError, RuntimeError) as error:
            raise WorkerLost(f"the connection to the worker at {self.host} is closed ({_reason(error)})") from None

    async def receive(self) -> bytes:
        """Return the next frame; raises :class:`WorkerLost` behind the last one, and :class:`BadFrame` for a text."""
        from aiohttp import WSMsgType

        message = await self._dialled.socket.receive()
        if message.type is WSMsgType.BINARY:
            body: bytes = message.data
            return body
        if message.type is WSMsgType.TEXT:
            raise BadFrame(f"the worker at {self.host} sent a text; its messages are binary")
        if message.type is WSMsgType.CLOSE:
            why = f" and said: {message.extra}" if message.extra else ""
            raise WorkerLost(f"the worker at {self.host} closed the connection with {message.data or 1005}{why}")
        if message.type is WSMsgType.ERROR and self._dialled.socket.close_code == TOO_LARGE:
            raise FrameTooLarge(f"the worker at {self.host} sent a frame of more than {frames.max_frame_size()} bytes")
        raise WorkerLost(f"the connection to the worker at {self.host} dropped")

    async def close(self) -> None:
        """Close the socket; frames that were not received are lost."""
        await self._dialled.close()
