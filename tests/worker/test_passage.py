"""Large frames on their way past aiohttp: whole, in order, in memory once, and with room for pings."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import msgpack
import pytest

from nodetool_jupyter.bridge.frames import decode
from nodetool_jupyter.bridge.large import Apart
from nodetool_jupyter.worker import http, passage
from nodetool_jupyter.worker.passage import Passage, unmask, unmask_slowly
from tests.worker.scenery import PATIENCE, Running, happens, heard, pack, running

MIB = 1 << 20
BODY = os.urandom(MIB)
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def head(first: int, length: int, mask: bytes = bytes(4)) -> bytes:
    """Return the head of a client's frame."""
    if length < 126:
        return bytes((first, 0x80 | length)) + mask
    if length < 1 << 16:
        return struct.pack(">BBH", first, 0xFE, length) + mask
    return struct.pack(">BBQ", first, 0xFF, length) + mask


def echo(request_id: str, body: bytes) -> bytes:
    return pack("execute", request_id, {"node_type": "bridgecheck.basic.Echo", "blobs": {"value": body}})


class ByHand:
    """A client that writes and reads frames itself, one by one."""

    def __init__(self, worker: Running) -> None:
        self._socket = socket.create_connection(("127.0.0.1", worker.port))
        self._socket.setblocking(False)
        self._loop = asyncio.get_running_loop()

    async def write(self, *bodies: bytes) -> None:
        async with asyncio.timeout(PATIENCE):
            for body in bodies:
                await self._loop.sock_sendall(self._socket, body)

    async def read(self, size: int) -> bytearray:
        into = bytearray(size)
        await self.read_into(memoryview(into))
        return into

    async def read_into(self, into: memoryview) -> None:
        async with asyncio.timeout(PATIENCE):
            while into:
                step = await self._loop.sock_recv_into(self._socket, into)
                assert step
                into = into[step:]

    async def welcome(self) -> None:
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += await self.read(1)
        assert b" 101 " in answer

    async def frame_head(self) -> tuple[int, int]:
        first, length = await self.read(2)
        if length >= 126:
            length = int.from_bytes(await self.read(2 if length == 126 else 8))
        return first, length

    async def frame(self) -> tuple[int, bytes]:
        first, length = await self.frame_head()
        return first, bytes(await self.read(length))

    async def message(self) -> dict[str, Any]:
        first, body = await self.frame()
        while not first & 0x80:
            first, more = await self.frame()
            body += more
        found: dict[str, Any] = msgpack.unpackb(body)
        return found

    def close(self) -> None:
        self._socket.close()


@asynccontextmanager
async def connected(**options: Any) -> AsyncIterator[ByHand]:
    async with running(**options) as worker:
        client = ByHand(worker)
        try:
            await client.write(UPGRADE)
            await client.welcome()
            yield client
        finally:
            client.close()


def blob_of(answer: dict[str, Any]) -> bytes:
    (body,) = answer["data"]["blobs"].values()
    return bytes(body)


@pytest.mark.parametrize("step", [131, 4099, 1 << 30])
async def test_large_and_small_frames_come_whole_and_in_order(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passage, "LARGE", 100)
    bodies = [b"a" * 90_000, b"b" * 10, b"c" * 70_000, b"d" * 300]
    frames = [echo(str(number), body) for number, body in enumerate(bodies)]
    frames.insert(2, pack("worker.status", "s"))
    stream = b"".join(head(0x82, len(frame)) + frame for frame in frames)
    async with connected() as client:
        for at in range(0, len(stream), step):
            await client.write(stream[at : at + step])
            await asyncio.sleep(0)
        answers = {answer["request_id"]: answer for answer in [await client.message() for _ in frames]}
    assert answers["s"]["data"]["node_count"] > 0
    found = [answers[str(number)]["data"] for number in range(len(bodies))]
    assert [(one["blobs"] or {"": one["outputs"]["output"]["data"]}).popitem()[1] for one in found] == bodies


async def test_a_mask_is_taken_off() -> None:
    mask, frame = b"\x01\x80\xff\x42", bytearray(echo("e", BODY))
    masked = frame.copy()
    unmask_slowly(mask, masked)
    assert masked != frame
    async with connected() as client:
        await client.write(head(0x82, len(masked), mask), bytes(masked))
        assert blob_of(await client.message()) == BODY


@pytest.mark.parametrize("length", [0, 1, 3, 4, 5, 1000])
def test_a_mask_is_taken_off_the_same_without_aiohttps_help(length: int) -> None:
    fast, slow = bytearray(BODY[:length]), bytearray(BODY[:length])
    unmask(b"\x01\x80\xff\x42", fast)
    unmask_slowly(b"\x01\x80\xff\x42", slow)
    assert fast == slow


async def test_a_client_that_does_not_wait_for_the_handshake_is_served() -> None:
    async with running() as worker:
        client = ByHand(worker)
        frame = echo("e", BODY)
        await client.write(UPGRADE + head(0x82, len(frame)), frame)
        await client.welcome()
        assert blob_of(await client.message()) == BODY
        client.close()


async def test_a_large_message_of_several_frames_is_one() -> None:
    frame = echo("e", BODY)
    async with connected() as client:
        await client.write(head(0x02, 600_000), frame[:600_000], head(0x89, 2) + b"hi")
        assert await client.frame() == (0x8A, b"hi")
        await client.write(head(0x80, len(frame) - 600_000), frame[600_000:])
        assert blob_of(await client.message()) == BODY


async def test_a_frame_above_the_limit_ends_the_connection() -> None:
    async with connected(max_frame=MIB) as client:
        await client.write(head(0x82, MIB + 1))
        first, body = await client.frame()
    assert (first, body[:2]) == (0x88, struct.pack(">H", 1009))


async def test_a_ping_is_answered_in_the_middle_of_a_large_answer() -> None:
    frame = echo("e", BODY * 48)
    async with connected() as client:
        await client.write(head(0x82, len(frame)), frame)
        kinds = []
        first, length = await client.frame_head()
        await client.write(head(0x89, 2) + b"hi")
        body = await client.read(length)
        while not first & 0x80 or first == 0x8A:
            kinds.append(first)
            first, more = await client.frame()
            body += b"" if first == 0x8A else more
    assert (kinds[0], kinds.count(0x8A), first, set(kinds)) == (0x02, 1, 0x80, {0x02, 0x00, 0x8A})
    assert blob_of(msgpack.unpackb(body)) == BODY * 48


async def test_a_client_that_takes_nothing_of_a_large_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SLOW", 0.2)
    frame = echo("e", BODY * 32)
    async with running() as worker:
        gone = heard(worker.worker, "disconnect")
        client = ByHand(worker)
        await client.write(UPGRADE)
        await client.welcome()
        await client.write(head(0x82, len(frame)), frame)
        await happens(gone)
        assert worker.worker.connections == set()
        client.close()


async def test_fifty_mebibytes_there_and_back_are_in_memory_once() -> None:
    frame = echo("e", BODY * 50)
    room = bytearray(len(frame) + 10_000)
    start = head(0x82, len(frame))
    async with connected() as client:
        await client.write(head(0x82, len(small := echo("w", b""))) + small)
        await client.message()  # what is loaded at the first one is loaded now
        tracemalloc.start()
        try:
            await client.write(start, frame)
            end, first = 0, 0
            while not first & 0x80:
                first, length = await client.frame_head()
                await client.read_into(memoryview(room)[end : end + length])
                end += length
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert blob_of(msgpack.unpackb(memoryview(room)[:end])) == BODY * 50
    assert 50 * MIB <= most < 55 * MIB


# -- what cannot be seen from the other end ---------------------------------------------------------------------------


class Inner:
    """Stands for aiohttp's protocol, and keeps what it is given."""

    def __init__(self) -> None:
        self.came = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.came += data


class Reading:
    """Stands for a transport: whether it reads."""

    reads = True

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True


@pytest.fixture
def between() -> Iterator[tuple[Passage, Inner, Reading]]:
    inner, transport = Inner(), Reading()
    found = Passage(inner)
    found.connection_made(transport)  # type: ignore[arg-type]
    found.data_received(b"GET / HTTP/1.1\r\n\r\n")
    inner.came = b""
    found.watch(8 * MIB)
    yield found, inner, transport


Between = tuple[Passage, Inner, Reading]


async def test_nothing_is_read_while_a_large_frame_waits_to_be_taken(between: Between) -> None:
    found, inner, transport = between
    frame = msgpack.packb({"a": BODY})
    found.data_received(head(0x82, len(frame)) + frame)
    assert not transport.reads
    inner.transport.pause_reading()
    body = found.taken(inner.came[2:])
    assert isinstance(body, Apart)
    assert (decode(body), transport.reads) == ({"a": BODY}, False)
    inner.transport.resume_reading()
    assert transport.reads


async def test_aiohttp_hears_of_a_large_frame_that_comes_slowly(between: Between) -> None:
    found, inner, _ = between
    found.data_received(head(0x82, MIB) + b"x")
    found.data_received(b"x")
    assert inner.came == head(0x8A, 0)  # one for both: they came within a second


async def test_a_body_that_is_no_mark_is_itself(between: Between) -> None:
    found, inner, _ = between
    found.data_received(head(0x82, 16) + b"0123456789abcdef")
    assert inner.came == head(0x82, 16) + b"0123456789abcdef"
    assert found.taken(b"0123456789abcdef") == b"0123456789abcdef"
