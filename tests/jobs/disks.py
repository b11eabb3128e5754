"""Small file systems for tests, that can be filled and made read-only."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Disk:
    """A small file system of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "none", str(path)], check=False)
        if done.returncode:
            pytest.skip("no file system can be mounted here")

    def fill(self) -> None:
        """Take every block that is left."""
        descriptor = os.open(self.path / "ballast", os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            while True:
                os.write(descriptor, b"\0" * 4096)
        except OSError as error:
            assert error.errno == errno.ENOSPC
        finally:
            os.close(descriptor)

    def empty(self) -> None:
        (self.path / "ballast").unlink()

    def remount(self, how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(self.path)], check=True)

    def remove(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.path)], check=True)


@contextmanager
def small_disk(path: Path) -> Iterator[Disk]:
    """Mount a small file system there for a while; skips the test where nobody may."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    made = Disk(path)
    try:
        yield made
    finally:
        made.remove()
