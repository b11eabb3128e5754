"""A worker that ends, or dies, loses no job: what it has taken is answered or left, and the next worker goes on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.worker.hosting import graph_of, lines_in, to_end
from tests.worker.scenery import Process, SocketClient

Json = dict[str, Any]
HELD = graph_of(
    ("i", "nodetool.input.IntegerInput", {"name": "number"}),
    ("c", "nodetool.control.Collect", {}),
    ("o", "nodetool.output.Output", {"name": "all"}),
    edges=("i.output->c.input_item", "c.output->o.value"),
)
HOLD = {"graph": HELD, "options": {"open_inputs": ["number"]}, "timeouts": {"run": 100}}
QUICK = graph_of(
    ("i", "nodetool.input.IntegerInput", {"name": "number"}),
    ("o", "nodetool.output.Output", {"name": "all"}),
    edges=("i.output->o.value",),
)
JOBS, EXECUTES, AT_ONCE = 10, 10, 4
pytestmark = pytest.mark.slow


async def begin(folder: Path) -> Process:
    given = ("--data", str(folder / "data"))
    variables = {"AUTH_PROVIDER": "none", "MAX_WORKFLOW_THREADS": str(AT_ONCE), "NODETOOL_WARM_SPARES": "0"}
    return await Process.start(folder, *given, namespaces="bridgecheck,nodetool.control", variables=variables)


@asynccontextmanager
async def talking(process: Process) -> AsyncIterator[SocketClient]:
    url = f"http://127.0.0.1:{process.port}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url, max_msg_size=0) as found:
        yield SocketClient(found)


async def submitted(client: SocketClient, request: Json, key: str) -> str:
    answer = await client.ask("jobs.submit", {"request": request, "idempotency_key": key})
    assert answer["type"] == "result", answer
    job_id: str = answer["data"]["job"]["id"]
    return job_id


async def running(client: SocketClient, job_id: str) -> None:
    """Wait until a job runs."""
    asked = await client.send("jobs.events", {"job_id": job_id, "follow": True})
    seen: list[Json] = []
    while not any(line.get("status") == "running" for line in seen):
        seen = lines_in([await client.reply(asked)])
    await client.send("cancel", {}, asked)


async def release(client: SocketClient, ids: list[str]) -> None:
    """Give each held job its number in the list; those that wait yet take it when they run."""
    for number, job_id in enumerate(ids):
        await client.send("jobs.push_input", {"job_id": job_id, "name": "number", "value": number}, f"p{job_id}")
    unfinished = {f"p{job_id}": job_id for job_id in ids}
    ended: set[str] = set()
    while len(ended) < len(ids):  # those that waited begin in any order
        answer = await client.next()
        assert answer["type"] == "result", answer
        if answer["request_id"] in unfinished:
            job_id = unfinished.pop(answer["request_id"])
            await client.send("jobs.push_input", {"job_id": job_id, "name": "number", "end": True}, f"e{job_id}")
        else:
            ended.add(answer["request_id"])


async def all_go_on(folder: Path, ids: list[str]) -> None:
    """Start the worker anew, let every job end, and see that each has run once and gave its own result."""
    process = await begin(folder)
    async with talking(process) as client:
        await release(client, ids)
        for number, job_id in enumerate(ids):
            lines = await to_end(client, job_id)
            assert (lines[-1]["status"], lines[-1].get("result")) == ("completed", {"all": [number]}), lines[-1]
            assert {line["attempt"] for line in lines if line.get("source")} == {1}
            assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
        listed = (await client.ask("jobs.list", {}))["data"]
        assert (listed["total"], {job["id"] for job in listed["jobs"]}) == (len(ids), set(ids))
    assert (await process.end())[0] == 0


def test_sigterm_during_twenty_jobs_loses_none(tmp_path: Path) -> None:
    async def whole() -> None:
        process = await begin(tmp_path)
        async with talking(process) as client:
            ids = [await submitted(client, HOLD, f"k{n}") for n in range(JOBS)]  # some run, and some wait
            await running(client, ids[0])
            following = await client.send("jobs.events", {"job_id": ids[1], "after": 1_000, "follow": True})
            sent = [await client.start("SlowCount", f"e{n}", steps=10, delay=0.05) for n in range(EXECUTES)]
            await client.reply("e0")
            process.process.send_signal(signal.SIGTERM)
            for request_id in sent:
                assert (await client.replies(request_id))[-1]["data"]["outputs"] == {"output": 10}
            told = (await client.replies(following))[-1]["data"]
            assert (told["code"], told["retry"]) == ("draining", True)
            assert await client.closed() == 1001
        assert (await process.end(None))[0] == 0
        await all_go_on(tmp_path, ids)

    asyncio.run(whole())


def test_a_worker_that_is_killed_loses_none(tmp_path: Path) -> None:
    async def whole() -> None:
        process = await begin(tmp_path)
        async with talking(process) as client:
            ids = [await submitted(client, HOLD, f"k{n}") for n in range(AT_ONCE + 2)]
            await running(client, ids[0])
        assert (await process.end(signal.SIGKILL))[0] == -signal.SIGKILL
        await all_go_on(tmp_path, ids)

    asyncio.run(whole())


def test_a_submission_is_answered_or_refused_while_it_ends(tmp_path: Path) -> None:
    async def whole() -> None:
        process = await begin(tmp_path)
        async with talking(process) as client:
            await submitted(client, {"graph": QUICK}, "first")
            asked = [
                await client.send("jobs.submit", {"request": {"graph": QUICK}, "idempotency_key": f"k{n}"})
                for n in range(20)
            ]
            process.process.send_signal(signal.SIGTERM)
            answers = [(await client.replies(one))[-1] for one in asked]
        assert (await process.end(None))[0] == 0
        taken = {n: one["data"]["job"]["id"] for n, one in enumerate(answers) if one["type"] == "result"}
        assert {one["data"]["code"] for one in answers if one["type"] == "error"} <= {"draining"}
        process = await begin(tmp_path)
        async with talking(process) as client:
            assert (await client.ask("jobs.list", {}))["data"]["total"] == len(taken) + 1
            for n, job_id in taken.items():  # whoever did not hear the answer may ask again
                assert await submitted(client, {"graph": QUICK}, f"k{n}") == job_id
                assert (await to_end(client, job_id))[-1]["status"] == "completed"
        assert (await process.end())[0] == 0

    asyncio.run(whole())


def test_jobs_of_a_strategy_that_ends_with_the_worker_are_cancelled_and_told(tmp_path: Path) -> None:
    async def whole() -> None:
        process = await Process.start(
            tmp_path, "--data", str(tmp_path / "data"), "--strategies", "threaded",
            namespaces="bridgecheck,nodetool.control",
        )  # fmt: skip
        async with talking(process) as client:
            job_id = await submitted(client, HOLD, "k")
            await running(client, job_id)
        assert (await process.end())[0] == 0
        process = await begin(tmp_path)
        async with talking(process) as client:
            last = (await to_end(client, job_id))[-1]
            assert (last["status"], last["reason"]) == ("cancelled", "killed")
        assert (await process.end())[0] == 0

    asyncio.run(whole())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_nobody_sent_a_job_to_makes_no_folder(tmp_path: Path, number: signal.Signals) -> None:
    async def whole() -> None:
        process = await begin(tmp_path)
        async with talking(process) as client:
            await client.ask("worker.status")
        assert (await process.end(number))[0] == 0

    asyncio.run(whole())
    assert not (tmp_path / "data").exists()
