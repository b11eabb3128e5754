"""The stop button on a cell whose job outlives the kernel: the job is left, and the cell's picture stays true."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.magics.kernel_client import DEADLINE, Kernel, error, over, text

SETUP = """
%load_ext nodetool_jupyter
import nodetool_jupyter as nt

@nt.node
def pause(pipe: str, ctx=None) -> str:
    print("it waits")
    return open(pipe).read()
"""
CELL = "%%nodetool run --strategy subprocess{more}\nnotebook.pause(pipe={pipe!r})\n"


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    """A named pipe that a node waits at until the test writes to it."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return str(path)


def shown(messages: list[dict[str, Any]]) -> str:
    """Return the cell's view as it is now; the graph's picture below it is another output."""
    pictures = [one for one in messages if "text/html" in one.get("data", {})]
    return str(pictures[-1]["data"]["text/plain"]) if pictures else ""


def stopped(kernel: Kernel, code: str) -> tuple[str, list[dict[str, Any]]]:
    """Send a cell, press stop when its node waits, and return the cell with what it said until then."""
    cell = kernel.send(code)
    kernel.until(cell, lambda messages: "it waits" in shown(messages))
    kernel.manager.interrupt_kernel()
    return cell, kernel.until(cell, over)


def test_a_job_that_outlives_the_kernel_is_left_and_its_picture_stays_true(kernel: Kernel, pipe: str) -> None:
    cell, messages = stopped(kernel, CELL.format(more="", pipe=pipe))
    job = eval(kernel.value("nt.jobs()[0].id"))
    assert error(messages).splitlines() == [
        f"KeyboardInterrupt: job {job} was left, and goes on",
        f"  follow it with %nodetool job {job}, end it with %nodetool cancel {job}",
    ]
    assert text(messages) == ""
    Path(pipe).write_text("well")
    kernel.until(cell, lambda messages: shown(messages).startswith("✓ completed"))


def test_a_job_that_is_not_to_outlive_the_kernel_is_cancelled(kernel: Kernel, pipe: str) -> None:
    _, messages = stopped(kernel, CELL.format(more=" --no-detach --grace 0.1", pipe=pipe))
    assert error(messages).startswith("Cancelled: job ")
    assert shown(messages).startswith("⊘ cancelled")


def test_a_call_that_waits_says_how_to_follow_the_job_in_python(kernel: Kernel, pipe: str) -> None:
    kernel.run(f"job = nt.submit(nt.nodes.notebook.pause(pipe={pipe!r}), strategy='subprocess')")
    kernel.run("for event in job.events(follow=True):\n    if event.type == 'log_update': break")
    cell = kernel.send("print('waiting')\njob.result()")
    kernel.until(cell, lambda messages: "waiting" in text(messages))
    kernel.manager.interrupt_kernel()
    messages = kernel.until(cell, over)
    job = eval(kernel.value("job.id"))
    assert f"Job {job} goes on; follow it with nt.job('{job}'), end it with .cancel().\n" in text(messages)
    assert kernel.value("job.status.value") == "'running'"
    Path(pipe).write_text("well")
    assert kernel.value(f"job.wait({DEADLINE}).value") == "'completed'"


def test_stopping_to_follow_a_job_leaves_it_as_it_is(kernel: Kernel, pipe: str) -> None:
    kernel.run(f"job = nt.submit(nt.nodes.notebook.pause(pipe={pipe!r}), strategy='subprocess')")
    cell = kernel.send(f"%nodetool logs -f {eval(kernel.value('job.id'))}")
    kernel.until(cell, lambda messages: "it waits" in text(messages))
    kernel.manager.interrupt_kernel()
    assert error(kernel.until(cell, over)) == "KeyboardInterrupt: stopped; the job is left as it is"
    assert kernel.value("job.status.value") == "'running'"
    Path(pipe).write_text("well")
    assert kernel.value(f"job.wait({DEADLINE}).value") == "'completed'"


def test_a_background_job_is_shown_to_its_end(kernel: Kernel, pipe: str) -> None:
    cell = kernel.send(CELL.format(more=" --background", pipe=pipe))
    kernel.until(cell, over)
    Path(pipe).write_text("well")
    kernel.until(cell, lambda messages: shown(messages).startswith("✓ completed"))
