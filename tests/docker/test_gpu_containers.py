"""Running containers that have a GPU are leases of it, when the manager that started them has died."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter import events
from nodetool_jupyter.execution import gpu_locks, gpus
from nodetool_jupyter.execution.container import gpu_use
from nodetool_jupyter.execution.container.engine import ContainerEngine, EngineFacts
from nodetool_jupyter.execution.container.reaper import JOB, OURS, RUNNER
from nodetool_jupyter.execution.container.sandbox import Container
from nodetool_jupyter.execution.gpus import Gpu
from nodetool_jupyter.jobs import leasing
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.nodes.define import node
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Status
from tests.docker.remote_scenery import Distant
from tests.engine.running import graph
from tests.execution.engine_scenery import silent_engine

pytestmark = pytest.mark.docker
PATIENCE = 20.0
Start = Callable[..., str]


@node(namespace="gpu_containers")
def computes() -> int:
    return 1


@pytest.fixture
def word() -> str:
    return f"nt-test-{secrets.token_hex(6)}"


@pytest.fixture
def gpu(word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gpu:
    """One GPU that is not there, and a folder of this test for its lock."""
    made = Gpu(0, f"GPU-{word}", "Fake 9000", 80)
    monkeypatch.setattr(gpus, "available", lambda: [made])
    monkeypatch.setenv("NODETOOL_GPU_LOCKS", str(tmp_path / "gpus"))
    return made


@pytest.fixture
def start(client: Any, image: str, word: str, gpu: Gpu) -> Iterator[Start]:
    """Start containers that have the GPU, as a manager that has died may have left them; returns their names."""
    with ContainerEngine.connect(os.environ) as engine:

        def begin(job: str, *, share: bool = False, run: bool = True, labels: dict[str, str] | None = None) -> str:
            found = {OURS: RUNNER, JOB: job, **gpu_use.labels([gpu], share=share)}
            body = {"Image": image, "Entrypoint": ["sleep"], "Cmd": ["600"], "HostConfig": {"NetworkMode": "none"}}
            name = f"{word}-{job}"
            id_ = engine.create({**body, "Labels": found if labels is None else labels}, name)
            if run:
                engine.start(id_)
            return name

        yield begin
    for one in client.api.containers(all=True, filters={"name": word}):
        client.api.remove_container(one["Id"], force=True, v=True)


@pytest.fixture
def manager(tmp_path: Path, gpu: Gpu) -> Iterator[JobExecutionManager]:
    made = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    yield made
    made.shutdown()


def asks(**more: Any) -> RunJobRequest:
    return RunJobRequest.model_validate({"graph": graph({"n": computes}), "gpus": "0", **more})


def why(manager: JobExecutionManager, job: str) -> str:
    """Wait until the job's log says what it waits for, and return that."""
    for event in manager.events(job, follow=True, timeout=PATIENCE):
        if isinstance(event, events.JobUpdate) and event.message and event.message.startswith("waits for GPU"):
            return event.message
    raise AssertionError("it never said why")


def completes(manager: JobExecutionManager, job: str) -> bool:
    return manager.wait(job, PATIENCE).status is Status.COMPLETED


def waited(manager: JobExecutionManager, job: str) -> list[str]:
    found = [event for event in manager.events(job) if isinstance(event, events.JobUpdate)]
    return [event.message for event in found if event.message and event.message.startswith("waits for")]


@pytest.mark.parametrize("strategy", ["threaded", "subprocess"])
def test_a_job_waits_until_the_container_that_has_its_gpu_has_ended(
    manager: JobExecutionManager, start: Start, client: Any, strategy: str
) -> None:
    name = start("lost")
    job = manager.submit(asks(strategy=strategy))
    assert why(manager, job) == f"waits for GPU 0 (Fake 9000), which container {name} (job lost) holds"
    assert manager.get(job).status is Status.QUEUED
    client.api.kill(name)
    assert completes(manager, job)


def test_it_waits_for_one_after_the_other(manager: JobExecutionManager, start: Start, client: Any) -> None:
    names = {start("one"), start("two")}
    job = manager.submit(asks())
    for event in manager.events(job, follow=True, timeout=PATIENCE):
        message = getattr(event, "message", None) or ""
        for name in [name for name in names if name in message]:
            client.api.kill(name)
            names.remove(name)
    assert (completes(manager, job), names) == (True, set())


@pytest.mark.parametrize(
    ("has", "wants", "waits"),
    [(True, True, 0), (True, False, 1), (False, True, 1)],
    ids=["both-share", "container-shares", "job-shares"],
)
def test_only_those_that_share_are_together(
    manager: JobExecutionManager, start: Start, client: Any, has: bool, wants: bool, waits: int
) -> None:
    name = start("lost", share=has)
    job = manager.submit(asks(options={"share_gpu": wants}))
    if waits:
        why(manager, job)
        client.api.kill(name)
    assert (completes(manager, job), len(waited(manager, job))) == (True, waits)


def test_what_does_not_run_or_is_not_ours_holds_nothing(manager: JobExecutionManager, start: Start, gpu: Gpu) -> None:
    start("made", run=False)
    start("theirs", labels=gpu_use.labels([gpu], share=False))
    job = manager.submit(asks())
    assert (completes(manager, job), waited(manager, job)) == (True, [])


def test_a_jobs_own_earlier_container_does_not_keep_it_out(start: Start, gpu: Gpu) -> None:
    start("mine")
    assert gpu_use.find_holder([gpu], share=False, job_id="mine") is None
    assert gpu_use.find_holder([gpu], share=False, job_id="other") is not None


def test_a_paused_container_keeps_its_gpu(start: Start, gpu: Gpu, client: Any) -> None:
    client.api.pause(start("sleeps"))
    assert gpu_use.find_holder([gpu], share=False, job_id="other") is not None


def test_a_job_that_waits_for_a_container_can_be_cancelled(
    manager: JobExecutionManager, start: Start, gpu: Gpu
) -> None:
    start("lost")
    job = manager.submit(asks())
    why(manager, job)
    manager.cancel(job)
    assert manager.wait(job, PATIENCE).status is Status.CANCELLED
    lock = gpu_locks.take(gpu_locks.folder(), gpu.uuid, share=False, wait=False)
    assert lock is not None
    gpu_locks.drop(lock)


@node(namespace="gpu_containers")
def holds(ctx: Any) -> None:
    ctx.log("has it")
    ctx.wait(60)


@pytest.fixture
def engine_with_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine of this machine seem to have GPUs: all is as it would be, but the container gets no device."""
    plain = Container.body

    def without_devices(container: Container) -> dict[str, Any]:
        body = plain(container)
        assert body["HostConfig"].pop("DeviceRequests") == [
            {"DeviceIDs": list(container.gpus), "Capabilities": [["gpu"]]}
        ]
        return body

    monkeypatch.setattr(EngineFacts, "check_gpus", lambda facts: None)
    monkeypatch.setattr(Container, "body", without_devices)


@pytest.mark.usefixtures("engine_with_gpus", "image")
def test_an_adopted_container_is_its_jobs_lease(tmp_path: Path, gpu: Gpu, client: Any) -> None:
    places = {"data_dir": tmp_path / "data", "runtime_dir": tmp_path / "run"}
    first = JobExecutionManager(**places)
    flow = graph({"n": holds})
    asked = {"graph": flow, "gpus": "0", "strategy": "docker", "on_owner_exit": "keep", "options": {"grace": 1.0}}
    job = first.submit(RunJobRequest.model_validate(asked))
    has_it(first, job)
    first.shutdown()
    lock = gpu_locks.take(gpu_locks.folder(), gpu.uuid, share=False, wait=False)
    assert lock is not None  # it went with its manager
    gpu_locks.drop(lock)
    second = JobExecutionManager(**places)
    try:
        other = second.submit(asks())
        assert why(second, other).endswith(f"which container nodetool-{job}-1 (job {job}) holds")
        second.cancel(job)
        assert second.wait(job, PATIENCE).status is Status.CANCELLED
        assert completes(second, other)
    finally:
        second.cancel(job)
        second.shutdown()


def has_it(manager: JobExecutionManager, job: str) -> None:
    """Wait until the job's node says that it runs."""
    for event in manager.events(job, follow=True, timeout=PATIENCE):
        if getattr(event, "content", "") == "has it":
            return
    raise AssertionError(f"it ended: {manager.get(job).error}")


@pytest.fixture
def elsewhere(distant: Distant, monkeypatch: pytest.MonkeyPatch) -> Distant:
    """The engine as on another host, which this machine's managers are told to use."""
    for name, value in distant.environ.items():
        monkeypatch.setenv(name, value)
    return distant


def test_an_engine_elsewhere_is_asked_for_its_own_gpus(
    manager: JobExecutionManager, elsewhere: Distant, monkeypatch: pytest.MonkeyPatch, image: str
) -> None:
    asked: list[Any] = []
    plain = Container.body

    def without_devices(container: Container) -> dict[str, Any]:
        body = plain(container)
        asked.append(body["HostConfig"].pop("DeviceRequests"))
        return body

    monkeypatch.setattr(gpus, "available", lambda: [])
    monkeypatch.setattr(EngineFacts, "check_gpus", lambda facts: None)
    monkeypatch.setattr(Container, "body", without_devices)
    job = manager.submit(asks(strategy="docker", gpus="7,GPU-1"))
    assert (completes(manager, job), manager.get(job).error) == (True, None)
    assert asked == [[{"DeviceIDs": ["7", "GPU-1"], "Capabilities": [["gpu"]]}]]


def test_an_engine_elsewhere_without_gpus_says_what_it_lacks(
    manager: JobExecutionManager, elsewhere: Distant, client: Any, image: str
) -> None:
    if "nvidia" in client.info()["Runtimes"]:
        pytest.skip("this engine can give GPUs")
    record = manager.wait(manager.submit(asks(strategy="docker", gpus="7")), PATIENCE)
    assert (record.reason, "NVIDIA Container Toolkit" in str(record.error)) == ("gpu_unavailable", True)


def test_a_silent_engine_keeps_nobody_out_and_the_log_says_so(
    manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "ENGINE", 0.2)
    with silent_engine() as environ:
        monkeypatch.setenv("DOCKER_HOST", environ["DOCKER_HOST"])
        job = manager.submit(asks())
        assert completes(manager, job)
    warned = [event.content for event in manager.events(job) if getattr(event, "severity", "") == "warning"]
    assert warned == ["whether a container has a GPU of this job could not be asked: the Docker engine does not answer"]
