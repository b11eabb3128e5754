"""Files that only this user may read, and writing them whole."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from nodetool_jupyter.errors import StorageError


def private_opener(path: str, flags: int) -> int:
    """Open a file so that only this user may read it."""
    return os.open(path, flags, 0o600)


def write_all(descriptor: int, body: bytes) -> None:
    """Write every byte, however many the system takes at a time."""
    view = memoryview(body)
    while view:
        view = view[os.write(descriptor, view) :]


def read_private(path: Path) -> bytes:
    """Return what is in a file that only this user may read and write.

    Raises :class:`StorageError` for one that others may, and ``FileNotFoundError``.
    """
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if os.name == "posix" and (mode & 0o077 or not stat.S_ISREG(mode)):
            raise StorageError(f"{path} may be read or written by others; run: chmod 600 {path}")
        return file.read()


def replace_private(path: Path, body: bytes) -> None:
    """Put a file that only this user may read in the place of one that may be there; nobody sees half of it."""
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with open(draft, "xb", opener=private_opener) as file:
            file.write(body)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
