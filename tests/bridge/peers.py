"""A worker that does what a test says: a real WebSocket server whose side of the conversation is a function."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web

from nodetool_jupyter.bridge import frames

PATIENCE = 20.0  # seconds that a test waits for what must happen

Talk = Callable[["Side"], Awaitable[None]]
Execute = Callable[["Side", dict[str, Any]], Coroutine[Any, Any, None]]


class Side:
    """The worker's end of one connection."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.request = request

    async def frame(self) -> dict[str, Any]:
        """Return the next frame of the client; empty when it has closed."""
        message = await self.socket.receive()
        return frames.decode(message.data) if message.type is WSMsgType.BINARY else {}

    async def answer(self, to: dict[str, Any], kind: str, **data: Any) -> None:
        """Send a frame that answers another."""
        await self.socket.send_bytes(frames.encode({"type": kind, "request_id": to["request_id"], "data": data}))

    async def until_closed(self) -> int | None:
        """Take what comes until the client closes, and return its code."""
        async for _message in self.socket:
            pass
        return self.socket.close_code


class Peer:
    """A running server: its address, and what its connections looked like."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.requests: list[web.Request] = []
        self.codes: asyncio.Queue[int | None] = asyncio.Queue()
        self.port = 0
        self.refuse: int | None = None  # the status that handshakes are refused with
        self.elsewhere = ""  # where they are sent instead

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        if self.refuse is not None:
            return web.Response(status=self.refuse, text="Unauthorized\n")
        if self.elsewhere:
            raise web.HTTPFound(self.elsewhere)
        socket = web.WebSocketResponse(max_msg_size=0, compress=False, autoping=True)
        await socket.prepare(request)
        try:
            await self.talk(Side(socket, request))
        finally:
            self.codes.put_nowait(socket.close_code)
        return socket


@asynccontextmanager
async def peer(talk: Talk, port: int = 0) -> AsyncIterator[Peer]:
    """Run a server on this loop whose connections are talked to so."""
    made = Peer(talk)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    made.port = runner.addresses[0][1]
    try:
        yield made
    finally:
        await runner.cleanup()


def serving(
    *, protocol: int | None = 6, nodes: Sequence[dict[str, Any]] = (), execute: Execute | None = None, **status: Any
) -> Talk:
    """Return a worker that answers discover and worker.status, and leaves everything else to ``execute``."""
    told = {} if protocol is None else {"protocol_version": protocol}

    async def talk(side: Side) -> None:
        tasks = set()
        while frame := await side.frame():
            if frame["type"] == "discover":
                await side.answer(frame, "discover", **told, nodes=list(nodes), load_errors=[])
            elif frame["type"] == "worker.status":
                await side.answer(frame, "result", **told, **status)
            elif execute is not None:
                tasks.add(asyncio.create_task(execute(side, frame)))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    return talk


async def echo(side: Side) -> None:
    """Send back what comes, texts as texts."""
    async for message in side.socket:
        if message.type is WSMsgType.BINARY:
            await side.socket.send_bytes(message.data)
        elif message.type is WSMsgType.TEXT:
            await side.socket.send_str(message.data)
