"""Jobs that wait for a GPU: they are queued, say why, hold no slot, and leave as soon as they are told to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nodetool_jupyter import events
from nodetool_jupyter.execution import gpu_locks, gpus
from nodetool_jupyter.execution.leases import table
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.nodes.define import node
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import FakeExecution, Hold, Script, completed, failed, fake_strategy
from tests.engine.running import graph
from tests.execution.gpu_scenery import ONE, ZERO, Holder
from tests.jobs.scenery import PATIENCE, request_for

Make = Callable[..., JobExecutionManager]
RUNNING = events.JobUpdate(status="running")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two GPUs, and a folder of this test for their locks."""
    monkeypatch.setattr(gpus, "available", lambda: [ZERO, ONE])
    monkeypatch.setenv("NODETOOL_GPU_LOCKS", str(tmp_path / "gpus"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    return Path(gpu_locks.folder())


@pytest.fixture
def holder(folder: Path) -> Iterator[Holder]:
    """Another process that holds the first GPU."""
    made = Holder(folder, ZERO)
    yield made
    made.kill()


@contextmanager
def gpu_strategy(*scripts: Script) -> Iterator[type[FakeExecution]]:
    with fake_strategy(*scripts) as fake:
        fake.local_gpus = lambda request: gpus.choose(request.gpus)  # type: ignore[method-assign,assignment]
        yield fake


def why(manager: JobExecutionManager, job_id: str) -> str:
    """Wait until a job's log says for which GPU it is queued, and return that."""
    for event in manager.events(job_id, follow=True, timeout=PATIENCE):
        if isinstance(event, events.JobUpdate) and event.message and event.message.startswith("waits for GPU"):
            assert event.status == "queued"
            return event.message
    raise AssertionError("it never said why")


def threaded(kind: object, **more: object) -> RunJobRequest:
    return RunJobRequest.model_validate({"graph": graph({"n": kind}), "gpus": "0", **more})


def test_two_threaded_jobs_have_one_gpu_one_after_the_other(manager: JobExecutionManager) -> None:
    entered, release, seen = threading.Event(), threading.Event(), []

    @node(namespace="gpu", name="alone")
    def alone() -> int:
        seen.append("in")
        entered.set()
        release.wait(PATIENCE)
        seen.append("out")
        return 1

    first, second = manager.submit(threaded(alone)), manager.submit(threaded(alone))
    entered.wait(PATIENCE)
    why(manager, second)
    release.set()
    assert manager.result(first, PATIENCE) == manager.result(second, PATIENCE) == {"n": 1}
    assert seen == ["in", "out"] * 2


def test_threaded_jobs_that_share_run_together(manager: JobExecutionManager) -> None:
    both = threading.Barrier(2, timeout=PATIENCE)

    @node(namespace="gpu", name="meets")
    def meets() -> int:
        both.wait()
        return 1

    ids = [manager.submit(threaded(meets, options={"share_gpu": True})) for _ in range(2)]
    assert [manager.result(one, PATIENCE) for one in ids] == [{"n": 1}] * 2


def test_a_threaded_node_is_told_the_gpu_of_the_lease(manager: JobExecutionManager) -> None:
    @node(namespace="gpu", name="where")
    def where(ctx: object) -> str:
        return f"{ctx.device} {ctx.gpus}"  # type: ignore[attr-defined]

    job_id = manager.submit(threaded(where, gpus="1,0"))
    assert manager.result(job_id, PATIENCE) == {"n": "cuda:1 ('1', '0')"}


def test_a_waiting_job_is_queued_and_its_log_names_who_has_the_gpu(manager: JobExecutionManager) -> None:
    hold = Hold()
    with gpu_strategy(Script([RUNNING, hold, completed()])):
        first, second = manager.submit(request_for(gpus="0")), manager.submit(request_for(gpus="0"))
        assert why(manager, second) == f"waits for GPU 0 (Fake 9000), which job {first} of this process holds"
        assert manager.get(second).status is Status.QUEUED
        hold.release()
        assert manager.wait(second, PATIENCE).status is Status.COMPLETED


def test_an_attempt_is_given_its_lease_and_it_ends_with_the_job(manager: JobExecutionManager) -> None:
    with gpu_strategy(Script([completed()])) as fake:
        manager.wait(manager.submit(request_for(gpus="1")), PATIENCE)
        (execution,) = fake.started
    assert execution.context.lease is not None
    assert execution.context.lease.gpus == (ONE,)
    manager.shutdown()
    assert table._lines == {}


def test_a_job_that_asked_for_none_has_no_lease(manager: JobExecutionManager) -> None:
    with gpu_strategy(Script([completed()])) as fake:
        manager.wait(manager.submit(request_for(gpus="none")), PATIENCE)
        assert fake.started[0].context.lease is None


def test_a_strategy_that_runs_elsewhere_does_not_wait_for_gpus_here(
    manager: JobExecutionManager, holder: Holder
) -> None:
    with fake_strategy(Script([completed()])):
        assert manager.wait(manager.submit(request_for(gpus="0")), PATIENCE).status is Status.COMPLETED


def test_a_killed_process_lets_the_waiting_job_go_on(manager: JobExecutionManager, holder: Holder) -> None:
    with gpu_strategy(Script([completed()])):
        job_id = manager.submit(request_for(gpus="0"))
        assert why(manager, job_id) == "waits for GPU 0 (Fake 9000), which another process holds"
        holder.kill()
        assert manager.wait(job_id, PATIENCE).status is Status.COMPLETED


def test_who_waits_for_a_gpu_holds_no_slot(make_manager: Make, holder: Holder) -> None:
    manager = make_manager(caps={"fake": 1})
    with gpu_strategy(Script([completed()])):
        waits = manager.submit(request_for(gpus="0"))
        why(manager, waits)
        other = manager.submit(request_for())
        assert manager.wait(other, PATIENCE).status is Status.COMPLETED
        assert manager.get(waits).status is Status.QUEUED


def test_who_waits_for_a_gpu_does_not_count_in_the_queue_for_slots(make_manager: Make, holder: Holder) -> None:
    manager, hold = make_manager(caps={"fake": 1}), Hold()
    with gpu_strategy(Script([hold, completed()])):
        first = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        why(manager, manager.submit(request_for(gpus="0")))
        behind = manager.submit(request_for())
        (told, *_) = manager.events(behind)
        assert isinstance(told, events.JobUpdate)
        assert told.queue_position == 1
        hold.release()
        manager.wait(first, PATIENCE)
        manager.wait(behind, PATIENCE)


def test_a_job_is_cancelled_while_it_waits_and_the_next_has_its_turn(manager: JobExecutionManager) -> None:
    hold = Hold()
    with gpu_strategy(Script([RUNNING, hold, completed()])) as fake:
        first, second, third = (manager.submit(request_for(gpus="0")) for _ in range(3))
        why(manager, third)
        manager.cancel(second)
        record = manager.wait(second, PATIENCE)
        hold.release()
        assert manager.wait(first, PATIENCE).status is manager.wait(third, PATIENCE).status is Status.COMPLETED
        started = [execution.context.job_id for execution in fake.started]
    assert (record.status, record.reason) == (Status.CANCELLED, "cancelled_by_user")
    assert started == [first, third]


def test_the_queue_timeout_holds_while_a_job_waits_for_a_gpu(manager: JobExecutionManager, holder: Holder) -> None:
    with gpu_strategy(Script([completed()])):
        record = manager.wait(manager.submit(request_for(gpus="0", timeouts={"queue": 0.05})), PATIENCE)
    assert (record.status, record.reason) == (Status.ERROR, "timeout_queue")
    assert [line for line in table._lines.values() if line.queue or line.holders] == []


def test_a_further_attempt_asks_again_behind_who_waits(manager: JobExecutionManager) -> None:
    hold = Hold()
    with gpu_strategy(Script([RUNNING, hold, failed()]), Script([completed()])) as fake:
        first = manager.submit(request_for(gpus="0", retries=1))
        second = manager.submit(request_for(gpus="0"))
        why(manager, second)
        hold.release()
        assert manager.wait(first, PATIENCE).status is manager.wait(second, PATIENCE).status is Status.COMPLETED
        started = [(execution.context.job_id, execution.context.attempt) for execution in fake.started]
    assert started[:2] == [(first, 1), (second, 1)]


def test_what_winds_down_keeps_its_gpu_until_it_has_ended(manager: JobExecutionManager) -> None:
    hold, winding = Hold(), Hold()
    with gpu_strategy(Script([RUNNING, hold], winding=winding), Script([completed()])):
        first = manager.submit(request_for(gpus="0"))
        hold.reached.wait(PATIENCE)
        second = manager.submit(request_for(gpus="0"))
        why(manager, second)
        manager.cancel(first)
        assert manager.wait(first, PATIENCE).status is Status.CANCELLED
        winding.reached.wait(PATIENCE)
        assert [ask.job_id for ask in table._lines[ZERO.uuid].holders] == [first]
        winding.release()
        assert manager.wait(second, PATIENCE).status is Status.COMPLETED


def test_a_gpu_that_is_gone_ends_the_job_and_names_those_there_are(manager: JobExecutionManager) -> None:
    with gpu_strategy(Script([completed()])):
        record = manager.wait(manager.submit(request_for(gpus="7")), PATIENCE)
    assert (record.reason, record.error) == ("gpu_unavailable", "there is no GPU '7'; valid: 0, 1, all")


def test_a_lock_that_cannot_be_taken_ends_the_job(manager: JobExecutionManager, folder: Path) -> None:
    (folder / f"{ZERO.uuid}.lock").mkdir()
    with gpu_strategy(Script([completed()])):
        record = manager.wait(manager.submit(request_for(gpus="0")), PATIENCE)
    assert (record.status, record.reason) == (Status.ERROR, "gpu_unavailable")
    assert "cannot be taken: Is a directory; set NODETOOL_GPU_LOCKS" in str(record.error)


def test_a_folder_that_will_not_do_ends_the_job(
    manager: JobExecutionManager, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NODETOOL_GPU_LOCKS", str(tmp_path / "no" / "where"))
    with gpu_strategy(Script([completed()])):
        assert manager.wait(manager.submit(request_for(gpus="0")), PATIENCE).reason == "gpu_unavailable"


def test_a_manager_that_shuts_down_takes_its_waiting_jobs_out_of_the_queue(make_manager: Make, holder: Holder) -> None:
    manager = make_manager()
    with gpu_strategy(Script([completed()])):
        why(manager, manager.submit(request_for(gpus="0", on_owner_exit="cancel")))
        manager.shutdown()
    assert [line for line in table._lines.values() if line.queue or line.holders] == []


def test_who_goes_on_with_an_attempt_asks_for_no_lease(make_manager: Make, folder: Path) -> None:
    first, hold = make_manager(), Hold()
    with gpu_strategy(Script([RUNNING, hold]), Script([RUNNING, completed({"a": 3})])) as fake:
        fake.attachable = True
        job_id = first.submit(request_for(gpus="0", on_owner_exit="keep"))
        hold.reached.wait(PATIENCE)
        first.shutdown()
        assert JobFolder(str(first.places.data / "jobs"), job_id).owner() == (2, None)
        guard = Holder(folder, ZERO)  # which keeps the lease while nobody owns the job
        try:
            assert make_manager().result(job_id, PATIENCE) == {"a": 3}
        finally:
            guard.kill()
        assert fake.started[-1].context.lease is None
