"""Our client and NodeTool's own worker: everything that the client can ask, over the socket and over the pipes."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.bridge.address import Address
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.line import Transport
from nodetool_jupyter.bridge.stdio import StdioTransport
from nodetool_jupyter.bridge.websocket import WebSocketTransport
from nodetool_jupyter.errors import Unsupported, WorkerFault, WorkerRefused
from tests.interop.conftest import NODES, RealWorker


@pytest.fixture(params=["websocket", "stdio"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def connected(worker: RealWorker, transport: str) -> AsyncIterator[WorkerClient]:
    async def opened() -> Transport:
        if transport == "stdio":
            return await StdioTransport.open(worker.stdio, worker.environ)
        return await WebSocketTransport.open(Address(worker.url, worker.token))

    client = await WorkerClient.connect(opened, again=transport != "stdio")
    try:
        yield client
    finally:
        await client.close()


def node(name: str, **fields: Any) -> m.Execute:
    return m.Execute(node_type=f"bridgecheck.basic.{name}", fields=fields)


def stream(name: str, **fields: Any) -> m.ExecuteStream:
    return m.ExecuteStream(node_type=f"bridgecheck.basic.{name}", fields=fields)


async def test_it_tells_its_version_its_nodes_and_how_it_is(real_worker: RealWorker, transport: str) -> None:
    async with connected(real_worker, transport) as client:
        count = client.nodes["bridgecheck.basic.CountStream"]
        assert (client.version, client.load_errors, len(client.nodes)) == (6, (), NODES)
        assert (count.is_streaming_output, [slot.name for slot in count.outputs]) == (True, ["value", "total"])
        status = await client.ask_status()
        assert (status.node_count, status.namespaces, status.transport) == (NODES, ("bridgecheck",), transport)


RESULTS: list[tuple[m.Execute, dict[str, Any]]] = [
    (node("Add", a=2, b=3.5), {"output": 5.5}),
    (node("DivMod", a=17, b=5), {"quotient": 3, "remainder": 2}),
    (node("Echo", value={"n": 2**63, "b": b"abc", "f": float("inf"), "l": [1, [2]]}), {
        "output": {"n": 2**63, "b": b"abc", "f": float("inf"), "l": [1, [2]]}
    }),
    (node("CountStream", count=3), {"value": 2, "total": 3}),
]  # fmt: skip


@pytest.mark.parametrize(("message", "outputs"), RESULTS, ids=[one[0].node_type for one in RESULTS])
async def test_a_node_is_run(
    real_worker: RealWorker, transport: str, message: m.Execute, outputs: dict[str, Any]
) -> None:
    async with connected(real_worker, transport) as client:
        assert (await client.execute(message)).outputs == outputs


async def test_progress_and_updates_are_heard(real_worker: RealWorker, transport: str) -> None:
    heard: list[Any] = []
    async with connected(real_worker, transport) as client:
        done = await client.execute(node("Chatty").model_copy(update={"node_id": "n1"}), hear=heard.append)
    assert done.outputs == {"output": "done"}
    assert [one.type for one in heard[:2]] == ["preview_update", "log_update"]
    assert heard[2:] == [m.Progress(progress=1, total=2)]


async def test_a_node_that_fails_says_what_it_raised(real_worker: RealWorker, transport: str) -> None:
    async with connected(real_worker, transport) as client:
        with pytest.raises(WorkerFault, match=r"^kaputt$") as caught:
            await client.execute(node("Fail"))
        assert caught.value.traceback.rstrip().endswith("ValueError: kaputt")
        with pytest.raises(WorkerFault, match="Invalid value for property `a`"):
            await client.execute(node("Add", a="text"))
        with pytest.raises(WorkerFault, match="Unknown node type"):
            await client.execute(node("Nope"))


async def test_identity_and_secrets_reach_the_node(real_worker: RealWorker, transport: str) -> None:
    more = {"node_id": "n7", "job_id": "j7", "secrets": {"BRIDGECHECK_SECRET": "canary"}}
    async with connected(real_worker, transport) as client:
        done = await client.execute(node("Identity").model_copy(update=more))
    assert done.outputs == {"node_id": "n7", "job_id": "j7", "secret": "canary"}


async def test_a_stream_comes_item_by_item(real_worker: RealWorker, transport: str) -> None:
    async with (
        connected(real_worker, transport) as client,
        client.execute_stream(stream("CountStream", count=3)) as call,
    ):
        assert [one.outputs async for one in call] == [{"value": 0}, {"value": 1}, {"value": 2}, {"total": 3}]


async def test_a_stream_that_fails_keeps_what_came(real_worker: RealWorker, transport: str) -> None:
    got = []
    async with connected(real_worker, transport) as client, client.execute_stream(stream("FailMidStream")) as call:
        with pytest.raises(WorkerFault, match="stream broke"):
            async for one in call:
                got.append(one.outputs["value"])  # noqa: PERF401  # what came before the failure counts
    assert got == [1, 2]


async def test_a_node_that_does_not_stream_keeps_its_value(real_worker: RealWorker, transport: str) -> None:
    async with connected(real_worker, transport) as client:
        with pytest.raises(Unsupported):
            async with client.execute_stream(stream("Add")):
                pass


async def test_a_cancel_ends_a_node_that_looks(real_worker: RealWorker, transport: str) -> None:
    async with connected(real_worker, transport) as client, client.call(node("SlowCount", steps=10_000)) as call:
        await anext(call)
        await call.cancel()
        with pytest.raises(WorkerFault) as caught:
            async for _ in call:
                pass
    assert caught.value.code == "cancelled"


async def test_a_node_that_never_looks_ends_with_its_result(real_worker: RealWorker, transport: str) -> None:
    async with connected(real_worker, transport) as client, client.call(node("Stubborn")) as call:
        await anext(call)  # it has begun; one that has not would end at once
        await call.cancel()
        assert [one async for one in call] == []
        assert call.result.outputs == {"output": "finished anyway"}


async def test_leaving_a_stream_stops_it_and_nothing_else(real_worker: RealWorker, transport: str) -> None:
    async with connected(real_worker, transport) as client:
        async with client.execute_stream(stream("CountStream", count=1_000_000, delay=0.01)) as call:
            await anext(call)
        assert (await client.execute(node("Add", a=1, b=1))).outputs == {"output": 2}


async def test_blobs_go_out_whole(real_worker: RealWorker, transport: str) -> None:
    body = os.urandom(5 << 20)
    message = node("BlobInfo").model_copy(update={"blobs": {"image": body}})
    async with connected(real_worker, transport) as client:
        done = await client.execute(message)
    assert done.outputs == {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}


@pytest.mark.parametrize("size", [0, 1000, (5 << 20) + 1])
async def test_blobs_come_in_pieces_into_a_file(
    real_worker: RealWorker, transport: str, tmp_path: Path, size: int
) -> None:
    async with connected(real_worker, transport) as client:
        done = await client.execute(node("BigBytes", size=size), folder=tmp_path)
    assert done.files["output"].read_bytes() == (bytes(range(256)) * (size // 256 + 1))[:size]
    assert (done.outputs["output"]["type"], done.blobs) == ("image", {})


async def test_blobs_come_whole_without_a_folder(real_worker: RealWorker, transport: str) -> None:
    async with connected(real_worker, transport) as client:
        done = await client.execute(node("BigBytes", size=3 << 20))
    assert len(done.blobs["output"]) == 3 << 20


async def test_a_job_tells_which_nodes_it_lets_go(real_worker: RealWorker, transport: str) -> None:
    async with connected(real_worker, transport) as client:
        await client.job_start("J", workflow_id="W", user_id="U")
        await client.execute(node("Add").model_copy(update={"node_id": "n1", "job_id": "J"}))
        assert await client.job_end("J") == m.JobEnded(job_id="J", released_nodes=["n1"], known=True)
        assert (await client.job_end("J", "cancelled")).known is False


async def test_many_calls_go_on_at_once(real_worker: RealWorker, transport: str) -> None:
    async with connected(real_worker, transport) as client:
        done = await asyncio.gather(*(client.execute(node("Add", a=n, b=1)) for n in range(200)))
    assert [one.outputs["output"] for one in done] == [n + 1 for n in range(200)]


async def test_a_stream_that_nobody_takes_waits_and_the_others_go_on(real_worker: RealWorker) -> None:
    flood = stream("FloodStream", count=200, size=1 << 20)
    async with connected(real_worker, "websocket") as client, client.execute_stream(flood) as call:
        await anext(call)
        for n in range(20):
            assert (await client.execute(node("Add", a=n))).outputs == {"output": n}
        assert len([one async for one in call]) == 199


async def test_a_node_that_blocks_the_worker_costs_no_connection(real_worker: RealWorker) -> None:
    async with connected(real_worker, "websocket") as client:
        blocking = asyncio.create_task(client.execute(node("BlockLoop", seconds=2.0)))
        assert (await client.ask_status()).node_count == NODES
        assert (await blocking).outputs == {"output": "done"}


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_a_wrong_token_is_refused(real_worker: RealWorker, token: str) -> None:
    with pytest.raises(WorkerRefused, match="HTTP 401"):
        await WebSocketTransport.open(Address(real_worker.url, token))
