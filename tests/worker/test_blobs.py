"""Blobs and values both ways: whole, in pieces, arrays, and what is none of them."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

from nodetool_jupyter.errors import InvalidRequest, NotStorable
from nodetool_jupyter.nodes.registry import registry
from nodetool_jupyter.nodes.wire import DEEPEST
from nodetool_jupyter.worker import incoming
from nodetool_jupyter.worker.wire_values import Sent, WireStore, fields_of
from tests.worker.scenery import Running, SocketClient, running

BODY = bytes(range(256)) * 12_000


def play(scenario: Callable[[Running, SocketClient], Awaitable[None]], **options: object) -> None:
    async def whole() -> None:
        async with running(**options) as worker:  # type: ignore[arg-type]
            await scenario(worker, await worker.connect())

    asyncio.run(whole())


async def send_blob(
    client: SocketClient, request_id: str, body: bytes = BODY, name: str = "image", **wrong: Any
) -> None:
    """Send a blob in pieces; what is in ``wrong`` takes the place of what would be right."""
    await client.send("blob.start", {"name": name, "size": wrong.get("size", len(body))}, request_id)
    offset = 0
    for piece in (body[at : at + (1 << 20)] for at in range(0, len(body), 1 << 20)):
        data = {"name": name, "offset": wrong.get("offset", offset), "bytes": wrong.get("bytes", piece)}
        await client.send("blob.chunk", data, request_id)
        offset += len(piece)
    digest = wrong.get("sha256", hashlib.sha256(body).hexdigest())
    await client.send("blob.end", {"name": name, "size": wrong.get("end", len(body)), "sha256": digest}, request_id)


def execute(node: str, **more: Any) -> dict[str, Any]:
    return {"node_type": f"bridgecheck.basic.{node}", "blob_input": "chunked-input-v1", **more}


def test_a_blob_comes_in_pieces() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        assert "chunked-input-v1" in (await client.ask("worker.status"))["data"]["capabilities"]
        await send_blob(client, "b")
        found = await client.ask("execute", execute("BlobInfo"), "b")
        wanted = {"size": len(BODY), "sha256": hashlib.sha256(BODY).hexdigest(), "uri": ""}
        assert found["data"]["outputs"] == wanted

    play(scenario)


def test_a_blob_larger_than_a_frame_comes_in_pieces() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        await send_blob(client, "b", BODY)
        assert (await client.ask("execute", execute("BlobInfo"), "b"))["data"]["outputs"]["size"] == len(BODY)

    play(scenario, max_frame=2 << 20)


def test_blobs_of_one_name_are_a_list() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        for body in (b"one", b"two", b"three"):
            await send_blob(client, "b", body, "value")
        found = await client.ask("execute", execute("Echo"), "b")
        assert [item["data"] for item in found["data"]["outputs"]["output"]] == [b"one", b"two", b"three"]

    play(scenario)


def test_an_empty_blob_is_one() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        await send_blob(client, "b", b"")
        assert (await client.ask("execute", execute("BlobInfo"), "b"))["data"]["outputs"]["size"] == 0

    play(scenario)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"sha256": "0" * 64}, "its size or its SHA-256 differs"),
        ({"sha256": "A" * 64}, "its size or its SHA-256 differs"),
        ({"end": 5}, "its size or its SHA-256 differs"),
        ({"size": len(BODY) + 1}, "its size or its SHA-256 differs"),
        ({"size": 10}, "is not the next one, which begins at 0"),
        ({"offset": 1}, "is not the next one, which begins at 0"),
        ({"size": 1 << 62}, "cannot wait here"),
        ({"size": -1}, "bad size"),
        ({"bytes": "text"}, "bad bytes"),
    ],
)
def test_a_blob_that_did_not_come_as_it_was_sent_is_refused(wrong: dict[str, Any], says: str) -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        await send_blob(client, "b", **wrong)
        found = await client.reply("b")
        assert (found["type"], found["data"]["code"]) == ("error", "invalid_request")
        assert says in found["data"]["error"]
        assert (await client.execute("Add", a=1))["type"] == "result"

    play(scenario)


def test_a_blob_that_has_not_come_whole_is_not_used() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        await client.send("blob.start", {"name": "image", "size": 10}, "b")
        found = await client.ask("execute", execute("BlobInfo"), "b")
        assert found["data"] == {"error": "the blob 'image' has not come whole", "code": "invalid_request"}

    play(scenario)


def test_blobs_of_another_request_are_not_used() -> None:
    async def scenario(worker: Running, client: SocketClient) -> None:
        other = await worker.connect()
        await send_blob(client, "b")
        found = await other.ask("execute", execute("Echo", fields={"value": 1}), "b")
        assert found["data"]["outputs"] == {"output": 1}
        found = await client.ask("execute", execute("Echo", fields={"value": 1}), "c")
        assert found["data"]["outputs"] == {"output": 1}

    play(scenario)


def test_what_waits_too_long_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "PATIENCE", 0.05)

    async def scenario(worker: Running, client: SocketClient) -> None:
        (connection,) = worker.worker.connections
        dropped = asyncio.Event()
        drop = connection._incoming.drop
        connection._incoming.drop = lambda one: (drop(one), dropped.set())  # type: ignore[method-assign]
        await client.send("blob.start", {"name": "image", "size": 10}, "b")
        async with asyncio.timeout(30):
            await dropped.wait()
        assert connection._incoming._coming == {}

    play(scenario)


def test_no_more_waits_than_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "MOST", 100)

    async def scenario(_: Running, client: SocketClient) -> None:
        await send_blob(client, "a", b"x" * 60)
        await client.send("blob.start", {"name": "image", "size": 60}, "b")
        assert "cannot wait here" in (await client.reply("b"))["data"]["error"]
        assert (await client.ask("execute", execute("BlobInfo"), "a"))["data"]["outputs"]["size"] == 60

    play(scenario)


# -- values -----------------------------------------------------------------------------------------------------------

KIND = registry.get("lib.tensor.Add") or registry.get("lib.math.Add")


def array(values: Any, **changed: Any) -> dict[str, Any]:
    found = np.asarray(values)
    plain = {"type": "np_array", "value": found.tobytes(), "dtype": found.dtype.str, "shape": list(found.shape)}
    return {**plain, **changed}


@pytest.mark.parametrize("dtype", ["<f8", "<f4", ">i4", "|u1", "|b1", "<c16", "<U3", "<M8[s]"])
def test_an_array_comes_as_itself_without_a_copy(dtype: str) -> None:
    sent = (
        np.arange(6).astype(dtype).reshape(2, 3) if dtype != "<M8[s]" else np.arange(6).astype("<M8[s]").reshape(2, 3)
    )
    found = fields_of(KIND, {"a": array(sent)}, {})["a"]
    np.testing.assert_array_equal(found, sent)
    assert (found.dtype, found.flags.writeable, found.flags.owndata) == (sent.dtype, False, False)


@pytest.mark.parametrize(
    "changed",
    [
        {"shape": [3]},
        {"shape": [-1]},
        {"shape": [2**40, 2**40]},
        {"shape": "6"},
        {"shape": None},
        {"dtype": "O"},
        {"dtype": "<f7"},
        {"dtype": None, "shape": [6]},
        {"dtype": [["a", "O"]]},
        {"dtype": 7},
        {"value": b""},
    ],
    ids=repr,
)
def test_an_array_that_is_none_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="do not fit"):
        fields_of(KIND, {"a": [array(np.arange(6.0), **changed)]}, {})


def test_an_array_goes_out_in_nodetools_form() -> None:
    sent = np.arange(6, dtype="<f8").reshape(2, 3)
    found = Sent({"output": sent})
    assert (found.outputs, found.blobs) == ({"output": array(sent)}, {})


def test_arrays_deep_inside_come_and_go() -> None:
    found = fields_of(KIND, {"a": {"b": [array([1, 2])]}}, {})["a"]["b"][0]
    assert Sent({"o": {"b": [found]}}).outputs == {"o": {"b": [array([1, 2])]}}


def test_a_large_array_of_bytes_stands_beside_its_map() -> None:
    found = Sent({"output": b"x" * 100_000, "small": b"y"})
    assert (found.outputs["output"]["type"], found.outputs["small"]) == ("bytes", b"y")
    assert found.blobs == {"output": b"x" * 100_000}


@pytest.mark.parametrize(
    "value",
    [object(), {1: "a"}, {"a": {None: 1}}, np.array([object()]), math.sin, [[object()]]],
    ids=["object", "number as key", "none as key", "array of objects", "function", "deep"],
)
def test_what_has_no_form_is_refused(value: Any) -> None:
    with pytest.raises(NotStorable):
        Sent({"output": value})


def test_what_is_too_deep_or_holds_itself_is_refused() -> None:
    deep: list[Any] = []
    deep.append(deep)
    with pytest.raises(NotStorable, match=f"nested deeper than {DEEPEST}"):
        Sent({"output": deep})


@pytest.mark.parametrize(
    "uri", ["values/0123456789abcdef.npy", "file:///etc/passwd", "/etc/passwd", "values/../../etc/passwd"]
)
@pytest.mark.parametrize("kind", ["image", "np_array", "bytes", "json", "python_object"])
def test_no_reference_of_a_client_reaches_a_file(kind: str, uri: str) -> None:
    sent = {"type": kind, "uri": uri, "data": None}
    assert WireStore().decode(sent) == sent


def test_a_pickle_is_never_read() -> None:
    sent = {"type": "python_object", "uri": "", "data": b"\x80\x04N."}
    assert WireStore().decode(sent) == sent
