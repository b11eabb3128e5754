"""NodeTool's own worker by way of a Jupyter server, which alone holds the worker's token."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from yarl import URL

from nodetool_jupyter.bridge import frames
from nodetool_jupyter.bridge.connections import make
from tests.interop.conftest import NODES, RealWorker
from tests.server.talk import PATIENCE, Api


@pytest.fixture
def server(api: Api, jp_serverapp: Any, real_worker: RealWorker, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setenv("PEER_TOKEN", real_worker.token)
    known = jp_serverapp.web_app.settings["nodetool"].workers.connections
    known.add(make("gpu", real_worker.url, token="PEER_TOKEN"))
    return api


async def ask(socket: aiohttp.ClientWebSocketResponse, kind: str, request_id: str, **data: Any) -> list[dict[str, Any]]:
    """Send a request, and return the frames that come for it until it has ended."""
    await socket.send_bytes(frames.encode({"type": kind, "request_id": request_id, "data": data}))
    got: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE):
        while not got or got[-1]["type"] not in ("result", "error", "discover"):
            got.append(frames.decode(await socket.receive_bytes()))
    return got


async def test_a_client_without_the_token_runs_nodes(server: Api) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            URL(server.url("workers/gpu/ws"), encoded=True), headers=server.headers, max_msg_size=0
        ) as socket,
    ):
        (found,) = await ask(socket, "discover", "1")
        assert (found["data"]["protocol_version"], len(found["data"]["nodes"])) == (6, NODES)
        run = {"node_type": "bridgecheck.basic.Add", "fields": {"a": 1, "b": 2}}
        assert (await ask(socket, "execute", "2", **run))[-1]["data"]["outputs"] == {"output": 3}
        count = {"node_type": "bridgecheck.basic.CountStream", "fields": {"count": 3}}
        kinds = [frame["type"] for frame in await ask(socket, "execute.stream", "3", **count)]
        assert kinds == ["chunk", "chunk", "chunk", "chunk", "result"]
        echo = {"node_type": "bridgecheck.basic.Echo", "fields": {"value": bytes(8 << 20)}}
        assert (await ask(socket, "execute", "4", **echo))[-1]["data"]["outputs"] == {"output": bytes(8 << 20)}
        await socket.send_str("no frame of theirs")
        answer = frames.decode(await socket.receive_bytes())
        assert answer["data"]["error"].startswith("Malformed msgpack frame")


async def test_it_is_listed_as_connected(server: Api, real_worker: RealWorker) -> None:
    (row,) = (await server.get("workers")).json["workers"]
    assert (row["name"], row["url_host"], row["state"]) == ("gpu", real_worker.url, "connected")
    assert (row["protocol"], row["nodes"], row["version"], row["queue"]) == (6, NODES, None, None)
    assert real_worker.token not in str(row)
