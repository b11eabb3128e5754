"""The client against workers that do what a test says: versions, blobs, streams, cancels, drops."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.bridge import call, frames, line
from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.bridge.address import Address
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.websocket import WebSocketTransport
from nodetool_jupyter.errors import (
    BadFrame,
    FrameTooLarge,
    InvalidRequest,
    Unsupported,
    WorkerFault,
    WorkerLost,
    WorkerRefused,
    WorkerUnreachable,
)
from tests.bridge.peers import PATIENCE, Execute, Peer, Side, Talk, peer, serving

Frame = dict[str, Any]
NODE = m.Execute(node_type="a.B")


async def connect(worker: Peer, token: str = "", **more: Any) -> WorkerClient:
    return await WorkerClient.connect(lambda: WebSocketTransport.open(Address(worker.url, token)), **more)


@asynccontextmanager
async def connected(execute: Execute | None = None, **more: Any) -> AsyncIterator[WorkerClient]:
    async with peer(serving(execute=execute, **more)) as worker:
        client = await connect(worker)
        try:
            yield client
        finally:
            await client.close()


async def result(side: Side, request: Frame) -> None:
    """Answer an execute with what it asked."""
    if request["type"] != "cancel":
        await side.answer(request, "result", outputs={"data": request["data"]}, blobs={})


@pytest.mark.parametrize("version", [None, 1, 4, 6, 7, 99])
async def test_every_version_from_the_first_on_is_spoken(version: int | None) -> None:
    async with connected(result, protocol=version) as client:
        assert client.version == (version or 1)
        assert (await client.execute(NODE)).outputs["data"]["node_type"] == "a.B"


@pytest.mark.parametrize("version", [0, -1])
async def test_a_version_before_the_first_is_refused(version: int) -> None:
    async with peer(serving(protocol=version)) as worker:
        with pytest.raises(WorkerRefused, match=f"speaks version {version} of the protocol; the oldest .* is 1"):
            await connect(worker)


async def test_an_older_worker_is_not_asked_for_what_it_does_not_know(tmp_path: Path) -> None:
    async with connected(result, protocol=3) as client:
        await client.job_start("j")
        assert await client.job_end("j") == m.JobEnded(job_id="j")
        done = await client.execute(NODE, folder=tmp_path)
        assert "blob_transfer" not in done.outputs["data"]


async def test_the_token_is_said_as_a_bearer() -> None:
    async with peer(serving()) as worker:
        client = await connect(worker, "canary")
        await client.close()
        assert worker.requests[0].headers["Authorization"] == "Bearer canary"
        assert "permessage-deflate" not in worker.requests[0].headers.get("Sec-WebSocket-Extensions", "")


REFUSALS = [
    ("", 401, WorkerRefused, "the token is missing"),
    ("canary", 401, WorkerRefused, "the token is not the right one"),
    ("canary", 403, WorkerRefused, "HTTP 403"),
    ("", 404, WorkerUnreachable, "answered HTTP 404 where a worker opens a socket"),
    ("", 502, WorkerUnreachable, "answered HTTP 502"),
]


@pytest.mark.parametrize(("token", "status", "kind", "said"), REFUSALS, ids=[str(one[:2]) for one in REFUSALS])
async def test_a_handshake_that_fails_says_why(token: str, status: int, kind: type[Exception], said: str) -> None:
    async with peer(serving()) as worker:
        worker.refuse = status
        with pytest.raises(kind, match=said) as caught:
            await connect(worker, token)
    assert not token or token not in str(caught.value)


async def nothing(side: Side) -> None:
    await side.until_closed()


async def hang_up(side: Side) -> None:
    await side.frame()


async def chatter(side: Side) -> None:
    await side.socket.send_str("welcome")
    await side.until_closed()


async def complain(side: Side) -> None:
    await side.answer(await side.frame(), "error", error="not here")
    await side.until_closed()


@pytest.mark.parametrize("talk", [nothing, hang_up, chatter, complain], ids=lambda talk: talk.__name__)
async def test_what_answers_as_no_worker_does_is_none(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "ANSWER_TIMEOUT", 0.2)
    async with peer(talk) as worker:
        with pytest.raises(WorkerUnreachable, match=r"what answers at .* is no worker: "):
            await connect(worker)


async def test_answers_may_come_in_any_order() -> None:
    waiting: list[tuple[Side, Frame]] = []

    async def answer_backwards(side: Side, request: Frame) -> None:
        waiting.append((side, request))
        if len(waiting) == 5:
            for one in reversed(waiting):
                await result(*one)

    async with connected(answer_backwards) as client:
        asked = [client.execute(m.Execute(node_type="a.B", fields={"n": n})) for n in range(5)]
        done = await asyncio.gather(*asked)
    assert [one.outputs["data"]["fields"]["n"] for one in done] == [0, 1, 2, 3, 4]


async def test_what_cannot_be_sent_harms_no_other_call() -> None:
    async with connected(result) as client:
        with pytest.raises(InvalidRequest):
            await client.execute(m.Execute(node_type="a.B", fields={"x": object()}))
        assert (await client.execute(NODE)).outputs


async def test_a_message_that_the_worker_would_not_take_is_not_sent() -> None:
    async with connected(result, max_frame_size=1000) as client:
        with pytest.raises(FrameTooLarge, match="> 1000"):
            await client.execute(m.Execute(node_type="a.B", blobs={"x": bytes(1000)}))
        assert (await client.execute(NODE)).outputs


async def test_blobs_go_out_and_come_in() -> None:
    async def send_back(side: Side, request: Frame) -> None:
        await side.answer(request, "result", outputs={}, blobs=request["data"]["blobs"])

    body = os.urandom(3 << 20)
    async with connected(send_back) as client:
        done = await client.execute(m.Execute(node_type="a.B", blobs={"x": body}))
    assert done.blobs == {"x": body}


def pieces(body: bytes, size: int, name: str = "o") -> list[tuple[str, Frame]]:
    """Return the frames of a blob in pieces."""
    starts = range(0, len(body), size)
    return [
        ("blob.start", {"name": name, "size": len(body)}),
        *(("blob.chunk", {"name": name, "offset": at, "bytes": body[at : at + size]}) for at in starts),
        ("blob.end", {"name": name, "size": len(body), "sha256": hashlib.sha256(body).hexdigest()}),
    ]


def sending(*told: tuple[str, Frame], end: bool = True) -> Execute:
    async def send(side: Side, request: Frame) -> None:
        if request["type"] == "cancel":
            return
        for kind, data in told:
            await side.answer(request, kind, **data)
        if end:
            await side.answer(request, "result", outputs={"o": {"type": "image"}}, blobs={})

    return send


BODY = bytes(range(256)) * 20


@pytest.mark.parametrize("body", [BODY, b"", b"x"], ids=["some", "empty", "one byte"])
async def test_a_blob_in_pieces_becomes_a_file(body: bytes, tmp_path: Path) -> None:
    async with connected(sending(*pieces(body, 1000), *pieces(b"other", 2, "p"))) as client:
        done = await client.execute(NODE, folder=tmp_path)
    assert done.outputs == {"o": {"type": "image"}}
    assert {name: path.read_bytes() for name, path in done.files.items()} == {"o": body, "p": b"other"}
    assert {path.stat().st_mode & 0o777 for path in done.files.values()} == {0o600}


async def test_a_blob_that_came_whole_becomes_a_file_too(tmp_path: Path) -> None:
    async def send(side: Side, request: Frame) -> None:
        await side.answer(request, "result", outputs={}, blobs={"../o": b"abc"})

    async with connected(send, protocol=4) as client:
        done = await client.execute(NODE, folder=tmp_path)
    assert {name: path.read_bytes() for name, path in done.files.items()} == {"../o": b"abc"}
    assert [path.parent for path in done.files.values()] == [tmp_path]


START, *MIDDLE, END = pieces(BODY, 1000)
WRONG = {**END[1], "sha256": "0" * 64}
SPOILT: dict[str, tuple[list[tuple[str, Frame]], str]] = {
    "other bytes": ([START, *MIDDLE, ("blob.end", WRONG)], "its SHA-256 differs"),
    "a piece is missing": ([START, *MIDDLE[1:], END], "goes on at 1000, not at 0"),
    "the last piece is missing": ([START, *MIDDLE[:-1], END], "has 5000 bytes, not 5120"),
    "a piece comes twice": ([START, MIDDLE[0], MIDDLE[0]], "goes on at 0, not at 1000"),
    "more than was said": (
        [("blob.start", {"name": "o", "size": 10}), MIDDLE[0]],
        "has more than the 10 bytes it was to have",
    ),
    "no start": ([MIDDLE[0]], "without having begun"),
    "an end without a start": ([END], "without having begun"),
    "two starts": ([START, START], "begins before another one has ended"),
    "the same twice": ([START, *MIDDLE, END, START], "or twice"),
    "another name": ([START, ("blob.chunk", {**MIDDLE[0][1], "name": "p"})], "without having begun"),
    "no end": ([START, *MIDDLE], "never came whole"),
    "too many bytes": ([("blob.start", {"name": "o", "size": 2**50})], "more than 17179869184 bytes"),
    "a field is missing": ([("blob.start", {"name": "o"})], "bad size"),
}


@pytest.mark.parametrize("case", SPOILT)
async def test_a_blob_that_is_not_as_it_was_sent_is_refused_and_leaves_no_file(case: str, tmp_path: Path) -> None:
    told, said = SPOILT[case]
    async with connected(sending(*told)) as client:
        with pytest.raises(BadFrame, match=said):
            await client.execute(NODE, folder=tmp_path)
        assert list(tmp_path.iterdir()) == []
        assert (await client.ask_status()).protocol_version == 6


async def test_pieces_that_nobody_asked_for_are_refused() -> None:
    async with connected(sending(*pieces(b"x", 1))) as client:
        with pytest.raises(BadFrame, match="was not asked for"):
            await client.execute(NODE)


async def test_pieces_that_cannot_be_stored_are_told_of(tmp_path: Path) -> None:
    async with connected(sending(*pieces(b"x", 1))) as client:
        with pytest.raises(WorkerFault, match="a blob cannot be stored: No such file or directory"):
            await client.execute(NODE, folder=tmp_path / "nowhere")


async def test_a_worker_s_error_has_its_text_code_and_traceback() -> None:
    async def fail(side: Side, request: Frame) -> None:
        await side.answer(request, "error", error="kaputt", traceback="Traceback …", code="node_failed")

    async with connected(fail) as client:
        with pytest.raises(WorkerFault, match=r"^kaputt$") as caught:
            await client.execute(NODE)
    assert (caught.value.code, caught.value.traceback) == ("node_failed", "Traceback …")


def cancellable(came: asyncio.Queue[Frame]) -> Execute:
    """Return a worker that runs until it is told to stop, and keeps what came."""
    running: dict[str, Frame] = {}

    async def run(side: Side, request: Frame) -> None:
        came.put_nowait(request)
        if request["type"] == "cancel":
            await side.answer(running[request["request_id"]], "error", error="Node execution was cancelled")
        else:
            running[request["request_id"]] = request
            await side.answer(request, "progress", progress=1, total=2, message=None)

    return run


async def got(came: asyncio.Queue[Frame]) -> tuple[str, str]:
    async with asyncio.timeout(PATIENCE):
        frame = await came.get()
    return frame["type"], frame["request_id"]


async def test_a_cancelled_call_ends_with_the_code_cancelled() -> None:
    came: asyncio.Queue[Frame] = asyncio.Queue()
    async with connected(cancellable(came)) as client, client.call(NODE) as running:
        assert await anext(running) == m.Progress(progress=1, total=2)
        await running.cancel()
        with pytest.raises(WorkerFault) as caught:
            await anext(running)
        assert caught.value.code == "cancelled"
        assert [await got(came), await got(came)] == [("execute", running.id), ("cancel", running.id)]


async def test_a_node_that_ends_in_spite_of_a_cancel_has_its_result() -> None:
    async def stubborn(side: Side, request: Frame) -> None:
        if request["type"] == "cancel":
            await side.answer(request, "result", outputs={"o": 1}, blobs={})

    async with connected(stubborn) as client, client.call(NODE) as running:
        await running.cancel()
        assert [one async for one in running] == []
        assert running.result.outputs == {"o": 1}


async def leave_at_timeout(client: WorkerClient) -> None:
    with pytest.raises(TimeoutError, match=r"a\.B did not end within 0\.1 s, and the worker was told to stop"):
        await client.execute(NODE, timeout=0.1)


async def leave_by_cancelling_the_task(client: WorkerClient) -> None:
    began = asyncio.Event()
    task = asyncio.create_task(client.execute(NODE, hear=lambda _: began.set()))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def leave_the_iteration(client: WorkerClient) -> None:
    async with client.call(NODE) as running:
        await anext(running)


LEAVING: list[Callable[[WorkerClient], Awaitable[None]]] = [
    leave_at_timeout,
    leave_by_cancelling_the_task,
    leave_the_iteration,
]


@pytest.mark.parametrize("leave", LEAVING, ids=lambda leave: leave.__name__)
async def test_a_call_that_is_left_tells_the_worker_to_stop(leave: Callable[[WorkerClient], Awaitable[None]]) -> None:
    came: asyncio.Queue[Frame] = asyncio.Queue()
    async with connected(cancellable(came)) as client:
        await leave(client)
        (_, request_id), told = await got(came), await got(came)
        assert told == ("cancel", request_id)
        assert (await client.ask_status()).protocol_version == 6  # frames of the left call are passed over


async def test_a_drop_ends_every_call_in_flight() -> None:
    async def drop(side: Side, request: Frame) -> None:
        if request["data"].get("fields"):
            side.request.transport.abort()  # type: ignore[union-attr]

    async with connected(drop) as client:
        first = asyncio.create_task(client.execute(NODE))
        with pytest.raises(WorkerLost, match="dropped"):
            await client.execute(m.Execute(node_type="a.B", fields={"drop": 1}))
        with pytest.raises(WorkerLost, match="dropped"):
            await first
        assert client.lost.is_set()
        with pytest.raises(WorkerLost):
            await client.ask_status()


async def test_a_close_is_told_with_its_code_and_reason() -> None:
    async def close(side: Side, request: Frame) -> None:
        await side.socket.close(code=4001, message=b"maintenance")

    async with connected(close) as client:
        with pytest.raises(WorkerLost, match="closed the connection with 4001 and said: maintenance"):
            await client.execute(NODE)


async def test_a_client_that_closes_ends_its_own_calls() -> None:
    async def never(side: Side, request: Frame) -> None:
        await asyncio.Event().wait()

    async with connected(never) as client:
        task = asyncio.create_task(client.execute(NODE))
        await asyncio.sleep(0)
        await client.close()
        with pytest.raises(WorkerLost, match="closed here"):
            await task


async def test_a_frame_that_is_too_large_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODETOOL_BRIDGE_MAX_FRAME_SIZE", "65536")

    async def send(side: Side, request: Frame) -> None:
        await side.socket.send_bytes(bytes(65537))

    async with connected(send) as client:
        with pytest.raises(WorkerLost, match="sent a frame of more than 65536 bytes"):
            await client.execute(NODE)


BROKEN = [
    frames.encode({"type": "result", "request_id": "3", "data": 5}),
    frames.encode({"type": "result", "request_id": "3", "data": {"outputs": {"x": [1] * 9}}})[:-3],
]


@pytest.mark.parametrize("body", BROKEN, ids=["no map of data", "cut"])
async def test_a_broken_frame_ends_its_own_call_only(body: bytes) -> None:
    async def send(side: Side, request: Frame) -> None:
        if request["request_id"] == "3":  # behind discover and worker.status
            await side.socket.send_bytes(b"\xc1 nobody's")
            await side.socket.send_bytes(body)
        elif request["type"] != "cancel":
            await result(side, request)

    async with connected(send) as client:
        with pytest.raises(BadFrame):
            await client.execute(NODE)
        assert (await client.execute(NODE)).outputs


async def test_frames_of_a_kind_that_is_not_known_are_passed_over() -> None:
    async with connected(sending(("comfy.event", {"event": "x"}), ("later", {}))) as client:
        assert (await client.execute(NODE)).outputs == {"o": {"type": "image"}}


async def test_of_progress_that_nobody_takes_only_the_last_waits() -> None:
    told = [("progress", {"progress": n, "total": 500}) for n in range(1, 501)]
    async with connected(sending(*told)) as client, client.call(NODE) as running:
        await running.over.wait()
        assert [one async for one in running] == [m.Progress(progress=500, total=500)]


STREAM = m.ExecuteStream(node_type="a.Stream")
NODES = [{"node_type": "a.Stream", "is_streaming_output": True}, {"node_type": "a.B"}]


def stream_of(count: int, size: int, sent: list[int]) -> Execute:
    async def send(side: Side, request: Frame) -> None:
        if request["type"] == "cancel":
            return
        for number in range(count):
            await side.answer(request, "chunk", outputs={"n": number, "body": bytes(size)}, blobs={})
            sent.append(number)
        await side.answer(request, "result", outputs={}, blobs={})

    return send


async def test_a_stream_is_iterated_over() -> None:
    async with (
        connected(stream_of(3, 1, []), nodes=NODES) as client,
        client.execute_stream(STREAM) as running,
    ):
        assert [one.outputs["n"] async for one in running] == [0, 1, 2]
        assert running.result == m.Result()


async def test_a_node_that_does_not_stream_is_not_asked_to() -> None:
    async with connected(nodes=NODES) as client:
        with pytest.raises(Unsupported, match=r"a\.B does not stream; use execute"):
            async with client.execute_stream(m.ExecuteStream(node_type="a.B")):
                pass


async def test_a_stream_that_nobody_takes_holds_up_its_worker_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "ROOM", 1 << 20)
    sent: list[int] = []
    async with (
        connected(stream_of(100, 1 << 20, sent), nodes=NODES) as client,
        client.execute_stream(STREAM) as running,
    ):
        await anext(running)
        for _ in range(20):
            await client.ask_status()
        stood = len(sent)
        assert [one.outputs["n"] async for one in running] == list(range(1, 100))
    assert stood < 60


async def test_a_call_that_shares_its_connection_ends_when_it_falls_too_far_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(call, "MOST", 1 << 20)
    async with connected(stream_of(100, 1 << 16, []), nodes=NODES) as client, client.call(STREAM) as running:
        await running.over.wait()
        with pytest.raises(WorkerFault) as caught:
            async for _ in running:
                pass
        assert caught.value.code == "slow_reader"
        assert (await client.ask_status()).protocol_version == 6


async def test_leaving_a_stream_closes_its_connection() -> None:
    async with peer(serving(execute=stream_of(1000, 1 << 20, []), nodes=NODES)) as worker:
        client = await connect(worker)
        async with client.execute_stream(STREAM) as running:
            await anext(running)
        async with asyncio.timeout(PATIENCE):
            await worker.codes.get()
        assert (await client.ask_status()).protocol_version == 6
        await client.close()
