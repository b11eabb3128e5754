"""Jobs on a worker whose connection is cut, which is away, restarted or gone; and owners that end and come again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.jobs.manager import manager
from tests.execution.contract import PATIENCE, MakeManager, end_of, is_status, let_go, nodes, of_type, says, until
from tests.execution.cut_way import CutWay
from tests.execution.remote_scenery import SECRET, TOKEN, WorkerProcess, connect, jobs_there


@nt.node(namespace="drops")
def echoes(number: int = 0, ctx: Any = None) -> int:
    ctx.log(f"number {number}")
    return number


@nt.node(namespace="drops")
def makes_megabytes(count: int = 3) -> Any:
    import numpy

    return numpy.arange(count * 131_072, dtype="int64")


@nt.node(namespace="drops")
def enlarges(number: int = 0) -> Any:
    import numpy

    return numpy.full(10_000, number)


@pytest.fixture
def way(there: WorkerProcess) -> Iterator[CutWay]:
    with CutWay(there.port) as found:
        yield found


@pytest.fixture
def cut_off(way: CutWay, tmp_path: Path, make_manager: MakeManager, monkeypatch: pytest.MonkeyPatch) -> CutWay:
    """The way to the worker that the manager knows."""
    monkeypatch.setenv(SECRET, TOKEN)
    connect(tmp_path / "data", way.url)
    make_manager()
    return way


@pytest.fixture
def own_worker(tmp_path: Path, make_manager: MakeManager, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerProcess]:
    """A worker of one test alone, that the manager knows."""
    monkeypatch.setenv(SECRET, TOKEN)
    worker = WorkerProcess.start(tmp_path / "own")
    connect(tmp_path / "data", worker.url)
    make_manager()
    yield worker
    worker.end()


def echo(**options: Any) -> nt.Job:
    """Submit a job that logs each number that is pushed, until it is let go."""
    echoed = nodes.drops.echoes(number=nodes.input.IntegerInput(name="number"))
    flow = nt.Workflow(outputs={"all": nodes.control.Collect(input_item=echoed)})
    return nt.submit(flow, strategy="remote", name="echo", options={"open_input": ["number"], **options})


def push(job: nt.Job, number: int) -> None:
    job.push_input("number", number)
    until(job, says(f"number {number}"))


def assert_told_once(job: nt.Job, numbers: list[int]) -> None:
    """Check that the log has each line of the worker's once, in order, and no number is missing."""
    said = [event.content for event in of_type(job, "log_update") if event.source is not None]
    assert [line for line in said if line.startswith("number")] == [f"number {number}" for number in numbers]
    sources = [event.source for event in job.events() if event.source is not None]
    assert sources == list(range(1, len(sources) + 1))


def test_a_cut_connection_is_made_again_and_no_line_is_lost(cut_off: CutWay) -> None:
    job = echo()
    push(job, 1)
    cut_off.cut()
    until(job, says("cannot be reached"))
    cut_off.mend()
    until(job, says("is back"))
    push(job, 2)
    let_go(job)
    assert job.result(PATIENCE) == {"all": [1, 2]}
    assert_told_once(job, [1, 2])


def test_a_worker_that_is_away_for_too_long_ends_the_job_which_says_where_it_may_be(
    own_worker: WorkerProcess, tmp_path: Path
) -> None:
    with CutWay(own_worker.port) as way:
        connect(tmp_path / "data", way.url)
        job = echo(away="0.5s")
        push(job, 1)
        way.cut()
        assert end_of(job) == ("error", "worker_lost")
        (left,) = jobs_there(own_worker)
        assert "could not be reached for 0.5 s" in (job.error or "")
        assert f"it may still run there, as {left['id']}" in (job.error or "")
        assert left["status"] == "running"


def test_an_answer_that_is_lost_submits_no_second_job(own_worker: WorkerProcess, tmp_path: Path) -> None:
    with CutWay(own_worker.port) as way:
        connect(tmp_path / "data", way.url)
        way.at = b"submitted"  # in the record that answers
        job = echo()
        push(job, 1)
        assert way.cuts == 1
        assert [one["name"] for one in jobs_there(own_worker)] == ["echo"]
        let_go(job)
        assert job.result(PATIENCE) == {"all": [1]}


def test_a_value_that_is_cut_off_is_fetched_to_its_end(cut_off: CutWay) -> None:
    cut_off.at = b"blob.chunk"
    job = nt.submit(nodes.drops.makes_megabytes(), strategy="remote")
    found = job.result(PATIENCE)["result"]
    assert np.array_equal(found, np.arange(3 * 131_072, dtype="int64"))
    assert cut_off.cuts == 1


def test_a_value_that_may_not_have_arrived_is_sent_again(cut_off: CutWay) -> None:
    cut_off.at = b"\xa7missing\x91"  # the answer that a value is, which is followed by the value itself
    rows = {"rows": [{"n": one} for one in range(20_000)]}
    table = nodes.data.Slice(dataframe=nodes.input.DataframeInput(name="table"), end_index=2)
    job = nt.submit(table, {"table": rows}, strategy="remote")
    assert job.result(PATIENCE) == {"result": {"rows": [{"n": 0}, {"n": 1}]}}
    assert cut_off.cuts == 1


def test_a_cancel_reaches_a_worker_that_comes_back(cut_off: CutWay) -> None:
    job = echo()
    push(job, 1)
    cut_off.cut()
    until(job, says("cannot be reached"))
    assert job.cancel()
    cut_off.mend()
    assert end_of(job) == ("cancelled", "cancelled_by_user")


def test_a_pushed_value_that_cannot_arrive_is_refused(cut_off: CutWay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodetool_jupyter.execution.remote.PARTING", 0.2)
    job = echo()
    push(job, 1)
    cut_off.cut()
    until(job, says("cannot be reached"))
    with pytest.raises(nt.InvalidRequest, match="could not be reached"):
        job.push_input("number", 2)
    cut_off.mend()
    until(job, says("is back"))
    let_go(job)
    assert job.result(PATIENCE) == {"all": [1]}


def test_a_worker_that_is_killed_and_started_again_goes_on_with_its_job(own_worker: WorkerProcess) -> None:
    job = echo()
    push(job, 1)
    own_worker.end(9)
    again = WorkerProcess.start(own_worker.folder, port=own_worker.port)
    try:
        until(job, says("is back"))
        push(job, 2)
        let_go(job)
        assert job.result(PATIENCE) == {"all": [1, 2]}
        assert_told_once(job, [1, 2])
    finally:
        again.end()


def test_a_worker_that_has_forgotten_the_job_ends_it_as_lost(own_worker: WorkerProcess) -> None:
    job = echo()
    push(job, 1)
    own_worker.end(9)
    (own_worker.folder / "home").rename(own_worker.folder / "aside")
    again = WorkerProcess.start(own_worker.folder, port=own_worker.port)
    try:
        assert end_of(job) == ("error", "lost")
        assert "the worker there has no job" in (job.error or "")
    finally:
        again.end()


def test_the_next_owner_goes_on_from_the_last_number(cut_off: CutWay, make_manager: MakeManager) -> None:
    job = echo()
    push(job, 1)
    manager().shutdown()
    make_manager().adopt()
    push(job, 2)
    let_go(job)
    assert job.result(PATIENCE) == {"all": [1, 2]}
    assert_told_once(job, [1, 2])


def test_files_that_an_earlier_owner_heard_of_are_fetched_by_the_next(
    cut_off: CutWay, make_manager: MakeManager
) -> None:
    large = nodes.drops.enlarges(number=nodes.input.IntegerInput(name="number"))
    job = nt.submit(nt.Workflow(outputs={"large": large}), strategy="remote", options={"open_input": ["number"]})
    job.push_input("number", 1)
    until(job, lambda event: event.type == "output_update")
    manager().shutdown()
    make_manager().adopt()
    job.push_input("number", 2)
    let_go(job)
    job.wait(PATIENCE)
    assert [int(array[-1]) for array in job.stream("large")] == [1, 2]


KERNEL = """
import os, sys
import nodetool_jupyter as nt
from nodetool_jupyter import faults
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
if POINT:
    faults.arm(POINT, lambda: os.kill(os.getpid(), 9))
m = JobExecutionManager(data_dir=DATA, runtime_dir=RUN)
number = nt.nodes.input.IntegerInput(name="number", value=5)
flow = nt.Workflow(outputs={"all": nt.nodes.control.Collect(input_item=number)})
m.submit(RunJobRequest(job_id=JOB, strategy="remote", graph=dict(flow.bare), **MORE))
if not POINT:
    for event in m.events(JOB, follow=True):
        if event.source:
            break
    os.kill(os.getpid(), 9)
sys.stdin.readline()
"""


def killed_kernel(folder: Path, point: str, **more: Any) -> str:
    """Let a process submit a job, and kill it at a point, or once the worker has spoken; returns the job's id."""
    job_id = f"k{os.urandom(6).hex()}"  # known before: it may be killed before it can say one
    known = {"DATA": str(folder / "data"), "RUN": str(folder / "run"), "POINT": point, "MORE": more, "JOB": job_id}
    code = "".join(f"{name} = {value!r}\n" for name, value in known.items()) + KERNEL
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as kernel:
        assert kernel.wait(PATIENCE) == -9
    return job_id


@pytest.mark.parametrize("point", ["attempt.before_start", "attempt.before_request", "attempt.after_start", ""])
def test_a_kernel_that_is_killed_leaves_a_job_that_another_brings_to_its_end(
    cut_off: CutWay, tmp_path: Path, point: str
) -> None:
    job_id = killed_kernel(tmp_path, point)
    manager().adopt()
    assert manager().wait(job_id, PATIENCE).status.value == "completed"
    assert manager().result(job_id) == {"all": [5]}
    ends = [one for one in manager().events(job_id) if isinstance(one, JobUpdate) and one.status == "completed"]
    assert len(ends) == 1


def test_a_job_that_was_to_end_with_its_owner_is_cancelled_there(cut_off: CutWay, tmp_path: Path) -> None:
    open_input = {"options": {"open_inputs": ["number"]}, "on_owner_exit": "cancel"}
    job_id = killed_kernel(tmp_path, "", **open_input)
    manager().adopt()
    assert manager().wait(job_id, PATIENCE).status.value == "cancelled"


def test_an_owner_that_ended_before_it_knew_the_answer_finds_the_same_job(
    cut_off: CutWay, make_manager: MakeManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = echo()
    push(job, 1)
    log = job.log_path
    manager().shutdown()
    lines = log.read_text().splitlines(keepends=True)
    # As if it had ended between the two words about where the job is.
    kept = lines[: next(at for at, line in enumerate(lines) if '"job":' in line)]
    log.write_text("".join(kept))
    make_manager().adopt()
    push(job, 2)
    let_go(job)
    assert job.result(PATIENCE) == {"all": [1, 2]}
    assert_told_once(job, [1, 2])


def test_many_jobs_share_one_connection_beside_those_that_follow(cut_off: CutWay) -> None:
    jobs = [echo() for _ in range(2)]
    for job in jobs:
        until(job, is_status("running"))
    opened = cut_off.opened
    for job in jobs:
        let_go(job)
        job.wait(PATIENCE)
    assert opened == 1 + len(jobs)
