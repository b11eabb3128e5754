"""Values on their way in: blobs whose name says their SHA-256, written to the store of uploads as they come."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nodetool_jupyter.bridge.job_messages import STORED
from nodetool_jupyter.bridge.messages import BlobChunk, BlobEnd, BlobStart, Frame
from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.worker.incoming import PATIENCE
from nodetool_jupyter.worker.jobs import HostedJobs

if TYPE_CHECKING:
    from nodetool_jupyter.worker.uploads import Upload

MOST = 64  # uploads that a connection may have open


@dataclass(slots=True)
class _Coming:
    """One value that comes: its blob's name, and how it is timed out."""

    name: str
    upload: Upload
    size: int
    timer: asyncio.TimerHandle | None = None
    whole: bool = False


class ValuesIn:
    """The values that a connection is sending; frames are taken one after the other, each written before the next."""

    def __init__(self, jobs: HostedJobs, user: str) -> None:
        self._jobs = jobs
        self._user = user
        self._coming: dict[str, _Coming] = {}

    def wants(self, frame: Frame) -> bool:
        """Tell whether a ``blob.*`` frame belongs to a value to be kept."""
        name = frame.data.get("name")
        return frame.request_id in self._coming or (
            frame.type == BlobStart.TYPE and isinstance(name, str) and name.startswith(STORED)
        )

    async def take(self, frame: Frame) -> None:
        """Take a ``blob.*`` frame; raises :class:`InvalidRequest` for one out of place, and forgets the value then."""
        request_id = frame.request_id
        if request_id is None or not self._jobs.offered:
            raise InvalidRequest("a value needs the request_id of the values.put that follows, and a worker of jobs")
        try:
            await self._take(request_id, frame)
        except BaseException:
            self.drop(request_id)
            raise

    def came(self, request_id: str | None, sha256: object) -> int | None:
        """Return the size of the value that came whole under this id and has this digest, and forget it."""
        coming = self._coming.get(request_id or "")
        if coming is None:
            return None
        self.drop(request_id or "")
        return coming.size if coming.whole and coming.name == f"{STORED}{sha256}" else None

    def drop(self, request_id: str) -> None:
        """Forget a value that comes."""
        coming = self._coming.pop(request_id, None)
        if coming is not None:
            coming.upload.abandon()  # does nothing to one that is whole
            if coming.timer is not None:
                coming.timer.cancel()

    def close(self) -> None:
        """Forget all that comes."""
        for request_id in list(self._coming):
            self.drop(request_id)

    async def _take(self, request_id: str, frame: Frame) -> None:
        if frame.type == BlobStart.TYPE:
            await self._start(request_id, BlobStart.read(frame))
        coming = self._coming[request_id]
        if frame.type == BlobChunk.TYPE:
            chunk = BlobChunk.read(frame)
            if coming.whole or chunk.name != coming.name or chunk.offset != coming.upload.got:
                raise InvalidRequest(f"a piece of the blob {chunk.name[:80]!r} is not the next one")
            await self._jobs.off(coming.upload.write, chunk.body)
        elif frame.type == BlobEnd.TYPE:
            end = BlobEnd.read(frame)
            if coming.whole or end.name != coming.name or end.sha256 != coming.name.removeprefix(STORED):
                raise InvalidRequest(f"the blob {end.name[:80]!r} did not come as it was announced")
            await self._jobs.off(coming.upload.finish, end.sha256)
            coming.whole = True
        if coming.timer is not None:
            coming.timer.cancel()
        coming.timer = asyncio.get_running_loop().call_later(PATIENCE, self.drop, request_id)

    async def _start(self, request_id: str, start: BlobStart) -> None:
        if request_id in self._coming or len(self._coming) >= MOST:
            raise InvalidRequest(f"a value begins before another has ended, or more than {MOST} come at once")
        house = await self._jobs.house()
        upload = await self._jobs.off(house.uploads.begin, self._user, start.size)
        self._coming[request_id] = _Coming(start.name, upload, start.size)
