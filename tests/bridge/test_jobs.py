"""The typed client of whole jobs, against a worker of ours that listens in this process."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.bridge import jobs as module
from nodetool_jupyter.bridge.address import Address
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.jobs import Told, WorkerJobs, capabilities
from nodetool_jupyter.bridge.websocket import WebSocketTransport
from nodetool_jupyter.errors import Unsupported, WorkerFault
from tests.worker.scenery import Names, running

UPPER = {"nodes": [{"id": "a", "type": "nodetool.text.ToUppercase", "data": {"text": "a"}}], "edges": []}
WAITS = {
    "nodes": [
        {"id": "n", "type": "nodetool.input.IntegerInput", "data": {"name": "number"}},
        {"id": "c", "type": "nodetool.control.Collect"},
    ],
    "edges": [{"source": "n", "sourceHandle": "output", "target": "c", "targetHandle": "input_item"}],
}


@asynccontextmanager
async def worker(folder: Path, **options: Any) -> AsyncIterator[WorkerJobs]:
    chosen: dict[str, Any] = {"data": folder, "strategies": ("threaded",), **options}
    async with running(Names("ada"), namespaces=(), **chosen) as there:
        address = Address(f"ws://127.0.0.1:{there.port}", "ada")
        client = await WorkerClient.connect(lambda: WebSocketTransport.open(address))
        try:
            yield WorkerJobs(client)
        finally:
            await client.close()


async def submit(jobs: WorkerJobs, graph: Any, key: str = "one", **more: Any) -> str:
    request = {"graph": graph, "strategy": "threaded", **more.pop("request", {})}
    return await jobs.submit(json.dumps(request).encode(), key=key, **more)


async def lines_of(jobs: WorkerJobs, job_id: str, after: int = 0) -> tuple[list[dict[str, Any]], Told]:
    """Follow a job to its end; returns its lines, and what was told behind them."""
    found: list[dict[str, Any]] = []
    async with aclosing(jobs.lines(job_id, after)) as told:
        async for part in told:
            if isinstance(part, Told):
                return found, part
            found += [json.loads(line) for line in part.lines]
    raise AssertionError("the following ended without a word")


async def test_a_job_is_submitted_followed_looked_at_and_removed(tmp_path: Path) -> None:
    async with worker(tmp_path) as jobs:
        job_id = await submit(jobs, UPPER, request={"name": "upper"})
        lines, told = await lines_of(jobs, job_id)
        assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
        assert (lines[-1]["status"], lines[-1]["result"]) == ("completed", {"a": "A"})
        assert (told.last, told.ended) == (len(lines), True)
        assert (await jobs.get(job_id))["status"] == "completed"
        page = await jobs.list(["completed"])
        assert ([one["name"] for one in page.jobs], page.total) == (["upper"], 1)
        await jobs.remove(job_id)
        assert (await jobs.list()).jobs == []


async def test_following_goes_on_behind_a_number(tmp_path: Path) -> None:
    async with worker(tmp_path) as jobs:
        job_id = await submit(jobs, UPPER)
        all_lines, _ = await lines_of(jobs, job_id)
        rest, _ = await lines_of(jobs, job_id, after=2)
        assert rest == all_lines[2:]


async def test_the_same_key_is_the_same_job(tmp_path: Path) -> None:
    async with worker(tmp_path) as jobs:
        first, second = await submit(jobs, UPPER), await submit(jobs, UPPER)
        assert first == second
        with pytest.raises(WorkerFault) as refused:
            await submit(jobs, WAITS)
        assert refused.value.code == "conflict"


async def test_values_are_pushed_and_a_job_is_cancelled_and_tried_again(tmp_path: Path) -> None:
    async with worker(tmp_path) as jobs:
        job_id = await submit(jobs, WAITS, request={"options": {"open_inputs": ["number"]}})
        await jobs.push_input(job_id, "number", b"3")
        assert await jobs.cancel(job_id, 0.0) is True
        lines, _ = await lines_of(jobs, job_id)
        assert lines[-1]["status"] == "cancelled"
        assert await jobs.cancel(job_id) is False
        again = await jobs.retry(job_id)
        await jobs.push_input(again, "number", b"5")
        await jobs.push_input(again, "number", b"null", end=True)
        lines, _ = await lines_of(jobs, again)
        assert lines[-1]["result"] == {"c": [5]}


@pytest.mark.parametrize("part", [100, 1 << 20])
async def test_a_value_goes_there_and_comes_back_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    monkeypatch.setattr(module, "PART", part)
    body = os.urandom(1000)
    source = tmp_path / "source"
    source.write_bytes(body)
    digest, name = hashlib.sha256(body).hexdigest(), f"{'a' * 24}.bin"
    back = tmp_path / "back"
    back.mkdir()
    async with worker(tmp_path / "data") as jobs:
        assert set(await jobs.missing([digest])) == {digest}
        await jobs.put({digest: source})
        assert set(await jobs.missing([digest])) == set()
        flow = {"nodes": [{"id": "n", "type": "nodetool.input.DocumentInput", "data": {"name": "in"}}], "edges": []}
        value = {"type": "bytes", "uri": f"values/{name}", "size": len(body)}
        job_id = await submit(jobs, flow, request={"params": {"in": value}}, values={f"values/{name}": digest})
        lines, _ = await lines_of(jobs, job_id)
        assert lines[-1]["status"] == "completed", lines[-1]
        (reference,) = lines[-1]["result"].values()
        stored = reference["uri"].removeprefix("values/")
        (back / f"{stored}.part").write_bytes(body[:70])  # what came before a drop
        async with aclosing(jobs.fetch(job_id, {stored: len(body)}, back, 10_000)) as fetched:
            assert [one async for one in fetched] == [(stored, "")]
        assert (back / stored).read_bytes() == body
        assert [path.name for path in back.iterdir()] == [stored]


async def test_what_is_too_long_or_not_there_is_left_out(tmp_path: Path) -> None:
    body = os.urandom(1000)
    source = tmp_path / "source"
    source.write_bytes(body)
    digest, name = hashlib.sha256(body).hexdigest(), f"{'a' * 24}.bin"
    async with worker(tmp_path / "data") as jobs:
        await jobs.put({digest: source})
        flow = {"nodes": [{"id": "n", "type": "nodetool.input.DocumentInput", "data": {"name": "in"}}], "edges": []}
        value = {"type": "bytes", "uri": f"values/{name}", "size": len(body)}
        job_id = await submit(jobs, flow, request={"params": {"in": value}}, values={f"values/{name}": digest})
        lines, _ = await lines_of(jobs, job_id)
        (reference,) = lines[-1]["result"].values()
        names = {reference["uri"].removeprefix("values/"): 1000, f"{'b' * 24}.bin": 5}
        async with aclosing(jobs.fetch(job_id, names, tmp_path, 999)) as fetched:
            faults = [fault async for _, fault in fetched]
        assert faults == ["has 1000 bytes, and 999 are the most that is taken", "is not there"]


async def test_a_job_of_nobody_is_not_found(tmp_path: Path) -> None:
    async with worker(tmp_path) as jobs:
        with pytest.raises(WorkerFault) as refused:
            await lines_of(jobs, "nosuchjob")
        assert refused.value.code == "not_found"


async def test_a_worker_without_jobs_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="takes no whole jobs, only single nodes"):
        async with worker(tmp_path, strategies=()):
            pass


async def test_a_workers_word_about_itself_may_be_anything(tmp_path: Path) -> None:
    async with worker(tmp_path) as jobs:
        assert "jobs-v1" in capabilities(jobs.client)
        for said in (None, "jobs-v1", 7, {"jobs-v1": 1}):
            jobs.client.status = jobs.client.status.model_copy(update={"capabilities": said})
            assert capabilities(jobs.client) == frozenset()
