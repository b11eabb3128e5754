"""The socket to a worker by way of the Jupyter server, beside the worker's own: a small frame, and 64 MiB in pieces.

Worker, server and client are three processes; direct and proxied rounds take turns, so that both meet the same machine.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from benchmarks.measure import Figure, Figures
from benchmarks.server import server

MIB = 1 << 20
PIECES = 64
SMALL = 2000
ROUNDS = 15

_WORKER = """
import asyncio
from aiohttp import WSMsgType, web

PIECE = bytes(1 << 20)

async def talk(request):
    socket = web.WebSocketResponse(max_msg_size=0, compress=False)
    await socket.prepare(request)
    got = 0
    async for message in socket:
        if message.type is WSMsgType.TEXT:  # send so many pieces
            for _ in range(int(message.data)):
                await socket.send_bytes(PIECE)
        elif len(message.data) < len(PIECE):
            await socket.send_bytes(message.data)
        else:
            got += 1
            if got % 64 == 0:
                await socket.send_bytes(b"all")
    return socket

async def main():
    app = web.Application()
    app.router.add_get("/", talk)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""

Socket = aiohttp.ClientWebSocketResponse
Work = Callable[[Socket], Awaitable[float]]


@contextmanager
def worker() -> Iterator[str]:
    """Run a worker that echoes small frames and takes or sends large ones; gives its address."""
    process = subprocess.Popen([sys.executable, "-c", _WORKER], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"ws://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.terminate()
        process.communicate()


async def small(socket: Socket) -> float:
    """Return the median seconds of a round trip of 100 bytes."""
    times = []
    for _ in range(SMALL // ROUNDS):
        start = time.perf_counter()
        await socket.send_bytes(bytes(100))
        await socket.receive_bytes()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


async def down(socket: Socket) -> float:
    """Return the seconds that 64 MiB take from the worker."""
    start = time.perf_counter()
    await socket.send_str(str(PIECES))
    for _ in range(PIECES):
        await socket.receive_bytes()
    return time.perf_counter() - start


async def up(socket: Socket) -> float:
    """Return the seconds that 64 MiB take to the worker."""
    body = bytes(MIB)
    start = time.perf_counter()
    for _ in range(PIECES):
        await socket.send_bytes(body)
    await socket.receive_bytes()
    return time.perf_counter() - start


async def compare(direct_url: str, proxied_url: str, token: str) -> dict[str, tuple[float, float]]:
    """Return the medians of each kind of work, direct and proxied."""
    headers = {"Authorization": f"token {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(direct_url, max_msg_size=0) as direct,
        session.ws_connect(proxied_url, max_msg_size=0, headers=headers) as proxied,
    ):
        found = {}
        works: dict[str, Work] = {"small": small, "down": down, "up": up}
        for name, work in works.items():
            for socket in (direct, proxied):
                await work(socket)
            rounds = [(await work(direct), await work(proxied)) for _ in range(ROUNDS)]
            found[name] = tuple(statistics.median(column) for column in zip(*rounds, strict=True))
        return found


def figures(*, soak: bool) -> Figures:
    with tempfile.TemporaryDirectory() as folder, worker() as url:
        os.environ["NODETOOL_WORKER_URL"] = url
        try:
            with server(Path(folder)) as running:
                proxied = f"ws://127.0.0.1:{running.port}/nodetool/api/workers/default/ws"
                found = asyncio.run(compare(url, proxied, running.token))
        finally:
            del os.environ["NODETOOL_WORKER_URL"]
    direct, through = found["small"]
    yield Figure(
        "proxy: added to a frame of 100 bytes and its answer", (through - direct) * 1e3, "ms", direct * 1e3, "<= 0.5"
    )
    for name, words in (("down", "from"), ("up", "to")):
        direct, through = found[name]
        yield Figure(f"proxy: 64 MiB {words} a worker in MiB", through * 1e3, "ms", direct * 1e3, "<= 1.3 x floor")
