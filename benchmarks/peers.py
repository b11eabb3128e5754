"""Our worker and NodeTool's own, each in its own process with the same nodes, and a client that costs next to nothing.

What is measured is the worker: the client sends frames that were packed before, with a mask of zeros, over a blocking
socket, reads an answer into memory that it has already, and unpacks it when the clock has stopped.
"""

from __future__ import annotations

import itertools
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack

import benchmarks

MIB = 1 << 20
_ROOT = Path(benchmarks.__file__).parents[1]
_TOKEN = "canary-bench-token"
_OURS = """
import time, zlib, os
import nodetool_jupyter as nt
from nodetool_jupyter.nodes.types import reference

NODE_NAMESPACE = "benchcheck.basic"
Picture = reference("picture")

@nt.node
def Add(a: float = 0.0, b: float = 0.0) -> float:
    return a + b

@nt.node
def Take(image: Picture = None) -> int:
    return zlib.crc32(image["data"]) ^ len(image["data"])

@nt.node
def Make(size: int = 0) -> Picture:
    return {"type": "image", "uri": "", "data": os.urandom(1 << 20) * (size >> 20)}

@nt.node
def Block(seconds: float = 1.0) -> str:
    time.sleep(seconds)
    return "done"
"""
_THEIRS = """
import os, time, zlib
from nodetool.metadata.types import ImageRef
from nodetool.workflows.base_node import BaseNode
from nodetool.workflows.processing_context import ProcessingContext

class Add(BaseNode):
    a: float = 0.0
    b: float = 0.0
    async def process(self, context: ProcessingContext) -> float:
        return self.a + self.b

class Take(BaseNode):
    image: ImageRef = ImageRef()
    async def process(self, context: ProcessingContext) -> int:
        body = await context.asset_to_bytes(self.image)
        return zlib.crc32(body) ^ len(body)

class Make(BaseNode):
    size: int = 0
    async def process(self, context: ProcessingContext) -> ImageRef:
        return await context.image_from_bytes(os.urandom(1 << 20) * (self.size >> 20))

class Block(BaseNode):
    seconds: float = 1.0
    async def process(self, context: ProcessingContext) -> str:
        time.sleep(self.seconds)
        return "done"
"""


@dataclass(frozen=True)
class Peer:
    """A worker that listens."""

    process: subprocess.Popen[str]
    url: str
    token: str

    @contextmanager
    def connected(self, room: int = 64 * MIB) -> Iterator[Client]:
        """Open a WebSocket without compression; ``room`` are the bytes that an answer may have."""
        host, _, port = self.url.removeprefix("ws://").partition(":")
        with socket.create_connection((host, int(port)), timeout=120) as opened:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield Client(opened, self.token, room)

    def memory(self) -> int:
        """Return the bytes of memory that the process has now."""
        return memory_of(self.process.pid, "VmRSS")

    @contextmanager
    def most(self) -> Iterator[list[int]]:
        """Append the bytes that the process had above those at the beginning, when it had the most."""
        with most_of(self.process.pid) as found:
            yield found


def memory_of(pid: int, name: str) -> int:
    """Return a figure of /proc/PID/status in bytes: ``VmRSS`` now, ``VmHWM`` the most since it was reset."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith(f"{name}:"))
    return int(kilobytes) * 1024


@contextmanager
def most_of(pid: int) -> Iterator[list[int]]:
    """Append the bytes that a process had above those at the beginning, when it had the most."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    before = memory_of(pid, "VmRSS")
    found: list[int] = []
    yield found
    found.append(memory_of(pid, "VmHWM") - before)


class Client:
    """A WebSocket by hand; an answer stays packed until it is read."""

    def __init__(self, opened: socket.socket, token: str, room: int) -> None:
        self._socket = opened
        self._ids = itertools.count()
        self._room = bytearray(b"x" * room)  # touched, or the first answers would pay for the memory
        authorization = f"Authorization: Bearer {token}\r\n" if token else ""
        opened.sendall(
            f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{authorization}"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += opened.recv(1)
        assert b" 101 " in head, head

    def pack(self, kind: str, **data: Any) -> bytes:
        """Return a message that is ready to be sent."""
        body: bytes = msgpack.packb({"type": kind, "request_id": f"r{next(self._ids)}", "data": data})
        size = struct.pack(">BBQ", 0x82, 0xFF, len(body)) if len(body) > 125 else bytes((0x82, 0x80 | len(body)))
        return size + bytes(4) + body

    def node(self, name: str, **fields: Any) -> bytes:
        """Return a message that runs a node."""
        return self.pack("execute", node_type=f"benchcheck.basic.{name}", fields=fields)

    def send(self, packed: bytes) -> None:
        """Send a message."""
        self._socket.sendall(packed)

    def receive(self) -> memoryview:
        """Return the next message as it came; it is there until the next one is asked for."""
        end, fin = 0, 0
        while not fin:
            first, length = struct.unpack(">BB", self._exactly(2, end))
            if length >= 126:
                wide = 2 if length == 126 else 8
                length = int.from_bytes(self._exactly(wide, end))
            self._exactly(length, end)
            if first & 0x0F == 9:
                self._socket.sendall(bytes((0x8A, 0x80 | length)) + bytes(4) + self._room[end : end + length])
                continue
            assert first & 0x0F in (0, 1, 2), f"the worker sent {first:#x}"
            end, fin = end + length, first & 0x80
        return memoryview(self._room)[:end]

    def ask(self, packed: bytes) -> dict[str, Any]:
        """Send a message, and return the data of its answer, which must be no error."""
        self.send(packed)
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """Return the data of the next answer; pieces of blobs and news of running nodes are passed over."""
        while True:
            frame = msgpack.unpackb(self.receive())
            assert frame["type"] != "error", frame
            if frame["type"] in ("result", "discover"):
                data: dict[str, Any] = frame["data"]
                return data

    def _exactly(self, size: int, at: int) -> memoryview:
        into = memoryview(self._room)[at : at + size]
        got = 0
        while got < size:
            step = self._socket.recv_into(into[got:])
            assert step, "the worker closed the connection"
            got += step
        return into


@contextmanager
def ours(folder: Path) -> Iterator[Peer]:
    """Run our worker."""
    info = folder / "benchcheck-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: benchcheck\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[nodetool_jupyter.nodes]\nbenchcheck.basic = benchcheck_ours\n")
    (folder / "benchcheck_ours.py").write_text(_OURS)
    command = [sys.executable, "-m", "nodetool_jupyter.worker", "--namespaces", "benchcheck"]
    with _running(command, f"{folder}{os.pathsep}{_ROOT}", {"AUTH_PROVIDER": "none"}) as peer:
        yield peer


def peer_python() -> Path | None:
    """Return the Python of NodeTool's worker, which ``make peer`` installs; ``None`` where it is not."""
    python = _ROOT / os.environ.get("NODETOOL_PEER_VENV", ".venv-peer") / "bin" / "python"
    return python if python.is_file() else None


@contextmanager
def theirs(folder: Path, python: Path) -> Iterator[Peer]:
    """Run NodeTool's own worker."""
    package = folder / "nodetool" / "nodes" / "benchcheck"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "basic.py").write_text(_THEIRS)
    with _running([str(python), "-m", "nodetool.worker"], str(folder), {"NODETOOL_WORKER_TOKEN": _TOKEN}) as peer:
        yield peer


@contextmanager
def _running(command: list[str], path: str, more: dict[str, str]) -> Iterator[Peer]:
    environ = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": path, **more}
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        name, _, port = process.stdout.readline().partition("=")
        assert name == "NODETOOL_WORKER_PORT"
        yield Peer(process, f"ws://127.0.0.1:{int(port)}", more.get("NODETOOL_WORKER_TOKEN", ""))
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
