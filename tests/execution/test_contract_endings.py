"""The contract of strategies: how jobs end, wait, are tried again, and what stays of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.jobs.manager import manager
from tests.execution.contract import (
    NEAR,
    PATIENCE,
    MakeManager,
    Runner,
    end_of,
    is_status,
    let_go,
    nodes,
    of_type,
    says,
    until,
)


@nt.node(namespace="contract")
def falls(x: int = 0) -> float:
    return 1 / x


@nt.node(namespace="contract")
def waits(ctx: Any = None) -> int:
    ctx.log("here")
    ctx.wait(120)
    return 1


@nt.node(namespace="contract")
def works(ctx: Any = None) -> int:
    ctx.log("here")
    while not ctx.cancelled:
        sum(range(1000))
    return 1


@nt.node(namespace="contract")
def tries(path: str = "", times: int = 2) -> int:
    with open(path, "a+") as file:  # noqa: PTH123  # one line for each attempt
        file.write("x\n")
        file.seek(0)
        attempt = len(file.readlines())
    if attempt < times:
        raise RuntimeError(f"attempt {attempt}")
    return attempt


@nt.node(namespace="contract")
def same(x: int = 0) -> int:
    return x


def two_branches(**options: Any) -> tuple[nt.Workflow, dict[str, Any]]:
    """A branch that fails at once, beside one that runs until it is let go."""
    number = nodes.input.IntegerInput(name="number")
    flow = nt.Workflow(outputs={"bad": nodes.contract.falls(), "all": nodes.control.Collect(input_item=number)})
    return flow, {"open_input": ["number"], **options}


def node_failed(event: Any) -> bool:
    return event.type == "node_update" and event.status == "error"


# ---- failing


def test_another_branch_finishes_when_one_fails(runner: Runner) -> None:
    flow, options = two_branches()
    job = runner.submit(flow, options=options)
    until(job, node_failed)
    job.push_input("number", 5)
    let_go(job)
    assert end_of(job) == ("error", "node_failed")
    assert job.outputs["all"] == [5]


def test_fail_fast_ends_the_other_branch(runner: Runner) -> None:
    flow, options = two_branches(fail_fast=True)
    job = runner.submit(flow, options=options)
    assert end_of(job) == ("error", "node_failed")
    assert job.state.failed_node == "falls"


def test_an_invalid_graph_is_refused_before_anything_is_written(runner: Runner) -> None:
    with pytest.raises(nt.InvalidGraph, match=r"unknown node type 'contract\.Nope'"):
        runner.submit({"nodes": [{"id": "a", "type": "contract.Nope"}], "edges": []})
    assert list((manager().places.data / "jobs").iterdir()) == []


# ---- cancelling


@pytest.mark.parametrize("kind", ["waits", "works"])
def test_a_node_that_looks_is_cancelled(runner: Runner, kind: str) -> None:
    job = runner.submit(getattr(nodes.contract, kind)())
    until(job, says("here"))
    began = time.monotonic()
    assert job.cancel()
    assert end_of(job) == ("cancelled", "cancelled_by_user")
    assert time.monotonic() - began < 5
    with pytest.raises(nt.JobCancelled, match=job.id):
        job.result()


def test_a_queued_job_is_cancelled_and_never_starts(narrow: Runner) -> None:
    first = narrow.hold()
    second = narrow.submit(nodes.contract.same())
    assert second.cancel()
    assert end_of(second) == ("cancelled", "cancelled_by_user")
    assert [event.status for event in of_type(second, "job_update") if event.status == "starting"] == []
    let_go(first)
    assert end_of(first)[0] == "completed"


def test_cancelling_twice_is_as_once(runner: Runner) -> None:
    job = runner.submit(nodes.contract.waits())
    until(job, says("here"))
    job.cancel()
    job.cancel()
    assert end_of(job) == ("cancelled", "cancelled_by_user")
    assert len([event for event in of_type(job, "job_update") if event.cancel_requested]) == 1
    assert not job.cancel()


def test_an_ended_job_is_not_cancelled(runner: Runner) -> None:
    job = runner.submit(nodes.contract.same(x=3))
    assert job.result(PATIENCE) == {"result": 3}
    assert not job.cancel()
    assert job.status.value == "completed"


# ---- time


def test_a_job_that_runs_too_long_ends(runner: Runner) -> None:
    job = runner.submit(nodes.contract.waits(), timeout=0.3)
    assert end_of(job) == ("error", "timeout_run")
    assert "0.3 s" in (job.error or "")


def test_a_job_that_says_nothing_for_long_ends(runner: Runner) -> None:
    job = runner.submit(nodes.contract.waits(), idle_timeout=0.3)
    assert end_of(job) == ("error", "timeout_idle")


def test_a_job_that_waits_too_long_in_the_queue_ends(narrow: Runner) -> None:
    first = narrow.hold()
    second = narrow.submit(nodes.contract.same(), queue_timeout=0.2)
    assert end_of(second) == ("error", "timeout_queue")
    let_go(first)
    assert end_of(first)[0] == "completed"


def test_timeouts_that_are_not_reached_do_nothing(runner: Runner) -> None:
    limits = {"timeout": 60, "queue_timeout": 60, "start_timeout": 60, "idle_timeout": 60}
    assert runner.run(nodes.contract.same(x=1), **limits) == {"result": 1}


# ---- again


@NEAR
def test_a_failed_attempt_is_tried_again(runner: Runner, tmp_path: Path) -> None:
    job = runner.submit(nodes.contract.tries(path=str(tmp_path / "tries"), times=3), retries=2)
    assert job.result(PATIENCE) == {"result": 3}
    found = list(job.events())
    assert [event.seq for event in found] == list(range(1, len(found) + 1))
    assert sorted({event.attempt for event in found if event.attempt}) == [1, 2, 3]
    for attempt in (1, 2, 3):
        sources = [event.source for event in found if event.attempt == attempt and event.source is not None]
        assert sources == list(range(1, len(sources) + 1))


@NEAR
def test_a_job_fails_when_its_attempts_are_used_up(runner: Runner, tmp_path: Path) -> None:
    job = runner.submit(nodes.contract.tries(path=str(tmp_path / "tries"), times=9), retries=1)
    assert end_of(job) == ("error", "node_failed")
    assert (tmp_path / "tries").read_text() == "x\n" * 2


@NEAR
def test_an_attempt_waits_before_it_follows(make_manager: MakeManager, strategy: str, tmp_path: Path) -> None:
    from nodetool_jupyter.jobs.backoff import Backoff

    make_manager(backoff=Backoff(base=0.3, draw=lambda: 1.0))
    job = Runner(strategy).submit(nodes.contract.tries(path=str(tmp_path / "tries")), retries=1)
    assert job.result(PATIENCE) == {"result": 2}
    starts = [event.time for event in of_type(job, "job_update") if event.status == "starting"]
    assert starts[1] - starts[0] >= 0.3


def test_the_same_key_is_the_same_job(runner: Runner) -> None:
    flow = nt.Workflow(nodes.contract.same(x=5))
    first, second = (runner.submit(flow, idempotency_key="once") for _ in range(2))
    assert first == second
    assert first.result(PATIENCE) == {"result": 5}


def test_a_retried_job_is_a_new_one(runner: Runner) -> None:
    job = runner.submit(nodes.contract.same(x=5))
    job.wait(PATIENCE)
    again = job.retry()
    assert again.result(PATIENCE) == {"result": 5}
    assert (again.record.retry_of, again.strategy) == (job.id, runner.strategy)


# ---- many


def test_a_second_job_waits_for_the_only_slot(narrow: Runner) -> None:
    first = narrow.hold()
    until(first, is_status("running", "starting"))
    second = narrow.submit(nodes.contract.same(x=2))
    assert (second.status.value, second.record.queue_position) == ("queued", 1)
    let_go(first)
    assert second.result(PATIENCE) == {"result": 2}


@pytest.mark.slow
def test_many_jobs_end_with_their_own_results(make_manager: MakeManager, strategy: str) -> None:
    make_manager(caps={strategy: 8})
    numbers = range(16 if strategy == "docker" else 50)  # a container takes half a second of a CPU
    jobs = [Runner(strategy).submit(nodes.contract.same(x=number)) for number in numbers]
    assert [found["result"] for found in nt.gather(jobs, 50)] == list(numbers)


@pytest.mark.slow
def test_jobs_leave_nothing_behind(runner: Runner, traces: Callable[[], dict[str, Any]]) -> None:
    def round_of_jobs() -> None:
        runner.run(nodes.contract.same(x=1))
        end_of(runner.submit(nodes.contract.falls()))
        job = runner.submit(nodes.contract.waits())
        until(job, says("here"))
        job.cancel()
        end_of(job)

    for _ in range(2):  # what is kept ready for the next job is there by then
        round_of_jobs()
    before = traces()
    for _ in range(3):
        round_of_jobs()
    after = traces()
    assert len(after["children"]) <= 1  # the spare runner that is kept ready
    assert len(after["threads"]) <= len(before["threads"]) + 2  # of the last run, on their way home
    assert after["files"] <= before["files"] + 6


def test_nothing_runs_after_the_manager_has_shut_down(
    make_manager: MakeManager, strategy: str, traces: Callable[[], dict[str, Any]]
) -> None:
    before = traces()
    made = make_manager()
    job = Runner(strategy).submit(nodes.contract.waits(), on_owner_exit="cancel")
    until(job, says("here"))
    made.shutdown()
    after = traces()
    assert len(after["children"]) <= 1  # the spare runner that is kept ready
    assert [name for name in after["threads"] if name.startswith("nodetool-jobs")] == [
        name for name in before["threads"] if name.startswith("nodetool-jobs")
    ]
