"""The limits that a job's processes run under: a control group where one can be made, else limits of each process.

What is kept only partly, or not at all, is said in a note.
"""

from __future__ import annotations

import math
import os
import resource
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from nodetool_jupyter.errors import Unsupported
from nodetool_jupyter.execution.cgroups import Cgroup
from nodetool_jupyter.request import ResourceLimits

# Memory is RLIMIT_DATA, not RLIMIT_AS: CUDA and memory-mapped files reserve far more addresses than they use.
_RESOURCES = {
    "memory": resource.RLIMIT_DATA,
    "open_files": resource.RLIMIT_NOFILE,
    "max_processes": resource.RLIMIT_NPROC,
    "file_size": resource.RLIMIT_FSIZE,
}
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_NO_GROUP = "no cgroup can be made here"
_SWAP = "--memory does not count what is swapped out: this system does not count swap of a cgroup"
_LINUX = hasattr(os, "sched_setaffinity")


def check_limits(limits: ResourceLimits) -> None:
    """Refuse a limit above what the system allows this user; raises :class:`Unsupported`."""
    for name, kind in _RESOURCES.items():
        asked, (_, hard) = getattr(limits, name), resource.getrlimit(kind)
        if asked is not None and hard != resource.RLIM_INFINITY and asked > hard:
            raise Unsupported(f"{_flag(name)} {asked} is above this system's hard limit of {hard}")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


@dataclass
class Cage:
    """What holds the processes of one job to their limits.

    ``notes`` has a sentence for each limit that is kept only partly or not at all; ``environ`` the variables that
    tell libraries of numbers how many threads to use.
    """

    notes: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    _cgroup: Cgroup | None = None
    _cpus: set[int] | None = None
    _rlimits: dict[int, int] = field(default_factory=dict)
    _nice: int | None = None

    @classmethod
    def make(cls, limits: ResourceLimits, name: str, *, root: Path = Path("/")) -> Self:
        """Make ready what :meth:`enter` needs; ``name`` is that of the control group, ``root`` the file system's."""
        cage = cls()
        cage._cgroup = Cgroup.make(
            name, memory=limits.memory, cpus=limits.cpus, processes=limits.max_processes, root=root
        )
        kept = cage._cgroup.kept if cage._cgroup is not None else set()
        if limits.memory is not None and "memory" not in kept:
            cage._limit_memory(limits.memory)
        elif limits.memory is not None and "swap" not in kept and _has_swap():
            cage.notes.append(_SWAP)
        if limits.cpus is not None:
            cage.environ = dict.fromkeys(_THREADS, str(math.ceil(limits.cpus)))
            if "cpus" not in kept:
                cage._limit_cpus(limits.cpus)
        if limits.max_processes is not None and "max_processes" not in kept:
            cage._limit_processes(limits.max_processes)
        if limits.open_files is not None:
            cage._rlimits[resource.RLIMIT_NOFILE] = limits.open_files
        if limits.file_size is not None:
            cage._rlimits[resource.RLIMIT_FSIZE] = limits.file_size
        cage._rlimits[resource.RLIMIT_CORE] = 0  # a core is as large as the job and holds its secrets
        if limits.nice is not None:
            cage._be_nice(limits.nice)
        return cage

    def _limit_memory(self, memory: int) -> None:
        if _LINUX:
            self._rlimits[resource.RLIMIT_DATA] = memory
            self.notes.append(
                f"--memory is kept for each process on its own, not for all together, because {_NO_GROUP}"
            )
        else:
            self.notes.append("--memory is not kept: this system cannot limit it")

    def _limit_cpus(self, cpus: float) -> None:
        if not _LINUX:
            self.notes.append(f"--cpus {cpus:g} only sets the number of threads: this system cannot limit CPUs")
            return
        usable, number = sorted(os.sched_getaffinity(0)), math.ceil(cpus)
        if number >= len(usable):
            if cpus < len(usable):
                self.notes.append(f"--cpus {cpus:g} is not kept: {_NO_GROUP}, and there are only {len(usable)} CPUs")
            return
        first = os.getpid() % len(usable)  # so that jobs do not all get the same ones
        self._cpus = set((usable * 2)[first : first + number])
        whole = "1 whole CPU" if number == 1 else f"{number} whole CPUs"
        self.notes.append(f"--cpus {cpus:g} is kept as {whole} that its processes are bound to, because {_NO_GROUP}")

    def _limit_processes(self, processes: int) -> None:
        if os.geteuid() == 0 or not _LINUX:
            why = "the limit of each user does not bind root" if _LINUX else "this system only limits users as a whole"
            self.notes.append(f"--max-processes is not kept: {_NO_GROUP}, and {why}")
            return
        there = _tasks_of_user()
        self._rlimits[resource.RLIMIT_NPROC] = there + processes
        self.notes.append(
            f"--max-processes is kept as {processes} more than the {there} processes and threads that you have now, "
            f"in this job or elsewhere, because {_NO_GROUP}"
        )

    def _be_nice(self, nice: int) -> None:
        now = os.getpriority(os.PRIO_PROCESS, 0)
        if nice < now and os.geteuid() != 0:
            self.notes.append(f"--nice {nice} is not kept: this process is at {now}, and only root may go below")
        else:
            self._nice = nice

    def enter(self) -> None:
        """Put this process, and all that it will start, under the limits; before any of the user's code.

        Raises ``OSError`` when it cannot: a job does not run without the limits that it was promised.
        """
        if self._cgroup is not None:
            self._cgroup.enter()
        if self._cpus is not None:
            os.sched_setaffinity(0, self._cpus)
        for name, value in self.environ.items():
            os.environ.setdefault(name, value)
        for kind, asked in self._rlimits.items():
            hard = resource.getrlimit(kind)[1]
            limit = asked if hard == resource.RLIM_INFINITY else min(asked, hard)
            resource.setrlimit(kind, (limit, limit))
        if self._nice is not None:
            os.setpriority(os.PRIO_PROCESS, 0, self._nice)

    def out_of_memory(self) -> bool:
        """Tell whether the system has ended a process because all together were over their memory."""
        return self._cgroup is not None and self._cgroup.oom_killed()

    def usage(self) -> tuple[int, float] | None:
        """Return bytes and seconds of CPU that the job uses; ``None`` where nobody counts them together."""
        return self._cgroup.usage() if self._cgroup is not None else None

    def kill(self) -> bool:
        """End every process of the job; tell whether there is a control group by which that is sure."""
        if self._cgroup is None:
            return False
        self._cgroup.kill()
        return True

    def close(self) -> None:
        """Leave nothing behind."""
        if self._cgroup is not None:
            self._cgroup.close()


def _tasks_of_user() -> int:
    """Count what the system counts for its limit: the threads of all processes of this user."""
    uid, count = os.getuid(), 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                if folder.stat().st_uid == uid:
                    count += len(os.listdir(folder / "task"))  # noqa: PTH208
            except OSError:  # it has ended
                continue
    return count


def _has_swap() -> bool:
    import psutil

    return bool(psutil.swap_memory().total)
