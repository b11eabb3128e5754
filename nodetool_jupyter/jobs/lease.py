"""The lease: how a manager on another boot, namespace or host shows that it lives; no two clocks are compared."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from nodetool_jupyter import clock

PERIOD = 15.0  # seconds between two numbers
LIFETIME = 60.0  # seconds of an observer's own time that one number may stand


class Lease:
    """A number in the data folder that its manager raises."""

    def __init__(self, managers: Path, manager_id: str) -> None:
        self._path = _path(managers, manager_id)
        self._number = 0

    def prolong(self) -> None:
        """Raise the number."""
        self._number += 1
        draft = self._path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, b"%d" % self._number)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            return  # the next number may find room; managers of this boot need none
        finally:
            os.close(descriptor)
        draft.replace(self._path)

    def end(self) -> None:
        """Take the number away."""
        self._path.unlink(missing_ok=True)


class Observer:
    """Remembers which number of each manager it saw first when, by its own monotonic clock."""

    def __init__(self, managers: Path) -> None:
        self._managers = managers
        self._seen: dict[str, tuple[bytes, float]] = {}

    def run_out(self, manager_id: str) -> bool:
        """Look at a manager's number; ``True`` when it has been the same for longer than it may stand."""
        now = clock.monotonic()
        try:
            number = _path(self._managers, manager_id).read_bytes()
        except OSError:
            number = b""
        before = self._seen.get(manager_id)
        if before is None or before[0] != number:
            self._seen[manager_id] = (number, now)
            return False
        return now - before[1] >= LIFETIME


def _path(managers: Path, manager_id: str) -> Path:
    return managers / f"{manager_id}.lease"
