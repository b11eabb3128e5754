"""A kernel is killed with five jobs running: how soon another one follows them all, with no event missing."""

from __future__ import annotations

import json
import os
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
from benchmarks.runners import PATIENCE
from nodetool_jupyter.events import LogUpdate
from nodetool_jupyter.jobs.manager import JobExecutionManager

JOBS, LINES, RATE = 5, 400, 100
_FIRST = """
import sys
from benchmarks.runners import *
jobs = JobExecutionManager(data_dir=sys.argv[1], runtime_dir=sys.argv[2], caps={"subprocess": 5})
for number in range(int(sys.argv[3])):
    graph = one_node("say", count=int(sys.argv[4]), rate=float(sys.argv[5]), go="/dev/null")
    print(jobs.submit(subprocess_request(graph)), flush=True)
sys.stdin.read()
"""
_NEXT = """
import sys, time
begin = time.time()
from benchmarks.subprocess_adoption import *
imported = time.time()
jobs = JobExecutionManager(data_dir=sys.argv[1], runtime_dir=sys.argv[2])
seen = Following(jobs, sys.argv[3:], imported).seconds()
print(json.dumps([imported - begin, seen]), flush=True)
sys.stdin.read()
"""


class Following:
    """A reader for each job, on a thread of its own; each notes when it saw a line that was written after ``since``."""

    def __init__(self, jobs: JobExecutionManager, ids: list[str], since: float) -> None:
        self._jobs = jobs
        self._since = since
        self._seen: dict[str, float] = {}
        self._threads = [threading.Thread(target=self._read, args=(job_id,), daemon=True) for job_id in ids]
        for thread in self._threads:
            thread.start()

    def _read(self, job_id: str) -> None:
        for event in self._jobs.events(job_id, follow=True, timeout=PATIENCE):
            if isinstance(event, LogUpdate) and (event.time or 0.0) > self._since:
                self._seen[job_id] = time.time()
                return

    def begin(self, since: float) -> None:
        """Count lines from another moment on."""
        self._since = since

    def seconds(self) -> float:
        """Return how long it took until a line of each job had been seen."""
        for thread in self._threads:
            thread.join(PATIENCE)
        assert len(self._seen) == len(self._threads)
        return max(self._seen.values()) - self._since


def figures(*, soak: bool) -> Figures:
    repeats = 9 if soak else 3
    floor = statistics.median(_import_seconds() for _ in range(repeats))
    living = statistics.median(_round(fresh=False)[1] for _ in range(repeats))
    yield Figure(f"kernel killed with {JOBS} jobs, a living one follows them all", living, "s", None, "<= 1")
    rounds = [_round(fresh=True) for _ in range(repeats)]
    imports, seen = (statistics.median(column) for column in zip(*rounds, strict=True))
    yield Figure(f"kernel killed with {JOBS} jobs, the next one follows them all", seen, "s", None, "<= 1")
    yield Figure("what the next kernel took to import before", imports, "s", floor)


def _import_seconds() -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import pydantic, sqlalchemy, asyncio, psutil"], check=True)
    return time.perf_counter() - begin


def _round(*, fresh: bool) -> tuple[float, float]:
    """Kill a kernel; return what the next one took to import, and then until it followed all jobs."""
    with tempfile.TemporaryDirectory(prefix="nt-") as folder:
        places = [str(Path(folder, "data")), str(Path(folder, "run"))]
        with _python(_FIRST, *places, str(JOBS), str(LINES), str(RATE)) as first:
            assert first.stdout is not None
            ids = [first.stdout.readline().strip() for _ in range(JOBS)]
            if fresh:
                reader = JobExecutionManager(data_dir=places[0], runtime_dir=places[1], adopts="asked")
                Following(reader, ids, 0.0).seconds()
                reader.shutdown()  # or it would live, and adopt
                first.kill()
                first.wait()
                with _python(_NEXT, *places, *ids) as second:
                    assert second.stdout is not None
                    times = json.loads(second.stdout.readline())
                    _check(places, ids)
                    second.communicate()
                return times[0], times[1]
            jobs = JobExecutionManager(data_dir=places[0], runtime_dir=places[1])
            Following(jobs, ids, 0.0).seconds()
            readers = Following(jobs, ids, time.time() + PATIENCE)
            readers.begin(time.time())
            os.kill(first.pid, 9)
            first.wait()
            seen = readers.seconds()
            jobs.shutdown()
        _check(places, ids)
    return 0.0, seen


def _python(code: str, *arguments: str) -> subprocess.Popen[str]:
    root = Path(benchmarks.__file__).parents[1]
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdin=PIPE, stdout=PIPE, text=True, cwd=root)


def _check(places: list[str], ids: list[str]) -> None:
    """Let the jobs end, and find each line of each once and in order."""
    jobs = JobExecutionManager(data_dir=places[0], runtime_dir=places[1])
    for job_id in ids:
        assert jobs.wait(job_id, PATIENCE).status == "completed"
        told = [event.content for event in jobs.events(job_id) if isinstance(event, LogUpdate)]
        assert told == [f"line {number} of those that are written" for number in range(LINES)]
    jobs.shutdown()
