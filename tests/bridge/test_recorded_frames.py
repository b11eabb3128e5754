"""What NodeTool's own worker was seen to answer, played to our client."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.bridge.address import Address
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.websocket import WebSocketTransport
from nodetool_jupyter.errors import WorkerFault
from tests.bridge.peers import Side, Talk, peer, serving
from tests.conftest import SHARED

RECORDED = SHARED / "research" / "nodetool-frames.json"
CASES: list[dict[str, Any]] = json.loads(RECORDED.read_text())["cases"] if RECORDED.is_file() else []
EXECUTED = [
    case
    for case in CASES
    if isinstance(case.get("replies"), list)
    and all("data" in reply for reply in case["replies"])  # or they are only counted
    and case.get("request", {}).get("type") in ("execute", "execute.stream")
    and case["request"].get("data", {}) is not None
    and "node_type" in case["request"].get("data", {})
]

pytestmark = pytest.mark.skipif(not CASES, reason="the recorded frames are not beside this checkout")


def filled(value: Any) -> Any:
    """Return recorded data with bytes where the record has only how many there were, and how they began."""
    if isinstance(value, list):
        return [filled(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return bytes.fromhex(value["head_hex"]).ljust(value["$bytes"], b"\0")[: value["$bytes"]]
    if "$traceback_lines" in value:
        return value["last"]
    return {key: filled(one) for key, one in value.items()}


def replies(case: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the frames of a case; the digest of bytes that were not recorded is that of those in their place."""
    digest = hashlib.sha256()
    for reply in case["replies"]:
        data = filled(reply["data"])
        if reply["type"] == "blob.start":
            digest = hashlib.sha256()
        elif reply["type"] == "blob.chunk":
            digest.update(data["bytes"])
        elif reply["type"] == "blob.end":
            data["sha256"] = digest.hexdigest()
        yield reply["type"], data


def player(case: dict[str, Any]) -> Talk:
    async def play(side: Side, request: dict[str, Any]) -> None:
        if request["type"] != "cancel":
            for kind, data in replies(case):
                await side.answer(request, kind, **data)

    return serving(execute=play)


@asynccontextmanager
async def connected(talk: Talk) -> AsyncIterator[WorkerClient]:
    async with peer(talk) as worker:
        client = await WorkerClient.connect(lambda: WebSocketTransport.open(Address(worker.url)))
        try:
            yield client
        finally:
            await client.close()


def request(case: dict[str, Any]) -> m.Execute:
    data = filled(case["request"]["data"])
    kind = m.ExecuteStream if case["request"]["type"] == "execute.stream" else m.Execute
    return kind.read(m.Frame(kind.TYPE, "1", data))


def heard(case: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return what a case's reader is told, but for how it ended."""
    kinds: dict[str, type[m.Message]] = {"progress": m.Progress, "update": m.Update, "chunk": m.Chunk}
    return [(kind, kinds[kind].read(m.Frame(kind, "1", data))) for kind, data in replies(case) if kind in kinds]


@pytest.mark.parametrize("case", EXECUTED, ids=lambda case: case["case"])
async def test_an_execute_is_heard_and_ends_as_it_did(case: dict[str, Any], tmp_path: Path) -> None:
    ended, data = list(replies(case))[-1]
    told: list[Any] = []
    async with connected(player(case)) as client:
        if ended == "error":
            with pytest.raises(WorkerFault) as caught:
                await client.execute(request(case), folder=tmp_path, hear=told.append)
            assert (str(caught.value), caught.value.traceback) == (data["error"], data.get("traceback") or "")
            assert list(tmp_path.iterdir()) == []
        else:
            done = await client.execute(request(case), folder=tmp_path, hear=told.append)
            assert done.outputs == data["outputs"]
            assert {slot: path.stat().st_size for slot, path in done.files.items()} == sizes(case)
    # Of progress that comes faster than it is taken only the last counts.
    assert [one for one in told if not isinstance(one, m.Progress)] == [
        one for kind, one in heard(case) if kind != "progress"
    ]
    assert [one for one in told if isinstance(one, m.Progress)][-1:] == [
        one for kind, one in heard(case) if kind == "progress"
    ][-1:]


def sizes(case: dict[str, Any]) -> dict[str, int]:
    """Return how large the blobs of a case are, by slot, whichever way they came."""
    whole = {name: len(body) for name, body in list(replies(case))[-1][1].get("blobs", {}).items()}
    return whole | {data["name"]: data["size"] for kind, data in replies(case) if kind == "blob.end"}


def recorded(name: str) -> dict[str, Any]:
    return next(case for case in CASES if case["case"] == name)


async def play_once(name: str, **data: Any) -> Talk:
    ((kind, answer),) = replies(recorded(name))

    async def play(side: Side, request: dict[str, Any]) -> None:
        await side.answer(request, kind, **answer)

    return serving(execute=play, **data)


async def test_discover_is_read_whole() -> None:
    ((_, data),) = replies(recorded("discover"))
    async with connected(serving(nodes=data["nodes"])) as client:
        stream = client.nodes["bridgecheck.basic.CountStream"]
        assert (stream.is_streaming_output, [slot.name for slot in stream.outputs]) == (True, ["value", "total"])
        image = client.nodes["bridgecheck.basic.BlobInfo"].properties[0]
        assert (image.name, image.type, image.default["type"]) == ("image", {"type": "ImageRef"}, "image")


async def test_job_end_tells_what_was_released() -> None:
    async with connected(await play_once("job.end")) as client:
        assert await client.job_end("J1") == m.JobEnded(job_id="J1", released_nodes=["n1"], known=True)


async def test_job_start_without_an_id_is_told_as_the_worker_told_it() -> None:
    async with connected(await play_once("job.start without id")) as client:
        with pytest.raises(WorkerFault, match=r"^job\.start requires a non-empty string job_id$"):
            await client.job_start("x")
