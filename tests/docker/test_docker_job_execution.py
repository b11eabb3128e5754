"""What is special about the docker strategy; what it shares with the others is in tests/execution/test_contract_*."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.jobs import manager as module
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.execution.contract import PATIENCE, Runner, end_of, nodes, of_type, says, until

pytestmark = pytest.mark.docker
SECRET = "a-very-secret-word-of-a-container"


@nt.node(namespace="contained")
def always_fails() -> int:
    raise ValueError("as always")


@nt.node(namespace="contained")
def unpicklable_text() -> str:
    return "a\ud800b"


@nt.node(namespace="contained")
def reads_secret(ctx: Any) -> int:
    return len(ctx.secret("CONTAINED_TOKEN"))


@nt.node(namespace="contained")
def takes_memory() -> int:
    return len(bytearray(1024**3))


@nt.node(namespace="contained")
def exits(code: int = 3) -> int:
    import os

    os._exit(code)


@nt.node(namespace="contained")
def waits(ctx: Any) -> None:
    ctx.log("waiting")
    ctx.wait(60)


@pytest.fixture
def runner(image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    made = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    monkeypatch.setattr(module, "_manager", made)
    yield Runner("docker")
    made.shutdown()


def test_attempts_are_containers_of_their_own(runner: Runner) -> None:
    job = runner.submit(nodes.contained.always_fails(), retries=1)
    assert end_of(job) == ("error", "node_failed")
    started = [event.params["container"] for event in of_type(job, "job_update") if event.params]
    assert len(set(started)) == 2


def test_nothing_is_unpickled_that_a_container_made(runner: Runner) -> None:
    assert end_of(runner.submit(nodes.contained.unpicklable_text())) == ("error", "result_not_storable")


def test_a_secret_reaches_the_node_and_nothing_of_the_engine(
    runner: Runner, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTAINED_TOKEN", SECRET)
    job = runner.submit(nodes.contained.waits(), secrets=["CONTAINED_TOKEN"])
    until(job, says("waiting"))
    (container,) = client.containers.list(filters={"label": f"org.nodetool.jupyter.job={job.id}"})
    told = json.dumps(container.attrs) + json.dumps(container.top()) + container.logs().decode()
    job.cancel()
    assert SECRET not in told
    assert runner.run(nodes.contained.reads_secret(), secrets=["CONTAINED_TOKEN"]) == {"result": len(SECRET)}


def test_more_memory_than_its_limit_ends_it_so(runner: Runner) -> None:
    assert end_of(runner.submit(nodes.contained.takes_memory(), memory="256m")) == ("error", "out_of_memory")


def test_a_node_that_exits_ends_the_job_and_not_the_host(runner: Runner) -> None:
    assert end_of(runner.submit(nodes.contained.exits())) == ("error", "killed")


def test_a_cancelled_job_leaves_no_container(runner: Runner, client: Any) -> None:
    job = runner.submit(nodes.contained.waits(), options={"grace": 1.0})
    until(job, says("waiting"))
    assert job.cancel()
    assert end_of(job) == ("cancelled", "cancelled_by_user")


@pytest.mark.parametrize(
    ("options", "reason", "says"),
    [
        ({"image": "nodetool-jupyter:no-such-tag", "pull": "never"}, "image_missing", "nodetool image build"),
        ({"image": "Not An Image"}, "rejected", "is no name of an image"),
    ],
)
def test_what_cannot_start_says_why(runner: Runner, options: dict[str, Any], reason: str, says: str) -> None:
    job = runner.submit(nodes.contained.waits(), options=options)
    assert (end_of(job), says in str(job.error)) == (("error", reason), True)


def test_no_engine_is_one_sentence(runner: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    job = runner.submit(nodes.contained.waits())
    assert end_of(job) == ("error", "engine_unavailable")
    assert "none.sock" in str(job.error)


def test_another_manager_goes_on_with_a_container(runner: Runner, tmp_path: Path) -> None:
    job = runner.submit(nodes.contained.waits(), options={"grace": 1.0})
    until(job, says("waiting"))
    module._manager.shutdown()  # type: ignore[union-attr]
    second = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    try:
        assert second.cancel(job.id)
        assert second.wait(job.id, PATIENCE).status.value == "cancelled"
        logged = [event.content for event in second.events(job.id) if event.type == "log_update"]
        assert logged.count("waiting") == 1
    finally:
        second.shutdown()


def test_a_job_that_is_to_end_with_its_owner_is_ended_by_the_next(runner: Runner, tmp_path: Path) -> None:
    code = (
        "import nodetool_jupyter as nt, sys\n"
        "from nodetool_jupyter.jobs.manager import JobExecutionManager\n"
        "from nodetool_jupyter.request import RunJobRequest\n"
        f"m = JobExecutionManager(data_dir={str(tmp_path / 'data')!r}, runtime_dir={str(tmp_path / 'run')!r})\n"
        "flow = nt.Workflow(outputs={'r': nt.nodes.triggers.Wait().data}).bare\n"
        "job = m.submit(RunJobRequest(strategy='docker', graph=dict(flow), on_owner_exit='cancel'))\n"
        "for event in m.events(job, follow=True):\n"
        "    if event.type == 'node_update': break\n"
        "print(job, flush=True); sys.stdin.read()"
    )
    manager: Any = module._manager
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True) as owner:
        assert owner.stdout is not None
        job = owner.stdout.readline().strip()
        owner.kill()
        owner.wait()
    record = manager.wait(job, PATIENCE)
    assert (record.status.value, record.reason) == ("cancelled", "killed")
