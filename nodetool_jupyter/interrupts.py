"""Waiting in the main thread so that a signal, such as Ctrl-C, always ends it.

Python runs signal handlers between two of its own instructions. A signal that arrives just before the main thread waits
on a lock, or that the system delivers to another thread, is only noted: the wait goes on until something else ends it,
and the interrupt seems lost. A wakeup descriptor (``signal.set_wakeup_fd``) is written to by the signal itself.
"""

from __future__ import annotations

import selectors
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from nodetool_jupyter import clock

_POKE = b"\0"  # no signal has this number


class Event:
    """A flag to wait for, as ``threading.Event`` is; waiting for it in the main thread can be interrupted."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()  # guards the pipe, which is closed when nobody waits
        self._pipe: _Pipe | None = None

    def set(self) -> None:
        """Raise the flag, and wake who waits for it."""
        self._event.set()
        with self._lock:
            if self._pipe is not None:
                self._pipe.poke()

    def clear(self) -> None:
        """Take the flag down."""
        self._event.clear()

    def is_set(self) -> bool:
        """Tell whether the flag is up."""
        return self._event.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the flag is up, at most ``timeout`` seconds; tell whether it is."""
        if self._event.is_set() or not _interruptible():
            return self._event.wait(timeout)
        with _signals() as pipe:
            with self._lock:
                self._pipe = pipe
            try:
                return pipe.wait(self._event.is_set, timeout)
            finally:
                with self._lock:
                    self._pipe = None


def readable(source: socket.socket, timeout: float | None) -> bool:
    """Wait until there is something to read, at most ``timeout`` seconds; tell whether there is."""
    with selectors.DefaultSelector() as selector:
        selector.register(source, selectors.EVENT_READ)
        if not _interruptible():
            return bool(selector.select(timeout))
        with _signals() as pipe:
            pipe.selector.register(source, selectors.EVENT_READ)
            return pipe.wait(lambda: bool(selector.select(0)), timeout)


def _interruptible() -> bool:
    return threading.current_thread() is threading.main_thread()


class _Pipe:
    """What signals, and those who have something to tell, write into; one thread waits at its other end."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self._reader, selectors.EVENT_READ)
        self.signals = b""

    @property
    def descriptor(self) -> int:
        return self._writer.fileno()

    def poke(self) -> None:
        with suppress(BlockingIOError):  # full: whoever waits is awake
            self._writer.send(_POKE)

    def wait(self, done: Callable[[], bool], timeout: float | None) -> bool:
        """Wait until ``done``, which is asked whenever something was written; Python's handlers run in between."""
        deadline = None if timeout is None else clock.monotonic() + timeout
        while not done():
            left = None if deadline is None else deadline - clock.monotonic()
            if left is not None and left <= 0:
                return False
            self.selector.select(left)
            self.empty()
        return True

    def empty(self) -> None:
        with suppress(BlockingIOError):
            while True:
                self.signals += self._reader.recv(64).replace(_POKE, b"")

    def close(self) -> None:
        self.selector.close()
        self._reader.close()
        self._writer.close()


@contextmanager
def _signals() -> Iterator[_Pipe]:
    """Let every signal write its number into a pipe; who listened before, an event loop, is told of them afterwards."""
    pipe = _Pipe()
    before = signal.set_wakeup_fd(pipe.descriptor, warn_on_full_buffer=False)
    try:
        yield pipe
    finally:
        signal.set_wakeup_fd(before, warn_on_full_buffer=False)
        pipe.empty()
        if before != -1 and pipe.signals:
            with socket.socket(fileno=before) as loop:
                with suppress(OSError):
                    loop.send(pipe.signals)
                loop.detach()
        pipe.close()
