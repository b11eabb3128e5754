"""Which kind of file system a path is on."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

LOCAL_TYPES = frozenset(
    {
        "ext2",
        "ext3",
        "ext4",
        "xfs",
        "btrfs",
        "zfs",
        "f2fs",
        "jfs",
        "reiserfs",
        "tmpfs",
        "ramfs",
        "overlay",
        "apfs",
        "hfs",
    }
)
_LINUX = sys.platform.startswith("linux")
_OCTAL = re.compile(r"\\([0-7]{3})")


def _unescape(text: str) -> str:
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), text)


def mount_type(path: Path, table: str | None = None) -> str:
    """Return the type of the file system that ``path`` is, or would be, on; empty when it cannot be known.

    ``table`` is the text of ``/proc/self/mountinfo``, read now when not given.
    """
    if table is None:
        try:
            table = Path("/proc/self/mountinfo").read_text(errors="surrogateescape")
        except OSError:
            return ""
    real = os.path.realpath(path)
    best, kind = "", ""
    for line in table.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) < 5 or not right:
            continue
        point = _unescape(fields[4])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):  # a later mount of the same point hides the earlier
            best, kind = point, right.split(" ", 1)[0]
    return kind


def is_local(path: Path) -> bool:
    """Tell whether ``path`` is on a file system known to be local, where locks, sockets and shared memory work."""
    return mount_type(path) in LOCAL_TYPES if _LINUX else True
