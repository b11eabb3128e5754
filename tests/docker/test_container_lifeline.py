"""What a real runner says, heard by one owner after another: nothing lost, nothing twice, and silence has an end."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.execution.container import lifeline
from nodetool_jupyter.execution.container.claims import Claims, Subject
from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.execution.container.lifeline import Lifeline
from nodetool_jupyter.jobs import manager as module
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.execution.container_scenery import contents
from tests.execution.contract import PATIENCE, Runner, end_of, nodes, of_type, says, until

pytestmark = pytest.mark.docker
OWNERS = 20
LINES = 60_000
SAID = "all is said"
MORE = 64 * 1024**2


@nt.node(namespace="lifeline")
def floods(ctx: Any, count: int = LINES) -> int:
    for number in range(count):
        ctx.log(f"number {number}")
    ctx.log(SAID)
    ctx.wait(50)
    return count


@nt.node(namespace="lifeline")
def stops_its_guard() -> None:
    import os
    import signal

    os.kill(os.getppid(), signal.SIGSTOP)


@pytest.fixture
def runner(image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    monkeypatch.setenv("DOCKER_IMAGE", image)
    made = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run")
    monkeypatch.setattr(module, "_manager", made)
    yield Runner("docker")
    made.shutdown()


DIES = """
import os, signal, sys
import nodetool_jupyter as nt
from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.execution.container.lifeline import Lifeline
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
place, point = sys.argv[1:]
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if point == "start":
    ContainerEngine.start = die
else:
    Lifeline.write = die
manager = JobExecutionManager(data_dir=place + "/data", runtime_dir=place + "/run")
graph = nt.Workflow(outputs={"result": nt.nodes.constant.Integer(value=3)}).bare
manager.wait(manager.submit(RunJobRequest(strategy="docker", graph=dict(graph))))
"""

OWNS = """
import os, signal, sys
import nodetool_jupyter as nt
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
place, what = sys.argv[1:]
@nt.node(namespace="notebook")
def floods(count: int, stay: bool, ctx=None) -> int:
    for number in range(count):
        ctx.log(f"number {number}")
    ctx.wait(50 if stay else 0)
    return count
manager = JobExecutionManager(data_dir=place + "/data", runtime_dir=place + "/run")
graph = nt.Workflow(outputs={"result": nt.nodes.notebook.floods(count=20_000, stay=what == "cancel")}).bare
job = manager.submit(RunJobRequest(strategy="docker", graph=dict(graph), on_owner_exit=what))
for event in manager.events(job, follow=True):
    if event.type == "log_update" and event.content == "number 100":
        os.kill(os.getpid(), signal.SIGKILL)
"""


def the_container(job: nt.Job) -> str:
    (started,) = (event.params["container"] for event in of_type(job, "job_update") if event.params)
    return str(started)


def nodes_of(job: nt.Job) -> frozenset[str]:
    return frozenset(event.node_id for event in of_type(job, "node_update"))


def test_nothing_is_lost_and_nothing_heard_twice_by_many_owners(runner: Runner, tmp_path: Path) -> None:
    job = runner.submit(nodes.lifeline.floods())
    until(job, says("number 1"))
    heard = asyncio.run(listen_in_turns(the_container(job), nodes_of(job), left(tmp_path, job)))
    assert job.cancel()
    assert heard == list(range(1, heard[-1] + 1))
    assert heard[-1] > LINES


def left(tmp_path: Path, job: nt.Job) -> Path:
    return tmp_path / "data/jobs" / job.id / "attempts/1/out"


async def listen_in_turns(container: str, known: frozenset[str], folder: Path) -> list[int]:
    """Let one owner after the other take some lines, the last one all that are left; returns their numbers."""
    heard: list[int] = []
    with ContainerEngine.connect(os.environ) as engine:
        for owner in range(1, OWNERS + 1):
            subject = Subject(job_id="x", attempt=1, nodes=known, started=0.0)
            line = Lifeline(engine, container, Claims(subject, heard[-1] if heard else 0), folder, MORE)
            await line.join()
            before = len(heard)
            async for lines in line.lines():
                heard += [one.n for one in lines]
                if SAID in contents(lines) or (owner < OWNERS and len(heard) > before):
                    break
            line.close()
    return heard


def test_a_container_that_closes_its_streams_and_stays_is_ended(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifeline, "SILENT", 2.0)
    monkeypatch.setattr(lifeline, "ENDING", 0.5)
    job = runner.submit(nodes.lifeline.stops_its_guard())
    assert end_of(job) == ("error", "killed")
    assert job.error is not None
    assert job.error.startswith("its container ran on and said nothing")


@pytest.mark.parametrize("started", [True, False])
def test_an_attempt_that_never_had_its_request_begins_anew(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: bool
) -> None:
    monkeypatch.setattr(lifeline, "UNHEARD", 2.0)
    monkeypatch.setattr(lifeline, "ENDING", 0.5)
    point = "write" if started else "start"
    owner = subprocess.run([sys.executable, "-c", DIES, str(tmp_path), point], check=False)
    assert owner.returncode == -signal.SIGKILL
    (record,) = module.manager().list()
    assert module.manager().result(record.id, PATIENCE) == {"result": 3}
    assert [event.attempt for event in module.manager().events(record.id) if event.type == "output_update"] == [1]


@pytest.mark.parametrize(("what", "end"), [("keep", ("completed", None)), ("cancel", ("cancelled", "killed"))])
def test_a_job_whose_owner_is_killed_goes_on_or_ends_as_it_was_asked(
    runner: Runner, tmp_path: Path, what: str, end: tuple[str, str | None]
) -> None:
    owner = subprocess.run([sys.executable, "-c", OWNS, str(tmp_path), what], check=False)
    assert owner.returncode == -signal.SIGKILL
    manager = module.manager()
    (listed,) = manager.list()
    record = manager.wait(listed.id, PATIENCE)
    assert (record.status.value, record.reason) == end
    sources = [event.source for event in manager.events(record.id) if event.source is not None]
    assert sources == list(range(1, len(sources) + 1))
    if what == "keep":
        told = [event.content for event in manager.events(record.id) if event.type == "log_update"]
        assert [text for text in told if text.startswith("number")] == [f"number {n}" for n in range(20_000)]
