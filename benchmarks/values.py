"""A large array, stored in one process and mapped in another, beside writing and mapping the same file by hand."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import Figure, Figures
from nodetool_jupyter.values import ValueStore

GIB = 1 << 30
REPEATS = 3
_CHILD = """
import json, os, sys, time
from pathlib import Path
import numpy as np
from nodetool_jupyter.values import ValueStore
folder = Path(sys.argv[1])
array = np.ones(int(sys.argv[2]) // 4, "f4")
def by_hand():
    path = folder / "by-hand.bin"
    with open(path, "xb", buffering=0) as file:
        left = memoryview(array).cast("B")
        while left:
            left = left[file.write(left):]
    return {"path": str(path)}
for line in sys.stdin:
    work = by_hand if line.strip() == "hand" else lambda: ValueStore(folder).encode(array)
    start = time.time()
    print(json.dumps({"start": start, "data": work()}), flush=True)
"""


class Writer:
    """A child that has the array ready, and writes it whenever it is told how."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(folder), str(size)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def seconds(self, how: str) -> float:
        """Return the time from the first byte written there to the last element read here."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{how}\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        array, path = self._mapped(told["data"])
        assert array[-1] == 1
        seconds = time.time() - float(told["start"])
        del array
        path.unlink()
        return seconds

    def _mapped(self, data: dict[str, Any]) -> tuple[Any, Path]:
        if "path" in data:
            return np.memmap(data["path"], "f4", "r"), Path(data["path"])
        store = ValueStore(self._folder)
        path = store.path(data)
        assert path is not None
        return store.decode(data), path

    def close(self) -> None:
        """Let the child end."""
        self._process.communicate()


@contextlib.contextmanager
def folder_in(parent: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir=parent, prefix="nodetool-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def figures(*, soak: bool) -> Figures:
    places = {"in memory": Path("/dev/shm"), "on disk": Path(tempfile.gettempdir())}
    for name, parent in places.items():
        if not parent.is_dir():
            continue
        with folder_in(parent) as folder:
            writer = Writer(folder, GIB)
            rounds = REPEATS * 3 if soak else REPEATS
            times: dict[str, list[float]] = {"hand": [], "store": []}
            for number in range(rounds + 1):  # the first round warms the memory of the machine, and is not counted
                for how in ("hand", "store") if number % 2 else ("store", "hand"):
                    os.sync()  # what was written before must not slow down what is written next
                    seconds = writer.seconds(how)
                    if number:
                        times[how].append(seconds)
            writer.close()
        floor, value = statistics.median(times["hand"]), statistics.median(times["store"])
        yield Figure(f"1 GiB array to another process, {name}", value, "s", floor)
        yield Figure(f"1 GiB array to another process, {name}, against by hand", value / floor, "times", 1.0, "<= 1.6")
