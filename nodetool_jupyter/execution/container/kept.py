"""The copy of its channel that a container keeps in its own folder, read by an owner who was not there from the start.

A runner writes each line there before it says it. So an owner who is attached first and opens the copy then has all
that was said before in the copy, and all that is said later in the stream.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Self

from nodetool_jupyter.execution.container.files import open_folder
from nodetool_jupyter.execution.order import COPY

STEP = 256 * 1024  # bytes read at a time
OVER = 32 * 1024**2  # bytes above the cap that an honest runner's copy never has


class Kept:
    """What stood in the copy when it was opened; what is added later is in the stream."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self._left = size

    @classmethod
    def open(cls, folder: Path, cap: int) -> Self | None:
        """Open the copy in a container's folder; none when it is not there, is no ordinary file, or is too large.

        The container may write to the folder meanwhile. No link is followed, and nothing is waited for.
        """
        try:
            parent = open_folder(folder)
        except OSError:
            return None
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(COPY, flags, dir_fd=parent)
        except OSError:
            return None
        finally:
            os.close(parent)
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > cap + OVER:
            os.close(descriptor)
            return None
        return cls(descriptor, found.st_size)

    def read(self) -> bytes:
        """Return the next bytes; none at the end, or when they cannot be read."""
        try:
            data = os.read(self._descriptor, min(STEP, self._left))
        except OSError:
            data = b""
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
