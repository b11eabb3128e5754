"""How a worker ends: it answers what it has taken, takes no more, and exits with 0."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import aiohttp
import pytest

from tests.worker.scenery import PATIENCE, Process, SocketClient, running


def test_sigterm_during_twenty_jobs_loses_none(tmp_path: Path) -> None:
    async def whole() -> None:
        process = await Process.start(tmp_path)
        async with aiohttp.ClientSession() as session, session.ws_connect(f"http://127.0.0.1:{process.port}") as found:
            client = SocketClient(found)
            sent = [await client.start("SlowCount", f"j{n}", steps=10, delay=0.05) for n in range(20)]
            await client.reply("j0")
            process.process.send_signal(signal.SIGTERM)
            for request_id in sent:
                assert (await client.replies(request_id))[-1]["data"]["outputs"] == {"output": 10}
            assert await client.closed() == 1001
        assert (await process.end(None))[0] == 0

    asyncio.run(whole())


def test_while_it_drains_it_takes_no_more_and_says_so() -> None:
    async def whole() -> None:
        async with running() as worker:
            client = await worker.connect()
            first = await client.start("SlowCount", steps=30, delay=0.05)
            await client.reply(first)
            drain = asyncio.create_task(worker.worker.drain())
            refused = await client.execute("Add", a=1)
            assert (refused["data"]["code"], refused["data"]["retry"]) == ("draining", True)
            assert (await client.ask("worker.status"))["data"]["health"] == "draining"
            async with worker.session.get(worker.url + "/health") as answer:
                assert (answer.status, await answer.json()) == (503, {"status": "draining"})
            with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
                await worker.connect()
            assert (await client.replies(first))[-1]["data"]["outputs"] == {"output": 30}
            assert await drain is True

    asyncio.run(whole())


def test_what_does_not_end_in_time_is_cancelled_and_answered() -> None:
    async def whole() -> None:
        async with running(drain=0.2) as worker:
            client = await worker.connect()
            first = await client.start("SlowCount", steps=100_000, delay=0.05)
            await client.reply(first)
            assert await worker.worker.drain() is False
            assert (await client.replies(first))[-1]["data"]["code"] == "cancelled"

    asyncio.run(whole())


def test_a_node_that_cannot_be_stopped_does_not_keep_it(tmp_path: Path) -> None:
    async def whole() -> None:
        process = await Process.start(tmp_path, "--drain", "1")
        async with aiohttp.ClientSession() as session, session.ws_connect(f"http://127.0.0.1:{process.port}") as found:
            client = SocketClient(found)
            stuck = await client.start("Stubborn", seconds=3600)
            await client.ask("worker.status")
            process.process.send_signal(signal.SIGTERM)
            assert (await client.replies(stuck))[-1]["data"]["code"] == "cancelled"
        assert (await process.end(None))[0] == 0

    asyncio.run(whole())


def test_a_second_signal_does_not_wait(tmp_path: Path) -> None:
    async def whole() -> None:
        process = await Process.start(tmp_path, "--drain", "600")
        async with aiohttp.ClientSession() as session, session.ws_connect(f"http://127.0.0.1:{process.port}") as found:
            client = SocketClient(found)
            await client.start("Stubborn", seconds=3600)
            await client.ask("worker.status")
            process.process.send_signal(signal.SIGTERM)
            await process.said("draining")
            assert (await process.end(signal.SIGTERM))[0] == 0

    asyncio.run(whole())


def test_over_pipes_a_signal_drains_too(tmp_path: Path) -> None:
    async def whole() -> None:
        process = await Process.start(tmp_path, "--stdio")
        client = process.client()
        sent = await client.start("SlowCount", steps=10, delay=0.05)
        await client.reply(sent)
        process.process.send_signal(signal.SIGTERM)
        assert (await client.replies(sent))[-1]["data"]["outputs"] == {"output": 10}
        assert (await process.end(None))[0] == 0

    asyncio.run(whole())


def test_what_a_node_prints_reaches_no_frame(tmp_path: Path) -> None:
    async def whole() -> None:
        process = await Process.start(tmp_path, "--stdio")
        client = process.client()
        assert (await client.execute("Printing"))["data"]["outputs"] == {"output": "printed"}
        await process.said("from print")
        await process.said("from descriptor 1")
        assert process.process.stdin is not None
        process.process.stdin.close()
        assert (await process.end(None))[0] == 0

    asyncio.run(whole())


def test_jobs_that_nobody_uses_are_ended_by_a_timer() -> None:
    async def whole() -> None:
        async with running(job_ttl=0.1) as worker:
            released = asyncio.Event()
            worker.worker.jobs._released = lambda job_id, nodes: released.set()
            client = await worker.connect()
            await client.execute("Add", node_id="n", job_id="j")
            async with asyncio.timeout(PATIENCE):
                await released.wait()
            assert len(worker.worker.jobs) == 0

    asyncio.run(whole())
