"""The channel of a container as its owner reads it: an attached socket, and a thread that waits for it."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from nodetool_jupyter.execution.base import ChannelLine
from nodetool_jupyter.execution.capture import Prints
from nodetool_jupyter.execution.container.claims import Claims
from nodetool_jupyter.execution.container.frames import Frames, Lines, Mend
from nodetool_jupyter.execution.container.kept import Kept

LINE_CAP = 16 * 1024**2  # bytes of a line
BEHIND = 8 * 1024**2  # weight of what the loop has yet to take, above which no more is read: the engine waits then
STEP = 256 * 1024  # bytes read at a time, and about the weight that is handed over at a time
LINE_WEIGHT = 512  # bytes that a line takes besides its own


class ContainerChannel:
    """Hands over lines that its claims have let pass, in batches; whoever reads slowly slows the container.

    The thread reads, checks, and waits while the loop is behind. When the claims have ended, what still comes is read
    and dropped, so that a container can end. One that has ended without the claims' end may be opened anew, on another
    stream of the same container.
    """

    def __init__(self, claims: Claims, *, line_cap: int = LINE_CAP, behind: int = BEHIND) -> None:
        self.claims = claims
        self.broken: OSError | None = None  # why the stream ended, if not because the container said no more
        self._frames = Frames()
        self._lines = Lines(line_cap)
        self._line_cap = line_cap
        self._mend: Mend | None = None
        self._midway = False  # the stream may begin within a line
        self._torn = b""  # what the stream ended with
        self._errors = Prints("warning", claims.redactor)
        self._behind = behind
        self._changed = threading.Condition()
        self._batches: deque[tuple[int, list[ChannelLine]]] = deque()
        self._weight = 0
        self._asked = False  # the loop is about to look
        self._done = False
        self._closed = False
        self._fault: Exception | None = None
        self._rung = asyncio.Event()
        self._wake: Callable[[], object] = self._rung.set
        self._socket: socket.socket | None = None

    def open(
        self,
        connection: socket.socket | None,
        loop: asyncio.AbstractEventLoop,
        first: bytes = b"",
        *,
        logged: bool = False,
        kept: Kept | None = None,
    ) -> None:
        """Take over an attached socket, and whatever of the stream came along with the engine's answer.

        ``logged`` says that the stream is the engine's log, from its beginning on, and not the container itself.
        ``kept`` is read first: the stream has then been joined midway. With no socket it is all there is.
        """
        assert self._socket is None or self.ended
        if connection is not None:
            connection.settimeout(None)
        self._socket = connection
        self._frames, self._lines = Frames(), Lines(self._line_cap)
        self._mend = Mend() if logged else None
        self._midway, self._torn = kept is not None, b""
        self.broken, self._done = None, False
        self._wake = lambda: loop.call_soon_threadsafe(self._rung.set)
        work = (connection, first, kept)
        threading.Thread(target=self._serve, args=work, name="nodetool-container", daemon=True).start()

    # -- on the loop ----------------------------------------------------------------------------------------------

    @property
    def ended(self) -> bool:
        """Whether the stream has ended and all of it was read."""
        return self._done and not self._batches and self._fault is None

    def ring(self) -> None:
        """Let the reader look again."""
        self._rung.set()

    async def rung(self) -> None:
        """Wait until there may be something, or the end, that the last read did not see."""
        await self._rung.wait()

    def read(self) -> list[ChannelLine]:
        """Return the lines that are there now, a few hundred kilobytes of them; empty when there are none.

        Raises :class:`ExecutionLost` when what the engine sent could not be understood.
        """
        self._rung.clear()
        found: list[ChannelLine] = []
        taken = 0
        with self._changed:
            self._asked = False
            while self._batches and taken < STEP:
                weight, lines = self._batches.popleft()
                found += lines
                taken += weight
            self._weight -= taken
            self._changed.notify()
            if self._batches:
                self._rung.set()
        if self._fault is not None and not found:
            fault, self._fault = self._fault, None
            raise fault
        return found

    def finish(self) -> list[ChannelLine]:
        """Tell what had no end, and what was only counted; called when the stream has ended and no other follows."""
        torn, self._torn = self._torn, b""
        return [] if self.claims.ended else self.claims.hear_torn(torn) + self.claims.rest()

    def close(self) -> None:
        """Let go of the socket; the thread ends, and the container does not notice."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread, which closes it

    # -- on the thread --------------------------------------------------------------------------------------------

    def _serve(self, connection: socket.socket | None, first: bytes, kept: Kept | None) -> None:
        try:
            self.claims.go_on(again=kept is not None or self._mend is not None)
            if kept is not None:
                self._read_kept(kept)
                self.claims.go_on(again=False)
            if connection is not None:
                self._read_stream(connection, first)
        except Exception as error:
            self._fault = error
        finally:
            if kept is not None:
                kept.close()
            if connection is not None:
                connection.close()
            with self._changed:
                self._done = True
            self._ring()

    def _read_kept(self, kept: Kept) -> None:
        claims, lines = self.claims, Lines(self._line_cap)
        while not claims.ended and self._has_room() and (data := kept.read()):
            told = claims.spend(len(data)) + claims.take(lines.feed(data))
            self._put(len(data), told)
        self._torn = lines.rest()  # said later as a whole, if ever

    def _read_stream(self, connection: socket.socket, first: bytes) -> None:
        data = first or self._receive(connection)
        while data:
            if not self.claims.ended:
                self._take(data)
            data = self._receive(connection)
        self._put(0, self.claims.hear(self._errors.flush()))
        if not self.claims.ended:
            self._end_lines()

    def _receive(self, connection: socket.socket) -> bytes:
        if not self._has_room():
            return b""
        try:
            return connection.recv(STEP)
        except OSError as error:
            if not self._closed:
                self.broken = error
            return b""

    def _has_room(self) -> bool:
        """Wait until the loop has taken what it was given; ``False`` when it takes no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._weight <= self._behind or self._closed)
            return not self._closed

    def _take(self, data: bytes) -> None:
        claims = self.claims
        said = self._frames.feed(data)
        lines = claims.spend(len(data))
        if said.err:
            lines += claims.hear(self._errors.feed(said.err))
        if said.out:
            whole = self._lines.feed(self._mend.feed(said.out) if self._mend is not None else said.out)
            if self._midway and whole:
                self._midway = False
                whole = whole if _is_whole(whole[0]) else whole[1:]  # what went before was kept
            lines += claims.hear_cuts(self._lines.cuts())
            lines += claims.take(whole)  # last, because nothing may follow the end
        self._put(len(data), lines)

    def _end_lines(self) -> None:
        """Take the last line where only its end is missing, as the engine's log may lose it; else put it by."""
        claims = self.claims
        whole = self._lines.feed(self._mend.rest()) if self._mend is not None else []
        torn = self._lines.rest()
        if self._mend is not None and _is_whole(torn):
            whole, torn = [*whole, torn], b""
        self._torn = torn
        self._put(0, claims.hear_cuts(self._lines.cuts()) + claims.take(whole))

    def _put(self, size: int, lines: list[ChannelLine]) -> None:
        if not lines:
            return
        weight = size + LINE_WEIGHT * len(lines)
        with self._changed:
            self._batches.append((weight, lines))
            self._weight += weight
            asked, self._asked = self._asked, True
        if not asked:
            self._ring()

    def _ring(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody reads any more
            self._wake()


def _is_whole(line: bytes) -> bool:
    """Tell whether this is a line with its beginning: a part of one has more brackets that close than open."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return line.startswith(b"{")
