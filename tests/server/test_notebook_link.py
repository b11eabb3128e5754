"""A job that a notebook's kernel submitted tells the panel which notebook that was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.server.talk import PATIENCE, Api

CELL = """
import nodetool_jupyter as nt
from nodetool_jupyter.jobs.manager import prefer
prefer(data_dir={data!r}, runtime_dir={runtime!r})
print(nt.run({graph!r}))
"""


async def run_cell(kernels: Any, kernel_id: str, code: str) -> None:
    """Run code in a kernel, and fail with its words when it fails."""
    client = kernels.get_kernel(kernel_id).client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=2 * PATIENCE)
        reply = await client._async_execute_interactive(code, timeout=2 * PATIENCE, store_history=False)
        assert reply["content"]["status"] == "ok", reply["content"]
    finally:
        client.stop_channels()


async def test_the_notebook_of_a_kernel_is_told(
    api: Api,
    jp_fetch: Any,
    jp_serverapp: Any,
    jp_root_dir: Path,
    graph: dict[str, Any],
    manager: Callable[[], JobExecutionManager],
) -> None:
    (jp_root_dir / "sub").mkdir()
    notebook = {"path": "sub/a b.ipynb", "name": "a b.ipynb", "type": "notebook", "kernel": {"name": "python3"}}
    session = json.loads((await jp_fetch("api", "sessions", method="POST", body=json.dumps(notebook))).body)
    places = manager().places
    code = CELL.format(data=str(places.data), runtime=str(places.runtime), graph=graph)
    try:
        await run_cell(jp_serverapp.kernel_manager, session["kernel"]["id"], code)
    finally:
        await jp_fetch("api", "sessions", session["id"], method="DELETE")
    (job,) = (await api.get("jobs")).json["jobs"]
    assert (job["status"], job["notebook"]) == ("completed", "sub/a b.ipynb")
    assert (await api.get(f"jobs/{job['id']}")).json["notebook"] == "sub/a b.ipynb"
