"""Following a job's log over the socket: from any number, in order, to the end, at the reader's pace."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.testing import Hold, Script, completed, three_nodes
from nodetool_jupyter.worker import jobs_events
from tests.worker.hosting import RUNNING, lines_in, of, play, submit, to_end
from tests.worker.scenery import PATIENCE, Running, SocketClient, happens, heard


def test_a_follower_hears_every_line_as_it_stands_in_the_log(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        lines = await to_end(client, job["id"])
        log = (tmp_path / "data" / "jobs" / job["id"] / "events.jsonl").read_text().splitlines()
        assert [json.dumps(line) for line in lines] == [json.dumps(_without_params(line)) for line in log]

    play(tmp_path, story, Script(three_nodes()))


def _without_params(line: str) -> dict[str, Any]:
    return {name: value for name, value in json.loads(line).items() if name != "params"}


def test_how_its_owner_reaches_a_runner_is_not_told(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        lines = await to_end(client, job["id"])
        assert [line["status"] for line in lines if line["type"] == "job_update"][1] == "starting"
        assert [line for line in lines if "params" in line] == []

    play(tmp_path, story)


@pytest.mark.parametrize("follow", [True, False], ids=["following", "looking"])
@pytest.mark.parametrize("after", [0, 1, 7, 14, 15, 99])
def test_lines_begin_behind_the_number_that_is_asked_for(tmp_path: Path, after: int, follow: bool) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        last = (await to_end(client, job["id"]))[-1]["seq"]
        ask = {"job_id": job["id"], "after": after, "follow": follow}
        replies = await client.replies(await client.send("jobs.events", ask))
        assert [line["seq"] for line in lines_in(replies)] == list(range(after + 1, last + 1))
        assert replies[-1]["data"] == {"last": max(after, last), "ended": True}

    play(tmp_path, story)


def test_without_following_the_answer_is_what_there_is(tmp_path: Path) -> None:
    hold = Hold()

    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        await asyncio.to_thread(hold.reached.wait, PATIENCE)
        replies = await client.replies(await client.send("jobs.events", {"job_id": job["id"]}))
        lines = lines_in(replies)
        assert replies[-1]["data"] == {"last": lines[-1]["seq"], "ended": False}
        hold.release()
        rest = await to_end(client, job["id"], lines[-1]["seq"])
        assert rest[0]["seq"] == lines[-1]["seq"] + 1

    play(tmp_path, story, Script([RUNNING, hold, completed()]))


def test_a_cancel_ends_the_following_and_not_the_job(tmp_path: Path) -> None:
    hold = Hold()

    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        await asyncio.to_thread(hold.reached.wait, PATIENCE)
        sent = await client.send("jobs.events", {"job_id": job["id"], "follow": True})
        await client.reply(sent)
        await client.send("cancel", {}, sent)
        assert (await client.replies(sent))[-1]["data"]["code"] == "cancelled"
        hold.release()
        assert (await to_end(client, job["id"]))[-1]["status"] == "completed"

    play(tmp_path, story, Script([RUNNING, hold, completed()]))


def test_many_follow_one_job_and_one_follows_many(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        jobs = [(await submit(client))["id"] for _ in range(5)]
        asked = [await client.send("jobs.events", {"job_id": job, "follow": True}) for job in jobs * 4]
        lengths = {len(lines_in(await client.replies(one))) for one in asked}
        assert lengths == {len(await to_end(client, jobs[0]))}

    play(tmp_path, story)


def test_a_connection_that_drops_leaves_no_follower(tmp_path: Path) -> None:
    hold = Hold()

    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        await asyncio.to_thread(hold.reached.wait, PATIENCE)
        other = await of(worker)
        await other.reply(await other.send("jobs.events", {"job_id": job["id"], "follow": True}))
        (talks,) = [one._talks for one in worker.worker.connections if one._talks._open]
        gone = heard(worker.worker, "disconnect")
        await other.socket.close()
        await happens(gone)
        async with asyncio.timeout(PATIENCE):
            await talks.idle()
        hold.release()
        assert (await to_end(client, job["id"]))[-1]["status"] == "completed"

    play(tmp_path, story, Script([RUNNING, hold, completed()]))


def test_a_slow_reader_is_read_for_a_batch_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_events, "BATCH", 1000)
    read: list[int] = []
    plain = jobs_events._read

    def counted(reader: Any, path: str) -> tuple[list[str], bool]:
        found = plain(reader, path)
        read.append(len(found[0]))
        return found

    monkeypatch.setattr(jobs_events, "_read", counted)

    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        await to_end(client, job["id"])
        read.clear()
        taken, go = asyncio.Event(), asyncio.Event()

        async def wait(*_: object) -> None:
            taken.set()
            await go.wait()

        (connection,) = worker.worker.connections
        plain_send, connection.wire.send = connection.wire.send, wait  # type: ignore[method-assign]
        sent = await client.send("jobs.events", {"job_id": job["id"]})
        await happens(taken)
        assert len(read) == 1  # and no more before the first has left
        connection.wire.send = plain_send  # type: ignore[method-assign]
        go.set()
        assert (await client.replies(sent))[-1]["data"]["ended"] is True
        assert len(read) > 1

    play(tmp_path, story, Script([[RUNNING, *[{"type": "log_update", "content": "x" * 100}] * 50, completed()]]))


def test_a_line_that_is_larger_than_a_batch_comes_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_events, "BATCH", 1000)

    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        assert (await to_end(client, job["id"]))[-1]["result"] == {"out": "é" * 5000}

    play(tmp_path, story, Script([[RUNNING, completed({"out": "é" * 5000})]]))


def test_followers_are_told_to_ask_again_when_the_worker_ends(tmp_path: Path) -> None:
    hold = Hold()

    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        await asyncio.to_thread(hold.reached.wait, PATIENCE)
        sent = await client.send("jobs.events", {"job_id": job["id"], "follow": True})
        await client.reply(sent)
        assert await worker.worker.drain() is True
        last = (await client.replies(sent))[-1]["data"]
        assert (last["code"], last["retry"]) == ("draining", True)
        refused = (await client.ask("jobs.list"))["data"]
        assert (refused["code"], refused["retry"]) == ("draining", True)
        hold.release()

    play(tmp_path, story, Script([RUNNING, hold, completed()]))


def test_so_many_requests_may_be_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodetool_jupyter.worker.talks.MOST", 1)
    hold = Hold()

    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        await client.reply(await client.send("jobs.events", {"job_id": job["id"], "follow": True}))
        assert (await client.ask("jobs.list"))["data"]["code"] == "busy"
        hold.release()

    play(tmp_path, story, Script([RUNNING, hold, completed()]))


def test_a_job_that_is_removed_has_no_log(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        await to_end(client, job["id"])
        await client.ask("jobs.remove", {"job_id": job["id"]})
        assert (await client.ask("jobs.events", {"job_id": job["id"], "follow": True}))["data"]["code"] == "not_found"

    play(tmp_path, story)
