"""What stands between a socket and aiohttp: it takes large frames out of the stream, and sends large ones in fragments.

aiohttp puts a message together before it hands it over, and buffers one that is sent: three copies each. Large frames
never reach it. In the place of one it gets a small frame with a mark, so that order, pings and closing stay its own.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections import deque
from collections.abc import Sequence
from typing import Any, cast

from nodetool_jupyter.bridge.large import LARGE, Apart, Arriving, Part

PIECE = 256 * 1024  # bytes of a fragment
_WHOLE_BINARY = 0x82
_MASKED = 0x80
_ALIVE = b"\x8a\x80\x00\x00\x00\x00"  # a pong that nobody asked for, which a client may always send
_OFTEN = 1.0  # seconds between two of them
_BEHIND_HEAD = b"\r\n\r\n"


class Passage(asyncio.Protocol):
    """Carries the bytes of one connection to aiohttp's protocol ``inner``, and looks at them once :meth:`watch` says.

    ``transport`` is the one that aiohttp is given; both sides may hold up reading with it.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.transport: Side | None = None
        self._watched = False
        self._tail = b""  # the last bytes before the socket was watched
        self._most = 0
        self._head = b""  # of a frame, not whole yet
        self._passed = 0  # bytes of a small frame that are still to come
        self._large: _Large | None = None
        self._waiting: deque[Apart] = deque()
        self._mark = secrets.token_bytes(16)  # the client never sees it
        self._told = 0.0
        self._room = asyncio.Event()
        self._room.set()

    def watch(self, most: int) -> None:
        """Take frames out of the stream from now on, those of up to ``most`` bytes; call it behind the handshake."""
        if self._tail == _BEHIND_HEAD:  # a client that did not wait for the handshake's end is left to aiohttp
            self._watched, self._most = True, most

    def taken(self, body: bytes) -> bytes | Apart:
        """Return the frame that a mark stands for; any other body is itself."""
        if body != self._mark:
            return body
        found = self._waiting.popleft()
        assert self.transport is not None
        self.transport.hold(self, on=bool(self._waiting))
        return found

    async def send(self, parts: Sequence[Part], patience: float) -> None:
        """Send a message in fragments, with room for pings between them; whoever calls sends one at a time.

        Raises ``TimeoutError`` when the client takes nothing for ``patience`` seconds, and ``ConnectionError``. Behind
        either the connection is good for nothing.
        """
        assert self.transport is not None
        fragments = [memoryview(part)[at : at + PIECE] for part in parts for at in range(0, len(part), PIECE)]
        last = len(fragments) - 1
        for number, fragment in enumerate(fragments):
            if self.transport.is_closing():
                raise ConnectionError("the connection is closing")
            first = (0 if number else 2) | (0x80 if number == last else 0)
            self.transport.write(b"".join((_head(first, len(fragment)), fragment)))
            if not self._room.is_set():
                async with asyncio.timeout(patience):
                    await self._room.wait()

    # -- asyncio's side -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Pass the transport on."""
        self.transport = Side(cast(asyncio.Transport, transport), self)
        self.inner.connection_made(self.transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Pass it on."""
        self._room.set()
        self._waiting.clear()
        self._large = None
        self.inner.connection_lost(error)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        kept: bool | None = self.inner.eof_received()
        return kept

    def pause_writing(self) -> None:
        """Hold up large messages, and pass it on."""
        self._room.clear()
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        """Go on, and pass it on."""
        self._room.set()
        self.inner.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Pass on what belongs to no large frame."""
        if not self._watched:
            self._tail = (self._tail + data[-4:])[-4:]
            self.inner.data_received(data)
            return
        if self._head:
            data, self._head = self._head + data, b""
        start = at = 0  # what lies between is to be passed on
        while at < len(data):
            if self._large is not None:
                start = at = self._feed(self._large, data, at)
            elif self._passed:
                step = min(self._passed, len(data) - at)
                self._passed -= step
                at += step
            else:
                head, length = _frame(data, at)
                if not head:
                    break
                if data[at] == _WHOLE_BINARY and LARGE <= length <= self._most:
                    self._pass(data[start:at])
                    self._large = _Large(length, data[at + head - 4 : at + head] if data[at + 1] & _MASKED else b"")
                    start = at = at + head
                else:
                    self._passed = length
                    at += head
        self._head = data[at:]
        self._pass(data[start:at])

    def _pass(self, data: bytes) -> None:
        if data:
            self.inner.data_received(data)

    def _feed(self, large: _Large, data: bytes, at: int) -> int:
        """Give a large frame its next bytes; return where those behind begin."""
        end = min(len(data), at + large.left)
        large.feed(data[at:end])
        if not large.left:
            self._large = None
            self._waiting.append(large.frame.whole())
            assert self.transport is not None
            self.transport.hold(self, on=True)  # no more than one waits to be taken
            self._pass(_head(_WHOLE_BINARY, len(self._mark)) + self._mark)
        elif (now := asyncio.get_running_loop().time()) > self._told + _OFTEN:
            self._told = now
            self._pass(_ALIVE)  # else aiohttp would miss an answer to its ping, which cannot come before the frame ends
        return end


class Side:
    """The transport as aiohttp sees it: nothing is read while either of the two does not want to."""

    def __init__(self, transport: asyncio.Transport, passage: Passage) -> None:
        self.passage = passage
        self._transport = transport
        self._held: set[object] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def pause_reading(self) -> None:
        """Hold up reading for aiohttp."""
        self.hold(self, on=True)

    def resume_reading(self) -> None:
        """Go on for aiohttp."""
        self.hold(self, on=False)

    def hold(self, who: object, *, on: bool) -> None:
        """Hold up reading, or go on where nobody else wants it held up."""
        (self._held.add if on else self._held.discard)(who)
        if self._held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()


class _Large:
    """A large frame that comes."""

    __slots__ = ("_mask", "frame", "left")

    def __init__(self, length: int, mask: bytes) -> None:
        self.frame = Arriving(length)
        self.left = length
        self._mask = mask

    def feed(self, piece: bytes) -> None:
        self.left -= len(piece)
        if not self._mask:
            self.frame.feed(piece)
            return
        clear = bytearray(piece)
        unmask(self._mask, clear)
        turn = len(piece) % 4
        self._mask = self._mask[turn:] + self._mask[:turn]
        self.frame.feed(clear)


def _frame(data: bytes, at: int) -> tuple[int, int]:
    """Return the bytes of a frame's head and of its body; (0, 0) while the head is not whole."""
    if len(data) - at < 2:
        return 0, 0
    length = data[at + 1] & 0x7F
    head = (2 if length < 126 else 4 if length == 126 else 10) + (4 if data[at + 1] & _MASKED else 0)
    if len(data) - at < head:
        return 0, 0
    if length >= 126:
        length = int.from_bytes(data[at + 2 : at + (4 if length == 126 else 10)])
    return head, length


def _head(first: int, length: int) -> bytes:
    """Return the head of a frame from a server."""
    if length < 126:
        return bytes((first, length))
    return struct.pack(">BBH", first, 126, length) if length < 1 << 16 else struct.pack(">BBQ", first, 127, length)


def unmask(mask: bytes, data: bytearray) -> None:
    """Take a client's mask off, in place."""
    try:
        from aiohttp._websocket.helpers import websocket_mask
    except ImportError:  # another version of aiohttp has it elsewhere
        websocket_mask = unmask_slowly
    websocket_mask(mask, data)


def unmask_slowly(mask: bytes, data: bytearray) -> None:
    """Do the same with what Python has."""
    for place, key in enumerate(mask):
        data[place::4] = data[place::4].translate(bytes(byte ^ key for byte in range(256)))
