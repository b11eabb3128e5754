"""What our client does with a URL that a worker names: where it goes, what goes along, and what it believes."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web

from nodetool_jupyter.bridge import by_url
from nodetool_jupyter.bridge.by_url import get_by_url, goes_by_url, put_by_url
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.job_messages import BY_URL
from nodetool_jupyter.bridge.messages import Frame, Message, WorkerStatus
from nodetool_jupyter.bridge.websocket import is_public
from nodetool_jupyter.errors import StorageError, TransferFailed, WorkerFault

BODY = b"value" * 100_000
SHA = hashlib.sha256(BODY).hexdigest()
SIGNATURE = "X-Amz-Signature=0123456789abcdef"
PATIENCE = 20.0


class Told:
    """A worker whose answers are written down beforehand; what it was asked is kept."""

    def __init__(self, *answers: dict[str, Any] | Exception, near: bool = True, host: str = "ws://worker") -> None:
        self.near = near
        self.host = host
        self.asked: list[Message] = []
        self._answers = list(answers)

    @asynccontextmanager
    async def call(self, message: Message) -> AsyncIterator[SimpleNamespace]:
        self.asked.append(message)
        answer = self._answers.pop(0)

        async def tell() -> Frame:
            if isinstance(answer, Exception):
                raise answer
            return Frame("result", "1", answer)

        yield SimpleNamespace(answer=tell)


def client(told: Told) -> WorkerClient:
    return cast(WorkerClient, told)


def to_get(url: str, **more: Any) -> dict[str, Any]:
    return {"url": url, "method": "GET", "headers": {}, "size": len(BODY), "sha256": SHA, **more}


def to_put(url: str, **more: Any) -> dict[str, Any]:
    headers = {"Content-Length": str(len(BODY)), "x-amz-checksum-sha256": "abc"}
    return {"url": url, "method": "PUT", "headers": headers, "ticket": "t", **more}


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def bucket(handler: Handler) -> AsyncIterator[str]:
    """Run what stands for a bucket, and return a URL there."""
    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/values/nodetool/a%2Fb?{SIGNATURE}"
    finally:
        await runner.cleanup()


def play(handler: Handler, story: Callable[[str], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(PATIENCE), bucket(handler) as url:
            await story(url)

    asyncio.run(whole())


async def gives(request: web.Request) -> web.StreamResponse:
    return web.Response(body=BODY)


@pytest.fixture
def body(tmp_path: Path) -> Path:
    path = tmp_path / "body"
    path.write_bytes(BODY)
    return path


# -- what goes along --------------------------------------------------------------------------------------------------


def test_a_value_is_put_with_the_signed_headers_and_no_others(body: Path) -> None:
    seen: list[Any] = []

    async def takes(request: web.Request) -> web.StreamResponse:
        seen.append((request.method, request.raw_path, dict(request.headers), await request.read()))
        return web.Response(status=200)

    async def story(url: str) -> None:
        told = Told(to_put(url), {"sha256": SHA})
        await put_by_url(client(told), body, SHA, len(BODY))
        assert [one.TYPE for one in told.asked] == ["values.put_url", "values.put"]
        assert told.asked[1].data() == {"sha256": SHA, "ticket": "t"}

    play(takes, story)
    ((method, path, headers, came),) = seen
    assert (method, path, came == BODY) == ("PUT", f"/values/nodetool/a%2Fb?{SIGNATURE}", True)
    assert set(headers) == {
        "Host",
        "Accept",
        "Accept-Encoding",
        "Connection",
        "Content-Length",
        "x-amz-checksum-sha256",
    }


def test_a_value_is_got_into_a_file_of_ones_own(tmp_path: Path) -> None:
    async def story(url: str) -> None:
        told = Told(to_get(url))
        assert await get_by_url(client(told), "j", "values/x.bin", tmp_path / "x") == (len(BODY), SHA)
        assert told.asked[0].data() == {"job_id": "j", "name": "values/x.bin"}
        assert (tmp_path / "x").read_bytes() == BODY
        assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o600

    play(gives, story)


def test_no_file_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"before")

    async def story(url: str) -> None:
        with pytest.raises(FileExistsError):
            await get_by_url(client(Told(to_get(url))), "j", "values/x.bin", tmp_path / "x")

    play(gives, story)
    assert (tmp_path / "x").read_bytes() == b"before"


# -- where it goes ----------------------------------------------------------------------------------------------------

FAR = {"near": False, "host": "ws://worker.example.org"}
NO_PLACE: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no URL": (FAR, {"url": "values"}, "no URL of a bucket"),
    "a file": (FAR, {"url": "file:///etc/passwd"}, "no URL of a bucket"),
    "a port that is none": (FAR, {"url": "http://bucket:99999999/x"}, "no URL of a bucket"),
    "a name and password": (FAR, {"url": "https://a:b@bucket/x"}, "no URL of a bucket"),
    "a line break": (FAR, {"url": "http://127.0.0.1:9/x\r\nHost: y"}, "bucket"),
    "not ASCII": (FAR, {"url": "https://bücket/x"}, "no URL of a bucket"),
    "no TLS": ({**FAR, "host": "wss://w"}, {"url": "http://bucket/x"}, "not reached by TLS"),
    "this machine": (FAR, {"url": "https://127.0.0.1/x"}, "no address of the public network"),
    "this machine, IPv6": (FAR, {"url": "https://[::1]/x"}, "no address of the public network"),
    "this machine, mapped": (FAR, {"url": "https://[::ffff:127.0.0.1]/x"}, "no address of the public network"),
    "this machine by its name": (FAR, {"url": "http://localhost:9/x"}, "no address of the public network"),
    "this machine, as a number": (FAR, {"url": "http://2130706433:9/x"}, "no URL of a bucket"),
    "this machine, cut short": (FAR, {"url": "http://127.1:9/x"}, "no URL of a bucket"),
    "this machine, in octal": (FAR, {"url": "http://0177.0.0.1:9/x"}, "no URL of a bucket"),
    "this machine, in quotes": (FAR, {"url": "http://%31%32%37.0.0.1:9/x"}, "no URL of a bucket"),
    "the cloud's metadata": (FAR, {"url": "http://169.254.169.254/latest"}, "no address of the public network"),
    "a private network": (FAR, {"url": "https://10.0.0.7/x"}, "no address of the public network"),
    "a header of ours": (FAR, {"url": "https://b/x", "headers": {"Authorization": "x"}}, "headers that no bucket"),
    "another host": (FAR, {"url": "https://b/x", "headers": {"Host": "x"}}, "headers that no bucket"),
    "another method": (FAR, {"url": "https://b/x", "method": "DELETE"}, "names no"),
}


@pytest.mark.parametrize("way", ["get", "put"])
@pytest.mark.parametrize("case", NO_PLACE)
def test_where_a_worker_may_not_send_us(tmp_path: Path, body: Path, case: str, way: str) -> None:
    place, named, said = NO_PLACE[case]

    async def whole() -> None:
        if way == "put":
            await put_by_url(client(Told(to_put(**named), **place)), body, SHA, len(BODY))
        else:
            await get_by_url(client(Told(to_get(**named), **place)), "j", "values/x.bin", tmp_path / "x")

    with pytest.raises(TransferFailed, match=said):
        asyncio.run(whole())
    assert not (tmp_path / "x").exists()


PUBLIC = {
    "93.184.216.34": True, "2606:2800:220:1::1": True, "::ffff:93.184.216.34": True, "127.0.0.1": False, "::1": False,
    "10.1.2.3": False, "192.168.1.1": False, "100.64.0.1": False, "169.254.1.1": False, "fe80::1%eth0": False,
    "fd00::1": False, "0.0.0.0": False, "224.0.0.1": False, "::ffff:10.0.0.1": False,
}  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_which_addresses_are_public(address: str) -> None:
    assert is_public(address) is PUBLIC[address]


def test_no_redirect_is_followed(tmp_path: Path) -> None:
    asked: list[str] = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(status=307, headers={"Location": "/another"})

    async def story(url: str) -> None:
        with pytest.raises(TransferFailed, match="HTTP 307"):
            await get_by_url(client(Told(to_get(url))), "j", "values/x.bin", tmp_path / "x")

    play(elsewhere, story)
    assert len(asked) == 1


# -- what is believed -------------------------------------------------------------------------------------------------


async def refuses(request: web.Request) -> web.StreamResponse:
    return web.Response(status=403, text="<Error>AccessDenied</Error>")


async def gives_more(request: web.Request) -> web.StreamResponse:
    return web.Response(body=BODY + b"!")


async def gives_less(request: web.Request) -> web.StreamResponse:
    return web.Response(body=BODY[:-1])


async def gives_another(request: web.Request) -> web.StreamResponse:
    return web.Response(body=BODY[::-1])


async def breaks_off(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": str(len(BODY))})
    await answer.prepare(request)
    await answer.write(BODY[:1000])
    assert request.transport is not None
    request.transport.abort()
    return answer


UNTRUE: dict[str, tuple[Handler, str]] = {
    "refused": (refuses, "did not give a value: HTTP 403"),
    "more": (gives_more, "sends more than was stored"),
    "less": (gives_less, "did not come from the worker's bucket as it was stored"),
    "another": (gives_another, "did not come from the worker's bucket as it was stored"),
    "broken off": (breaks_off, "cannot be reached: ClientPayloadError"),
}


@pytest.mark.parametrize("case", UNTRUE)
def test_what_does_not_come_as_it_was_stored_leaves_nothing(tmp_path: Path, case: str) -> None:
    handler, said = UNTRUE[case]

    async def story(url: str) -> None:
        with pytest.raises(TransferFailed, match=said) as refusal:
            await get_by_url(client(Told(to_get(url))), "j", "values/x.bin", tmp_path / "x")
        assert SIGNATURE not in str(refusal.value)
        assert not (tmp_path / "x").exists()

    play(handler, story)


def test_a_bucket_that_does_not_take_a_value(body: Path) -> None:
    async def story(url: str) -> None:
        told = Told(to_put(url))
        with pytest.raises(TransferFailed, match="did not take a value: HTTP 403"):
            await put_by_url(client(told), body, SHA, len(BODY))
        assert len(told.asked) == 1  # the worker is not told that anything was put

    play(refuses, story)


def test_a_bucket_that_is_not_there_is_told_without_the_url(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def whole() -> None:
        told = Told(to_get(f"http://127.0.0.1:9/key?{SIGNATURE}"))
        await get_by_url(client(told), "j", "values/x.bin", tmp_path / "x")

    with pytest.raises(TransferFailed) as refusal:
        asyncio.run(whole())
    said = "the worker's bucket at http://127.0.0.1:9 cannot be reached: ClientConnectorError"
    assert (str(refusal.value), refusal.value.__cause__, refusal.value.__suppress_context__) == (said, None, True)
    assert SIGNATURE not in caplog.text


ANSWERS: dict[str, tuple[dict[str, Any] | Exception, type[Exception]]] = {
    "no bucket": (WorkerFault("none here", code="unsupported"), TransferFailed),
    "an older worker": (WorkerFault("what?", code="unknown_type"), TransferFailed),
    "a bucket that is down": (WorkerFault("later", code="unavailable"), TransferFailed),
    "no such job": (WorkerFault("there is no such job", code="not_found"), WorkerFault),
    "no URL at all": ({"method": "GET"}, TransferFailed),
    "a URL that is none": ({"url": 3, "method": "GET"}, TransferFailed),
    "no digest": ({"url": "https://b/x", "method": "GET", "size": 3}, TransferFailed),
    "a digest that is none": ({"url": "https://b/x", "method": "GET", "size": 3, "sha256": "x"}, TransferFailed),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_which_answers_mean_that_the_socket_is_to_be_taken(tmp_path: Path, case: str) -> None:
    answer, kind = ANSWERS[case]
    with pytest.raises((TransferFailed, WorkerFault)) as refusal:
        asyncio.run(get_by_url(client(Told(answer)), "j", "values/x.bin", tmp_path / "x"))
    assert type(refusal.value) is kind


def test_a_full_disk_here_is_no_fault_of_the_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __enter__(self) -> Full:
            return self

        def __exit__(self, *error: object) -> None: ...

        def tell(self) -> int:
            return 0

        def write(self, body: bytes) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(by_url, "_new", lambda path: Full())

    async def story(url: str) -> None:
        with pytest.raises(StorageError, match="No space left on device"):
            await get_by_url(client(Told(to_get(url))), "j", "values/x.bin", tmp_path / "x")

    play(gives, story)


STATUSES: dict[str, tuple[dict[str, Any], bool]] = {
    "above": ({"capabilities": [BY_URL], "values_by_url_above": 99}, True),
    "at": ({"capabilities": [BY_URL], "values_by_url_above": 100}, False),
    "no bucket": ({"capabilities": ["jobs-v1"]}, False),
    "an older worker": ({}, False),
    "no number": ({"capabilities": [BY_URL], "values_by_url_above": "99"}, False),
}


@pytest.mark.parametrize("case", STATUSES)
def test_what_goes_by_url(case: str) -> None:
    said, expected = STATUSES[case]
    told = SimpleNamespace(status=WorkerStatus.model_validate(said))
    assert goes_by_url(cast(WorkerClient, told), 100) is expected
