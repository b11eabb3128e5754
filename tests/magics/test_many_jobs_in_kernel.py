"""A hundred jobs from ten cells: every line and every view under its own cell; and nothing of them is left."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.magics.kernel_client import Kernel, text

CELLS, EACH = 10, 10
SETUP = """
%load_ext nodetool_jupyter
import gc, threading
import nodetool_jupyter as nt
gate = threading.Event()

@nt.node
def talks(cell: int, number: int) -> str:
    gate.wait(30)
    print(f"<{cell}/{number}>")
    return f"result {cell}/{number}"
"""
CELL = """
for number in range({each}):
    job = nt.submit(nt.nodes.notebook.talks(cell={cell}, number=number), name=f"job {cell}/{{number}}")
    job.view().show()
"""


@pytest.fixture(scope="module")
def cells(kernel: Kernel) -> list[list[dict[str, Any]]]:
    """What the ten cells said in the end."""
    sent = [kernel.send(CELL.format(cell=cell, each=EACH)) for cell in range(CELLS)]
    kernel.run("gate.set()")
    return [kernel.until(cell, lambda messages: len(ended(messages)) == EACH) for cell in sent]


def ended(messages: list[dict[str, Any]]) -> list[str]:
    """The names of the jobs whose view shows their end, by display."""
    last: dict[str, dict[str, Any]] = {}
    for one in messages:
        if "text/html" in one.get("data", {}):
            last[one["transient"]["display_id"]] = one["data"]["application/vnd.nodetool.job+json"]["job"]
    return sorted(job["name"] for job in last.values() if job["status"] == "completed")


def test_every_view_is_in_its_cell(cells: list[list[dict[str, Any]]]) -> None:
    assert [ended(messages) for messages in cells] == [
        [f"job {cell}/{number}" for number in range(EACH)] for cell in range(CELLS)
    ]


def test_every_line_is_in_its_cell(cells: list[list[dict[str, Any]]]) -> None:
    assert [sorted(re.findall("<.+?>", text(messages))) for messages in cells] == [
        [f"<{cell}/{number}>" for number in range(EACH)] for cell in range(CELLS)
    ]


def test_nothing_follows_a_job_that_has_ended(kernel: Kernel, cells: list[list[dict[str, Any]]]) -> None:
    kernel.run("for thread in threading.enumerate():\n    if thread.name.startswith('nodetool-view'): thread.join(20)")
    assert kernel.value("__import__('nodetool_jupyter.widgets.feed').widgets.feed.feed.followed()") == "[]"
    assert kernel.value("[one.target_name for one in get_ipython().kernel.comm_manager.comms.values()]") == (
        "['nodetool.hello']"
    )
