"""What a job in a container may ask for, read back from the engine and seen from inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.errors import ImageMissing
from nodetool_jupyter.execution.base import AttemptContext
from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.execution.container.making import make
from nodetool_jupyter.execution.container.plan import Plan
from nodetool_jupyter.execution.container.reaper import ATTEMPT, JOB
from nodetool_jupyter.execution.container.sandbox import NOBODY, Container, profile
from nodetool_jupyter.jobs import manager as module
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.values import ValueStore
from tests.execution.contract import PATIENCE, Runner, end_of, nodes, of_type, says, until

pytestmark = pytest.mark.docker


@nt.node(namespace="asked")
def waits(ctx: Any) -> None:
    ctx.log("waiting")
    ctx.wait(60)


@nt.node(namespace="asked")
def looks(paths: list[str]) -> dict[str, Any]:
    """Say what is in folders, and whether one may write there."""
    found: dict[str, Any] = {}
    for path in map(Path, paths):
        try:
            found[str(path)] = sorted(one.name for one in path.iterdir())
            (path / "made").write_text("")
            found[f"{path} written"] = True
        except OSError as error:
            found.setdefault(str(path), error.strerror)
    return found


@nt.node(namespace="asked")
def variables(names: list[str]) -> list[str]:
    import os

    return [os.environ.get(name, "") for name in names]


@pytest.fixture
def runner(image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    made = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    monkeypatch.setattr(module, "_manager", made)
    yield Runner("docker")
    made.shutdown()


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this host that jobs may have mounted, and that a container's user can read."""
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "a.txt").write_text("hello")
    for one in (folder, *tmp_path.parents[:2], tmp_path):
        one.chmod(0o755)
    monkeypatch.setenv("DOCKER_ALLOWED_MOUNTS", str(folder))
    return folder


def networks_of(client: Any, job: str) -> list[Any]:
    return list(client.networks.list(filters={"label": f"{JOB}={job}"}))


def container_of(client: Any, job: nt.Job) -> Any:
    (container,) = client.containers.list(filters={"label": f"{JOB}={job.id}"})
    return container


@pytest.mark.parametrize(("network", "inside"), [(False, ["lo"]), (True, ["eth0", "lo"])])
def test_a_job_has_a_network_only_if_it_asks_for_one(runner: Runner, network: bool, inside: list[str]) -> None:
    path = "/sys/class/net"
    # A kernel may add interfaces of its own to each network namespace, such as those of tunnels.
    found = runner.run(nodes.asked.looks(paths=[path]), network=network)["result"][path]
    assert [name for name in found if name in ("lo", "eth0")] == inside


def test_its_network_is_its_own_and_goes_with_it(runner: Runner, client: Any) -> None:
    job = runner.submit(nodes.asked.waits(), network=True, options={"grace": 1.0})
    until(job, says("waiting"))
    container = container_of(client, job)
    (network,) = networks_of(client, job.id)
    network.reload()
    assert list(container.attrs["NetworkSettings"]["Networks"]) == [network.name] == [f"nodetool-{job.id}-1"]
    assert [one.id for one in network.containers] == [container.id]
    assert network.attrs["Driver"] == "bridge"
    assert container.attrs["Config"]["Labels"].items() >= network.attrs["Labels"].items()
    job.cancel()
    assert end_of(job) == ("cancelled", "cancelled_by_user")
    assert networks_of(client, job.id) == []


def test_another_manager_removes_the_network_of_a_container_it_took_over(
    runner: Runner, client: Any, tmp_path: Path
) -> None:
    job = runner.submit(nodes.asked.waits(), network=True, options={"grace": 1.0})
    until(job, says("waiting"))
    module._manager.shutdown()  # type: ignore[union-attr]
    assert len(networks_of(client, job.id)) == 1
    second = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    try:
        second.cancel(job.id)
        assert second.wait(job.id, PATIENCE).status.value == "cancelled"
        assert networks_of(client, job.id) == []
    finally:
        second.shutdown()


@pytest.fixture
def word(client: Any, tmp_path: Path) -> Iterator[str]:
    """A job's id of this test alone; what bears it is removed."""
    name = f"p{tmp_path.parent.name}{tmp_path.name}".replace("_", "-")[:40]
    yield name
    for one in client.containers.list(all=True, filters={"label": f"{JOB}={name}"}):
        one.remove(force=True)
    for one in networks_of(client, name):
        one.remove()


def context(word: str, tmp_path: Path, told: Callable[[str], None] = lambda text: None) -> AttemptContext:
    return AttemptContext(word, 1, tmp_path, ValueStore(tmp_path / "values"), lambda params: None, told)


def wanted(image: str, word: str) -> Container:
    labels = {JOB: word, ATTEMPT: "1"}
    sandbox = profile("default", {})
    return Container(image=image, sandbox=sandbox, user=NOBODY, labels=labels, network=f"nodetool-{word}-1")


def test_a_network_that_a_start_left_is_replaced(image: str, client: Any, word: str, tmp_path: Path) -> None:
    with ContainerEngine.connect({}) as engine:
        stale = engine.create_network(f"nodetool-{word}-1", {JOB: word, ATTEMPT: "1"})
        made = make(engine, wanted(image, word), context(word, tmp_path))
        assert [one.id for one in engine.networks({JOB: word})] == [made["network"]] != [stale]


def test_nothing_is_left_of_a_container_that_cannot_be_made(client: Any, word: str, tmp_path: Path) -> None:
    with ContainerEngine.connect({}) as engine, pytest.raises(ImageMissing):
        make(engine, wanted("nodetool-jupyter:no-such-tag", word), context(word, tmp_path))
    assert networks_of(client, word) == []


def test_a_network_in_use_is_not_removed(image: str, client: Any, word: str, tmp_path: Path) -> None:
    with ContainerEngine.connect({}) as engine:
        made = make(engine, wanted(image, word), context(word, tmp_path))
        engine.start(made["container"])
        assert not engine.remove_network(made["network"])
        engine.remove(made["container"])
        assert engine.remove_network(made["network"])
        assert engine.remove_network(made["network"])  # it is not there, which is fine


@pytest.mark.parametrize(("mode", "written"), [("", False), (":ro", False), (":rw", True)])
def test_a_folder_of_this_host_is_mounted_as_it_was_asked_for(
    runner: Runner, shared: Path, mode: str, written: bool
) -> None:
    shared.chmod(0o777)
    found = runner.run(nodes.asked.looks(paths=["/data"]), options={"mount": [f"{shared}:/data{mode}"]})["result"]
    assert found["/data"] == ["a.txt"]
    assert (found.get("/data written", False), (shared / "made").exists()) == (written, written)


def test_a_folder_that_shows_the_jobs_is_refused(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_ALLOWED_MOUNTS", str(tmp_path))
    job = runner.submit(nodes.asked.waits(), options={"mount": [f"{tmp_path}:/data"]})
    assert end_of(job) == ("error", "rejected")
    assert job.error == f"--mount: {tmp_path} would show the data of all jobs in {tmp_path}/data; mount another folder"


def test_models_are_shown_and_the_token_beside_them_is_not(
    runner: Runner, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shared / "hub" / "models--a--b").mkdir(parents=True)
    (shared / "token").write_text("hf_secret")
    monkeypatch.setenv("NODETOOL_MODEL_CACHE", str(shared))
    found = runner.run(nodes.asked.looks(paths=["/models", "/models/hub"]))["result"]
    assert found == {"/models": ["hub"], "/models/hub": ["models--a--b"]}
    names = ["HF_HOME", "HF_HUB_OFFLINE"]
    assert runner.run(nodes.asked.variables(names=names))["result"] == ["/models", "1"]


def test_a_runtime_that_the_engine_does_not_have_is_refused_by_name(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_RUNTIME", "no-such-runtime")
    job = runner.submit(nodes.asked.waits())
    assert end_of(job) == ("error", "rejected")
    assert "DOCKER_RUNTIME: the Docker engine has no runtime 'no-such-runtime'; it has " in str(job.error)


def test_the_log_begins_with_the_image(runner: Runner, client: Any, image: str) -> None:
    job = runner.submit(nodes.text.ToUppercase(text="a"))
    assert end_of(job)[0] == "completed"
    found = client.images.get(image)
    digest = next(iter(found.attrs.get("RepoDigests") or ()), found.id)
    assert of_type(job, "log_update")[0].content == f"image {image}, {digest}"


def same(asked: Any, kept: Any) -> bool:
    """Tell whether what the engine kept is what it was asked for; it writes empty things in several ways."""
    if isinstance(asked, dict):
        return isinstance(kept, dict) and all(same(value, kept.get(key)) for key, value in asked.items())
    if isinstance(asked, list) and asked:
        return isinstance(kept, list) and len(asked) == len(kept) and all(map(same, asked, kept))
    return bool(asked == kept or not (asked or kept))


@pytest.mark.parametrize("sandbox", ["default", "strict", "trusted"])
def test_the_engine_keeps_every_word_of_the_dry_run(
    runner: Runner, client: Any, shared: Path, tmp_path: Path, sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = nt.Workflow(nodes.asked.waits())
    options: dict[str, Any] = {"sandbox": sandbox, "grace": 1.0, "shm_size": "32m", "tmp_size": "100m"}
    if sandbox != "strict":
        options |= {"network": True, "mounts": [f"{shared}:/data", f"{shared}/a.txt:/etc/a.txt"]}
    limits = {"memory": "512m", "cpus": 0.5, "max_processes": 99, "open_files": 512}
    request = RunJobRequest(
        strategy="docker",
        graph=flow.bare,
        options=options,
        limits=limits,
        env={"A": "b c"},  # type: ignore[arg-type]
    )
    draft = Plan.of(request).draft().body()
    manager: Any = module._manager
    job = nt.job(manager.submit(request))
    until(job, says("waiting"))
    kept = container_of(client, job).attrs
    job.cancel()
    job.wait(PATIENCE)

    host, config = draft.pop("HostConfig"), kept["Config"]
    for mount in host["Mounts"]:
        mount["Source"] = mount["Source"].replace("<job>", str(tmp_path / "data" / "jobs" / job.id))
    host["NetworkMode"] = host["NetworkMode"].replace("<job>", job.id)
    assert {
        key: kept["HostConfig"].get(key) for key, value in host.items() if not same(value, kept["HostConfig"].get(key))
    } == {}
    assert draft.pop("Image") == config["Image"] or kept["Image"] == config["Image"]
    assert set(draft.pop("Env")) <= set(config.pop("Env"))  # the image has its own besides
    assert {key: config.get(key) for key, value in draft.items() if not same(value, config.get(key, False))} == {}
