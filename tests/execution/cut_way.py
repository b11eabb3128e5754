"""A way to a worker that can be cut: a real TCP proxy on a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class CutWay:
    """Passes on what goes between a client and a worker, until it is cut.

    ``at`` are bytes that, coming from the worker, cut it before they are passed on, once; ``cuts`` counts how often it
    was cut, ``opened`` how many connections were made.
    """

    def __init__(self, to: int) -> None:
        self.to = to
        self.port = 0
        self.cuts = 0
        self.opened = 0
        self.at: bytes | None = None
        self._down = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.was_cut = threading.Event()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._open)
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self, *, stay: bool = True) -> None:
        """Cut all connections; with ``stay`` new ones are refused until :meth:`mend`."""

        async def now() -> None:
            self._cut(stay=stay)

        self._call(now)

    def mend(self) -> None:
        self._down = False

    def _cut(self, *, stay: bool) -> None:
        self._down = stay
        self.cuts += 1
        for writer in tuple(self._writers):
            writer.transport.abort()
        self.was_cut.set()

    def _call(self, act: Callable[[], object]) -> None:
        asyncio.run_coroutine_threadsafe(act(), self._loop).result(20)  # type: ignore[arg-type]

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        await self._server.wait_closed()
        leftover = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in leftover:
            task.cancel()
        await asyncio.gather(*leftover, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._down:
            writer.transport.abort()
            return
        self.opened += 1
        try:
            there, to_worker = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, to_worker}
        try:
            await asyncio.gather(self._pass(reader, to_worker, None), self._pass(there, writer, self._look))
        finally:
            self._writers -= {writer, to_worker}

    def _look(self, data: bytes) -> bool:
        if self.at is None or self.at not in data:
            return True
        self.at = None
        self._cut(stay=False)
        return False

    async def _pass(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, look: Callable[[bytes], bool] | None
    ) -> None:
        with suppress(ConnectionError):
            while data := await source.read(256 * 1024):
                if look is not None and not look(data):
                    return
                target.write(data)
                await target.drain()
        target.transport.abort()
