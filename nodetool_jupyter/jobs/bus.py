"""The bells: readers of a job, or of the list of jobs, wait on one; owners ring it. The files are the truth."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from nodetool_jupyter import interrupts
from nodetool_jupyter.sockets import reachable

LIST = "_jobs"  # whose bells hang in this folder; no job is named so
MOST = 64  # jobs that a ring of the list names; of more it says that any may have changed
_LONGEST = 8 * 1024  # bytes of a ring
_LOST = ".lost"  # ends the name of the file that says that a bell was rung while it could take no more


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

    def drain(self) -> list[bytes]:
        """Make it still; returns what was rung."""
        rung = []
        with suppress(BlockingIOError):
            while True:
                rung.append(self.socket.recv(_LONGEST))
        return rung

    def close(self) -> None:
        self.socket.close()
        self._path.unlink(missing_ok=True)
        with suppress(OSError):
            self._folder.rmdir()


class ListBell(_Far):
    """The bell of one who follows the list of jobs: it tells which of them have changed."""

    def wait(self, timeout: float | None) -> bool:
        """Wait until it was rung; what was rung is there to be taken then."""
        return interrupts.readable(self.socket, timeout)

    def take(self) -> frozenset[str] | None:
        """Return the ids of the jobs that changed since the last time; an empty set says that any may have.

        ``None`` when nobody rang.
        """
        rung = self.drain()
        # Looked for after the draining: who cannot ring leaves the file and then rings again, or is drained with it.
        lost = _lost(self._path)
        if os.path.exists(lost):  # noqa: PTH110
            lost.unlink(missing_ok=True)
            return frozenset()
        if not rung:
            return None
        named = [names.decode().split("\n") for names in rung]
        return frozenset() if [""] in named else frozenset(name for names in named for name in names)

    def close(self) -> None:
        """Take it down."""
        _lost(self._path).unlink(missing_ok=True)
        super().close()


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
            _ring_far(self._bells / job_id / name, b"1")

    def ring_list(self, job_ids: Collection[str]) -> None:
        """Tell everybody who follows the list which jobs have changed; none of them says that any may have."""
        try:
            names = os.listdir(f"{self._folder}/{LIST}")  # noqa: PTH208  # after every change
        except OSError:
            return
        told = "\n".join(job_ids).encode() if len(job_ids) <= MOST else b""
        for path in [self._bells / LIST / name for name in names if not name.endswith(_LOST)]:
            if not _ring_far(path, told):
                with suppress(OSError):
                    _lost(path).touch(0o600)
                _ring_far(path, told)

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
    def list_bell(self) -> Iterator[ListBell]:
        """Put up a bell that is rung when a job is submitted, changes, ends or is removed, in whichever process."""
        bell = ListBell(self._bells / LIST)
        try:
            yield bell
        finally:
            bell.close()

    @contextmanager
    def far_socket(self, job_id: str) -> Iterator[_Far]:
        """Put up a bell whose socket an event loop can watch."""
        distant = _Far(self._bells / job_id)
        try:
            yield distant
        finally:
            distant.close()


def _ring_far(path: Path, told: bytes) -> bool:
    """Ring a bell, if its reader is there; ``False`` when it can take no more before it is drained."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        try:
            with reachable(path) as short:
                sender.sendto(told, short)
        except BlockingIOError:
            return False
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)  # its reader is gone
            _lost(path).unlink(missing_ok=True)
        except OSError:
            return True
    return True


def _lost(path: Path) -> Path:
    return path.with_name(path.name + _LOST)
