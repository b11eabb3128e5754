"""An honest job that writes more than its disk limit, and one whose owner changes while it does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.jobs import manager as module
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.execution.contract import Runner, end_of, is_status, nodes, until

pytestmark = pytest.mark.docker
MIB = 1024**2


@nt.node(namespace="quota")
def much(size: int) -> bytes:
    return b"x" * size


@nt.node(namespace="quota")
def fills(number: int, ctx: Any = None) -> None:
    for name in range(number):
        Path(f"/job/out/{name}").write_bytes(b"x" * (8 * MIB))
    ctx.wait(60)


@pytest.fixture
def runner(image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    monkeypatch.setenv("DOCKER_DISK_LIMIT", "32m")
    made = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    monkeypatch.setattr(module, "_manager", made)
    yield Runner("docker")
    made.shutdown()


def test_a_result_within_the_limit_is_taken(runner: Runner) -> None:
    assert len(runner.run(nodes.quota.much(size=8 * MIB))["result"]) == 8 * MIB


def test_a_result_over_the_limit_is_not(runner: Runner) -> None:
    job = runner.submit(nodes.quota.much(size=48 * MIB))
    assert end_of(job) == ("error", "result_not_storable"), job.error
    assert "File too large; 33,554,432 bytes are the most" in str(job.error)


def test_an_adopter_keeps_the_limit_that_the_job_began_with(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filling = nodes.quota.fills(number=nodes.input.IntegerInput(name="number"))
    job = runner.submit(filling, options={"open_input": ["number"]})
    until(job, is_status("running"))
    module._manager.shutdown()  # type: ignore[union-attr]
    monkeypatch.delenv("DOCKER_DISK_LIMIT")
    second = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    monkeypatch.setattr(module, "_manager", second)
    try:
        second.adopt()
        second.push_input(job.id, "number", 10)
        record = second.wait(job.id, 30)
        assert (record.status.value, record.reason) == ("error", "output_limit")
        assert "33,554,432 are the most" in (record.error or "")
    finally:
        second.shutdown()
