"""What ``nodetool doctor`` says of the Docker engine: one line each, with the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodetool_jupyter.api.doctor import findings
from nodetool_jupyter.execution import gpus
from tests.execution.engine_scenery import INFO, fake_engine, silent_engine
from tests.execution.gpu_scenery import ZERO


def docker_rows() -> dict[str, str]:
    return {word: said for word, said in findings() if word.startswith("Docker")}


def test_no_engine_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    (said,) = docker_rows().values()
    assert said.startswith("cannot be used: there is no Docker engine: ")
    assert "start it (sudo systemctl start docker)" in said


def test_an_engine_that_is_silent_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with silent_engine() as environ:
        monkeypatch.setenv("DOCKER_HOST", environ["DOCKER_HOST"])
        (said,) = docker_rows().values()
    assert said.endswith("does not answer; look at it with docker info, or restart it")


@pytest.mark.parametrize(
    ("info", "word", "says"),
    [
        (
            {"SecurityOptions": ["name=rootless"]},
            "Docker engine",
            "24.0 at {}, rootless: it has no more rights than its",
        ),
        (
            {},
            "Docker engine",
            "with root's rights: whoever may ask it is root on this host; a rootless engine is safer",
        ),
        ({"Runtimes": {"nvidia": {}}}, "Docker GPUs", "can be given to containers with --gpus"),
        ({}, "Docker GPUs", "none: the Docker engine has no runtime for GPUs; install the NVIDIA Container Toolkit"),
        (
            {},
            "Docker image",
            "jobs cannot use it: the Docker engine has no image nodetool-jupyter:mine; say nodetool image",
        ),
    ],
    ids=["rootless", "root", "gpus", "no-gpus", "no-image"],
)
def test_what_an_engine_has_and_lacks(
    info: dict[str, object], word: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpus, "available", lambda: [ZERO])
    monkeypatch.setenv("DOCKER_IMAGE", "nodetool-jupyter:mine")
    with fake_engine() as engine:
        engine.answers["GET /info"] = (200, {**INFO, **info})
        engine.answers["GET /images/nodetool-jupyter:mine/json"] = (404, {"message": "no such image"})
        monkeypatch.setenv("DOCKER_HOST", engine.environ["DOCKER_HOST"])
        place = engine.environ["DOCKER_HOST"].removeprefix("unix://")
        assert says.format(place) in docker_rows()[word]
