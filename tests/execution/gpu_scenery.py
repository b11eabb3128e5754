"""GPUs that are not there, their real locks, and other processes that hold them."""

from __future__ import annotations

import queue
import subprocess
import sys
from pathlib import Path

from nodetool_jupyter.execution.gpus import Gpu
from nodetool_jupyter.execution.leases import Ask, GpuLease, LeaseTable

PATIENCE = 20.0  # seconds that a test waits for what must happen
ZERO, ONE, TWO = (Gpu(index, f"GPU-{letter * 8}", "Fake 9000", 80) for index, letter in enumerate("abc"))

_HOLDER = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o666)
fcntl.flock(descriptor, fcntl.LOCK_SH if sys.argv[2] == "share" else fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


class Holder:
    """Another process that has locked a GPU, until it is ended or killed."""

    def __init__(self, folder: Path, gpu: Gpu, *, share: bool = False) -> None:
        path = folder / f"{gpu.uuid}.lock"
        self.process = subprocess.Popen(
            [sys.executable, "-c", _HOLDER, str(path), "share" if share else "alone"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"held\n"

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


class Jobs:
    """Asks by name; what each was told arrives in :attr:`told`, in that order."""

    def __init__(self, table: LeaseTable) -> None:
        self.table = table
        self.told: queue.SimpleQueue[tuple[str, object]] = queue.SimpleQueue()
        self.asks: dict[str, Ask] = {}

    def ask(self, name: str, *gpus: Gpu, share: bool = False) -> Ask:
        self.asks[name] = self.table.ask(name, gpus, share, lambda outcome: self.told.put((name, outcome)))
        return self.asks[name]

    def next(self) -> str:
        """Wait until somebody is told, and return who."""
        return self.told.get(timeout=PATIENCE)[0]

    def granted(self) -> list[str]:
        """Return who was told by now."""
        names = []
        while not self.told.empty():
            names.append(self.told.get()[0])
        return names

    def lease(self, name: str) -> GpuLease:
        lease = self.asks[name].lease
        assert lease is not None
        return lease
