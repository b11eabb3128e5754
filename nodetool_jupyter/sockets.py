"""Unix sockets at any path: the system takes only about a hundred bytes, so a longer path goes by a short link."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST = 100  # bytes


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """Give a name for a socket's path that the system takes, while it is bound or connected."""
    text = str(path)
    if len(os.fsencode(text)) <= LONGEST:
        yield text
        return
    if os.path.isdir("/proc/self/fd"):  # noqa: PTH112
        folder_fd = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield f"/proc/self/fd/{folder_fd}/{path.name}"
        finally:
            os.close(folder_fd)
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="nt-", dir="/tmp") as folder:  # short is the point; 0700
        link = Path(folder, "d")
        link.symlink_to(path.parent)
        yield f"{link}/{path.name}"


def peer_uid(connection: socket.socket) -> int | None:
    """Return the user id of the process at the other end; ``None`` where the system does not tell."""
    credentials = getattr(socket, "SO_PEERCRED", None)
    if credentials is None:
        return None
    raw = connection.getsockopt(socket.SOL_SOCKET, credentials, struct.calcsize("3i"))
    return int(struct.unpack("3i", raw)[1])
