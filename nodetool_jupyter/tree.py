"""Whole trees of processes: who is in one, signals for all of them, and an end that none of them outruns.

A *root* here is the process that looks after the tree, such as a runner's guard. It is never signalled itself.
"""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from nodetool_jupyter import clock
from nodetool_jupyter.processes import Process, everyone, look, open_pidfd, send, send_to, wait_for_ends

RUNNER_ID = "NODETOOL_RUNNER_ID"  # the variable by which leftovers of a runner are found
PATIENCE = 5.0  # seconds that killed processes have to end; more only if the system itself holds them
ROUNDS = 50  # enumerations after which what has been found so far is killed
_BATCH = 128  # processes that are waited for at a time, a descriptor each

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36  # prctl(2)


@cache
def _prctl() -> Any:
    """Return the system's prctl; ``None`` where there is none."""
    import ctypes

    return getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)


def become_subreaper() -> bool:
    """Let orphans below this process become its children, not init's; tell whether the system can."""
    prctl = _prctl()
    return prctl is not None and prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def die_with_parent(parent: int) -> None:
    """Let this process be killed when its parent ends, and end now if ``parent`` is its parent no more.

    Where the system cannot do that, as on macOS, it outlives its parent and is found by its runner id.
    """
    prctl = _prctl()
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(70)  # EX_SOFTWARE of sysexits.h; nobody is there to read it


def reap() -> list[tuple[int, int]]:
    """Take every child that has ended; return pid and status of each, as ``waitpid`` says them."""
    ended = []
    with suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG)) != (0, 0):
            ended.append(found)
    return ended


def descendants(root: int) -> list[Process]:
    """Return what lives below a process, deepest first."""
    return [process for process in _below([root], everyone()) if not process.zombie]


def _below(roots: Iterable[int], seen: Iterable[Process]) -> list[Process]:
    """Return those that come from the roots, deepest first, with the zombies among them."""
    children = defaultdict(list)
    for process in seen:
        children[process.parent].append(process)
    found: list[Process] = []
    parents = list(roots)
    while parents:
        level = [child for parent in parents for child in children.pop(parent, ())]
        found += level
        parents = [process.pid for process in level]
    found.reverse()
    return found


def usage(root: int) -> tuple[int, float]:
    """Return what the tree below a process uses: resident bytes, and seconds of CPU including those that have ended.

    Pages that several processes share count for each of them.
    """
    processes = descendants(root)
    own = look(root)
    gone = own.waited_for if own is not None else 0.0
    cpu_time = sum(process.cpu_time + process.waited_for for process in processes)
    return sum(process.memory for process in processes), cpu_time + gone


def signal_tree(root: int, number: int) -> None:
    """Send a signal to everything below a process, as far as that can be found and may be signalled."""
    for process in descendants(root):
        with suppress(OSError):
            send_to(process, number)


def kill_tree(root: int) -> None:
    """End everything below a process; when this returns, what is left of it are zombies of that process.

    Everything is stopped before anything is killed, so that nothing can fork faster than it is found. The caller reaps.
    """
    if root == os.getpid() and _childless():
        return  # an orphan would have become its child
    _end_all(lambda: _below([root], everyone()))


def _childless() -> bool:
    if not hasattr(os, "waitid"):
        return False
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


def find_leftovers(mark: str, since_ticks: int, variable: str = RUNNER_ID) -> list[Process]:
    """Return what is left alive of what was started with a mark, from then on, wherever it was re-parented to.

    Known are processes that carry the mark, such as a runner's id, in the environment they were started with, and
    what comes from them; deepest first. One that was started with another environment, and whose parents have all
    ended, is not found.
    """
    me = os.getpid()
    young = [process for process in everyone() if process.ticks >= since_ticks and process.pid != me]
    marked = [process for process in young if not process.zombie and _carries(process.pid, variable, mark)]
    below = _below([process.pid for process in marked], young)
    found = {process.key for process in below}
    above = [process for process in marked if process.key not in found]
    return [process for process in [*below, *above] if not process.zombie]


def _carries(pid: int, variable: str, mark: str) -> bool:
    try:
        return f"{variable}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except FileNotFoundError:  # it ended, or there is no /proc
        return not os.path.exists("/proc/self") and _carries_by_psutil(pid, variable, mark)  # noqa: PTH110
    except OSError:  # it ended, or is another user's
        return False


def _carries_by_psutil(pid: int, variable: str, mark: str) -> bool:
    import psutil

    try:
        return psutil.Process(pid).environ().get(variable) == mark
    except psutil.Error:
        return False


def kill_leftovers(mark: str, since_ticks: int, variable: str = RUNNER_ID) -> int:
    """End what is left alive of what was started with a mark; return how many processes that were."""
    return _end_all(lambda: find_leftovers(mark, since_ticks, variable))


def _end_all(find: Callable[[], list[Process]]) -> int:
    """Stop what there is until nothing new is found, kill it, and begin again until nothing lives."""
    ended: set[tuple[int, int]] = set()
    deadline = clock.monotonic() + PATIENCE
    while True:
        living = [process for process in _stop_all(find) if not process.zombie]
        if not living or clock.monotonic() >= deadline:
            return len(ended)
        ended.update(process.key for process in living)
        for first in range(0, len(living), _BATCH):
            _end(living[first : first + _BATCH], deadline)


def _stop_all(find: Callable[[], list[Process]]) -> list[Process]:
    """Stop what is found until two enumerations agree; return the last.

    A zombie that was not there before counts as new: it is the trail of something that forks as it runs away.
    """
    known: set[tuple[int, int]] | None = None
    found: list[Process] = []
    for _ in range(ROUNDS):
        found = find()
        new = [process for process in found if known is None or process.key not in known]
        if known is not None and not new:
            break
        known = (known or set()) | {process.key for process in new}
        _stop_groups(new, {process.pid for process in found})
        for process in new:
            if not process.zombie:
                with suppress(OSError):
                    send_to(process, signal.SIGSTOP)
    return found


def _stop_groups(new: list[Process], pids: set[int]) -> None:
    """Stop whole groups in one call, which a fork cannot slip through; only those whose leader is of the tree.

    Never our own, in which a process may be that clears away after the one that started it.
    """
    for group in {process.group for process in new} & pids - {os.getpgrp()}:
        with suppress(OSError):
            os.killpg(group, signal.SIGSTOP)


def _end(processes: list[Process], deadline: float) -> None:
    """Kill these, in this order, and wait until they have ended."""
    descriptors = []
    try:
        for process in processes:
            descriptor = open_pidfd(process.pid, process.ticks)
            if descriptor is None:
                send_to(process, signal.SIGKILL)
            else:
                descriptors.append(descriptor)
                send(descriptor, signal.SIGKILL)
        wait_for_ends(descriptors, deadline)
    except OSError:  # too many open files: kill without waiting, the next round looks again
        while descriptors:
            os.close(descriptors.pop())
        for process in processes:
            send_to(process, signal.SIGKILL)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
