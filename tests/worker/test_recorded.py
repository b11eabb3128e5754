"""Every recorded case of NodeTool's own worker against ours: equal, but for the cases of one table."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgpack
import pytest

from tests.worker import bridgecheck
from tests.worker.mended import MENDED
from tests.worker.recorded import CASES, bytes_of, expected, needs_recording, plain, same, unmeasured
from tests.worker.scenery import Names, Process, Running, SocketClient, as_user, pack, running

pytestmark = needs_recording

LIMITS = "MAX_FRAME_SIZE=100000, BLOB_CHUNK_SIZE=90000: "
SAME_FRAMES = [
    name
    for name, case in CASES.items()
    if "request" in case and isinstance(case.get("replies"), (list, dict)) and not name.startswith(("cancel", LIMITS))
]
OWN = ("discover", "discover without request_id key", "worker.status", "still alive", "execute 50 MiB input blob")
HUGE = [name for name in SAME_FRAMES if "50 MiB" in name]
JOBS = ["job.start", "job.start repeated", "execute in job", "job.end", "job.end again"]

Scenario = Callable[[Running, SocketClient], Awaitable[None]]


def play(scenario: Scenario, **options: Any) -> None:
    async def whole() -> None:
        async with running(**options) as worker:
            await scenario(worker, await worker.connect())

    asyncio.run(whole())


async def replay(client: SocketClient, name: str) -> list[dict[str, Any]]:
    request = bytes_of(CASES[name]["request"])
    await client.raw(msgpack.packb(request))
    return await client.replies(request.get("request_id"))


@pytest.mark.parametrize("name", [name for name in SAME_FRAMES if name not in (*OWN, *HUGE, *JOBS)])
def test_the_answer_is_the_recorded_one(name: str) -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        found, wanted = await replay(client, name), expected(name)
        if name in PICTURES:  # whose pixels the recording does not tell
            found, wanted = unmeasured(found), unmeasured(wanted)
        same(found, wanted)

    play(scenario)


PICTURES = ("execute image", "execute image list (nested refs)", "execute image chunked-v1")
NAMES = {node.node_type.title for node in vars(bridgecheck).values() if hasattr(node, "node_type")}


@pytest.mark.parametrize("name", HUGE)
def test_large_blobs_travel_as_recorded(name: str) -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        found = await replay(client, name)
        wanted = expected(name)
        if name == "execute 50 MiB input blob":
            wanted[0]["data"]["outputs"]["uri"] = ""  # there is no file
        elif "chunked" in name:
            pieces = [reply["data"] for reply in found if reply["type"] == "blob.chunk"]
            assert [len(piece["bytes"]) for piece in pieces] == CASES[name]["chunk_sizes"] * 50
            assert [piece["offset"] for piece in pieces] == list(range(0, 50 << 20, 1 << 20))
            found = [reply for reply in found if reply["type"] != "blob.chunk"]
            wanted = [reply for reply in wanted if reply["type"] != "blob.chunk"]
        same(found, wanted)

    original = CASES[name]["replies"]
    CASES[name]["replies"] = [reply for reply in original if "$omitted_frames" not in reply]
    try:
        play(scenario)
    finally:
        CASES[name]["replies"] = original


def test_a_job_goes_as_recorded() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        for name in JOBS:
            same(await replay(client, name), expected(name))

    play(scenario)


def test_node_types_are_described_as_recorded_and_better() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        (found,) = await replay(client, "discover")
        theirs = CASES["discover"]["replies"][0]["data"]
        mine = {node["node_type"]: node for node in found["data"]["nodes"]}
        assert found["data"]["protocol_version"] == theirs["protocol_version"] == 6
        assert set(CASES["discover"]["node_types"]) <= set(mine)
        for node in copy.deepcopy(theirs["nodes"]):
            if node["node_type"].endswith("BlobInfo"):
                node["properties"][0] |= {"type": {"type": "picture"}, "default": None}  # ours takes any picture
            assert _contains(mine[node["node_type"]], node)

    play(scenario)


def _contains(whole: Any, part: Any) -> bool:
    """Tell whether a description has all that another one has; lists are of the same length."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and _contains(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(_contains, whole, part))
    return bool(whole == part)


@pytest.mark.parametrize("name", ["discover without request_id key", "integer request_id"])
def test_a_request_without_an_id_of_text_is_answered_without(name: str) -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        more = {} if name.startswith("discover") else {"request_id": 7}
        await client.raw(msgpack.packb({"type": "discover", **more}))
        (found,) = await client.replies(None)
        assert (found["type"], found["request_id"], found["data"]["protocol_version"]) == ("discover", None, 6)

    play(scenario)


@pytest.mark.parametrize("name", ["worker.status", "still alive"])
def test_the_status_has_what_was_recorded(name: str) -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        (found,) = await replay(client, name)
        wanted = CASES[name]["replies"][0]["data"]
        loose = ("node_count", "load_errors")
        assert _contains(found["data"], {key: value for key, value in wanted.items() if key not in loose})
        assert found["data"]["node_count"] == len(NAMES)

    play(scenario)


# -- cancel, and ids --------------------------------------------------------------------------------------------------


def test_a_running_node_is_cancelled() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        await client.start("SlowCount", "c1", steps=100, delay=0.02)
        assert (await client.reply("c1"))["type"] == "progress"
        await client.send("cancel", {}, "c1")
        same((await client.replies("c1"))[-1:], expected("cancel running execute")[-1:])

    play(scenario)


def test_a_running_stream_is_cancelled() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        data = {"node_type": "bridgecheck.basic.CountStream", "fields": {"count": 1000, "delay": 0.01}}
        await client.send("execute.stream", data, "c2")
        assert (await client.reply("c2"))["data"] == {"outputs": {"value": 0}, "blobs": {}}
        await client.send("cancel", {}, "c2")
        same((await client.replies("c2"))[-1:], expected("cancel running execute.stream")[-1:])

    play(scenario)


def test_a_node_that_takes_no_notice_is_left_behind() -> None:
    async def scenario(worker: Running, client: SocketClient) -> None:
        bridgecheck.blocked.clear()
        bridgecheck.release.clear()
        await client.start("BlockLoop", "c3", seconds=30.0)
        await asyncio.to_thread(bridgecheck.blocked.wait, 30)
        await client.send("cancel", {}, "c3")
        found = (await client.replies("c3"))[-1]
        bridgecheck.release.set()
        assert found["data"] == {"error": MENDED["cancel node that ignores it"].error, "code": "cancelled"}

    play(scenario)


def test_a_cancel_is_never_answered() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        await client.send("cancel", {}, "nobody")
        await client.ask("worker.status")
        assert client.kept.get("nobody") is None

    play(scenario)


def test_several_nodes_of_a_connection_run_at_once() -> None:
    async def scenario(worker: Running, client: SocketClient) -> None:
        started = [await client.start("SlowCount", steps=1000, delay=0.05) for _ in range(4)]
        for request_id in started:  # each is at work before the first one has ended
            assert (await client.reply(request_id))["type"] == "progress"
        for request_id in started:
            await client.send("cancel", {}, request_id)
            await client.replies(request_id)

    play(scenario)


def test_two_requests_of_one_id_are_both_answered() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        await client.start("Nap", "dup", seconds=0.2)
        await client.start("Add", "dup", a=1, b=1)
        found = [(await client.replies("dup"))[-1]["data"]["outputs"]["output"] for _ in range(2)]
        assert found == [2, "rested"]

    play(scenario)


def test_nobody_elses_request_can_be_cancelled() -> None:
    async def scenario(worker: Running, client: SocketClient) -> None:
        other = await worker.connect()
        await client.start("SlowCount", "q1", steps=4, delay=0.05)
        await client.reply("q1")
        await other.send("cancel", {}, "q1")
        await other.ask("worker.status")
        assert (await client.replies("q1"))[-1]["data"]["outputs"] == {"output": 4}

    play(scenario)


def test_an_open_job_outlives_its_connection() -> None:
    name = "job.end from a new connection after the first one dropped"

    async def scenario(worker: Running, client: SocketClient) -> None:
        await client.execute("Add", node_id="nX", job_id="JD")
        await client.socket.close()
        other = await worker.connect()
        await other.raw(pack("job.end", "2", {"job_id": "JD"}))
        same(await other.replies("2"), expected(name))

    play(scenario)


# -- frames that are none ---------------------------------------------------------------------------------------------

BAD: dict[str, bytes | str] = {
    "garbage bytes": b"\xc1\xff\x00garbage",
    "msgpack list": b"\x92\x01\x02",
    "msgpack int": b"\x05",
    "truncated map with request_id": msgpack.packb({"type": "discover", "request_id": "sal1", "data": {"a": "b" * 40}})[
        :60
    ],
    "trailing bytes": msgpack.packb({"type": "discover", "request_id": "sal2"}) + b"\x01",
    "empty binary message": b"",
    "text message": '{"type":"discover","request_id":"x"}',
    "non-utf8 string": b"\x82\xa4type\xa8discover\xa1\xff\xa9some text",
}


@pytest.mark.parametrize("kind", list(BAD))
def test_a_bad_frame_is_answered_and_the_connection_stays(kind: str) -> None:
    name = f"bad frame: {kind}"

    async def scenario(_: Running, client: SocketClient) -> None:
        await client.raw(BAD[kind])
        same([await client.next()], expected(name))
        assert (await client.execute("Add", a=1, b=2))["data"]["outputs"] == {"output": 3}

    play(scenario)


VALUES = {
    "unknown msgpack ext becomes null": (msgpack.ExtType(42, b"abc"), None),
    "msgpack timestamp in": (msgpack.Timestamp(5, 0), msgpack.Timestamp(5, 0)),
    "value round trip": (
        {"n": 2**63, "b": b"abc", "f": float("inf"), "l": [1, [2]]},
        {"n": 2**63, "b": b"abc", "f": float("inf"), "l": [1, [2]]},
    ),
}


@pytest.mark.parametrize("name", list(VALUES))
def test_values_come_back_as_recorded(name: str) -> None:
    sent, wanted = VALUES[name]

    async def scenario(_: Running, client: SocketClient) -> None:
        assert (await client.execute("Echo", value=sent))["data"]["outputs"]["output"] == wanted

    play(scenario)
    recorded = CASES[name]["replies"]["data"]["outputs"]["output"]
    assert plain(wanted) == recorded or repr(wanted) == recorded["$repr"]


# -- limits -----------------------------------------------------------------------------------------------------------


def test_a_frame_above_the_limit_ends_the_connection() -> None:
    async def scenario(worker: Running, client: SocketClient) -> None:
        await client.raw(msgpack.packb(bytes_of(CASES[f"{LIMITS}inbound frame above the limit"]["request"])))
        assert await client.closed() == 1009
        other = await worker.connect()
        assert (await other.execute("Add", a=1))["type"] == "result"

    play(scenario, max_frame=100_000)


@pytest.mark.parametrize("name", ["outbound frame above the limit", "same output with chunked-v1"])
def test_outgoing_frames_keep_the_limit(name: str) -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        same(await replay(client, LIMITS + name), expected(LIMITS + name))

    play(scenario, max_frame=100_000, chunk=50_000)


def test_a_chunk_above_the_limit_is_an_error_and_no_loss() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        found = await replay(client, f"{LIMITS}chunk above the limit in execute.stream")
        assert [(reply["type"], reply["data"].get("code")) for reply in found] == [("error", "too_large")]

    play(scenario, max_frame=100_000)


def test_discover_fits_under_a_small_limit() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        (found,) = await replay(client, f"{LIMITS}discover")
        assert (found["type"], found["data"]["protocol_version"]) == ("discover", 6)

    play(scenario, max_frame=100_000)


# -- handshake and HTTP -----------------------------------------------------------------------------------------------

TOKEN = "a-token-of-the-worker"
HEADERS = {
    "no header": None,
    "wrong token": "Bearer nonsense-nonsense",
    "lower-case scheme": f"bearer {TOKEN}",
    "trailing space": f"Bearer {TOKEN} ",
    "right token": f"Bearer {TOKEN}",
}


@pytest.mark.parametrize("how", list(HEADERS))
def test_the_handshake_goes_as_recorded(how: str) -> None:
    attempt = next(one for one in CASES["handshake"]["attempts"] if one["authorization"] == how)

    async def whole() -> None:
        async with running(Names(TOKEN)) as worker:
            headers = {} if HEADERS[how] is None else {"Authorization": HEADERS[how]}
            try:
                socket = await worker.session.ws_connect(worker.url, headers=headers, compress=15)
            except aiohttp.WSServerHandshakeError as error:
                assert (attempt["accepted"], error.status) == (False, attempt["status"])
                return
            assert (attempt["accepted"], socket.protocol, socket.compress) == (True, attempt["subprotocol"], 0)
            await socket.close()

    asyncio.run(whole())


def test_a_refusal_has_the_recorded_body_and_headers() -> None:
    attempt = CASES["handshake"]["attempts"][0]
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip

    async def whole() -> None:
        async with running(Names(TOKEN)) as worker, worker.session.get(worker.url, headers=upgrade) as answer:
            assert (answer.status, await answer.text()) == (401, attempt["body"])
            assert attempt["headers"].items() <= dict(answer.headers).items()

    asyncio.run(whole())


def test_any_path_is_accepted() -> None:
    async def scenario(worker: Running, _: SocketClient) -> None:
        for path in CASES["any URL path is accepted"]["paths"]:
            async with worker.session.ws_connect(worker.url + path) as socket:
                assert not socket.closed

    play(scenario)


def test_a_plain_get_is_told_to_upgrade() -> None:
    async def scenario(worker: Running, _: SocketClient) -> None:
        async with worker.session.get(worker.url) as answer:
            assert (answer.status, answer.headers["Upgrade"], answer.headers["Connection"]) == (
                426, "websocket", "close",
            )  # fmt: skip
            assert "aiohttp" not in answer.headers["Server"]

    play(scenario)


def test_without_a_provider_nobody_is_let_in_who_does_not_have_the_made_token(tmp_path: Path) -> None:
    async def whole() -> None:
        process = await Process.start(tmp_path, variables={"NODETOOL_HOME": str(tmp_path / "data")})
        url = f"http://127.0.0.1:{process.port}"
        token = (tmp_path / "data" / "worker-token").read_text().strip()
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
                await session.ws_connect(url, headers={"Authorization": "Bearer anything"})
            async with session.ws_connect(url, **as_user(token)) as socket:
                assert not socket.closed
        await process.end()

    asyncio.run(whole())


def test_a_node_that_blocks_delays_nobody_else() -> None:
    async def scenario(_: Running, client: SocketClient) -> None:
        bridgecheck.blocked.clear()
        bridgecheck.release.clear()
        await client.start("BlockLoop", "h1", seconds=30.0)
        await asyncio.to_thread(bridgecheck.blocked.wait, 30)
        await client.send("worker.status", {}, "h2")
        assert (await client.next())["request_id"] == "h2"
        bridgecheck.release.set()
        assert (await client.replies("h1"))[-1]["data"]["outputs"] == {"output": "done"}

    play(scenario)


# -- processes --------------------------------------------------------------------------------------------------------


def test_over_pipes_it_goes_as_recorded(tmp_path: Path) -> None:
    async def whole() -> None:
        process = await Process.start(tmp_path, "--stdio")
        client = process.client()
        await client.raw(pack("worker.status", "1"))
        (status,) = await client.replies("1")
        wanted = copy.deepcopy(CASES["stdio: worker.status"]["reply"]["data"])
        wanted["load_errors"][0]["module"] = "bridgecheck.broken_module"
        wanted["node_count"] = len(NAMES)
        assert _contains(status["data"], wanted)
        await client.raw(pack("execute", "2", {"node_type": "bridgecheck.basic.Add", "fields": {"a": 1, "b": 2}}))
        same(await client.replies("2"), expected("stdio: execute"))
        for kind, body in (("malformed payload", b"\xc1"), ("zero-length frame", b""), ("list", b"\x91\x01")):
            await client.raw(body)
            same([await client.next()], expected(f"stdio: {kind}"))
        assert process.process.stdin is not None
        process.process.stdin.close()
        assert (await process.end(None))[0] == CASES["stdio: end of input"]["exit_code"]

    asyncio.run(whole())


def test_a_length_above_the_limit_ends_the_worker_on_a_pipe(tmp_path: Path) -> None:
    async def whole() -> None:
        process = await Process.start(tmp_path, "--stdio")
        assert process.process.stdin is not None
        process.process.stdin.write((2147483648).to_bytes(4, "big"))
        same([await process.client().next()], expected("stdio: length prefix 2147483648 (above the limit)"))
        assert (await process.end(None))[0] == 0

    asyncio.run(whole())


def test_what_was_asked_before_the_end_of_a_pipe_is_answered(tmp_path: Path) -> None:
    case = CASES["stdio: input closed with a request in flight"]

    async def whole() -> None:
        process = await Process.start(tmp_path, "--stdio")
        client = process.client()
        await client.start("Stubborn", "9", seconds=0.5)
        assert process.process.stdin is not None
        process.process.stdin.close()
        same(await client.replies("9"), [{key: case["reply"][key] for key in ("type", "request_id", "data")}])
        assert (await process.end(None))[0] == case["exit_code"]

    asyncio.run(whole())


def test_its_first_and_only_line_on_stdout_is_the_port(tmp_path: Path) -> None:
    async def whole() -> None:
        process = await Process.start(tmp_path)
        line = CASES["startup line on stdout"]["stdout"].replace("<port>", str(process.port)) + "\n"
        assert process.first_line.decode() == line
        lines = await process.said("Worker listening")
        assert lines[0] == CASES["stdio: end of input"]["stderr_before_ready"][0]
        assert f"Loaded {len(NAMES)} nodes" in lines
        assert process.process.stdout is not None
        await process.end()
        assert await process.process.stdout.read() == b""

    asyncio.run(whole())


@pytest.mark.parametrize(("number", "case"), [(2, "SIGINT"), (15, "SIGTERM")])
def test_a_signal_ends_it_with_0(tmp_path: Path, number: int, case: str) -> None:
    async def whole() -> None:
        process = await Process.start(tmp_path)
        assert (await process.end(number))[0] == 0

    asyncio.run(whole())
    assert CASES[case]["exit_code"] == (0 if case == "SIGINT" else -15)


def test_every_recorded_case_is_played_somewhere() -> None:
    text = Path(__file__).read_text().replace('f"{LIMITS}', f'"{LIMITS}').replace("LIMITS + ", "")
    by_list = {*SAME_FRAMES, *(f"bad frame: {kind}" for kind in BAD), *VALUES}
    by_hand = {
        "cancel node that ignores it", "cancel unknown request", "four 0.5 s executes on one connection",
        "two executes with the same request_id", "cancel from a different connection",
        "stdio: malformed payload", "stdio: zero-length frame", "stdio: list",
        "worker without NODETOOL_WORKER_TOKEN accepts any Authorization header",
        "a node that blocks the event loop for 1 s delays worker.status sent at 0.2 s", "plain HTTP GET",
        f"{LIMITS}outbound frame above the limit", f"{LIMITS}same output with chunked-v1",
    }  # fmt: skip
    assert [name for name in CASES if name not in by_list | by_hand and name not in text] == []
    assert set(MENDED) <= set(CASES)
