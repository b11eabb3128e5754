"""Carries written files to the disk, in the background: one thread for all jobs."""

from __future__ import annotations

import os
import threading
from contextlib import suppress

WINDOW = 0.002  # seconds that writes are gathered, so that one call serves many


class Syncer:
    """Calls fsync for files soon after they were written; nobody waits for it unless asked to."""

    def __init__(self, *, always: bool = False) -> None:
        self.always = always
        self._paths: set[str] = set()
        self._wake = threading.Condition()
        self._busy = False
        self._closed = False
        self._thread: threading.Thread | None = None

    def push(self, path: str) -> None:
        """See to it that the file is on the disk within 5 ms of now; with ``always``, before this returns."""
        if self.always:
            _fsync(path)
            return
        with self._wake:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="nodetool-syncer", daemon=True)
                self._thread.start()
            self._paths.add(path)
            if len(self._paths) == 1:
                self._wake.notify_all()

    def flush(self) -> None:
        """Wait until everything pushed before is on the disk."""
        with self._wake:
            self._wake.wait_for(lambda: not self._paths and not self._busy)

    def close(self) -> None:
        """Finish what was pushed, and end the thread."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: bool(self._paths) or self._closed)
                if not self._paths:
                    return
                self._wake.wait_for(lambda: self._closed, WINDOW)
                paths, self._paths, self._busy = self._paths, set(), True
            for path in paths:
                _fsync(path)
            with self._wake:
                self._busy = False
                self._wake.notify_all()


def _fsync(path: str) -> None:
    # A job removed meanwhile needs no sync, and a disk that fails shows it at the next write.
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
