"""The bell: readers of a job wait on it, the owner rings it after each write. The file is the truth."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from nodetool_jupyter import interrupts
from nodetool_jupyter.sockets import reachable


class Bell(Protocol):
    """What a reader waits on. Announce it, read to the end of the file, and only then wait."""

    def wait(self, timeout: float | None) -> bool:
        """Wait until somebody rang since the last wait; ``False`` when the time ran out."""


class _Near:
    """The bell of a reader in the owner's process."""

    def __init__(self) -> None:
        self._rung = interrupts.Event()
        self.ring = self._rung.set

    def wait(self, timeout: float | None) -> bool:
        if not self._rung.wait(timeout):
            return False
        self._rung.clear()
        return True


class _Far:
    """The bell of a reader in another process: a datagram socket that the owner finds in the job's bell folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / f"{os.getpid()}-{os.urandom(4).hex()}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        try:
            while not self._bind():
                pass  # another reader took its bell and the empty folder away just now
        except BaseException:
            self.socket.close()
            raise

    def _bind(self) -> bool:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with reachable(self._path) as short:
                self.socket.bind(short)
        except (FileNotFoundError, FileExistsError):
            return False
        return True

    def wait(self, timeout: float | None) -> bool:
        if not interrupts.readable(self.socket, timeout):
            return False
        self.drain()
        return True

    def drain(self) -> None:
        with suppress(BlockingIOError):
            while True:
                self.socket.recv(16)

    def close(self) -> None:
        self.socket.close()
        self._path.unlink(missing_ok=True)
        with suppress(OSError):
            self._folder.rmdir()


class Bus:
    """All bells of one manager: those of its own process, and those that other processes put up."""

    def __init__(self, runtime: Path) -> None:
        self._bells = runtime / "bells"
        self._folder = str(self._bells)
        self._near: dict[str, list[Callable[[], None]]] = {}
        self._lock = threading.Lock()

    def ring(self, job_id: str) -> None:
        """Wake every reader of a job; never blocks, and a reader that fails harms nobody."""
        for wake in self._near.get(job_id, ()):
            with suppress(Exception):
                wake()
        try:
            names = os.listdir(f"{self._folder}/{job_id}")  # noqa: PTH208  # after every write
        except OSError:
            return
        for name in names:
            _ring_far(self._bells / job_id / name)

    @contextmanager
    def listen(self, job_id: str, wake: Callable[[], None]) -> Iterator[None]:
        """Let ``wake`` be called, from any thread, whenever this process writes to the job's log."""
        with self._lock:
            self._near[job_id] = [*self._near.get(job_id, ()), wake]
        try:
            yield
        finally:
            with self._lock:
                left = [other for other in self._near[job_id] if other is not wake]
                if left:
                    self._near[job_id] = left
                else:
                    del self._near[job_id]

    @contextmanager
    def bell(self, job_id: str, *, far: bool) -> Iterator[Bell]:
        """Put up a bell; ``far`` when another process owns the job, or may come to own it."""
        if far:
            distant = _Far(self._bells / job_id)
            try:
                yield distant
            finally:
                distant.close()
        else:
            near = _Near()
            with self.listen(job_id, near.ring):
                yield near

    @contextmanager
    def far_socket(self, job_id: str) -> Iterator[_Far]:
        """Put up a bell whose socket an event loop can watch."""
        distant = _Far(self._bells / job_id)
        try:
            yield distant
        finally:
            distant.close()


def _ring_far(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        try:
            with reachable(path) as short:
                sender.sendto(b"1", short)
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)  # its reader is gone
        except OSError:
            return  # full: it was rung already
