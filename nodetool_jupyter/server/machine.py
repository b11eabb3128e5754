"""What is used of the machine: all of it, or only what this user may have where the machine is shared."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from nodetool_jupyter import clock
from nodetool_jupyter.execution import gpus
from nodetool_jupyter.execution.cgroup_place import own_groups
from nodetool_jupyter.execution.cgroups import Cgroup

_MARKS = (".dockerenv", "run/.containerenv")  # files that engines put into their containers

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Used:
    """What was used at a moment: seconds of CPU since some beginning, and bytes; and what there is of both."""

    seconds: float
    cpus: float
    memory: int
    all_memory: int


def is_shared(environ: Mapping[str, str] | None = None, root: Path = Path("/")) -> bool:
    """Tell whether this server is one of several users' on its machine: under a JupyterHub, or in a container."""
    environ = os.environ if environ is None else environ
    marks = any((root / mark).exists() for mark in _MARKS)
    return marks or "JUPYTERHUB_SERVICE_PREFIX" in environ or "KUBERNETES_SERVICE_HOST" in environ


class Machine:
    """Looks at what is used; CPU is counted between two lookings. Every call may block."""

    def __init__(self, *, mine: bool | None = None, root: Path = Path("/")) -> None:
        self._mine = is_shared(root=root) if mine is None else mine
        self._root = root
        self._before: tuple[float, float] | None = None

    def look(self) -> Json | None:
        """Return what is used, as clients are told; ``None`` at the first looking, which only begins to count."""
        now = clock.monotonic()
        used = self._of_own_group() or _of_own_processes() if self._mine else _of_all()
        before, self._before = self._before, (now, used.seconds)
        if before is None or now <= before[0]:
            return None
        busy = (used.seconds - before[1]) / (now - before[0])
        return {
            "time": round(clock.time(), 3),
            "cpu": {"used": round(min(max(0.0, busy), used.cpus), 3), "all": round(used.cpus, 3)},
            "memory": {"used": used.memory, "all": used.all_memory},
            "gpus": [_told(use) for use in gpus.in_use()],
            "mine": self._mine,
        }

    def _of_own_group(self) -> Used | None:
        """Return what the control group of this server has used, by the narrowest limits around it."""
        memory, cpus, found = psutil.virtual_memory().total, _cpus(), None
        for place in own_groups(self._root):
            group = Cgroup(place.version, place.folders)
            most, share = group.limits()
            memory, cpus = min(memory, most or memory), min(cpus, share or cpus)
            if most is not None or found is None:  # the nearest group, or the one that the limit counts
                found = group.usage() or found
        return None if found is None else Used(found[1], cpus, found[0], memory)


def _of_all() -> Used:
    times, memory = psutil.cpu_times(), psutil.virtual_memory()
    busy = sum(times[:4]) - times.idle + sum(getattr(times, name, 0.0) for name in ("irq", "softirq"))
    return Used(busy, float(psutil.cpu_count() or 1), memory.total - memory.available, memory.total)


def _of_own_processes() -> Used:
    """Return what the processes of this account have used; others' are not looked at."""
    seconds, memory, own = 0.0, 0, os.getuid()
    for process in psutil.process_iter():
        with suppress(psutil.Error), process.oneshot():
            if process.uids().real == own:
                times = process.cpu_times()
                seconds += times.user + times.system
                memory += process.memory_info().rss
    return Used(seconds, _cpus(), memory, psutil.virtual_memory().total)


def _cpus() -> float:
    return float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count() or 1)


def _told(use: gpus.GpuUse) -> Json:
    found: Json = {"index": use.gpu.index, "name": use.gpu.name}
    found |= {"memory_used": use.memory, "memory_all": use.gpu.memory}
    return found if use.busy is None else {**found, "used": round(use.busy, 3)}
