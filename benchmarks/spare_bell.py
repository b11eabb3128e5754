"""Lets a spare runner tell a benchmark that it is ready; a runner that preloads this module rings before it waits."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nodetool_jupyter import tree

BELL = "NODETOOL_BENCH_BELL"
PATIENCE = 30.0  # seconds that a spare may take


class SpareBell:
    """Hears spares that are ready, each once, in the order in which they rang."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(PATIENCE)
        self._socket.bind(str(path))

    def next(self) -> int:
        """Wait for the next spare and return its pid."""
        return int(self._socket.recv(32))

    def close(self) -> None:
        """Take the bell down."""
        self._socket.close()


@contextmanager
def spare_bell() -> Iterator[SpareBell]:
    """Let the spares that are started meanwhile ring."""
    with tempfile.TemporaryDirectory(prefix="nt-bell-") as folder:
        path = Path(folder, "bell")
        bell = SpareBell(path)
        os.environ |= {BELL: str(path), "NODETOOL_PRELOAD": __name__}
        try:
            yield bell
        finally:
            del os.environ[BELL], os.environ["NODETOOL_PRELOAD"]
            bell.close()


def _ring_when_ready(path: str) -> None:
    """Ring at the last thing that a spare does before it reads its request."""
    last = tree.become_subreaper

    def ring() -> bool:
        tree.become_subreaper = last
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, suppress(OSError):
            sender.sendto(str(os.getpid()).encode(), path)
        return last()

    tree.become_subreaper = ring


if "NODETOOL_RUNNER_ID" in os.environ and BELL in os.environ:
    _ring_when_ready(os.environ[BELL])
