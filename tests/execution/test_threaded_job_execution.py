"""The threaded strategy: what it refuses, what its channel carries, how it ends, what it leaves behind."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from nodetool_jupyter.errors import InvalidGraph, InvalidRequest, Unsupported
from nodetool_jupyter.execution import engine_threads, gpus, threaded
from nodetool_jupyter.execution.base import AttemptContext, ChannelLine, find_strategy
from nodetool_jupyter.execution.threaded import ThreadedJobExecution
from nodetool_jupyter.nodes.define import node
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.values import ValueStore
from tests.engine.running import graph

HELLO = graph(
    {"x": ("StringInput", {"name": "text", "value": "hello"}), "u": "Upper", "o": ("Output", {"name": "r"})},
    "x u.text",
    "u o.value",
)


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Coroutine[Any, Any, ThreadedJobExecution]]:
    async def begin(data: Any, *, attempt: int = 1, prepared: Any = None, **request: Any) -> ThreadedJobExecution:
        asked = RunJobRequest.model_validate({"graph": data, **request})
        context = AttemptContext("job", attempt, tmp_path, ValueStore(tmp_path / "values"), lambda params: None)
        context.prepared = prepared
        return await ThreadedJobExecution.start(asked, context)

    return begin


async def read(execution: ThreadedJobExecution) -> list[ChannelLine]:
    return [line async for batch in execution.channel() for line in batch]


def check(data: Any = HELLO, **request: Any) -> Any:
    return ThreadedJobExecution.check(RunJobRequest.model_validate({"graph": data, **request}))


@pytest.mark.parametrize(
    ("request_", "kind", "says"),
    [
        ({"limits": {"memory": "1g"}}, Unsupported, "--memory cannot be kept by the threaded strategy"),
        ({"limits": {"open_files": 10}}, Unsupported, "--open-files cannot be kept by the threaded strategy"),
        ({"on_owner_exit": "keep"}, Unsupported, "a threaded job ends with this process"),
        (
            {"options": {"fail_fats": True}},
            InvalidRequest,
            "the threaded strategy has no option 'fail_fats'; did you mean 'fail_fast'?",
        ),
        ({"options": {"fail_fast": "perhaps"}}, InvalidRequest, "option 'fail_fast': "),
        (
            {"options": {"open_inputs": ["txet"]}},
            InvalidRequest,
            "the workflow has no input 'txet'; did you mean 'text'?",
        ),
        ({"params": {"txet": 1}}, InvalidRequest, "the workflow has no input 'txet'; did you mean 'text'?"),
        ({"graph": None}, InvalidGraph, "The workflow cannot run"),
        ({"graph": graph({"a": "nodetool.text.Nope"})}, InvalidGraph, "unknown node type 'nodetool.text.Nope'"),
    ],
)
def test_what_a_thread_cannot_do_is_refused(request_: dict[str, Any], kind: type[Exception], says: str) -> None:
    with pytest.raises(kind) as caught:
        check(**{"data": HELLO, **({"data": request_.pop("graph")} if "graph" in request_ else {}), **request_})
    assert says in str(caught.value)


def test_a_gpu_where_there_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "available", list)
    with pytest.raises(InvalidRequest, match="this machine has no GPU"):
        check(gpus="0")
    assert check(gpus="none").gpus == []


def test_gpus_are_chosen_by_number_and_by_uuid(monkeypatch: pytest.MonkeyPatch) -> None:
    here = [gpus.Gpu(0, "GPU-aaaa", "H100", 80), gpus.Gpu(1, "GPU-bbbb", "H100", 80)]
    monkeypatch.setattr(gpus, "available", lambda: here)
    assert gpus.choose(("1",)) == [here[1]]
    assert gpus.choose(("GPU-a", "0")) == [here[0]]
    assert gpus.choose(("all",)) == here
    assert gpus.choose(()) == gpus.choose(None) == []
    with pytest.raises(InvalidRequest, match="there is no GPU '7'; valid: 0, 1"):
        gpus.choose(("7",))


def test_the_device_of_the_first_gpu_is_the_nodes(monkeypatch: pytest.MonkeyPatch, start: Callable[..., Any]) -> None:
    @node(namespace="threaded", name="where")
    def where(ctx: Any) -> str:
        return f"{ctx.device} {ctx.gpus}"

    monkeypatch.setattr(gpus, "available", lambda: [gpus.Gpu(0, "GPU-a", "x", 1), gpus.Gpu(1, "GPU-b", "x", 1)])

    async def main() -> Any:
        return (await read(await start(graph({"w": where}), gpus="1")))[-1].event

    assert asyncio.run(main()).result == {"w": "cuda:1 ('1',)"}


def test_the_channel_is_numbered_and_its_last_line_is_the_claim(start: Callable[..., Any]) -> None:
    async def main() -> list[ChannelLine]:
        return await read(await start(HELLO))

    lines = asyncio.run(main())
    assert [line.n for line in lines] == list(range(1, len(lines) + 1))
    assert [line.time for line in lines] == sorted(line.time for line in lines)
    assert (lines[-1].event.status, lines[-1].event.result) == ("completed", {"r": "HELLO"})


def test_what_is_odd_about_a_graph_is_in_the_log(start: Callable[..., Any]) -> None:
    data = graph({"x": "Input", "u": ("Upper", {"text": "a"})}, "x.value u.nope")

    async def main() -> list[ChannelLine]:
        return await read(await start(data))

    logs = [line.event for line in asyncio.run(main()) if line.event.type == "log_update"]
    assert [(log.node_id, log.severity) for log in logs] == [("u", "warning")]


def test_params_are_the_requests(start: Callable[..., Any]) -> None:
    async def main() -> Any:
        return (await read(await start(HELLO, params={"text": "other"})))[-1].event

    assert asyncio.run(main()).result == {"r": "OTHER"}


def test_a_first_attempt_uses_what_check_prepared_and_a_second_plans_anew(
    start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[int] = []
    original = threaded.make_plan
    monkeypatch.setattr(threaded, "make_plan", lambda *args: planned.append(1) or original(*args))
    prepared = check()
    planned.clear()

    async def main(attempt: int) -> Any:
        return (await read(await start(HELLO, attempt=attempt, prepared=prepared)))[-1].event

    assert asyncio.run(main(1)).status == "completed"
    assert planned == []
    assert asyncio.run(main(2)).status == "completed"
    assert planned == [1]


def test_the_nodes_own_exception_is_kept(start: Callable[..., Any]) -> None:
    @node(namespace="threaded", name="breaks")
    def breaks() -> int:
        raise KeyError("lost")

    async def main() -> Any:
        execution = await start(graph({"b": breaks}))
        await read(execution)
        return execution

    execution = asyncio.run(main())
    assert isinstance(execution.exception, KeyError)


def test_a_run_that_cannot_begin_says_why(start: Callable[..., Any]) -> None:
    async def main() -> Any:
        execution = await start(HELLO, params={"text": {"type": "json", "uri": "values/0123456789abcdef01234567.json"}})
        lines = await read(execution)
        await execution.wound_down()
        return lines

    lines = asyncio.run(main())
    assert [line.n for line in lines] == [1]
    assert (lines[0].event.status, lines[0].event.reason) == ("error", "internal")
    assert "FileNotFoundError" in lines[0].event.error


def test_pushed_values_reach_an_open_input_until_it_is_ended(start: Callable[..., Any]) -> None:
    data = graph({"x": ("StringInput", {"name": "text"}), "c": "Collect"}, "x c.input_item")

    async def main() -> Any:
        execution = await start(data, options={"open_inputs": ["text"]})
        await execution.push_input("text", "a")
        await execution.push_input("text", "b")
        with pytest.raises(InvalidRequest, match="takes no more values"):
            await execution.push_input("other", "a")
        await execution.push_input("text", None, end=True)
        lines = await read(execution)
        with pytest.raises(InvalidRequest, match="the job has ended"):
            await execution.push_input("text", "late")
        return lines[-1].event

    assert asyncio.run(main()).result == {"c": ["a", "b"]}


@pytest.fixture
def held() -> Iterator[tuple[threading.Event, threading.Event]]:
    entered, release = threading.Event(), threading.Event()
    yield entered, release
    release.set()


def test_a_sleeping_node_is_cancelled_at_once_and_winds_down(start: Callable[..., Any], held: Any) -> None:
    entered, release = held

    @node(namespace="threaded", name="sleeps")
    def sleeps() -> int:
        entered.set()
        release.wait(30)
        return 1

    async def main() -> Any:
        execution = await start(graph({"s": sleeps}))
        await asyncio.to_thread(entered.wait, 20)
        began = time.monotonic()
        await execution.cancel(5.0)
        lines = await read(execution)
        took = time.monotonic() - began
        assert execution.winding_down
        waiting = asyncio.ensure_future(execution.wound_down())
        await asyncio.sleep(0)
        assert not waiting.done()
        release.set()
        await waiting
        assert not execution.winding_down
        return lines, took

    lines, took = asyncio.run(main())
    assert took < 2
    assert [line.event.type for line in lines[-2:]] == ["log_update", "job_update"]
    assert "still winds down" in lines[-2].event.content
    assert lines[-1].event.status == "cancelled"


def test_a_node_that_blocks_the_engine_itself_is_given_up(start: Callable[..., Any], held: Any) -> None:
    entered, release = held

    @node(namespace="threaded", name="lies", inline=True)
    def lies() -> int:
        entered.set()
        release.wait(30)
        return 1

    async def main() -> Any:
        execution = await start(graph({"l": lies}))
        await asyncio.to_thread(entered.wait, 20)
        await execution.cancel(0.0)
        lines = await read(execution)
        assert execution.winding_down
        release.set()
        await execution.wound_down()
        again = await read(await start(HELLO))  # the thread that was given up runs the next job as ever
        return lines, again

    lines, again = asyncio.run(main())
    assert [line.n for line in lines] == list(range(1, len(lines) + 1))
    assert lines[-1].event.status == "cancelled"
    assert again[-1].event.status == "completed"


def test_cancel_before_the_first_step_and_after_the_end(start: Callable[..., Any]) -> None:
    async def main() -> list[str]:
        ends = []
        for turns in (0, 0, 1, 2, 3, 50):
            execution = await start(HELLO)
            for _ in range(turns):
                await asyncio.sleep(0)
            await execution.cancel(1.0)
            ends.append((await read(execution))[-1].event.status)
            await execution.cancel(1.0)
            await execution.close()
            await execution.close()
            await execution.wound_down()
            assert not execution.winding_down
        return ends

    assert set(asyncio.run(main())) <= {"cancelled", "completed"}


def test_close_stops_what_still_runs(start: Callable[..., Any]) -> None:
    @node(namespace="threaded", name="forever")
    async def forever() -> AsyncIterator[int]:
        while True:
            await asyncio.sleep(60)
            yield 1

    async def main() -> Any:
        execution = await start(graph({"f": forever}))
        await execution.close()
        await execution.close()
        return (await read(execution))[-1].event

    assert asyncio.run(main()).status == "cancelled"


def test_three_hundred_runs_leave_threads_and_files_as_they_were(start: Callable[..., Any]) -> None:
    @node(namespace="threaded", name="plain")
    def plain(x: str) -> str:
        return x

    @node(namespace="threaded", name="awaits")
    async def awaits(x: str) -> str:
        return x

    data = graph({"x": ("StringInput", {"name": "text", "value": "a"}), "p": plain, "a": awaits}, "x p.x", "p a.x")
    process = psutil.Process()

    async def main(count: int) -> None:
        for _ in range(count):
            execution = await start(data)
            assert (await read(execution))[-1].event.status == "completed"
            await execution.close()
            await execution.wound_down()

    asyncio.run(main(20))
    gc.collect()
    threads, files = threading.active_count(), process.num_fds()
    asyncio.run(main(300))
    gc.collect()
    # threads and loops on their way home, of the last runs, are no leak
    assert threading.active_count() <= threads + 3
    assert process.num_fds() <= files + 9


def test_an_attempt_of_another_process_cannot_be_attached_to(tmp_path: Path) -> None:
    from nodetool_jupyter.errors import ExecutionLost

    async def main() -> None:
        context = AttemptContext("job", 1, tmp_path, ValueStore(tmp_path), lambda params: None)
        with pytest.raises(ExecutionLost, match="ends with the process that started it"):
            await ThreadedJobExecution.attach({}, 0, context)

    asyncio.run(main())


def test_strategies_are_found_by_name() -> None:
    assert find_strategy("threaded") is ThreadedJobExecution
    with pytest.raises(Unsupported, match=r"the cluster strategy is not part of this version; here: .*threaded"):
        find_strategy("cluster")
    with pytest.raises(InvalidRequest, match="there is no strategy 'thraeded'; did you mean 'threaded'\\?"):
        find_strategy("thraeded")


def test_only_a_few_engine_threads_are_kept() -> None:
    async def nothing() -> None: ...

    made = [engine_threads.take() for _ in range(engine_threads.KEPT + 3)]
    for thread in made:
        thread.run(nothing)
    gone = [thread for thread in made if thread not in engine_threads._idle]
    assert len(engine_threads._idle) <= engine_threads.KEPT
    assert gone is not None
