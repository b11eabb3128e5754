"""Submitting, waiting, and what a job tells; blocking and awaited."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.api.options import table
from nodetool_jupyter.api.submit import submit

nodes: Any = nt.nodes
gate = threading.Event()


@nt.node(namespace="front")
def waits(x: int = 1) -> int:
    if not gate.wait(20):
        raise TimeoutError("the test forgot to open the gate")
    return x


@nt.node(namespace="front")
def fails(x: int = 0) -> float:
    return 1 / x


@nt.node(namespace="front")
def counts(upto: int = 3) -> Iterator[int]:
    yield from range(upto)


@nt.node(namespace="front")
def notes(ctx: Any = None) -> int:
    ctx.log("first")
    ctx.log("second", "warning")
    return 1


@pytest.fixture(autouse=True)
def closed_gate() -> Iterator[None]:
    gate.clear()
    yield
    gate.set()


def test_run_returns_the_outputs() -> None:
    text = nodes.input.StringInput(name="text", value="a")
    flow = nt.Workflow({"result": text})
    assert nt.run(flow) == {"result": "a"}
    assert nt.run(flow, {"text": "b"}) == {"result": "b"}


def test_an_input_nobody_has_is_refused_with_the_nearest() -> None:
    flow = nt.Workflow(nodes.input.StringInput(name="text"))
    with pytest.raises(nt.InvalidRequest, match="no input 'txt'; did you mean 'text'"):
        nt.submit(flow, {"txt": "b"})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"timeout": "soon"}, "timeout: 'soon' is no duration; write seconds, or 90s, 10m, 1h30m"),
        ({"timeout": -1}, "timeout must be greater than 0, not -1"),
        ({"queue_timeout": 0}, "queue_timeout must be greater than 0"),
        ({"retries": 1.5}, "retries must be"),
        ({"retries": -1}, "retries must be greater than or equal to 0"),
        ({"gpus": 1.5}, "gpus: 1.5 names no GPU"),
        ({"memory": "much"}, "memory: 'much' is no size; write bytes, or 512m, 4g"),
        ({"strategy": "thread"}, "there is no strategy 'thread'"),
        ({"strategy": "cluster"}, "the cluster strategy is not part of this version"),
        ({"strategy": "remote"}, "the remote strategy needs a worker; none is known (nodetool workers connect NAME"),
        ({"strategy": "remote", "image": "x"}, "it belongs to --remote-strategy docker"),
        ({"image": "x"}, "image cannot be honoured by the threaded strategy; it belongs to docker"),
        ({"worker": "x"}, "it belongs to remote"),
        ({"options": {"fail_fats": True}}, "there is no option 'fail_fats'; did you mean 'fail_fast'"),
        ({"options": {"fail_fast": "maybe"}}, "fail_fast"),
        ({"on_owner_exit": "stay"}, "on_owner_exit must be 'keep' or 'cancel', not 'stay'"),
        ({"env": {"A_PASSWORD": "x"}}, "looks like a secret"),
        ({"secrets": ["NO_SUCH"]}, "the secret 'NO_SUCH' is not set"),
        ({"allow": "root"}, "allow must be 'shell' or 'python', not 'root'"),
        ({"idempotency_key": ""}, "idempotency_key must be between 1 and 255 characters long"),
    ],
)
def test_an_option_that_cannot_be_is_one_sentence(options: dict[str, Any], said: str) -> None:
    before = len(nt.jobs())
    with pytest.raises(nt.NodetoolError) as caught:
        nt.submit(nodes.constant.Integer(value=1), **options)
    assert said in str(caught.value)
    assert len(nt.jobs()) == before


def test_every_keyword_of_submit_is_an_option_of_the_table() -> None:
    given = set(inspect.signature(submit).parameters) - {"workflow", "inputs", "options"}
    assert given <= {option.spoken(typed=False) for option in table().values()}


def test_a_job_tells_what_it_does_and_gave() -> None:
    job = nt.submit(nodes.front.waits(x=7), name="mine")
    assert (job.name, job.strategy, job.status.terminal) == ("mine", "threaded", False)
    gate.set()
    assert job.wait().value == "completed"
    assert (job.progress, job.outputs, job.reason, job.error) == (1.0, {"result": 7}, None, None)
    assert job.log_path.read_bytes().count(b"\n") == len(list(job.events()))
    assert nt.job(job.id[:6]) == job
    assert repr(job) == f"<Job {job.id} completed, mine>"


def test_a_stream_has_all_its_values_and_its_output_the_last() -> None:
    job = nt.submit(nt.Workflow({"n": nodes.front.counts()}))
    assert job.result() == {"n": 2}
    assert job.stream("n") == [0, 1, 2]


def test_logs_are_what_the_nodes_wrote() -> None:
    job = nt.submit(nodes.front.notes())
    job.wait()
    assert [(line.content, line.severity) for line in job.logs()] == [("first", "info"), ("second", "warning")]


def test_events_can_be_followed_to_the_end() -> None:
    job = nt.submit(nodes.constant.Integer(value=1))
    events = list(job.events(follow=True))
    assert events[-1].status == "completed"  # type: ignore[attr-defined]
    assert [event.seq for event in job.events(after=2)] == [event.seq for event in events[2:]]


def test_a_failed_job_raises_the_nodes_own_exception() -> None:
    job = nt.submit(nodes.front.fails())
    with pytest.raises(nt.JobError) as caught:
        job.result()
    error = caught.value
    assert (error.job_id, error.reason, error.node_id, error.node_name) == (job.id, "node_failed", "fails", "fails")
    assert isinstance(error.__cause__, ZeroDivisionError)
    assert any("was made in line" in note for note in error.__notes__)


def test_a_cancelled_job_raises_that() -> None:
    job = nt.submit(nodes.front.waits())
    assert job.cancel()
    with pytest.raises(nt.JobCancelled, match=job.id):
        job.result()
    assert not job.cancel()


def test_waiting_too_long_is_a_timeout_and_the_job_goes_on() -> None:
    job = nt.submit(nodes.front.waits())
    with pytest.raises(TimeoutError):
        job.result(timeout=0.01)
    gate.set()
    assert job.result() == {"result": 1}


def test_retry_is_a_new_job() -> None:
    job = nt.submit(nodes.constant.Integer(value=5))
    job.wait()
    again = job.retry()
    assert again != job
    assert again.result() == {"result": 5}
    assert again.record.retry_of == job.id


def test_the_same_idempotency_key_is_the_same_job() -> None:
    flow = nt.Workflow(nodes.constant.Integer(value=5))
    assert nt.submit(flow, idempotency_key="once") == nt.submit(flow, idempotency_key="once")


def test_a_job_found_again_knows_its_graph() -> None:
    job = nt.submit({"id": "w7", "graph": {"nodes": [{"id": "a", "type": "nodetool.constant.Integer"}], "edges": []}})
    graph = nt.job(job.id).graph
    assert graph is not None
    assert [node.id for node in graph.nodes] == ["a"]
    assert job.record.workflow == "w7"


def test_a_removed_job_is_gone() -> None:
    job = nt.submit(nodes.constant.Integer(value=5))
    job.wait()
    job.remove()
    assert repr(job) == f"<Job {job.id}, removed>"
    with pytest.raises(nt.JobNotFound):
        nt.job(job.id)


def test_jobs_are_listed_newest_first_and_by_status() -> None:
    done = nt.submit(nodes.constant.Integer(value=5))
    done.wait()
    waiting = nt.submit(nodes.front.waits())
    assert nt.jobs(limit=2) == [waiting, done]
    assert waiting not in nt.jobs("completed")
    assert done.id in repr(nt.jobs())
    with pytest.raises(nt.InvalidRequest, match="did you mean 'completed'"):
        nt.jobs("complete")


def test_gather_keeps_the_order() -> None:
    jobs = [nt.submit(nodes.constant.Integer(value=value)) for value in range(5)]
    assert [found["result"] for found in nt.gather(jobs)] == [0, 1, 2, 3, 4]


def test_as_completed_yields_jobs_as_they_end() -> None:
    slow, quick = nt.submit(nodes.front.waits()), nt.submit(nodes.constant.Integer(value=1))
    ended = nt.as_completed([slow, quick])
    assert next(ended) == quick
    gate.set()
    assert list(ended) == [slow]


def test_as_completed_ends_when_the_waiting_took_too_long() -> None:
    with pytest.raises(TimeoutError, match="1 jobs have not ended"):
        list(nt.as_completed([nt.submit(nodes.front.waits())], timeout=0.01))


def test_a_job_can_be_awaited() -> None:
    async def both() -> Any:
        job = await nt.aio.submit(nodes.constant.Integer(value=1))
        return await job, await nt.aio.run(nodes.constant.Integer(value=2)), await nt.aio.result(job)

    assert asyncio.run(both()) == ({"result": 1}, {"result": 2}, {"result": 1})


def test_cancelling_the_one_who_awaits_cancels_the_job() -> None:
    async def give_up() -> nt.Job:
        job = nt.submit(nodes.front.waits())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await job
        return job

    assert asyncio.run(give_up()).wait().value == "cancelled"


def test_aio_wait_only_stops_waiting() -> None:
    async def look() -> nt.Job:
        job = nt.submit(nodes.front.waits())
        with pytest.raises(TimeoutError):
            await nt.aio.wait(job, 0.01)
        return job

    job = asyncio.run(look())
    gate.set()
    assert job.result() == {"result": 1}


def test_aio_yields_events_and_ended_jobs() -> None:
    async def look() -> Any:
        jobs = [nt.submit(nodes.constant.Integer(value=value)) for value in range(3)]
        ended = {job.id async for job in nt.aio.as_completed(jobs)}
        types = [event.type async for event in nt.aio.events(jobs[0])]
        return ended == {job.id for job in jobs}, types[-1], await nt.aio.gather(jobs)

    assert asyncio.run(look()) == (True, "job_update", [{"result": 0}, {"result": 1}, {"result": 2}])


def test_the_public_names_are_there() -> None:
    for name in nt.__all__:
        assert getattr(nt, name) is not None


def test_an_open_input_takes_values_until_it_is_ended() -> None:
    number = nodes.input.IntegerInput(name="number")
    flow = nt.Workflow(outputs={"all": nodes.control.Collect(input_item=number)})
    job = submit(flow, options={"open_input": ["number"]})
    for value in (3, 1, 2):
        job.push_input("number", value)  # from the first moment on, even before the job has started
    job.push_input("number", end=True)
    assert job.result(20) == {"all": [3, 1, 2]}
    with pytest.raises(nt.InvalidRequest, match="takes no input"):
        job.push_input("number", 4)


def test_an_input_that_was_not_kept_open_is_named() -> None:
    flow = nt.Workflow(outputs={"x": waits_node()})
    job = submit(flow)
    try:
        with pytest.raises(nt.InvalidRequest, match="no input of this job was kept open"):
            job.push_input("number", 4)
    finally:
        gate.set()
        job.wait(20)
        gate.clear()


def waits_node() -> Any:
    return nodes.front.waits(x=1)
