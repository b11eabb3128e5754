"""A threaded job of three nodes: how long one takes, and how many a second."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path
from queue import SimpleQueue

from benchmarks.graphs import request, three_nodes
from benchmarks.measure import Figure, Figures, median_seconds
from nodetool_jupyter.jobs.manager import manager


class Floor:
    """The least a durable job costs: a folder, its request, its owner, a log of 13 lines, and two thread hops."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp())
        self._owner = self._folder / "identity"
        self._owner.write_text("{}")
        self._request = json.dumps(three_nodes()).encode()
        self._line = b'{"seq":1,"attempt":1,"time":1.0,"job_id":"abcdefghij","type":"node_update","status":"running"}\n'
        self._work: SimpleQueue[tuple[int, threading.Event]] = SimpleQueue()
        self._count = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            number, done = self._work.get()
            folder = self._folder / str(number)
            for _ in range(3):
                log = os.open(folder / "events.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                os.write(log, self._line * 4)
                os.close(log)
            done.set()

    def __call__(self) -> None:
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        (folder / "request.json").write_bytes(self._request)
        os.link(self._owner, folder / "owner.1")
        done = threading.Event()
        self._work.put((self._count, done))
        done.wait()


def figures(*, soak: bool) -> Figures:
    jobs = manager()
    graph = three_nodes()
    floor = Floor()

    def one() -> None:
        jobs.wait(jobs.submit(request(graph)), 30)

    def burst() -> float:
        start = time.perf_counter()
        ids = [jobs.submit(request(graph)) for _ in range(200)]
        for job_id in ids:
            jobs.wait(job_id, 60)
        return 200 / (time.perf_counter() - start)

    def in_turn() -> float:
        start = time.perf_counter()
        for _ in range(200):
            one()
        return 200 / (time.perf_counter() - start)

    repeats = 1000 if soak else 300
    least = median_seconds(floor, repeats, 20)
    yield Figure(
        "threaded 3-node job, submit to end seen", median_seconds(one, repeats, 50) * 1e3, "ms", least * 1e3, "<= 2"
    )
    yield Figure(
        "200 jobs, each awaited", statistics.median(in_turn() for _ in range(5)), "jobs/s", 1 / least, ">= 500"
    )
    yield Figure(
        "200 jobs, all submitted at once", statistics.median(burst() for _ in range(5)), "jobs/s", 1 / least, ">= 500"
    )
