"""What a run says to workers, and hears from them, word by word: the workers here do what each test says."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.bridge.connections import make
from nodetool_jupyter.errors import WorkerFault, WorkerLost
from nodetool_jupyter.execution.placed import Job, PlacedCalls, Way
from nodetool_jupyter.nodes.context import NodeContext, TrialRun
from nodetool_jupyter.nodes.placed import Placement
from nodetool_jupyter.nodes.types import TypeSpec
from nodetool_jupyter.values import ValueStore
from tests.bridge.peers import PATIENCE, Execute, Side, peer, serving

PLACE = Placement(worker="w", node_type="a.Node", secrets=("KEY",), requires_vram_gb=2.5)
STREAM = Placement(worker="w", node_type="a.Stream", streams=True)
NODES = ({"node_type": "a.Node"}, {"node_type": "a.Stream", "is_streaming_output": True})


class Heard:
    """What a worker was asked, in order, but for discover and status."""

    def __init__(self, answer: Execute | None = None) -> None:
        self.frames: list[dict[str, Any]] = []
        self.came = asyncio.Event()
        self._answer = answer

    async def __call__(self, side: Side, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        self.came.set()
        if frame["type"] == "job.start":
            await side.answer(frame, "result", job_id="j", started=True)
        elif frame["type"] == "job.end":
            await side.answer(frame, "result", job_id="j", released_nodes=[], known=True)
        elif self._answer is not None:
            await self._answer(side, frame)

    async def until(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while not self.of(kind):
                self.came.clear()
                await self.came.wait()
        return self.of(kind)[0]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == kind]


@asynccontextmanager
async def calling(
    heard: Heard, folder: Path, *, protocol: int = 6, reason: str = "completed", grace: float = 5.0, **status: Any
) -> AsyncIterator[tuple[PlacedCalls, Callable[[str], NodeContext], TrialRun]]:
    """Open calls of a job ``j`` to one worker."""
    talk = serving(protocol=protocol, nodes=NODES, execute=heard, **status)
    async with asyncio.timeout(PATIENCE), peer(talk) as found:
        way = Way(make("w", found.url), {})
        job = Job("j", "flow", "ada")
        calls = PlacedCalls(
            {"w": way}, ValueStore(folder / "values"), job, secrets={"KEY": "k", "NO": "n"}, grace=grace
        )
        run = TrialRun()
        await calls.open([PLACE, STREAM])
        try:
            yield calls, lambda node_id: NodeContext(run, node_id), run
        finally:
            await calls.close(reason)


def answering(**data: Any) -> Execute:
    async def answer(side: Side, frame: dict[str, Any]) -> None:
        await side.answer(frame, "result", **data)

    return answer


async def test_a_call_says_who_asks_and_gives_only_the_secrets_that_the_node_names(tmp_path: Path) -> None:
    heard = Heard(answering(outputs={"output": 3}, blobs={}))
    async with calling(heard, tmp_path, reason="failed") as (calls, context, _run):
        assert await calls.call(PLACE, "n", {"a": 1}, context("n")) == {"output": 3}
    start, execute, end = heard.frames
    assert start["data"] == {"job_id": "j", "workflow_id": "flow", "user_id": "ada"}
    assert execute["data"] == {
        "node_type": "a.Node", "fields": {"a": 1}, "blobs": {}, "secrets": {"KEY": "k"}, "node_id": "n", "job_id": "j",
        "workflow_id": "flow", "user_id": "ada", "requires_vram_gb": 2.5, "blob_transfer": "chunked-v1",
    }  # fmt: skip
    assert end["data"] == {"job_id": "j", "reason": "failed"}


async def test_an_older_worker_is_asked_only_what_it_knows(tmp_path: Path) -> None:
    heard = Heard(answering(outputs={"output": {"type": "video", "uri": "blob://x"}}, blobs={"output": b"film"}))
    async with calling(heard, tmp_path, protocol=3) as (calls, context, _run):
        found = await calls.call(PLACE, "n", {}, context("n"))
    (execute,) = heard.frames
    assert "blob_transfer" not in execute["data"]
    assert (tmp_path / found["output"]["uri"]).read_bytes() == b"film"


@pytest.mark.parametrize("pieces", [True, False], ids=["in pieces", "whole"])
async def test_files_go_as_the_worker_takes_them(pieces: bool, tmp_path: Path) -> None:
    async def answer(side: Side, frame: dict[str, Any]) -> None:
        if frame["type"] == "execute":
            await side.answer(frame, "result", outputs={}, blobs={})

    heard = Heard(answer)
    values = ValueStore(tmp_path / "values")
    film = values.folder / "0123456789abcdef.bin"
    values.folder.mkdir()
    film.write_bytes(bytes(3_000_000))
    place = Placement(worker="w", node_type="a.Node", types={"film": TypeSpec("video")})
    reference = {"type": "video", "uri": f"values/{film.name}", "size": 3_000_000}
    more = {"capabilities": ["chunked-input-v1"]} if pieces else {}
    async with calling(heard, tmp_path, **more) as (calls, context, _run):
        await calls.call(place, "n", {"film": reference}, context("n"))
    (execute,) = heard.of("execute")
    sent = [frame for frame in heard.frames if frame["type"].startswith("blob.")]
    assert {frame["request_id"] for frame in [*sent, execute]} == {execute["request_id"]}
    if pieces:
        assert sum(len(frame["data"]["bytes"]) for frame in sent if frame["type"] == "blob.chunk") == 3_000_000
        assert (execute["data"]["blobs"], execute["data"]["blob_input"]) == ({}, "chunked-input-v1")
    else:
        assert (sent, len(execute["data"]["blobs"]["film"])) == ([], 3_000_000)


async def test_what_is_said_meanwhile_reaches_the_run(tmp_path: Path) -> None:
    async def answer(side: Side, frame: dict[str, Any]) -> None:
        await side.answer(frame, "progress", progress=1, total=2, message="half")
        await side.answer(frame, "update", type="log_update", content="hi", severity="loud")
        await side.answer(frame, "update", type="preview_update", value=[1])
        await side.answer(frame, "update", type="chunk", content="piece", done=False)
        await side.answer(frame, "update", type="of_tomorrow", content="?")
        await side.answer(frame, "result", outputs={}, blobs={})

    async with calling(Heard(answer), tmp_path) as (calls, context, run):
        await calls.call(PLACE, "n", {}, context("n"))
    assert run.reports == [
        ("progress", (1.0, 2.0, "half")), ("log", ("info", "hi")), ("preview", [1]), ("chunk", "piece")
    ]  # fmt: skip


async def test_an_error_has_the_worker_s_name_and_its_traceback(tmp_path: Path) -> None:
    async def answer(side: Side, frame: dict[str, Any]) -> None:
        await side.answer(frame, "error", error="ValueError: no", traceback="File over there")

    async with calling(Heard(answer), tmp_path) as (calls, context, _run):
        with pytest.raises(WorkerFault, match="worker w: ValueError: no") as caught:
            await calls.call(PLACE, "n", {}, context("n"))
    assert caught.value.__notes__ == ["on the worker:\nFile over there"]


async def test_items_of_a_stream_come_one_by_one_without_slots_that_are_empty(tmp_path: Path) -> None:
    async def answer(side: Side, frame: dict[str, Any]) -> None:
        assert frame["type"] == "execute.stream"
        await side.answer(frame, "chunk", outputs={"a": 1, "b": None}, blobs={})
        await side.answer(frame, "progress", progress=1, total=2)
        await side.answer(frame, "chunk", outputs={"b": {"type": "video", "uri": "blob://b"}}, blobs={"b": b"film"})
        await side.answer(frame, "result", outputs={}, blobs={})

    async with calling(Heard(answer), tmp_path) as (calls, context, _run):
        items = [item async for item in calls.stream(STREAM, "n", {}, context("n"))]
    assert items[0] == {"a": 1}
    assert (tmp_path / items[1]["b"]["uri"]).read_bytes() == b"film"


async def test_a_call_that_is_cancelled_waits_until_the_worker_has_stopped(tmp_path: Path) -> None:
    stopped = asyncio.Event()

    async def answer(side: Side, frame: dict[str, Any]) -> None:
        if frame["type"] == "cancel":
            stopped.set()
            await side.answer(frame, "error", error="Node execution was cancelled")

    heard = Heard(answer)
    async with calling(heard, tmp_path, grace=PATIENCE) as (calls, context, _run):
        task = asyncio.create_task(calls.call(PLACE, "n", {}, context("n")))  # type: ignore[arg-type]
        execute = await heard.until("execute")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert stopped.is_set()
        assert [frame["request_id"] for frame in heard.of("cancel")] == [execute["request_id"]]


async def test_a_worker_that_does_not_stop_has_the_grace_and_no_more(tmp_path: Path) -> None:
    heard = Heard()
    async with calling(heard, tmp_path, grace=0.05) as (calls, context, _run):
        task = asyncio.create_task(calls.call(PLACE, "n", {}, context("n")))  # type: ignore[arg-type]
        await heard.until("execute")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert heard.frames[-1]["type"] == "job.end"


async def test_leaving_a_stream_stops_it_there(tmp_path: Path) -> None:
    async def answer(side: Side, frame: dict[str, Any]) -> None:
        if frame["type"] == "execute.stream":
            await side.answer(frame, "chunk", outputs={"a": 1}, blobs={})

    heard = Heard(answer)
    async with calling(heard, tmp_path, grace=0.05) as (calls, context, _run):
        async with aclosing(calls.stream(STREAM, "n", {}, context("n"))) as items:
            assert await anext(items) == {"a": 1}
        await heard.until("cancel")


async def test_a_drop_is_no_reason_to_call_a_node_again_that_does_not_say_so(tmp_path: Path) -> None:
    async def answer(side: Side, frame: dict[str, Any]) -> None:
        await side.socket.close()

    heard = Heard(answer)
    async with calling(heard, tmp_path) as (calls, context, _run):
        with pytest.raises(WorkerLost, match=r"^worker w: "):
            await calls.call(PLACE, "n", {}, context("n"))
    assert len(heard.of("execute")) == 1


async def test_a_node_that_may_be_called_again_is_called_three_times_at_most(tmp_path: Path) -> None:
    async def answer(side: Side, frame: dict[str, Any]) -> None:
        await side.socket.close()

    heard = Heard(answer)
    async with calling(heard, tmp_path) as (calls, context, run):
        with pytest.raises(WorkerLost, match=r"^worker w: "):
            await calls.call(Placement(worker="w", node_type="a.Node", retry=True), "n", {}, context("n"))
    assert (len(heard.of("execute")), len(heard.of("job.start"))) == (3, 4)
    assert [severity for _, (severity, _) in run.reports] == ["warning", "warning"]


async def test_a_stream_that_had_begun_is_not_called_again(tmp_path: Path) -> None:
    async def answer(side: Side, frame: dict[str, Any]) -> None:
        await side.answer(frame, "chunk", outputs={"a": 1}, blobs={})
        await side.socket.close()

    heard = Heard(answer)
    place = Placement(worker="w", node_type="a.Stream", streams=True, retry=True)
    async with calling(heard, tmp_path) as (calls, context, _run):
        with pytest.raises(WorkerLost, match=r"^worker w: "):
            async for _item in calls.stream(place, "n", {}, context("n")):
                pass
    assert len(heard.of("execute.stream")) == 1


class Keeping:
    """A worker that keeps values until it is told to lose them; every value is put on a connection of its own."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self.loses = False

    async def __call__(self, side: Side, frame: dict[str, Any]) -> None:
        data = frame["data"]
        if frame["type"] == "values.missing":
            await side.answer(frame, "result", missing=[one for one in data["digests"] if one not in self.kept])
        elif frame["type"] == "values.put":
            self.kept.add(data["sha256"])
            await side.answer(frame, "result", sha256=data["sha256"], size=1)
        elif frame["type"] == "execute" and self.loses and data.get("blob_values"):
            await side.answer(frame, "error", error="not here", code="values_missing", missing=[])
        elif frame["type"] == "execute":
            await side.answer(frame, "result", outputs={}, blobs={})


def film(folder: Path, size: int) -> tuple[dict[str, Any], str]:
    values = folder / "values"
    values.mkdir(exist_ok=True)
    name = f"{size:016x}.bin"
    (values / name).write_bytes(bytes(size))
    return {"type": "video", "uri": f"values/{name}", "size": size}, hashlib.sha256(bytes(size)).hexdigest()


FILM = Placement(worker="w", node_type="a.Node", types={"film": TypeSpec("video")})
KEEPS = {"capabilities": ["chunked-input-v1", "jobs-v1", "blob-values-v1"]}


async def test_a_large_input_of_many_calls_goes_once(tmp_path: Path) -> None:
    heard = Heard(Keeping())
    reference, digest = film(tmp_path, 2_000_000)
    async with calling(heard, tmp_path, **KEEPS) as (calls, context, _run):
        together = (calls.call(FILM, f"n{number}", {"film": reference}, context("n")) for number in range(3))
        await asyncio.gather(*together)
        await calls.call(FILM, "n", {"film": reference}, context("n"))
    assert [frame["data"]["blob_values"] for frame in heard.of("execute")] == [{"film": digest}] * 4
    assert sum(len(frame["data"]["bytes"]) for frame in heard.of("blob.chunk")) == 2_000_000


async def test_a_small_input_goes_with_its_call(tmp_path: Path) -> None:
    heard = Heard(Keeping())
    reference, _digest = film(tmp_path, 1000)
    async with calling(heard, tmp_path, **KEEPS) as (calls, context, _run):
        await calls.call(FILM, "n", {"film": reference}, context("n"))
    assert (heard.of("values.missing"), len(heard.of("blob.chunk"))) == ([], 1)


async def test_what_a_worker_has_lost_goes_with_the_call(tmp_path: Path) -> None:
    keeping = Keeping()
    keeping.loses = True
    heard = Heard(keeping)
    reference, _digest = film(tmp_path, 2_000_000)
    async with calling(heard, tmp_path, **KEEPS) as (calls, context, _run):
        await calls.call(FILM, "n", {"film": reference}, context("n"))
    assert ["blob_values" in frame["data"] for frame in heard.of("execute")] == [True, False]
