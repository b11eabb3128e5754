"""``nt.jobs()`` and ``%nodetool jobs`` in a real kernel: one display that follows its jobs to their end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.magics.kernel_client import Kernel

SETUP = """
%load_ext nodetool_jupyter
import nodetool_jupyter as nt
from nodetool_jupyter.widgets import live_table

@nt.node
def pause(pipe: str) -> str:
    return open(pipe).read()
"""


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return str(path)


def send(kernel: Kernel, code: str, cell: str) -> str:
    """Send a cell as a front-end does that tells which one it is."""
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
    message = kernel.client.session.msg("execute_request", content, metadata={"cellId": cell})
    kernel.client.shell_channel.send(message)
    return str(message["header"]["msg_id"])


def tables(messages: list[dict[str, Any]]) -> list[str]:
    return [one["data"]["text/plain"] for one in messages if "<table" in str(one.get("data", {}).get("text/html"))]


@pytest.mark.parametrize("code", ["nt.jobs()", "%nodetool jobs"])
def test_a_table_follows_its_jobs_to_their_end(kernel: Kernel, pipe: str, code: str) -> None:
    kernel.run(f"job = nt.submit(nt.Workflow(nt.nodes.notebook.pause(pipe={pipe!r})), name='slow')")
    cell = kernel.send(code)
    kernel.until(cell, lambda said: any("running" in table for table in tables(said)))
    Path(pipe).write_text("done")
    messages = kernel.until(cell, lambda said: "running" not in (tables(said) or ["running"])[-1])
    assert "completed" in tables(messages)[-1]
    kinds = [one["kind"] for one in messages if "data" in one]
    assert kinds[0] == "display_data" and set(kinds[1:]) == {"update_display_data"}


def test_a_cell_that_is_run_again_lets_go_of_its_former_table(kernel: Kernel, pipe: str) -> None:
    kernel.run(f"job = nt.submit(nt.Workflow(nt.nodes.notebook.pause(pipe={pipe!r})))")
    for _ in range(2):
        cell = send(kernel, "nt.jobs()", "cell-1")
        kernel.until(cell, lambda said: any("running" in table for table in tables(said)))
        kernel.run("kept = list(live_table._tables.values())")
    assert kernel.value("[table.done.is_set() for table in kept], len(live_table._tables)") == "([False], 1)"
    Path(pipe).write_text("done")
    kernel.until(cell, lambda said: "running" not in tables(said)[-1])


def test_a_table_of_ended_jobs_is_a_plain_one(kernel: Kernel) -> None:
    messages = kernel.run("nt.jobs()")
    assert [one["kind"] for one in messages if "data" in one] == ["execute_result"]
