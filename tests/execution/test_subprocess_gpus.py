"""GPUs of subprocess jobs: the guard holds the lease, whoever owns the job; the child sees only what was leased."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.execution import gpu_locks, gpus
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.execution.gpu_scenery import ONE, ZERO
from tests.execution.subprocess_scenery import PATIENCE, kill, params_of, request_for, until_log

# A kernel that believes in two GPUs, and runs a job on the first of them until the job is cancelled.
KERNEL = """
import sys
from nodetool_jupyter.execution import gpus
from tests.execution.gpu_scenery import ONE, ZERO
gpus.available = lambda: [ZERO, ONE]
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.execution.subprocess_scenery import request_for
def hold(ctx=None) -> int:
    ctx.log("it runs")
    ctx.wait(60)
    return 1
manager = JobExecutionManager(data_dir=sys.argv[1], runtime_dir=sys.argv[2])
print(manager.submit(request_for(hold, gpus=("0",))), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(gpus, "available", lambda: [ZERO, ONE])
    monkeypatch.setenv("NODETOOL_GPU_LOCKS", str(tmp_path / "gpus"))
    return Path(gpu_locks.folder())


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[JobExecutionManager]:
    made = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    yield made
    made.shutdown()


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    places = [str(tmp_path / "data"), str(tmp_path / "run")]
    process = subprocess.Popen(
        [sys.executable, "-c", KERNEL, *places], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    yield process, process.stdout.readline().strip()
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def seen() -> Any:
    def look(ctx: Any = None) -> list[Any]:
        import os

        return [os.environ.get("CUDA_VISIBLE_DEVICES"), os.environ.get("CUDA_DEVICE_ORDER"), ctx.device, ctx.gpus]

    return look


def test_the_child_sees_only_what_was_leased(manager: JobExecutionManager) -> None:
    job_id = manager.submit(request_for(seen(), gpus=("1",)))
    assert manager.result(job_id, PATIENCE) == {"result": [ONE.uuid, "PCI_BUS_ID", "cuda:0", ["0"]]}


def test_without_gpus_the_child_is_on_the_cpu(manager: JobExecutionManager) -> None:
    found = manager.result(manager.submit(request_for(seen())), PATIENCE)["result"]
    assert isinstance(found, list)
    assert found[2:] == ["cpu", []]


def test_a_cap_on_gpu_memory_harms_nobody_without_torch(manager: JobExecutionManager) -> None:
    request = request_for(seen(), gpus=("0",), options={"gpu_memory": 1 << 30})
    assert manager.result(manager.submit(request), PATIENCE)["result"]


def waits_for(manager: JobExecutionManager, job_id: str) -> str:
    for event in manager.events(job_id, follow=True, timeout=PATIENCE):
        if isinstance(event, JobUpdate) and event.message:
            return event.message
    raise AssertionError("it never waited")


def test_the_lease_outlives_the_kernel_and_ends_with_the_job(
    manager: JobExecutionManager, kernel: tuple[subprocess.Popen[str], str]
) -> None:
    process, theirs = kernel
    until_log(manager, theirs, "it runs")
    process.kill()
    process.wait()
    ours = manager.submit(request_for(seen(), gpus=("0",)))
    assert "another process holds" in waits_for(manager, ours)
    manager.cancel(theirs)
    found = manager.result(ours, PATIENCE)["result"]
    assert isinstance(found, list)
    assert found[0] == ZERO.uuid


def test_the_lease_ends_with_a_killed_guard(
    manager: JobExecutionManager, kernel: tuple[subprocess.Popen[str], str]
) -> None:
    _, theirs = kernel
    until_log(manager, theirs, "it runs")
    ours = manager.submit(request_for(seen(), gpus=("0",)))
    assert "another process holds" in waits_for(manager, ours)
    kill(params_of(manager, theirs)["pid"])
    assert manager.result(ours, PATIENCE)["result"]
