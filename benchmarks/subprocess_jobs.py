"""Jobs in processes of their own: how soon one is done, and has ended when it was killed or cancelled."""

from __future__ import annotations

import os
import select
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.graphs import three_nodes
from benchmarks.measure import Figure, Figures, median_seconds
from benchmarks.runners import (
    PATIENCE,
    guard_of,
    killed,
    next_log,
    one_node,
    own_manager,
    subprocess_request,
    until_end,
    until_gone,
)
from benchmarks.spare_bell import SpareBell, spare_bell
from nodetool_jupyter.jobs.manager import JobExecutionManager

MODEL = "import pydantic\nclass M(pydantic.BaseModel):\n    a: int\nM(a=1)\n"
IDLE = "import sys; print('on', flush=True); sys.stdin.read()"
GRACE = 1.0
BURST = 50


@contextmanager
def _spares(count: int) -> Iterator[None]:
    os.environ["NODETOOL_WARM_SPARES"] = str(count)
    try:
        yield
    finally:
        del os.environ["NODETOOL_WARM_SPARES"]


def figures(*, soak: bool) -> Figures:
    repeats = 45 if soak else 15
    yield from _starts(repeats)
    yield from _throughput()
    yield from _kills(repeats)
    yield from _cancels(repeats)


def _starts(repeats: int) -> Figures:
    floor = median_seconds(lambda: subprocess.run([sys.executable, "-P", "-c", MODEL], check=True), repeats) * 1e3
    with own_manager() as jobs:

        def one() -> None:
            assert jobs.wait(jobs.submit(subprocess_request(three_nodes())), PATIENCE).status == "completed"

        with spare_bell() as bell:
            one()
            pid = bell.next()
            memory = _memory(pid)
            times = []
            for _ in range(repeats):
                begin = time.perf_counter()
                one()
                times.append(time.perf_counter() - begin)
                bell.next()
        warm, best = statistics.median(times) * 1e3, min(times) * 1e3
        yield Figure("subprocess 3-node job, warm, submit to end seen", warm, "ms", floor, "<= 15")
        yield Figure("subprocess 3-node job, warm, the best", best, "ms", floor)
        with _spares(0):
            cold = median_seconds(one, repeats, 2) * 1e3  # the first takes the spare that is there
        yield Figure("subprocess 3-node job, cold, submit to end seen", cold, "ms", floor, "<= 250")
    for name, kilobytes in memory.items():
        yield Figure(f"memory of a spare, {name}", kilobytes / 1024, "MiB")


def _memory(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    fields = {words[0]: float(words[1]) for line in lines if len(words := line.split()) == 3}
    return {"RSS": fields["Rss:"], "PSS": fields["Pss:"]}


def _throughput() -> Figures:
    floor = 1 / median_seconds(lambda: subprocess.run([sys.executable, "-P", "-c", MODEL], check=True), 5)
    with own_manager() as jobs:

        def seconds(together: bool) -> float:
            begin = time.perf_counter()
            waiting: list[str] = []
            for _ in range(BURST):
                waiting.append(jobs.submit(subprocess_request(three_nodes())))
                if not together:
                    jobs.wait(waiting.pop(), PATIENCE)
            for job_id in waiting:
                assert jobs.wait(job_id, PATIENCE).status == "completed"
            return time.perf_counter() - begin

        yield Figure(f"{BURST} subprocess jobs, each awaited", BURST / seconds(False), "jobs/s", floor)
        yield Figure(f"{BURST} subprocess jobs, all submitted at once", BURST / seconds(True), "jobs/s", floor)


class _Watcher:
    """A reader on its own thread, which waits for the end of a job and notes when it saw it."""

    def __init__(self, jobs: JobExecutionManager, job_id: str) -> None:
        self._events = jobs.events(job_id, follow=True)
        self.said = next_log(self._events).split()
        self.seen = 0.0
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        self.end = until_end(self._events)
        self.seen = time.perf_counter()

    def join(self) -> float:
        """Return when the end was seen."""
        self._thread.join(PATIENCE)
        return self.seen


def _kills(repeats: int) -> Figures:
    floor = statistics.median(_bare_kill() for _ in range(repeats)) * 1e3
    with own_manager() as jobs, spare_bell() as bell:
        for victim in ("guard", "worker"):
            times = []
            for _ in range(repeats):
                job_id = jobs.submit(subprocess_request(one_node("hang")))
                watcher = _Watcher(jobs, job_id)
                bell.next()
                pid = guard_of(jobs, job_id) if victim == "guard" else int(watcher.said[0])
                begin = killed(pid)
                times.append(watcher.join() - begin)
                assert watcher.end.status == "error", watcher.end
            yield Figure(f"kill -9 of the {victim} to end seen", statistics.median(times) * 1e3, "ms", floor, "<= 10")


def _bare_kill() -> float:
    with subprocess.Popen([sys.executable, "-c", IDLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        pidfd = os.pidfd_open(child.pid)
        begin = killed(child.pid)
        assert select.select([pidfd], [], [], PATIENCE)[0]
        seconds = time.perf_counter() - begin
        os.close(pidfd)
    return seconds


def _cancels(repeats: int) -> Figures:
    floor = statistics.median(_bare_kill() for _ in range(repeats)) * 1e3
    kinds: list[tuple[str, dict[str, Any], str, int]] = [
        ("co-operating", one_node("hang"), "<= 20", repeats),
        ("ignoring SIGTERM", one_node("defy", double=False), "<= 1100", 5),
        ("with a double-forked orphan that ignores SIGTERM", one_node("defy", double=True), "<= 1200", 5),
    ]
    with own_manager() as jobs, spare_bell() as bell:
        for name, graph, reach, count in kinds:
            pairs = [_cancelled(jobs, bell, graph) for _ in range(count)]
            seen, gone = (statistics.median(column) * 1e3 for column in zip(*pairs, strict=True))
            least = floor if name == "co-operating" else floor + GRACE * 1e3
            yield Figure(f"cancel, {name}, to end seen", seen, "ms", least, reach)
            yield Figure(f"cancel, {name}, to the whole tree gone", gone, "ms", least, reach)


def _cancelled(jobs: JobExecutionManager, bell: SpareBell, graph: dict[str, Any]) -> tuple[float, float]:
    """Return the seconds until a cancelled job's end was seen, and until all of its processes had ended."""
    job_id = jobs.submit(subprocess_request(graph, options={"grace": GRACE}))
    watcher = _Watcher(jobs, job_id)
    bell.next()
    tree = [guard_of(jobs, job_id), *map(int, watcher.said)]
    pidfds = [os.pidfd_open(pid) for pid in tree]
    begin = time.perf_counter()
    assert jobs.cancel(job_id)
    seen = watcher.join() - begin
    until_gone(pidfds)
    assert watcher.end.status == "cancelled", watcher.end
    return seen, time.perf_counter() - begin
