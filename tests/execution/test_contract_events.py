"""The contract of strategies: what a job tells while it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.errors import SecretMissing
from nodetool_jupyter.states import read_status
from tests.execution.contract import Runner, end_of, logged, nodes, of_type

SECRET = "correct-horse-battery-staple"


@nt.node(namespace="contract")
def plus(x: int = 0, y: int = 1) -> int:
    return x + y


@nt.node(namespace="contract")
def talks(lines: int = 3, size: int = 1, word: str = "line", ctx: Any = None) -> int:
    for number in range(lines):
        ctx.log(f"{word} {number} " + "x" * size, "warning" if number == 1 else "info")
    return lines


@nt.node(namespace="contract")
def reports(steps: int = 2000, ctx: Any = None) -> int:
    for step in range(steps):
        ctx.progress(step + 1, steps)
        if step % 100 == 0:
            ctx.wait(0.01)
    return steps


@nt.node(namespace="contract")
def tells_a_secret(ctx: Any = None) -> str:
    value = ctx.secret("CONTRACT_SECRET")
    ctx.log(f"it is {value}")
    ctx.preview(f"see {value}")
    raise ValueError(f"failed with {value}")


@nt.node(namespace="contract")
def uses_a_secret(ctx: Any = None) -> int:
    return len(ctx.secret("CONTRACT_SECRET"))


@nt.node(namespace="contract", secrets=("CONTRACT_SECRET",))
def declares_a_secret(ctx: Any = None) -> int:
    return len(ctx.secret("CONTRACT_SECRET"))


@nt.node(namespace="contract")
def breaks(x: int = 0) -> float:
    return 1 / x  # the line that is at fault


@pytest.fixture
def chain() -> Any:
    return nodes.contract.plus(x=nodes.contract.plus(x=nodes.contract.plus(x=1)))


def test_lines_are_numbered_without_gaps_and_the_end_is_last(runner: Runner, chain: Any) -> None:
    job = runner.submit(chain)
    assert job.result(30) == {"result": 4}
    found = list(job.events())
    assert [event.seq for event in found] == list(range(1, len(found) + 1))
    sources = [event.source for event in found if event.source is not None]
    assert sources == list(range(1, len(sources) + 1))
    ends = [event for event in found if event.type == "job_update" and read_status(event.status).terminal]  # type: ignore[attr-defined]
    assert ends == [found[-1]]
    assert {(event.job_id, event.attempt) for event in found} == {(job.id, 1)}


def test_times_never_run_backwards(runner: Runner, chain: Any) -> None:
    job = runner.submit(chain)
    job.result(30)
    times = [event.time for event in job.events() if event.source is not None]
    assert times == sorted(times)  # type: ignore[type-var]


def test_each_node_tells_that_it_runs_and_completes(runner: Runner, chain: Any) -> None:
    job = runner.submit(chain)
    job.result(30)
    told: dict[str, list[str]] = {}
    for event in of_type(job, "node_update"):
        told.setdefault(event.node_id, []).append(event.status)
    assert list(told.values()) == [["running", "completed"]] * 4  # the output is a node too


def test_the_job_is_queued_starts_runs_and_completes(runner: Runner, chain: Any) -> None:
    job = runner.submit(chain)
    job.result(30)
    words = [event.status for event in of_type(job, "job_update")]
    assert list(dict.fromkeys(words)) == ["queued", "starting", "running", "completed"]


def test_progress_is_thinned_and_its_last_word_arrives(runner: Runner) -> None:
    job = runner.submit(nodes.contract.reports(steps=2000))
    job.result(30)
    told = of_type(job, "node_progress")
    assert (told[-1].progress, told[-1].total) == (2000, 2000)
    assert [event.progress for event in told] == sorted({event.progress for event in told})
    assert len(told) <= 20 * (told[-1].time - told[0].time) + 3


def test_every_log_line_arrives_in_order(runner: Runner) -> None:
    job = runner.submit(nodes.contract.talks(lines=3000))
    job.result(30)
    lines = logged(job)
    assert [line.content for line in lines] == [f"line {number} x" for number in range(3000)]
    assert [line.severity for line in lines[:3]] == ["info", "warning", "info"]


def test_a_log_line_may_be_a_megabyte(runner: Runner) -> None:
    job = runner.submit(nodes.contract.talks(lines=1, size=1_000_000))
    job.result(30)
    (line,) = logged(job)
    assert len(line.content) == 1_000_007


def test_two_jobs_do_not_mix_their_events(runner: Runner) -> None:
    jobs = {word: runner.submit(nodes.contract.talks(lines=300, word=word)) for word in ("one", "two")}
    for word, job in jobs.items():
        job.result(30)
        assert [line.content for line in logged(job)] == [f"{word} {number} x" for number in range(300)]
        assert {event.job_id for event in job.events()} == {job.id}


def test_a_failing_node_is_named_with_its_line(runner: Runner) -> None:
    job = runner.submit(nodes.contract.breaks())
    with pytest.raises(nt.JobError, match="division by zero") as caught:
        job.result(30)
    assert (caught.value.reason, caught.value.node_id, caught.value.node_name) == ("node_failed", "breaks", "breaks")
    assert "return 1 / x  # the line that is at fault" in (job.state.traceback or "")
    assert job.state.nodes["breaks"].status == "error"


def test_secrets_reach_nodes_that_ask(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTRACT_SECRET", SECRET)
    assert runner.run(nodes.contract.uses_a_secret(), secrets=["CONTRACT_SECRET"]) == {"result": len(SECRET)}


def test_a_secret_that_a_node_declares_needs_no_naming(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTRACT_SECRET", SECRET)
    assert runner.run(nodes.contract.declares_a_secret()) == {"result": len(SECRET)}


def test_a_declared_secret_that_is_nowhere_is_refused(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONTRACT_SECRET", raising=False)
    with pytest.raises(SecretMissing, match="CONTRACT_SECRET"):
        runner.submit(nodes.contract.declares_a_secret())


def test_a_secret_is_in_no_file_and_no_message(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTRACT_SECRET", SECRET)
    job = runner.submit(nodes.contract.tells_a_secret(), secrets=["CONTRACT_SECRET"])
    assert end_of(job) == ("error", "node_failed")
    assert "failed with" in (job.error or "")
    assert [line.content.startswith("it is ") for line in logged(job)] == [True]
    files = [path for path in Path(job.log_path).parent.rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        assert SECRET.encode() not in path.read_bytes(), path
    assert SECRET not in repr(job.state)


def test_every_line_of_the_log_is_json(runner: Runner, chain: Any) -> None:
    job = runner.submit(chain)
    job.result(30)
    lines = job.log_path.read_bytes().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(lines) + 1))
