"""Stored values, over HTTP: whole or in part, sent in pieces, never as something that a browser would run."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.iostream import StreamClosedError

from nodetool_jupyter.jobs.stored import Stored, open_value, read_range
from nodetool_jupyter.server import figures
from nodetool_jupyter.server.base import ApiHandler
from nodetool_jupyter.server.door import Jobs
from nodetool_jupyter.server.problems import CODES, Problem

PIECE = 256 * 1024  # bytes that are read and sent at a time; the next are read when these have left
PATIENCE = 60.0  # seconds that a reader may take nothing


class ValueHandler(ApiHandler):
    """``jobs/{id}/values/{ref}``"""

    def initialize(self) -> None:
        """Let nobody compress the answer: a range counts the bytes of the file."""
        self.request.headers.pop("Accept-Encoding", None)

    @web.authenticated
    @authorized
    async def get(self, job_id: str, ref: str) -> None:
        """Send the value, or a range of it."""
        await self._give(job_id, ref)

    @web.authenticated
    @authorized
    async def head(self, job_id: str, ref: str) -> None:
        """Tell the type and size of the value."""
        await self._give(job_id, ref)

    def compute_etag(self) -> str | None:
        """Return no other ETag than the value's own."""
        return None

    @property
    def content_security_policy(self) -> str:
        """Let nothing run in what is sent, not even as a page of its own."""
        return "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox"

    async def _give(self, job_id: str, ref: str) -> None:
        self.query()
        stored = await self.off(_open, self.jobs, job_id, ref)
        try:
            self._describe(stored)
            part = self._part(stored)
            if part is None:
                return
            self.set_header("Content-Length", str(part[1] - part[0]))
            if self.request.method == "GET":
                await self._send(stored, *part)
            self.finish(set_content_type=stored.type)
        except (StreamClosedError, TimeoutError):  # whoever asked is gone, or takes nothing
            self.request.connection.stream.close()  # type: ignore[union-attr]
        finally:
            stored.close()

    def _describe(self, stored: Stored) -> None:
        shown = "inline" if stored.inline else "attachment"
        self.set_header("Content-Type", stored.type)
        self.set_header("Content-Disposition", f'{shown}; filename="{stored.name}"')
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("ETag", stored.etag)

    def _part(self, stored: Stored) -> tuple[int, int] | None:
        """Return which bytes to send; ``None`` when what there is to say has been said."""
        asked = self.request.headers
        if self.check_etag_header():
            self.set_status(HTTPStatus.NOT_MODIFIED)
            self.finish()
            return None
        if self.request.method == "GET" and asked.get("If-Range", stored.etag) == stored.etag:
            try:
                part = read_range(asked.get("Range", ""), stored.size)
            except IndexError:
                self._refuse_range(stored)
                return None
            if part is not None:
                self.set_status(HTTPStatus.PARTIAL_CONTENT)
                self.set_header("Content-Range", f"bytes {part[0]}-{part[1] - 1}/{stored.size}")
                return part
        return 0, stored.size

    def _refuse_range(self, stored: Stored) -> None:
        status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        self.set_header("Content-Range", f"bytes */{stored.size}")
        self.clear_header("Content-Disposition")
        problem = Problem(status, CODES[status], f"the value has {stored.size} bytes", "ask for some of those")
        self.reply(problem.body(), status)

    async def _send(self, stored: Stored, position: int, end: int) -> None:
        while position < end:
            piece = await self.off(stored.read, position, min(PIECE, end - position))
            if not piece:
                raise OSError(f"the value {stored.name} has become shorter")
            self.write(piece)
            async with asyncio.timeout(PATIENCE):
                await self.flush()
            figures.sent("value", len(piece))
            position += len(piece)


def _open(jobs: Jobs, job_id: str, ref: str) -> Stored:
    found = open_value(jobs.folder(job_id), ref)
    if found is None:
        raise Problem(404, "not_found", "this job has no such value", "GET jobs/{id}/outputs tells which it has")
    return found
