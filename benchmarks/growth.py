"""What is left of finished jobs that nobody asked about again: memory, threads, open files."""

from __future__ import annotations

import gc
import threading

import psutil

from benchmarks.graphs import request, three_nodes
from benchmarks.measure import Figure, Figures
from nodetool_jupyter.jobs.manager import manager


def _slope(points: list[tuple[int, int]]) -> float:
    """Return the least-squares slope of (jobs, bytes)."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    over = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return over / sum((x - mean_x) ** 2 for x, _ in points)


def figures(*, soak: bool) -> Figures:
    jobs, process, graph = manager(), psutil.Process(), three_nodes()
    last = 20_000 if soak else 5_000
    points: list[tuple[int, int]] = []
    before = (0, 0)
    for number in range(1, last + 1):
        job_id = jobs.submit(request(graph))
        if number % 50 == 0:
            jobs.wait(job_id, 60)
        if number == 1000:
            before = (threading.active_count(), process.num_fds())
        if number >= 1000 and number % 250 == 0:
            gc.collect()
            points.append((number, process.memory_info().rss))
    after = (threading.active_count(), process.num_fds())
    per = last - 1000
    yield Figure("RSS slope over jobs 1,000 to 5,000", _slope(points) / 1024, "KB/job", 0, "<= 1")
    yield Figure("threads left a job", (after[0] - before[0]) / per, "threads/job", 0, "0")
    yield Figure("files left a job", (after[1] - before[1]) / per, "files/job", 0, "0")
