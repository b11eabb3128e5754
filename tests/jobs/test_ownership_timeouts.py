"""Timeouts of a job that was taken over: what is left of them goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from nodetool_jupyter import events
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.testing import Hold, Script, SettableClock, completed, fake_strategy, set_clock
from tests.jobs.others import RUNS, Other
from tests.jobs.scenery import PATIENCE

Make = Callable[..., JobExecutionManager]
Start = Callable[..., Other]


@pytest.fixture
def clock() -> Iterator[SettableClock]:
    with set_clock() as settable:
        yield settable


def running(*more: object) -> list[object]:
    return [events.JobUpdate(status="running"), events.LogUpdate(content="one"), *more, completed()]


def left_with(another: Start, timeouts: str) -> None:
    """Leave "thejob" running without an owner."""
    another(RUNS.replace('strategy="fake", ', f'strategy="fake", timeouts={timeouts}, ')).ready().kill()


def test_the_run_timeout_goes_on_from_the_first_start(another: Start, make_manager: Make, clock: SettableClock) -> None:
    left_with(another, "{'run': 100}")
    hold = Hold()
    clock.advance(90)
    with fake_strategy(Script(running(hold))) as fake:
        fake.attachable = True
        manager = make_manager()
        manager.adopt()
        assert hold.reached.wait(PATIENCE)
        clock.advance(60)
        assert manager.wait("thejob", PATIENCE).reason == "timeout_run"


def test_a_run_timeout_that_passed_meanwhile_ends_the_job(
    another: Start, make_manager: Make, clock: SettableClock
) -> None:
    left_with(another, "{'run': 100}")
    clock.advance(150)
    with fake_strategy(Script(running(Hold()))) as fake:
        fake.attachable = True
        assert make_manager().wait("thejob", PATIENCE).reason == "timeout_run"
        assert len(fake.started) == 1  # its runner was reached, and stopped


def test_the_idle_timeout_counts_from_the_adoption(another: Start, make_manager: Make, clock: SettableClock) -> None:
    left_with(another, "{'idle': 50}")
    hold = Hold()
    clock.advance(49)
    with fake_strategy(Script(running(hold))) as fake:
        fake.attachable = True
        manager = make_manager()
        manager.adopt()
        assert hold.reached.wait(PATIENCE)
        clock.advance(51)
        assert manager.wait("thejob", PATIENCE).reason == "timeout_idle"


def test_the_start_timeout_does_not_count_for_a_job_that_runs(
    another: Start, make_manager: Make, clock: SettableClock
) -> None:
    left_with(another, "{'start': 30}")
    hold = Hold()
    with fake_strategy(Script(running(hold))) as fake:
        fake.attachable = True
        manager = make_manager()
        manager.adopt()
        assert hold.reached.wait(PATIENCE)
        clock.advance(31)
        hold.release()
        assert manager.wait("thejob", PATIENCE).status == "completed"


def test_the_queue_timeout_goes_on_from_the_submission(
    another: Start, make_manager: Make, clock: SettableClock
) -> None:
    owner = another(RUNS.replace("m = manager()", "m = manager(caps={'fake': 1})")).ready()
    owner.ask("m.submit(RunJobRequest(strategy='fake', job_id='waits', timeouts={'queue': 100}))")
    owner.kill()
    clock.advance(90)
    hold = Hold()
    with fake_strategy(Script(running(hold))) as fake:
        fake.attachable = True
        manager = make_manager(caps={"fake": 1})
        manager.adopt()
        assert hold.reached.wait(PATIENCE)
        clock.advance(60)
        assert manager.wait("waits", PATIENCE).reason == "timeout_queue"
