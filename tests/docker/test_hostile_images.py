"""Images whose program is no runner: each ends in a state of its own name, and the host is as it was before."""

from __future__ import annotations

import hashlib
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.events import JobUpdate, LogUpdate
from nodetool_jupyter.execution.container import claims, lifeline
from nodetool_jupyter.execution.container.reaper import HOME, JOB, home_name
from nodetool_jupyter.jobs.backoff import Backoff
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.request import RunJobRequest
from tests.docker.hostile import MIB, context
from tests.engine.running import graph

pytestmark = pytest.mark.docker
PATIENCE = 50.0
FLOW = graph({"a": ("Reroute", {"input_value": 7}), "out": ("Output", {"name": "result"})}, "a.output out.value")
WITH_INPUT = graph({"a": ("StringInput", {"name": "x"}), "out": ("Output", {"name": "result"})}, "a.output out.value")
INPUT = b"of the host" * 10_000


@dataclass(frozen=True)
class Case:
    """How a hostile image must end; ``says`` is in the sentence, ``asks`` are more fields of the request."""

    image: str
    end: tuple[str, str | None]
    says: str
    asks: dict[str, Any] = field(default_factory=dict)


_TIMED = {"timeouts": {"run": 2.0}}
CASES = [
    Case("fork bomb", ("error", "timeout_run"), "ran longer than 2 s", _TIMED),
    Case("memory bomb", ("error", "out_of_memory"), "more memory than its limit"),
    Case("disk fill", ("error", "output_limit"), "67,108,864 are the most (DOCKER_DISK_LIMIT)"),
    Case("disk full of names", ("error", "output_limit"), "67,108,864 are the most (DOCKER_DISK_LIMIT)"),
    Case("disk full of removed files", ("error", "output_limit"), "67,108,864 are the most (DOCKER_DISK_LIMIT)"),
    Case("disk full of mapped files", ("error", "output_limit"), "67,108,864 are the most (DOCKER_DISK_LIMIT)"),
    Case("nests folders", ("error", "output_limit"), "more than 64 deep"),
    Case("log flood", ("error", "output_limit"), "lines and"),
    Case("ignores SIGTERM", ("error", "timeout_run"), "ran longer than 2 s", _TIMED),
    Case("closes stdout", ("error", "killed"), "said nothing"),
    Case("forged events", ("error", "killed"), "had completed, and exited with code 3"),
    Case("sparse result", ("error", "result_not_storable"), "has 7516192768 bytes, and 4294967296 are the most"),
    Case("too much in two results", ("error", "output_limit"), "67,108,864 are the most (DOCKER_DISK_LIMIT)"),
    Case("a file over the limit", ("error", "output_limit"), "67,108,864 are the most (DOCKER_DISK_LIMIT)"),
    Case("symlink out", ("error", "result_not_storable"), "is a link, not an ordinary file"),
    Case("folder behind a symlink", ("error", "result_not_storable"), "cannot be reached"),
    Case("pipe", ("error", "result_not_storable"), "is a pipe, not an ordinary file"),
    Case("socket", ("error", "result_not_storable"), "is a socket, not an ordinary file"),
    Case("device", ("error", "result_not_storable"), "is not there"),
    Case("exit 0 without a word", ("error", "killed"), "exited with code 0 before the workflow had ended"),
    Case("completed without results", ("error", "result_not_storable"), "told no results"),
    Case("never there", ("error", "rejected"), "/no/such/program"),
    Case("no program", ("error", "rejected"), "/no-program"),
]


@pytest.fixture(scope="module")
def build(client: Any, image: str) -> Iterator[Callable[[str], str]]:
    """Build an image upon the runner's, once, and remove it afterwards."""
    word, made = uuid.uuid4().hex[:12], set()

    def make(name: str) -> str:
        tag = f"nodetool-test-{word}:{name.replace(' ', '-').lower()}"
        if tag not in made:
            client.images.build(fileobj=context(image, name), custom_context=True, tag=tag, rm=True, forcerm=True)
            made.add(tag)
        return tag

    yield make
    for tag in made:
        client.images.remove(tag, force=True)


@pytest.fixture
def jobs(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobExecutionManager]:
    monkeypatch.setenv("DOCKER_DISK_LIMIT", "64m")
    made = JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run", backoff=Backoff(base=0.01))
    yield made
    made.shutdown()
    for one in client.containers.list(all=True, filters={"label": f"{HOME}={home_name(tmp_path / 'data')}"}):
        one.remove(force=True)  # of a test that failed


def request(image: str, **asks: Any) -> RunJobRequest:
    limits = {"memory": 256 * MIB, "cpus": 0.5, "max_processes": 64}
    return RunJobRequest(
        strategy="docker", graph=FLOW, options={"image": image, "grace": 0.5}, **{"limits": limits, **asks}
    )


def check_host(jobs: JobExecutionManager, client: Any, job_id: str) -> None:
    """See that nothing is left of a job's containers, and that the host's own files are as they were."""
    for thread in threading.enumerate():
        if thread.name == "nodetool-sweep":
            thread.join(PATIENCE)
    assert client.containers.list(all=True, filters={"label": f"{JOB}={job_id}"}) == []
    assert not (jobs.places.job(job_id) / "attempts").exists()
    subprocess.run(["true"], check=True)
    ids = [event.params["container"] for event in jobs.events(job_id) if isinstance(event, JobUpdate) and event.params]
    groups = "".join(_read(path) for path in Path("/proc").glob("[0-9]*/cgroup"))
    assert [one for one in ids if one in groups] == []


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended
        return ""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.image)
def test_each_ends_in_a_state_of_its_own_name(
    jobs: JobExecutionManager,
    client: Any,
    build: Callable[[str], str],
    case: Case,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if case.image == "closes stdout":
        monkeypatch.setattr(lifeline, "SILENT", 2.0)
    monkeypatch.setattr(claims, "Rates", partial(claims.Rates, lines=(100_000, 100)))
    if case.image == "sparse result":
        monkeypatch.delenv("DOCKER_DISK_LIMIT")
    canary = tmp_path / "canary"
    canary.write_bytes(INPUT)
    job_id = jobs.submit(request(build(case.image), **case.asks))
    record = jobs.wait(job_id, PATIENCE)
    found = (record.status.value, record.reason), case.says in (record.error or "")
    assert found == (case.end, True), record.error
    check_host(jobs, client, job_id)
    assert canary.read_bytes() == INPUT


def test_one_that_ignores_sigterm_is_cancelled(
    jobs: JobExecutionManager, client: Any, build: Callable[[str], str]
) -> None:
    job_id = jobs.submit(request(build("ignores SIGTERM")))
    until_it_says(jobs, job_id, "I stay")
    assert jobs.cancel(job_id)
    assert _end(jobs.wait(job_id, PATIENCE)) == ("cancelled", "cancelled_by_user")
    check_host(jobs, client, job_id)


def test_forged_lines_reach_no_other_job(jobs: JobExecutionManager, build: Callable[[str], str]) -> None:
    job_id = jobs.submit(request(build("forged events")))
    jobs.wait(job_id, PATIENCE)
    told = [event for event in jobs.events(job_id) if isinstance(event, JobUpdate)]
    assert {event.job_id for event in jobs.events(job_id)} == {job_id}
    assert {event.attempt for event in told} <= {None, 1}
    assert "another" not in str([event.params for event in told])
    assert [event.status for event in told][-1:] == ["error"]


def test_what_one_does_to_its_inputs_does_not_reach_the_next_attempt(
    jobs: JobExecutionManager, client: Any, build: Callable[[str], str]
) -> None:
    asked = request(build("rewrites its inputs"), retries=1).model_copy(update={"graph": WITH_INPUT})
    job_id = jobs.submit(asked, inputs={"x": INPUT.decode()})
    (given,) = (jobs.places.job(job_id) / "values").iterdir()
    before = hashlib.sha256(given.read_bytes()).hexdigest()
    record = jobs.wait(job_id, PATIENCE)
    assert record.status == "completed", record.error
    assert jobs.result(job_id) == {"result": before}
    assert hashlib.sha256(given.read_bytes()).hexdigest() == before
    assert [event for event in jobs.events(job_id) if isinstance(event, LogUpdate) and event.content == "changed"] == []
    check_host(jobs, client, job_id)


def until_it_says(jobs: JobExecutionManager, job_id: str, text: str) -> None:
    for event in jobs.events(job_id, follow=True, timeout=PATIENCE):
        if isinstance(event, LogUpdate) and event.content == text:
            return
    raise AssertionError("it ended without a word")


def _end(record: JobRecord) -> tuple[str, str | None]:
    return record.status.value, record.reason
