"""Owners in another pid namespace, or on another host: nobody can tell whether they live but by their lease."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nodetool_jupyter.errors import NotOwner
from nodetool_jupyter.jobs import follow
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import SettableClock, fake_strategy, set_clock
from nodetool_jupyter.widgets.table import jobs_text
from tests.jobs.others import RUNS, Other, ends_in, log_of, owners_of
from tests.jobs.scenery import PATIENCE, request_for

Make = Callable[..., JobExecutionManager]
Start = Callable[..., Other]
Owner = Callable[[], Other]
PAST_LIFETIME = 61.0
# The shell is the namespace's first process, which could not be stopped from inside.
NAMESPACE = ("unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", '"$@"; exit $?', "sh")


@pytest.fixture(params=["namespace", "host"])
def foreign(request: pytest.FixtureRequest, another: Start) -> Owner:
    """Start an owner of "thejob" in another pid namespace, or on what takes itself for another host."""
    if request.param == "host":
        return lambda: another(RUNS, host="far-away", runtime="run-there").ready()
    if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("pid namespaces cannot be made here")
    return lambda: another(RUNS, prefix=NAMESPACE, runtime="run-there").ready()


@pytest.fixture
def clock() -> Iterator[SettableClock]:
    with set_clock() as settable:
        yield settable


def folder_of(home: Path) -> JobFolder:
    return JobFolder(str(home / "data/jobs"), "thejob")


def raise_lease(owner: Other) -> None:
    assert owner.ask("m._caretaker._lease.prolong()") == "None"


def test_each_namespace_has_a_runtime_folder_of_its_own(another: Start, make_manager: Make, tmp_path: Path) -> None:
    if subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("pid namespaces cannot be made here")
    here = make_manager()
    there = another("m = manager()\n", prefix=NAMESPACE, runtime="run-there").ready()
    assert there.ask("m.places.runtime") == str(tmp_path / "run-there")
    assert here.places.runtime == tmp_path / "run"
    assert len(list((tmp_path / "data/runtime").iterdir())) == 2


def test_both_see_each_others_jobs(foreign: Owner, make_manager: Make) -> None:
    owner = foreign()
    with fake_strategy():
        manager = make_manager()
        mine = manager.submit(request_for(job_id="mine"))
        manager.wait(mine, PATIENCE)
        manager._desk.indexer.flush()
        assert {row.id for row in manager.list()} == {"thejob", "mine"}
        assert owner.ask("sorted(row.id for row in m.list())") == "['mine', 'thejob']"


def test_a_foreign_job_is_shown_as_owned_on_its_host(foreign: Owner, make_manager: Make) -> None:
    owner = foreign()
    host = owner.ask("m._desk.identity.host")
    manager = make_manager()
    assert manager.get("thejob").ownership == f"owned on {host}"
    assert f"owned on {host}" in jobs_text(manager.list())


def test_a_foreign_job_cannot_be_cancelled_from_here(foreign: Owner, make_manager: Make) -> None:
    foreign()
    with fake_strategy(), pytest.raises(NotOwner, match="cannot be reached from here"):
        make_manager().cancel("thejob")


def test_a_job_is_not_taken_while_its_lease_is_raised(
    foreign: Owner, make_manager: Make, clock: SettableClock, tmp_path: Path
) -> None:
    owner = foreign()
    with fake_strategy():
        manager = make_manager()
        for _ in range(3):
            assert manager.adopt() == []
            clock.advance(PAST_LIFETIME - 2)
            raise_lease(owner)
        assert manager.adopt() == []
    assert owners_of(tmp_path) == ["owner.1"]


def test_a_job_whose_lease_has_run_out_is_lost(
    foreign: Owner, make_manager: Make, clock: SettableClock, tmp_path: Path
) -> None:
    foreign().kill()
    with fake_strategy():
        manager = make_manager()
        manager.adopt()
        clock.advance(PAST_LIFETIME)
        manager.adopt()
        assert manager.wait("thejob", PATIENCE).reason == "lost"
    assert ends_in(log_of(tmp_path)) == ["error"]


def test_no_other_attempt_follows_one_whose_end_cannot_be_proved(
    foreign: Owner, make_manager: Make, clock: SettableClock, tmp_path: Path
) -> None:
    owner = foreign()
    owner.ask("m.submit(RunJobRequest(strategy='fake', job_id='again', retries=5))")
    assert owner.ask("next(e.seq for e in m.events('again', follow=True) if e.seq == 4)") == "4"
    owner.kill()
    with fake_strategy() as fake:
        manager = make_manager()
        manager.adopt()
        clock.advance(PAST_LIFETIME)
        manager.adopt()
        assert manager.wait("again", PATIENCE).reason == "lost"
        assert fake.started == []


@pytest.mark.parametrize("stopped_at", ["log.mid_line", "log.before_shorten"])
def test_a_late_owner_writes_to_nobody(
    stopped_at: str, foreign: Owner, make_manager: Make, clock: SettableClock, tmp_path: Path
) -> None:
    """It is stopped behind its last look at who owns the job, and wakes when another has taken it."""
    owner = foreign()
    if stopped_at == "log.before_shorten":
        owner.ask("setattr(m._desk.live['thejob'].log, 'cap', 1200)")
        owner.ask("[m._desk.note(m._desk.live['thejob'], events.LogUpdate(content='x' * 100)) for _ in range(9)][0]")
    owner.ask(f"faults.arm({stopped_at!r}, stop)")
    owner.tell("hold.release()")
    assert owner.line() == "stops"
    with fake_strategy():
        manager = make_manager()
        manager.adopt()
        clock.advance(PAST_LIFETIME)
        manager.adopt()
        assert manager.wait("thejob", PATIENCE).reason == "lost"
        before = log_of(tmp_path)
        owner.worker.resume()
        assert owner.ask("m.wait('thejob', 20).status") == "error"  # it has found out who owns the job
        assert owner.ask("'thejob' in m._desk.live") == "False"
    assert log_of(tmp_path) == before
    assert ends_in(before) == ["error"]


def test_a_late_owner_that_has_nothing_to_write_finds_out_too(
    foreign: Owner, make_manager: Make, clock: SettableClock
) -> None:
    owner = foreign()
    worker = owner.worker
    worker.suspend()
    with fake_strategy():
        manager = make_manager()
        manager.adopt()
        clock.advance(PAST_LIFETIME)
        manager.adopt()
        assert manager.wait("thejob", PATIENCE).reason == "lost"
    worker.resume()
    assert owner.ask("m.on_loop(m._caretaker._keep_house())") == "None"
    assert owner.ask("m.get('thejob').reason") == "lost"


def test_a_follower_looks_where_no_bell_reaches(
    foreign: Owner, make_manager: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(follow, "LOOK", 0.02)
    owner = foreign()
    manager = make_manager()
    found = manager.events("thejob", follow=True, timeout=PATIENCE)
    first = next(found)
    owner.tell("hold.release()")
    assert [event.seq for event in [first, *found]] == [1, 2, 3, 4, 5]
    assert sum("looked at once a second" in record.message for record in caplog.records) == 1


def test_an_asynchronous_follower_looks_too(
    foreign: Owner, make_manager: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "LOOK", 0.02)
    owner = foreign()
    manager = make_manager()
    seen: list[int | None] = []
    reached = threading.Event()

    async def read() -> None:
        async for event in manager.aevents("thejob"):
            seen.append(event.seq)
            if event.seq == 4:
                reached.set()

    reading = threading.Thread(target=lambda: asyncio.run(read()))
    reading.start()
    assert reached.wait(PATIENCE)
    owner.tell("hold.release()")
    reading.join(PATIENCE)
    assert seen == [1, 2, 3, 4, 5]


def test_a_follower_goes_on_from_a_foreign_owner_to_one_here(
    foreign: Owner, make_manager: Make, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "LOOK", 0.02)
    foreign().kill()
    with fake_strategy():
        manager = make_manager()
        found = manager.events("thejob", follow=True)
        first = next(found)
        manager.adopt()
        clock.advance(PAST_LIFETIME)
        manager.adopt()
        read = [first, *found]
    assert [event.seq for event in read] == [1, 2, 3, 4, 5]
    assert getattr(read[-1], "status", "") == Status.ERROR
