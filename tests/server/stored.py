"""Jobs that keep a value: what goes in comes out, stored as a file of the job's own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from tests.server.talk import PATIENCE

PASS_ON: dict[str, Any] = {
    "nodes": [
        {"id": "in", "type": "nodetool.input.StringInput", "data": {"name": "x"}},
        {"id": "out", "type": "nodetool.output.Output", "data": {"name": "result"}},
    ],
    "edges": [{"source": "in", "sourceHandle": "output", "target": "out", "targetHandle": "value"}],
}


@dataclass(frozen=True)
class Kept:
    """A job that has completed, and where the value of its output is stored."""

    job: str
    reference: dict[str, Any]
    folder: Path

    @property
    def ref(self) -> str:
        return str(self.reference["uri"]).removeprefix("values/")

    @property
    def file(self) -> Path:
        return self.folder / "values" / self.ref

    @property
    def address(self) -> str:
        return f"jobs/{self.job}/values/{self.ref}"


def keep_now(manager: Callable[[], JobExecutionManager], value: object, **more: Any) -> Kept:
    """Run a job that gives back a value, and wait for it."""
    jobs = manager()
    job_id = jobs.submit(RunJobRequest(graph=PASS_ON, **more), inputs={"x": value})
    record = jobs.wait(job_id, PATIENCE)
    assert record.status is Status.COMPLETED, record.error
    reference = (jobs.state(job_id).result or {})["result"]
    return Kept(job_id, reference, jobs.places.job(job_id))


async def keep(manager: Callable[[], JobExecutionManager], value: object, **more: Any) -> Kept:
    """Do so beside the server's loop."""
    return await asyncio.to_thread(keep_now, manager, value, **more)


def keep_file(manager: Callable[[], JobExecutionManager], suffix: str, body: bytes) -> Kept:
    """Run a job whose result names a file of any suffix, as only a runner that lies does, and put the file there."""
    name = f"{os.urandom(12).hex()}.{suffix}"
    reference = {"type": "image", "uri": f"values/{name}", "asset_id": None, "data": None}
    hold = Hold()
    with fake_strategy(Script([JobUpdate(status="running"), hold, completed({"result": reference})])):
        job_id = manager().submit(RunJobRequest(strategy="fake"))
        assert hold.reached.wait(PATIENCE)
        kept = Kept(job_id, reference, manager().places.job(job_id))
        kept.file.parent.mkdir(exist_ok=True)
        kept.file.write_bytes(body)
        hold.release()
        record = manager().wait(job_id, PATIENCE)
    assert record.status is Status.COMPLETED, record.error
    return kept
