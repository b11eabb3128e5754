"""An engine that shares no folder with this host: values travel to it and back, and everything else is as it was."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.errors import EngineUnavailable, ExecutionLost
from nodetool_jupyter.execution.container import exchange as exchange_module
from nodetool_jupyter.execution.container.archive import unpack
from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.execution.container.reaper import JOB
from nodetool_jupyter.execution.container.results import Caps
from nodetool_jupyter.execution.container.sandbox import NOBODY, Container, OwnVolume, profile
from nodetool_jupyter.jobs import manager as module
from nodetool_jupyter.jobs.backoff import Backoff
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.docker.remote_scenery import Distant, distant_engine, write_expired_certificates
from tests.execution.contract import PATIENCE, Runner, end_of, nodes, of_type, says, until
from tests.execution.engine_scenery import short_folder, write_certificates

pytestmark = pytest.mark.docker


@nt.node(namespace="remote")
def doubled(data: Any = None) -> Any:
    return [data * 2, {"inside": data}]


@nt.node(namespace="remote")
def waits(ctx: Any) -> None:
    ctx.log("waiting")
    ctx.wait(60)


@nt.node(namespace="remote")
def rewrites_its_inputs(data: Any = b"") -> None:
    import hashlib
    from pathlib import Path

    refused = 0
    for path in Path("/job/in/values").iterdir():
        for act in (lambda path: path.chmod(0o600), lambda path: path.write_bytes(b"rewritten"), Path.unlink):
            try:
                act(path)
            except PermissionError:
                refused += 1
    raise ValueError(f"refused {refused} times, of {hashlib.sha256(data).hexdigest()}")


@nt.node(namespace="remote")
def returns_much() -> bytes:
    return bytes(200_000)


@pytest.fixture
def engine(distant: Distant) -> Iterator[ContainerEngine]:
    with ContainerEngine.connect(distant.environ) as connected:
        yield connected


@pytest.fixture
def manage(
    image: str, distant: Distant, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], JobExecutionManager]]:
    """Make managers of one data folder whose jobs run over there; nothing of them stays there."""
    for name, value in distant.environ.items():
        monkeypatch.setenv(name, value)
    made: list[JobExecutionManager] = []

    def make() -> JobExecutionManager:
        backoff = Backoff(base=0.001, cap=0.002)
        made.append(JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run", backoff=backoff))
        monkeypatch.setattr(module, "_manager", made[-1])
        return made[-1]

    yield make
    for one in made:
        one.shutdown()
    for job in (tmp_path / "data" / "jobs").iterdir():
        assert left_of(client, job.name) == []


@pytest.fixture
def runner(manage: Callable[[], JobExecutionManager]) -> Runner:
    manage()
    return Runner("docker")


def left_of(client: Any, job: str) -> list[str]:
    """Return what the engine has of a job: containers and volumes."""
    chosen = {"label": f"{JOB}={job}"}
    volumes = client.api.volumes(filters=chosen)["Volumes"] or []
    return [one["Id"] for one in client.api.containers(all=True, filters=chosen)] + [one["Name"] for one in volumes]


# -- jobs ---------------------------------------------------------------------------------------------------------


def test_large_inputs_go_there_and_large_results_come_back(runner: Runner, client: Any) -> None:
    value = np.arange(500_000, dtype="float64")
    flow = nodes.remote.doubled(data=nodes.input.DataframeInput(name="data"))
    job = runner.submit(flow, {"data": value})
    twice, inside = job.result(PATIENCE)["result"]
    assert (twice == value * 2).all()
    assert (inside["inside"] == value).all()
    assert left_of(client, job.id) == []


def test_its_files_are_in_a_volume_that_bears_its_labels(runner: Runner, client: Any) -> None:
    job = runner.submit(nodes.remote.waits(), options={"grace": 1.0})
    until(job, says("waiting"))
    (container,) = client.containers.list(filters={"label": f"{JOB}={job.id}"})
    (mount,) = container.attrs["Mounts"]
    labels = client.api.inspect_volume(mount["Name"])["Labels"]
    job.cancel()
    assert (mount["Type"], mount["Destination"]) == ("volume", "/job")
    assert labels.items() <= container.labels.items()
    assert end_of(job) == ("cancelled", "cancelled_by_user")
    assert left_of(client, job.id) == []


def test_a_large_value_can_be_pushed_while_it_runs(runner: Runner) -> None:
    number = nodes.input.DataframeInput(name="number")
    flow = nt.Workflow(outputs={"all": nodes.control.Collect(input_item=number)})
    job = runner.submit(flow, options={"open_input": ["number"]})
    values = [np.full(100_000, float(index)) for index in range(3)]
    for value in values:
        job.push_input("number", value)
    job.push_input("number", end=True)
    found = job.result(PATIENCE)["all"]
    assert [one.tolist() for one in found] == [one.tolist() for one in values]


def test_a_second_attempt_finds_the_inputs_that_the_first_would_rewrite(runner: Runner) -> None:
    data = os.urandom(100_000)
    flow = nodes.remote.rewrites_its_inputs(data=nodes.input.DataframeInput(name="data"))
    job = runner.submit(flow, {"data": data}, retries=1)
    assert end_of(job) == ("error", "node_failed")
    said = [event.error for event in of_type(job, "node_update") if event.error]
    assert len(said) == 2
    assert all(f"refused 3 times, of {hashlib.sha256(data).hexdigest()}" in text for text in said)


def test_another_manager_goes_on_with_a_job_there(
    runner: Runner, manage: Callable[[], JobExecutionManager], distant: Distant, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = runner.hold()
    until(job, lambda event: event.type == "job_update" and event.status == "running")
    module._manager.shutdown()  # type: ignore[union-attr]
    for name in distant.environ:  # which engine it is stands in the log
        monkeypatch.delenv(name)
    second = manage()
    second.push_input(job.id, "number", 7)
    second.push_input(job.id, "number", end=True)
    assert second.wait(job.id, PATIENCE).status.value == "completed"


# -- faults -------------------------------------------------------------------------------------------------------


def test_a_volume_without_room_for_the_inputs_ends_the_job(
    runner: Runner, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = OwnVolume.body

    def small(volume: OwnVolume) -> dict[str, Any]:
        found = plain(volume)
        options = {"type": "tmpfs", "device": "tmpfs", "o": "size=1m"}
        found["VolumeOptions"]["DriverConfig"] = {"Name": "local", "Options": options}
        return found

    monkeypatch.setattr(OwnVolume, "body", small)
    flow = nodes.remote.doubled(data=nodes.input.DataframeInput(name="data"))
    job = runner.submit(flow, {"data": os.urandom(30_000_000)})
    assert end_of(job) == ("error", "engine_unavailable")
    assert str(job.error) == (
        "the Docker engine has no room left on its disk; make some, for instance with docker system prune"
    )
    assert left_of(client, job.id) == []


@pytest.mark.parametrize("passed", [0, 2_000, 100_000])
def test_an_engine_that_goes_while_results_are_read_leaves_none(
    runner: Runner, distant: Distant, tmp_path: Path, passed: int
) -> None:
    distant.cuts = (b"GET", b"/archive", passed)
    job = runner.submit(nodes.remote.returns_much())
    assert end_of(job) == ("error", "engine_unavailable")
    said = str(job.error)
    assert said.startswith("it completed, and its results could not be read: the Docker engine at tcp://127.0.0.1:")
    assert list((tmp_path / "data" / "jobs" / job.id / "values").glob("*")) == []


def test_a_result_over_the_cap_is_refused(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    caps = Caps(file=100_000)
    monkeypatch.setattr(exchange_module, "unpack", lambda chunks, out: unpack(chunks, out, caps))
    job = runner.submit(nodes.remote.returns_much())
    assert end_of(job) == ("error", "result_not_storable")
    assert "200000 bytes, and 100000 are the most that is taken" in str(job.error)


# -- what speaks TLS, and how -------------------------------------------------------------------------------------


def no_tls(distant: Distant, folder: Path) -> dict[str, str]:
    return {"DOCKER_HOST": distant.address}


def of_another_authority(distant: Distant, folder: Path) -> dict[str, str]:
    write_certificates(folder)
    return {**distant.environ, "DOCKER_CERT_PATH": str(folder)}


def of_a_stranger(distant: Distant, folder: Path) -> dict[str, str]:
    """What the engine's own authority did not sign, from one who trusts that."""
    write_certificates(folder)
    (folder / "ca.pem").write_bytes((Path(distant.environ["DOCKER_CERT_PATH"]) / "ca.pem").read_bytes())
    return {**distant.environ, "DOCKER_CERT_PATH": str(folder)}


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        (no_tls, "if it wants TLS, set DOCKER_TLS_VERIFY=1"),
        (
            of_another_authority,
            "no TLS connection to the Docker engine at {}: self-signed certificate; look at DOCKER_",
        ),
        (of_a_stranger, "no TLS connection to the Docker engine at {}: "),
    ],
)
def test_an_engine_that_is_not_spoken_to_rightly_is_told_within_five_seconds(
    distant: Distant, environ: Callable[[Distant, Path], dict[str, str]], words: str
) -> None:
    with short_folder() as folder:
        named = environ(distant, folder)
        began = time.monotonic()
        with pytest.raises(EngineUnavailable) as caught:
            ContainerEngine.connect(named)
        took = time.monotonic() - began
    assert words.format(distant.address) in str(caught.value)
    assert took < 5


def test_an_expired_certificate_ends_the_job_with_that_word(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    with distant_engine("/nowhere", write_expired_certificates) as expired:
        for name, value in expired.environ.items():
            monkeypatch.setenv(name, value)
        job = runner.submit(nodes.remote.waits())
        assert end_of(job) == ("error", "engine_unavailable")
        assert str(job.error).startswith(f"no TLS connection to the Docker engine at {expired.address}: ")
    assert "certificate has expired" in str(job.error)


# -- the engine's own calls ---------------------------------------------------------------------------------------

EXPLORES = """
import os
for path in ("/job", "/job/in", "/job/in/values", "/job/out", "/etc", "/opt/nodetool"):
    try:
        open(path + "/mine", "w").close()
        print(path, "written")
    except OSError as error:
        print(path, error.strerror)
for act in (lambda: os.rename("/job/in", "/job/other"), lambda: os.chmod("/job/in/values", 0o777)):
    try:
        act()
        print("done")
    except OSError as error:
        print(error.strerror)
os.makedirs("/job/out/values")
os.symlink("/etc", "/job/out/values/link")
print(open("/job/in/values/given").read())
"""


@pytest.fixture
def make(engine: ContainerEngine, image: str, client: Any) -> Iterator[Callable[..., str]]:
    """Make containers that are closed as a job's are, with a volume."""
    word = f"nt-test-{secrets.token_hex(6)}"
    made: list[str] = []

    def create(code: str = "", **labels: str) -> str:
        labels = {"test": word, **labels}
        asked = Container(
            image=image,
            sandbox=profile("default", {}),
            user=NOBODY,
            labels=labels,
            mounts=[OwnVolume("/job", labels)],
        ).body()
        asked |= {"Entrypoint": ["/opt/nodetool/bin/python", "-c"], "Cmd": [code]}
        made.append(engine.create(asked, f"{word}-{len(made)}"))
        return made[-1]

    yield create
    for one in made:
        engine.remove(one)
    for volume in engine.volumes({"test": word}):
        engine.remove_volume(volume.name)


def test_a_container_may_write_only_where_results_go(
    engine: ContainerEngine, make: Callable[..., str], client: Any, tmp_path: Path
) -> None:
    job = tmp_path / "job"
    job.mkdir()
    one = make(EXPLORES)
    carried = exchange_module.CarriedVolume(engine, job, 1)
    carried.give(nt.request.RunJobRequest(), NOBODY)
    (job / "attempts/1/in/values/given").write_text("given")
    carried.send(one)
    engine.start(one)
    engine.wait(one, PATIENCE)
    assert client.api.logs(one).decode().splitlines() == [
        "/job Permission denied",
        "/job/in Permission denied",
        "/job/in/values Permission denied",
        "/job/out written",
        "/etc Read-only file system",
        "/opt/nodetool Read-only file system",
        "Permission denied",
        "Operation not permitted",
        "given",
    ]


def test_a_volume_goes_with_its_container(engine: ContainerEngine, make: Callable[..., str]) -> None:
    word = secrets.token_hex(8)
    one = make(word=word)
    (volume,) = engine.volumes({"word": word})
    engine.remove(one)
    assert volume.labels["word"] == word
    assert engine.volumes({"word": word}) == []


def test_a_volume_in_use_stays_and_another_is_removed(
    engine: ContainerEngine, make: Callable[..., str], client: Any
) -> None:
    word = secrets.token_hex(8)
    one = make(word=word)
    (volume,) = engine.volumes({"word": word})
    assert not engine.remove_volume(volume.name)
    client.api.remove_container(one, v=False)
    assert engine.remove_volume(volume.name)
    assert engine.volumes({"word": word}) == []


def test_a_volume_that_is_not_there_is_fine(engine: ContainerEngine) -> None:
    assert engine.remove_volume(f"nt-test-{secrets.token_hex(8)}")


def test_only_volumes_with_all_labels_are_listed(engine: ContainerEngine, make: Callable[..., str]) -> None:
    word = secrets.token_hex(8)
    make(one=word, two=word)
    make(one=word)
    make(one=word, two=f"{word}x")
    assert [volume.labels["two"] for volume in engine.volumes({"one": word, "two": word})] == [word]


def test_what_is_not_in_a_container_is_an_archive_of_nothing(
    engine: ContainerEngine, make: Callable[..., str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert unpack(engine.get_archive(make(), "/job/out/values"), out) == {}
    assert list((out / "values").iterdir()) == []


@pytest.mark.parametrize(
    "call",
    [
        lambda engine: list(engine.get_archive("nt-none", "/job")),
        lambda engine: engine.put_archive("nt-none", "/job", []),
    ],
    ids=["get", "put"],
)
def test_no_container_has_no_archive(engine: ContainerEngine, call: Callable[[ContainerEngine], object]) -> None:
    with pytest.raises(ExecutionLost, match="the container nt-none is not there any more"):
        call(engine)
