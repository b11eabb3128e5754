"""How long an event of a kernel takes to a page by way of the server; with ``--soak`` also what slow pages cost."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
from tornado.websocket import websocket_connect

from benchmarks.measure import Figure, Figures
from benchmarks.server import Server, server

READERS, STUCK = 100, 100
SOAK = 300.0  # seconds
_EACH = 0.02  # seconds between two events of the kernel
_ROOT = Path(__file__).parent.parent

_KERNEL = """
import sys, threading, time
import nodetool_jupyter as nt

@nt.node
def says(ctx: nt.NodeContext, seconds: float, size: int, each: float) -> int:
    end, pause, said = time.monotonic() + seconds, threading.Event(), 0
    while time.monotonic() < end:
        pause.wait(each)
        said += 1
        ctx.log(repr(time.time()) + " " + "x" * size)
    return said

if __name__ == "__main__":
    for line in sys.stdin:
        strategy, seconds, size, each = line.split()
        data = {"seconds": float(seconds), "size": int(size), "each": float(each)}
        node = {"id": "n", "type": says.node_type.name, "data": data}
        job = nt.submit({"nodes": [node], "edges": []}, strategy=strategy)
        print(job.id, flush=True)
        job.wait(600)
        print("ended", flush=True)
"""
_ECHO = """
import asyncio
from tornado import web, websocket
class Echo(websocket.WebSocketHandler):
    def open(self): self.set_nodelay(True)
    async def on_message(self, message): await self.write_message(message)
async def main():
    server = web.Application([("/", Echo)]).listen(0, "127.0.0.1")
    print(next(iter(server._sockets.values())).getsockname()[1], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


class Programs:
    """A server, a kernel and an echo, each a process of its own, over folders of their own."""

    def __init__(self, home: Path, running: Server) -> None:
        self.port, self.token = running.port, running.token
        (home / "kernel.py").write_text(_KERNEL)
        folders = {"NODETOOL_HOME": str(home / "data"), "NODETOOL_RUNTIME": str(home / "run")}
        self._environ = {**os.environ, **folders, "ENV": "production", "PYTHONPATH": str(_ROOT)}
        (self.server,) = [one for one in psutil.Process().children() if "jupyter_server" in one.cmdline()]
        self.kernel = self._start(str(home / "kernel.py"))
        self.echo = self._start("-c", _ECHO)

    def _start(self, *words: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen([sys.executable, *words], env=self._environ, stdin=pipe, stdout=pipe, text=True)

    def run(self, strategy: str, seconds: float, size: int = 10, each: float = _EACH) -> str:
        """Let the kernel run a job that says something all the time; returns its id."""
        assert self.kernel.stdin is not None and self.kernel.stdout is not None
        self.kernel.stdin.write(f"{strategy} {seconds} {size} {each}\n")
        self.kernel.stdin.flush()
        return self.kernel.stdout.readline().strip()

    async def ended(self) -> None:
        """Wait until the kernel's job has ended."""
        assert self.kernel.stdout is not None
        await asyncio.to_thread(self.kernel.stdout.readline)

    def close(self) -> None:
        for process in (self.kernel, self.echo):
            process.kill()
            process.wait()


@asynccontextmanager
async def page(programs: Programs) -> AsyncIterator[Any]:
    """Open a page's socket."""
    address = f"ws://127.0.0.1:{programs.port}/nodetool/api/events/ws?token={programs.token}"
    opened = await websocket_connect(address)
    try:
        yield opened
    finally:
        opened.close()


def _stamps(message: dict[str, Any]) -> list[float]:
    """Return when what a message tells of was said."""
    if message["type"] == "events":
        texts = [event["content"] for event in message["events"] if event["type"] == "log_update"]
    else:
        patch = message.get("patch") or {}
        texts = [line["text"] for line in (patch.get("log") or {}).values() if line]
    return [float(text.split(" ")[0]) for text in texts if text[:1].isdigit()]


async def _delays(programs: Programs, strategy: str, topic: str, seconds: float) -> list[float]:
    """Return how long each event took to a page, in milliseconds; of a patch, its newest."""
    job_id = await asyncio.to_thread(programs.run, strategy, seconds)
    found: list[float] = []
    async with page(programs) as opened:
        await opened.write_message(json.dumps({"type": "subscribe", "id": 1, "topic": topic, "job": job_id}))
        while (message := json.loads(await opened.read_message()))["type"] != "end":
            now, stamps = time.time(), _stamps(message)
            found += [(now - stamp) * 1e3 for stamp in (stamps if topic == "events" else stamps[-1:])]
    await programs.ended()
    return found[len(found) // 10 :]


async def _echoes(programs: Programs, count: int) -> list[float]:
    """Return half the time of a message there and back, in milliseconds."""
    assert programs.echo.stdout is not None
    opened = await websocket_connect(f"ws://127.0.0.1:{programs.echo.stdout.readline().strip()}/")
    found = []
    for _ in range(count):
        began = time.perf_counter()
        await opened.write_message("x" * 200)
        await opened.read_message()
        found.append((time.perf_counter() - began) * 500)
    opened.close()
    return found


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def _stuck(programs: Programs, job_id: str) -> socket.socket:
    """Open a socket whose reader asks for events and then takes nothing."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    opened.connect(("127.0.0.1", programs.port))
    key = base64.b64encode(os.urandom(16)).decode()
    head = f"GET /nodetool/api/events/ws?token={programs.token} HTTP/1.1\r\nHost: 127.0.0.1:{programs.port}\r\n"
    upgrade = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
    opened.sendall(f"{head}{upgrade}\r\n".encode())
    opened.recv(100)
    for number, topic in enumerate(("state", "events", "jobs")):
        job = {} if topic == "jobs" else {"job": job_id}
        text = json.dumps({"type": "subscribe", "id": number, "topic": topic, **job}).encode()
        opened.sendall(struct.pack("!BB4s", 0x81, 0x80 | len(text), b"\0\0\0\0") + text)
    return opened


async def _soak(programs: Programs, seconds: float) -> tuple[list[int], list[float]]:
    """Return the server's memory, and the delays of those who read, while as many do not."""
    job_id = await asyncio.to_thread(programs.run, "threaded", seconds + 30, 16_000, 0.25)
    delays: list[float] = []
    memory: list[int] = []

    async def read(place: int) -> None:
        async with page(programs) as opened:
            for number, topic in enumerate(("state", "jobs", "events")[: 3 if place < 5 else 2]):
                job = {} if topic == "jobs" else {"job": job_id}
                await opened.write_message(json.dumps({"type": "subscribe", "id": number, "topic": topic, **job}))
            while (text := await opened.read_message()) is not None:
                if place < 5 and '"type":"events"' in text[:20]:
                    now = time.time()
                    delays.extend((now - stamp) * 1e3 for stamp in _stamps(json.loads(text)))

    readers = [asyncio.ensure_future(read(place)) for place in range(READERS)]
    idle = [_stuck(programs, job_id) for _ in range(STUCK)]
    await asyncio.sleep(20)
    delays.clear()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await asyncio.sleep(5)
        memory.append(programs.server.memory_info().rss)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    for one in idle:
        one.close()
    return memory, delays


def figures(*, soak: bool) -> Figures:
    with tempfile.TemporaryDirectory(prefix="nodetool-streams-") as folder, server(Path(folder)) as running:
        programs = Programs(Path(folder), running)
        try:
            yield from _figures(programs, soak)
        finally:
            programs.close()


def _figures(programs: Programs, soak: bool) -> Figures:
    least = asyncio.run(_echoes(programs, 1000))
    for strategy in ("threaded", "subprocess"):
        for topic in ("events", "state"):
            found = asyncio.run(_delays(programs, strategy, topic, 15.0 if soak else 8.0))
            name = f"{strategy} job's event to a page, topic {topic}"
            yield Figure(f"{name}, p50", statistics.median(found), "ms", statistics.median(least))
            yield Figure(f"{name}, p99", _p99(found), "ms", _p99(least), "<= 100")
    if soak:
        memory, delays = asyncio.run(_soak(programs, SOAK))
        base, name = memory[0], f"{READERS} pages read, {STUCK} are stuck"
        farthest = max(abs(one / base - 1) for one in memory)
        yield Figure(f"{name}: server's memory, most", max(memory) / 2**20, "MiB", base / 2**20)
        yield Figure(f"{name}: farthest from its beginning", farthest * 100, "%", None, "<= 5")
        yield Figure(f"{name}: delay of events, p99", _p99(delays), "ms", _p99(least), "<= 200")
