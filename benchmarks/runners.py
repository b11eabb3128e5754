"""What the figures of the subprocess strategy share: managers with folders of their own, and the nodes that run."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nodetool_jupyter as nt
from nodetool_jupyter.events import Event, JobUpdate, LogUpdate
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Status

PATIENCE = 120.0  # seconds that anything here may take
IGNORES = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); signal.pause()"


@nt.node
def say(count: int, rate: float, go: str, prints: bool = False, ctx: Any = None) -> float:
    """Write ``count`` lines, ``rate`` a second or as fast as it can, once somebody opens the named pipe ``go``."""
    with Path(go).open():
        pass
    pause, begin = threading.Event(), time.monotonic()
    for number in range(count):
        if rate and (ahead := begin + number / rate - time.monotonic()) > 0:
            pause.wait(ahead)
        if prints:
            print(f"line {number} of those that are written")
        else:
            ctx.log(f"line {number} of those that are written")
    return time.monotonic() - begin


@nt.node
def hang(ctx: Any = None) -> int:
    """Tell the worker's pid, and wait until the job is cancelled."""
    ctx.log(f"{os.getpid()}")
    ctx.wait(PATIENCE)
    return 1


@nt.node
def defy(double: bool, ctx: Any = None) -> int:
    """Start a process that ignores SIGTERM, as a child or as an orphan in a session of its own, and ignore it too."""
    if double:
        middle = (
            f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {IGNORES!r}], stdout=subprocess.PIPE,"
            "start_new_session=True); p.stdout.readline(); print(p.pid, flush=True)"
        )
        started = subprocess.run([sys.executable, "-c", middle], stdout=subprocess.PIPE, check=True)
        pid = int(started.stdout)
    else:
        child = subprocess.Popen([sys.executable, "-c", IGNORES], stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        pid = child.pid
    ctx.log(f"{os.getpid()} {pid}")
    threading.Event().wait(PATIENCE)
    return 1


@nt.node
def make_array(size: int, ctx: Any = None) -> Any:
    """Return ``size`` bytes of float32, and log the time just before."""
    import numpy as np

    array = np.ones(size // 4, "f4")
    ctx.log(f"{time.time()!r}")
    return array


def one_node(name: str, **values: Any) -> dict[str, Any]:
    """Return the graph whose only node is one of the above; its output is ``result``."""
    return dict(nt.Workflow(outputs={"result": getattr(nt.nodes.runners, name)(**values)}).bare)


def subprocess_request(graph: dict[str, Any], **more: Any) -> RunJobRequest:
    return RunJobRequest(strategy="subprocess", graph=graph, **more)


@contextmanager
def own_manager(parent: Path | None = None, **options: Any) -> Iterator[JobExecutionManager]:
    """Make a manager with a folder of its own below ``parent``."""
    with tempfile.TemporaryDirectory(prefix="nt-", dir=parent) as folder:
        manager = JobExecutionManager(data_dir=Path(folder, "data"), runtime_dir=Path(folder, "run"), **options)
        try:
            yield manager
        finally:
            manager.shutdown()


@contextmanager
def named_pipe() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="nt-pipe-") as folder:
        path = str(Path(folder, "go"))
        os.mkfifo(path)
        yield path


def let_go(path: str) -> None:
    """Let the node go on that waits at a named pipe."""
    with Path(path).open("w"):
        pass


def next_log(events: Iterator[Event]) -> str:
    """Return the next line that the job's node wrote."""
    for event in events:
        if isinstance(event, LogUpdate):
            return event.content
    raise AssertionError("the job ended without a line")


def guard_of(manager: JobExecutionManager, job_id: str) -> int:
    """Return the pid of a job's guard, as its log has it."""
    found = [event.params for event in manager.events(job_id) if isinstance(event, JobUpdate) and event.params]
    return int((found[-1] or {})["pid"])


def until_end(events: Iterator[Event]) -> JobUpdate:
    """Read to the end of a job, and return it."""
    *_, last = events
    assert isinstance(last, JobUpdate)
    assert Status(last.status).terminal
    return last


def until_gone(pidfds: list[int]) -> None:
    """Wait until each of these processes has ended, and close them."""
    for pidfd in pidfds:
        assert select.select([pidfd], [], [], PATIENCE)[0]
        os.close(pidfd)


def killed(pid: int) -> float:
    """Kill a process, and return when that was."""
    begin = time.perf_counter()
    os.kill(pid, signal.SIGKILL)
    return begin
