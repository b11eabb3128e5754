"""What the docker strategy refuses before it asks any engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.bridge.known_nodes import KnownNodes
from nodetool_jupyter.errors import InvalidRequest, Unsupported
from nodetool_jupyter.execution.container.plan import Plan, default_image
from nodetool_jupyter.execution.docker import DockerJobExecution
from nodetool_jupyter.jobs import manager as managers
from nodetool_jupyter.request import RunJobRequest
from tests.engine.running import graph

NO_GPU = "NVIDIA_VISIBLE_DEVICES=void"
FLOW = graph({"a": ("Input", {"value": 7}), "out": ("Output", {"name": "o"})}, "a.value out.value")


def check(**fields: Any) -> Any:
    return DockerJobExecution.check(RunJobRequest(strategy="docker", graph=FLOW, **fields))


def plan(**fields: Any) -> Plan:
    return Plan.of(RunJobRequest(strategy="docker", graph=FLOW, **fields))


@pytest.mark.parametrize(("limit", "option"), [("nice", "--nice"), ("file_size", "--file-size")])
def test_a_limit_that_a_container_does_not_keep_is_refused_by_name(limit: str, option: str) -> None:
    with pytest.raises(Unsupported, match=f"{option} cannot be kept by the docker strategy"):
        check(limits={limit: 5})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"sandbox": "strickt"}, "sandbox"),
        ({"pull": "sometimes"}, "pull"),
        ({"imgae": "x"}, "no option 'imgae'; did you mean 'image'"),
        ({"open_inputs": ["nothing"]}, "no input 'nothing'"),
        ({"network": "host"}, "a network of its own or none, never 'host'; say True or False"),
        ({"network": "bridge"}, "never 'bridge'"),
        ({"network": True, "sandbox": "strict"}, "--network: the sandbox 'strict' allows no network"),
        ({"mounts": ["/etc:/data"]}, "nothing of this host may be mounted, so /etc may not; an administrator allows"),
        ({"mounts": ["/etc:/data"], "sandbox": "strict"}, "--mount: the sandbox 'strict' mounts nothing of this host"),
        ({"shm_size": "much"}, "'much' is no size"),
        ({"tmp_size": 0}, "greater than 0"),
    ],
)
def test_an_option_that_does_not_fit_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        check(options=options)


def test_a_node_on_a_worker_is_refused_where_there_is_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(managers, "_manager", None)
    monkeypatch.setattr(managers, "_preferred", {"data_dir": tmp_path})
    KnownNodes(lambda: tmp_path).save("gpu", 6, [{"node_type": "far.away.Node"}])
    flow = graph({"a": "far.away.Node", "out": ("Output", {"name": "o"})}, "a.output out.value")
    request = RunJobRequest(strategy="docker", graph=flow)
    with pytest.raises(Unsupported, match=r"'a' \(far\.away\.Node\) runs on the worker 'gpu', .*; say --network"):
        DockerJobExecution.check(request)
    assert DockerJobExecution.check(request.model_copy(update={"options": {"network": True}})).definitions is None


def test_a_plain_workflow_needs_nothing_of_the_notebook() -> None:
    assert check(options={"sandbox": "strict", "image": "x:1"}).definitions is None


def test_functions_from_files_of_ones_own_are_sent_whole() -> None:
    from tests.execution.test_contract_values import makes

    flow = graph({"a": (makes, {"kind": "text"})})
    prepared = DockerJobExecution.check(RunJobRequest(strategy="docker", graph=flow))
    assert prepared.definitions is not None
    assert b"70 KB" in prepared.definitions  # a constant of the function itself


def test_the_image_is_that_of_this_version_unless_one_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from nodetool_jupyter import __version__

    monkeypatch.delenv("DOCKER_IMAGE", raising=False)
    assert default_image() == f"nodetool-jupyter:{__version__}-runner"
    monkeypatch.setenv("DOCKER_IMAGE", "lab/runner:7")
    assert default_image() == "lab/runner:7"


@pytest.mark.parametrize(
    ("asked", "default", "found"),
    [
        (None, "lab/runner:7", "lab/runner:7"),
        ("a/b:1", "lab/runner:7", "a/b:1"),
        (":gpu", "lab/runner:7", "lab/runner:gpu"),
        (":gpu", "hub:5000/lab/runner@sha256:0", "hub:5000/lab/runner:gpu"),
    ],
)
def test_an_image_may_be_another_tag_of_the_default(
    asked: str | None, default: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_IMAGE", default)
    assert plan(options={"image": asked} if asked else {}).image == found


@pytest.mark.parametrize("allowed", ["hub.lab.edu/*", ","])
def test_an_image_that_is_not_on_the_list_is_refused_by_name(allowed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_ALLOWED_IMAGES", allowed)
    shown = allowed.strip(",") or "none"
    with pytest.raises(InvalidRequest) as caught:
        check(options={"image": "evil/x:1"})
    assert str(caught.value) == (
        f"the image 'evil/x:1' is not among those that may be run: {shown} (DOCKER_ALLOWED_IMAGES)"
    )


def test_our_own_image_is_always_allowed_and_not_what_a_variable_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_ALLOWED_IMAGES", "hub.lab.edu/*")
    monkeypatch.delenv("DOCKER_IMAGE", raising=False)
    assert plan().image.startswith("nodetool-jupyter:")
    monkeypatch.setenv("DOCKER_IMAGE", "lab/runner:7")
    with pytest.raises(InvalidRequest, match="the image 'lab/runner:7' is not among those"):
        check()


@pytest.mark.parametrize(
    ("fields", "place", "found"),
    [
        ({"limits": {"memory": "1g"}}, ("HostConfig", "Memory"), 1024**3),
        ({"limits": {"cpus": 0.5}}, ("HostConfig", "NanoCpus"), 500_000_000),
        ({"limits": {"max_processes": 9}}, ("HostConfig", "PidsLimit"), 9),
        ({"options": {"shm_size": "1m"}}, ("HostConfig", "ShmSize"), 1024**2),
        (
            {"options": {"tmp_size": "1m"}},
            ("HostConfig", "Tmpfs"),
            {"/tmp": "rw,nosuid,nodev,noexec,size=1048576,mode=1777"},
        ),
        ({"options": {"network": True}}, ("HostConfig", "NetworkMode"), "nodetool-<job>-1"),
        ({"env": {"A": "b"}}, ("Env",), ["A=b", NO_GPU]),
        ({}, ("Env",), [NO_GPU]),
        (
            {"gpus": "0,GPU-7"},
            ("HostConfig", "DeviceRequests"),
            [{"DeviceIDs": ["0", "GPU-7"], "Capabilities": [["gpu"]]}],
        ),
    ],
)
def test_what_is_asked_for_is_in_the_draft(fields: dict[str, Any], place: tuple[str, ...], found: object) -> None:
    value: Any = plan(**fields).draft().body()
    for key in place:
        value = value[key]
    assert value == found


@pytest.mark.parametrize(
    ("network", "env", "found"),
    [
        (False, {}, ["HF_HOME=/models", "HF_HUB_OFFLINE=1"]),
        (True, {}, ["HF_HOME=/models"]),
        (False, {"HF_HOME": "/mine"}, ["HF_HOME=/mine", "HF_HUB_OFFLINE=1"]),
    ],
)
def test_the_cache_of_models_is_told_by_its_variables(
    network: bool, env: dict[str, str], found: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hub").mkdir()
    monkeypatch.setenv("NODETOOL_MODEL_CACHE", str(tmp_path))
    body = plan(options={"network": network}, env=env).draft().body()
    assert body["Env"] == [*found, NO_GPU]
    mounted = body["HostConfig"]["Mounts"][-1]
    assert (mounted["Source"], mounted["Target"], mounted["ReadOnly"]) == (str(tmp_path / "hub"), "/models/hub", True)


def test_settings_that_nodes_declare_go_along_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    @nt.node(namespace="declared", settings=("FONT_PATH", "OLLAMA_API_URL", "HF_HOME"))
    def reads_settings() -> int:
        return 1

    for name, value in {"FONT_PATH": "/fonts", "COMFY_FOLDER": "/comfy", "HF_HOME": "/hf"}.items():
        monkeypatch.setenv(name, value)
    flow = nt.Workflow(nt.nodes.declared.reads_settings()).bare
    request = RunJobRequest(strategy="docker", graph=flow)
    assert Plan.of(request).draft().body()["Env"] == ["FONT_PATH=/fonts", NO_GPU]
