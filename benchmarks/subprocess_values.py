"""A large array from a node in a process of its own to the kernel, beside writing and mapping the same file by hand."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.measure import Figure, Figures
from benchmarks.runners import PATIENCE, next_log, one_node, own_manager, subprocess_request
from benchmarks.values import GIB, Writer, folder_in
from nodetool_jupyter.jobs.manager import JobExecutionManager


def figures(*, soak: bool) -> Figures:
    for name, parent in {"in memory": Path("/dev/shm"), "on disk": Path(tempfile.gettempdir())}.items():
        if not parent.is_dir():
            continue
        by_hand, by_job = [], []
        for number in range(10 if soak else 4):  # the first round warms the memory of the machine, and is not counted
            os.sync()  # what was written before must not slow down what is written next
            with folder_in(parent) as folder:
                writer = Writer(folder, GIB)
                by_hand.append(writer.seconds("hand"))
                writer.close()
            os.sync()
            with own_manager(parent) as jobs:
                by_job.append(_job(jobs))
            if not number:
                by_hand, by_job = [], []
        floor, value = statistics.median(by_hand), statistics.median(by_job)
        yield Figure(f"1 GiB array from a subprocess job, {name}", value, "s", floor)
        yield Figure(f"1 GiB array from a subprocess job, {name}, against by hand", value / floor, "times", 1, "<= 1.6")


def _job(jobs: JobExecutionManager) -> float:
    """Return the time from the node's return to the last element read here."""
    job_id = jobs.submit(subprocess_request(one_node("make_array", size=GIB)))
    array: Any = jobs.result(job_id, PATIENCE)["result"]
    assert array[-1] == 1
    end = time.time()
    begin = float(next_log(jobs.events(job_id)))
    assert array.shape == (GIB // 4,)
    return end - begin
