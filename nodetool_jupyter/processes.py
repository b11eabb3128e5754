"""Which process a number means: its start, its boot, its pid namespace."""

from __future__ import annotations

import os
from pathlib import Path

import psutil


def start_ticks(pid: int) -> int | None:
    """Return when a process started, in raw ticks of its system; ``None`` when it has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except FileNotFoundError:
        if os.path.isdir("/proc/self"):  # noqa: PTH112
            return None
    except OSError:
        return None
    else:
        # The name in parentheses may hold anything, so count from its end: field 22 is the 20th after it.
        fields = stat.rpartition(b")")[2].split()
        return None if fields[0] in (b"Z", b"X") else int(fields[19])
    try:
        return int(psutil.Process(pid).create_time() * 1000)
    except psutil.Error:
        return None


def boot_id() -> str:
    """Return what names this boot of the machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return str(int(psutil.boot_time()))


def pid_namespace() -> str:
    """Return what names the pid namespace of this process; ``"0"`` where there are none."""
    try:
        return "".join(filter(str.isdigit, str(Path("/proc/self/ns/pid").readlink())))
    except OSError:
        return "0"
