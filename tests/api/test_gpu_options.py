"""Options about GPUs, as keywords and as they are typed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nodetool_jupyter.api.options import build, table
from nodetool_jupyter.errors import InvalidRequest, Unsupported


def test_sharing_is_a_flag_of_the_strategies_that_use_local_gpus() -> None:
    option = table()["share_gpu"]
    assert (option.flag, option.kind) == ("--share-gpu", "flag")
    assert option.strategies == ("threaded", "subprocess", "docker", "remote")


@pytest.mark.parametrize("strategy", ["threaded", "subprocess"])
def test_sharing_is_an_option_of_the_request(strategy: str) -> None:
    request = build({"graph": {}}, {"strategy": strategy, "gpus": "0", "share_gpu": True})
    assert (request.gpus, request.options) == (("0",), {"share_gpu": True})


def test_a_thread_has_no_gpu_memory_of_its_own() -> None:
    with pytest.raises(Unsupported) as caught:
        build({"graph": {}}, {"gpus": "0", "gpu_memory": "8g"}, typed=True)
    told = "--gpu-memory cannot be honoured by the threaded strategy; it belongs to subprocess, docker and remote"
    assert str(caught.value) == told


def test_help_has_the_options_with_their_measures() -> None:
    help_ = subprocess.run(
        [sys.executable, "-m", "nodetool_jupyter", "run", "--help"], capture_output=True, text=True, check=True
    ).stdout
    said = {line.split("  ")[1].strip() for line in help_.splitlines() if "-gpu" in line}
    assert said == {"--gpus IDS", "--share-gpu", "--gpu-memory SIZE"}


@pytest.mark.parametrize(
    ("given", "gpus", "memory"),
    [
        ({"strategy": "docker"}, ("0", "1"), 8 * 1024**3),
        ({"strategy": "docker", "gpus": "none", "gpu_memory": "1g"}, (), "1g"),
        ({"strategy": "docker", "gpus": "2"}, ("2",), 8 * 1024**3),
        ({"strategy": "subprocess"}, None, None),
    ],
)
def test_variables_say_which_gpus_a_docker_job_has_that_does_not(
    given: dict[str, str], gpus: tuple[str, ...] | None, memory: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_GPU_DEVICES", "0,1")
    monkeypatch.setenv("DOCKER_GPU_MEMORY_LIMIT", "8g")
    request = build({"graph": {}}, given)
    assert (request.gpus, request.options.get("gpu_memory")) == (gpus, memory)


def test_a_variable_of_gpu_memory_that_does_not_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_GPU_MEMORY_LIMIT", "much")
    with pytest.raises(InvalidRequest, match="DOCKER_GPU_MEMORY_LIMIT: 'much' is no size"):
        build({"graph": {}}, {"strategy": "docker"})
