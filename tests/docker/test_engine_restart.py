"""The engine is restarted or dies under a job: no line is lost, no job hangs, and each ends as it really did."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.execution.container import lifeline
from nodetool_jupyter.jobs import manager as module
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.docker.second_engine import SecondEngine
from tests.execution.contract import Runner, end_of, is_status, let_go, nodes, of_type, says, until

pytestmark = [
    pytest.mark.docker,
    # The SDK leaves a socket open that could not be connected, where an engine dies at that moment.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]
LINES = 30_000


@nt.node(namespace="restarted")
def floods(ctx: Any, count: int = LINES) -> int:
    for number in range(count):
        ctx.log(f"number {number}")
    return count


@pytest.fixture(scope="module")
def second(image: str) -> Iterator[SecondEngine]:
    if os.geteuid() != 0 or not (shutil.which("dockerd") and shutil.which("unshare")):
        pytest.skip("a second engine needs root, dockerd and unshare")
    made = SecondEngine()
    made.start(live_restore=False)
    try:
        made.load(image)
        made.kill(signal.SIGTERM)
        yield made
    finally:
        made.close()


@pytest.fixture
def runner(second: SecondEngine, image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    monkeypatch.setenv("DOCKER_HOST", second.host)
    monkeypatch.setenv("DOCKER_IMAGE", image)
    made = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    monkeypatch.setattr(module, "_manager", made)
    yield Runner("docker")
    second.kill(signal.SIGKILL)
    second.start(live_restore=False)
    made.shutdown()
    second.kill(signal.SIGTERM)
    gc.collect()  # while its sockets are not complained of


def numbers(job: nt.Job) -> list[int]:
    told = [event.content for event in of_type(job, "log_update")]
    return [int(text.removeprefix("number ")) for text in told if text.startswith("number ")]


def test_no_line_is_lost_though_the_engine_is_killed(second: SecondEngine, runner: Runner) -> None:
    second.start(live_restore=True)
    job = runner.submit(nodes.restarted.floods())
    until(job, says("number 100"))
    second.kill(signal.SIGKILL)
    second.start(live_restore=True)
    assert end_of(job) == ("completed", None)
    assert numbers(job) == list(range(LINES))
    assert not [event.content for event in of_type(job, "log_update") if event.severity == "warning"]


def test_a_job_takes_inputs_again_when_its_engine_is_back(second: SecondEngine, runner: Runner) -> None:
    second.start(live_restore=True)
    job = runner.hold()
    until(job, is_status("running"))
    second.kill(signal.SIGTERM)
    until(job, says("waits for its return"))
    second.start(live_restore=True)
    until(job, says("is back"))
    let_go(job)
    assert end_of(job) == ("completed", None)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "ended"])
def test_a_job_whose_container_goes_with_its_engine_ends_so(
    second: SecondEngine, runner: Runner, number: signal.Signals
) -> None:
    second.start(live_restore=False)
    job = runner.hold()
    until(job, is_status("running"))
    second.kill(number)
    second.start(live_restore=False)
    assert end_of(job) == ("error", "killed")
    assert job.error is not None
    assert job.error.startswith("the Docker engine ended or was restarted")


def test_a_cancel_is_carried_out_when_the_engine_is_back(second: SecondEngine, runner: Runner) -> None:
    second.start(live_restore=True)
    job = runner.hold()
    until(job, is_status("running"))
    second.kill(signal.SIGKILL)
    until(job, says("waits for its return"))
    assert job.cancel()
    second.start(live_restore=True)
    assert end_of(job) == ("cancelled", "cancelled_by_user")
    assert second.containers(org_nodetool_jupyter_job=job.id) == []


def test_a_job_does_not_wait_for_ever(second: SecondEngine, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifeline, "AWAY", 1.0)
    second.start(live_restore=True)
    job = runner.hold()
    until(job, is_status("running"))
    second.kill(signal.SIGKILL)
    assert end_of(job) == ("error", "engine_unavailable")
    second.start(live_restore=False)
    assert len(second.containers(org_nodetool_jupyter_job=job.id)) == 1  # for the reaper, by its labels
