"""Known workers, their private file, and the ways in which their addresses are found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from nodetool_jupyter.bridge import resolver
from nodetool_jupyter.bridge.address import Address, read_url
from nodetool_jupyter.bridge.connections import Connection, Connections, make
from nodetool_jupyter.errors import InvalidRequest, SecretMissing, StorageError, WorkerNotFound, WorkerUnreachable

SECRETS = {"TOKEN": "canary", "CLOUD": "cloud-canary"}


@pytest.fixture(autouse=True)
def no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NODETOOL_WORKER_URL", "NODETOOL_WORKER_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def secret(name: str) -> str:
    if name not in SECRETS:
        raise SecretMissing(f"the secret {name!r} is not set")
    return SECRETS[name]


@pytest.fixture
def known(tmp_path: Path) -> Connections:
    return Connections(lambda: tmp_path, secret)


READ = [
    ("ws://host:7777", "ws://host:7777"),
    (" http://host:1/path?x=1 ", "ws://host:1/path?x=1"),
    ("HTTPS://host", "wss://host"),
    ("wss://[::1]:8787/", "wss://[::1]:8787/"),
]


@pytest.mark.parametrize(("text", "url"), READ)
def test_urls_are_read(text: str, url: str) -> None:
    assert read_url(text) == url


UNREADABLE = [
    "",
    "host:7777",
    "ftp://host",
    "ws://",
    "ws://host:99999",
    "ws://host:0",
    "ws://ho st",
    "ws://user:pw@host",
]


@pytest.mark.parametrize("text", [*UNREADABLE, "ws://h\nX: y", "ws://[::1", "file:///etc/passwd"])
def test_what_is_no_worker_s_url_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_url(text)
    assert "pw" not in str(caught.value)


def test_only_the_host_of_an_address_shows() -> None:
    address = Address("wss://host:1/path?key=canary", "canary")
    assert (address.host, "canary" in repr(address.token and "")) == ("wss://host:1", False)
    assert "token" not in repr(address)


def test_a_connection_is_stored_privately_and_without_its_token(known: Connections, tmp_path: Path) -> None:
    known.add(make("gpu", "ws://host:1", token="TOKEN"))
    file = tmp_path / "workers.json"
    assert json.loads(file.read_text()) == [{"name": "gpu", "url": "ws://host:1", "token": "TOKEN", "kind": "nodetool"}]
    assert file.stat().st_mode & 0o777 == 0o600


def test_connections_are_replaced_listed_and_forgotten(known: Connections) -> None:
    for name, url in (("b", "ws://one:1"), ("a", "ws://two:1"), ("b", "ws://three:1")):
        known.add(make(name, url))
    assert [(one.name, one.url) for one in known.all()] == [("a", "ws://two:1"), ("b", "ws://three:1")]
    known.forget("a")
    assert [one.name for one in known.all()] == ["b"]


def test_the_worker_of_the_environment_is_the_default(known: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODETOOL_WORKER_URL", "http://host:1")
    assert known.get("default") == Connection(name="default", url="ws://host:1")
    monkeypatch.setenv("NODETOOL_WORKER_TOKEN", "canary")
    assert known.get("default").token == "NODETOOL_WORKER_TOKEN"
    with pytest.raises(WorkerNotFound, match="it comes from NODETOOL_WORKER_URL"):
        known.forget("default")
    monkeypatch.setenv("NODETOOL_WORKER_URL", "nonsense")
    with pytest.raises(InvalidRequest, match=r"^NODETOOL_WORKER_URL: "):
        known.all()


def test_an_unknown_name_is_answered_with_the_nearest(known: Connections) -> None:
    known.add(make("gpu-1", "ws://host:1"))
    with pytest.raises(WorkerNotFound, match="did you mean 'gpu-1'"):
        known.get("gpu1")
    with pytest.raises(WorkerNotFound):
        known.forget("other")


@pytest.mark.parametrize("name", ["", "a b", "../x", "a/b", "x" * 65, "ü", "a\n"])
def test_a_name_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest, match="cannot be a worker's name"):
        make(name, "ws://host:1")


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_a_file_that_others_may_read_is_refused(known: Connections, tmp_path: Path, mode: int) -> None:
    known.add(make("gpu", "ws://host:1"))
    (tmp_path / "workers.json").chmod(mode)
    with pytest.raises(StorageError, match="chmod 600"):
        known.all()


BROKEN = [
    "",
    "{",
    "{}",
    '[{"name": "a"}]',
    '[{"name": "a", "url": "ws://h", "more": 1}]',
    '[{"name": "a", "url": "x"}]',
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_that_cannot_be_read_is_told_of(known: Connections, tmp_path: Path, text: str) -> None:
    file = tmp_path / "workers.json"
    file.touch(mode=0o600)
    file.write_text(text)
    with pytest.raises(StorageError, match="cannot be read"):
        known.all()


def test_two_processes_that_add_lose_nothing(known: Connections, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from nodetool_jupyter.bridge.connections import Connections, make\n"
        "known = Connections(lambda: Path(sys.argv[1]), str)\n"
        "for n in range(20): known.add(make(f'{sys.argv[2]}{n}', 'ws://host:1'))\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path), name]) for name in "ab"]
    assert [one.wait(60) for one in both] == [0, 0]
    assert len(known.all()) == 40


def row(**more: Any) -> Connection:
    return Connection.model_validate({"name": "gpu", **more})


async def test_a_fixed_address_has_its_token(known: Connections) -> None:
    assert await known.resolver(make("gpu", "ws://host:1", token="TOKEN"))() == Address("ws://host:1", "canary")
    assert await known.resolver(make("gpu", "ws://host:1"))() == Address("ws://host:1", "")
    with pytest.raises(SecretMissing):
        await known.resolver(make("gpu", "ws://host:1", token="OTHER"))()


def command(body: str) -> dict[str, Any]:
    return {"command": [sys.executable, "-c", body]}


async def test_a_command_tells_the_address(known: Connections) -> None:
    found = await known.resolver(row(resolve=command("print('ws://h:1'); print('more')"), token="TOKEN"))()
    assert found == Address("ws://h:1", "canary")


COMMANDS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"command": ["/no/such/program"]}, WorkerUnreachable, "cannot be run: No such file"),
    (command("import sys; print('ws://h:1'); sys.exit(2)"), WorkerUnreachable, "ended with 2"),
    (command("import time; time.sleep(600)"), WorkerUnreachable, r"did not tell within 0\.5 s"),
    (command("print('nonsense')"), InvalidRequest, "no worker's URL"),
]


@pytest.mark.parametrize(("resolve", "kind", "said"), COMMANDS, ids=["absent", "fails", "hangs", "nonsense"])
async def test_a_command_that_fails_says_why(
    known: Connections, monkeypatch: pytest.MonkeyPatch, resolve: dict[str, Any], kind: type[Exception], said: str
) -> None:
    monkeypatch.setattr(resolver, "TIMEOUT", 0.5 if said.startswith("did not") else 20.0)
    with pytest.raises(kind, match=said):
        await known.resolver(row(resolve=resolve))()


async def test_a_function_tells_the_address() -> None:
    async def token() -> str:
        return "canary"

    async def later() -> str:
        return "ws://h:2"

    assert await resolver.from_callable(lambda: "ws://h:1", token)() == Address("ws://h:1", "canary")
    assert await resolver.from_callable(later, token)() == Address("ws://h:2", "canary")
    assert await resolver.from_callable(lambda: Address("ws://h:3", "x"), token)() == Address("ws://h:3", "x")


RUNPOD = {"id": "abc", "publicIp": "203.0.113.7", "portMappings": {"7777": 40123, "22": 40124}}
VAST = {
    "instances": {"public_ipaddr": "203.0.113.8", "ports": {"7777/tcp": [{"HostIp": "0.0.0.0", "HostPort": "33526"}]}}
}

Serve = Callable[[Any], Any]


@asynccontextmanager
async def service(answer: Callable[[web.Request], web.Response]) -> AsyncIterator[tuple[str, list[web.Request]]]:
    came: list[web.Request] = []

    async def handle(request: web.Request) -> web.Response:
        came.append(request)
        return answer(request)

    app = web.Application()
    app.router.add_get("/{rest:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/x", came
    finally:
        await runner.cleanup()


CLOUDS = [
    (RUNPOD, {"host": "/publicIp", "port": "/portMappings/7777"}, "ws://203.0.113.7:40123"),
    (
        VAST,
        {"host": "/instances/public_ipaddr", "port": "/instances/ports/7777~1tcp/0/HostPort"},
        "ws://203.0.113.8:33526",
    ),
    ({"a": [{"url": "https://h/ws"}]}, {"pointer": "/a/0/url"}, "wss://h/ws"),
    ({"host": "h", "port": 5}, {"scheme": "wss"}, "wss://h:5"),
]


@pytest.mark.parametrize(("data", "where", "url"), CLOUDS, ids=["RunPod", "Vast", "URL", "plain"])
async def test_a_service_tells_the_address(known: Connections, data: Any, where: dict[str, str], url: str) -> None:
    async with service(lambda _: web.json_response(data)) as (address, came):
        asked = row(resolve={"http-json": {"url": address, "token": "CLOUD", **where}}, token="TOKEN")
        assert await known.resolver(asked)() == Address(url, "canary")
    assert came[0].headers["Authorization"] == "Bearer cloud-canary"


def moved(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"})


FAILING: list[tuple[str, Callable[[web.Request], web.Response], str]] = [
    ("not there", lambda _: web.Response(status=404), "answered HTTP 404"),
    ("elsewhere", moved, "answered HTTP 302"),
    ("no JSON", lambda _: web.Response(text="<html>"), "no JSON"),
    ("deep", lambda _: web.Response(text="[" * 100_000), "no JSON"),
    ("not yet", lambda _: web.json_response({"host": None}), "no address at '/host'; the worker may still be starting"),
    ("an object", lambda _: web.json_response({"host": {}}), "no address at '/host'"),
]


@pytest.mark.parametrize(("answer", "said"), [one[1:] for one in FAILING], ids=[one[0] for one in FAILING])
async def test_a_service_that_does_not_tell_says_why(
    known: Connections, answer: Callable[[web.Request], web.Response], said: str
) -> None:
    async with service(answer) as (address, _):
        with pytest.raises(WorkerUnreachable, match=said):
            await known.resolver(row(resolve={"http-json": {"url": address}}))()


async def test_a_service_that_is_not_there_is_told_of(known: Connections) -> None:
    with pytest.raises(WorkerUnreachable, match="cannot be reached"):
        await known.resolver(row(resolve={"http-json": {"url": "http://127.0.0.1:1"}}))()


def test_a_way_to_resolve_is_stored_as_it_was(known: Connections) -> None:
    spec = {"url": "http://h/", "host": "/a", "port": "/b", "scheme": "ws"}
    known.add(row(resolve={"http-json": spec}))
    assert known.get("gpu") == row(resolve={"http-json": spec})
    assert known.get("gpu").url_host == "http-json"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_the_file_beside_it_is_private_too(known: Connections, tmp_path: Path) -> None:
    known.add(make("gpu", "ws://host:1"))
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
