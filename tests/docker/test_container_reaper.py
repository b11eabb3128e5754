"""A manager takes away what dead makers have left of its own folder's jobs, and nothing that only looks like it."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.execution.container.reaper import (
    ATTEMPT,
    HOME,
    HOST,
    JOB,
    OURS,
    OWNER,
    START,
    Maker,
    container_name,
    reap,
)
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.processes import start_ticks
from nodetool_jupyter.request import RunJobRequest
from tests.engine.running import graph

pytestmark = pytest.mark.docker
PATIENCE = 50.0
FLOW = graph({"a": ("Reroute", {"input_value": 7}), "out": ("Output", {"name": "result"})}, "a.output out.value")
Make = Callable[..., str]


@pytest.fixture
def engine(client: Any) -> Iterator[ContainerEngine]:
    with ContainerEngine.connect(os.environ) as connected:
        yield connected


@pytest.fixture
def word(client: Any) -> Iterator[str]:
    """A word that is in the names of all that a test makes; what bears it is removed afterwards."""
    made = secrets.token_hex(6)
    yield made
    for one in client.api.containers(all=True, filters={"name": made}):
        client.api.remove_container(one["Id"], force=True, v=True)
    for volume in client.volumes.list(filters={"name": made}):
        volume.remove()
    for network in client.networks.list(names=[made]):
        network.remove()


@pytest.fixture
def make(engine: ContainerEngine, image: str) -> Make:
    def create(labels: dict[str, str], name: str | None = None) -> str:
        body = {"Image": image, "Entrypoint": ["sleep"], "Cmd": ["600"], "Labels": labels}
        name = name or container_name(labels[JOB], labels[ATTEMPT])
        return engine.create({**body, "HostConfig": {"NetworkMode": "none"}}, name)

    return create


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir(mode=0o700)
    return tmp_path / "data"


@pytest.fixture
def dead(data: Path) -> Maker:
    """A maker of containers for jobs of that folder, which has ended."""
    here = Maker.here(data)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        start = start_ticks(process.pid)
    return Maker(here.home, str(process.pid), here.host, str(start))


@pytest.fixture
def jobs(data: Path, tmp_path: Path) -> Iterator[JobExecutionManager]:
    made = JobExecutionManager(data_dir=data, runtime_dir=tmp_path / "run")
    yield made
    made.shutdown()


def look_alikes(labels: dict[str, str], living: Maker) -> Iterator[dict[str, str]]:
    """Yield labels that lack one, or have one that is another's, for ever."""
    wrong = [{key: value for key, value in labels.items() if key != name} for name in labels]
    wrong += [{**labels, name: ""} for name in labels]
    wrong += [{**labels, name: labels[name].swapcase() + "x"} for name in labels if name != JOB]
    wrong += [{f"{key}.": value for key, value in labels.items()}, {}]
    wrong.append({**labels, **living.labels()})
    return cycle(wrong)


def test_a_manager_spares_fifty_look_alikes_and_what_others_come_for(
    jobs: JobExecutionManager, engine: ContainerEngine, make: Make, word: str, data: Path, dead: Maker
) -> None:
    ended = jobs.submit(RunJobRequest(strategy="threaded", graph=FLOW))
    jobs.wait(ended, PATIENCE)
    open_ = jobs.submit(_endless())
    gone = f"gone{word}"
    labels = dead.labels_of(gone, 1)
    # The names of jobs that are there are no test's own; these are removed by the test below, or by the reaper.
    left = [make(dead.labels_of(job, attempt)) for job in (ended, gone) for attempt in (1, 2)]
    engine.start(left[0])
    others = [make(dead.labels_of(open_, 1)), make(Maker.here(data).labels_of(ended, 3))]
    others.append(make(labels, f"nodetool-{word}-of-another-name"))
    for number, wrong in enumerate(islice(look_alikes(labels, Maker.here(data)), 50)):
        others.append(make(wrong, f"nodetool-{word}-{number}"))
    try:
        jobs._caretaker.tidy()
        assert [one for one in left if engine.exists(one)] == []
        assert [one for one in others if not engine.exists(one)] == []
    finally:
        jobs.cancel(open_)
        for one in (*left, *others[:2]):
            engine.remove(one)


def _endless() -> RunJobRequest:
    flow = graph({"a": "nodetool.triggers.Wait", "out": ("Output", {"name": "result"})}, "a.data out.value")
    return RunJobRequest(strategy="threaded", graph=flow)


@pytest.mark.parametrize(
    ("maker", "ended", "goes"),
    [
        ("dead", True, True),
        ("dead", None, True),
        ("dead", False, False),
        ("living", True, False),
        ("living", None, False),
        ("living", False, False),
        ("elsewhere", True, True),
        ("elsewhere", None, False),
        ("elsewhere", False, False),
    ],
)
def test_who_is_taken_away(
    engine: ContainerEngine, make: Make, word: str, data: Path, dead: Maker, maker: str, ended: bool | None, goes: bool
) -> None:
    here = Maker.here(data)
    makers = {"dead": dead, "living": here, "elsewhere": Maker(here.home, dead.owner, "another-boot", dead.start)}
    made = make(makers[maker].labels_of(word, 1))
    assert reap(engine, here.home, lambda job_id: ended) == ([made] if goes else [])
    assert engine.exists(made) == (not goes)


def test_volumes_and_networks_go_too(engine: ContainerEngine, client: Any, word: str, dead: Maker) -> None:
    labels = dead.labels_of(word, 1)
    made = [
        client.volumes.create(f"nt-{word}-{n}", labels=one).name for n, one in enumerate((labels, {OURS: "runner"}))
    ]
    network = client.networks.create(word, driver="bridge", labels=labels, internal=True).id
    assert set(reap(engine, dead.home, lambda job_id: None)) == {made[0], network}
    assert [one.name for one in client.volumes.list(filters={"name": word})] == [made[1]]
    assert client.networks.list(names=[word]) == []


def test_folders_have_names_of_their_own(tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        made.append(Maker.here(tmp_path / name).home)
    (tmp_path / "copy" / "outside").mkdir(parents=True)
    (tmp_path / "copy" / "outside" / "docker").write_text((tmp_path / "a" / "outside" / "docker").read_text())
    made.append(Maker.here(tmp_path / "copy").home)
    assert len(set(made)) == 3
    assert Maker.here(tmp_path / "a").home == made[0]


@pytest.mark.parametrize("lacking", [OWNER, HOST, START, HOME])
def test_a_maker_without_a_name_makes_nothing(lacking: str) -> None:
    names = {HOME: "d", OWNER: "1", HOST: "h", START: "2"}
    names[lacking] = ""
    with pytest.raises(ValueError, match="has a home, an owner, a host and a start"):
        Maker(*names.values()).labels()


def test_a_folder_that_never_had_containers_asks_no_engine(
    jobs: JobExecutionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ContainerEngine, "connect", _refuse)
    jobs._caretaker.tidy()


def test_an_engine_that_is_not_there_is_no_fault(
    jobs: JobExecutionManager, data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Maker.here(data)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    jobs._caretaker.tidy()
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    jobs._caretaker.tidy()


def _refuse(*args: object) -> None:
    raise AssertionError("an engine was asked")


def test_a_container_of_a_start_that_died_in_between_is_replaced(
    jobs: JobExecutionManager, engine: ContainerEngine, make: Make, word: str, dead: Maker, image: str
) -> None:
    left = make(dead.labels_of(word, 1))
    asked = RunJobRequest(job_id=word, strategy="docker", graph=FLOW, options={"image": image})
    record = jobs.wait(jobs.submit(asked), PATIENCE)
    assert (record.status.value, record.error) == ("completed", None)
    assert not engine.exists(left)
