"""Which process a number means: its start, its boot, its pid namespace; and signals that reach no other."""

from __future__ import annotations

import errno
import os
import select
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from nodetool_jupyter import clock

_LINUX = os.path.isdir("/proc/self")  # noqa: PTH112
_PAGE = os.sysconf("SC_PAGE_SIZE") if _LINUX else 0
_HERTZ = os.sysconf("SC_CLK_TCK") if _LINUX else 1


class Process(NamedTuple):
    """A process as it was when somebody looked.

    ``ticks`` is its start, in raw ticks of its system; ``group`` its process group, 0 where that is not known;
    ``memory`` its resident bytes; ``cpu_time`` the seconds of CPU that it has used, ``waited_for`` those of children
    that it has waited for; a ``zombie`` has ended and waits for its parent.
    """

    pid: int
    ticks: int
    parent: int
    group: int
    zombie: bool
    memory: int
    cpu_time: float
    waited_for: float

    @property
    def key(self) -> tuple[int, int]:
        """What tells it from every other process of this boot."""
        return (self.pid, self.ticks)


def look(pid: int) -> Process | None:
    """Return the process that has this number now; ``None`` when there is none.

    Raises ``OSError`` when there are too many open files to know.
    """
    if not _LINUX:
        return _look_with_psutil(pid)
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        try:
            stat = os.read(descriptor, 4096)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise  # that says nothing of the process
        return None
    # The name in parentheses may hold anything, so count from its end: field 3 of proc(5) is the first after it.
    field = stat[stat.rindex(b")") + 2 :].split(None, 23)
    used, waited_for = int(field[11]) + int(field[12]), int(field[13]) + int(field[14])
    return Process(
        pid,
        int(field[19]),
        int(field[1]),
        int(field[2]),
        field[0] in (b"Z", b"X"),
        int(field[21]) * _PAGE,
        used / _HERTZ,
        waited_for / _HERTZ,
    )


def _look_with_psutil(pid: int) -> Process | None:
    import psutil  # only where there is no /proc; it would be a tenth of a runner's start

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            started, zombie = int(process.create_time() * 1000), process.status() == psutil.STATUS_ZOMBIE
            parent = process.ppid()
            memory, cpu_time = 0, 0.0
            with suppress(psutil.Error):  # of another user's process only its name is told
                memory, times = process.memory_info().rss, process.cpu_times()
                cpu_time = times.user + times.system
            return Process(pid, started, parent, 0, zombie, memory, cpu_time, 0.0)
    except psutil.Error:
        return None


def _pids_by_psutil() -> list[int]:
    import psutil

    return psutil.pids()


def everyone() -> Iterator[Process]:
    """Look at every process that this one may see, each once; what starts or ends meanwhile may be missing."""
    pids = map(int, filter(str.isdecimal, os.listdir("/proc"))) if _LINUX else _pids_by_psutil()  # noqa: PTH208
    for pid in pids:
        process = look(pid)
        if process is not None:
            yield process


def start_ticks(pid: int) -> int | None:
    """Return when a process started, in raw ticks of its system; ``None`` when it has ended."""
    process = look(pid)
    return None if process is None or process.zombie else process.ticks


@cache
def has_pidfds() -> bool:
    """Tell whether this system has descriptors of processes; macOS and Linux before 5.3 have none."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


def open_pidfd(pid: int, ticks: int) -> int | None:
    """Return a descriptor of the process that started then, never of a stranger who has its number now.

    It becomes readable when the process ends. ``None`` when the process has ended, and where the system has no such
    descriptors. Raises ``OSError`` when there are too many open files.
    """
    if not has_pidfds():
        return None
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    try:
        # Looked at only now: if a stranger was opened, whoever has the number now has started later than was asked.
        same = start_ticks(pid) == ticks
    except OSError:
        os.close(descriptor)
        raise
    if same:
        return descriptor
    os.close(descriptor)
    return None


def send(descriptor: int, number: int) -> bool:
    """Send a signal to the process of a descriptor; tell whether that process was there to get it."""
    try:
        signal.pidfd_send_signal(descriptor, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def send_to(process: Process, number: int) -> bool:
    """Send a signal to a process that was seen; tell whether it was still there, and not a stranger in its place."""
    if has_pidfds():
        descriptor = open_pidfd(process.pid, process.ticks)
        if descriptor is None:
            return False
        try:
            return send(descriptor, number)
        finally:
            os.close(descriptor)
    if start_ticks(process.pid) != process.ticks:
        return False
    try:
        os.kill(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def wait_for_ends(descriptors: Iterable[int], deadline: float) -> bool:
    """Wait until the processes of these descriptors have ended; tell whether they did before ``deadline``.

    The deadline is of :func:`nodetool_jupyter.clock.monotonic`.
    """
    poll = select.poll()
    left = set(descriptors)
    for descriptor in left:
        poll.register(descriptor, select.POLLIN)
    while left:
        ready = poll.poll(max(0.0, deadline - clock.monotonic()) * 1000)
        if not ready:
            return False
        for descriptor, _ in ready:
            poll.unregister(descriptor)
            left.discard(descriptor)
    return True


def signal_name(number: int) -> str:
    """Return what people call a signal; real-time ones have only numbers."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def boot_id() -> str:
    """Return what names this boot of the machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        import psutil

        return str(int(psutil.boot_time()))


def pid_namespace() -> str:
    """Return what names the pid namespace of this process; ``"0"`` where there are none."""
    try:
        return "".join(filter(str.isdigit, str(Path("/proc/self/ns/pid").readlink())))
    except OSError:
        return "0"
