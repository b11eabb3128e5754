"""Lines of a subprocess job on their way to a reader in the kernel: how many, how late, and past stuck readers."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from subprocess import PIPE

import benchmarks
from benchmarks.measure import Figure, Figures
from benchmarks.runners import PATIENCE, let_go, named_pipe, one_node, own_manager, subprocess_request
from nodetool_jupyter.events import LogUpdate
from nodetool_jupyter.jobs.manager import JobExecutionManager

LINES = 100_000
RATE = 5_000
_WRITER = """
import os, sys, time
log = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY | os.O_APPEND)
input()
for first in range(0, int(sys.argv[2]), 500):
    os.write(log, b"".join(
        b'{"seq":%d,"attempt":1,"time":%.6f,"job_id":"abcdefghij","type":"log_update","node_id":"n","node_name":"say",'
        b'"content":"line %d of those that are written","severity":"info"}\\n' % (n + 1, time.time(), n)
        for n in range(first, first + 500)
    ))
    os.write(1, b".")
"""
_KERNEL = """
import resource, sys
import psutil
from benchmarks.runners import *

def stuck(jobs, job_id):
    events = jobs.events(job_id, follow=True)
    next(events)
    print(next(jobs.places.runtime.joinpath("managers").glob("*.sock")), job_id, flush=True)
    sys.stdin.readline()
    return events

def run(readers, count, rate):
    with own_manager() as jobs, named_pipe() as go:
        job_id = jobs.submit(subprocess_request(one_node("say", count=count, rate=rate, go=go)))
        held = stuck(jobs, job_id) if readers else None
        let_go(go)
        before = psutil.Process().memory_info().rss
        seconds = jobs.result(job_id, 10 * PATIENCE)["result"]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(max(0, peak - before), seconds, flush=True)

run(sys.argv[1] == "stuck", int(sys.argv[2]), float(sys.argv[3]))
"""
_SUBSCRIBER = """
import json, socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
connection.sendall(json.dumps({"verb": "subscribe", "job_id": sys.argv[2]}).encode() + b"\\n")
connection.recv(1)
print("on", flush=True)
sys.stdin.read()
"""


def figures(*, soak: bool) -> Figures:
    repeats = 7 if soak else 3
    yield from _streams(repeats)
    yield from _stuck(60 if soak else 10)


def _streams(repeats: int) -> Figures:
    floor = statistics.median(_floor() for _ in range(repeats))
    with own_manager() as jobs:
        for kind, prints in (("log_update", False), ("prints", True)):
            floods = [Stream(jobs, LINES, 0, prints) for _ in range(repeats)]
            best = max(flood.rate for flood in floods)
            reach = None if prints else ">= 50000"
            median = statistics.median(flood.rate for flood in floods)
            yield Figure(f"{LINES} {kind} to a reader in the kernel", median, "events/s", floor, reach)
            yield Figure(f"{LINES} {kind} to a reader in the kernel, the best", best, "events/s", floor)
            late = statistics.median(flood.late for flood in floods)
            yield Figure(f"lag of {kind} as fast as can be, p99", late * 1e3, "ms")
            paced = statistics.median(Stream(jobs, 2 * RATE, RATE, prints).late for _ in range(repeats))
            yield Figure(f"lag of {kind} at {RATE} a second, p99", paced * 1e3, "ms", None, None if prints else "<= 20")


class Stream:
    """One job that writes lines, and a reader on its own thread: what the reader saw, and when.

    ``rate`` is lines a second between the first and the last line seen; ``late`` the 99th percentile of the seconds
    between a line's own time and its being seen.
    """

    def __init__(self, jobs: JobExecutionManager, count: int, rate: float, prints: bool) -> None:
        with named_pipe() as go:
            graph = one_node("say", count=count, rate=rate, go=go, prints=prints)
            self._events = jobs.events(jobs.submit(subprocess_request(graph)), follow=True)
            self._seen: list[tuple[float, float, str]] = []
            reader = threading.Thread(target=self._read)
            reader.start()
            let_go(go)
            reader.join(PATIENCE)
        assert [text for _, _, text in self._seen] == [f"line {n} of those that are written" for n in range(count)]
        self.rate = (count - 1) / (self._seen[-1][0] - self._seen[0][0])
        lags = sorted(seen - told for seen, told, _ in self._seen)
        self.late = lags[int(len(lags) * 0.99)]

    def _read(self) -> None:
        seen, now = self._seen, time.time
        numbers = []
        for event in self._events:
            numbers.append(event.seq)
            if isinstance(event, LogUpdate):
                seen.append((now(), event.time or 0.0, event.content))
        assert numbers == list(range(1, len(numbers) + 1))


def _floor() -> float:
    """Return lines a second that a child writes to a file, and that are read from it here and made Python values."""
    with tempfile.TemporaryDirectory(prefix="nt-floor-") as folder:
        path = Path(folder, "log")
        path.touch()
        command = [sys.executable, "-c", _WRITER, str(path), str(LINES)]
        with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, bufsize=0) as child, path.open("rb", 0) as log:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(b"\n")
            child.stdout.read(1)
            begin, count, rest = time.perf_counter(), 0, b""
            while lines := (rest + (log.read() or b"")).split(b"\n"):
                rest = lines.pop()
                for line in lines:
                    json.loads(line)
                count += len(lines)
                if not child.stdout.read(1000):
                    break
            seconds = time.perf_counter() - begin
    assert count == LINES
    return count / seconds


def _stuck(seconds: int) -> Figures:
    count = seconds * RATE
    alone, beside = _kernel("free", count), _kernel("stuck", count)
    grown = (beside[0] - alone[0]) / 2**20
    yield Figure(f"memory for two readers stuck {seconds} s under {RATE} events/s", grown, "MiB more", 0, "<= 16")
    slower = (beside[1] / alone[1] - 1) * 100
    yield Figure(f"job slowed by two readers stuck {seconds} s", slower, "%", 0, "<= 5")


def _kernel(readers: str, count: int) -> tuple[float, float]:
    """Run a job in a kernel of its own; return how many bytes the kernel grew, and how many seconds the job took."""
    root = Path(benchmarks.__file__).parents[1]
    command = [sys.executable, "-c", _KERNEL, readers, str(count), str(RATE)]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=root) as kernel:
        assert kernel.stdin is not None
        assert kernel.stdout is not None
        if readers == "free":
            grown, seconds = kernel.stdout.readline().split()
            return float(grown), float(seconds)
        where = kernel.stdout.readline().split()
        with subprocess.Popen([sys.executable, "-c", _SUBSCRIBER, *where], stdin=PIPE, stdout=PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "on\n"
            kernel.stdin.write("go\n")
            kernel.stdin.flush()
            grown, seconds = kernel.stdout.readline().split()
            other.communicate()
    return float(grown), float(seconds)
