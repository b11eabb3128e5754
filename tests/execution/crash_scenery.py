"""What tests of crashes share: a job that leaves a trail, kernels that die at a fault point, what must be true then.

The job logs twenty numbers and returns a text that needs a file; it may wait at a gate before number 10. Each run of
its node leaves one byte in a file, so that no attempt can run twice unseen.
"""

from __future__ import annotations

import json
import os
import select
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter import tree
from nodetool_jupyter.errors import JobCancelled, JobError
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.states import Status
from tests.execution.subprocess_scenery import PATIENCE

MARK = "NODETOOL_TEST_SCENE"  # carried by every process of a scene
NUMBERS = [f"number {number}" for number in range(20)]
TEXT = "y" * 100_000

# For kernels, after the prelude of ``tests.jobs.others``; HERE is the folder of the scene.
KERNEL = """
import nodetool_jupyter as nt
from nodetool_jupyter.events import LogUpdate
from nodetool_jupyter.request import RunJobRequest

@nt.node(namespace="notebook")
def work(trail: str, gate: str = "", fails: str = "", busy: int = 0, fill: int = 0, ctx=None) -> str:
    "Leave a trail, count to twenty, wait at the gate on the way; fail as long as there is no file named so."
    import hashlib
    with open(trail, "a") as file: file.write(".")
    for number in range(20):
        if busy: hashlib.pbkdf2_hmac("sha256", b"a", b"b", busy)
        if number == 5:
            for _ in range(fill): ctx.log("between")
        if number == 10 and gate: open(gate).close()
        if number == 10 and fails and not os.path.exists(fails):
            open(fails, "w").close()
            raise ValueError("not yet")
        ctx.log(f"number {number}")
    return "y" * 100_000

def submit(job_id="thejob", gate="", fails="", busy=0, fill=0, **more):
    values = {"trail": f"{HERE}/trail", "gate": gate and f"{HERE}/{gate}", "fails": fails and f"{HERE}/{fails}"}
    if busy: values["busy"] = busy
    if fill: values["fill"] = fill
    graph = nt.Workflow(outputs={"result": nt.nodes.notebook.work(**values)}).bare
    return m.submit(RunJobRequest(strategy="subprocess", graph=dict(graph), job_id=job_id, **more))

def until(text):
    next(e for e in m.events("thejob", follow=True) if isinstance(e, LogUpdate) and e.content == text)

def tear():
    with open(m.places.job("thejob") / "events.jsonl", "ab") as file: file.write(b'{"seq":7,"att')
    die()

def arm(point, passes=1, act=die):
    left = [passes]
    def passed():
        left[0] -= 1
        if left[0] == 0: act()
    faults.arm(point, passed)
"""


def let(gate: Path) -> None:
    """Let a node go on that waits, or will, at a gate."""
    with gate.open("w"):
        pass


def whole_lines(log: Path) -> bytes:
    """Return what a log says; a torn last line says nothing."""
    with suppress(FileNotFoundError):
        text = log.read_bytes()
        return text[: text.rfind(b"\n") + 1]
    return b""


def lines_of(manager: JobExecutionManager, job_id: str) -> list[dict[str, Any]]:
    """Return the lines of a job's log."""
    return [json.loads(line) for line in (manager.places.job(job_id) / "events.jsonl").read_bytes().splitlines()]


def assert_one_true_end(manager: JobExecutionManager, job_id: str, truth: str) -> None:
    """Check that a job has ended once and so: ``completed``, ``cancelled``, or the reason of an error."""
    record = manager.wait(job_id, PATIENCE)
    lines = lines_of(manager, job_id)
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    words = [line.get("status") for line in lines if line["type"] == "job_update"]
    ends = [word for word in words if word in ("completed", "error", "cancelled")]
    assert (ends, words[-1], lines[-1]["type"]) == ([record.status.value], record.status.value, "job_update")
    if record.status is Status.ERROR:
        assert record.reason == truth
        with pytest.raises(JobError):
            manager.result(job_id)
    elif record.status is Status.CANCELLED:
        assert truth == "cancelled"
        with pytest.raises(JobCancelled):
            manager.result(job_id)
    else:
        assert truth == "completed"
        assert manager.result(job_id) == {"result": TEXT}


def assert_no_line_lost(manager: JobExecutionManager, job_id: str) -> None:
    """Check that what each attempt sent is in the log once and in order, and all of it if it completed."""
    lines = lines_of(manager, job_id)
    for attempt in {line["attempt"] for line in lines}:
        own = [line for line in lines if line["attempt"] == attempt]
        sources = [line["source"] for line in own if "source" in line]
        assert sources == list(range(1, len(sources) + 1))
        numbers = [line["content"] for line in own if str(line.get("content")).startswith("number")]
        assert numbers == NUMBERS[: len(numbers)]
        if own[-1].get("status") == "completed":
            assert numbers == NUMBERS


def assert_nothing_left(manager: JobExecutionManager, job_id: str) -> None:
    """Check that of a job's attempts there are only the log and the values: no process, no channel, no socket."""
    for line in lines_of(manager, job_id):
        if params := line.get("params"):
            wait_for_end(params["pid"])  # a guard that has told the end has only to end itself
            assert tree.find_leftovers(params["runner"], params["ticks"]) == []
    assert not (manager.places.job(job_id) / "attempts").exists()
    assert [path.name for path in (manager.places.runtime / "runners").iterdir() if job_id in path.name] == []


def snapshot(folder: Path) -> dict[str, bytes]:
    """Return every file of a job, to see that nothing changes it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def wait_for_end(pid: int) -> None:
    """Wait for the end of a process that is about to end."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            assert select.select([descriptor], [], [], PATIENCE)[0], Path(f"/proc/{pid}/cmdline").read_bytes()
        finally:
            os.close(descriptor)


def assert_all_end(mark: str) -> None:
    """Check that no process of a scene is left, once those that nobody needs any more have had the time to end."""
    for pid in marked(mark):
        wait_for_end(pid)


def marked(mark: str) -> Iterator[int]:
    """Yield the pids of a scene's processes."""
    wanted = f"{MARK}={mark}".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if wanted in path.read_bytes().split(b"\0") and int(path.parent.name) != os.getpid():
                yield int(path.parent.name)
