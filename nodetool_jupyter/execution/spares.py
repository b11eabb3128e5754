"""Runner processes: starting one, and keeping a spare that has imported what it needs and waits for a request."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nodetool_jupyter import settings
from nodetool_jupyter.errors import EngineUnavailable
from nodetool_jupyter.execution.child import PRELOAD
from nodetool_jupyter.execution.exits import Exit
from nodetool_jupyter.processes import start_ticks
from nodetool_jupyter.redact import scrub_environ
from nodetool_jupyter.tree import RUNNER_ID

IDLE = 300.0  # seconds after which a spare that nobody needed is let go
SETTLE = 0.05  # seconds that a job has the machine to itself before its spare's successor is started
_STDERR = 4000  # bytes of what a runner said before it failed that are told


# What an interpreter needs to start as ours did. The rest comes with the order: what a process is started with can be
# read in /proc as long as it lives, and nobody knows yet which variable's value the next job calls a secret.
_AT_START = {
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP"),
    *("VIRTUAL_ENV", "CONDA_PREFIX", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
}
_AT_START_TOO = ("LC_", "PYTHON", "NODETOOL_", "OMP_", "MKL_", "OPENBLAS_")
# Pydantic looks for plugins among all installed packages; the worker gets its environment without this.
_QUICK_START = {"PYDANTIC_DISABLE_PLUGINS": "__all__"}

_ours: weakref.WeakSet[socket.socket] = weakref.WeakSet()  # our ends of stdins, which a forked child lets go of


@dataclass(slots=True)
class Runner:
    """A runner process that has not read its request yet.

    ``stdin`` is our end of its stdin; ``stderr`` a file without a name that holds what it says before it runs.
    """

    pid: int
    stdin: socket.socket
    stderr: Any  # what tempfile returns
    runner_id: str
    ticks: int

    def send(self, order: bytes, descriptors: Sequence[int] = ()) -> None:
        """Give it its request, whole; blocks until it has it all. Raises ``OSError`` when it is gone."""
        with self.stdin:
            if descriptors:
                sent = socket.send_fds(self.stdin, [order], list(descriptors))
                order = order[sent:]
            self.stdin.sendall(order)
            self.stdin.shutdown(socket.SHUT_WR)  # a fork of this process may have it open too

    def said(self) -> str:
        """Return the end of what it wrote to its stderr."""
        with suppress(OSError, ValueError):
            size = self.stderr.seek(0, os.SEEK_END)
            self.stderr.seek(max(0, size - _STDERR))
            return bytes(self.stderr.read()).decode(errors="replace").strip()
        return ""

    def dismiss(self) -> None:
        """Let go of it; one that never got a request ends by itself."""
        self.stdin.close()
        self.stderr.close()

    def kill(self) -> None:
        """End one that never got a request, at once: it may be in the middle of its imports."""
        self.dismiss()
        with suppress(ProcessLookupError):  # somebody reaps every child of this process
            os.killpg(self.pid, signal.SIGKILL)  # an interpreter may be a script that starts one

    def end(self) -> None:
        """Kill it, and wait for its end."""
        self.kill()
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def launch(interpreter: str, preload: Sequence[str] = ()) -> Runner:
    """Start a runner; raises :class:`EngineUnavailable` when its interpreter cannot be started."""
    runner_id = secrets.token_hex(16)
    known = {name: value for name, value in os.environ.items() if name in _AT_START or name.startswith(_AT_START_TOO)}
    environ = {**scrub_environ(known), RUNNER_ID: runner_id, **_QUICK_START}
    if preload:
        environ[PRELOAD] = f"{','.join(preload)};{os.pathsep.join(text_path())}"
    ours, theirs = socket.socketpair()
    stderr: Any = tempfile.TemporaryFile()  # noqa: SIM115  # held as long as the runner is
    try:
        process = subprocess.Popen(  # noqa: S603  # the request's own interpreter, and no word of a user's
            [interpreter, "-P", "-m", "nodetool_jupyter", "run", "--stdin", "--jsonl"],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            cwd="/",
            env=environ,
            start_new_session=True,
        )
    except OSError as error:
        ours.close()
        stderr.close()
        raise EngineUnavailable(f"the interpreter {interpreter} cannot be started: {error.strerror}") from error
    finally:
        theirs.close()
    _ours.add(ours)
    process.returncode = 0  # whoever learns of its end reaps it, and it may outlive us
    return Runner(process.pid, ours, stderr, runner_id, start_ticks(process.pid) or 0)


async def _launch_aside(interpreter: str, preload: Sequence[str] = ()) -> Runner:
    """Start a runner in a thread; when nobody waits for it any more, it is ended there."""
    lock, started, given_up = threading.Lock(), list[Runner](), threading.Event()

    def start() -> Runner:
        runner = launch(interpreter, preload)
        with lock:
            started.append(runner)
            if not given_up.is_set():
                return runner
        runner.end()
        return runner

    try:
        return await asyncio.to_thread(start)
    except asyncio.CancelledError:
        with lock:
            given_up.set()
        for runner in started:
            runner.end()
        raise


def text_path() -> list[str]:
    """Return the entries of ``sys.path`` that Python looks at: it passes over what is no text, such as a ``Path``."""
    return [entry for entry in sys.path if isinstance(entry, str)]


@dataclass(slots=True)
class _Spare:
    runner: Runner
    stamp: object
    timer: asyncio.TimerHandle


class Spares:
    """The spare runners of one event loop; used on it only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[_Spare] = []
        self._coming = 0
        self._closed = False

    async def take(self, interpreter: str) -> Runner:
        """Return a runner: a spare if one is there that is still right, else a fresh one; another spare follows."""
        wanted = _stamp(interpreter)
        found: Runner | None = None
        while self._waiting and found is None:
            spare = self._waiting.pop()
            spare.timer.cancel()
            if spare.stamp == wanted and start_ticks(spare.runner.pid) == spare.runner.ticks:
                found = spare.runner
            else:
                self._dismiss(spare.runner)
        self._loop.call_later(SETTLE, self._refill, interpreter)
        return await _launch_aside(interpreter) if found is None else found

    def _refill(self, interpreter: str) -> None:
        count = settings.get_int("NODETOOL_WARM_SPARES", 1)
        if not self._closed and len(self._waiting) + self._coming < count:
            self._coming += 1
            self._loop.create_task(self._add(interpreter))

    async def _add(self, interpreter: str) -> None:
        stamp = _stamp(interpreter)
        try:
            runner = await _launch_aside(interpreter, preloaded())
        except EngineUnavailable:
            return  # the next job tells
        finally:
            self._coming -= 1
        if self._closed:
            self._dismiss(runner)
            return
        timer = self._loop.call_later(IDLE, self._let_go, runner)
        self._waiting.append(_Spare(runner, stamp, timer))

    def _let_go(self, runner: Runner) -> None:
        self._waiting = [spare for spare in self._waiting if spare.runner is not runner]
        self._dismiss(runner)

    def _dismiss(self, runner: Runner) -> None:
        runner.kill()
        Exit(self._loop, runner.pid, runner.ticks, own=True)  # reaps it

    def close(self) -> None:
        """Let every spare go, and keep no more."""
        self._closed = True
        for spare in self._waiting:
            spare.timer.cancel()
            spare.runner.end()
        self._waiting.clear()


def preloaded() -> tuple[str, ...]:
    """Return the modules that a spare imports while it waits (NODETOOL_PRELOAD), and the library's light families."""
    asked = (name.strip() for name in settings.get("NODETOOL_PRELOAD").split(","))
    return (*_OURS, *filter(None, asked))


_OURS = tuple(f"nodetool_jupyter.nodes.library.{name}" for name in ("input", "output", "constant", "text", "control"))


def _stamp(interpreter: str) -> object:
    """Return all that makes a spare right: its interpreter, its path, and the files that it has imported."""
    path, names = tuple(text_path()), preloaded()
    return (interpreter, version("nodetool-jupyter"), path, names, tuple(map(_changed, _files(names, path))))


@lru_cache(maxsize=4)
def _files(modules: tuple[str, ...], path: tuple[str, ...]) -> list[str]:
    """Return the files of modules as they are found on a path."""
    found = []
    for module in modules:
        with suppress(ImportError, ValueError):
            spec = find_spec(module)
            if spec is not None and spec.origin is not None:
                found.append(spec.origin)
    return found


def _changed(file: str) -> int:
    try:
        return Path(file).stat().st_mtime_ns
    except OSError:
        return 0


_of: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Spares] = weakref.WeakKeyDictionary()


def of(loop: asyncio.AbstractEventLoop) -> Spares:
    """Return the spares of a loop."""
    found = _of.get(loop)
    if found is None:
        found = _of[loop] = Spares(loop)
    return found


def waiting() -> int:
    """Return how many spares of this process wait for a request now."""
    return sum(len(one._waiting) for one in list(_of.values()))


def close(loop: asyncio.AbstractEventLoop) -> None:
    """Let every spare of a loop go, for good."""
    found = _of.pop(loop, None)
    if found is not None:
        found.close()


def _in_child() -> None:
    for one in _ours:
        one.close()  # or a spare would wait for as long as this child lives


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
