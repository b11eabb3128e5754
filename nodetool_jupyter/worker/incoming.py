"""Blobs that come in pieces before the request that uses them: our extension ``chunked-input-v1``.

A client sends ``blob.start``, ``blob.chunk`` … and ``blob.end`` under the request id of the execute that follows and
says ``blob_input: "chunked-input-v1"``. Each blob is checked by offset, size and SHA-256, and is in memory once. A
second blob of a name makes a list of both.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from dataclasses import dataclass, field
from typing import Any

from nodetool_jupyter.bridge.messages import BlobChunk, BlobEnd, Blobs, BlobStart, Frame
from nodetool_jupyter.errors import InvalidRequest

PATIENCE = 60.0  # seconds without a next piece, after which what came is dropped
MOST = 1 << 30  # bytes of blobs that wait for their request, of one connection
MOST_BLOBS = 1_000


@dataclass(slots=True)
class _Coming:
    """The blobs of one request to come: those that are whole, and the one that is not yet."""

    whole: Blobs = field(default_factory=dict)
    name: str | None = None
    size: int = 0
    body: io.BytesIO = field(default_factory=io.BytesIO)
    digest: Any = None
    timer: asyncio.TimerHandle | None = None
    count: int = 0

    @property
    def bytes(self) -> int:
        kept = (one if isinstance(one, list) else [one] for one in self.whole.values())
        return self.body.tell() + sum(len(blob) for blobs in kept for blob in blobs)


class Incoming:
    """The blobs of a connection that wait for their requests."""

    def __init__(self) -> None:
        self._coming: dict[str, _Coming] = {}

    def take(self, frame: Frame) -> None:
        """Take a ``blob.*`` frame; raises :class:`InvalidRequest` for one out of place, and forgets its request."""
        request_id = frame.request_id
        if request_id is None:
            raise InvalidRequest("blobs that come in pieces need the request_id of the execute that will use them")
        try:
            self._take(request_id, frame)
        except Exception:
            self.drop(request_id)
            raise

    def blobs(self, request_id: str | None) -> Blobs:
        """Return the blobs of a request, which are given away; raises :class:`InvalidRequest` if one is not whole."""
        coming = self._coming.pop(request_id or "", None)
        if coming is None:
            return {}
        if coming.timer is not None:
            coming.timer.cancel()
        if coming.name is not None:
            raise InvalidRequest(f"the blob {coming.name!r} has not come whole")
        return coming.whole

    def drop(self, request_id: str) -> None:
        """Forget what came for a request."""
        coming = self._coming.pop(request_id, None)
        if coming is not None and coming.timer is not None:
            coming.timer.cancel()

    def close(self) -> None:
        """Forget everything."""
        for request_id in list(self._coming):
            self.drop(request_id)

    def _take(self, request_id: str, frame: Frame) -> None:
        coming = self._coming.setdefault(request_id, _Coming())
        if frame.type == "blob.start":
            self._start(coming, BlobStart.read(frame))
        elif frame.type == "blob.chunk":
            self._chunk(coming, BlobChunk.read(frame))
        else:
            _end(coming, BlobEnd.read(frame))
        if coming.timer is not None:
            coming.timer.cancel()
        coming.timer = asyncio.get_running_loop().call_later(PATIENCE, self.drop, request_id)

    def _start(self, coming: _Coming, start: BlobStart) -> None:
        if coming.name is not None:
            raise InvalidRequest(f"the blob {start.name!r} begins before {coming.name!r} has ended")
        coming.count += 1
        waiting = sum(one.bytes for one in self._coming.values())
        if coming.count > MOST_BLOBS or start.size + waiting > MOST:
            raise InvalidRequest(
                f"blobs of more than {MOST} bytes, or more than {MOST_BLOBS} of them, cannot wait here"
            )
        coming.name, coming.size, coming.digest = start.name, start.size, hashlib.sha256()

    def _chunk(self, coming: _Coming, chunk: BlobChunk) -> None:
        at = coming.body.tell()
        if chunk.name != coming.name or chunk.offset != at or at + len(chunk.body) > coming.size:
            raise InvalidRequest(f"a piece of the blob {chunk.name!r} is not the next one, which begins at {at}")
        coming.body.write(chunk.body)
        coming.digest.update(chunk.body)


def _end(coming: _Coming, end: BlobEnd) -> None:
    same = end.name == coming.name and end.size == coming.size == coming.body.tell()
    if not same or end.sha256 != coming.digest.hexdigest():
        raise InvalidRequest(f"the blob {end.name!r} did not come as it was sent: its size or its SHA-256 differs")
    body = coming.body.getvalue()  # the buffer itself, not a copy
    coming.name, coming.body = None, io.BytesIO()
    before = coming.whole.get(end.name)
    coming.whole[end.name] = body if before is None else [*(before if isinstance(before, list) else [before]), body]
