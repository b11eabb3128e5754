"""What tests of jobs over the socket share: a worker with a data folder, workflows, what a client does with them."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from nodetool_jupyter.testing import Script, fake_strategy
from tests.worker.scenery import Client, Names, Reply, Running, SocketClient, as_user, pack, running

Json = dict[str, Any]
Story = Callable[[Running, SocketClient], Awaitable[None]]
RUNNING = {"type": "job_update", "status": "running"}


def graph_of(*nodes: tuple[str, str, Json], edges: tuple[str, ...] = ()) -> Json:
    """Return a workflow of nodes ``(id, type, data)`` and edges ``a.output->b.input``."""
    wires = []
    for text in edges:
        source, target = text.split("->")
        (a, out), (b, into) = source.split("."), target.split(".")
        wires.append({"source": a, "sourceHandle": out, "target": b, "targetHandle": into})
    return {"nodes": [{"id": i, "type": kind, "data": data} for i, kind, data in nodes], "edges": wires}


PASS_ON = graph_of(
    ("i", "nodetool.input.IntegerInput", {"name": "x", "value": 2}),
    ("o", "nodetool.output.Output", {"name": "out"}),
    edges=("i.output->o.value",),
)
ANY = graph_of(
    ("i", "nodetool.input.ImageInput", {"name": "x"}),
    ("o", "nodetool.output.Output", {"name": "out"}),
    edges=("i.output->o.value",),
)


@asynccontextmanager
async def hosting(folder: Path, **options: Any) -> AsyncIterator[Running]:
    """Run a worker in this process whose jobs are in a folder; its users are ada and bob."""
    options = {"strategies": ("fake",), **options}
    async with running(Names("ada", "bob"), data=folder / "data", **options) as worker:
        yield worker


def play(folder: Path, story: Story, *scripts: Script, **options: Any) -> None:
    """Let a story happen between such a worker, whose jobs go by scripts, and a client of ada's."""

    async def whole() -> None:
        async with hosting(folder, **options) as worker:
            await story(worker, await of(worker))

    with fake_strategy(*scripts):
        asyncio.run(whole())


async def of(worker: Running, user: str = "ada") -> SocketClient:
    return await worker.connect(**as_user(user))


async def submit(client: Client, request: Json | None = None, **more: Any) -> Json:
    """Submit a job, and return its record."""
    answer = await client.ask("jobs.submit", {"request": {"graph": PASS_ON, **(request or {})}, **more})
    assert answer["type"] == "result", answer
    job: Json = answer["data"]["job"]
    return job


async def refused(client: Client, request: Json | None = None, **more: Any) -> Json:
    """Submit a job that is refused, and return the error."""
    answer = await client.ask("jobs.submit", {"request": {"graph": PASS_ON, **(request or {})}, **more})
    assert answer["type"] == "error", answer
    error: Json = answer["data"]
    return error


def lines_in(replies: list[Reply]) -> list[Json]:
    """Return the lines that came."""
    return [json.loads(line) for reply in replies if reply["type"] == "jobs.lines" for line in reply["data"]["lines"]]


async def to_end(client: Client, job_id: str, after: int = 0) -> list[Json]:
    """Follow a job to its end, and return its lines."""
    replies = await client.replies(await client.send("jobs.events", {"job_id": job_id, "after": after, "follow": True}))
    assert replies[-1]["data"].get("ended") is True, replies[-1]
    return lines_in(replies)


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


async def upload(client: Client, body: bytes, *, piece: int = 1 << 16, request_id: str = "up", **wrong: Any) -> Reply:
    """Send a value in pieces and say that it has come; ``wrong`` replaces what a frame says."""
    name = wrong.get("name", f"values/{digest(body)}")
    await client.raw(pack("blob.start", request_id, {"name": name, "size": wrong.get("size", len(body))}))
    for offset in range(0, len(body), piece):
        part = {"name": name, "offset": offset + wrong.get("shift", 0), "bytes": body[offset : offset + piece]}
        await client.raw(pack("blob.chunk", request_id, part))
    said = wrong.get("sha256", digest(body))
    await client.raw(pack("blob.end", request_id, {"name": name, "size": len(body), "sha256": said}))
    return await client.ask("values.put", {"sha256": digest(body)}, request_id)


async def fetch(client: Client, job_id: str, name: str, **part: Any) -> tuple[bytes, Json]:
    """Get a stored value, and return its bytes and the answer."""
    replies = await client.replies(await client.send("values.get", {"job_id": job_id, "name": name, **part}))
    pieces = [reply["data"] for reply in replies if reply["type"] == "blob.chunk"]
    assert [piece["offset"] for piece in pieces] == _offsets(pieces)
    return b"".join(piece["bytes"] for piece in pieces), replies[-1]["data"]


def _offsets(pieces: list[Mapping[str, Any]]) -> list[int]:
    found, at = [], 0
    for piece in pieces:
        found.append(at)
        at += len(piece["bytes"])
    return found
