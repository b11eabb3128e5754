"""Files that only this user may read, and writing them whole."""

from __future__ import annotations

import os


def private_opener(path: str, flags: int) -> int:
    """Open a file so that only this user may read it."""
    return os.open(path, flags, 0o600)


def write_all(descriptor: int, body: bytes) -> None:
    """Write every byte, however many the system takes at a time."""
    view = memoryview(body)
    while view:
        view = view[os.write(descriptor, view) :]
