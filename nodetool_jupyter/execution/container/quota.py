"""How much disk a container may take while it runs, measured by one sampler for all containers of this process.

No engine can be asked to keep such a limit on every file system, so it is looked at: that a job can pass it by what it
writes between two looks is the price.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from nodetool_jupyter import clock
from nodetool_jupyter.errors import NodetoolError
from nodetool_jupyter.execution.container.files import Unmeasured, measure
from nodetool_jupyter.execution.container.unlinked import measure_unlinked

TICK = 1.0  # seconds between two looks
SHARE = 20  # what is large is measured so seldom that it takes one part in so many of the time
RESERVE = 1024**3  # bytes that stay free on a file system; a twentieth of one that is smaller than 20 GiB
MOST = 2  # times the limit that are counted: enough to say by how much it was passed


class Quota:
    """What one container may leave in ``folder``; ``kill`` ends it, and is called once, from the sampler's thread.

    ``excess`` is the sentence that says why it was ended.
    """

    def __init__(self, folder: Path, limit: int, kill: Callable[[], object]) -> None:
        self.folder = folder
        self.taken = 0
        self.excess: str | None = None
        self._limit = limit
        self._kill = kill
        self._first: int | None = None  # what was free on its file system before it took anything
        self._free = 0  # and when it was last measured
        self._due = 0.0

    def end(self, why: str) -> None:
        """End the container."""
        self.excess = why
        with suppress(NodetoolError):  # whoever reads its channel hears what is wrong with the engine
            self._kill()

    def look(self, free: int) -> None:
        """Measure again, if it is time, or if so much of the disk has gone since that it may have passed its limit."""
        begin = clock.monotonic()
        if begin < self._due and self._free - free < self._limit - self.taken:
            return
        if self._first is None:  # what it has taken by now shows nowhere else
            excess = self._measure(gone=self._limit + 1)
            self._first = free + self.taken
        else:
            excess = self._measure(gone=self._first - free)
        now = clock.monotonic()
        self._free, self._due = free, now + (now - begin) * SHARE
        if excess is not None:
            self.end(excess)

    def settle(self) -> str | None:
        """Return the sentence about a container that has stopped, if it left more than its limit at any time."""
        return self.excess or self._measure()

    def _measure(self, gone: int = 0) -> str | None:
        """Measure, with ``gone`` bytes of its disk taken meanwhile by whomever."""
        try:
            self.taken = measure(self.folder, MOST * self._limit)
        except Unmeasured as why:
            return f"what it leaves on the disk cannot be measured: it {why}"
        if gone > self._limit:  # else there is no need to look at every process
            self.taken += measure_unlinked(self.folder)
        if self.taken <= self._limit:
            return None
        most = f"{self._limit:,} are the most (DOCKER_DISK_LIMIT)"
        return f"it left at least {self.taken:,} bytes on the disk, and {most}"


class Sampler:
    """Looks at all quotas that are watched; its thread lives while there are some."""

    def __init__(self, tick: float = TICK) -> None:
        self._tick = tick
        self._watched: list[Quota] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def watch(self, quota: Quota) -> None:
        """Look at a quota from now on."""
        with self._changed:
            self._watched.append(quota)
            if self._thread is None or not self._thread.is_alive():  # one of a parent does not live in a fork
                self._thread = threading.Thread(target=self._serve, name="nodetool-quota", daemon=True)
                self._thread.start()

    def drop(self, quota: Quota | None) -> None:
        """Look at a quota no more; one that is not watched is fine."""
        with self._changed:
            if quota in self._watched:
                self._watched.remove(quota)
                self._changed.notify()

    def settle(self, quota: Quota) -> str | None:
        """Look at a quota for the last time, whose container has stopped; says what :meth:`Quota.settle` does."""
        self.drop(quota)
        return quota.settle()

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: not self._watched, self._tick)
                if not self._watched:
                    self._thread = None
                    return
                watched = list(self._watched)
            look(watched)


def look(quotas: list[Quota]) -> None:
    """Look at quotas once: at each for itself, and at the file systems that they share."""
    rooms = {quota: room for quota in quotas if (room := _room(quota.folder)) is not None}
    for quota, (_, free, _) in rooms.items():
        if quota.excess is None:
            quota.look(free)
    by_device: defaultdict[int, list[Quota]] = defaultdict(list)
    for quota, (device, *_) in rooms.items():
        by_device[device].append(quota)
    for alike in by_device.values():
        _keep_reserve(alike, *rooms[alike[0]][1:])


def _room(folder: Path) -> tuple[int, int, int] | None:
    """Return the device of a container's folder, the bytes that are free there, and those that are to stay so."""
    try:  # of the folder above, because the container may do to its own what it likes
        device, found = folder.parent.stat().st_dev, os.statvfs(folder.parent)
    except OSError:
        return None
    return device, found.f_bavail * found.f_frsize, min(RESERVE, found.f_blocks * found.f_frsize // 20)


def _keep_reserve(quotas: list[Quota], free: int, reserve: int) -> None:
    """End the container that takes most, if without what they all take there would be room; one at a time."""
    if free >= reserve or any(quota.excess is not None for quota in quotas):
        return
    if free + sum(quota.taken for quota in quotas) < reserve:
        return  # it is full of something else
    largest = max(quotas, key=lambda one: one.taken)
    largest.end(
        f"only {free:,} bytes are free on the disk, where {reserve:,} are kept free, and it takes {largest.taken:,}"
    )


SAMPLER = Sampler()
