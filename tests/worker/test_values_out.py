"""Stored values over the socket: sent once, given to jobs, fetched whole and in ranges; never another user's."""

from __future__ import annotations

import asyncio
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from tests.worker.hosting import RUNNING, Story, digest, fetch, graph_of, hosting, of, refused, submit, to_end, upload
from tests.worker.scenery import PATIENCE, Running, SocketClient, happens, heard, pack

GRAPH = graph_of(
    ("i", "nodetool.input.StringInput", {"name": "x"}),
    ("o", "nodetool.output.Output", {"name": "out"}),
    edges=("i.output->o.value",),
)
NAME = "values/0123456789abcdef01234567.bin"
BODY = os.urandom(3_000_001)


def play(folder: Path, story: Story, **options: Any) -> None:
    async def whole() -> None:
        options.setdefault("strategies", ("threaded",))
        async with hosting(folder, **options) as worker:
            await story(worker, await of(worker))

    asyncio.run(whole())


def refer(name: str = NAME, kind: str = "bytes", **more: Any) -> dict[str, Any]:
    return {"type": kind, "uri": name, "asset_id": None, "data": None, **more}


async def through(
    client: SocketClient, reference: dict[str, Any], values: dict[str, str]
) -> tuple[str, dict[str, Any]]:
    """Run a job that gives its input back; return its id and the reference that came out."""
    job = await submit(client, {"graph": GRAPH, "params": {"x": reference}}, values=values)
    last = (await to_end(client, job["id"]))[-1]
    assert last["status"] == "completed", last
    out: dict[str, Any] = last["result"]["out"]
    return job["id"], out


def test_a_value_goes_in_and_comes_out(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        sha = digest(BODY)
        asked = {"graph": GRAPH, "params": {"x": refer()}}
        lacking = await refused(client, asked, values={NAME: sha})
        assert (lacking["code"], lacking["missing"]) == ("values_missing", [sha])
        assert (await client.ask("values.missing", {"digests": [sha]}))["data"] == {"missing": [sha]}
        assert (await upload(client, BODY))["data"] == {"sha256": sha, "size": len(BODY)}
        assert (await client.ask("values.missing", {"digests": [sha]}))["data"] == {"missing": []}
        job, out = await through(client, refer(), {NAME: sha})
        body, said = await fetch(client, job, out["uri"])
        assert body == BODY
        assert said == {"size": len(BODY), "sha256": sha, "total": len(BODY)}

    play(tmp_path, story)


def test_an_array_is_what_it_was_in_a_process_of_its_own(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        file = io.BytesIO()
        np.save(file, np.arange(100_000))
        name = "values/0123456789abcdef.npy"
        await upload(client, file.getvalue())
        job, out = await through(client, refer(name, "np_array"), {name: digest(file.getvalue())})
        body, _ = await fetch(client, job, out["uri"])
        assert np.array_equal(np.load(io.BytesIO(body)), np.arange(100_000))

    play(tmp_path, story, strategies=("subprocess",))


def test_a_large_value_that_refers_to_others_comes_with_them(tmp_path: Path) -> None:
    inner, outer = "values/1111111111111111.bin", "values/2222222222222222.json"

    async def story(worker: Running, client: SocketClient) -> None:
        text = json.dumps(["long " * 20_000, refer(inner)]).encode()
        await upload(client, text)
        reference = refer(outer, "json", refers=True)
        error = await refused(client, {"graph": GRAPH, "params": {"x": reference}}, values={outer: digest(text)})
        assert f"{inner} is not there" in error["error"]
        await upload(client, BODY)
        job, out = await through(client, reference, {outer: digest(text), inner: digest(BODY)})
        body, _ = await fetch(client, job, out["uri"])
        within = json.loads(body)[1]
        assert (await fetch(client, job, within["uri"]))[0] == BODY

    play(tmp_path, story)


SIZE = len(BODY)
RANGES = [
    ("its beginning", {"length": 10}, (0, 10)),
    ("its middle", {"offset": 1_000_000, "length": 1_000_000}, (1_000_000, 2_000_000)),
    ("its end", {"offset": SIZE - 5}, (SIZE - 5, SIZE)),
    ("more than there is", {"offset": SIZE - 5, "length": 100}, (SIZE - 5, SIZE)),
    ("nothing", {"offset": 7, "length": 0}, (7, 7)),
    ("what is behind it", {"offset": SIZE + 1}, (SIZE, SIZE)),
    ("far behind it", {"offset": 2**62, "length": 2**62}, (SIZE, SIZE)),
]  # fmt: skip


def test_ranges(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        await upload(client, BODY)
        job, out = await through(client, refer(), {NAME: digest(BODY)})
        for what, part, (begin, end) in RANGES:
            body, said = await fetch(client, job, out["uri"], **part)
            assert body == BODY[begin:end], what
            assert said == {"size": end - begin, "sha256": digest(body), "total": SIZE}, what

    play(tmp_path, story)


NO_NAMES = (
    "values/ffffffffffffffffffffffff.bin", "values/../request.json", "../request.json", "request.json", "values/",
    "values/events.jsonl", "/etc/passwd", "", "values/0123456789abcdef.bin\0", "é",
)  # fmt: skip


def test_only_values_that_the_log_names_can_be_had(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        await upload(client, BODY)
        job, _ = await through(client, refer(), {NAME: digest(BODY)})
        for name in (*NO_NAMES, NAME):  # the input is in no event
            answer = await client.ask("values.get", {"job_id": job, "name": name})
            assert answer["data"]["code"] == "not_found", name
        for wrong in ({"offset": -1}, {"length": -1}, {"offset": 2**63}, {"name": 7}, {"name": "x" * 100}):
            answer = await client.ask("values.get", {"job_id": job, "name": NAME, **wrong})
            assert answer["data"]["code"] == "invalid_request", wrong

    play(tmp_path, story)


def test_what_one_user_sent_is_not_there_for_another(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        await upload(client, BODY)
        bob = await of(worker, "bob")
        assert (await bob.ask("values.missing", {"digests": [digest(BODY)]}))["data"]["missing"] == [digest(BODY)]
        error = await refused(bob, {"graph": GRAPH, "params": {"x": refer()}}, values={NAME: digest(BODY)})
        assert error["code"] == "values_missing"

    play(tmp_path, story)


BAD_NAMES = (
    "0123456789abcdef.bin", "values/../x.bin", "values/x", "values/0123456789ABCDEF.bin", "values/0123456789abcdef",
    "values/0123456789abcdef.b", "values/0123456789abcdef.bin/..",
)  # fmt: skip


def test_a_submission_names_values_as_they_are_stored(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        await upload(client, BODY)
        for name in BAD_NAMES:
            error = await refused(client, {"graph": GRAPH}, values={name: digest(BODY)})
            assert "no name of a stored value" in error["error"], name
        assert (await refused(client, {"graph": GRAPH}, values={NAME: "00"}))["code"] == "invalid_request"
        assert "is not there" in (await refused(client, {"graph": GRAPH, "params": {"x": refer()}}))["error"]
        short = refer(size=5)
        error = await refused(client, {"graph": GRAPH, "params": {"x": short}}, values={NAME: digest(BODY)})
        assert "of 5 bytes" in error["error"]
        assert list((tmp_path / "data" / "given").iterdir()) == []

    play(tmp_path, story)


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("another digest at its end", {"sha256": "0" * 64}),
    ("another digest in its name", {"name": "values/" + "0" * 64, "sha256": "0" * 64}),
    ("fewer bytes than announced", {"size": len(BODY) + 1}),
    ("more bytes than announced", {"size": 10}),
    ("a piece that is not the next", {"shift": 1}),
    ("a size below nothing", {"size": -1}),
]


@pytest.mark.parametrize("wrong", [row[1] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_value_that_does_not_come_as_announced_is_not_kept(tmp_path: Path, wrong: dict[str, Any]) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        answer = await upload(client, BODY, **wrong)
        assert (answer["type"], answer["data"]["code"]) == ("error", "invalid_request")
        assert (await client.ask("values.missing", {"digests": [digest(BODY)]}))["data"]["missing"] == [digest(BODY)]
        assert [path for path in (tmp_path / "data" / "uploads").rglob("*") if path.is_file()] == []
        assert (await upload(client, BODY, request_id="again"))["data"]["size"] == len(BODY)

    play(tmp_path, story)


def test_a_put_without_its_value_is_refused(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        put = {"sha256": digest(BODY), "came": 7}
        answer = await client.ask("values.put", put)
        assert (answer["data"]["code"], "came whole" in answer["data"]["error"]) == ("invalid_request", True)

    play(tmp_path, story)


def test_an_upload_that_stops_leaves_nothing(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        other = await of(worker)
        name = f"values/{digest(BODY)}"
        await other.raw(pack("blob.start", "u", {"name": name, "size": len(BODY)}))
        await other.raw(pack("blob.chunk", "u", {"name": name, "offset": 0, "bytes": BODY[:1000]}))
        await other.ask("worker.status")
        files = tmp_path / "data" / "uploads"
        assert len([path for path in files.rglob("*") if path.is_file()]) == 1
        gone = heard(worker.worker, "disconnect")
        await other.socket.close()
        await happens(gone)
        assert [path for path in files.rglob("*") if path.is_file()] == []

    play(tmp_path, story)


def test_an_upload_that_stands_still_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodetool_jupyter.worker.values_in.PATIENCE", 0.05)

    async def story(worker: Running, client: SocketClient) -> None:
        (connection,) = worker.worker.connections
        dropped = heard(connection._values, "drop")
        name = f"values/{digest(BODY)}"
        await client.raw(pack("blob.start", "u", {"name": name, "size": len(BODY)}))
        await happens(dropped)
        assert [path for path in (tmp_path / "data" / "uploads").rglob("*") if path.is_file()] == []
        assert "came whole" in (await client.ask("values.put", {"sha256": digest(BODY)}, "u"))["data"]["error"]

    play(tmp_path, story)


def test_a_blob_of_a_node_is_no_value(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        await client.raw(pack("blob.start", "e", {"name": "image", "size": 3}))
        await client.raw(pack("blob.chunk", "e", {"name": "image", "offset": 0, "bytes": b"abc"}))
        await client.raw(pack("blob.end", "e", {"name": "image", "size": 3, "sha256": digest(b"abc")}))
        asked = {"node_type": "bridgecheck.basic.BlobInfo", "fields": {}, "blob_input": "chunked-input-v1"}
        assert (await client.ask("execute", asked, "e"))["data"]["outputs"]["sha256"] == digest(b"abc")
        assert not (tmp_path / "data").exists()

    play(tmp_path, story)


def test_a_pushed_value_may_be_a_stored_one(tmp_path: Path) -> None:
    hold = Hold()

    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        await asyncio.to_thread(hold.reached.wait, PATIENCE)
        push = {"job_id": job["id"], "name": "items", "value": refer(), "values": {NAME: digest(BODY)}}
        assert (await client.ask("jobs.push_input", push))["data"]["code"] == "values_missing"
        await upload(client, BODY)
        assert (await client.ask("jobs.push_input", push))["data"] == {}
        assert fake.started[0].pushed == [("items", BODY)]
        again = (await client.ask("jobs.push_input", push))["data"]
        assert "take another name" in again["error"]
        hold.release()

    with fake_strategy(Script([RUNNING, hold, completed()])) as fake:
        play(tmp_path, story, strategies=("fake",))


def test_a_cancel_ends_the_sending_of_a_value(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        await upload(client, BODY)
        job, out = await through(client, refer(), {NAME: digest(BODY)})
        stopped, go = asyncio.Event(), asyncio.Event()
        (connection,) = worker.worker.connections
        plain = connection.wire.send
        count = 0

        async def send(*body: Any) -> None:
            nonlocal count
            count += 1
            if count == 3:
                stopped.set()
                await go.wait()
            await plain(*body)

        connection.wire.send = send  # type: ignore[method-assign]
        sent = await client.send("values.get", {"job_id": job, "name": out["uri"]})
        await happens(stopped)
        await client.send("cancel", {}, sent)
        go.set()
        replies = await client.replies(sent)
        assert (replies[-1]["data"]["code"], replies[-2]["type"]) == ("cancelled", "blob.chunk")

    play(tmp_path, story, chunk=1000)
