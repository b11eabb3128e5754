"""GPUs of containers: what the engine is asked for, and who may ask it which containers have some."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.errors import GpuUnavailable, InvalidRequest
from nodetool_jupyter.execution import gpus
from nodetool_jupyter.execution.container import gpu_use
from nodetool_jupyter.execution.container.reaper import GPUS, SHARES
from nodetool_jupyter.execution.container.sandbox import NOBODY, Container, profile
from nodetool_jupyter.execution.docker import DockerJobExecution
from nodetool_jupyter.request import RunJobRequest
from tests.engine.running import graph
from tests.execution.engine_scenery import INFO, FakeEngine, fake_engine
from tests.execution.gpu_scenery import ONE, ZERO

FLOW = graph({"a": ("Input", {"value": 7}), "out": ("Output", {"name": "o"})}, "a.value out.value")
ELSEWHERE = "tcp://engine.example:2376"


def asks(asked: object) -> RunJobRequest:
    return RunJobRequest.model_validate({"strategy": "docker", "graph": FLOW, "gpus": asked})


def devices(given: Any) -> Any:
    made = Container(image="i", sandbox=profile("default", {}), user=NOBODY, labels={}, gpus=given)
    return made.body()["HostConfig"].get("DeviceRequests")


@pytest.mark.parametrize(
    ("given", "request_"),
    [
        ([], None),
        (["all"], {"Count": -1}),
        (["0"], {"DeviceIDs": ["0"]}),
        (["0", "1"], {"DeviceIDs": ["0", "1"]}),
        (["GPU-1b2c3d4e"], {"DeviceIDs": ["GPU-1b2c3d4e"]}),
        (["MIG-1b2c3d4e"], {"DeviceIDs": ["MIG-1b2c3d4e"]}),
    ],
    ids=["none", "all", "0", "0,1", "uuid", "mig"],
)
def test_gpus_are_asked_of_the_engine_as_devices(given: list[str], request_: dict[str, Any] | None) -> None:
    assert devices(given) == (None if request_ is None else [{**request_, "Capabilities": [["gpu"]]}])


@pytest.mark.parametrize(
    ("given", "environ", "found"),
    [
        ([], {}, ["NVIDIA_VISIBLE_DEVICES=void"]),
        ([], {"A": "b", "NVIDIA_VISIBLE_DEVICES": "all"}, ["A=b", "NVIDIA_VISIBLE_DEVICES=void"]),
        (["0"], {"A": "b", "NVIDIA_VISIBLE_DEVICES": "all"}, ["A=b"]),
    ],
    ids=["none", "none-but-asked-in-env", "one-but-asked-in-env"],
)
def test_no_image_and_no_variable_asks_for_other_gpus(given: list[str], environ: dict[str, str], found: object) -> None:
    made = Container(image="i", sandbox=profile("default", {}), user=NOBODY, labels={}, gpus=given, environ=environ)
    assert made.body()["Env"] == found


@pytest.mark.parametrize(
    ("asked", "found"),
    [("none", []), (0, [ZERO]), ("0,1", [ZERO, ONE]), ("device=1", [ONE]), (ONE.uuid, [ONE]), ("all", [ZERO, ONE])],
)
def test_the_gpus_of_this_host_are_leased_by_their_uuids(
    asked: object, found: list[gpus.Gpu], monkeypatch: pytest.MonkeyPatch, engine: FakeEngine
) -> None:
    monkeypatch.setattr(gpus, "available", lambda: [ZERO, ONE])
    engine.answers["GET /info"] = (200, {**INFO, "Runtimes": {"runc": {}, "nvidia": {}}})
    assert DockerJobExecution.local_gpus(asks(asked)) == found


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeEngine]:
    with fake_engine() as made:
        monkeypatch.setenv("DOCKER_HOST", made.environ["DOCKER_HOST"])
        yield made


def test_an_engine_without_a_runtime_for_gpus_is_told_before_any_wait(
    monkeypatch: pytest.MonkeyPatch, engine: FakeEngine
) -> None:
    monkeypatch.setattr(gpus, "available", lambda: [ZERO])
    with pytest.raises(GpuUnavailable, match="NVIDIA Container Toolkit"):
        DockerJobExecution.local_gpus(asks("0"))


def test_a_host_without_a_gpu_is_told_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(gpus, "available", lambda: [])
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(InvalidRequest, match="this machine has no GPU that can be used"):
        DockerJobExecution.check(asks("0"))


def test_the_gpus_of_an_engine_elsewhere_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "available", lambda: [])
    monkeypatch.setenv("DOCKER_HOST", ELSEWHERE)
    DockerJobExecution.check(asks("7"))
    assert DockerJobExecution.local_gpus(asks("7")) == []


def test_the_labels_name_the_gpus_and_whether_they_are_shared() -> None:
    assert gpu_use.labels([ZERO, ONE], share=True) == {GPUS: f"{ZERO.uuid},{ONE.uuid}", SHARES: "yes"}
    assert gpu_use.labels([ZERO], share=False)[SHARES] == "no"
    assert gpu_use.labels([], share=True) == {}


def test_only_a_socket_that_is_there_and_open_to_us_is_asked(tmp_path: Path) -> None:
    assert not gpu_use.can_ask({"DOCKER_HOST": f"unix://{tmp_path}/s"})
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "s"))
        assert gpu_use.can_ask({"DOCKER_HOST": f"unix://{tmp_path}/s"})
    assert not gpu_use.can_ask({"DOCKER_HOST": ELSEWHERE})


def test_a_socket_that_is_closed_to_us_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert not gpu_use.can_ask({"DOCKER_HOST": f"unix://{tmp_path}"})
