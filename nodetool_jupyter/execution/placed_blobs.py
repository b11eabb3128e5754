"""Large inputs of placed nodes that go to a worker once for all calls, where the worker keeps them by their SHA-256."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from pathlib import Path

from nodetool_jupyter.bridge.blobs import Files
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.jobs import VALUES_MISSING, WorkerJobs, capabilities
from nodetool_jupyter.bridge.messages import BLOB_VALUES
from nodetool_jupyter.errors import StorageError, WorkerFault

LARGE = 1 << 20  # bytes of a field's files from which it is worth asking whether the worker has them

Digests = dict[str, str | list[str]]


class Kept:
    """What one worker of a run keeps; its files never change, so that each is read for its digest once."""

    def __init__(self) -> None:
        self._digests: dict[Path, str] = {}
        self._putting = asyncio.Lock()  # two nodes may be given the same value at once
        self._over = False

    async def put(self, client: WorkerClient, files: Files) -> tuple[Digests, Files]:
        """See that the worker has the large files; returns their digests by field, and the files that go on their own.

        Raises :class:`StorageError` for a file that cannot be read, and :class:`WorkerLost`.
        """
        fields = defaultdict(list)
        for name, path in files:
            fields[name].append(path)
        if self._over or BLOB_VALUES not in capabilities(client):
            return {}, files
        large = {name: paths for name, paths in fields.items() if await asyncio.to_thread(_size, paths) >= LARGE}
        if not large:
            return {}, files
        async with self._putting:
            by_path = {path: await self._digest(path) for paths in large.values() for path in paths}
            try:
                jobs = WorkerJobs(client)
                missing = await jobs.missing([*by_path.values()])
                await jobs.put({digest: path for path, digest in by_path.items() if digest in missing})
            except WorkerFault:  # it has no room just now
                return {}, files
        found = {name: [by_path[path] for path in paths] for name, paths in large.items()}
        digests: Digests = {name: all_ if len(all_) > 1 else all_[0] for name, all_ in found.items()}
        return digests, [one for one in files if one[0] not in large]

    def lost(self, fault: WorkerFault) -> bool:
        """Tell whether to call again because the worker did not keep a value; nothing is kept there from then on."""
        again = fault.code == VALUES_MISSING and not self._over
        self._over |= again
        return again

    async def _digest(self, path: Path) -> str:
        if path not in self._digests:
            self._digests[path] = await asyncio.to_thread(_sha256, path)
        return self._digests[path]


def _size(paths: list[Path]) -> int:
    try:
        return sum(path.stat().st_size for path in paths)
    except OSError as error:
        raise StorageError(f"a value cannot be sent: {error.strerror}") from None


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StorageError(f"{path.name} cannot be sent: {error.strerror}") from None
