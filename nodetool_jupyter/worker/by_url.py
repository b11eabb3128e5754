"""Values that go through a bucket: a client is told a URL, and puts or gets there what frames would carry.

Objects are there for minutes. What a client puts is fetched, checked and removed; what it is to get is removed some
time after its last URL, with its job, and with the worker. What a worker that died left is removed at its next start.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from nodetool_jupyter import clock
from nodetool_jupyter.errors import InvalidRequest, NodetoolError
from nodetool_jupyter.files import private_opener
from nodetool_jupyter.jobs.stored import Stored
from nodetool_jupyter.worker.bucket import URL_LIFE, Bucket, Signed
from nodetool_jupyter.worker.uploads import NoRoom, Upload, Uploads

log = logging.getLogger("nodetool_jupyter.worker")
KEPT = 2 * URL_LIFE  # seconds after its last URL that an object is there
MOST_TICKETS = 200  # uploads of a user that have a URL and were not put yet
_AT_ONCE = 4  # transfers between worker and bucket
_ENDING = 5.0  # seconds that removing objects may take at the worker's end
_FIRST = "nodetool"  # what every key begins with, for rules of the bucket

T = TypeVar("T")
Value = tuple[str, str]  # a job and the name of a value of it


@dataclass(slots=True)
class _Ticket:
    """A URL to put something that a user was given; ``upload`` has the room for it."""

    user: str
    sha256: str
    key: str
    upload: Upload


@dataclass(slots=True)
class _Shown:
    """An object that clients may get; ``until`` when it is removed."""

    key: str
    size: int
    sha256: str
    until: float


class ByUrl:
    """What a worker's clients put into its bucket and get from there; used on the control loop only.

    ``owner`` is this worker's own name in the bucket, which it has at its next start too.
    """

    def __init__(self, bucket: Bucket, owner: str, uploads: Uploads) -> None:
        self._bucket = bucket
        self._prefix = f"{_FIRST}/{owner}/"
        self._uploads = uploads
        self._threads = ThreadPoolExecutor(_AT_ONCE, "nodetool-bucket")
        self._loop = asyncio.get_running_loop()
        self._tickets: dict[str, _Ticket] = {}
        self._shown: dict[Value, asyncio.Task[_Shown]] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}  # by key: every one is removed some time
        self._work: set[asyncio.Future[Any]] = set()

    def start(self) -> None:
        """Remove what was left behind, aside."""
        self._aside(self._clear)

    async def put_url(self, user: str, sha256: str, size: int) -> dict[str, Any]:
        """Return a URL under which this user may put a value, and the ticket that tells when it was.

        Raises :class:`NoRoom`, and what the bucket raises.
        """
        if sum(ticket.user == user for ticket in self._tickets.values()) >= MOST_TICKETS:
            raise NoRoom(f"{MOST_TICKETS} values have a URL and were not put yet", retry=True)
        upload = await self._run(self._uploads.begin, user, size)
        name, key = os.urandom(16).hex(), self._new_key()
        self._tickets[name] = _Ticket(user, sha256, key, upload)
        try:
            signed = await self._run(self._bucket.sign_put, key, size, sha256)
        except BaseException:
            self._drop(name)
            raise
        self._timers[key] = self._loop.call_later(KEPT, self._expire, key, name)
        return {**_described(signed), "ticket": name}

    async def take(self, user: str, ticket: str, sha256: str) -> int:
        """Fetch what was put, check it, and keep it as an upload; returns its size.

        Raises :class:`InvalidRequest` for a ticket that is not this user's, and for other bytes than were announced.
        """
        found = self._tickets.get(ticket)
        if found is None or found.user != user or found.sha256 != sha256:
            raise InvalidRequest("there is no such ticket; ask values.put_url for another")
        del self._tickets[ticket]
        return await self._run(self._fetch, found)

    async def get_url(self, job_id: str, name: str, find: Callable[[], Stored]) -> dict[str, Any]:
        """Return a URL of a value, which ``find`` opens on a thread; raises what that and the bucket raise."""
        value = (job_id, name)
        while True:
            task = self._shown.get(value)
            if task is None:
                task = self._shown[value] = self._loop.create_task(self._show(value, find))
                task.add_done_callback(lambda done: self._shown_or_not(value, done))
            shown = await asyncio.shield(task)
            if self._shown.get(value) is task:  # else its job was removed meanwhile
                break
        shown.until = clock.monotonic() + KEPT
        signed = await self._run(self._bucket.sign_get, shown.key)
        return {**_described(signed), "size": shown.size, "sha256": shown.sha256}

    def forget(self, job_id: str) -> None:
        """Remove the objects of a job."""
        for value in [value for value in self._shown if value[0] == job_id]:
            self._hide(value)

    async def close(self) -> None:
        """Remove every object, as far as that takes no longer than some seconds."""
        for name in list(self._tickets):
            self._drop(name)
        for value in list(self._shown):
            self._hide(value)
        for key, timer in list(self._timers.items()):
            timer.cancel()
            self._remove(key)
        if self._work:
            await asyncio.wait(self._work, timeout=_ENDING)
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._bucket.close()

    # -- on the control loop --------------------------------------------------------------------------------------

    async def _show(self, value: Value, find: Callable[[], Stored]) -> _Shown:
        key = self._new_key()
        self._timers[key] = self._loop.call_later(KEPT, self._look, key, value)
        size, digest = await self._run(self._send, find, key)
        return _Shown(key, size, digest, clock.monotonic() + KEPT)

    def _shown_or_not(self, value: Value, done: asyncio.Task[_Shown]) -> None:
        if (done.cancelled() or done.exception() is not None) and self._shown.get(value) is done:
            del self._shown[value]

    def _look(self, key: str, value: Value) -> None:
        """Remove an object whose last URL has expired, or look again later."""
        task = self._shown.get(value)
        shown = task.result() if task is not None and task.done() and task.exception() is None else None
        if task is not None and (shown is None or shown.key == key):
            left = KEPT if shown is None else shown.until - clock.monotonic()
            if left > 0:
                self._timers[key] = self._loop.call_later(left, self._look, key, value)
                return
            del self._shown[value]
        self._remove(key)

    def _hide(self, value: Value) -> None:
        task = self._shown.pop(value)
        if task.done() and not task.cancelled() and task.exception() is None:
            self._remove(task.result().key)

    def _expire(self, key: str, name: str) -> None:
        if name in self._tickets:
            self._drop(name)
        self._remove(key)  # also what was put again after it had been taken

    def _drop(self, name: str) -> None:
        self._tickets.pop(name).upload.abandon()

    def _remove(self, key: str) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        self._aside(self._bucket.remove, [key])

    def _new_key(self) -> str:
        return self._prefix + os.urandom(16).hex()  # tells nothing of a user, a job or a value

    async def _run(self, call: Callable[..., T], *arguments: Any) -> T:
        return await self._loop.run_in_executor(self._threads, call, *arguments)

    def _aside(self, call: Callable[..., Any], *arguments: Any) -> None:
        future = self._loop.run_in_executor(self._threads, call, *arguments)
        self._work.add(future)
        future.add_done_callback(self._aside_done)

    def _aside_done(self, future: asyncio.Future[Any]) -> None:
        self._work.discard(future)
        if not future.cancelled() and (error := future.exception()) is not None:
            log.warning("objects could not be removed: %s", error if isinstance(error, NodetoolError) else type(error))

    # -- on a thread ----------------------------------------------------------------------------------------------

    def _fetch(self, ticket: _Ticket) -> int:
        upload = ticket.upload
        try:
            for piece in self._bucket.read(ticket.key, upload.size):
                upload.write(piece)
            return upload.finish(ticket.sha256)
        finally:
            upload.abandon()
            with suppress(NodetoolError):
                self._bucket.remove([ticket.key])

    def _send(self, find: Callable[[], Stored], key: str) -> tuple[int, str]:
        stored = find()
        try:
            with os.fdopen(os.dup(stored.descriptor), "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                file.seek(0)
                self._bucket.send(file, key)
        finally:
            stored.close()
        return stored.size, digest

    def _clear(self) -> None:
        self._bucket.remove(self._bucket.left(self._prefix, KEPT))


def _described(signed: Signed) -> dict[str, Any]:
    return {"url": signed.url, "method": signed.method, "headers": signed.headers, "expires_in": signed.life}


def own_name(path: Path) -> str:
    """Return what a file says this worker is called in its bucket; the first who asks makes it up."""
    with suppress(FileExistsError), open(path, "x", opener=private_opener) as file:
        file.write(os.urandom(8).hex())
    return path.read_text().strip()
