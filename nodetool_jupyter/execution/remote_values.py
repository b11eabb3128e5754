"""The value files of a job on a worker: those it starts from, sent if they are not there; those it leaves, fetched."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any

from nodetool_jupyter.bridge.jobs import WorkerJobs
from nodetool_jupyter.errors import InvalidRequest, StorageError
from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.execution.container.files import Folders, remove
from nodetool_jupyter.execution.container.results import CAPS, Collected, collect
from nodetool_jupyter.execution.remote_link import Patience
from nodetool_jupyter.values import ValueStore

WHO = "the worker"
Json = Any


class Given:
    """The files that a request, or a pushed value, refers to; ``digests`` are their SHA-256 by ``values/NAME``."""

    def __init__(self, digests: dict[str, str], files: dict[str, Path]) -> None:
        self.digests = digests
        self.files = files

    @classmethod
    def of(cls, values: ValueStore, data: Json) -> Given:
        """Find the files and read them through; blocks.

        Raises :class:`InvalidRequest` for one that is not there whole, or that no worker takes.
        """
        digests: dict[str, str] = {}
        files: dict[str, Path] = {}
        waiting = values.references(data)
        fault = values.missing(waiting)
        if fault is not None:
            raise InvalidRequest(f"an input cannot be sent to the worker: {fault}")
        while waiting:
            reference = waiting.pop()
            path, uri = values.path(reference), reference["uri"]
            if reference["type"] == "python_object":
                kind = reference.get("class", "Python object")
                raise InvalidRequest(
                    f"an input is a {kind}, which only processes of one user hand each other; "
                    "give the worker plain data, an array, a table, an image or bytes"
                )
            assert path is not None
            if uri not in digests:
                digests[uri] = _digest(path)
                files[digests[uri]] = path
                waiting += values.inner(reference)
        return cls(digests, files)

    async def bring(self, jobs: WorkerJobs, sent: Callable[[], object] = lambda: None) -> None:
        """Send the worker those that it lacks; ``sent`` is called after each."""
        for digest in await jobs.missing(self.files):
            await jobs.put({digest: self.files[digest]})
            sent()


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StorageError(f"an input cannot be read: {error.strerror}") from error


class Left:
    """The files that a job on a worker names, on their way into its folder here; all but :meth:`fetch` block."""

    def __init__(self, job: Path, attempt: int) -> None:
        self._job = job
        self._folders = Folders.of(job, attempt)
        self._values = ValueStore(self.folder)
        self._own = ValueStore(job / "values")
        self.refused: dict[str, str] = {}
        self._bytes = 0

    @property
    def folder(self) -> Path:
        """Where they come to lie before they are looked at."""
        return self._folders.left / "values"

    def make(self) -> None:
        """Make the folder, where what came before a drop may lie; raises :class:`StorageError`."""
        try:
            for folder in (self._folders.attempt.parent, self._folders.attempt, self._folders.left, self.folder):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StorageError(f"no result can be stored in {self._job}: {error.strerror}") from error

    async def fetch(self, patience: Patience, job_id: str, data: Json) -> None:
        """Bring the files that ``data`` refers to, and those that these refer to; waits while the worker is away."""
        await asyncio.to_thread(self.make)
        while names := await asyncio.to_thread(self.wanted, data):
            await patience.ask(partial(self._bring, patience, job_id, names))

    async def _bring(self, patience: Patience, job_id: str, names: Mapping[str, int], jobs: WorkerJobs) -> None:
        async with aclosing(jobs.fetch(job_id, names, self.folder, CAPS.file)) as fetched:
            async for name, fault in fetched:
                patience.back()
                if fault:
                    self.refused[name] = fault
                    continue
                self._bytes += (self.folder / name).stat().st_size
                if self._bytes > CAPS.total:
                    most = f"is too much: {CAPS.total} bytes are the most that is taken of all files"
                    self.refused |= {one: most for one in names if not (self.folder / one).exists()}
                    return

    def wanted(self, data: Json) -> dict[str, int]:
        """Return the files that ``data`` refers to and that have yet to be fetched, by name, and their sizes as told.

        Files that refer to others count once they are here: to be asked again, until there are none.
        """
        names: dict[str, int] = {}
        waiting = self._values.references(data)
        while waiting and len(names) < CAPS.files:
            reference = waiting.pop()
            name = reference["uri"].removeprefix("values/")
            if name in self.refused or (self._own.folder / name).exists():
                continue
            if not (self.folder / name).exists():
                size = reference.get("size")
                names[name] = size if isinstance(size, int) else 0
            elif (self.folder / name).stat().st_size <= CAPS.json:
                waiting += _inside(self._values, reference)
        return names

    def collect(self, claim: JobUpdate, seen: Iterable[Mapping[str, Json]]) -> Collected:
        """Check what came, name it among the job's values, and say what the claim is then."""
        has = frozenset(path.name for path in self._own.folder.iterdir()) if self._own.folder.is_dir() else ()
        return collect(self._job, self._folders.attempt, claim, seen, refused=self.refused, has=has, who=WHO)

    def remove(self) -> None:
        """Remove what lies there still."""
        remove(self._folders.left)


def _inside(values: ValueStore, reference: Mapping[str, Json]) -> list[dict[str, Json]]:
    try:
        return values.inner(reference)
    except (OSError, ValueError, RecursionError):
        return []  # what is wrong with it is told when it is looked at
