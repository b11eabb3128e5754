"""Whole jobs on a worker of ours: submitting them, following their logs, and values both ways."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from nodetool_jupyter.bridge import job_messages as jm
from nodetool_jupyter.bridge import messages as m
from nodetool_jupyter.bridge.address import is_private
from nodetool_jupyter.bridge.blobs import Receiver
from nodetool_jupyter.bridge.by_url import get_by_url, goes_by_url, put_by_url
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.line import Line
from nodetool_jupyter.errors import BadFrame, StorageError, TransferFailed, Unsupported, WorkerFault
from nodetool_jupyter.files import private_opener

log = logging.getLogger(__name__)

PART = 64 * 1024 * 1024  # bytes of a value that are asked for at a time: what is lost when a connection drops
NOT_FOUND = "not_found"  # the code of a fault: there is no such job, or it is another user's
VALUES_MISSING = "values_missing"


class Lines(m.Message):
    """Some lines of a job's log, in order."""

    lines: list[str]


class Told(m.Message):
    """All lines up to number ``last`` have been told; ``ended`` is whether the job's end is among them."""

    last: int = Field(ge=0)
    ended: bool


class _Job(m.Message):
    job: dict[str, Any]


class JobsPage(m.Message):
    """Jobs in the words of the HTTP API, how many there are, and what to say as ``after`` for those behind them."""

    jobs: list[dict[str, Any]]
    after: str | None = None
    total: int = 0


class _Cancelled(m.Message):
    cancelled: bool


class _Missing(m.Message):
    missing: list[str]


class _Part(m.Message):
    size: int = Field(ge=0)
    total: int = Field(ge=0)


class WorkerJobs:
    """The jobs of one user on a connected worker.

    Raises :class:`Unsupported` for a worker that has no jobs. Every method raises :class:`WorkerFault` for what the
    worker refuses, :class:`WorkerLost` when the connection drops, :class:`BadFrame` for an answer that is none, and
    ``TimeoutError`` when nothing is answered for half a minute.
    """

    def __init__(self, client: WorkerClient) -> None:
        if jm.JOBS not in capabilities(client):
            raise Unsupported(
                f"the worker at {client.host} takes no whole jobs, only single nodes; jobs need a worker of "
                "nodetool-jupyter's own (nodetool worker serve) that offers them"
            )
        self.client = client

    @property
    def private(self) -> bool:
        """Whether nobody on the way to the worker can read what is said."""
        return is_private(self.client.host)

    async def submit(
        self,
        request: bytes,
        *,
        key: str,
        secrets: Mapping[str, str] | None = None,
        values: Mapping[str, str] | None = None,
        code: bytes | None = None,
    ) -> str:
        """Store a job on the worker and let it run; returns its id there, the same whenever the key is the same.

        ``request`` is JSON; ``values`` are the files that it refers to, with their SHA-256: the fault has the code
        :data:`VALUES_MISSING` until the worker has them. ``code`` are a notebook's own nodes, packed.
        """
        asked = jm.SubmitJob(
            request=request,
            idempotency_key=key,
            secrets=dict(secrets or {}),
            values=dict(values or {}),
            code=code,
        )
        return _id_in(await self.client.ask(asked))

    async def list(self, status: Iterable[str] | None = None, *, limit: int = 50, after: str | None = None) -> JobsPage:
        """Return a page of jobs, newest first."""
        words = None if status is None else [str(word) for word in status]
        return JobsPage.read(await self.client.ask(jm.ListJobs(status=words, limit=limit, after=after)))

    async def get(self, job_id: str) -> dict[str, Any]:
        """Return all that is known of a job."""
        return _Job.read(await self.client.ask(jm.GetJob(job_id=job_id))).job

    async def lines(self, job_id: str, after: int = 0, *, follow: bool = True) -> AsyncGenerator[Lines | Told, None]:
        """Yield the lines of a job's log behind number ``after``, and then how far they went.

        With ``follow`` until the job has ended. It has a connection of its own, so that the worker sends no more than
        is taken; to be closed by ``aclosing``.
        """
        asked = jm.FollowJob(job_id=job_id, after=after, follow=follow)
        async with self.client.own_line() as line, line.call(asked) as call:
            while True:
                frame = await call.next()
                if frame.type == jm.JobLines.TYPE:
                    yield Lines.read(frame)
                elif frame.type in m.ENDINGS:
                    yield Told.read(frame)
                    return

    async def cancel(self, job_id: str, grace: float | None = None) -> bool:
        """Ask a job to end as cancelled, and to be forced after ``grace`` seconds; ``False`` when it has ended."""
        return _Cancelled.read(await self.client.ask(jm.CancelJob(job_id=job_id, grace=grace))).cancelled

    async def retry(self, job_id: str, secrets: Mapping[str, str] | None = None) -> str:
        """Submit a job's request as a new job, with its secrets by value again, and return its id."""
        return _id_in(await self.client.ask(jm.RetryJob(job_id=job_id, secrets=dict(secrets or {}))))

    async def push_input(
        self, job_id: str, name: str, value: bytes, *, end: bool = False, values: Mapping[str, str] | None = None
    ) -> None:
        """Send one more value, as JSON, into an input that was kept open, or with ``end`` close it.

        A job that waits for its turn takes it then, so this waits too, however long that is.
        """
        pushed = jm.PushInput(job_id=job_id, name=name, value=value, end=end, values=dict(values or {}))
        async with self.client.call(pushed) as call:
            await call.answer()

    async def remove(self, job_id: str) -> None:
        """Remove an ended job with all its files."""
        await self.client.ask(jm.RemoveJob(job_id=job_id))

    async def missing(self, digests: Collection[str]) -> Collection[str]:
        """Return those of some files, by SHA-256, that this user has yet to put on the worker."""
        if not digests:
            return ()
        answer = _Missing.read(await self.client.ask(jm.MissingValues(digests=[*digests])))
        return set(answer.missing).intersection(digests)

    async def put(self, files: Mapping[str, Path]) -> None:
        """Put files on the worker, by their SHA-256; through its bucket where it has one for files of that size.

        Raises :class:`StorageError` for one that cannot be read.
        """
        for digest, path in files.items():
            if not await self._put_by_url(digest, path):
                put = jm.PutValue(sha256=digest)
                async with (
                    self.client.own_line() as line,
                    line.call(put, files=[(f"{jm.STORED}{digest}", path)]) as call,
                ):
                    await call.answer()

    async def _put_by_url(self, digest: str, path: Path) -> bool:
        size = await asyncio.to_thread(_size, path)
        if not goes_by_url(self.client, size):
            return False
        try:
            await put_by_url(self.client, path, digest, size)
        except TransferFailed as error:
            log.warning("a value goes over the socket instead of the worker's bucket: %s", error)
            return False
        return True

    async def fetch(
        self, job_id: str, names: Mapping[str, int], folder: Path, most: int
    ) -> AsyncGenerator[tuple[str, str], None]:
        """Bring value files of a job into a folder, and yield each name with what is wrong with it, mostly nothing.

        ``names`` have the sizes that are expected: by these it is told what comes through the worker's bucket. Over the
        socket each part is checked by length and SHA-256 while it comes, and what came of a file before a drop is gone
        on with. A file of more than ``most`` bytes is left out. To be closed by ``aclosing``.
        """
        async with self.client.own_line() as line:
            for name, size in names.items():
                if goes_by_url(self.client, size) and await self._get_by_url(job_id, name, folder, most):
                    yield name, ""
                else:
                    yield name, await _bring(line, job_id, name, folder, most)

    async def _get_by_url(self, job_id: str, name: str, folder: Path, most: int) -> bool:
        draft = folder / f"{name}.url"
        draft.unlink(missing_ok=True)  # of one that was cut off
        try:
            await get_by_url(self.client, job_id, f"{jm.STORED}{name}", draft, most)
        except TransferFailed as error:
            log.warning("a value comes over the socket instead of the worker's bucket: %s", error)
            return False
        draft.rename(folder / name)
        return True


def capabilities(client: WorkerClient) -> frozenset[str]:
    """Return what a worker says it can do besides NodeTool's protocol."""
    said = (client.status.model_extra or {}).get("capabilities")
    return frozenset(word for word in said if isinstance(word, str)) if isinstance(said, (list, tuple)) else frozenset()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise StorageError(f"a value cannot be read: {error.strerror}") from error


def _id_in(frame: m.Frame) -> str:
    job_id = _Job.read(frame).job.get("id")
    if not isinstance(job_id, str) or not job_id:
        raise BadFrame("the worker answered with a job that has no id", request_id=frame.request_id)
    return job_id


async def _bring(line: Line, job_id: str, name: str, folder: Path, most: int) -> str:
    """Bring one file; returns what is wrong with it, in words that follow its name."""
    draft = folder / f"{name}.part"
    have = draft.stat().st_size if draft.exists() else 0
    while True:
        receiver = Receiver(folder)
        asked = jm.GetValue(job_id=job_id, name=f"{jm.STORED}{name}", offset=have, length=PART)
        try:
            async with line.call(asked, receiver) as call:
                frame = await call.answer()
            part = _Part.read(frame)
            if part.total > most:
                return f"has {part.total} bytes, and {most} are the most that is taken"
            have += await asyncio.to_thread(_append, draft, receiver, frame, part.size)
        except WorkerFault as fault:
            if fault.code == NOT_FOUND:
                return "is not there"
            raise
        finally:
            receiver.discard()
        if have >= part.total or not part.size:
            draft.rename(folder / name)
            return ""


def _append(draft: Path, receiver: Receiver, frame: m.Frame, size: int) -> int:
    """Put the part that came behind what is there; a first part becomes the file."""
    came = next(iter(receiver.files.values()), None)
    if came is None or came.stat().st_size != size:
        raise BadFrame("a part of a value is not as long as the worker says", request_id=frame.request_id)
    if not draft.exists():
        came.rename(draft)
        return size
    with came.open("rb") as source, open(draft, "ab", opener=private_opener) as target:
        shutil.copyfileobj(source, target, 1024 * 1024)
    return size
