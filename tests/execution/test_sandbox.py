"""What a container may do, as the engine is asked for it; tests/docker reads the same back from the engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.execution.container.files import Folders
from nodetool_jupyter.execution.container.sandbox import NOBODY, Container, Sandbox, profile

GIB = 1024**3


def container(sandbox: Sandbox | None = None, **more: object) -> dict:
    made = Container(image="i", sandbox=sandbox or profile("default", {}), user=NOBODY, labels={}, **more)  # type: ignore
    return made.body()


@pytest.mark.parametrize("name", ["default", "strict", "trusted"])
def test_no_profile_gives_away_the_host(name: str) -> None:
    host = container(profile(name, {}))["HostConfig"]
    assert (host["Privileged"], host["CapDrop"], host["SecurityOpt"]) == (False, ["ALL"], ["no-new-privileges"])
    assert "host" not in (host["NetworkMode"], host["PidMode"], host["IpcMode"], host["UTSMode"])
    assert host["MemorySwap"] == host["Memory"] > 0
    assert not host["AutoRemove"]


def test_the_default_is_what_the_guide_says() -> None:
    found = profile("default", {})
    assert (found.memory, found.cpus, found.processes, found.network) == (2 * GIB, 2.0, 256, False)
    assert not found.writable_root and not found.executable_tmp and not found.capabilities


def test_strict_is_never_wider_than_the_default() -> None:
    strict, default = profile("strict", {}), profile("default", {})
    for name in ("memory", "cpus", "processes", "open_files", "shared_memory", "tmp"):
        assert getattr(strict, name) <= getattr(default, name), name


@pytest.mark.parametrize(
    ("variable", "value", "field", "found"),
    [
        ("DOCKER_MEMORY_LIMIT", "4g", "memory", 4 * GIB),
        ("DOCKER_MEM_LIMIT", "512m", "memory", GIB // 2),
        ("DOCKER_CPU_LIMIT", "1.5", "cpus", 1.5),
        ("DOCKER_PIDS_LIMIT", "64", "processes", 64),
        ("DOCKER_NOFILE_LIMIT", "99", "open_files", 99),
        ("DOCKER_SHM_SIZE", "1g", "shared_memory", GIB),
        ("DOCKER_TMP_SIZE", "2g", "tmp", 2 * GIB),
        ("DOCKER_RUNTIME", "runsc", "runtime", "runsc"),
        ("DOCKER_ALLOWED_IMAGES", "a:*, hub/*,", "images", ("a:*", "hub/*")),
        ("DOCKER_ALLOWED_MOUNTS", "/data:/srv/x", "folders", ("/data", "/srv/x")),
        ("NODETOOL_MODEL_CACHE", "/models", "models", "/models"),
        ("DOCKER_USER", "1000:100", "user", (1000, 100)),
        ("DOCKER_USER", "1000", "user", (1000, 1000)),
    ],
)
def test_settings_take_the_place_of_the_defaults(variable: str, value: str, field: str, found: object) -> None:
    assert getattr(profile("default", {variable: value}), field) == found


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DOCKER_MEMORY_LIMIT", "much"),
        ("DOCKER_CPU_LIMIT", "two"),
        ("DOCKER_CPU_LIMIT", "0"),
        ("DOCKER_CPU_LIMIT", "nan"),
        ("DOCKER_PIDS_LIMIT", "-1"),
        ("DOCKER_PIDS_LIMIT", "1.5"),
        ("DOCKER_NOFILE_LIMIT", "0"),
        ("DOCKER_SHM_SIZE", "0"),
        ("DOCKER_TMP_SIZE", "big"),
        ("DOCKER_USER", "root"),
        ("DOCKER_USER", "0:0"),
        ("DOCKER_USER", "1000:"),
    ],
)
def test_a_setting_that_does_not_read_is_refused_by_its_name(variable: str, value: str) -> None:
    with pytest.raises(InvalidRequest, match=variable):
        profile("default", {variable: value})


@pytest.mark.parametrize(
    ("variable", "value", "field", "found"),
    [
        ("DOCKER_MEMORY_LIMIT", "8g", "memory", GIB),
        ("DOCKER_ALLOWED_MOUNTS", "/data", "folders", None),
        ("DOCKER_ALLOWED_IMAGES", "a:*", "images", ("a:*",)),
        ("DOCKER_RUNTIME", "runsc", "runtime", "runsc"),
    ],
)
def test_strict_keeps_its_own_limits_and_the_walls_of_all(variable: str, value: str, field: str, found: object) -> None:
    assert getattr(profile("strict", {variable: value}), field) == found


def test_a_network_is_for_profiles_that_allow_one() -> None:
    assert profile("default", {}).with_network().network
    with pytest.raises(InvalidRequest) as caught:
        profile("strict", {}).with_network()
    assert str(caught.value) == "--network: the sandbox 'strict' allows no network; leave one of the two out"


@pytest.mark.parametrize(("network", "disabled"), [("none", True), ("nodetool-j-1", False)])
def test_a_container_is_in_its_own_network_or_in_none(network: str, disabled: bool) -> None:
    body = container(network=network)
    assert (body["NetworkDisabled"], body["HostConfig"]["NetworkMode"]) == (disabled, network)


def test_an_unknown_profile_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidRequest, match="no sandbox 'strickt'.*'strict'"):  # noqa: RUF043
        profile("strickt")


def test_a_job_may_ask_for_other_limits() -> None:
    found = profile("default", {}).with_limits(memory=4 * GIB, cpus=0.5)
    assert (found.memory, found.cpus, found.processes) == (4 * GIB, 0.5, 256)


def test_the_jobs_folders_are_mounted_and_nothing_else() -> None:
    mounts = container(mounts=Folders(Path("/data")).mounts())["HostConfig"]["Mounts"]
    assert [(one["Source"], one["Target"], one["ReadOnly"]) for one in mounts] == [
        ("/data/in", "/job/in", True),
        ("/data/out", "/job/out", False),
    ]
    assert {one["BindOptions"]["Propagation"] for one in mounts} == {"rprivate"}
    assert container()["HostConfig"]["Mounts"] == []


@pytest.mark.parametrize(
    ("asked", "requests"),
    [
        ((), None),
        (("0", "2"), [{"DeviceIDs": ["0", "2"], "Capabilities": [["gpu"]]}]),
        (("all",), [{"Count": -1, "Capabilities": [["gpu"]]}]),
    ],
)
def test_only_the_gpus_that_were_asked_for(asked: tuple[str, ...], requests: object) -> None:
    assert container(gpus=asked)["HostConfig"].get("DeviceRequests") == requests


def test_only_a_trusted_job_runs_programs_from_tmp_or_writes_to_the_root() -> None:
    default, trusted = container()["HostConfig"], container(profile("trusted", {}))["HostConfig"]
    assert "noexec" in default["Tmpfs"]["/tmp"].split(",")
    assert "noexec" not in trusted["Tmpfs"]["/tmp"].split(",")
    assert (default["ReadonlyRootfs"], trusted["ReadonlyRootfs"]) == (True, False)


@pytest.mark.parametrize(
    ("patterns", "image", "allowed"),
    [
        (("*",), "anything:1", True),
        (("nodetool-jupyter:*",), "nodetool-jupyter:0.1.0-runner", True),
        (("nodetool-jupyter:*",), "evil/nodetool-jupyter:0.1.0-runner", False),
        (("hub.lab.edu/*",), "hub.lab.edu/gpu:2", True),
        (("lab/gpu:latest",), "lab/gpu", True),
        (("lab/gpu",), "lab/gpu", True),
        (("lab/gpu:latest",), "lab/gpu:2", False),
        (("hub:5000/gpu:latest",), "hub:5000/gpu", True),
        (("lab/gpu:latest",), "lab/gpu@sha256:0", False),
        ((), "anything", False),
    ],
)
def test_images_are_allowed_by_pattern(patterns: tuple[str, ...], image: str, allowed: bool) -> None:
    assert Sandbox(images=patterns).allows_image(image) is allowed


def test_the_words_for_the_engine_are_json() -> None:
    body = container(mounts=Folders(Path("/a")).mounts(), gpus=("all",))
    assert json.loads(json.dumps(body)) == body
