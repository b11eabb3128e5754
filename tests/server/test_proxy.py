"""The socket to a worker by way of the server: frames, codes, tokens, rights, slow readers."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType
from yarl import URL

from nodetool_jupyter.bridge.connections import make
from nodetool_jupyter.server import proxy, rights
from tests.bridge.peers import PATIENCE, Peer, Side, Talk, echo, peer
from tests.server.talk import Api

TOKEN = "canary-token-5d1f0c"


@pytest.fixture
def extension(jp_serverapp: Any) -> Any:
    return jp_serverapp.web_app.settings["nodetool"]


@pytest.fixture
def reach(api: Api, extension: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Open a socket through the server to a worker that talks so: ``async with reach(talk) as (socket, worker)``."""

    @asynccontextmanager
    async def open_socket(talk: Talk, **more: Any) -> AsyncIterator[tuple[aiohttp.ClientWebSocketResponse, Peer]]:
        monkeypatch.setenv("WORKER_CANARY", TOKEN)
        async with peer(talk) as worker:
            url = f"{worker.url}/path?secret=query"
            await asyncio.to_thread(extension.workers.connections.add, make("gpu", url, token="WORKER_CANARY"))
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(_url(api), **_headers(api, more)) as socket,
            ):
                yield socket, worker

    return open_socket


def _url(api: Api, name: str = "gpu") -> URL:
    return URL(api.url(f"workers/{name}/ws"), encoded=True)


def _headers(api: Api, more: dict[str, Any]) -> dict[str, Any]:
    return {"headers": {**api.headers, **more.pop("headers", {})}, "max_msg_size": 0, **more}


async def read(socket: aiohttp.ClientWebSocketResponse) -> Any:
    async with asyncio.timeout(PATIENCE):
        return await socket.receive()


async def closed(worker: Peer) -> int | None:
    """Return the code that the worker's next connection was closed with."""
    async with asyncio.timeout(PATIENCE):
        return await worker.codes.get()


async def test_frames_of_both_kinds_pass_unchanged(reach: Any) -> None:
    sent = [b"", b"\x00\xff" * 3, "text, ünïcode", b"x" * (3 << 20)]
    async with reach(echo) as (socket, _):
        for one in sent:
            await (socket.send_bytes(one) if isinstance(one, bytes) else socket.send_str(one))
        got = [(await read(socket)).data for _ in sent]
    assert got == sent


async def test_the_worker_gets_its_own_token_and_nothing_of_the_request(reach: Any) -> None:
    headers = {"Cookie": "session=canary-cookie", "X-Other": "canary-header"}
    async with reach(echo, headers=headers) as (_, worker):
        came = worker.requests[0]
    assert came.headers["Authorization"] == f"Bearer {TOKEN}"
    assert came.path_qs == "/path?secret=query"
    assert not {"Cookie", "X-Other", "Origin"} & set(came.headers)


async def test_neither_token_nor_address_is_logged(reach: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with reach(echo) as (socket, _):
        await socket.send_str("canary-frame")
        await read(socket)
    assert [word for word in (TOKEN, "secret=query", "canary-frame") if word in caplog.text] == []


async def say_hello(side: Side) -> None:
    await side.socket.send_str("hello")
    await side.until_closed()


async def test_an_unknown_worker_is_404_before_the_upgrade(api: Api) -> None:
    answer = await _upgrade(api, "nobody")
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("status", "told"), [(401, (502, "bad_gateway")), (403, (502, "bad_gateway")), (404, (503, "unavailable"))]
)
async def test_a_worker_that_opens_nothing_is_told_of(
    api: Api, extension: Any, status: int, told: tuple[int, str]
) -> None:
    async with peer(echo) as worker:
        worker.refuse = status
        await asyncio.to_thread(extension.workers.connections.add, make("gpu", worker.url))
        answer = await _upgrade(api, "gpu")
    assert (answer.status, answer.code) == told
    assert answer.json["hint"]


async def test_a_worker_that_is_not_there_is_503(api: Api, extension: Any) -> None:
    async with peer(echo) as worker:
        url = worker.url
    await asyncio.to_thread(extension.workers.connections.add, make("gpu", url))
    answer = await _upgrade(api, "gpu")
    assert (answer.status, answer.code) == (503, "unavailable")
    assert url in answer.json["message"]


async def test_a_redirect_is_not_followed(api: Api, extension: Any) -> None:
    async with peer(echo) as target, peer(echo) as worker:
        worker.elsewhere = target.url.replace("ws", "http", 1)
        await asyncio.to_thread(extension.workers.connections.add, make("gpu", worker.url))
        answer = await _upgrade(api, "gpu")
        assert (answer.status, answer.code) == (503, "unavailable")
        assert target.requests == []


async def test_a_worker_of_pipes_has_no_address(api: Api, extension: Any) -> None:
    await asyncio.to_thread(extension.workers.connections.add, make("own", "stdio"))
    answer = await _upgrade(api, "own")
    assert (answer.status, answer.code) == (409, "conflict")


async def test_a_plain_request_is_told_of_the_socket(api: Api) -> None:
    answer = await api.get("workers/gpu/ws")
    assert (answer.status, answer.code) == (400, "invalid_request")


async def test_a_page_of_another_origin_is_refused_before_the_worker_is_asked(
    cookies: Callable[[], Awaitable[Api]], extension: Any
) -> None:
    page = await cookies()
    async with peer(echo) as worker:
        await asyncio.to_thread(extension.workers.connections.add, make("gpu", worker.url))
        answer = await _upgrade(page.with_headers(Origin="https://elsewhere.example"), "gpu")
        assert (answer.status, answer.code) == (403, "forbidden")
        assert worker.requests == []


async def test_who_may_not_execute_may_not_open_it(
    api: Api, extension: Any, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def may(handler: Any, user: Any, action: str, resource: str) -> bool:
        asked.append((action, resource))
        return action != "execute"

    monkeypatch.setattr(jp_serverapp.authorizer, "is_authorized", may)
    async with peer(echo) as worker:
        await asyncio.to_thread(extension.workers.connections.add, make("gpu", worker.url))
        answer = await _upgrade(api, "gpu")
        assert answer.status == 403
        assert worker.requests == []
    assert asked == [("execute", "nodetool")]


async def test_who_is_not_known_may_not_open_it(api: Api) -> None:
    answer = await _upgrade(api.with_headers(Authorization="token wrong"), "gpu")
    assert answer.status == 403


async def test_no_more_than_so_many_sockets(reach: Any, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "MOST", 1)
    async with reach(say_hello) as (socket, _):
        await read(socket)
        answer = await _upgrade(api, "gpu")
    assert (answer.status, answer.code) == (429, "rate_limited")


CODES = [(1000, "bye"), (1001, ""), (1008, "no"), (1009, "too big"), (1011, "oops"), (3001, "x"), (4999, "y" * 123)]


@pytest.mark.parametrize(("code", "reason"), CODES, ids=lambda value: str(value)[:8])
async def test_the_worker_s_code_and_reason_reach_the_client(reach: Any, code: int, reason: str) -> None:
    async def leave(side: Side) -> None:
        await side.socket.close(code=code, message=reason.encode())

    async with reach(leave) as (socket, _):
        message = await read(socket)
    assert (message.type, message.data, message.extra or "") == (WSMsgType.CLOSE, code, reason)


async def test_a_worker_that_drops_is_a_bad_gateway(reach: Any) -> None:
    async def drop(side: Side) -> None:
        side.request.transport.abort()  # type: ignore[union-attr]

    async with reach(drop) as (socket, _):
        message = await read(socket)
    assert (message.data, message.extra) == (1014, "the worker's connection dropped")


@pytest.mark.parametrize("code", [1000, 3001, 4005])
async def test_the_client_s_code_reaches_the_worker(reach: Any, code: int) -> None:
    async with reach(say_hello) as (socket, worker):
        await read(socket)
        await socket.close(code=code)
        assert await closed(worker) == code


async def test_a_client_that_drops_has_gone_away(reach: Any) -> None:
    async with reach(say_hello) as (socket, worker):
        await read(socket)
        socket._response.connection.transport.abort()
        assert await closed(worker) == 1001


async def test_a_frame_of_the_client_that_is_too_large_is_1009(reach: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODETOOL_BRIDGE_MAX_FRAME_SIZE", "65536")
    async with reach(echo) as (socket, worker):
        await socket.send_bytes(b"x" * 65536)
        assert len((await read(socket)).data) == 65536
        await socket.send_bytes(b"x" * 65537)
        assert (await read(socket)).data == 1009
        assert await closed(worker) == 1001


async def test_a_frame_of_the_worker_that_is_too_large_is_1009(reach: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def send_two(side: Side) -> None:
        await side.socket.send_bytes(b"x" * 65536)
        await side.socket.send_bytes(b"x" * 65537)
        await side.until_closed()

    monkeypatch.setenv("NODETOOL_BRIDGE_MAX_FRAME_SIZE", "65536")
    async with reach(send_two) as (socket, worker):
        assert len((await read(socket)).data) == 65536
        message = await read(socket)
        assert (message.data, message.extra) == (1009, "the worker sent a frame of more than 65536 bytes")
        assert await closed(worker) == 1009


MIB = 1 << 20
FLOOD = 192  # MiB; the system's own buffers between the two ends take some tens of them


def number_of(body: bytes) -> int:
    return int.from_bytes(body[:4], "big")


class Flood:
    """Sends numbered frames of a MiB as fast as they are taken, and counts them."""

    def __init__(self) -> None:
        self.sent = 0
        self.moved = asyncio.Event()

    async def pour(self, send: Callable[[bytes], Awaitable[object]]) -> None:
        for number in range(FLOOD):
            await send(number.to_bytes(4, "big") + bytes(MIB - 4))
            self.sent = number + 1
            self.moved.set()

    async def stand_still(self) -> None:
        """Wait until nothing more is taken for a second."""
        while True:
            self.moved.clear()
            try:
                async with asyncio.timeout(1.0):
                    await self.moved.wait()
            except TimeoutError:
                return


async def test_a_client_that_reads_nothing_holds_up_the_worker(reach: Any) -> None:
    flood = Flood()

    async def pour(side: Side) -> None:
        await flood.pour(side.socket.send_bytes)
        await side.until_closed()

    async with reach(pour) as (socket, _):
        await flood.stand_still()
        stood = flood.sent
        numbers = [number_of((await read(socket)).data) for _ in range(FLOOD)]
    assert stood < FLOOD // 2
    assert numbers == list(range(FLOOD))


async def test_a_worker_that_reads_nothing_holds_up_the_client_but_not_its_own_frames(reach: Any) -> None:
    go, numbers = asyncio.Event(), list[int]()

    async def read_late(side: Side) -> None:
        await go.wait()
        await side.socket.send_str("still here")
        await go.wait()
        numbers.extend([number_of(await side.socket.receive_bytes()) for _ in range(FLOOD)])
        await side.socket.send_str("all read")
        await side.until_closed()

    flood = Flood()
    async with reach(read_late) as (socket, _):
        pouring = asyncio.create_task(flood.pour(socket.send_bytes))
        await flood.stand_still()
        stood = flood.sent
        go.set()
        assert (await read(socket)).data == "still here"
        assert (await read(socket)).data == "all read"
        await pouring
    assert stood < FLOOD // 2
    assert numbers == list(range(FLOOD))


async def test_a_worker_that_takes_nothing_for_long_is_left(
    reach: Any, extension: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = asyncio.Event()

    async def sleep(side: Side) -> None:
        await over.wait()

    flood = Flood()
    async with reach(sleep) as (socket, _):
        pouring = asyncio.create_task(flood.pour(socket.send_bytes))
        await flood.stand_still()
        (handler,) = extension.workers.sockets
        handler.last_pong = 0.0
        handler.send_ping()
        assert not handler.ws_connection.is_closing()
        monkeypatch.setattr(proxy, "STALLED", 0.0)
        handler.send_ping()
        message = await read(socket)
        assert (message.data, message.extra) == (1014, "the worker took nothing for 0 s")
        over.set()
        await asyncio.gather(pouring, return_exceptions=True)


async def test_a_right_that_is_taken_away_closes_the_socket(
    reach: Any, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "AGAIN", 0.05)
    async with reach(say_hello) as (socket, worker):
        await read(socket)
        monkeypatch.setattr(jp_serverapp.authorizer, "is_authorized", lambda *_: False)
        assert (await read(socket)).data == 4403
        assert await closed(worker) == 1001


async def test_a_right_that_holds_keeps_the_socket_open(
    reach: Any, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    def may(*_: Any) -> bool:
        asked.set()
        return True

    monkeypatch.setattr(rights, "AGAIN", 0.05)
    async with reach(echo) as (socket, _):
        monkeypatch.setattr(jp_serverapp.authorizer, "is_authorized", may)
        async with asyncio.timeout(PATIENCE):
            await asked.wait()
        await socket.send_str("here")
        assert (await read(socket)).data == "here"


async def test_a_server_that_stops_says_so(reach: Any, extension: Any) -> None:
    async with reach(say_hello) as (socket, worker):
        await read(socket)
        stopping = asyncio.create_task(extension.workers.close())
        assert (await read(socket)).data == 1001
        assert await closed(worker) == 1001
        await stopping


async def test_nothing_is_left_of_a_socket_that_was_closed(reach: Any, extension: Any) -> None:
    async with reach(say_hello) as (socket, worker):
        await read(socket)
        left = weakref.ref(next(iter(extension.workers.sockets)))
        await socket.close()
        await closed(worker)
    assert extension.workers.sockets == set()
    for _ in range(10):
        await asyncio.sleep(0)
    gc.collect()
    assert left() is None


async def _upgrade(api: Api, name: str) -> Any:
    """Ask for the socket by hand, to see how it is refused."""
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}
    return await api.with_headers(Upgrade="websocket", Connection="Upgrade", **key).get(f"workers/{name}/ws")
