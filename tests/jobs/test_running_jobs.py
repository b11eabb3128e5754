"""A job from submit to its end: what its log says, what its readers get."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nodetool_jupyter import events
from nodetool_jupyter.errors import (
    EngineUnavailable,
    GpuUnavailable,
    ImageMissing,
    InvalidGraph,
    InvalidRequest,
    Issue,
    JobCancelled,
    JobError,
    JobNotFound,
    NodetoolError,
    StorageError,
)
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Crash, Hold, Script, completed, failed, fake_strategy, fault, three_nodes
from tests.jobs.scenery import PATIENCE, at_once, request_for

Make = Callable[..., JobExecutionManager]


def statuses(manager: JobExecutionManager, job_id: str) -> list[str]:
    return [event.status for event in manager.events(job_id) if isinstance(event, events.JobUpdate)]


def test_a_job_runs_to_its_end(manager: JobExecutionManager) -> None:
    with fake_strategy(Script(three_nodes("HELLO"))):
        job_id = manager.submit(request_for(name="mine"))
        record = manager.wait(job_id, PATIENCE)
    assert (record.id, record.status, record.name) == (job_id, Status.COMPLETED, "mine")
    assert manager.result(job_id) == {"result": "HELLO"}
    assert statuses(manager, job_id) == ["queued", "starting", "running", "completed"]


def test_an_id_once_returned_is_on_disk(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([hold, completed()])):
        job_id = manager.submit(request_for())
        folder = manager.places.job(job_id)
        assert json.loads((folder / "request.json").read_bytes())["job_id"] == job_id
        assert (folder / "owner.1").exists()
        assert b'"status":"queued"' in (folder / "events.jsonl").read_bytes()
        hold.release()
        manager.wait(job_id, PATIENCE)


def test_numbers_of_the_log_and_of_the_channel_are_both_kept(manager: JobExecutionManager) -> None:
    with fake_strategy(Script(three_nodes())):
        job_id = manager.submit(request_for())
        manager.wait(job_id, PATIENCE)
    found = list(manager.events(job_id))
    assert [event.seq for event in found] == list(range(1, len(found) + 1))
    sources = [event.source for event in found if event.source is not None]
    assert sources == list(range(1, 14))


def test_the_end_is_the_runners_claim(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed({"a": 1}, duration=2.5)])):
        job_id = manager.submit(request_for())
        record = manager.wait(job_id, PATIENCE)
    (end,) = [event for event in manager.events(job_id) if getattr(event, "status", "") == "completed"]
    assert (end.source, end.time) == (1, end.time)
    assert record.ended == pytest.approx(end.time, abs=1e-5)


def test_a_job_that_says_nothing_of_running_is_running_at_its_first_line(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([events.LogUpdate(content="hello"), completed()])):
        job_id = manager.submit(request_for())
        manager.wait(job_id, PATIENCE)
    assert statuses(manager, job_id) == ["queued", "starting", "running", "completed"]


def test_lines_behind_the_claim_are_dropped(manager: JobExecutionManager) -> None:
    late = events.LogUpdate(content="late")
    with fake_strategy(Script([[completed(), late], late])):
        job_id = manager.submit(request_for())
        manager.wait(job_id, PATIENCE)
    assert [event.type for event in manager.events(job_id)][-1] == "job_update"
    assert b"late" not in (manager.places.job(job_id) / "events.jsonl").read_bytes()


def test_lines_before_a_slow_end_are_there_at_once(manager: JobExecutionManager) -> None:
    hold = Hold()
    line = events.LogUpdate(content="soon")
    with fake_strategy(Script([[events.JobUpdate(status="running"), line, completed()], hold])):
        job_id = manager.submit(request_for())
        for event in manager.events(job_id, follow=True, timeout=PATIENCE):
            if event.type == "log_update":
                break
        assert manager.get(job_id).status is Status.RUNNING
        hold.release()
        assert manager.wait(job_id, PATIENCE).status is Status.COMPLETED


def test_a_channel_without_a_claim_is_lost(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([events.JobUpdate(status="running"), Crash()])):
        job_id = manager.submit(request_for())
        record = manager.wait(job_id, PATIENCE)
    assert (record.status, record.reason) == (Status.ERROR, "lost")


def test_a_channel_that_raises_ends_the_job(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([RuntimeError("no more")])):
        job_id = manager.submit(request_for())
        record = manager.wait(job_id, PATIENCE)
    assert (record.status, record.reason) == (Status.ERROR, "internal")
    assert "no more" in str(record.error)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (InvalidGraph([Issue("no such type")]), "invalid_graph"),
        (InvalidRequest("no such option"), "rejected"),
        (EngineUnavailable("no engine"), "engine_unavailable"),
        (ImageMissing("no image"), "image_missing"),
        (GpuUnavailable("no GPUs"), "gpu_unavailable"),
        (OSError("engine away"), "internal"),
    ],
)
def test_a_start_that_fails_names_its_reason(manager: JobExecutionManager, error: Exception, reason: str) -> None:
    with fake_strategy(Script(starting=error)):
        job_id = manager.submit(request_for())
        assert manager.wait(job_id, PATIENCE).reason == reason


def test_a_failed_job_raises_with_its_node(manager: JobExecutionManager) -> None:
    cause = ZeroDivisionError("by zero")
    node = events.NodeUpdate(node_id="n1", node_name="divide", node_type="t", status="error", error="by zero")
    with fake_strategy(Script([node, failed("by zero", node_id="n1")], exception=cause)):
        job_id = manager.submit(request_for())
        with pytest.raises(JobError, match="by zero") as caught:
            manager.result(job_id, PATIENCE)
    error = caught.value
    assert (error.job_id, error.reason, error.node_id, error.node_name) == (job_id, "node_failed", "n1", "divide")
    assert error.__cause__ is cause


def test_only_the_last_failures_keep_their_exception(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([failed()], exception=ValueError("x"))):
        ids = [manager.submit(request_for()) for _ in range(12)]
        for job_id in ids:
            manager.wait(job_id, PATIENCE)
    kept = 0
    for job_id in ids:
        with pytest.raises(JobError) as caught:
            manager.result(job_id)
        kept += caught.value.__cause__ is not None
    assert kept == 8


def test_inputs_travel_as_values(manager: JobExecutionManager) -> None:
    array = np.arange(20_000)
    with fake_strategy(Script([completed()])) as fake:
        job_id = manager.submit(request_for(params={"n": 3}), inputs={"data": array})
        manager.wait(job_id, PATIENCE)
        (execution,) = fake.started
    params = execution.request.params
    assert params["n"] == 3
    np.testing.assert_array_equal(manager.values(job_id).decode(params["data"]), array)


def test_the_callers_request_stays_as_it_was(manager: JobExecutionManager) -> None:
    request = request_for()
    with fake_strategy(Script([completed()])):
        ids = {manager.submit(request, inputs={"a": 1}) for _ in range(3)}
        for job_id in ids:
            manager.wait(job_id, PATIENCE)
    assert len(ids) == 3
    assert (request.job_id, request.params) == (None, {})


def test_a_given_id_is_kept_and_taken_once(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed()])):
        assert manager.submit(request_for(job_id="mine")) == "mine"
        manager.wait("mine", PATIENCE)
        with pytest.raises(InvalidRequest, match="already a job 'mine'"):
            manager.submit(request_for(job_id="mine"))


def test_what_the_strategy_refuses_leaves_nothing(manager: JobExecutionManager) -> None:
    with fake_strategy() as fake:
        fake.refuse = InvalidGraph([Issue("bad")])
        with pytest.raises(InvalidGraph):
            manager.submit(request_for())
    assert list((manager.places.data / "jobs").iterdir()) == []


@pytest.mark.parametrize("point", ["submit.before_request", "submit.before_log", "submit.before_index"])
def test_a_disk_that_fails_while_submitting_leaves_nothing(manager: JobExecutionManager, point: str) -> None:
    with fake_strategy(), fault(point, OSError(28, "No space left on device")), pytest.raises(StorageError):
        manager.submit(request_for())
    assert list((manager.places.data / "jobs").iterdir()) == []


def test_an_unknown_strategy_is_refused(manager: JobExecutionManager) -> None:
    with pytest.raises(InvalidRequest, match="did you mean 'threaded'"):
        manager.submit(request_for(strategy="thraded"))


def test_a_secret_in_env_is_refused(manager: JobExecutionManager) -> None:
    with fake_strategy(), pytest.raises(InvalidRequest, match="secrets"):
        manager.submit(request_for(env={"API_TOKEN": "abcdefghij"}))


def test_a_unique_beginning_finds_a_job(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed()])):
        for job_id in ("abcd", "abxy"):
            manager.wait(manager.submit(request_for(job_id=job_id)), PATIENCE)
    assert manager.get("abc").id == "abcd"
    with pytest.raises(JobNotFound, match="begin with 'ab'"):
        manager.get("ab")
    with pytest.raises(JobNotFound, match="did you mean 'abcd'"):
        manager.get("abdc")


@pytest.mark.parametrize("word", ["", "..", "../x", "/", "nothing"])
def test_what_is_no_job_is_not_found(manager: JobExecutionManager, word: str) -> None:
    with pytest.raises(JobNotFound):
        manager.get(word)


def test_jobs_are_listed_newest_first(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed()]), Script([failed()]), Script([completed()])):
        ids = [manager.submit(request_for()) for _ in range(1)]
        manager.wait(ids[0], PATIENCE)
        for _ in range(2):
            ids.append(manager.submit(request_for()))
            manager.wait(ids[-1], PATIENCE)
    assert [record.id for record in manager.list()] == ids[::-1]
    assert [record.id for record in manager.list(limit=1)] == ids[-1:]
    assert [record.id for record in manager.list(status=[Status.ERROR])] == [ids[1]]


def test_events_follow_to_the_end(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([events.LogUpdate(content="a"), hold, events.LogUpdate(content="b"), completed()])):
        job_id = manager.submit(request_for())
        stream = manager.events(job_id, follow=True, timeout=PATIENCE)
        seen = [next(stream) for _ in range(4)]
        hold.release()
        seen += stream
    assert [event.seq for event in seen] == list(range(1, 7))


def test_events_may_begin_after_any_number(manager: JobExecutionManager) -> None:
    with fake_strategy(Script(three_nodes())):
        job_id = manager.submit(request_for())
        manager.wait(job_id, PATIENCE)
    whole = list(manager.events(job_id))
    for after in range(len(whole) + 1):
        assert list(manager.events(job_id, after=after, follow=True, timeout=PATIENCE)) == whole[after:]


def test_following_takes_no_longer_than_it_may(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([hold, completed()])):
        job_id = manager.submit(request_for())
        with pytest.raises(TimeoutError, match=job_id):
            list(manager.events(job_id, follow=True, timeout=0.01))
        with pytest.raises(TimeoutError, match=job_id):
            manager.wait(job_id, 0.01)
        hold.release()
        assert manager.wait(job_id, PATIENCE).status is Status.COMPLETED


def test_many_readers_get_the_same(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([hold, *three_nodes()])):
        job_id = manager.submit(request_for())
        opener = threading.Thread(target=lambda: hold.reached.wait(PATIENCE) and hold.release())
        opener.start()
        found = at_once(8, lambda _: [e.seq for e in manager.events(job_id, follow=True, timeout=PATIENCE)])
        opener.join()
    assert found == [list(range(1, 16))] * 8


def test_a_raising_reader_harms_nobody(manager: JobExecutionManager) -> None:
    def explode() -> None:
        raise RuntimeError("reader")

    script = Script([events.LogUpdate(content="x"), completed()])
    with fake_strategy(script), manager._desk.bus.listen("badjob", explode):
        job_id = manager.submit(request_for(job_id="badjob"))
        assert manager.wait(job_id, PATIENCE).status is Status.COMPLETED


def test_events_and_waiting_work_on_any_loop(manager: JobExecutionManager) -> None:
    hold = Hold()

    async def read(job_id: str) -> list[int | None]:
        waited = asyncio.ensure_future(manager.async_wait(job_id))
        found = []
        async for event in manager.aevents(job_id):
            found.append(event.seq)
            hold.release()
        assert (await waited).status is Status.COMPLETED
        assert (await manager.async_wait(job_id)).status is Status.COMPLETED
        return found

    with fake_strategy(Script([hold, *three_nodes()])):
        job_id = manager.submit(request_for())
        assert asyncio.run(read(job_id)) == list(range(1, 16))


def test_the_state_is_folded_from_the_log(manager: JobExecutionManager) -> None:
    with fake_strategy(Script(three_nodes("HI"))):
        job_id = manager.submit(request_for())
        manager.wait(job_id, PATIENCE)
    state = manager.state(job_id)
    assert (state.status, state.done, state.outputs, state.seq) == (Status.COMPLETED, 3, {"result": "HI"}, 15)


def test_a_stream_has_every_item(manager: JobExecutionManager) -> None:
    def item(value: int, name: str = "out") -> events.OutputUpdate:
        return events.OutputUpdate(node_id="o", node_name=name, output_name=name, value=value)

    with fake_strategy(Script([item(1), item(1), item(9, "other"), item(2), completed({"out": 2})])):
        job_id = manager.submit(request_for())
        manager.wait(job_id, PATIENCE)
    assert manager.stream(job_id, "out") == [1, 1, 2]


def test_an_input_is_pushed_into_a_running_job(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([events.JobUpdate(status="running"), hold, completed()])) as fake:
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        manager.push_input(job_id, "items", 5)
        with pytest.raises(InvalidRequest, match="valid: items"):
            manager.push_input(job_id, "itms", 5)
        hold.release()
        manager.wait(job_id, PATIENCE)
        assert fake.started[0].pushed == [("items", 5)]
    with pytest.raises(InvalidRequest, match="takes no input"):
        manager.push_input(job_id, "items", 6)


def test_a_retry_is_a_new_job_with_the_same_inputs(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([failed()]), Script([completed({"a": 1})])) as fake:
        first = manager.submit(request_for(idempotency_key="k"), inputs={"data": np.arange(50_000)})
        manager.wait(first, PATIENCE)
        second = manager.retry(first)
        assert manager.result(second, PATIENCE) == {"a": 1}
        data = fake.started[1].request.params["data"]
        assert manager.values(second).path(data).parent == manager.places.job(second) / "values"
    assert manager.get(second).retry_of == first


def test_results_are_decoded(manager: JobExecutionManager, tmp_path: Path) -> None:
    with fake_strategy(Script([Hold()])) as fake:
        job_id = manager.submit(request_for())
        fake.scripts[0].steps[0].reached.wait(PATIENCE)  # type: ignore[attr-defined]
        array = np.ones((3, 4))
        fake.scripts[0].steps.append(completed({"out": manager.values(job_id).encode(array)}))  # type: ignore[attr-defined]
        fake.scripts[0].steps[0].release()  # type: ignore[attr-defined]
        np.testing.assert_array_equal(manager.result(job_id, PATIENCE)["out"], array)


def test_a_cancelled_job_raises_so(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([hold])):
        job_id = manager.submit(request_for())
        assert manager.cancel(job_id)
        with pytest.raises(JobCancelled, match=job_id):
            manager.result(job_id, PATIENCE)


def test_everything_is_closed_at_the_end(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed()])) as fake:
        manager.wait(manager.submit(request_for()), PATIENCE)
        assert fake.started[0].closed == 1


def test_finished_jobs_hold_nothing(manager: JobExecutionManager) -> None:
    descriptors = Path("/proc/self/fd")
    with fake_strategy(Script(three_nodes())) as fake:
        for _ in range(20):
            manager.wait(manager.submit(request_for()), PATIENCE)
        manager.adopt()  # returns when the manager has settled
        manager._desk.syncer.flush()
        before = (threading.active_count(), len(list(descriptors.iterdir())))
        ids = [manager.submit(request_for()) for _ in range(300)]
        for job_id in ids:
            assert manager.wait(job_id, PATIENCE).status is Status.COMPLETED
        fake.started.clear()
    manager._desk.syncer.flush()
    # What earlier tests left in this process may go meanwhile; nothing may come.
    assert threading.active_count() <= before[0]
    assert len(list(descriptors.iterdir())) <= before[1]
    assert manager._desk.live == {}


def test_a_shut_down_manager_refuses(manager: JobExecutionManager) -> None:
    manager.shutdown()
    manager.shutdown()
    with fake_strategy(), pytest.raises(NodetoolError, match="shut down"):
        manager.submit(request_for())


def test_shutting_down_cancels_what_cannot_go_on(make_manager: Make) -> None:
    first = make_manager(caps={"fake": 1})
    hold = Hold()
    with fake_strategy(Script([hold])) as fake:
        fake.attach = fake.__mro__[2].attach  # type: ignore[method-assign]  # as threaded: nothing to come back to
        ids = [first.submit(request_for()) for _ in range(3)]
        first.shutdown()
        second = make_manager()
        assert [second.get(one).status for one in ids] == [Status.CANCELLED] * 3


def test_a_disk_that_refuses_the_end_lets_nobody_hang(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([hold, completed()])):
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        with fault("log.mid_line", OSError(28, "No space left on device"), times=9):
            hold.release()
            record = manager.wait(job_id, PATIENCE)
    assert record.id == job_id
    assert manager._desk.live == {}


def test_always_waiting_for_the_disk_works_too(make_manager: Make) -> None:
    manager = make_manager(sync="always")
    with fake_strategy(Script([completed()])):
        assert manager.wait(manager.submit(request_for()), PATIENCE).status is Status.COMPLETED
