"""What tests of the subprocess strategy share: managers, one-node workflows, and runners with an armed fault."""

from __future__ import annotations

import os
import select
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodetool_jupyter as nt
from nodetool_jupyter.events import Event, JobUpdate, LogUpdate
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Status

PATIENCE = 30.0  # seconds that a test waits for what must happen
# Fault points that only this strategy passes, in an owner or in a runner.
SUBPROCESS_POINTS = ("attempt.before_request", "channel.mid_line", "channel.before_claim", "channel.after_claim")
Make = Callable[..., JobExecutionManager]


def one_node(function: Callable[..., Any], **values: Any) -> dict[str, Any]:
    """Return the graph of a workflow whose only node is a function; its output is called ``result``."""
    node: Any = nt.node(namespace="notebook")(function)
    make = getattr(nt.nodes.notebook, node.__name__)
    return dict(nt.Workflow(outputs={"result": make(**values)}).bare)


def request_for(function: Callable[..., Any], values: dict[str, Any] | None = None, **more: Any) -> RunJobRequest:
    """Return the request of a subprocess job that runs one function."""
    return RunJobRequest(**{"strategy": "subprocess", "graph": one_node(function, **(values or {})), **more})


def events_of(manager: JobExecutionManager, job_id: str) -> list[Event]:
    return list(manager.events(job_id))


def log_of(manager: JobExecutionManager, job_id: str) -> list[str]:
    return [event.content for event in manager.events(job_id) if isinstance(event, LogUpdate)]


def params_of(manager: JobExecutionManager, job_id: str) -> dict[str, Any]:
    """Return the identity of the job's last attempt, as its log has it."""
    found = [event.params for event in manager.events(job_id) if isinstance(event, JobUpdate) and event.params]
    assert found[-1] is not None
    return found[-1]


def until_log(manager: JobExecutionManager, job_id: str, text: str) -> None:
    """Return when the job has written a line that begins so."""
    for event in manager.events(job_id, follow=True, timeout=PATIENCE):
        if isinstance(event, LogUpdate) and event.content.startswith(text):
            return
    raise AssertionError(f"the job ended without the line {text!r}")


def assert_true_end(manager: JobExecutionManager, record: JobRecord, status: Status, reason: str | None) -> None:
    """Check that a job has this one end, as its last line, with numbers that have no gap."""
    events = events_of(manager, record.id)
    ends = [event for event in events if isinstance(event, JobUpdate) and Status(event.status).terminal]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [(end.status, end.reason) for end in ends] == [(status.value, reason)]
    assert events[-1] is ends[0]
    assert (record.status, record.reason) == (status, reason)


def gone(pid: int) -> bool:
    """Tell whether a process has ended; a zombie has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def assert_ends(pid: int) -> None:
    """Check that a process ends within the patience of a test."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], PATIENCE)[0]
    finally:
        os.close(descriptor)


def faulty_interpreter(folder: Path, point: str, times: int = 1, act: str = "os.kill(os.getpid(), 9)") -> str:
    """Return an interpreter that does something bad when its runner passes a fault point for the ``times``-th time."""
    path = folder / f"python-{point}"
    path.write_text(
        f"#!{sys.executable}\n"
        "import os, sys\n"
        "from nodetool_jupyter import faults\n"
        f"left = [{times}]\n"
        "def act():\n"
        "    left[0] -= 1\n"
        f"    if left[0] == 0: {act}\n"
        f"faults.arm({point!r}, act)\n"
        "from nodetool_jupyter.cli import main\n"
        "sys.exit(main(sys.argv[4:]))\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
