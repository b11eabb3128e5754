"""Owners that die in the middle of something: no job is lost, ends twice, changes its end, or seems to succeed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nodetool_jupyter import events
from nodetool_jupyter.errors import JobNotFound
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from tests.jobs.others import RUNS, Other, ends_in, log_of, owners_of
from tests.jobs.scenery import PATIENCE, request_for

Make = Callable[..., JobExecutionManager]
Start = Callable[..., Other]

TWO_ATTEMPTS = """
hold, second = Hold(), Hold()
running = events.JobUpdate(status="running")
fake = use(fake_strategy(Script([running, hold, failed()]), Script([running, second, completed({"a": 2})])))
m = manager(); m._desk.backoff = Backoff(base=BASE, cap=BASE)
job = m.submit(RunJobRequest(strategy="fake", job_id="thejob", retries=3)); hold.reached.wait(20)
"""


def steps(*more: object, result: int = 1) -> list[object]:
    return [events.JobUpdate(status="running"), events.LogUpdate(content="one"), *more, completed({"a": result})]


def runners(lines: list[dict[str, object]]) -> list[object]:
    """Return the attempt of each runner that was started."""
    return [line["attempt"] for line in lines if line.get("params")]


def dies(owner: Other, line: str) -> None:
    owner.tell(line)
    assert owner.process.wait(PATIENCE) == -9


def test_between_the_end_and_its_row_the_end_stands(another: Start, make_manager: Make, tmp_path: Path) -> None:
    owner = another(RUNS).ready()
    dies(owner, "m._desk.indexer.flush(); faults.arm('terminal.before_index', die); hold.release()")
    with fake_strategy() as fake:
        manager = make_manager()
        manager.adopt()
        assert [(row.id, row.status) for row in manager.list()] == [("thejob", Status.COMPLETED)]
        assert manager.result("thejob") == {"a": 1}
        assert fake.started == []
    assert ends_in(log_of(tmp_path)) == ["completed"]


def test_before_the_end_was_written_its_claim_is_read_again(another: Start, make_manager: Make, tmp_path: Path) -> None:
    owner = another(RUNS).ready()
    dies(owner, "faults.arm('terminal.before_log', die); hold.release()")
    with fake_strategy(Script(steps())) as fake:
        fake.attachable = True
        assert make_manager().result("thejob", PATIENCE) == {"a": 1}
    lines = log_of(tmp_path)
    assert ends_in(lines) == ["completed"]
    assert [line["source"] for line in lines if "source" in line] == [1, 2, 3]


@pytest.mark.parametrize("point", ["attempt.before_start", "log.mid_line"])
def test_before_an_attempt_is_in_the_log_it_is_the_first_again(
    point: str, another: Start, make_manager: Make, tmp_path: Path
) -> None:
    """``log.mid_line`` is passed there by the line with the attempt's identity."""
    owner = another(f"fake = use(fake_strategy(Script([Hold()])))\nm = manager()\nPOINT = {point!r}\n").ready()
    owner.tell("passes = iter([lambda: None, die] if POINT == 'log.mid_line' else [die])")
    dies(owner, "faults.arm(POINT, lambda: next(passes)()); m.submit(RunJobRequest(strategy='fake', job_id='thejob'))")
    with fake_strategy(Script(steps())) as fake:
        fake.attachable = True
        assert make_manager().result("thejob", PATIENCE) == {"a": 1}
        assert fake.started[0].context.attempt == 1
    assert runners(log_of(tmp_path)) == [1]


def test_after_an_attempt_is_in_the_log_no_other_is_started(another: Start, make_manager: Make, tmp_path: Path) -> None:
    owner = another("fake = use(fake_strategy(Script([Hold()])))\nm = manager()\n").ready()
    dies(owner, "faults.arm('attempt.after_start', die); m.submit(RunJobRequest(strategy='fake', job_id='thejob'))")
    with fake_strategy(Script(steps())) as fake:
        fake.attachable = True
        assert make_manager().result("thejob", PATIENCE) == {"a": 1}
    assert runners(log_of(tmp_path)) == [1]


def test_in_the_pause_before_an_attempt_the_next_one_follows(
    another: Start, make_manager: Make, tmp_path: Path
) -> None:
    owner = another("BASE = 1000\n" + TWO_ATTEMPTS).ready()
    owner.tell("hold.release()")
    assert owner.ask("next(e.seq for e in m.events('thejob', follow=True) if 'follows' in str(e))") == "4"
    owner.kill()
    with fake_strategy(Script(steps(result=2))) as fake:
        fake.attachable = True
        assert make_manager().result("thejob", PATIENCE) == {"a": 2}
    assert runners(log_of(tmp_path)) == [1, 2]


def test_a_runner_that_says_it_is_queued_is_not_taken_for_a_pause(
    another: Start, make_manager: Make, tmp_path: Path
) -> None:
    """A worker elsewhere may say so before it runs: its attempt has not ended, and no second one may start."""
    queued = "Script([events.JobUpdate(status='queued'), hold])"
    owner = another(
        f"hold = Hold()\nfake = use(fake_strategy({queued}))\nm = manager()\n"
        "m.submit(RunJobRequest(strategy='fake', job_id='thejob', retries=3)); hold.reached.wait(20)\n"
    ).ready()
    owner.kill()
    with fake_strategy(Script([events.JobUpdate(status="queued"), *steps()])) as fake:
        fake.attachable = True
        assert make_manager().result("thejob", PATIENCE) == {"a": 1}
    assert runners(log_of(tmp_path)) == [1]


def test_during_the_second_attempt_it_is_gone_on_with(another: Start, make_manager: Make, tmp_path: Path) -> None:
    owner = another("BASE = 0.001\n" + TWO_ATTEMPTS).ready()
    owner.tell("hold.release(); second.reached.wait(20)")
    assert owner.ask("m.get('thejob').status") == "running"
    owner.kill()
    with fake_strategy(Script(steps(result=2))) as fake:
        fake.attachable = True
        assert make_manager().result("thejob", PATIENCE) == {"a": 2}
        (attached,) = fake.started
        assert attached.context.attempt == 2
    lines = log_of(tmp_path)
    assert runners(lines) == [1, 2]
    assert ends_in(lines) == ["completed"]


@pytest.mark.parametrize("armed", ["cancel.after_request", "terminal.before_log"])
def test_a_cancel_that_was_begun_is_finished(armed: str, another: Start, make_manager: Make, tmp_path: Path) -> None:
    owner = another(RUNS).ready()
    dies(owner, f"faults.arm({armed!r}, die); m.cancel('thejob'); m.wait('thejob', 20)")
    with fake_strategy(Script(steps(Hold()))) as fake:
        fake.attachable = True
        assert make_manager().wait("thejob", PATIENCE).status is Status.CANCELLED
        assert len(fake.started) == 1  # what still ran was reached, and stopped
    assert ends_in(log_of(tmp_path)) == ["cancelled"]


def test_a_removal_that_was_begun_is_finished(another: Start, make_manager: Make, tmp_path: Path) -> None:
    owner = another(RUNS).ready()
    owner.tell("hold.release(); m.wait('thejob', 20); m.submit(RunJobRequest(strategy='fake', job_id='kept'))")
    dies(owner, "m.wait('kept', 20); faults.arm('remove.after_rename', die); m.remove('thejob')")
    manager = make_manager()
    manager.adopt()
    assert [row.id for row in manager.list()] == ["kept"]
    assert list((tmp_path / "data/trash").iterdir()) == []
    with pytest.raises(JobNotFound):
        manager.get("thejob")


TORN = """
def tear():
    with open(m.places.job("thejob") / "events.jsonl", "ab") as file: file.write(b'{"seq":5,"att')
    die()
"""


@pytest.mark.parametrize("point", ["claim.before_link", "claim.after_link", "claim.before_cut"])
def test_an_adopter_that_dies_leaves_the_job_to_the_next(
    point: str, another: Start, make_manager: Make, tmp_path: Path
) -> None:
    owner = another(RUNS + TORN).ready()
    dies(owner, "faults.arm('log.mid_line', tear); hold.release()")
    second = another("fake = use(fake_strategy(Script([])))\nfake.attachable = True\n").ready()
    dies(second, f"faults.arm({point!r}, die); m = manager(); m.adopt()")
    with fake_strategy(Script(steps())) as fake:
        fake.attachable = True
        assert make_manager().result("thejob", PATIENCE) == {"a": 1}
    lines = log_of(tmp_path)
    assert ends_in(lines) == ["completed"]
    assert runners(lines) == [1]


def test_an_adopter_that_cannot_read_a_log_does_not_keep_the_job(
    another: Start, make_manager: Make, tmp_path: Path
) -> None:
    owner = another(RUNS).ready()
    owner.ask("len(m.list())")  # its row is written by now
    owner.kill()
    log = tmp_path / "data/jobs/thejob/events.jsonl"
    good = log.read_bytes()
    log.write_bytes(good.replace(b'"status":"running"', b'"status":"runing"'))
    with fake_strategy(Script(steps())) as fake:
        fake.attachable = True
        first = make_manager()
        first.adopt()
        assert JobFolder(str(tmp_path / "data/jobs"), "thejob").owner()[1] is None
        log.write_bytes(good)
        first.adopt()  # unless it has taken the job over already, as it looks around at its start
        assert first.result("thejob", PATIENCE) == {"a": 1}


TWENTY = """
fake = use(fake_strategy(Script([events.JobUpdate(status="running"), Hold()])))
m = manager(caps={"fake": 20})
for number in range(20): m.submit(RunJobRequest(strategy="fake", job_id=f"job{number}"))
for number in range(20): next(e for e in m.events(f"job{number}", follow=True) if e.seq == 3)
"""
FINISHES = """
fake = use(fake_strategy(Script([events.JobUpdate(status="running"), events.LogUpdate(content="x"), completed()])))
fake.attachable = True
say("ready")
sys.stdin.readline()
m = manager()
for number in range(20): m.wait(f"job{number}", 20)
say(sum(f"job{number}" in {one.context.job_id for one in fake.started} for number in range(20)))
"""


def test_two_that_start_at_once_share_what_a_dead_one_left(another: Start, tmp_path: Path) -> None:
    another(TWENTY).ready().kill()
    both = [another(FINISHES).ready() for _ in range(2)]
    for one in both:
        one.tell("go")
    assert sum(int(one.line()) for one in both) == 20  # each runner was reached once
    for number in range(20):
        assert ends_in(log_of(tmp_path, f"job{number}")) == ["completed"]
        assert owners_of(tmp_path, f"job{number}") == ["owner.1", "owner.2"]


def test_an_index_that_is_deleted_comes_back_for_everybody(another: Start, make_manager: Make, tmp_path: Path) -> None:
    owner = another(RUNS).ready()
    with fake_strategy(Script(steps())):
        manager = make_manager()
        mine = manager.submit(request_for())
        manager.wait(mine, PATIENCE)
        for path in (tmp_path / "data").glob("jobs.db*"):
            path.unlink()
        assert {row.id for row in manager.list()} == {"thejob", mine}
        assert set(json.loads(owner.ask("__import__('json').dumps([r.id for r in m.list()])"))) == {"thejob", mine}
        owner.tell("hold.release(); m.wait('thejob', 20); m._desk.indexer.flush()")
        assert manager.result("thejob", PATIENCE) == {"a": 1}
        assert owner.ask("m.get('thejob').status") == "completed"
        assert {row.status for row in manager.list()} == {Status.COMPLETED}


def test_a_reader_keeps_up_with_a_log_that_another_process_shortens(another: Start, make_manager: Make) -> None:
    flood = "[[events.LogUpdate(content='x' * 100) for _ in range(20)] for _ in range(10)]"
    code = RUNS.replace("m = manager()", "m = manager(log_cap=4096)").replace(
        "hold, completed", f"hold, *{flood}, completed"
    )
    owner = another(code).ready()
    found = make_manager().events("thejob", follow=True, timeout=PATIENCE)
    first = next(found)
    owner.tell("hold.release()")
    read = [first, *found]
    seqs = [event.last if isinstance(event, events.Gap) else event.seq or 0 for event in read]
    assert seqs == sorted(seqs)
    assert ends_in(read) == ["completed"]


def test_a_reader_of_a_removed_job_gets_what_was_there(another: Start, make_manager: Make) -> None:
    owner = another(RUNS).ready()
    manager = make_manager()
    found = manager.events("thejob", follow=True, timeout=PATIENCE)
    first = next(found)
    owner.tell("hold.release(); m.wait('thejob', 20); m.remove('thejob'); say('removed')")
    assert owner.line() == "removed"
    assert [event.seq for event in [first, *found]] == [1, 2, 3, 4, 5]
    with pytest.raises(JobNotFound):
        manager.result("thejob")
