"""Cancels at any time in a container's life: each ends as such, and nothing is left."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.container_jobs import cancel_early, waiting
from nodetool_jupyter.execution.container import undo
from nodetool_jupyter.execution.container.reaper import HOME, home_name
from nodetool_jupyter.jobs.manager import JobExecutionManager

pytestmark = pytest.mark.docker
PATIENCE = 50.0
TRIES = 20


@pytest.fixture
def jobs(client: Any, image: str, tmp_path: Path) -> Iterator[JobExecutionManager]:
    made = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    yield made
    made.shutdown()
    for one in containers(client, tmp_path):
        one.remove(force=True)  # of a test that failed


def containers(client: Any, tmp_path: Path) -> list[Any]:
    home = home_name(tmp_path / "data")
    return list(client.containers.list(all=True, filters={"label": f"{HOME}={home}"})) if home else []


def swept(jobs: JobExecutionManager, job_ids: list[str]) -> list[str]:
    """Wait for what removes folders, and return those of the jobs' attempts that are left."""
    undo.settle(PATIENCE)
    for thread in threading.enumerate():
        if thread.name.startswith("nodetool-sweep"):
            thread.join(PATIENCE)
    folders = [jobs.places.job(job_id) / "attempts" for job_id in job_ids]
    return [str(folder) for folder in folders if folder.exists()]


@pytest.mark.parametrize("longest", [0.05, 0.6], ids=["at once", "while it starts"])
def test_a_job_that_has_just_been_submitted(
    jobs: JobExecutionManager, client: Any, tmp_path: Path, longest: float
) -> None:
    delays = random.Random(4)
    ids = [asyncio.run(cancel_early(jobs, delays.uniform(0, longest)))[0] for _ in range(TRIES)]
    ends = [jobs.wait(job_id, PATIENCE) for job_id in ids]
    assert [(end.status.value, end.reason) for end in ends] == [("cancelled", "cancelled_by_user")] * TRIES
    assert containers(client, tmp_path) == []
    assert swept(jobs, ids) == []


@pytest.mark.parametrize("half", ["first", "second"])
def test_a_job_that_runs(jobs: JobExecutionManager, client: Any, tmp_path: Path, half: str) -> None:
    ids = []
    for _ in range(TRIES // 2):
        ids.append(jobs.submit(waiting()))
        for event in jobs.events(ids[-1], follow=True, timeout=PATIENCE):
            if event.type == "node_update":
                break
        assert jobs.cancel(ids[-1])
        end = jobs.wait(ids[-1], PATIENCE)
        assert (end.status.value, end.reason) == ("cancelled", "cancelled_by_user")
    assert containers(client, tmp_path) == []
    assert swept(jobs, ids) == []
