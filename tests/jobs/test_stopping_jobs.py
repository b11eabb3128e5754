"""Cancel, timeouts, retries, and the races between them: the end is written once, and is true."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nodetool_jupyter import events, faults
from nodetool_jupyter.errors import JobNotFound
from nodetool_jupyter.jobs.backoff import Backoff, worth_retrying
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.states import Reason, Status
from nodetool_jupyter.testing import Crash, Hold, Script, completed, failed, fake_strategy, fault, set_clock
from tests.jobs.scenery import PATIENCE, request_for

Make = Callable[..., JobExecutionManager]
RUNNING = events.JobUpdate(status="running")


def updates(manager: JobExecutionManager, job_id: str) -> list[events.JobUpdate]:
    return [event for event in manager.events(job_id) if isinstance(event, events.JobUpdate)]


def ends(manager: JobExecutionManager, job_id: str) -> list[str]:
    return [event.status for event in updates(manager, job_id) if event.status in ("completed", "error", "cancelled")]


def test_a_running_job_is_cancelled(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([RUNNING, hold, completed()])):
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        assert manager.cancel(job_id) is True
        record = manager.wait(job_id, PATIENCE)
    assert (record.status, record.reason) == (Status.CANCELLED, "cancelled_by_user")
    assert ends(manager, job_id) == ["cancelled"]


def test_the_request_is_in_the_log_before_the_caller_is_answered(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([RUNNING, hold], stubborn=True)):
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        manager.cancel(job_id)
        assert any(event.cancel_requested for event in updates(manager, job_id))
        hold.release()
        assert manager.wait(job_id, PATIENCE).status is Status.CANCELLED


def test_a_queued_job_is_cancelled_at_once(make_manager: Make) -> None:
    manager = make_manager(caps={"fake": 1})
    hold = Hold()
    with fake_strategy(Script([hold, completed()])) as fake:
        first, second = manager.submit(request_for()), manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        assert manager.cancel(second)
        assert manager.wait(second, PATIENCE).status is Status.CANCELLED
        hold.release()
        assert manager.wait(first, PATIENCE).status is Status.COMPLETED
        assert len(fake.started) == 1


def test_a_starting_job_is_cancelled(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script(starting=hold)) as fake:
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        assert manager.cancel(job_id)
        assert manager.wait(job_id, PATIENCE).status is Status.CANCELLED
        assert fake.started == []


def test_a_job_between_two_attempts_is_cancelled(make_manager: Make) -> None:
    manager = make_manager(backoff=Backoff(base=1000.0))
    with fake_strategy(Script([failed()])) as fake:
        job_id = manager.submit(request_for(retries=3))
        for event in manager.events(job_id, follow=True, timeout=PATIENCE):
            if isinstance(event, events.JobUpdate) and event.message and "attempt 2 follows" in event.message:
                break
        assert manager.cancel(job_id)
        assert manager.wait(job_id, PATIENCE).status is Status.CANCELLED
        assert len(fake.started) == 1


def test_an_ended_job_is_not_cancelled(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed()])):
        job_id = manager.submit(request_for())
        manager.wait(job_id, PATIENCE)
    before = list(manager.events(job_id))
    assert manager.cancel(job_id) is False
    assert list(manager.events(job_id)) == before


def test_an_unknown_job_is_not_cancelled(manager: JobExecutionManager) -> None:
    assert manager.cancel("nothing") is False


def test_cancelling_twice_is_one_request(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([RUNNING, hold], stubborn=True)):
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        assert [manager.cancel(job_id), manager.cancel(job_id)] == [True, True]
        hold.release()
        manager.wait(job_id, PATIENCE)
    assert sum(bool(event.cancel_requested) for event in updates(manager, job_id)) == 1


def test_a_runner_that_completes_after_the_request_is_cancelled_all_the_same(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([RUNNING, hold, completed({"a": 1})], stubborn=True)):
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        assert manager.cancel(job_id)
        hold.release()
        assert manager.wait(job_id, PATIENCE).status is Status.CANCELLED
    assert ends(manager, job_id) == ["cancelled"]


def test_cancelling_one_job_leaves_the_others(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([RUNNING, hold, completed()])):
        ids = [manager.submit(request_for()) for _ in range(3)]
        manager.cancel(ids[1])
        manager.wait(ids[1], PATIENCE)
        hold.release()
        found = [manager.wait(one, PATIENCE).status for one in ids]
    assert found == [Status.COMPLETED, Status.CANCELLED, Status.COMPLETED]


def test_a_blocking_node_winds_down_and_keeps_its_slot(make_manager: Make) -> None:
    manager = make_manager(caps={"fake": 1})
    block, winding = Hold(), Hold()
    blocked = Script([RUNNING, block], stubborn=True, winding=winding)
    with fake_strategy(blocked, Script([completed()])) as fake:
        job_id = manager.submit(request_for())
        block.reached.wait(PATIENCE)
        following = manager.submit(request_for())
        assert manager.cancel(job_id)
        assert manager.wait(job_id, PATIENCE).status is Status.CANCELLED
        assert manager.winding_down(job_id)
        assert manager.state(job_id).winding_down
        assert manager.get(following).status is Status.QUEUED
        winding.release()
        assert manager.wait(following, PATIENCE).status is Status.COMPLETED
        assert not manager.winding_down(job_id)
        assert not manager.state(job_id).winding_down
        assert fake.started[0].closed == 1


def test_the_log_says_that_a_thread_winds_down_before_the_end(manager: JobExecutionManager) -> None:
    block, winding = Hold(), Hold()
    with fake_strategy(Script([RUNNING, block], stubborn=True, winding=winding)):
        job_id = manager.submit(request_for())
        block.reached.wait(PATIENCE)
        manager.cancel(job_id)
        manager.wait(job_id, PATIENCE)
        *_, told, end = manager.events(job_id)
        winding.release()
    assert isinstance(told, events.LogUpdate)
    assert "winds down" in told.content
    assert isinstance(end, events.JobUpdate)
    assert (end.status, end.winding_down) == ("cancelled", True)


LIMITS = {"queue": "timeout_queue", "start": "timeout_start", "run": "timeout_run", "idle": "timeout_idle"}


@pytest.mark.parametrize("stage", LIMITS)
def test_each_timeout_ends_the_job_with_its_reason(make_manager: Make, stage: str) -> None:
    hold = Hold()
    scripts = {"queue": Script([hold]), "start": Script(starting=hold), "run": Script([RUNNING, hold])}
    with set_clock() as clock, fake_strategy(scripts.get(stage, Script([RUNNING, hold]))):
        manager = make_manager(caps={"fake": 1})
        if stage == "queue":
            manager.submit(request_for())
        job_id = manager.submit(request_for(timeouts={stage: 10}))
        hold.reached.wait(PATIENCE)
        settled(manager)
        clock.advance(9.9)
        settled(manager)
        assert not manager.get(job_id).status.terminal
        clock.advance(0.2)
        record = manager.wait(job_id, PATIENCE)
    assert (record.status, record.reason) == (Status.ERROR, LIMITS[stage])
    assert "10 s" in str(record.error)


def settled(manager: JobExecutionManager) -> None:
    """Return when the manager's loop has done all it has to do now."""

    async def nothing() -> None:
        return None

    for _ in range(3):
        manager.on_loop(nothing())


def test_an_event_puts_the_idle_timeout_off(make_manager: Make) -> None:
    holds = [Hold(), Hold()]
    steps = [RUNNING, holds[0], events.LogUpdate(content="still here"), holds[1], completed()]
    with set_clock() as clock, fake_strategy(Script(steps)):
        manager = make_manager()
        job_id = manager.submit(request_for(timeouts={"idle": 10}))
        holds[0].reached.wait(PATIENCE)
        clock.advance(8)
        holds[0].release()
        holds[1].reached.wait(PATIENCE)
        clock.advance(8)
        settled(manager)
        holds[1].release()
        assert manager.wait(job_id, PATIENCE).status is Status.COMPLETED


def test_a_timeout_that_is_not_reached_does_nothing(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([RUNNING, completed()])):
        job_id = manager.submit(request_for(timeouts={"queue": 50, "start": 50, "run": 50, "idle": 50}))
        assert manager.wait(job_id, PATIENCE).status is Status.COMPLETED


def test_a_wall_clock_that_jumps_ends_nothing(make_manager: Make) -> None:
    hold = Hold()
    with set_clock() as clock, fake_strategy(Script([RUNNING, hold, completed()])):
        manager = make_manager()
        job_id = manager.submit(request_for(timeouts={"run": 10}))
        hold.reached.wait(PATIENCE)
        clock.jump(3600)
        settled(manager)
        hold.release()
        assert manager.wait(job_id, PATIENCE).status is Status.COMPLETED


def test_the_run_deadline_spans_attempts(make_manager: Make) -> None:
    hold = Hold()
    with set_clock() as clock, fake_strategy(Script([RUNNING, failed()]), Script([RUNNING, hold])):
        manager = make_manager(backoff=Backoff(base=1.0, draw=lambda: 1.0))
        job_id = manager.submit(request_for(retries=5, timeouts={"run": 10}))
        for event in manager.events(job_id, follow=True, timeout=PATIENCE):
            if isinstance(event, events.JobUpdate) and event.message and "follows" in event.message:
                break
        settled(manager)
        clock.advance(1.5)
        hold.reached.wait(PATIENCE)
        clock.advance(9)
        record = manager.wait(job_id, PATIENCE)
    assert (record.status, record.reason) == (Status.ERROR, "timeout_run")


def test_a_failed_attempt_is_followed_by_another(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([RUNNING, failed("first")]), Script([RUNNING, Crash()]), Script([completed({"a": 1})])):
        job_id = manager.submit(request_for(retries=2))
        assert manager.result(job_id, PATIENCE) == {"a": 1}
    found = list(manager.events(job_id))
    assert [event.seq for event in found] == list(range(1, len(found) + 1))
    assert sorted({event.attempt for event in found if event.attempt}) == [1, 2, 3]
    assert manager.state(job_id).attempt == 3
    assert ends(manager, job_id) == ["completed"]


def test_one_channel_line_is_one_log_line_over_attempts(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([RUNNING, failed()]), Script([RUNNING, completed()])):
        job_id = manager.submit(request_for(retries=1))
        manager.wait(job_id, PATIENCE)
    found = [(event.attempt, event.source) for event in manager.events(job_id) if event.source is not None]
    assert found == [(1, 1), (1, 2), (2, 1), (2, 2)]


def test_attempts_run_out(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([failed("always")])) as fake:
        job_id = manager.submit(request_for(retries=3))
        record = manager.wait(job_id, PATIENCE)
        assert len(fake.started) == 4
    assert (record.status, record.reason, record.error) == (Status.ERROR, "node_failed", "always")


@pytest.mark.parametrize("reason", ["invalid_graph", "rejected", "secret_missing", "result_not_storable"])
def test_some_ends_are_not_tried_again(manager: JobExecutionManager, reason: str) -> None:
    with fake_strategy(Script([failed(reason=reason)])) as fake:
        job_id = manager.submit(request_for(retries=3))
        assert manager.wait(job_id, PATIENCE).reason == reason
        assert len(fake.started) == 1


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.CANCELLED])
def test_only_errors_are_tried_again(status: Status) -> None:
    assert not worth_retrying(status, None)
    assert worth_retrying(Status.ERROR, Reason.NODE_FAILED)


def test_delays_double_up_to_a_cap() -> None:
    backoff = Backoff(base=1.0, cap=10.0, draw=lambda: 1.0)
    assert [backoff.delay(attempt) for attempt in (1, 2, 3, 4, 5, 500)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_delays_are_drawn_from_the_upper_half() -> None:
    drawn = [Backoff(base=8.0, draw=random.Random(1).random).delay(1) for _ in range(200)]
    assert all(4.0 <= delay <= 8.0 for delay in drawn)


def test_the_end_is_written_once_whatever_races(make_manager: Make) -> None:
    """Cancel, timeout and finish meet in a few hundred random orders."""
    manager = make_manager(caps={"fake": 8})
    dice = random.Random(7)
    outcomes: dict[str, bool] = {}
    with fake_strategy() as fake:
        for turn in range(300):
            hold = Hold()
            steps = [RUNNING, hold, dice.choice([completed(), failed(), Crash()])]
            fake.scripts[:] = [Script(steps, stubborn=dice.random() < 0.3)]
            job_id = manager.submit(request_for(retries=dice.choice([0, 0, 1])))
            if dice.random() < 0.5:
                hold.reached.wait(PATIENCE)
            acts = [hold.release, lambda job_id=job_id: outcomes.__setitem__(job_id, manager.cancel(job_id))]
            dice.shuffle(acts)
            threads = [threading.Thread(target=act) for act in acts]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            record = manager.wait(job_id, PATIENCE)
            assert len(ends(manager, job_id)) == 1, turn
            assert ends(manager, job_id) == [record.status]
            assert (record.status is Status.CANCELLED) == outcomes[job_id]
    assert set(outcomes.values()) == {True, False}


def test_a_disk_that_fails_after_a_request_to_cancel_still_cancels(manager: JobExecutionManager) -> None:
    hold = Hold()
    crossed = threading.Event()
    faults.arm("cancel.after_request", crossed.set)
    with fake_strategy(Script([RUNNING, hold])):
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        manager.cancel(job_id)
        assert crossed.is_set()
        assert manager.wait(job_id, PATIENCE).status is Status.CANCELLED


def test_a_log_full_of_lines_that_must_stay_ends_the_job(make_manager: Make) -> None:
    manager = make_manager(log_cap=20_000)
    many = [[events.Notification(content="n" * 500) for _ in range(20)] for _ in range(4)]
    hold = Hold()
    with fake_strategy(Script([RUNNING, *many, hold, completed()])):
        job_id = manager.submit(request_for())
        record = manager.wait(job_id, PATIENCE)
    assert (record.status, record.reason) == (Status.ERROR, "output_limit")


def test_a_flood_of_text_is_cut_and_the_job_completes(make_manager: Make) -> None:
    manager = make_manager(log_cap=20_000)
    flood = [[events.LogUpdate(content="x" * 100) for _ in range(50)] for _ in range(40)]
    with fake_strategy(Script([RUNNING, *flood, completed({"a": 1})])):
        job_id = manager.submit(request_for())
        assert manager.result(job_id, PATIENCE) == {"a": 1}
    assert Path(manager.places.job(job_id), "events.jsonl").stat().st_size < 40_000
    state = manager.state(job_id)
    assert state.lines_cut > 1000
    assert state.seq == 2004


def test_a_removed_job_is_gone(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed()])):
        job_id = manager.submit(request_for())
        manager.wait(job_id, PATIENCE)
    manager.remove(job_id)
    with pytest.raises(JobNotFound):
        manager.get(job_id)


def test_a_job_whose_end_is_just_written_can_be_removed(
    manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, go, plain = threading.Event(), threading.Event(), manager.wait

    def hold() -> None:
        written.set()
        go.wait(PATIENCE)

    def wait(job_id: str, timeout: float | None = None) -> JobRecord:
        go.set()
        return plain(job_id, timeout)

    monkeypatch.setattr(manager, "wait", wait)
    with fake_strategy(Script([completed()])), fault("terminal.before_index", hold):
        job_id = manager.submit(request_for())
        assert written.wait(PATIENCE)
        manager.remove(job_id)
    assert manager.find(job_id) is None
