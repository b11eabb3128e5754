"""Jobs in containers: how soon one is done, and how soon one has ended that was cancelled, whenever that was."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodetool_jupyter as nt
from benchmarks.container_events import ENGINE, IMAGE
from benchmarks.graphs import three_nodes
from benchmarks.measure import Figure, Figures
from benchmarks.runners import PATIENCE, own_manager
from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.execution.container.reaper import JOB
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest

PAIRS = 10
TRIES = 200
GRACE = 1.0
SOONEST = 0.05  # seconds after submit within which a job is cancelled
TICK = 0.002
_BARE = ["docker", "run", "--rm", "--entrypoint=python", IMAGE, "-c", "import pydantic"]


def figures(*, soak: bool) -> Figures:
    if not Path(ENGINE).exists():
        return
    yield from _starts()
    tries = TRIES if soak else TRIES // 10
    calm = _calm()
    for name, early in (("while it runs", False), ("0 to 50 ms after submit", True)):
        yield from _cancels(name, tries, early=early, calm=calm)


def _request(graph: dict[str, Any]) -> RunJobRequest:
    return RunJobRequest(strategy="docker", graph=graph, options={"grace": GRACE, "image": IMAGE})


def _starts() -> Figures:
    """Time a job and a bare container by turns, so that both find the machine alike."""
    with own_manager() as jobs:

        def one() -> None:
            assert jobs.wait(jobs.submit(_request(three_nodes())), PATIENCE).status == "completed"

        def bare() -> None:
            subprocess.run(_BARE, check=True)

        one()
        bare()
        pairs = [(_seconds(one), _seconds(bare)) for _ in range(PAIRS)]
    job, floor = (statistics.median(column) for column in zip(*pairs, strict=True))
    yield Figure("docker 3-node job, cold, submit to end seen", job, "s", floor)
    yield Figure("the same, times a bare docker run", job / floor, "", 1.0, "<= 1.5")


def _seconds(work: Any) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


@dataclass(slots=True)
class _Cancelled:
    """How long each try took until its end was seen, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    other_ends: int = 0
    left: int = 0


def _calm() -> float:
    """Return how long the loop of a manager without jobs is kept from a turn, while bare containers run beside it."""
    with own_manager() as jobs, heartbeat(jobs) as blocked:
        for _ in range(PAIRS):
            subprocess.run(_BARE, check=True)
    return max(blocked)


def _cancels(name: str, tries: int, *, early: bool, calm: float) -> Figures:
    found, delays = _Cancelled(), random.Random(4)
    with own_manager() as jobs, ContainerEngine.connect(os.environ) as engine, heartbeat(jobs) as blocked:
        for _ in range(tries):
            job_id, asked = asyncio.run(cancel_early(jobs, delays.uniform(0, SOONEST))) if early else _late(jobs)
            end = jobs.wait(job_id, PATIENCE)
            found.seconds.append(time.perf_counter() - asked)
            found.other_ends += (end.status.value, end.reason) != ("cancelled", "cancelled_by_user")
            found.left += len(engine.ours({JOB: job_id}))
    yield Figure(f"cancel {name}, to end seen, median of {tries}", statistics.median(found.seconds), "s", GRACE)
    yield Figure(f"cancel {name}, the slowest", max(found.seconds), "s", GRACE, f"<= {GRACE + 0.3}")
    yield Figure(f"cancel {name}, other ends than cancelled", found.other_ends, "jobs", None, "== 0")
    yield Figure(f"cancel {name}, containers left", found.left, "containers", None, "== 0")
    longest = max(blocked) * 1e3
    yield Figure(f"cancel {name}, longest block of the manager's loop", longest, "ms", calm * 1e3, "<= 20")


def waiting() -> RunJobRequest:
    """Return a job that waits until it is cancelled."""
    return _request(dict(nt.Workflow(outputs={"data": nt.nodes.triggers.Wait().data}).bare))


def _late(jobs: JobExecutionManager) -> tuple[str, float]:
    job_id = jobs.submit(waiting())
    for event in jobs.events(job_id, follow=True):
        if event.type == "node_update":
            break
    asked = time.perf_counter()
    assert jobs.cancel(job_id)
    return job_id, asked


async def cancel_early(jobs: JobExecutionManager, delay: float) -> tuple[str, float]:
    """Submit a job and cancel it after ``delay`` seconds; return its id, and when it was cancelled."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[float] = loop.create_future()
    job_id = jobs.submit(waiting())

    def cancel() -> None:
        asked = time.perf_counter()
        assert jobs.cancel(job_id)
        done.set_result(asked)

    loop.call_later(delay, cancel)
    return job_id, await done


@contextmanager
def heartbeat(jobs: JobExecutionManager) -> Iterator[list[float]]:
    """Note how long a manager's loop was kept from its next turn, each time; not while it waited for a processor."""
    blocked: list[float] = [0.0]

    async def beat() -> None:
        delay = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        while True:
            due, waited = time.perf_counter() + TICK, _queued(delay)
            await asyncio.sleep(TICK)
            blocked.append(time.perf_counter() - due - (_queued(delay) - waited))

    async def begin() -> asyncio.Task[None]:
        return asyncio.create_task(beat())

    async def end() -> None:
        beating.cancel()

    beating = jobs.on_loop(begin())
    try:
        yield blocked
    finally:
        jobs.on_loop(end())


def _queued(schedstat: Path) -> float:
    """Return the seconds that a thread was ready to run and had no processor."""
    return int(schedstat.read_text().split()[1]) / 1e9
