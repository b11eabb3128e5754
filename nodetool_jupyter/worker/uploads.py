"""Values that clients have sent for jobs to come: by digest, each user's apart, bounded, and for a while only.

An upload is a file until a job takes it, which costs no copy where a link can be made. Nobody learns what others have
sent: what one user sent is not there for another, who sends it again. Nothing of it outlives the process.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import re
import shutil
import threading
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nodetool_jupyter import clock
from nodetool_jupyter.errors import InvalidRequest, StorageError
from nodetool_jupyter.files import private_opener, write_all

OVERHEAD = 4096  # bytes counted for a file beside its own, so that empty ones are bounded too
_DIGEST = re.compile(r"[0-9a-f]{64}")
_AT_ONCE = 1024 * 1024  # bytes that are copied at a time
_NO_LINKS = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP})


class NoRoom(InvalidRequest):
    """Uploads have as many bytes as they may; ``retry`` tells whether asking again later may help."""

    def __init__(self, message: str, *, retry: bool) -> None:
        super().__init__(message)
        self.retry = retry


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """How much may be kept: bytes of each user and of all, and seconds since it was last asked for."""

    each_user: int = 8 * 1024**3
    in_all: int = 32 * 1024**3
    ttl: float = 3600.0


@dataclass(slots=True)
class _Kept:
    """A file that came whole; ``changed`` is when it was written last, ``taken`` whether a job has it."""

    path: Path
    size: int
    changed: int
    used: float
    taken: bool = False


Key = tuple[str, str]  # a user and a digest


class Uploads:
    """The uploads in a folder, which is this object's alone; made on a loop, used from any thread.

    What lay in the folder before is removed: a client that misses something sends it again.
    """

    def __init__(self, folder: Path, limits: UploadLimits | None = None) -> None:
        self._folder = folder
        self._limits = limits or UploadLimits()
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._kept: dict[Key, _Kept] = {}
        self._bytes: defaultdict[str, int] = defaultdict(int)  # by user, those on their way among them
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def missing(self, user: str, digests: Iterable[str]) -> list[str]:
        """Return those that this user has to send, in the given order; the others are kept a while longer.

        Raises :class:`InvalidRequest` for what is no SHA-256 in hexadecimal digits.
        """
        asked = list(dict.fromkeys(map(_checked, digests)))
        with self._lock:
            return [digest for digest in asked if self._find((user, digest)) is None]

    def begin(self, user: str, size: int) -> Upload:
        """Make room for an upload, and a file; raises :class:`NoRoom`, or :class:`StorageError` for the disk."""
        charge = size + OVERHEAD
        with self._lock:
            gone = self._make_room(user, charge)
            self._bytes[user] += charge
        _remove(gone)
        path = self._folder / os.urandom(12).hex()  # a user's name, or a digest, is no part of a path
        try:
            return Upload(self, user, path, size)
        except OSError as error:
            self._give_back(user, charge)
            raise StorageError(f"an upload cannot be stored: {error.strerror}") from error

    def link(self, user: str, sha256: str, target: Path) -> int:
        """Give a job an upload as the file ``target``, which must not be there; returns its size. Blocks.

        Raises ``FileNotFoundError`` when this user has sent no such upload, or it is gone.
        """
        with self._lock:
            kept = self._find((user, _checked(sha256)))
        if kept is None:
            raise FileNotFoundError(errno.ENOENT, "no such upload", sha256)
        try:
            os.link(kept.path, target, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _copy(kept.path, target)
        kept.taken = True
        return kept.size

    def read(self, user: str, sha256: str) -> bytes:
        """Return an upload's bytes; raises ``FileNotFoundError`` as :meth:`link` does. Blocks."""
        with self._lock:
            kept = self._find((user, _checked(sha256)))
        if kept is None:
            raise FileNotFoundError(errno.ENOENT, "no such upload", sha256)
        kept.taken = True
        return kept.path.read_bytes()

    def close(self) -> None:
        """Remove everything."""
        with self._lock:
            self._closed = True
            self._kept.clear()
            self._bytes.clear()
        if self._timer is not None:
            self._timer.cancel()
        shutil.rmtree(self._folder, ignore_errors=True)

    # -- what an upload tells -------------------------------------------------------------------------------------

    def _keep(self, user: str, digest: str, path: Path, size: int) -> None:
        found = path.stat()
        kept = _Kept(path, size, found.st_mtime_ns, clock.monotonic())
        with self._lock:
            gone = [] if self._closed else self._drop((user, digest))  # the same, sent twice
            self._kept[user, digest] = kept
        _remove(gone)
        with suppress(RuntimeError):  # the loop is closed: the worker has ended
            self._loop.call_soon_threadsafe(self._set_timer)

    def _give_back(self, user: str, charge: int) -> None:
        with self._lock:
            self._uncharge(user, charge)

    # -- under the lock -------------------------------------------------------------------------------------------

    def _find(self, key: Key) -> _Kept | None:
        """Return an upload that is as it came; a job that has a link may have written into the file."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        try:
            found = kept.path.lstat()
        except FileNotFoundError:
            found = None
        if found is None or (found.st_size, found.st_mtime_ns) != (kept.size, kept.changed):
            _remove(self._drop(key))
            return None
        kept.used = clock.monotonic()
        return kept

    def _make_room(self, user: str, charge: int) -> list[Path]:
        """Drop what jobs have already, the longest unused first, the user's own before others'."""
        limits, gone = self._limits, []
        if charge > min(limits.each_user, limits.in_all):
            raise NoRoom(f"an upload of {charge - OVERHEAD} bytes is more than may wait here", retry=False)
        spare = sorted((key for key, kept in self._kept.items() if kept.taken), key=lambda key: self._kept[key].used)
        for key in [key for key in spare if key[0] == user]:
            if self._bytes[user] + charge > limits.each_user:
                gone += self._drop(key)
        over = self._bytes[user] + charge > limits.each_user
        for key in [key for key in spare if key in self._kept and not over]:
            if sum(self._bytes.values()) + charge > limits.in_all:
                gone += self._drop(key)
        if over or sum(self._bytes.values()) + charge > limits.in_all:
            _remove(gone)
            whose = "your uploads" if over else "uploads"
            raise NoRoom(f"{whose} that no job has taken leave no room for {charge - OVERHEAD} bytes", retry=True)
        return gone

    def _drop(self, key: Key) -> list[Path]:
        kept = self._kept.pop(key, None)
        if kept is None:
            return []
        self._uncharge(key[0], kept.size + OVERHEAD)
        return [kept.path]

    def _uncharge(self, user: str, charge: int) -> None:
        self._bytes[user] -= charge
        if self._bytes[user] <= 0:
            del self._bytes[user]

    # -- on the loop ----------------------------------------------------------------------------------------------

    def _set_timer(self) -> None:
        with self._lock:
            first = min((kept.used for kept in self._kept.values()), default=None)
        if self._timer is None and first is not None and not self._closed:
            left = max(0.0, first + self._limits.ttl - clock.monotonic())
            self._timer = self._loop.call_later(left, self._sweep)

    def _sweep(self) -> None:
        self._timer = None
        limit = clock.monotonic() - self._limits.ttl
        with self._lock:
            old = [key for key, kept in self._kept.items() if kept.used <= limit]
            gone = [path for key in old for path in self._drop(key)]
        _remove(gone)
        self._set_timer()


class Upload:
    """An upload on its way: :meth:`write` what comes, then :meth:`finish` or :meth:`abandon`. Its methods block."""

    def __init__(self, uploads: Uploads, user: str, path: Path, size: int) -> None:
        self.size = size
        self.got = 0
        self._uploads = uploads
        self._user = user
        self._path = path
        self._digest = hashlib.sha256()
        self._descriptor = private_opener(str(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0))

    def write(self, data: bytes) -> None:
        """Add the next bytes; raises :class:`InvalidRequest` for more than were announced, and :class:`StorageError`.

        Nothing is kept then.
        """
        if self._descriptor < 0:
            raise InvalidRequest("this upload has ended already")
        try:
            if self.got + len(data) > self.size:
                raise InvalidRequest(f"an upload has more than the {self.size} bytes it was to have")
            write_all(self._descriptor, data)
        except OSError as error:
            self.abandon()
            raise StorageError(f"an upload cannot be stored: {error.strerror}") from error
        except InvalidRequest:
            self.abandon()
            raise
        self._digest.update(data)
        self.got += len(data)

    def finish(self, sha256: str) -> int:
        """Keep what came and return its size.

        Raises :class:`InvalidRequest` when its size or its digest is not as announced, and keeps nothing then.
        """
        if self._descriptor < 0:
            raise InvalidRequest("this upload has ended already")
        same = self.got == self.size and self._digest.hexdigest() == sha256
        if not same:
            self.abandon()
            raise InvalidRequest("an upload did not come as it was announced: its size or its SHA-256 differs")
        os.close(self._descriptor)
        self._descriptor = -1
        try:
            self._uploads._keep(self._user, sha256, self._path, self.size)
        except FileNotFoundError:  # another process took the folder over
            self._uploads._give_back(self._user, self.size + OVERHEAD)
            raise StorageError("an upload was removed before it was whole") from None
        return self.size

    def abandon(self) -> None:
        """Forget what came; does nothing once the upload has ended."""
        if self._descriptor < 0:
            return
        os.close(self._descriptor)
        self._descriptor = -1
        _remove([self._path])
        self._uploads._give_back(self._user, self.size + OVERHEAD)


def _checked(digest: object) -> str:
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise InvalidRequest("a digest must be the 64 lower-case hexadecimal digits of a SHA-256")
    return digest


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as old, open(target, "xb", opener=private_opener) as new:
        try:
            shutil.copyfileobj(old, new, _AT_ONCE)
        except BaseException:
            target.unlink(missing_ok=True)
            raise


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink()
