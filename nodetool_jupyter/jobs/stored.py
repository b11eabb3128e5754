"""The stored values of a job as files to be sent: found by what the job's log says, opened without following a link."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from nodetool_jupyter.eventlog.lines import lines_backwards
from nodetool_jupyter.events import parse
from nodetool_jupyter.execution.container.files import open_folder
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.values import ValueStore

MOST_READ = 16 * 1024 * 1024  # bytes of large values that are read to find the references inside them

_NAME = re.compile(r"[0-9a-f]{16,32}\.[a-z]{2,12}")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_ANYTHING = "application/octet-stream"

# Shown in place; none of them can run a script.
_MEDIA = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "webm": "video/webm",
    "txt": "text/plain; charset=utf-8",
}
TYPES = frozenset({*_MEDIA.values(), _ANYTHING})  # that values are sent as


@dataclass(slots=True)
class Stored:
    """The open file of a stored value: ``type`` is what it is sent as, ``inline`` whether a browser may show it."""

    name: str
    descriptor: int
    size: int
    etag: str
    type: str
    inline: bool

    def read(self, position: int, count: int) -> bytes:
        """Return bytes at a position; fewer at the end of the file."""
        return os.pread(self.descriptor, count, position)

    def close(self) -> None:
        """Close the file."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def open_value(folder: JobFolder, name: str) -> Stored | None:
    """Open a stored value of a job by its file's name.

    ``None`` for a name that the job's log does not know, and for what is no regular file of the job's own.
    """
    if not _NAME.fullmatch(name) or not _is_named(folder, name):
        return None
    try:
        descriptor = _open(folder, name)
    except OSError:
        return None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        return None
    kind = _MEDIA.get(name.rpartition(".")[2])
    etag = f'"{name.partition(".")[0]}-{found.st_size:x}-{found.st_mtime_ns:x}"'
    return Stored(name, descriptor, found.st_size, etag, kind or _ANYTHING, kind is not None)


def read_range(header: str, size: int) -> tuple[int, int] | None:
    """Read a ``Range`` as the first byte and the byte behind the last; ``None`` for what counts as no range.

    Raises ``IndexError`` when there are no such bytes. Several ranges, other units and what cannot be read count as
    none, as RFC 9110 allows.
    """
    found = _RANGE.fullmatch(header.strip()) if len(header) <= 100 else None
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        count = int(found[2])
        if count == 0 or size == 0:
            raise IndexError(header)
        return max(0, size - count), size
    first = int(found[1])
    if found[2] and int(found[2]) < first:
        return None
    if first >= size:
        raise IndexError(header)
    return first, min(size, int(found[2]) + 1) if found[2] else size


def _open(folder: JobFolder, name: str) -> int:
    """Open a file of the job's values; no part of the way below the jobs' folder may be a link."""
    job = open_folder(folder.path)
    try:
        values = open_folder("values", job)
    finally:
        os.close(job)
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        return os.open(name, flags, dir_fd=values)
    finally:
        os.close(values)


def _is_named(folder: JobFolder, name: str) -> bool:
    """Tell whether an event of the job refers to a value of this name, or to a large value that does."""
    store, uri, needle = folder.values(), f"values/{name}", f"values/{name}".encode()
    wrapping: list[dict[str, Any]] = []
    for line in _lines(folder):
        if needle in line:
            if any(one["uri"] == uri for one in _references(store, line)):
                return True
        elif b'"refers"' in line:
            wrapping += [one for one in _references(store, line) if one.get("refers") is True]
    return _is_inside(folder, store, wrapping, uri)


def _lines(folder: JobFolder) -> Iterator[bytes]:
    # From the end: what is looked at is mostly a result.
    with suppress(FileNotFoundError):
        yield from lines_backwards(folder.log)


def _references(store: ValueStore, line: bytes) -> list[dict[str, Any]]:
    try:
        return store.references(parse(line).model_dump())
    except ValueError:
        return []


def _is_inside(folder: JobFolder, store: ValueStore, wrapping: list[dict[str, Any]], uri: str) -> bool:
    """Tell whether one of these large values refers to a file; stops when too much would have to be read."""
    room = MOST_READ
    for outer in dict.fromkeys(one["uri"] for one in wrapping):
        body = _read(folder, outer.removeprefix("values/"), room)
        room -= len(body)
        with suppress(ValueError, RecursionError):
            if uri.encode() in body and any(one["uri"] == uri for one in store.references(json.loads(body))):
                return True
    return False


def _read(folder: JobFolder, name: str, most: int) -> bytes:
    """Return the content of a regular file of the job's values; nothing when it is too large, or none."""
    try:
        with open(_open(folder, name), "rb") as file:
            found = os.fstat(file.fileno())
            return file.read(most) if stat.S_ISREG(found.st_mode) and found.st_size <= most else b""
    except OSError:
        return b""
