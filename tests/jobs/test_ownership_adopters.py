"""Who takes over the jobs of the dead: a kernel all of them, a command line what it is asked for, a list none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nodetool_jupyter import events
from nodetool_jupyter.jobs.bus import Bus
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from tests.jobs.others import RUNS, Other, ends_in, log_of, owners_of
from tests.jobs.scenery import PATIENCE

Make = Callable[..., JobExecutionManager]
Start = Callable[..., Other]

# As threaded jobs are in the eyes of a command line: nothing of them is left when their process ends.
THREADED = RUNS.replace("fake_strategy(Script(steps))", "fake_strategy(Script(steps), name='threaded')").replace(
    'strategy="fake"', 'strategy="threaded"'
)
ADOPTS = """
hold = Hold()
steps = [events.JobUpdate(status="running"), events.LogUpdate(content="one"), hold, completed({"a": 1})]
fake = use(fake_strategy(Script(steps)))
fake.attachable = True
m = manager(adopts="asked")
"""


def steps(*more: object) -> list[object]:
    return [events.JobUpdate(status="running"), events.LogUpdate(content="one"), *more, completed({"a": 1})]


def nodetool(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "NODETOOL_HOME": str(home / "data"), "NODETOOL_RUNTIME": str(home / "run"), "ENV": ""}
    command = [sys.executable, "-m", "nodetool_jupyter", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=50)


def folder_of(home: Path) -> JobFolder:
    return JobFolder(str(home / "data/jobs"), "thejob")


def until_owned(home: Path, manager: JobExecutionManager) -> None:
    """Wait until a manager owns the job; whoever claims it rings."""
    with Bus(home / "run").bell("thejob", far=True) as bell:
        while folder_of(home).owner()[1] != manager._desk.identity:
            assert bell.wait(PATIENCE)


@pytest.mark.parametrize(
    "words", [["list"], ["list", "--json"], ["show", "thejob"], ["events", "thejob"], ["logs", "thejob"]]
)
def test_a_command_that_only_reads_owns_nothing(words: list[str], another: Start, tmp_path: Path) -> None:
    another(THREADED).ready().kill()
    assert nodetool(tmp_path, "jobs", *words).returncode == 0
    assert owners_of(tmp_path) == ["owner.1"]


def test_a_list_says_that_nobody_owns_a_job(another: Start, tmp_path: Path) -> None:
    another(THREADED).ready().kill()
    shown = nodetool(tmp_path, "jobs", "list").stdout
    assert "running" in shown
    assert "nobody owns it" in shown


def test_a_list_shows_an_end_that_its_row_does_not_know(another: Start, tmp_path: Path) -> None:
    owner = another(THREADED).ready()
    owner.tell("m._desk.indexer.flush(); faults.arm('terminal.before_index', die); hold.release()")
    owner.process.wait(PATIENCE)
    (record,) = [json.loads(line) for line in nodetool(tmp_path, "jobs", "list", "--json").stdout.splitlines()]
    assert record["status"] == "completed"
    assert owners_of(tmp_path) == ["owner.1"]


@pytest.mark.parametrize("words", [["result", "thejob"], ["logs", "-f", "thejob"], ["events", "-f", "thejob"]])
def test_a_command_that_waits_brings_a_lost_job_to_its_end(words: list[str], another: Start, tmp_path: Path) -> None:
    another(THREADED).ready().kill()
    nodetool(tmp_path, "jobs", *words)
    assert ends_in(log_of(tmp_path)) == ["error"]
    assert owners_of(tmp_path) == ["owner.1", "owner.2"]


def test_a_lost_job_can_be_removed_at_once(another: Start, tmp_path: Path) -> None:
    another(THREADED).ready().kill()
    assert nodetool(tmp_path, "jobs", "rm", "thejob").returncode == 0
    assert not folder_of(tmp_path).exists


def test_one_that_is_asked_takes_only_what_it_is_asked_for(another: Start, make_manager: Make, tmp_path: Path) -> None:
    owner = another(RUNS).ready()
    assert owner.ask("m.submit(RunJobRequest(strategy='fake', job_id='another'))") == "another"
    owner.kill()
    with fake_strategy(Script(steps())) as fake:
        fake.attachable = True
        manager = make_manager(adopts="asked")
        assert manager.adopt() == []
        assert manager.result("thejob", PATIENCE) == {"a": 1}
    assert owners_of(tmp_path, "another") == ["owner.1"]


def test_one_that_is_asked_takes_over_when_the_owner_dies_while_it_waits(
    another: Start, make_manager: Make, tmp_path: Path
) -> None:
    owner = another(RUNS).ready()
    with fake_strategy(Script(steps())) as fake:
        fake.attachable = True
        manager = make_manager(adopts="asked")
        found = manager.events("thejob", follow=True, timeout=PATIENCE)
        next(found)
        manager.adopt()  # the owner is watched by now
        owner.kill()
        assert [event.seq for event in found] == [2, 3, 4, 5]
    assert ends_in(log_of(tmp_path)) == ["completed"]


def test_what_was_taken_over_for_a_while_is_left_unowned(another: Start, make_manager: Make, tmp_path: Path) -> None:
    another(RUNS).ready().kill()
    hold = Hold()
    with fake_strategy(Script(steps(hold))) as fake:
        fake.attachable = True
        manager = make_manager(adopts="asked")
        next(manager.events("thejob", follow=True))
        assert hold.reached.wait(PATIENCE)
        manager.shutdown()
        assert [execution.left for execution in fake.started] == [1]
    assert folder_of(tmp_path).owner() == (3, None)


def test_a_job_that_ended_while_it_was_taken_over_stays_ended(
    another: Start, make_manager: Make, tmp_path: Path
) -> None:
    another(RUNS).ready().kill()
    with fake_strategy(Script(steps())) as fake:
        fake.attachable = True
        manager = make_manager(adopts="asked")
        manager.result("thejob", PATIENCE)
        manager.shutdown()
    assert owners_of(tmp_path) == ["owner.1", "owner.2"]
    assert ends_in(log_of(tmp_path)) == ["completed"]


@pytest.mark.parametrize("leaving", ["m.shutdown()", "die()"])
def test_a_living_manager_takes_at_once_what_another_leaves(
    leaving: str, another: Start, make_manager: Make, tmp_path: Path
) -> None:
    another(RUNS).ready().kill()
    asked = another(ADOPTS).ready()
    assert asked.ask("m.on_loop(m._caretaker.take(m._lookup.folder('thejob')))") == "True"
    with fake_strategy(Script(steps(Hold()))) as fake:
        fake.attachable = True
        manager = make_manager()
        assert manager.adopt() == []
        asked.tell(leaving)
        until_owned(tmp_path, manager)
    assert ends_in(log_of(tmp_path)) == []


def test_a_cancel_is_carried_out_before_the_command_ends(another: Start, make_manager: Make, tmp_path: Path) -> None:
    another(RUNS).ready().kill()
    with fake_strategy(Script(steps(Hold()))) as fake:
        fake.attachable = True
        manager = make_manager(adopts="asked")
        assert manager.cancel("thejob") is True
        manager.shutdown()
        assert len(fake.started) == 1  # its runner was reached, not just forgotten
    assert ends_in(log_of(tmp_path)) == ["cancelled"]


def test_an_input_reaches_a_job_that_nobody_owned(another: Start, make_manager: Make) -> None:
    another(RUNS).ready().kill()
    hold = Hold()
    with fake_strategy(Script(steps(hold))) as fake:
        fake.attachable = True
        manager = make_manager(adopts="asked")
        manager.push_input("thejob", "items", 5)
        assert fake.started[0].pushed == [("items", 5)]
        hold.release()
        assert manager.wait("thejob", PATIENCE).status is Status.COMPLETED


def test_jobs_that_run_are_all_followed_though_there_are_fewer_slots(another: Start, make_manager: Make) -> None:
    owner = another(RUNS).ready()
    job_ids = ["job1", "job2", "job3"]
    for job_id in job_ids:
        owner.ask(f"m.submit(RunJobRequest(strategy='fake', job_id={job_id!r}))")
        assert owner.ask(f"next(e.seq for e in m.events({job_id!r}, follow=True) if e.seq == 4)") == "4"
    owner.kill()
    with fake_strategy(Script(steps(Hold()))) as fake:
        fake.attachable = True
        manager = make_manager(caps={"fake": 1})
        manager.adopt()
        for job_id in job_ids:
            manager.cancel(job_id)
        assert {manager.wait(job_id, PATIENCE).status for job_id in job_ids} == {Status.CANCELLED}
        assert len(fake.started) == 4  # each runner was reached
