"""Our own client and our own worker, over both wires."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.bridge.address import Address
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.stdio import StdioTransport
from nodetool_jupyter.bridge.websocket import WebSocketTransport
from nodetool_jupyter.errors import WorkerFault, WorkerRefused
from tests.worker.scenery import PATIENCE, Names, environment, running

WIRES = ("websocket", "stdio")


@asynccontextmanager
async def client(wire: str, folder: Path) -> AsyncIterator[WorkerClient]:
    async with asyncio.timeout(PATIENCE), running(Names("ada")) as worker:
        if wire == "websocket":
            found = await WorkerClient.connect(lambda: WebSocketTransport.open(Address(worker.url, "ada")))
        else:
            command = [sys.executable, "-m", "nodetool_jupyter.worker", "--stdio", "--namespaces", "bridgecheck"]
            found = await WorkerClient.connect(
                lambda: StdioTransport.open(command, environ=environment(folder)), again=False
            )
        try:
            yield found
        finally:
            await found.close()


def ask(node: str, **more: object) -> m.Execute:
    fields = {
        key: more.pop(key) for key in list(more) if key in ("a", "b", "size", "steps", "delay", "message", "count")
    }
    return m.Execute(node_type=f"bridgecheck.basic.{node}", fields=fields, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("wire", WIRES)
def test_it_finds_what_is_offered_and_runs_it(wire: str, tmp_path: Path) -> None:
    async def whole() -> None:
        async with client(wire, tmp_path) as found:
            assert (found.version, found.status.transport) == (6, wire)
            assert found.nodes["bridgecheck.basic.CountStream"].is_streaming_output
            heard: list[object] = []
            assert (await found.execute(ask("Add", a=1, b=2))).outputs == {"output": 3}
            assert (await found.execute(ask("SlowCount", steps=3, delay=0.1), hear=heard.append)).outputs == {
                "output": 3
            }
            assert [type(one) for one in heard][-1] is m.Progress
            await found.job_start("j")
            await found.execute(ask("Add", node_id="n", job_id="j"))
            assert (await found.job_end("j")).released_nodes == ["n"]

    asyncio.run(whole())


@pytest.mark.parametrize("wire", WIRES)
def test_it_reads_a_stream(wire: str, tmp_path: Path) -> None:
    async def whole() -> None:
        async with client(wire, tmp_path) as found:
            asked = m.ExecuteStream(node_type="bridgecheck.basic.CountStream", fields={"count": 5})
            async with found.execute_stream(asked) as call:
                items = [one.outputs async for one in call if isinstance(one, m.Chunk)]
            assert items == [*({"value": number} for number in range(5)), {"total": 5}]

    asyncio.run(whole())


@pytest.mark.parametrize("wire", WIRES)
def test_blobs_go_both_ways_and_into_files(wire: str, tmp_path: Path) -> None:
    async def whole() -> None:
        async with client(wire, tmp_path) as found:
            size = (5 << 20) + 7
            kept = await found.execute(ask("BigBytes", size=size), folder=tmp_path / "blobs")
            body = kept.files["output"].read_bytes()
            assert len(body) == size
            sent = await found.execute(ask("BlobInfo", blobs={"image": body}))
            assert sent.outputs["sha256"] == hashlib.sha256(body).hexdigest()

    (tmp_path / "blobs").mkdir()
    asyncio.run(whole())


@pytest.mark.parametrize("wire", WIRES)
def test_an_error_has_its_code_and_a_cancel_is_heard(wire: str, tmp_path: Path) -> None:
    async def whole() -> None:
        async with client(wire, tmp_path) as found:
            with pytest.raises(WorkerFault, match="kaputt") as caught:
                await found.execute(ask("Fail", message="kaputt"))
            assert caught.value.code == "node_failed"
            with pytest.raises(TimeoutError, match="did not end"):
                await found.execute(ask("SlowCount", steps=100_000, delay=0.05), timeout=0.5)
            assert (await found.execute(ask("Add", a=1))).outputs == {"output": 1}

    asyncio.run(whole())


def test_a_wrong_token_is_told_as_such() -> None:
    async def whole() -> None:
        async with running(Names("ada")) as worker:
            with pytest.raises(WorkerRefused):
                await WorkerClient.connect(lambda: WebSocketTransport.open(Address(worker.url, "bob")))

    asyncio.run(whole())
