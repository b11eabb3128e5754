"""The contract of strategies: code that stands in a graph, what it is allowed, and triggers that wait for a push."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.jobs.manager import manager
from tests.execution.contract import Runner, end_of, is_status, nodes, of_type, until

SHELL = {"id": "c", "type": "nodetool.code.RunShellCommand", "data": {"command": "echo $((40 + 2))"}}
PYTHON = {
    "id": "c",
    "type": "nodetool.code.ExecutePython",
    "data": {"code": "print(40 + 2)", "execution_mode": "subprocess"},
}
GRAPHS = [(SHELL, "shell"), (PYTHON, "python")]


@pytest.mark.parametrize(("node", "permission"), GRAPHS)
def test_a_program_runs_where_the_job_is_allowed_it(runner: Runner, node: dict[str, object], permission: str) -> None:
    job = runner.submit({"nodes": [node], "edges": []}, allow=[permission])
    assert job.result(30)["c.stdout"] == "42\n"


@pytest.mark.parametrize(("node", "permission"), GRAPHS)
def test_without_permission_nothing_runs_and_nothing_is_written(
    runner: Runner, node: dict[str, object], permission: str
) -> None:
    other = {"shell": "python", "python": "shell"}[permission]
    with pytest.raises(nt.InvalidRequest) as refused:
        runner.submit({"nodes": [node], "edges": []}, allow=other)
    said = str(refused.value)
    assert said.startswith(f"node 'c' ({node['type']}) needs the permission '{permission}'")
    assert f"allow=['{permission}']" in said
    assert f"--allow {permission}" in said
    assert list((manager().places.data / "jobs").iterdir()) == []


def test_a_retry_is_allowed_what_its_job_was(runner: Runner) -> None:
    flow = {"nodes": [{**SHELL, "data": {"command": "exit 1"}}], "edges": []}
    job = runner.submit(flow, allow="shell")
    assert end_of(job) == ("error", "node_failed")
    again = job.retry()
    assert end_of(again) == ("error", "node_failed")
    assert "exit code 1" in (again.error or "")


def test_a_script_that_runs_away_is_cancelled_at_once_while_others_are_answered(runner: Runner) -> None:
    job = runner.submit(nodes.code.Code(code="console.log('here'); for (;;) {}"))
    until(job, lambda event: event.type == "log_update" and event.content == "here")
    began = time.monotonic()
    assert runner.run(nodes.text.ToUppercase(text="a")) == {"result": "A"}  # beside it
    assert time.monotonic() - began < 10
    began = time.monotonic()
    job.cancel()
    until(job, is_status("cancelled"))
    assert time.monotonic() - began < 1
    assert [event.content for event in of_type(job, "log_update") if event.node_id] == ["here"]


def trigger() -> nt.Workflow:
    events = nodes.triggers.ManualTrigger(name="bell")
    return nt.Workflow(outputs={"all": nodes.control.Collect(input_item=events.data)})


def test_a_trigger_takes_what_is_pushed_until_its_end(runner: Runner) -> None:
    job = runner.submit(trigger())
    for value in (3, {"a": [1]}, None):
        job.push_input("bell", value)
    with pytest.raises(nt.InvalidRequest, match="did you mean 'bell'"):
        job.push_input("bel", 4)
    job.push_input("bell", end=True)
    assert job.result(30) == {"all": [3, {"a": [1]}, None]}


def test_another_process_can_push_to_a_trigger(runner: Runner) -> None:
    job = runner.submit(trigger(), {"bell": "first"})
    code = (
        "import sys, nodetool_jupyter as nt\n"
        "job = nt.job(sys.argv[1])\n"
        "job.push_input('bell', 'from afar')\n"
        "job.push_input('bell', end=True)"
    )
    places = manager().places
    environ = {**os.environ, "NODETOOL_HOME": str(places.data), "NODETOOL_RUNTIME": str(places.runtime)}
    subprocess.run([sys.executable, "-c", code, job.id], check=True, timeout=50, env=environ)
    assert job.result(30) == {"all": ["first", "from afar"]}


def test_a_waiting_trigger_is_cancelled_and_ended_by_an_idle_timeout(runner: Runner) -> None:
    waits, idles = runner.submit(trigger()), runner.submit(trigger(), idle_timeout=0.2)
    until(waits, is_status("running"))
    waits.cancel()
    assert end_of(waits) == ("cancelled", "cancelled_by_user")
    assert end_of(idles) == ("error", "timeout_idle")
