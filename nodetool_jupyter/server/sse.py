"""``jobs/{id}/events``: a job's events as a stream of one answer (server-sent events), for scripts."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.iostream import StreamClosedError

from nodetool_jupyter import clock
from nodetool_jupyter.eventlog.lines import read_head
from nodetool_jupyter.server import figures, rights
from nodetool_jupyter.server.base import ApiHandler
from nodetool_jupyter.server.problems import Problem
from nodetool_jupyter.server.streams import Streams, streams_of
from nodetool_jupyter.server.subscriptions import PATIENCE
from nodetool_jupyter.server.topics import Lines

MOST = 2  # streams of one user
ALIVE = 5.0  # seconds after which something is sent, though nothing happens
_LARGEST = 2**53 - 1
_END = b"event: end\ndata: {}\n\n"
_GONE = b'event: gone\ndata: {"message":"the job was removed"}\n\n'


class JobEventsHandler(ApiHandler):
    """``jobs/{id}/events``"""

    _rung: asyncio.Event
    _stopped = False

    @web.authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Send a job's events from a number on, and those to come, until its end."""
        after = self._after()
        record = await self.off(self.jobs.get, job_id)
        shared, user = streams_of(self), self.user_name
        if shared.counts[user] >= MOST:
            raise Problem(429, "rate_limited", f"{MOST} streams are open already", "close one first", retry_after=5)
        shared.counts[user] += 1
        try:
            await self._stream(shared, Lines(record.id, after))
        finally:
            shared.counts[user] -= 1

    def _after(self) -> int:
        """Return the number after which to begin; a client that connects again names it in a header."""
        query, last = self.query("after"), self.request.headers.get("Last-Event-ID", "")
        if not last:
            return query.number("after", 0, 0, _LARGEST)
        if not (last.isascii() and last.isdecimal() and len(last) < 17):
            raise Problem(400, "invalid_request", f"Last-Event-ID must be a whole number, not {last[:40]!r}")
        return int(last)

    async def _stream(self, shared: Streams, lines: Lines) -> None:
        rung = self._rung = asyncio.Event()
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Accel-Buffering", "no")
        shared.opened(self._stop)
        shared.bells.listen(lines.job_id, rung.set)
        figures.opened("sse")
        try:
            with suppress(StreamClosedError, TimeoutError):  # whoever reads is gone, or takes nothing
                await self._send(b": nodetool\n\n")
                await self._tell(shared, lines, rung)
        finally:
            figures.closed("sse")
            shared.bells.leave(lines.job_id, rung.set)
            shared.closed(self._stop)
            shared.aside.later(lines.close)

    async def _tell(self, shared: Streams, lines: Lines, rung: asyncio.Event) -> None:
        asked = clock.monotonic()
        while not self._stopped:
            rung.clear()
            found = await shared.aside.off(lines.read)
            if found:
                await self._send(b"".join(map(_event, found)))
            if lines.ended or lines.removed:
                await self._send(_END if lines.ended else _GONE)
                return
            if clock.monotonic() - asked > rights.AGAIN:
                if not await rights.holds(self, "read"):
                    return
                asked = clock.monotonic()
            if not found:
                try:
                    await asyncio.wait_for(rung.wait(), ALIVE)
                except TimeoutError:
                    await self._send(b": keep-alive\n\n")

    async def _send(self, data: bytes) -> None:
        """Send something, and wait until it was taken."""
        self.write(data)
        async with asyncio.timeout(PATIENCE):
            await self.flush()
        figures.sent("sse", len(data))

    def _stop(self) -> None:
        self._stopped = True
        self._rung.set()

    def on_connection_close(self) -> None:
        """Send nothing more: whoever read is gone."""
        super().on_connection_close()
        if hasattr(self, "_rung"):
            self._stop()

    def finish(self, *args: Any, **named: Any) -> Any:
        """End the answer; its type is what it was begun with."""
        if self._headers_written:
            named["set_content_type"] = "text/event-stream"
        return super().finish(*args, **named)


def _event(line: bytes) -> bytes:
    head = read_head(line)
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (head.seq, head.type.encode(), line)
