"""Requests at once and in a queue, cancels, slow readers: whatever happens, each is answered once."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest

from nodetool_jupyter.worker import http
from tests.worker import bridgecheck
from tests.worker.scenery import PATIENCE, Names, Running, SocketClient, as_user, happens, heard, pack, running


def play(scenario: Callable[[Running, SocketClient], Awaitable[None]], **options: object) -> None:
    async def whole() -> None:
        async with running(**options) as worker:  # type: ignore[arg-type]
            await scenario(worker, await worker.connect())

    asyncio.run(whole())


@pytest.fixture
def held() -> object:
    """Let nodes block until the test releases them."""
    bridgecheck.blocked.clear()
    bridgecheck.release.clear()
    yield
    bridgecheck.release.set()


async def blocked() -> None:
    await asyncio.to_thread(bridgecheck.blocked.wait, PATIENCE)


def test_a_thousand_at_once_are_queued_and_all_answered() -> None:
    async def scenario(worker: Running, client: SocketClient) -> None:
        sent = [await client.start("Add", a=number) for number in range(1000)]
        for number, request_id in enumerate(sent):
            assert (await client.replies(request_id))[-1]["data"]["outputs"] == {"output": number}
        desk = worker.worker.desk
        assert (desk.served, desk.running, desk.waiting) == (1000, 0, 0)

    play(scenario, at_once=4)


def test_no_more_run_than_may(held: None) -> None:
    async def scenario(worker: Running, client: SocketClient) -> None:
        sent = [await client.start("BlockLoop", seconds=PATIENCE) for _ in range(5)]
        await blocked()
        queue = (await client.ask("worker.status"))["data"]["queue"]
        assert (queue["running"], queue["waiting"], queue["at_once"]) == (2, 3, 2)
        bridgecheck.release.set()
        for request_id in sent:
            assert (await client.replies(request_id))[-1]["type"] == "result"

    play(scenario, at_once=2)


def test_connections_take_turns(held: None) -> None:
    async def scenario(worker: Running, client: SocketClient) -> None:
        first = await client.start("BlockLoop", seconds=PATIENCE)
        await blocked()
        greedy = [await client.start("Add", a=number) for number in range(50)]
        await client.ask("worker.status")
        other = await worker.connect()
        modest = await other.start("Add", a=7)
        await other.ask("worker.status")
        bridgecheck.release.set()
        assert (await other.replies(modest))[-1]["data"]["outputs"] == {"output": 7}
        assert worker.worker.desk.waiting > 40
        for request_id in (first, *greedy):
            await client.replies(request_id)

    play(scenario, at_once=1)


def test_above_the_cap_it_says_busy_and_that_asking_again_helps(held: None) -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        sent = [await client.start("BlockLoop", seconds=PATIENCE) for _ in range(4)]
        await blocked()
        refused = await client.ask("execute", {"node_type": "bridgecheck.basic.Add"})
        assert (refused["data"]["code"], refused["data"]["retry"]) == ("busy", True)
        bridgecheck.release.set()
        assert [(await client.replies(one))[-1]["type"] for one in sent] == ["result"] * 4

    play(scenario, at_once=1, waiting=3)


def test_requests_that_hold_too_many_bytes_wait_at_the_client(held: None) -> None:
    async def scenario(worker: Running, client: SocketClient) -> None:
        ask = {"node_type": "bridgecheck.basic.Add", "blobs": {"a": b"x" * 600_000}}
        first = await client.start("BlockLoop", seconds=PATIENCE)
        await blocked()
        waits = await client.send("execute", ask)
        refused = await client.ask("execute", ask)
        assert (refused["data"]["code"], refused["data"]["retry"]) == ("busy", True)
        await client.send("cancel", {}, waits)
        assert (await client.replies(waits))[-1]["data"]["code"] == "cancelled"
        again = await client.send("execute", ask)
        bridgecheck.release.set()
        assert (await client.replies(again))[-1]["data"].get("code") != "busy"
        await client.replies(first)
        assert worker.worker.desk.held == 0

    play(scenario, at_once=1, inputs=1_000_000)


def test_one_that_waits_is_cancelled_at_once_and_never_runs(held: None) -> None:
    async def scenario(worker: Running, client: SocketClient) -> None:
        first = await client.start("BlockLoop", seconds=PATIENCE)
        await blocked()
        waits = await client.start("Fail", message="it ran")
        await client.send("cancel", {}, waits)
        assert (await client.replies(waits))[-1]["data"]["code"] == "cancelled"
        bridgecheck.release.set()
        await client.replies(first)
        assert worker.worker.desk.served == 1

    play(scenario, at_once=1)


def test_a_node_left_behind_frees_its_place_and_is_counted_until_it_ends(held: None) -> None:
    async def scenario(worker: Running, client: SocketClient) -> None:
        left, back = heard(worker.worker.desk, "left"), heard(worker.worker.desk, "came_back")
        stuck = await client.start("BlockLoop", seconds=PATIENCE)
        await blocked()
        await client.send("cancel", {}, stuck)
        assert (await client.replies(stuck))[-1]["data"]["code"] == "cancelled"
        assert (await client.execute("Add", a=1))["type"] == "result"
        await happens(left)
        assert (await client.ask("worker.status"))["data"]["queue"]["left_behind"] == 1
        async with worker.session.get(worker.url + "/health") as answer:
            assert (answer.status, await answer.json()) == (503, {"status": "stuck"})
        bridgecheck.release.set()
        await happens(back)
        async with worker.session.get(worker.url + "/health") as answer:
            assert answer.status == 200

    play(scenario, at_once=1)


def test_a_dropped_connection_stops_its_own_work_and_nobody_elses() -> None:
    async def scenario(worker: Running, client: SocketClient) -> None:
        other = await worker.connect()
        theirs = await other.start("SlowCount", steps=20, delay=0.1)
        await client.start("SlowCount", "mine", steps=100_000, delay=0.02)
        await client.reply("mine")
        ended = heard(worker.worker.desk, "ended")
        await client.socket.close()
        await happens(ended)  # long before a hundred thousand steps
        assert (await other.replies(theirs))[-1]["data"]["outputs"] == {"output": 20}

    play(scenario)


def test_a_long_stream_loses_nothing_and_keeps_its_order() -> None:
    count = 3_000

    async def scenario(worker: Running, client: SocketClient) -> None:
        data = {"node_type": "bridgecheck.basic.CountStream", "fields": {"count": count}}
        request_id = await client.send("execute.stream", data)
        found = [reply["data"]["outputs"] for reply in (await client.replies(request_id))[:-1]]
        assert found == [*({"value": number} for number in range(count)), {"total": count}]

    play(scenario)


def test_a_client_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SLOW", 0.2)

    async def scenario(worker: Running, client: SocketClient) -> None:
        gone = heard(worker.worker, "disconnect")
        for _ in range(8):  # and never reads an answer
            await client.start("BigBytes", size=32 << 20)
        await happens(gone)
        other = await worker.connect()
        assert (await other.execute("Add", a=1))["type"] == "result"

    play(scenario)


def test_updates_of_a_busy_node_are_bounded_and_the_gap_is_told() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        found = await client.replies(await client.start("Noisy", lines=20_000))
        lines = [reply["data"]["content"] for reply in found if reply["type"] == "update"]
        assert found[-1]["data"]["outputs"] == {"output": 20_000}
        kept = [int(line) for line in lines if line.isdigit()]
        told = sum(int(line.split()[0]) for line in lines if line.endswith("read too slowly"))
        assert kept == sorted(set(kept))
        assert len(kept) + told == 20_000

    play(scenario)


def test_each_message_has_its_price_and_the_next_user_pays_for_himself() -> None:
    async def whole() -> None:
        async with running(Names("ada", "bob")) as worker:
            worker.worker.rates.burst = 3
            worker.worker.rates.each_second = 1e-6
            ada, also_ada = await worker.connect(**as_user("ada")), await worker.connect(**as_user("ada"))
            bob = await worker.connect(**as_user("bob"))
            for client in (ada, also_ada, ada):
                assert (await client.ask("job.start", {"job_id": "j"}))["type"] == "result"
            refused = await also_ada.ask("worker.status")
            assert (refused["data"]["code"], refused["data"]["retry"]) == ("rate_limited", True)
            assert (await bob.ask("worker.status"))["type"] == "result"

    asyncio.run(whole())


# -- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("provider.models", "unsupported"),
        ("provider.generate", "unsupported"),
        ("models.download", "unsupported"),
        ("models.prepare", "unsupported"),
        ("comfy.execute", "unsupported"),
        ("blender.status", "unsupported"),
        ("job.pause", "unknown_type"),
        ("models.nope", "unknown_type"),
        ("x" * 10_000, "unknown_type"),
        (None, "unknown_type"),
        (["execute"], "unknown_type"),
        ({"a": 1}, "unknown_type"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_not_offered_is_told_by_a_code(kind: object, code: str) -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        await client.raw(pack(kind, "1"))
        (found,) = await client.replies("1")
        assert (found["type"], found["data"]["code"]) == ("error", code)
        assert len(found["data"]["error"]) <= 200

    play(scenario)


def test_no_path_of_the_worker_and_no_traceback_reaches_a_client() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        found = await client.execute("Fail", message=f"cannot open {__file__}: no such file")
        assert found["data"] == {"error": "cannot open …/test_requests.py: no such file", "code": "node_failed"}

    play(scenario)


def test_a_secret_in_an_error_is_masked() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        secret = "canary-8d2f-55aa-0001"
        found = await client.execute("Fail", message=f"refused: {secret}", secrets={"KEY": secret})
        assert secret[:8] not in str(found)

    play(scenario)


def test_the_workers_own_secrets_are_not_a_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGECHECK_SECRET", "canary-of-the-worker")
    monkeypatch.setenv("HF_TOKEN", "canary-of-the-worker")

    async def scenario(_: Running, client: SocketClient) -> None:
        assert (await client.execute("Identity"))["data"]["outputs"]["secret"] == ""
        assert (await client.execute("Environment", name="HF_TOKEN"))["data"]["outputs"] == {"output": ""}

    play(scenario)


def test_a_value_that_cannot_travel_fails_its_own_request_only() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        found = await client.execute("Unsendable")
        assert found["data"]["code"] == "not_storable"
        assert (await client.execute("Add", a=1))["type"] == "result"

    play(scenario)


def test_what_a_request_leaves_behind_is_nothing() -> None:
    async def scenario(worker: Running, client: SocketClient) -> None:
        for _ in range(20):
            await client.execute("Add", a=1)
            await client.execute("Fail")
        (connection,) = worker.worker.connections
        assert (connection._requests, connection.owed, worker.worker.desk._running) == ({}, 0, {})

    play(scenario)


def test_what_a_node_got_and_sent_is_freed_without_the_garbage_collector() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        counted = bridgecheck.Handed.alive
        for _ in range(5):
            await client.execute("Hands")
        await client.ask("worker.status")
        assert len(counted) <= 1  # what the last thread has done may still be on its stack

    gc.collect()
    gc.disable()
    try:
        play(scenario)
    finally:
        gc.enable()
