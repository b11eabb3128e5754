"""Values through a bucket, against a server of S3: by signed URLs, checked at both ends, removed in time."""

from __future__ import annotations

import asyncio
import io
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from nodetool_jupyter.bridge.by_url import get_by_url, goes_by_url, put_by_url
from nodetool_jupyter.bridge.job_messages import BY_URL, GetUrl, PutUrl, RemoveJob, SignedUrl, SubmitJob
from nodetool_jupyter.bridge.websocket import WebSocketTransport
from nodetool_jupyter.errors import TransferFailed, WorkerFault
from nodetool_jupyter.worker import by_url
from nodetool_jupyter.worker.bucket import BucketOptions
from tests.worker.buckets import ACCESS, SECRET, Store, ours, serving, with_bucket
from tests.worker.hosting import ANY, digest, hosting, of, to_end
from tests.worker.scenery import PATIENCE, Reply, Running, SocketClient

BODY = os.urandom(3_000_000)
NAME = "values/0123456789abcdef.bin"
REFERENCE = {"type": "bytes", "uri": NAME, "asset_id": None, "data": None, "size": len(BODY)}
Story = Callable[[Running, SocketClient], Awaitable[None]]


@pytest.fixture(scope="module")
def server() -> Iterator[Store]:
    with serving() as found:
        yield found


@pytest.fixture
def store(server: Store) -> Store:
    server.clear()
    return server


@pytest.fixture
def body(tmp_path: Path) -> Path:
    path = tmp_path / "body"
    path.write_bytes(BODY)
    return path


def play(store: Store, folder: Path, story: Story, **options: Any) -> None:
    async def whole() -> None:
        async with asyncio.timeout(PATIENCE), with_bucket(store, folder, **options) as worker:
            await story(worker, await of(worker))

    asyncio.run(whole())


async def sent(client: SocketClient, body: bytes) -> Reply:
    """Ask for a URL, and put something there."""
    signed = (await client.ask("values.put_url", {"sha256": digest(body), "size": len(body)}))["data"]
    await put(signed, body)
    return signed


async def put(signed: Reply, body: bytes) -> int:
    headers = {**signed["headers"], "Content-Length": str(len(body))}
    file = io.BytesIO(body)
    async with aiohttp.ClientSession() as session, session.put(signed["url"], data=file, headers=headers) as answer:
        return answer.status


async def done(worker: Running, client: SocketClient, path: Path) -> tuple[str, str]:
    """Run a job that hands a value on; returns its id and what the value is called there."""
    async with ours(worker) as own:
        await put_by_url(own, path, digest(BODY), len(BODY))
        asked = {"graph": ANY, "params": {"x": REFERENCE}}
        answer = await own.ask(SubmitJob(request=asked, values={NAME: digest(BODY)}))
    job_id = answer.data["job"]["id"]
    lines = await to_end(client, job_id)
    assert lines[-1]["status"] == "completed", lines[-1]
    return job_id, lines[-1]["result"]["out"]["uri"]


def test_values_go_in_and_out_while_frames_stay_small(
    store: Store, tmp_path: Path, body: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    receive = WebSocketTransport.receive

    async def weighed(self: WebSocketTransport) -> bytes:
        frame = await receive(self)
        sizes.append(len(frame))
        return frame

    monkeypatch.setattr(WebSocketTransport, "receive", weighed)

    async def story(worker: Running, client: SocketClient) -> None:
        job_id, name = await done(worker, client, body)
        async with ours(worker) as own:
            assert goes_by_url(own, len(BODY)) and not goes_by_url(own, 1_000)
            assert await get_by_url(own, job_id, name, tmp_path / "back") == (len(BODY), digest(BODY))
        assert (tmp_path / "back").read_bytes() == BODY
        assert (tmp_path / "back").stat().st_mode & 0o777 == 0o600
        assert max(sizes) < len(BODY) // 10

    play(store, tmp_path, story, namespaces=("nodetool",))


def test_a_status_says_from_which_size_on(store: Store, tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        status = (await client.ask("worker.status"))["data"]
        assert BY_URL in status["capabilities"]
        assert status["values_by_url_above"] == 1_000

    play(store, tmp_path, story)


def test_a_worker_without_a_bucket_says_so(tmp_path: Path) -> None:
    async def whole() -> None:
        async with hosting(tmp_path) as worker:
            client = await of(worker)
            status = (await client.ask("worker.status"))["data"]
            assert BY_URL not in status["capabilities"] and "values_by_url_above" not in status
            refused = (await client.ask("values.put_url", {"sha256": digest(b""), "size": 0}))["data"]
            assert (refused["code"], "over the socket" in refused["error"]) == ("unsupported", True)

    asyncio.run(whole())


# -- what is signed, and what is checked ------------------------------------------------------------------------------


def test_a_url_is_for_one_object_one_length_and_one_digest(store: Store, tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        signed = (await client.ask("values.put_url", {"sha256": digest(BODY), "size": len(BODY)}))["data"]
        asked = {name: values[0] for name, values in parse_qs(urlsplit(signed["url"]).query).items()}
        assert asked["X-Amz-SignedHeaders"] == "content-length;host;x-amz-checksum-sha256"
        assert int(asked["X-Amz-Expires"]) == signed["expires_in"] == 600
        assert sorted(signed["headers"]) == ["Content-Length", "x-amz-checksum-sha256"]
        key = urlsplit(signed["url"]).path
        assert digest(BODY)[:8] not in key and "ada" not in key

    play(store, tmp_path, story)


CHEATS = {
    "another body of that length": (BODY[::-1], "invalid_request", "its size or its SHA-256 differs"),
    "a shorter body": (BODY[:-1], "invalid_request", f"{len(BODY) - 1} of {len(BODY)} bytes"),
    "nothing": (None, "invalid_request", "nothing was put"),
}


@pytest.mark.parametrize("case", CHEATS)
def test_what_was_put_is_checked_by_the_worker(store: Store, tmp_path: Path, case: str) -> None:
    cheat, code, said = CHEATS[case]

    async def story(worker: Running, client: SocketClient) -> None:
        signed = (await client.ask("values.put_url", {"sha256": digest(BODY), "size": len(BODY)}))["data"]
        if cheat is not None:
            await put(signed, cheat)
        answer = (await client.ask("values.put", {"sha256": digest(BODY), "ticket": signed["ticket"]}))["data"]
        assert (answer["code"], said in answer["error"]) == (code, True), answer
        assert (await client.ask("values.missing", {"digests": [digest(BODY)]}))["data"]["missing"] == [digest(BODY)]
        house = await worker.worker.hosted.house()
        assert house.uploads._bytes == {}
        assert store.keys() == []

    play(store, tmp_path, story)


def test_a_ticket_is_its_users_and_good_for_once(store: Store, tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        signed = await sent(client, BODY)
        taken = {"sha256": digest(BODY), "ticket": signed["ticket"]}
        bob = await of(worker, "bob")
        foreign = (await bob.ask("values.put", taken))["data"]
        unknown = (await bob.ask("values.put", {**taken, "ticket": "0" * 32}))["data"]
        assert foreign == unknown
        assert (await client.ask("values.put", taken))["data"] == {"sha256": digest(BODY), "size": len(BODY)}
        assert (await client.ask("values.put", taken))["data"] == unknown
        assert (await bob.ask("values.missing", {"digests": [digest(BODY)]}))["data"]["missing"] == [digest(BODY)]

    play(store, tmp_path, story)


def test_a_value_of_anothers_job_has_no_url(store: Store, tmp_path: Path, body: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        job_id, name = await done(worker, client, body)
        bob = await of(worker, "bob")
        asked = {"job_id": job_id, "name": name}
        assert (await client.ask("values.get_url", asked))["type"] == "result"  # it is in the bucket now
        foreign = (await bob.ask("values.get_url", asked))["data"]
        assert foreign == (await bob.ask("values.get_url", {**asked, "job_id": "nosuch"}))["data"]
        assert foreign["code"] == "not_found"
        wrong = (await client.ask("values.get_url", {**asked, "name": "values/ffffffffffffffff.bin"}))["data"]
        assert wrong["code"] == "not_found"

    play(store, tmp_path, story, namespaces=("nodetool",))


def test_a_value_that_s3_would_not_take_goes_another_way(store: Store, tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        asked = {"sha256": digest(b""), "size": 5 * 1024**3 + 1}
        assert (await client.ask("values.put_url", asked))["data"]["code"] == "unsupported"

    play(store, tmp_path, story)


def test_urls_nobody_uses_are_bounded(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_url, "MOST_TICKETS", 2)

    async def story(worker: Running, client: SocketClient) -> None:
        asked = {"sha256": digest(b"x"), "size": 1}
        for _ in range(2):
            assert (await client.ask("values.put_url", asked))["type"] == "result"
        refused = (await client.ask("values.put_url", asked))["data"]
        assert (refused["code"], refused["retry"]) == ("no_room", True)
        bob = await of(worker, "bob")
        assert (await bob.ask("values.put_url", asked))["type"] == "result"

    play(store, tmp_path, story)


# -- objects are there for minutes ------------------------------------------------------------------------------------


def test_what_a_client_put_is_removed_once_it_is_here(store: Store, tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        signed = await sent(client, BODY)
        assert len(store.keys()) == 1
        await client.ask("values.put", {"sha256": digest(BODY), "ticket": signed["ticket"]})
        assert store.keys() == []

    play(store, tmp_path, story)


def test_a_value_that_is_asked_for_twice_is_there_once(store: Store, tmp_path: Path, body: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        job_id, name = await done(worker, client, body)
        ids = [await client.send("values.get_url", {"job_id": job_id, "name": name}) for _ in range(4)]
        paths = {urlsplit((await client.replies(one))[-1]["data"]["url"]).path for one in ids}
        assert len(paths) == len(store.keys()) == 1

    play(store, tmp_path, story, namespaces=("nodetool",))


def test_a_job_that_is_removed_takes_its_objects_along(store: Store, tmp_path: Path, body: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        job_id, name = await done(worker, client, body)
        await client.ask("values.get_url", {"job_id": job_id, "name": name})
        async with ours(worker) as own:
            await own.ask(RemoveJob(job_id=job_id))
        house = await worker.worker.hosted.house()
        assert house.by_url is not None
        await asyncio.wait(house.by_url._work)
        assert store.keys() == []

    play(store, tmp_path, story, namespaces=("nodetool",))


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_timer_removes_what_nobody_came_for(
    store: Store, tmp_path: Path, body: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    removed: list[str] = []

    async def story(worker: Running, client: SocketClient) -> None:
        house = await worker.worker.hosted.house()
        assert house.by_url is not None
        gone, remove, loop = asyncio.Event(), house.by_url._bucket.remove, asyncio.get_running_loop()

        def told(keys: list[str]) -> None:
            remove(keys)
            removed.extend(keys)
            loop.call_soon_threadsafe(gone.set)

        if way == "out":
            job_id, name = await done(worker, client, body)
        monkeypatch.setattr(house.by_url._bucket, "remove", told)
        monkeypatch.setattr(by_url, "KEPT", 0.5)
        if way == "out":
            await client.ask("values.get_url", {"job_id": job_id, "name": name})
        else:
            await sent(client, BODY)
        await gone.wait()
        assert store.keys() == []
        assert house.uploads._bytes.get("ada", 0) in (0, len(BODY) + 4096)

    play(store, tmp_path, story, namespaces=("nodetool",))
    assert removed


def test_a_worker_leaves_nothing_in_the_bucket(store: Store, tmp_path: Path, body: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        job_id, name = await done(worker, client, body)
        await client.ask("values.get_url", {"job_id": job_id, "name": name})
        await sent(client, BODY)
        assert len(store.keys()) == 2

    play(store, tmp_path, story, namespaces=("nodetool",))
    assert store.keys() == []


def test_what_a_worker_that_died_left_is_removed_and_others_is_not(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_url, "KEPT", -60.0)  # whatever there is, is old

    async def story(worker: Running, client: SocketClient) -> None:
        name = (tmp_path / "data" / "bucket-name").read_text()
        assert name == "0123456789abcdef"
        house = await worker.worker.hosted.house()
        assert house.by_url is not None
        if house.by_url._work:
            await asyncio.wait(house.by_url._work)
        assert store.keys() == ["mine/photo.png", "nodetool/another/x"]

    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "bucket-name").write_text("0123456789abcdef")
    for key in ("nodetool/0123456789abcdef/x", "nodetool/another/x", "mine/photo.png"):
        store.put(key)

    async def first(worker: Running, client: SocketClient) -> None:
        await worker.worker.hosted.house()
        await story(worker, client)

    play(store, tmp_path, first)


# -- when the bucket does not work ------------------------------------------------------------------------------------

BROKEN = {
    "no server": (lambda o: BucketOptions("values", "http://127.0.0.1:9", "", ACCESS, SECRET), "ConnectionError"),
    "no such bucket": (lambda o: BucketOptions("others", o.endpoint, "", ACCESS, SECRET), "NoSuchBucket"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_bucket_that_does_not_work_is_told_and_the_socket_still_does(
    store: Store, tmp_path: Path, body: Path, case: str
) -> None:
    change, said = BROKEN[case]

    async def story(worker: Running, client: SocketClient) -> None:
        signed = (await client.ask("values.put_url", {"sha256": digest(BODY), "size": len(BODY)}))["data"]
        answer = (await client.ask("values.put", {"sha256": digest(BODY), "ticket": signed["ticket"]}))["data"]
        assert answer["code"] == "unavailable"
        assert answer["error"].startswith("the bucket cannot be used: ") and said in answer["error"]
        assert "127.0.0.1" not in answer["error"] and ACCESS not in answer["error"]
        async with ours(worker) as own:
            with pytest.raises(TransferFailed, match="bucket"):
                await put_by_url(own, body, digest(BODY), len(BODY))

    play(store, tmp_path, story, bucket=change(store.options))


def test_an_error_of_the_request_itself_is_no_reason_to_try_another_way(store: Store, tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        async with ours(worker) as own:
            with pytest.raises(WorkerFault, match="no such job"):
                await get_by_url(own, "nosuch", NAME, tmp_path / "target")
        assert not (tmp_path / "target").exists()

    play(store, tmp_path, story)


# -- secrets ----------------------------------------------------------------------------------------------------------


def test_keys_and_urls_stand_in_no_log_and_no_file(
    store: Store, tmp_path: Path, body: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    signatures: list[str] = []

    async def story(worker: Running, client: SocketClient) -> None:
        job_id, name = await done(worker, client, body)
        async with ours(worker) as own:
            await get_by_url(own, job_id, name, tmp_path / "back")
            for message in (GetUrl(job_id=job_id, name=name), PutUrl(sha256=digest(BODY), size=len(BODY))):
                signed = SignedUrl.read(await own.ask(message))
                signatures.append(parse_qs(urlsplit(signed.url).query)["X-Amz-Signature"][0])
                assert signatures[-1] not in repr(signed) and (signed.ticket or "-") not in repr(signed)
            with pytest.raises(WorkerFault):
                await own.ask(GetUrl(job_id=job_id, name="values/ffffffffffffffff.bin"))

    play(store, tmp_path, story, namespaces=("nodetool",))
    assert len(signatures) == 2
    written = [path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()]
    for secret in (SECRET, ACCESS, "X-Amz-Signature", *signatures):
        assert secret not in caplog.text
        assert not any(secret.encode() in one for one in written)
        assert secret not in repr(store.options)
