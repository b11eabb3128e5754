"""The folders of one attempt in a container: ``in`` is what it is given, ``out`` what it leaves.

What a container wrote is hostile until it was looked at: folders nested without end, names that are no text, modes that
lock everybody out. So nothing here follows a link, goes down a path of a container's making, or recurses.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.execution.container.sandbox import IN, NOBODY, OUT, Mount

_DEEPEST = 64  # folders in folders that are measured
_BLOCK = 4096  # bytes that a name takes at least


def container_user() -> tuple[int, int]:
    """Return the uid and gid that a container of ours runs as: our own, or nobody's when we are root."""
    return NOBODY if os.geteuid() == 0 else (os.geteuid(), os.getegid())


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of the attempt at ``attempt``, that is ``<job>/attempts/<k>``.

    ``taken`` is where results are copied to before they are named; it lies on the file system of the job's values.
    """

    attempt: Path

    @classmethod
    def of(cls, job: Path, attempt: int | str) -> Self:
        """Return those of one attempt at the job in a folder."""
        return cls(job / "attempts" / str(attempt))

    @property
    def given(self) -> Path:
        """What the container is given, mounted read-only."""
        return self.attempt / "in"

    @property
    def left(self) -> Path:
        """What the container leaves, the only folder it can write to."""
        return self.attempt / "out"

    @property
    def taken(self) -> Path:
        """Copies that are not finished; whatever is in it may be removed."""
        return self.attempt / "taken"

    def mounts(self) -> tuple[Mount, ...]:
        """Return how a container sees them."""
        return (Mount(str(self.given), IN), Mount(str(self.left), OUT, writable=True))

    def make(self, user: tuple[int, int]) -> None:
        """Make them empty, for a container that runs as ``user``; what an earlier start left is removed.

        Raises :class:`StorageError`.
        """
        own = user[0] == os.geteuid()
        try:
            for folder in (self.attempt.parent, self.attempt):
                folder.mkdir(mode=0o700, exist_ok=True)
            self.remove()
            for folder in (self.given, self.given / "values"):
                folder.mkdir()
                folder.chmod(0o700 if own else 0o755)  # nobody else gets through the folders above
            self.left.mkdir(mode=0o700)
            if not own:
                os.chown(self.left, *user)
        except OSError as error:
            raise StorageError(f"no folder for a container can be made in {self.attempt}: {error.strerror}") from error

    def remove(self) -> None:
        """Remove them and all that is in them; nothing of the attempt may run any more."""
        for folder in (self.given, self.left, self.taken):
            remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder that a container wrote, if it is there; links are removed, never followed.

    Folders inside are first moved up to it: no path grows long then, no stack deep, and two open files are enough.
    """
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            folder.unlink()
            return
    except FileNotFoundError:
        return
    folder.chmod(0o700)  # its owner inside may have closed it
    top = open_folder(folder)
    try:
        while names := list_folder(top):
            for name in names:
                if not _is_folder(name, top):
                    os.unlink(name, dir_fd=top)
                else:
                    _empty(name, top)
                    os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)
    folder.rmdir()


def _empty(name: str, top: int) -> None:
    """Move the folders of a folder of ``top`` into ``top``, and remove its files."""
    os.chmod(name, 0o700, dir_fd=top)
    folder = open_folder(name, top)
    try:
        for inner in list_folder(folder):
            if _is_folder(inner, folder):
                os.chmod(inner, 0o700, dir_fd=folder)  # one that cannot be written to cannot be moved
                os.rename(inner, os.urandom(12).hex(), src_dir_fd=folder, dst_dir_fd=top)
            else:
                os.unlink(inner, dir_fd=folder)
    finally:
        os.close(folder)


def open_folder(path: str | Path, parent: int | None = None) -> int:
    """Open a folder, but not through a link; raises ``OSError`` for anything else."""
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)


def list_folder(folder: int) -> list[str]:
    """Return the names in an open folder; those that are no text can be handed back as they are."""
    return os.listdir(folder)


def _is_folder(name: str, parent: int) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)


class Unmeasured(Exception):  # noqa: N818  # not an error of ours: a container's folder that nobody can measure
    """Why a folder cannot be measured; the words follow its name."""


def measure(folder: Path, enough: int) -> int:
    """Return how many bytes of disk a container's folder takes, while it runs; stops counting at ``enough``.

    Each name counts as a block at least: names fill a disk too. Raises :class:`Unmeasured`.
    """
    total = 0
    waiting: list[tuple[str, ...]] = [()]
    while waiting and total < enough:
        parts = waiting.pop()
        try:
            found, folders = _look(folder, parts, enough - total)
        except FileNotFoundError:  # removed meanwhile
            continue
        except OSError as error:
            raise Unmeasured(f"has a folder that cannot be opened: {error.strerror}") from None
        total += found
        waiting += [(*parts, name) for name in folders]
        if len(parts) > _DEEPEST:
            raise Unmeasured(f"has folders in folders, more than {_DEEPEST} deep")
    return min(total, enough)


def _look(folder: Path, parts: tuple[str, ...], enough: int) -> tuple[int, list[str]]:
    """Return what the files of a folder inside take, and its folders; each part of the way is opened, none followed."""
    opened = open_folder(folder)
    try:
        for part in parts:
            above, opened = opened, open_folder(part, opened)
            os.close(above)
        total, folders = 0, []
        with os.scandir(opened) as entries:  # one at a time: there may be millions
            for entry in entries:
                with suppress(FileNotFoundError):
                    one = entry.stat(follow_symlinks=False)
                    total += max(one.st_blocks * 512, _BLOCK)
                    if stat.S_ISDIR(one.st_mode):
                        folders.append(entry.name)
                if total >= enough:
                    break
        return total, folders
    finally:
        os.close(opened)
