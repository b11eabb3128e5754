"""Blobs in pieces, both ways: checked while they are written, so that no more than a piece is in memory."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from nodetool_jupyter.bridge import frames
from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.errors import BadFrame, StorageError
from nodetool_jupyter.files import write_all

MOST_BYTES = 16 * 1024**3  # of all blobs of one request

Files = Sequence[tuple[str, Path]]
"""Fields and the files that go into them; a field that stands here several times gets a list."""
NO_FILES: Files = ()


class _Open:
    """A blob that is on its way: its file, and what has come."""

    def __init__(self, start: m.BlobStart, folder: Path) -> None:
        # The name is ours: a peer's name is no part of a path.
        self.descriptor, text = tempfile.mkstemp(prefix="blob-", dir=folder)
        self.path = Path(text)
        self.start = start
        self.offset = 0
        self.digest = hashlib.sha256()

    def write(self, body: bytes) -> None:
        write_all(self.descriptor, body)
        self.digest.update(body)
        self.offset += len(body)

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


class Receiver:
    """Takes the blobs of one request into files of ``folder``; ``files`` has those that came whole, by slot.

    Without a folder it refuses them: nobody asked for pieces then.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.files: dict[str, Path] = {}
        self._folder = folder
        self._open: _Open | None = None
        self._total = 0

    async def take(self, frame: m.Frame) -> None:
        """Take one frame of a blob; raises :class:`BadFrame` for what is out of order, too long, or not the same."""
        if frame.type == m.BlobStart.TYPE:
            self._begin(m.BlobStart.read(frame), frame)
        elif frame.type == m.BlobChunk.TYPE:
            await self._add(m.BlobChunk.read(frame), frame)
        else:
            self._end(m.BlobEnd.read(frame), frame)

    def _begin(self, start: m.BlobStart, frame: m.Frame) -> None:
        if self._folder is None:
            raise self._bad(frame, "comes in pieces, which was not asked for")
        if self._open is not None or start.name in self.files:
            raise self._bad(frame, "begins before another one has ended, or twice")
        self._total += start.size
        if self._total > MOST_BYTES:
            raise self._bad(frame, f"makes the blobs of this request more than {MOST_BYTES} bytes")
        self._open = _Open(start, self._folder)

    async def _add(self, chunk: m.BlobChunk, frame: m.Frame) -> None:
        blob = self._same(chunk.name, frame)
        if chunk.offset != blob.offset:
            raise self._bad(frame, f"goes on at {chunk.offset}, not at {blob.offset}")
        if blob.offset + len(chunk.body) > blob.start.size:
            raise self._bad(frame, f"has more than the {blob.start.size} bytes it was to have")
        await asyncio.to_thread(blob.write, chunk.body)

    def _end(self, end: m.BlobEnd, frame: m.Frame) -> None:
        blob = self._same(end.name, frame)
        if not blob.start.size == end.size == blob.offset:
            raise self._bad(frame, f"has {blob.offset} bytes, not {blob.start.size}")
        if blob.digest.hexdigest() != end.sha256.lower():
            raise self._bad(frame, "is not what was sent: its SHA-256 differs")
        blob.close()
        self.files[end.name] = blob.path
        self._open = None

    async def keep(self, blobs: Mapping[str, bytes]) -> None:
        """Write blobs that came whole, as older workers send them, into files too."""
        if self._folder is None:
            return
        for name, body in blobs.items():
            blob = _Open(m.BlobStart(name=name, size=len(body)), self._folder)
            try:
                await asyncio.to_thread(blob.write, body)
            finally:
                blob.close()
            self.files[name] = blob.path

    def finish(self, frame: m.Frame) -> None:
        """Say that the request has ended; raises :class:`BadFrame` when a blob has not."""
        if self._open is not None:
            raise BadFrame(f"the blob {self._open.start.name!r} never came whole", request_id=frame.request_id)

    def discard(self) -> None:
        """Remove every file: the request failed, or nobody waits for it any more."""
        blob, self._open = self._open, None
        if blob is not None:
            blob.close()
            self.files[""] = blob.path
        for path in self.files.values():
            with suppress(FileNotFoundError):
                path.unlink()
        self.files.clear()

    def _same(self, name: str, frame: m.Frame) -> _Open:
        if self._open is None or self._open.start.name != name:
            raise self._bad(frame, "goes on, or ends, without having begun")
        return self._open

    @staticmethod
    def _bad(frame: m.Frame, said: str) -> BadFrame:
        return BadFrame(f"the blob {str(frame.data.get('name'))[:60]!r} {said}", request_id=frame.request_id)


async def pieces(name: str, path: Path) -> AsyncIterator[m.Message]:
    """Yield the messages that carry a file: its size, its bytes a piece at a time, its SHA-256.

    Raises :class:`StorageError` when it cannot be read, or changes while it is.
    """
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except OSError as error:
        raise StorageError(f"{path.name} cannot be sent: {error.strerror}") from None
    with file:
        size, most, digest = os.fstat(file.fileno()).st_size, frames.blob_chunk_size(), hashlib.sha256()
        yield m.BlobStart(name=name, size=size)
        for offset in range(0, size, most):
            body = await asyncio.to_thread(_read, file, min(most, size - offset), digest)
            if len(body) < min(most, size - offset):
                raise StorageError(f"{path.name} became shorter while it was sent")
            yield m.BlobChunk(name=name, offset=offset, bytes=body)
        yield m.BlobEnd(name=name, size=size, sha256=digest.hexdigest())


def _read(file: BinaryIO, size: int, digest: hashlib._Hash) -> bytes:
    body = file.read(size)
    digest.update(body)
    return body


def read_whole(files: Files) -> m.Blobs:
    """Return files as blobs that go in one frame with their request; raises :class:`StorageError`."""
    blobs: dict[str, bytes | list[bytes]] = {}
    for name, path in files:
        try:
            body = path.read_bytes()
        except OSError as error:
            raise StorageError(f"{path.name} cannot be sent: {error.strerror}") from None
        before = blobs.get(name)
        blobs[name] = body if before is None else [*(before if isinstance(before, list) else [before]), body]
    return blobs
