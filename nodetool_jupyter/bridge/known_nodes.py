"""What known workers said they have when they were last asked: a private file for each, read without any network."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nodetool_jupyter import clock, settings
from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.files import read_private, replace_private

FOLDER = "workers"
DEFAULT = "default"  # the connection that NODETOOL_WORKER_URL makes
MOST = 64 * 1024 * 1024  # bytes of a file; a worker that describes itself at greater length is not kept
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Known:
    """What a worker said when it was asked, and where that was: its version, and its nodes as ``discover`` has them."""

    protocol_version: int
    nodes: tuple[Mapping[str, Any], ...]
    asked: float
    address: str = ""


class KnownNodes:
    """The files ``<data>/workers/<name>.json``; ``data`` returns the data folder, and what it raises is passed on.

    What was read is kept until its file is another one, so that asking again costs no more than a look at it.
    """

    def __init__(self, data: Callable[[], Path]) -> None:
        self._data = data
        self._read: dict[Path, tuple[tuple[int, int, int], Known]] = {}

    def save(self, name: str, protocol_version: int, nodes: list[dict[str, Any]], address: str = "") -> None:
        """Keep what a worker said just now; raises :class:`StorageError` where it cannot be kept."""
        path = self._path(name)
        if path is None:
            raise StorageError(f"{name[:80]!r} cannot be a worker's name")
        said = {"asked": clock.time(), "address": address, "protocol_version": protocol_version, "nodes": nodes}
        body = json.dumps(said, default=_nothing).encode()
        if len(body) > MOST:
            raise StorageError(f"the worker {name!r} describes its nodes in {len(body)} bytes, {MOST} are kept at most")
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            replace_private(path, body)
        except OSError as error:
            raise StorageError(f"{path} cannot be written: {error.strerror or error}") from None

    def load(self, name: str) -> Known | None:
        """Return what a worker said last, ``None`` if it was never asked; raises :class:`StorageError`."""
        path = self._path(name)
        if path is None:
            return None
        try:
            found = path.stat()
            stamp = (found.st_mtime_ns, found.st_ino, found.st_size)
            kept = self._read.get(path)
            if kept is None or kept[0] != stamp:
                kept = self._read[path] = (stamp, _parsed(path, found.st_size))
            return kept[1]
        except FileNotFoundError:
            self._read.pop(path, None)
            return None
        except OSError as error:
            raise error if isinstance(error, StorageError) else StorageError(f"{path} cannot be read") from None

    def names(self) -> list[str]:
        """Return the names of the workers that were asked, sorted; ``default`` only while the environment has it."""
        try:
            found = list((self._data() / FOLDER).iterdir())
        except OSError:
            return []
        names = {path.stem for path in found if path.suffix == ".json" and _NAME.fullmatch(path.stem)}
        return sorted(names if settings.get("NODETOOL_WORKER_URL") else names - {DEFAULT})

    def forget(self, name: str) -> None:
        """Remove what is kept of a worker."""
        path = self._path(name)
        if path is not None:
            path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path | None:
        return self._data() / FOLDER / f"{name}.json" if _NAME.fullmatch(name) else None


def _parsed(path: Path, size: int) -> Known:
    if size > MOST:
        raise StorageError(f"{path} has {size} bytes, {MOST} are read at most")
    try:
        said = json.loads(read_private(path))
        version, asked, nodes = said["protocol_version"], said["asked"], said["nodes"]
        whole = isinstance(version, int) and isinstance(asked, (int, float)) and math.isfinite(asked)
        if not whole or not isinstance(nodes, list) or not all(isinstance(one, dict) for one in nodes):
            raise ValueError("it has another form")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StorageError(f"{path} cannot be read: {error}; connect the worker once more") from None
    return Known(version, tuple(nodes), float(asked), str(said.get("address") or ""))


def _nothing(_value: object) -> None:
    """Stand in for what JSON does not know, such as the bytes of a default."""
