"""What tests of the worker share: a worker in this process or in one of its own, and a client that knows no better.

The client packs and unpacks frames by msgpack itself, so that nothing here agrees with the worker by using its code.
"""

from __future__ import annotations

import asyncio
import os
import signal
import struct
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp
import msgpack

from nodetool_jupyter.auth.identity import Anyone, Identity, Provider
from nodetool_jupyter.errors import Refused
from nodetool_jupyter.worker.catalogue import Catalogue
from nodetool_jupyter.worker.core import Worker
from nodetool_jupyter.worker.door import Door
from nodetool_jupyter.worker.http import HttpServer
from nodetool_jupyter.worker.options import WorkerOptions
from tests.conftest import ROOT

PATIENCE = 30.0
LAST = ("result", "error", "discover")
Reply = dict[str, Any]


def pack(kind: Any, request_id: Any = None, data: Any = None, **more: Any) -> bytes:
    frame = {"type": kind, "request_id": request_id, "data": {} if data is None else data, **more}
    return msgpack.packb(frame, datetime=True)


class Client:
    """Sends frames and sorts replies by request id, over any pair of send and receive."""

    def __init__(self, send: Any, receive: Any) -> None:
        self._send = send
        self._receive = receive
        self._numbers = 0
        self.kept: dict[str | None, list[Reply]] = {}

    async def raw(self, body: bytes | str) -> None:
        await self._send(body)

    async def send(self, kind: Any, data: Any = None, request_id: str | None = None) -> str:
        self._numbers += 1
        request_id = request_id or f"r{self._numbers}"
        await self._send(pack(kind, request_id, data))
        return request_id

    async def next(self) -> Reply:
        """Return the next frame, whosever it is."""
        async with asyncio.timeout(PATIENCE):
            body = await self._receive()
        if body is None:
            raise ConnectionError("closed")
        return msgpack.unpackb(body, strict_map_key=False)

    async def reply(self, request_id: str | None) -> Reply:
        """Return the next frame of one request; those of others are kept for them."""
        waiting = self.kept.setdefault(request_id, [])
        while not waiting:
            frame = await self.next()
            self.kept.setdefault(frame["request_id"], []).append(frame)
        return waiting.pop(0)

    async def replies(self, request_id: str | None) -> list[Reply]:
        """Return all frames of a request, up to its answer."""
        found = [await self.reply(request_id)]
        while found[-1]["type"] not in LAST:
            found.append(await self.reply(request_id))
        return found

    async def ask(self, kind: Any, data: Any = None, request_id: str | None = None) -> Reply:
        """Send and return the answer alone."""
        return (await self.replies(await self.send(kind, data, request_id)))[-1]

    async def execute(self, node: str, stream: bool = False, **more: Any) -> Reply:
        fields = {key: more.pop(key) for key in list(more) if key not in EXECUTE}
        kind = "execute.stream" if stream else "execute"
        return await self.ask(kind, {"node_type": f"bridgecheck.basic.{node}", "fields": fields, **more})

    async def start(self, node: str, request_id: str | None = None, **fields: Any) -> str:
        data = {"node_type": f"bridgecheck.basic.{node}", "fields": fields}
        return await self.send("execute", data, request_id)


EXECUTE = ("secrets", "blobs", "node_id", "job_id", "workflow_id", "user_id", "blob_transfer", "blob_input")


class SocketClient(Client):
    """A client over a WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__(self._out, self._in)
        self.socket = socket

    async def _out(self, body: bytes | str) -> None:
        await (self.socket.send_str(body) if isinstance(body, str) else self.socket.send_bytes(body))

    async def _in(self) -> bytes | None:
        message = await self.socket.receive()
        return message.data if message.type is aiohttp.WSMsgType.BINARY else None

    async def closed(self) -> int | None:
        """Wait until the worker closes the connection, and return the code."""
        async with asyncio.timeout(PATIENCE):
            while (await self.socket.receive()).type not in (
                aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSING,
            ):  # fmt: skip
                pass
        return self.socket.close_code


class Running:
    """A worker that listens in this process."""

    def __init__(self, worker: Worker, server: HttpServer, port: int, session: aiohttp.ClientSession) -> None:
        self.worker = worker
        self.server = server
        self.port = port
        self.session = session
        self.url = f"http://127.0.0.1:{port}"
        self._sockets: list[aiohttp.ClientWebSocketResponse] = []

    async def connect(self, **options: Any) -> SocketClient:
        socket = await self.session.ws_connect(self.url, max_msg_size=0, compress=0, **options)
        self._sockets.append(socket)
        return SocketClient(socket)

    async def close(self) -> None:
        for socket in self._sockets:
            await socket.close()
        await self.session.close()
        await self.server.close()
        await self.worker.leave_jobs()
        self.worker.close()


def heard(thing: object, method: str) -> asyncio.Event:
    """Return an event that is set when a method of the thing has been called."""
    event, call = asyncio.Event(), getattr(thing, method)

    def told(*arguments: Any) -> Any:
        found = call(*arguments)
        event.set()
        return found

    setattr(thing, method, told)
    return event


async def happens(event: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE):
        await event.wait()


_catalogues: dict[tuple[tuple[str, ...], tuple[str, ...]], Catalogue] = {}


def catalogue(namespaces: tuple[str, ...] = ("bridgecheck",), permissions: tuple[str, ...] = ()) -> Catalogue:
    from tests.worker import bridgecheck  # noqa: F401  # its nodes become known

    key = (namespaces, permissions)
    if key not in _catalogues:
        _catalogues[key] = Catalogue(namespaces, permissions)
    return _catalogues[key]


@asynccontextmanager
async def running(
    provider: Provider | None = None, namespaces: tuple[str, ...] = ("bridgecheck",), **options: Any
) -> AsyncIterator[Running]:
    """Run a worker in this process."""
    chosen = WorkerOptions(namespaces=namespaces, **options)
    worker = Worker(chosen, catalogue(namespaces, chosen.permissions))
    server = HttpServer(worker, Door(provider or Anyone(), chosen))
    found = Running(worker, server, await server.start(), aiohttp.ClientSession())
    try:
        yield found
    finally:
        await found.close()


class Names:
    """A provider whose tokens are the names of users; they can be taken back."""

    name = "names"

    def __init__(self, *known: str) -> None:
        self.known = set(known)

    async def identify(self, token: str | None) -> Identity:
        if token not in self.known:
            raise Refused("bad_credentials", "not known")
        assert token is not None
        return Identity(token, self.name)

    async def close(self) -> None:
        pass


def as_user(name: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {name}"}}


# -- a process of its own ---------------------------------------------------------------------------------------------


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return an environment in which the nodes of the recorded cases are installed, beside a package that is broken."""
    info = folder / "bridgecheck-1.0.dist-info"
    if not info.exists():
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bridgecheck\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(
            "[nodetool_jupyter.nodes]\nbridgecheck.basic = tests.worker.bridgecheck\n"
            "bridgecheck.broken_module = module_that_does_not_exist_bridgecheck\n"
        )
    path = os.pathsep.join((str(folder), str(ROOT)))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NODETOOL_", "AUTH_"))}
    return {**kept, "ENV": "test", "PYTHONPATH": path, "PYTHONWARNINGS": "error", **more}


class Process:
    """A worker in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.port = 0
        self.first_line = b""

    @classmethod
    async def start(
        cls,
        folder: Path,
        *arguments: str,
        variables: Mapping[str, str] | None = None,
        namespaces: str = "bridgecheck",
    ) -> Self:
        environ = environment(folder, **(variables or {"AUTH_PROVIDER": "none"}))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "nodetool_jupyter.worker", "--namespaces", namespaces, *arguments,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=environ, cwd=folder, limit=1 << 26,
        )  # fmt: skip
        found = cls(process)
        if "--stdio" in arguments:
            await found.said("NODETOOL_STDIO_READY")
        else:
            assert process.stdout is not None
            async with asyncio.timeout(PATIENCE):
                found.first_line = await process.stdout.readline()
            found.port = int(found.first_line.rpartition(b"=")[2] or 0)
        return found

    async def said(self, word: str) -> list[str]:
        """Wait for a line of stderr, and return those up to it."""
        assert self.process.stderr is not None
        lines: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while word not in (lines or [""])[-1]:
                line = await self.process.stderr.readline()
                if not line:
                    raise AssertionError("\n".join(lines))
                lines.append(line.decode().rstrip("\n"))
        return lines

    def client(self) -> Client:
        """Return a client over the pipes."""
        return Client(self._out, self._in)

    async def _out(self, body: bytes | str) -> None:
        assert isinstance(body, bytes)
        assert self.process.stdin is not None
        self.process.stdin.write(struct.pack(">I", len(body)) + body)
        await self.process.stdin.drain()

    async def _in(self) -> bytes | None:
        assert self.process.stdout is not None
        try:
            (length,) = struct.unpack(">I", await self.process.stdout.readexactly(4))
            return await self.process.stdout.readexactly(length)
        except asyncio.IncompleteReadError:
            return None

    async def end(self, number: int | None = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal, and return the exit code and what stood on stderr since."""
        if number is not None and self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE):
            _, errors = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, errors.decode()
