"""The folders of a container without a common file system, as archives: sent to its engine, and read from it.

What comes is read as it comes, each member checked before any byte of it is kept; what does not fit is left out, and
said why. Then :func:`~nodetool_jupyter.execution.container.results.collect` takes from the folder as it always does.
"""

from __future__ import annotations

import os
import re
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.execution.container.files import Folders
from nodetool_jupyter.execution.container.results import CAPS, Caps
from nodetool_jupyter.files import private_opener, write_all

_MEMBER = re.compile(r"values/([0-9a-f]{16,32}\.[a-z]{2,12})")
_ORDINARY = (tarfile.REGTYPE, tarfile.AREGTYPE)
_STEP = 1 << 20
_END = bytes(2 * tarfile.BLOCKSIZE)
_BESIDES = 64 * 1024**2  # bytes of an archive that may be its own, beside those of files


class _TooLong(Exception):  # noqa: N818  # ends the reading
    """Why nothing is read any more; the words follow the name of each file behind."""


class _Chunks:
    """Chunks of bytes as a file, up to a number of bytes."""

    def __init__(self, chunks: Iterable[bytes], most: int) -> None:
        self._chunks = iter(chunks)
        self._most = self._left = most

    @property
    def began(self) -> bool:
        """Whether any byte has come."""
        return self._left < self._most

    def read(self, _size: int = -1) -> bytes:
        """Return the next chunk, which may be longer than was asked for; tarfile keeps the rest."""
        chunk = next(self._chunks, b"")
        self._left -= len(chunk)
        if self._left < 0:
            raise _TooLong(f"lies behind more than {self._most} bytes, which are the most that is read")
        return chunk


def pack(folders: Folders, user: tuple[int, int]) -> Iterator[bytes]:
    """Return an archive of ``in`` and an empty ``out``, for a volume that the container has at ``/job``.

    A volume cannot be mounted in part, so ``in`` is written as root's: whoever the container runs as may only read it.
    What cannot be read raises :class:`StorageError`.
    """
    yield from _members(folders, [folders.given, *sorted(folders.given.rglob("*"))])
    yield _head("out", tarfile.DIRTYPE, 0o700, user)
    yield _END


def pack_files(folders: Folders, paths: Iterable[Path]) -> Iterator[bytes]:
    """Return an archive of some files of ``in``, for a container that has its folders already."""
    yield from _members(folders, paths)
    yield _END


def _members(folders: Folders, paths: Iterable[Path]) -> Iterator[bytes]:
    for path in paths:
        name = str(path.relative_to(folders.attempt))
        if path.is_dir():
            yield _head(name, tarfile.DIRTYPE, 0o755)
        else:
            yield from _file(name, path)


def _file(name: str, path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            size = left = os.fstat(file.fileno()).st_size
            yield _head(name, tarfile.REGTYPE, 0o444, size=size)
            while left and (data := file.read(min(left, _STEP))):
                left -= len(data)
                yield data
    except OSError as error:
        raise StorageError(f"an input cannot be read from {path}: {error.strerror}") from error
    if left:
        raise StorageError(f"an input cannot be read from {path}: it grew shorter meanwhile")
    yield bytes(-size % tarfile.BLOCKSIZE)


def _head(name: str, kind: bytes, mode: int, user: tuple[int, int] = (0, 0), size: int = 0) -> bytes:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.size = kind, mode, size
    member.uid, member.gid = user
    return member.tobuf(tarfile.PAX_FORMAT)


def unpack(chunks: Iterable[bytes], out: Path, caps: Caps = CAPS) -> dict[str, str]:
    """Write the files of an archive whose members are ``values/…`` into ``out``, which is empty.

    Returns why files are not there, as :func:`collect` wants it. Nothing is read behind what is too much. What
    ``chunks`` raises is passed on. Raises :class:`StorageError`.
    """
    refused: dict[str, str] = {}
    folder = out / "values"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _no_room(folder, error) from error
    file = _Chunks(chunks, caps.total + _BESIDES)
    try:
        with tarfile.open(fileobj=cast(Any, file), mode="r|") as archive:
            for seen, member in enumerate(archive):
                if seen > caps.files:
                    raise _TooLong(f"is too many: {caps.files} files are the most that is taken")
                _take(archive, member, folder, caps, refused)
    except _TooLong as why:
        refused["*"] = str(why)
    except (tarfile.TarError, EOFError) as error:
        if file.began:  # what has not even a beginning is the archive of nothing
            refused["*"] = f"is not in the archive, which ends too early: {error}"
    return refused


def _take(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, caps: Caps, refused: dict[str, str]) -> None:
    fits = _MEMBER.fullmatch(member.name)
    if fits is None or (folder / fits[1]).exists():
        return
    if member.type not in _ORDINARY or member.sparse is not None:
        refused[fits[1]] = "is not an ordinary file"
    elif member.size > caps.file:
        refused[fits[1]] = f"has {member.size} bytes, and {caps.file} are the most that is taken"
    else:
        _write(archive, member, folder / fits[1])


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    source = archive.extractfile(member)
    assert source is not None
    left = member.size
    try:
        with open(target, "xb", buffering=0, opener=private_opener) as file:
            while data := source.read(_STEP):
                try:
                    write_all(file.fileno(), data)
                except OSError as error:
                    raise _no_room(target, error) from error
                left -= len(data)
    finally:
        if left:
            target.unlink(missing_ok=True)


def _no_room(path: Path, error: OSError) -> StorageError:
    return StorageError(f"a result cannot be copied to {path.parent}: {error.strerror}")
