"""The file that the index is in: made, watched, set aside when it is damaged; and what its errors mean."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from nodetool_jupyter import clock
from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.files import private_opener

logger = logging.getLogger("nodetool_jupyter.jobs")
KEPT = 2  # damaged files that stay
REFUSED = (sa.exc.DatabaseError, sqlite3.DatabaseError)
_SIDES = ("", "-wal", "-shm")
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_REFUSED = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
# A plain error of statements that never change means that their tables are gone.
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
_SHORT_READ = 522
_one_here = threading.Lock()  # a lock on a file does not part the threads of one process

Inode = tuple[int, int]


class IndexUnavailable(StorageError):  # noqa: N818  # a state of the index
    """Another process has locked the index for longer than anybody waits, or the disk refuses it for now."""


class IndexDamaged(StorageError):  # noqa: N818  # a state of the index
    """The file is no database, or a broken one."""


def named(where: object, error: Exception) -> StorageError:
    """Return the error of this package for one of the database's."""
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", -1)
    said = getattr(error, "orig", None) or error
    if code == _SHORT_READ or code & 0xFF in _DAMAGED:
        return IndexDamaged(f"the index {where} is damaged: {said}")
    if code & 0xFF in _BUSY:
        return IndexUnavailable(f"the index {where} is locked by another process; jobs run on, try again later")
    if code & 0xFF in _REFUSED:
        return IndexUnavailable(f"the index {where} cannot be used now: {said}")
    return StorageError(f"the index {where} cannot be used: {said}")


def inode(path: Path) -> Inode | None:
    """Return which file stands at a path now; nothing is opened, which would drop SQLite's locks of this process."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def make(path: Path) -> Inode | None:
    """Make the file, private, if there is none, and return which it is; raises :class:`IndexUnavailable`."""
    if not path.exists():
        try:
            with _alone(path):
                if not path.exists():
                    for side in _SIDES[1:]:  # of a file that was deleted; a new one must not read them
                        Path(f"{path}{side}").unlink(missing_ok=True)
                    path.touch(mode=0o600)
        except OSError as error:
            raise IndexUnavailable(f"the index {path} cannot be made: {error.strerror}") from error
    return inode(path)


def set_aside(path: Path, damaged: Inode | None) -> None:
    """Rename a damaged file, unless another process did and there is a new one; the last two stay."""
    with _alone(path):
        if inode(path) != damaged:
            return
        aside = f"{path}.damaged-{int(clock.time() * 1000)}"
        for side in _SIDES:
            with contextlib.suppress(FileNotFoundError):
                os.rename(f"{path}{side}", f"{aside}{side}")  # noqa: PTH104  # strings are enough
        kept = [one for one in path.parent.glob(f"{path.name}.damaged-*") if one.name[-1].isdigit()]
        for old in sorted(kept, key=_made)[:-KEPT]:
            for side in _SIDES:
                Path(f"{old}{side}").unlink(missing_ok=True)
    logger.warning("the index %s was damaged; it is now %s, and a new one is made from the jobs' folders", path, aside)


def _made(aside: Path) -> int:
    return int(aside.name.rpartition("-")[2])


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time make or rename the file."""
    with _one_here, open(f"{path}.lock", "ab", opener=private_opener) as file:
        with contextlib.suppress(OSError):  # some shared file systems know no locks
            fcntl.lockf(file, fcntl.LOCK_EX)
        yield
