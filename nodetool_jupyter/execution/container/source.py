"""The files that a container left, opened so that no name of its making leads anywhere else, and copied."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol, Self

from nodetool_jupyter import faults
from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.execution.container.files import open_folder
from nodetool_jupyter.files import private_opener, write_all

_STEP = 1 << 20  # bytes copied at a time
_KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class Refused(Exception):  # noqa: N818  # not an error of ours: a file of a container's that is not taken
    """Why a file is not taken; the words follow its name."""


class Digest(Protocol):
    """What :mod:`hashlib` makes."""

    def update(self, data: bytes, /) -> None:
        """Go on with these bytes."""


class Source:
    """The folder ``values`` in a stopped container's ``out``; it may be missing, or something else."""

    def __init__(self, out: Path) -> None:
        self._folder: int | None = None
        self._fault = "is not there"
        try:
            with suppress(FileNotFoundError):
                out.chmod(0o700)  # its owner inside may have closed it
                self._folder = _open_values(out)
        except OSError as error:
            self._fault = f"cannot be reached: {error.strerror}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            os.close(self._folder)

    def open(self, name: str) -> tuple[int, int]:
        """Open a file for reading and return its descriptor and size; raises :class:`Refused`.

        It is looked at before it is opened, because to open a device may do something, and again afterwards.
        """
        if self._folder is None:
            raise Refused(self._fault)
        try:
            _check(os.stat(name, dir_fd=self._folder, follow_symlinks=False))
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
            opened = os.open(name, flags, dir_fd=self._folder)
        except FileNotFoundError:
            raise Refused("is not there") from None
        except OSError as error:
            raise Refused(f"cannot be opened: {error.strerror}") from None
        try:
            found = os.fstat(opened)
            _check(found)
        except Refused:
            os.close(opened)
            raise
        return opened, found.st_size


def _open_values(out: Path) -> int:
    above = open_folder(out)
    try:
        return open_folder("values", above)
    finally:
        os.close(above)


def _check(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = next((word for test, word in _KINDS if test(found.st_mode)), "something else")
        raise Refused(f"is {kind}, not an ordinary file")
    if found.st_nlink != 1:  # no runner makes such
        raise Refused("is a file of several names")


def begins(source: int, at: int, mark: bytes) -> bool:
    """Tell whether these bytes stand at that place."""
    return mark == b"" or _read(source, len(mark), at) == mark


def copy(source: int, target: Path, size: int, digest: Digest | None = None) -> None:
    """Copy ``size`` bytes into a new file; holes stay holes. Raises :class:`Refused` or :class:`StorageError`."""
    try:
        with open(target, "xb", buffering=0, opener=private_opener) as file:
            done = 0
            for begin, end in _stretches(source, size):
                _skip(begin - done, digest)
                os.lseek(file.fileno(), begin, os.SEEK_SET)
                done = begin
                while done < end:
                    data = _read(source, min(_STEP, end - done), done)
                    if not data:
                        raise Refused("became shorter while it was read")
                    write_all(file.fileno(), data)
                    if digest is not None:
                        digest.update(data)
                    done += len(data)
                    faults.point("value.mid_file")
            _skip(size - done, digest)
            os.ftruncate(file.fileno(), size)
    except OSError as error:
        raise StorageError(f"a result cannot be copied to {target.parent}: {error.strerror}") from error


def _read(source: int, size: int, at: int) -> bytes:
    try:
        return os.pread(source, size, at)
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror}") from None


def _stretches(source: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield where data begins and ends, in order, where the file system tells; else the whole."""
    if not hasattr(os, "SEEK_DATA"):
        yield 0, size
        return
    end = 0
    while end < size:
        try:
            begin = os.lseek(source, end, os.SEEK_DATA)
        except OSError:  # none behind here
            return
        end = min(os.lseek(source, begin, os.SEEK_HOLE), size)
        if begin < end:
            yield begin, end


def _skip(size: int, digest: Digest | None) -> None:
    """Let a digest see the zeros of a hole."""
    while digest is not None and size > 0:
        digest.update(bytes(min(size, _STEP)))
        size -= _STEP
