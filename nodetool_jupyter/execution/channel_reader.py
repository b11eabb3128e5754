"""The channel of a runner as its owner reads it: a file that grows, and a bell that the guard rings."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from pathlib import Path

from nodetool_jupyter import clock
from nodetool_jupyter import events as ev
from nodetool_jupyter.eventlog.reader import LogReader
from nodetool_jupyter.execution.base import ChannelLine
from nodetool_jupyter.execution.plain_lines import ANY_LOG, PLAIN_LOG
from nodetool_jupyter.sockets import reachable

STEP = 256 * 1024  # bytes read at a time, so that one busy job does not hold up the others


class ChannelFile:
    """Reads lines after number ``after``, each once; whoever owns the job has its bell at ``bell``.

    Where nothing has to be masked, plain log lines, which come by the thousand, are checked for their form alone and
    passed on as they are.
    """

    def __init__(self, path: Path, bell: Path, after: int, *, masked: bool = False) -> None:
        self._masked = masked
        self._reader = LogReader(str(path), after, step=STEP)
        self._bell = bell
        self._n = after
        self._gap: ev.Gap | None = None  # that was read, and not yet told
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rung = asyncio.Event()
        self._heard = asyncio.Event()  # the guard has spoken at least once

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Put up the bell, in the place of an earlier owner's."""
        bell = self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        bell.setblocking(False)
        self._bell.unlink(missing_ok=True)
        with reachable(self._bell) as short:
            bell.bind(short)
        self._loop = loop
        loop.add_reader(bell, self._hear)

    def _hear(self) -> None:
        with suppress(BlockingIOError):
            while self._socket is not None:
                self._socket.recv(16)
        self._heard.set()
        self._rung.set()

    def ring(self) -> None:
        """Let the reader look again."""
        self._rung.set()

    async def rung(self) -> None:
        """Wait until somebody rang since the last read."""
        await self._rung.wait()

    async def heard(self) -> None:
        """Wait until the guard rang for the first time: it listens on its socket by then."""
        await self._heard.wait()

    def read(self) -> list[ChannelLine]:
        """Return the lines that are there now, a few hundred kilobytes at most; empty at the end."""
        self._rung.clear()
        found: list[ChannelLine] = []
        while not found:
            before = self._n
            try:
                lines = self._reader.read()
            except FileNotFoundError:
                break
            if not lines:
                break
            found = [self._line(line) for line in lines]
            if self._gap is not None:
                found = self._tell_gap(found, before)
        return found

    def _tell_gap(self, lines: list[ChannelLine], n: int) -> list[ChannelLine]:
        """Put the word about cut lines where the first number is missing: lines that were kept may stand before it."""
        told = []
        for line in lines:
            if isinstance(line.event, ev.Gap):
                self._gap = line.event
                continue
            if self._gap is not None and line.n > n + 1:
                text = f"{self._gap.lines} lines of text were dropped, because nobody read them while the job ran"
                told.append(ChannelLine(line.n - 1, line.time, ev.LogUpdate(content=text, severity="warning")))
                self._gap = None
            told.append(line)
            n = line.n
        return told

    def _line(self, line: bytes) -> ChannelLine:
        plain = None if self._masked or not line.isascii() else PLAIN_LOG.fullmatch(line)
        if plain is not None:
            self._n = int(plain[1])
            return ChannelLine(self._n, float(plain[2]), ANY_LOG, plain[3])
        try:
            event = ev.parse(line)
        except ValueError as error:
            return self.next(ev.LogUpdate(content=f"the runner sent a line that is {error}", severity="warning"))
        n, time = event.seq or self._n + 1, event.time or clock.time()
        if isinstance(event, ev.Gap):
            # Its numbers are the channel's, which mean nothing in the log.
            self._gap = event
            return ChannelLine(n, time, event)
        self._n = n
        return ChannelLine(n, time, event, ev.find_body(line))

    def next(self, event: ev.Event) -> ChannelLine:
        """Return a line of the owner's own, behind those that were read."""
        self._n += 1
        return ChannelLine(self._n, clock.time(), event)

    def close(self) -> None:
        """Take the bell down, and close the file."""
        self._reader.close()
        bell, self._socket = self._socket, None
        if bell is not None:
            assert self._loop is not None
            self._loop.remove_reader(bell)
            bell.close()
