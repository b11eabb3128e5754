"""Control groups of Linux: limits for all processes of a job together, where this user may make such a group.

Facts: cgroups(7), the kernel's admin-guide/cgroup-v1 and admin-guide/cgroup-v2.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from nodetool_jupyter import clock
from nodetool_jupyter.execution.cgroup_place import find_place, sweep
from nodetool_jupyter.processes import has_pidfds, send, wait_for_ends

PERIOD = 100_000  # microseconds over which a CPU quota is counted
_ENDLESS = 1 << 60  # bytes; version 1 writes about 2^63 where there is no limit
LEAST_QUOTA = 1_000  # microseconds; the kernel takes no less
PATIENCE = 5.0  # seconds that killed processes have to end
_ROUNDS = 50  # of reading who is in a group, before what is left of it is left


class Cgroup:
    """A group of processes with limits of its own; ``kept`` names the limits that it holds them to.

    ``"swap"`` is among them where what is swapped out counts as memory.
    """

    def __init__(self, version: int, folders: Mapping[str, Path]) -> None:
        self._version = version
        self._folders = folders
        self.kept: set[str] = set()

    @classmethod
    def make(
        cls,
        name: str,
        *,
        memory: int | None = None,
        cpus: float | None = None,
        processes: int | None = None,
        root: Path = Path("/"),
    ) -> Self | None:
        """Make a group with these limits, as far as that is possible here; ``None`` when it holds none of them.

        ``memory`` is in bytes and counts swap too, where the system can tell; ``processes`` counts threads as well.
        """
        place = find_place(root)
        asked = {"memory": memory, "cpu": cpus, "pids": processes}
        wanted = {controller for controller, limit in asked.items() if limit is not None}
        if place is None or not wanted & place.folders.keys():
            return None
        sweep(place)
        if place.version == 1:
            wanted |= {"freezer", "cpuacct"}  # to end it at once, and to know what it used
        group = cls(place.version, {one: folder / name for one, folder in place.folders.items() if one in wanted})
        group._make_folders()
        group._limit(memory, cpus, processes)
        if group.kept:
            return group
        group.close()
        return None

    def _make_folders(self) -> None:
        made = {}
        for controller, folder in self._folders.items():
            with suppress(OSError):
                folder.mkdir(exist_ok=True)
                made[controller] = folder
        self._folders = made

    def _limit(self, memory: int | None, cpus: float | None, processes: int | None) -> None:
        first = self._version == 1
        if memory is not None:
            name = "memory.limit_in_bytes" if first else "memory.max"
            if self._write("memory", name, str(memory)):
                self.kept.add("memory")
                self._limit_swap(memory)
        if cpus is not None:
            quota = max(LEAST_QUOTA, round(cpus * PERIOD))
            if first:
                self._write("cpu", "cpu.cfs_period_us", str(PERIOD))
                done = self._write("cpu", "cpu.cfs_quota_us", str(quota))
            else:
                done = self._write("cpu", "cpu.max", f"{quota} {PERIOD}")
            if done:
                self.kept.add("cpus")
        if processes is not None and self._write("pids", "pids.max", str(processes)):
            self.kept.add("max_processes")

    def _limit_swap(self, memory: int) -> None:
        # v1 counts memory and swap together, v2 swap on its own.
        name, limit = ("memory.memsw.limit_in_bytes", memory) if self._version == 1 else ("memory.swap.max", 0)
        if self._write("memory", name, str(limit)):
            self.kept.add("swap")

    def _write(self, controller: str, name: str, text: str) -> bool:
        folder = self._folders.get(controller)
        if folder is None:
            return False
        try:
            (folder / name).write_text(text)
        except OSError:
            return False
        return True

    @property
    def _distinct(self) -> list[Path]:
        return list(dict.fromkeys(self._folders.values()))

    def enter(self) -> None:
        """Put this process into the group, with all that it starts; raises ``OSError`` when that fails."""
        for folder in self._distinct:
            (folder / "cgroup.procs").write_text("0")

    def pids(self) -> list[int]:
        """Return who is in the group."""
        found: set[int] = set()
        for folder in self._distinct:
            with suppress(OSError):
                found.update(map(int, (folder / "cgroup.procs").read_text().split()))
        return sorted(found - {0})  # 0 stands for a process that cannot be seen from here

    def kill(self) -> None:
        """End everything in the group; frozen first, so that nothing in it can fork meanwhile."""
        if self._version == 2:
            with suppress(OSError):  # the kernel has it since 5.14
                (self._distinct[0] / "cgroup.kill").write_text("1")
        self._freeze(True)
        try:
            self._signal_all()
        finally:
            self._freeze(False)
        deadline = clock.monotonic() + PATIENCE
        for _ in range(_ROUNDS):
            if not self._signal_all(deadline) or clock.monotonic() >= deadline:
                return

    def _freeze(self, freeze: bool) -> None:
        if self._version == 2:
            with suppress(OSError):
                (self._distinct[0] / "cgroup.freeze").write_text("1" if freeze else "0")
        elif self._write("freezer", "freezer.state", "FROZEN" if freeze else "THAWED"):
            state = self._folders["freezer"] / "freezer.state"
            for _ in range(_ROUNDS if freeze else 0):
                if state.read_text() != "FREEZING\n":
                    return
                os.sched_yield()

    def _signal_all(self, deadline: float | None = None) -> bool:
        """Kill whoever is in the group, and with a deadline wait for their ends; tell whether anybody was there."""
        pids = self.pids()
        if not has_pidfds():
            for pid in pids:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            return bool(pids)
        held: dict[int, int] = {}
        try:
            for pid in pids:
                with suppress(OSError):
                    held[pid] = os.pidfd_open(pid)
            # Who is still in the group after it was opened is no stranger with the number of one that left.
            for pid in held.keys() & set(self.pids()):
                send(held[pid], signal.SIGKILL)
            if deadline is not None:
                wait_for_ends(held.values(), deadline)
        finally:
            for descriptor in held.values():
                os.close(descriptor)
        return bool(pids)

    def oom_killed(self) -> bool:
        """Tell whether the kernel has ended a process of the group because its memory was over the limit."""
        name = "memory.oom_control" if self._version == 1 else "memory.events"
        return self._numbers("memory", name).get("oom_kill", 0) > 0

    def usage(self) -> tuple[int, float] | None:
        """Return the bytes it holds, without the cache of files, and its seconds of CPU; ``None`` if unknown."""
        memory = self._numbers("memory", "memory.stat")
        if self._version == 1:
            held = [memory.get("total_rss"), memory.get("total_shmem", 0)]
            used, unit = self._number("cpuacct", "cpuacct.usage"), 1e9
        else:
            held = [memory.get("anon"), memory.get("shmem", 0)]
            used, unit = self._numbers(next(iter(self._folders)), "cpu.stat").get("usage_usec"), 1e6
        if held[0] is None or used is None:
            return None
        return held[0] + (held[1] or 0), used / unit

    def limits(self) -> tuple[int | None, float | None]:
        """Return how many bytes and how many CPUs it may have; ``None`` where there is no limit."""
        if self._version == 1:
            memory = self._number("memory", "memory.limit_in_bytes")
            quota, period = self._number("cpu", "cpu.cfs_quota_us"), self._number("cpu", "cpu.cfs_period_us")
        else:
            memory = self._number("memory", "memory.max")
            words = self._words("cpu", "cpu.max")
            quota, period = (int(word) if word.isdecimal() else None for word in (*words, "", "")[:2])
        cpus = quota / period if quota is not None and quota > 0 and period else None
        return memory if memory is not None and memory < _ENDLESS else None, cpus

    def _words(self, controller: str, name: str) -> list[str]:
        folder = self._folders.get(controller)
        try:
            return [] if folder is None else (folder / name).read_text().split()
        except OSError:
            return []

    def _numbers(self, controller: str, name: str) -> dict[str, int]:
        """Read a file of lines ``name number``."""
        folder = self._folders.get(controller)
        if folder is None:
            return {}
        try:
            lines = (folder / name).read_text().splitlines()
        except OSError:
            return {}
        return {word: int(number) for word, _, number in (line.partition(" ") for line in lines)}

    def _number(self, controller: str, name: str) -> int | None:
        folder = self._folders.get(controller)
        try:
            return None if folder is None else int((folder / name).read_text())
        except (OSError, ValueError):  # "max" is no number
            return None

    def close(self) -> None:
        """Remove the group, and end what is still in it; may be called twice."""
        for folder in self._distinct:
            for _ in range(_ROUNDS):
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError:  # somebody is in it
                    self.kill()
                    os.sched_yield()  # newer kernels let a process leave its group a moment after its end
                else:
                    break


def find_cgroup(name: str, root: Path = Path("/")) -> Cgroup | None:
    """Return the group of this name that somebody made here, so that it can be ended and removed; ``None`` if none."""
    place = find_place(root)
    folders = {} if place is None else {one: folder / name for one, folder in place.folders.items()}
    folders = {one: folder for one, folder in folders.items() if folder.is_dir()}
    return Cgroup(place.version, folders) if place is not None and folders else None
