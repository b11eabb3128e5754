"""The channel of a runner as its guard writes it: numbered lines in a file, or on stdout."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from nodetool_jupyter import faults
from nodetool_jupyter.clock import RunClock
from nodetool_jupyter.eventlog.shorten import shorten_file
from nodetool_jupyter.events import Event, LogUpdate, dump_unnumbered, number
from nodetool_jupyter.execution.order import Order
from nodetool_jupyter.files import write_all
from nodetool_jupyter.sockets import reachable


class ChannelWriter:
    """Numbers lines 1, 2, 3 … and appends them; rings the owner's bell, if somebody put one up.

    A file over its cap loses the middle of its text, as a job's log does, and keeps its numbers. A container's lines
    stand in its copy before they are on stdout, so that whatever was read there can be read again.
    """

    def __init__(self, order: Order, stdout: int) -> None:
        self.n = 0
        self._path = order.channel
        self._job_id = order.job_id
        self._attempt = order.attempt
        self._cap = order.cap
        self._clock = RunClock()
        self._bell = _Bell(order.bell) if order.bell else None
        self._size = 0
        self._descriptor = self._open() if order.channel else stdout
        self._copy = _Copy(order.copy, order.cap) if order.copy and Path(order.copy).parent.is_dir() else None

    def _open(self) -> int:
        assert self._path is not None
        return os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def forward(self, lines: Sequence[bytes]) -> None:
        """Append lines that the worker sent, whole but without numbers and line ends."""
        self._append(b"".join([b'{"seq":%d,%b\n' % (n, line) for n, line in enumerate(lines, self.n + 1)]), len(lines))

    def tell(self, *events: Event) -> None:
        """Append events of the guard's own, all at once: one write and one ring for many lines."""
        job_id, attempt, time = self._job_id, self._attempt, self._clock.time()
        lines = [dump_unnumbered(event, job_id=job_id, attempt=attempt, time=time) for event in events]
        self._append(b"".join([number(line, n) for n, line in enumerate(lines, self.n + 1)]), len(lines))

    def _append(self, data: bytes, count: int) -> None:
        faults.point("channel.mid_line")
        given_up = self._copy.add(data) if self._copy is not None else None
        try:
            write_all(self._descriptor, data)
        except OSError:
            if self._path is not None:
                with suppress(OSError):
                    os.ftruncate(self._descriptor, self._size)
            raise
        self.n += count  # they are there now, though no more may fit
        self._size += len(data)
        if self._bell is not None:
            self._bell.ring()
        if self._path is not None and self._size > self._cap:
            self._shorten(self._path)
        if given_up is not None:
            self._copy = None
            self.tell(LogUpdate(content=f"the copy of this job's channel is kept no longer: {given_up}"))

    def _shorten(self, path: str) -> None:
        """Cut the middle of the text; raises :class:`LogFull` once, and then leaves room for the end."""
        cap, self._cap = self._cap, self._cap * 2
        self._size = shorten_file(path, cap, self._job_id, lambda: None)
        self._cap = cap
        os.close(self._descriptor)
        self._descriptor = self._open()

    def close(self) -> None:
        """Ring once more: nothing follows."""
        if self._bell is not None:
            self._bell.ring()


class _Copy:
    """What goes to stdout, in a file as well; one that cannot be complete is removed: the engine's log has to do."""

    def __init__(self, path: str, cap: int) -> None:
        self._path = Path(path)
        self._left = cap
        self._descriptor = -1
        self._fault: str | None = None
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        try:
            self._descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            self._fault = error.strerror

    def add(self, data: bytes) -> str | None:
        """Append lines; returns why it was given up, if it was."""
        self._left -= len(data)
        if self._fault is None and self._left < 0:
            self._fault = "it has come to its cap"
        if self._fault is None:
            try:
                write_all(self._descriptor, data)
            except OSError as error:
                self._fault = error.strerror
        if self._fault is not None and self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            with suppress(OSError):
                self._path.unlink()
        return self._fault


class _Bell:
    """The owner's bell, wherever the present owner put it up; a missing or full one harms nobody."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._connected = False

    def ring(self) -> None:
        with suppress(OSError):
            if self._connected:
                try:
                    self._socket.send(b"1")
                    return
                except BlockingIOError:
                    return  # it was rung already
                except OSError:
                    self._connected = False  # that owner is gone
            with reachable(self._path) as short:
                self._socket.connect(short)
            self._connected = True
            self._socket.send(b"1")
