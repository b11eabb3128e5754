"""The lock of each GPU of this host: a file that everybody's processes lock with flock, in a folder that all share.

The lock lives on the open file, so a process that is handed the descriptor holds it too, and it ends with the last
descriptor. Nothing here ever unlocks: closing is enough, and unlocking would take the lock from the others as well.
"""

from __future__ import annotations

import fcntl
import os
import stat
import threading
from contextlib import suppress

from nodetool_jupyter import settings
from nodetool_jupyter.errors import StorageError

_CURE = "set NODETOOL_GPU_LOCKS to a folder that all users of this host share"
_OPEN = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW

_held: set[int] = set()  # descriptors of this process, so that a forked child can let go of them
_lock = threading.Lock()


def folder() -> str:
    """Return the shared folder of the lock files (NODETOOL_GPU_LOCKS), made when it is missing.

    Raises :class:`StorageError` when it cannot be made, or when another user could replace what is in it.
    """
    path = settings.get("NODETOOL_GPU_LOCKS")
    try:
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            _make(path)
            found = os.lstat(path)
    except OSError as error:
        raise StorageError(f"the folder for GPU locks {path} cannot be made: {error.strerror}; {_CURE}") from None
    if not stat.S_ISDIR(found.st_mode):
        kind = "a link" if stat.S_ISLNK(found.st_mode) else "no folder"
        raise StorageError(f"the folder for GPU locks {path} is {kind}; {_CURE}")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not found.st_mode & stat.S_ISVTX:
        raise StorageError(f"others may remove files from the folder for GPU locks {path}; say chmod +t, or {_CURE}")
    return path


def _make(path: str) -> None:
    """Make the folder with its mode already right, so that nobody finds one that is half made."""
    draft = f"{path}.{os.urandom(6).hex()}"
    os.mkdir(draft, 0o700)  # noqa: PTH102
    os.chmod(draft, 0o1777)  # noqa: PTH101, S103  # mkdir's own mode is cut by the umask
    try:
        os.rename(draft, path)  # noqa: PTH104
    except OSError:
        os.rmdir(draft)  # noqa: PTH106
        if not os.path.lexists(path):
            raise


def take(place: str, uuid: str, *, share: bool, wait: bool) -> int | None:
    """Lock a GPU and return the descriptor that holds the lock; ``None`` when others do and ``wait`` is false.

    ``place`` is what :func:`folder` returned; ``share`` lets others in who share. A wait has no deadline. Raises
    :class:`StorageError` when the file cannot be opened or locked.
    """
    path = f"{place}/{uuid}.lock"
    mode = (fcntl.LOCK_SH if share else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        while True:
            descriptor = _open(path)
            try:
                fcntl.flock(descriptor, mode)
                # The lock of a file that was removed meanwhile shuts nobody out.
                if _is_at(descriptor, path):
                    return descriptor
            except BlockingIOError:
                drop(descriptor)
                return None
            except BaseException:
                drop(descriptor)
                raise
            drop(descriptor)
    except OSError as error:
        raise StorageError(f"the GPU lock {path} cannot be taken: {error.strerror}; {_CURE}") from None


def _open(path: str) -> int:
    with _lock:  # so that a fork never comes between the opening and the noting
        try:
            descriptor = os.open(path, _OPEN)
        except FileNotFoundError:
            descriptor = _create(path)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(0, "it is no plain file")
        _held.add(descriptor)
        return descriptor


def _create(path: str) -> int:
    """Make the file, and open it; the first of several creators makes it for all.

    It gets its name when its mode is right, so that another user never finds one that only its maker may open.
    """
    draft = f"{path}.{os.urandom(6).hex()}"
    descriptor = os.open(draft, _OPEN | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.fchmod(descriptor, 0o666)
        os.link(draft, path)
    except FileExistsError:
        os.close(descriptor)
        return os.open(path, _OPEN)
    except BaseException:
        os.close(descriptor)
        raise
    finally:
        os.unlink(draft)  # noqa: PTH108
    return descriptor


def _is_at(descriptor: int, path: str) -> bool:
    mine = os.fstat(descriptor)
    try:
        there = os.lstat(path)
    except FileNotFoundError:
        return False
    return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)


def drop(descriptor: int) -> None:
    """Close this process's hold on a lock; whoever was handed the descriptor keeps it."""
    with _lock:
        if descriptor in _held:
            _held.remove(descriptor)
            os.close(descriptor)


def _before_fork() -> None:
    _lock.acquire()


def _in_parent() -> None:
    _lock.release()


def _in_child() -> None:
    """Let a forked child hold nothing: it would keep its parent's leases for as long as it lives."""
    for descriptor in _held:
        with suppress(OSError):
            os.close(descriptor)
    _held.clear()
    _lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)
