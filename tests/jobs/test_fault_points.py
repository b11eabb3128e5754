"""At every named point the process is killed; afterwards each job is in exactly one state, and it is true."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nodetool_jupyter import events, faults
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.testing import FakeExecution, fake_strategy
from tests.execution.subprocess_scenery import SUBPROCESS_POINTS
from tests.jobs.scenery import PATIENCE

Make = Callable[..., JobExecutionManager]
Start = Callable[[str], subprocess.Popen[str]]

SCENE = """
hold = Hold()
flood = [[events.LogUpdate(content="x" * 100) for _ in range(30)] for _ in range(3)]
m = JobExecutionManager(data_dir=m.places.data, runtime_dir=m.places.runtime, log_cap=4096)
with fake_strategy(Script([events.JobUpdate(status="running"), *flood, hold, completed({"a": 1})])) as fake:
    fake.attach = classmethod(JobExecution.attach.__func__)
    passed = 0
    def die():
        global passed
        passed += 1
        if passed > SKIP: os.kill(os.getpid(), signal.SIGKILL)
    if POINT: faults.arm(POINT, die)
    say("begun")
    job = m.submit(RunJobRequest(strategy="fake", job_id="thejob"))
    say("submitted")
    hold.reached.wait(20)
    if CANCEL: say("cancelled", m.cancel(job))
    hold.release()
    m.wait(job, 20)
    say("ended")
    m.remove(job)
    say("removed")
"""

# point: (passes that survive, whether the scene cancels, what the survivor says of the job)
CASES: dict[str, tuple[int, bool, str]] = {
    "submit.before_request": (0, False, "none"),
    "submit.before_log": (0, False, "lost"),
    "submit.before_index": (0, False, "lost"),
    "attempt.before_start": (0, False, "lost"),
    "attempt.after_start": (0, False, "lost"),
    "log.mid_line": (2, False, "lost"),
    "value.mid_file": (0, False, "lost"),
    "log.before_shorten": (0, False, "lost"),
    "terminal.before_log": (0, False, "lost"),
    "terminal.before_index": (0, False, "completed"),
    "cancel.after_request": (0, True, "cancelled"),
    "claim.before_link": (0, False, "lost"),
    "claim.after_link": (0, False, "lost"),
    "claim.before_cut": (0, False, "lost"),
    "remove.after_rename": (0, False, "none"),
}


def test_every_point_has_a_case() -> None:
    assert {*CASES, *SUBPROCESS_POINTS} == faults.POINTS


def outcome(manager: JobExecutionManager) -> str:
    rows = manager.list()
    assert [row.id for row in rows] in ([], ["thejob"])
    return (rows[0].reason if rows[0].status == "error" else rows[0].status) or "?" if rows else "none"


@pytest.mark.parametrize("point", sorted(point for point in CASES if not point.startswith(("claim.", "value."))))
def test_a_kill_at_each_point_leaves_the_truth(
    point: str, make_manager: Make, other_process: Start, tmp_path: Path
) -> None:
    skip, cancel, expected = CASES[point]
    process = other_process(f"POINT, SKIP, CANCEL = {point!r}, {skip}, {cancel}\n{SCENE}")
    assert process.wait(PATIENCE) == -9
    with fake_strategy() as fake:
        fake.attach = classmethod(FakeExecution.__mro__[1].attach.__func__)  # type: ignore[method-assign,attr-defined]
        manager = make_manager()
        manager.adopt()
        assert outcome(manager) == expected
        if expected != "none":
            found = list(manager.events("thejob"))
            ends = [event for event in found if isinstance(event, events.JobUpdate) and event.status == "error"]
            assert len(ends) == (expected == "lost")
        if expected == "completed":
            assert manager.result("thejob") == {"a": 1}


@pytest.mark.parametrize("point", sorted(point for point in CASES if point.startswith("claim.")))
def test_a_kill_of_the_adopter_leaves_the_job_to_the_next(point: str, make_manager: Make, other_process: Start) -> None:
    first = other_process(f"POINT, SKIP, CANCEL = 'attempt.after_start', 0, False\n{SCENE}")
    assert first.wait(PATIENCE) == -9
    second = other_process(
        "with fake_strategy() as fake:\n"
        "    fake.attach = classmethod(JobExecution.attach.__func__)\n"
        f"    faults.arm({point!r}, lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
        "    m.adopt()\n"
    )
    assert second.wait(PATIENCE) == -9
    with fake_strategy() as fake:
        fake.attach = classmethod(FakeExecution.__mro__[1].attach.__func__)  # type: ignore[method-assign,attr-defined]
        manager = make_manager()
        manager.adopt()
        assert outcome(manager) == "lost"


def test_a_kill_in_the_middle_of_a_value_leaves_no_reference_to_it(
    make_manager: Make, other_process: Start, tmp_path: Path
) -> None:
    text = {"id": "x", "type": "nodetool.constant.String", "data": {"value": "x" * 100_000}}
    process = other_process(
        "faults.arm('value.mid_file', lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
        f"m.submit(RunJobRequest(strategy='threaded', job_id='thejob', graph={{'nodes': [{text!r}], 'edges': []}}))\n"
        "sys.stdin.read()\n"
    )
    assert process.wait(PATIENCE) == -9
    (left,) = (tmp_path / "data/jobs/thejob/values").iterdir()
    manager = make_manager()
    manager.adopt()
    assert outcome(manager) == CASES["value.mid_file"][2]
    assert left.name not in (tmp_path / "data/jobs/thejob/events.jsonl").read_text()


def test_numbers_have_no_gap_after_a_kill_in_the_middle_of_a_line(
    make_manager: Make, other_process: Start, tmp_path: Path
) -> None:
    process = other_process(
        "hold = Hold()\n"
        "with fake_strategy(Script([events.JobUpdate(status='running'), hold, completed()])):\n"
        "    m.submit(RunJobRequest(strategy='fake', job_id='thejob')); hold.reached.wait(20)\n"
        "    def tear():\n"
        "        with open(m.places.job('thejob') / 'events.jsonl', 'ab') as file: file.write(b'{\"seq\":')\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    faults.arm('log.mid_line', tear)\n"
        "    hold.release(); sys.stdin.read()\n"
    )
    assert process.wait(PATIENCE) == -9
    with fake_strategy() as fake:
        fake.attach = classmethod(FakeExecution.__mro__[1].attach.__func__)  # type: ignore[method-assign,attr-defined]
        manager = make_manager()
        manager.adopt()
        assert outcome(manager) == "lost"
    lines = [json.loads(line)["seq"] for line in (tmp_path / "data/jobs/thejob/events.jsonl").read_bytes().splitlines()]
    assert lines == list(range(1, len(lines) + 1))
