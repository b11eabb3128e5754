"""Blobs that were put on the worker before, and are named by the requests that use them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.worker.scenery import Names, SocketClient, as_user, running

BODY = bytes(range(256)) * 8_000
DIGEST = hashlib.sha256(BODY).hexdigest()

Scenario = Callable[[SocketClient, SocketClient], Awaitable[None]]


def play(scenario: Scenario, folder: Path, **options: Any) -> None:
    """Run a scenario with two users, ada and bob."""

    async def whole() -> None:
        async with running(Names("ada", "bob"), data=folder, **options) as worker:
            await scenario(await worker.connect(**as_user("ada")), await worker.connect(**as_user("bob")))

    asyncio.run(whole())


async def put(client: SocketClient) -> None:
    name = f"values/{DIGEST}"
    await client.send("blob.start", {"name": name, "size": len(BODY)}, "p")
    await client.send("blob.chunk", {"name": name, "offset": 0, "bytes": BODY}, "p")
    await client.send("blob.end", {"name": name, "size": len(BODY), "sha256": DIGEST}, "p")
    assert (await client.ask("values.put", {"sha256": DIGEST}, "p"))["type"] == "result"


async def weigh(client: SocketClient, values: object) -> dict[str, Any]:
    return await client.ask("execute", {"node_type": "bridgecheck.basic.BlobInfo", "blob_values": values})


def test_what_was_put_once_is_used_by_many_requests(tmp_path: Path) -> None:
    async def scenario(ada: SocketClient, bob: SocketClient) -> None:
        await put(ada)
        for _ in range(2):
            outputs = (await weigh(ada, {"image": DIGEST}))["data"]["outputs"]
            assert (outputs["size"], outputs["sha256"]) == (len(BODY), DIGEST)

    play(scenario, tmp_path)


def test_another_user_does_not_have_it(tmp_path: Path) -> None:
    async def scenario(ada: SocketClient, bob: SocketClient) -> None:
        await put(ada)
        answer = await weigh(bob, {"image": DIGEST})
        assert (answer["data"]["code"], answer["data"]["missing"]) == ("values_missing", [DIGEST])

    play(scenario, tmp_path)


def test_a_list_of_digests_is_a_list_of_blobs(tmp_path: Path) -> None:
    async def scenario(ada: SocketClient, bob: SocketClient) -> None:
        await put(ada)
        data = {"node_type": "bridgecheck.basic.Echo", "blob_values": {"value": [DIGEST, DIGEST]}}
        answer = await ada.ask("execute", data)
        assert [one["data"] for one in answer["data"]["outputs"]["output"]] == [BODY, BODY]

    play(scenario, tmp_path)


def test_what_is_no_digest_is_refused(tmp_path: Path) -> None:
    async def scenario(ada: SocketClient, bob: SocketClient) -> None:
        answer = await weigh(ada, {"image": "../../etc/passwd"})
        assert (answer["type"], answer["data"]["code"]) == ("error", "invalid_request")
        assert (await weigh(ada, {"image": 3}))["type"] == "error"
        assert (await ada.execute("Add", a=1))["data"]["outputs"] == {"output": 1}

    play(scenario, tmp_path)


def test_a_worker_without_jobs_keeps_nothing_and_says_so(tmp_path: Path) -> None:
    async def scenario(ada: SocketClient, bob: SocketClient) -> None:
        assert "blob-values-v1" not in (await ada.ask("worker.status"))["data"]["capabilities"]
        assert "keeps no values" in (await weigh(ada, {"image": DIGEST}))["data"]["error"]

    play(scenario, tmp_path, strategies=())
