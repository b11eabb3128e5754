"""Files that a container has removed and still holds open: they take disk, and no folder names them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from nodetool_jupyter.execution.container.sandbox import OUT

_MOUNTED = f" {OUT} ".encode()
_DELETED = b" (deleted)"


def measure_unlinked(folder: Path) -> int:
    """Return how many bytes a container that has ``folder`` mounted as /job/out holds so, as far as one may look.

    Where there is no /proc, or the container's processes are hidden from this user, it is 0.
    """
    try:
        device = folder.stat().st_dev
    except OSError:
        return 0
    held: dict[int, int] = {}
    for process in _processes(os.fsencode(folder)):
        with suppress(OSError):  # it has ended, or is not for us to look at
            _look_at_open(process, device, held)
        with suppress(OSError):
            _look_at_mapped(process, held)
    return sum(held.values())


def _processes(folder: bytes) -> Iterator[str]:
    """Yield the processes of a container, by their folders in /proc."""
    try:
        names = os.listdir("/proc")  # noqa: PTH208
    except OSError:
        return
    for name in filter(str.isdecimal, names):
        try:
            mounts = Path(f"/proc/{name}/mountinfo").read_bytes()
        except OSError:
            continue
        if _MOUNTED in mounts and any(_is_mount(line, folder) for line in mounts.splitlines()):
            yield f"/proc/{name}"


def _is_mount(line: bytes, folder: bytes) -> bool:
    """Tell whether a line of mountinfo is that of the folder; its root is a path within the folder's file system."""
    fields = line.split(b" ", 5)
    root = fields[3].replace(b"\\040", b" ")
    return len(fields) > 5 and fields[4] == OUT.encode() and len(root) > 1 and folder.endswith(root)


def _look_at_open(process: str, device: int, held: dict[int, int]) -> None:
    with os.scandir(f"{process}/fd") as entries:
        for entry in entries:
            with suppress(OSError):
                found = os.stat(entry.path)  # noqa: PTH116
                if found.st_nlink == 0 and found.st_dev == device and stat.S_ISREG(found.st_mode):
                    held[found.st_ino] = max(held.get(found.st_ino, 0), found.st_blocks * 512)


def _look_at_mapped(process: str, held: dict[int, int]) -> None:
    """A file that is only mapped has no size here, but a place up to which it is mapped."""
    for line in Path(f"{process}/maps").read_bytes().splitlines():
        if line.endswith(_DELETED) and OUT.encode() in line:
            span, _, offset, _, inode, _ = line.split(None, 5)
            begin, end = (int(number, 16) for number in span.split(b"-"))
            held[int(inode)] = max(held.get(int(inode), 0), int(offset, 16) + end - begin)
