"""A job whose container has stopped, and what a container may have left in its folder."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.execution.container.files import Folders
from nodetool_jupyter.execution.container.results import Collected, collect
from nodetool_jupyter.sockets import reachable
from nodetool_jupyter.values import ValueStore

NAME = "aaaaaaaaaaaaaaaaaaaaaaaa.bin"


class Job:
    """One attempt at one job; ``inside`` is the store that its container wrote to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700)
        self.attempt = folder / "attempts" / "1"
        self.folders = Folders(self.attempt)
        self.folders.make((os.getuid(), os.getgid()))
        self.out = self.folders.left / "values"
        self.inside = ValueStore(self.out, pickles=False)
        self.values = ValueStore(folder / "values")

    def collect(self, result: dict[str, Any] | None, *seen: dict[str, Any], **more: Any) -> Collected:
        claim = None if result is None else JobUpdate(status="completed", result=result)
        return collect(self.folder, self.attempt, claim, seen, **more)

    def stored(self) -> list[str]:
        """What is among the job's values, finished or not."""
        return sorted(path.name for path in self.values.folder.iterdir())

    def fault(self, reference: dict[str, Any], **more: Any) -> str:
        """Why a result that names this is not stored."""
        claim = self.collect({"picture": reference}, **more).claim
        assert claim is not None
        assert (claim.status, claim.reason, claim.result) == ("error", "result_not_storable", None)
        return claim.error or ""


def reference(name: str = NAME, kind: str = "bytes", **more: Any) -> dict[str, Any]:
    return {"type": kind, "uri": f"values/{name}", "asset_id": None, "data": None, **more}


def socket_at(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one, reachable(path) as short:
        one.bind(short)


def sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def named_twice(path: Path) -> None:
    path.write_bytes(b"x")
    os.link(path, path.with_suffix(".two"))


# What stands under a result's name, and the words in which it is refused.
HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda path: None, "is not there"),
    "a link out": (lambda path: path.symlink_to("/etc/hostname"), "is a link, not an ordinary file"),
    "a link to nowhere": (lambda path: path.symlink_to("nowhere"), "is a link, not an ordinary file"),
    "a folder": (lambda path: path.mkdir(), "is a folder, not an ordinary file"),
    "a pipe": (lambda path: os.mkfifo(path), "is a pipe, not an ordinary file"),
    "a socket": (socket_at, "is a socket, not an ordinary file"),
    "a file of two names": (named_twice, "is a file of several names"),
    "10 GiB": (lambda path: sparse(path, 10 << 30), "has 10737418240 bytes, and 4294967296 are the most"),
}
VALUES: dict[str, Any] = {
    "array": np.arange(20_000.0),
    "bytes": b"x" * 100_000,
    "long text": "é" * 100_000,
}
