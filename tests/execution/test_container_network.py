"""Networks of containers, and pulls that nobody waits for any more, by an engine that answers what a test wants."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.errors import EngineUnavailable, InvalidRequest
from nodetool_jupyter.execution.container.engine import ContainerEngine, EngineFacts
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
from tests.engine.running import graph
from tests.execution.engine_scenery import FakeEngine, Handler

LABELS = {"a": "1", "b": "2"}
CREATE = "POST /networks/create"
FLOW = graph({"a": ("Input", {"value": 7}), "out": ("Output", {"name": "o"})}, "a.value out.value")
PULLING = b'{"status":"Pulling fs layer","progressDetail":{},"id":"l1"}\r\n'


@pytest.mark.parametrize(
    ("status", "words", "says"),
    [
        (
            500,
            "could not find an available, non-overlapping IPv4 address pool among the defaults to assign",
            "the Docker engine has no addresses left for another network; remove unused ones with docker network prune",
        ),
        (
            404,
            "could not find plugin bridge in v1 plugin registry",
            "the Docker engine can make no network of a job's own: could not find plugin bridge in v1 plugin registry; "
            "leave --network out",
        ),
    ],
)
def test_an_engine_that_can_make_no_network_is_told_with_the_cure(
    fake: FakeEngine, engine: ContainerEngine, status: int, words: str, says: str
) -> None:
    fake.answers[CREATE] = (status, {"message": words})
    with pytest.raises(EngineUnavailable) as caught:
        engine.create_network("n", LABELS)
    assert str(caught.value) == says


def test_a_network_is_a_bridge_with_the_labels_of_its_container(fake: FakeEngine, engine: ContainerEngine) -> None:
    heard: list[Any] = []

    def answer(handler: Handler) -> None:
        heard.append(json.loads(handler.body))
        handler.send_response(201)
        handler.send_header("Content-Length", "11")
        handler.end_headers()
        handler.wfile.write(b'{"Id":"n1"}')

    fake.answers[CREATE] = answer
    assert engine.create_network("nodetool-j-1", LABELS) == "n1"
    assert heard == [{"Name": "nodetool-j-1", "CheckDuplicate": True, "Driver": "bridge", "Labels": LABELS}]


def test_only_networks_with_all_labels_are_listed(fake: FakeEngine, engine: ContainerEngine) -> None:
    listed = [{"Id": "1", "Name": "x", "Labels": LABELS}, {"Id": "2", "Name": "y", "Labels": {"a": "1"}}]
    fake.answers["GET /networks"] = (200, [*listed, {"Id": "3", "Name": "z", "Labels": None}])
    assert [one.id for one in engine.networks(LABELS)] == ["1"]


@pytest.mark.parametrize(
    ("answer", "gone"),
    [
        ((204, b""), True),
        ((404, {"message": "network n1 not found"}), True),
        ((403, {"message": "error while removing network: network n1 has active endpoints"}), False),
    ],
)
def test_a_network_is_gone_unless_it_is_in_use(
    fake: FakeEngine, engine: ContainerEngine, answer: tuple[int, Any], gone: bool
) -> None:
    fake.answers["DELETE /networks/n1"] = answer
    assert engine.remove_network("n1") is gone


@pytest.mark.parametrize(
    ("runtime", "says"),
    [
        (None, ""),
        ("runc", ""),
        ("io.containerd.runsc.v1", ""),
        ("runsc", "DOCKER_RUNTIME: the Docker engine has no runtime 'runsc'; it has nvidia, runc"),
    ],
)
def test_a_runtime_is_one_that_the_engine_has(runtime: str | None, says: str) -> None:
    here = frozenset({"runc", "nvidia", "io.containerd.runc.v2"})
    facts = EngineFacts(version="1", architecture="a", runtimes=here, rootless=False, emulates=False, gpus=False)
    said = ""
    try:
        facts.check_runtime(runtime)
    except InvalidRequest as error:
        said = str(error)
    assert said == says


@pytest.mark.parametrize(
    ("begun", "timeouts", "end"),
    [
        (True, {}, ("cancelled", "cancelled_by_user")),
        (False, {}, ("cancelled", "cancelled_by_user")),
        (True, {"start": 0.3}, ("error", "timeout_start")),
        (False, {"start": 0.3}, ("error", "timeout_start")),
    ],
)
def test_a_pull_that_nobody_waits_for_is_cut(
    fake: FakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    begun: bool,
    timeouts: dict[str, float],
    end: tuple[str, str],
) -> None:
    asked, cut = threading.Event(), threading.Event()

    def pull(handler: Handler) -> None:
        if begun:  # else the engine is silent before it says anything
            handler.send_response(200)
            handler.send_header("Connection", "close")
            handler.end_headers()
            handler.wfile.write(PULLING)
        asked.set()
        if handler.rfile.read(1) == b"":  # whoever asked has hung up
            cut.set()
        handler.close_connection = True

    fake.answers["POST /images/create"] = pull
    monkeypatch.setenv("DOCKER_HOST", fake.environ["DOCKER_HOST"])
    manager = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    try:
        job = manager.submit(RunJobRequest(strategy="docker", graph=FLOW, options={"image": "a:1"}, timeouts=timeouts))  # type: ignore[arg-type]
        assert asked.wait(20)
        if not timeouts:
            manager.cancel(job)
        record = manager.wait(job, 20)
        assert (record.status.value, record.reason) == end
        assert cut.wait(20)
    finally:
        manager.shutdown()


def test_a_pull_is_told_in_the_log_as_it_goes(
    fake: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers["POST /images/create"] = (200, PULLING + b'{"error":"manifest unknown"}')
    monkeypatch.setenv("DOCKER_HOST", fake.environ["DOCKER_HOST"])
    manager = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    try:
        job = manager.submit(RunJobRequest(strategy="docker", graph=FLOW, options={"image": "a:1"}))
        record = manager.wait(job, 20)
        said = [event.content for event in manager.events(job) if event.type == "log_update"]
        assert (record.reason, said) == ("image_missing", ["pulling a:1: 0 of 1 layers, 0 of 0 MB"])
    finally:
        manager.shutdown()


@pytest.mark.parametrize(
    ("mount", "models", "named"),
    [
        (True, False, "--mount"),
        (False, True, "NODETOOL_MODEL_CACHE"),
        (True, True, "NODETOOL_MODEL_CACHE and --mount"),
    ],
)
def test_an_engine_elsewhere_mounts_no_folder_of_this_host(
    fake: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mount: bool, models: bool, named: str
) -> None:
    (tmp_path / "shared" / "hub").mkdir(parents=True)
    monkeypatch.setenv("DOCKER_ALLOWED_MOUNTS", str(tmp_path / "shared"))
    if models:
        monkeypatch.setenv("NODETOOL_MODEL_CACHE", str(tmp_path / "shared"))
    monkeypatch.setenv("DOCKER_HOST", fake.environ["DOCKER_HOST"])
    monkeypatch.setattr(ContainerEngine, "remote", True)
    options = {"mounts": [f"{tmp_path}/shared:/data"] if mount else []}
    manager = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    try:
        job = manager.submit(RunJobRequest(strategy="docker", graph=FLOW, options=options))
        record = manager.wait(job, 20)
        assert (record.reason, str(record.error).partition(":")[0]) == ("rejected", named)
        assert "no folder of this host can be mounted by the engine at" in str(record.error)
    finally:
        manager.shutdown()
