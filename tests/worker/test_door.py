"""Who gets in: hosts, origins, tokens, failed tries, tokens taken back, TLS, silent connections."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nodetool_jupyter.auth.identity import Identity
from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.worker import http
from nodetool_jupyter.worker.options import read_options
from tests.worker.scenery import PATIENCE, Names, Running, SocketClient, as_user, happens, heard, running

UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip
LAB = "https://lab.example.org"


async def status_of(worker: Running, *lines: str) -> tuple[int, str]:
    """Send a handshake line by line, as no library would, and return the status and the head of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", worker.port)
    head = ["GET /ws HTTP/1.1", *lines, *(f"{name}: {value}" for name, value in UPGRADE.items()), "", ""]
    writer.write("\r\n".join(head).encode("latin-1"))
    async with asyncio.timeout(PATIENCE):
        answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1]), answer.decode()


PLACES = [
    ((), ("Host: 127.0.0.1:{port}",), 101),
    ((), ("Host: localhost",), 101),
    ((), ("Host: evil.example.org",), 403),
    ((), ("Host: 127.0.0.1.evil.example.org:{port}",), 403),
    ((), ("Host: localhost@evil.example.org",), 403),
    ((), ("Host: 127.0.0.1", "Origin: https://evil.example.org"), 403),
    ((), ("Host: 127.0.0.1", "Origin: http://127.0.0.1:{port}"), 403),
    ((), ("Host: 127.0.0.1", "Origin: null"), 403),
    ((), ("Host: 127.0.0.1", "Origin: "), 403),
    ((LAB,), ("Host: 127.0.0.1", f"Origin: {LAB}"), 101),
    ((LAB,), ("Host: 127.0.0.1", f"Origin: {LAB}.evil.org"), 403),
    ((LAB,), ("Host: 127.0.0.1", f"Origin: {LAB}", "Origin: https://evil.org"), 403),
    ((LAB,), ("Host: 127.0.0.1", "Origin: https://evil.org", f"Origin: {LAB}"), 403),
    ((LAB,), ("Host: evil.example.org", f"Origin: {LAB}"), 403),
]


@pytest.mark.parametrize(("origins", "lines", "status"), PLACES, ids=range(len(PLACES)))
def test_hosts_and_origins_are_judged_before_the_upgrade(
    origins: tuple[str, ...], lines: tuple[str, ...], status: int
) -> None:
    async def whole() -> None:
        async with running(allowed_origins=origins) as worker:
            found, head = await status_of(worker, *(line.format(port=worker.port) for line in lines))
            assert found == status
            assert ("X-Nodetool-Code: forbidden" in head) is (status == 403)

    asyncio.run(whole())


TOKENS = [
    (("Authorization: Bearer ada",), 101),
    ((), 401),
    (("Authorization: Bearer bob",), 401),
    (("Authorization: Basic ada",), 401),
    (("Authorization: Bearer",), 401),
    (("Authorization: Bearer ada", "Authorization: Bearer ada"), 401),
    (("Authorization: Bearer bob", "Authorization: Bearer ada"), 401),
    (("Authorization: Bearer " + "a" * 7000,), 401),
    (("Cookie: token=ada",), 401),
    (("Sec-WebSocket-Protocol: ada",), 401),
]


@pytest.mark.parametrize(("lines", "status"), TOKENS, ids=range(len(TOKENS)))
def test_a_token_is_asked_for_in_the_handshake(lines: tuple[str, ...], status: int) -> None:
    async def whole() -> None:
        async with running(Names("ada")) as worker:
            found, head = await status_of(worker, "Host: localhost", *lines)
            assert found == status
            assert ("WWW-Authenticate: Bearer" in head) is (status == 401)

    asyncio.run(whole())


def test_a_token_in_the_address_is_not_read() -> None:
    async def whole() -> None:
        async with running(Names("ada")) as worker:
            with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
                await worker.session.ws_connect(worker.url + "/?token=ada&access_token=ada")

    asyncio.run(whole())


def test_whoever_guesses_must_wait_and_so_must_the_right_token_then() -> None:
    async def whole() -> None:
        async with running(Names("ada")) as worker:
            found = [(await status_of(worker, "Host: localhost", f"Authorization: Bearer {n}"))[0] for n in range(11)]
            assert found == [401] * 10 + [429]
            status, head = await status_of(worker, "Host: localhost", "Authorization: Bearer ada")
            assert (status, "Retry-After: " in head) == (429, True)

    asyncio.run(whole())


def test_those_who_get_in_do_not_use_up_the_tries() -> None:
    async def whole() -> None:
        async with running(Names("ada")) as worker:
            found = [(await status_of(worker, "Host: localhost", "Authorization: Bearer ada"))[0] for _ in range(30)]
            assert found == [101] * 30

    asyncio.run(whole())


def test_a_token_that_was_taken_back_ends_its_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "RECHECK", 0.05)

    async def whole() -> None:
        names = Names("ada", "bob")
        async with running(names) as worker:
            ada, bob = await worker.connect(**as_user("ada")), await worker.connect(**as_user("bob"))
            await ada.ask("worker.status")
            names.known.remove("ada")
            assert await ada.closed() == 1008
            assert (await bob.ask("worker.status"))["type"] == "result"

    asyncio.run(whole())


class Expiring(Names):
    """A provider whose tokens hold until just now."""

    async def identify(self, token: str | None) -> Identity:
        found = await super().identify(token)
        return Identity(found.user, found.how, expires=0.0)


def test_a_token_that_expires_is_asked_again_at_that_time() -> None:
    async def whole() -> None:
        names = Expiring("ada")
        async with running(names) as worker:
            client = await worker.connect(**as_user("ada"))
            names.known.discard("ada")
            assert await client.closed() == 1008

    asyncio.run(whole())


def test_no_more_connections_than_may() -> None:
    async def whole() -> None:
        async with running(connections=2) as worker:
            first = await worker.connect()
            await worker.connect()
            with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
                await worker.connect()
            gone = heard(worker.worker, "disconnect")
            await first.socket.close()
            await happens(gone)
            assert (await (await worker.connect()).ask("worker.status"))["type"] == "result"

    asyncio.run(whole())


@pytest.mark.parametrize(
    "sent", [b"", b"GET /", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "], ids=["nothing", "a", "b"]
)
def test_a_connection_that_asks_for_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(http, "HANDSHAKE", 0.1)

    async def whole() -> None:
        async with running() as worker:
            reader, writer = await asyncio.open_connection("127.0.0.1", worker.port)
            writer.write(sent)
            async with asyncio.timeout(PATIENCE):
                with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                    await reader.readexactly(1)
            writer.close()

    asyncio.run(whole())


def test_a_connection_that_has_asked_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HANDSHAKE", 0.05)

    async def whole() -> None:
        async with running() as worker:
            cut = heard(worker.server, "_cut_if_silent")
            client = await worker.connect()
            await happens(cut)
            assert (await client.ask("worker.status"))["type"] == "result"

    asyncio.run(whole())


def test_health_is_told_to_anybody_and_tells_nothing_else() -> None:
    async def whole() -> None:
        async with running(Names("ada")) as worker, worker.session.get(worker.url + "/health") as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "ok"})
            assert answer.headers["Server"] == "nodetool-worker"

    asyncio.run(whole())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_other_methods_are_told_to_upgrade(method: str) -> None:
    async def whole() -> None:
        async with running() as worker, worker.session.request(method, worker.url + "/x", data=b"x") as answer:
            assert answer.status == 426

    asyncio.run(whole())


def test_one_users_jobs_are_not_anothers() -> None:
    async def whole() -> None:
        async with running(Names("ada", "bob")) as worker:
            ada, bob = await worker.connect(**as_user("ada")), await worker.connect(**as_user("bob"))
            await ada.execute("Add", node_id="n", job_id="j")
            assert (await bob.ask("job.end", {"job_id": "j"}))["data"]["known"] is False
            await bob.execute("Add", node_id="n", job_id="other")
            found = await ada.ask("job.end", {"job_id": "j"})
            assert found["data"] == {"job_id": "j", "released_nodes": ["n"], "known": True}

    asyncio.run(whole())


# -- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    forms = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    (folder / "key.pem").write_bytes(key.private_bytes(*forms, serialization.NoEncryption()))
    (folder / "locked.pem").write_bytes(key.private_bytes(*forms, serialization.BestAvailableEncryption(b"secret")))
    return folder / "cert.pem", folder / "key.pem"


def test_with_a_certificate_it_speaks_tls_and_nothing_else(certificate: tuple[Path, Path]) -> None:
    async def whole() -> None:
        async with running(certfile=certificate[0], keyfile=certificate[1]) as worker:
            context = ssl.create_default_context(cafile=str(certificate[0]))
            url = f"https://localhost:{worker.port}"
            async with worker.session.ws_connect(url, ssl=context) as found:
                client = SocketClient(found)
                assert (await client.execute("Add", a=1, b=2))["data"]["outputs"] == {"output": 3}
            with pytest.raises(aiohttp.ClientError):
                await worker.connect()

    asyncio.run(whole())


@pytest.mark.parametrize("key", ["missing.pem", "cert.pem", "locked.pem"])
def test_a_key_that_cannot_be_used_is_told_before_it_listens(certificate: tuple[Path, Path], key: str) -> None:
    async def whole() -> None:
        async with running(certfile=certificate[0], keyfile=certificate[0].with_name(key)):
            raise AssertionError("it listens")

    with pytest.raises(InvalidRequest, match=r"cannot be used|has a password"):
        asyncio.run(whole())


def test_a_port_that_is_taken_is_told() -> None:
    async def whole() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            async with running(port=taken.getsockname()[1]):
                raise AssertionError("it listens")

    with pytest.raises(InvalidRequest, match="cannot listen on 127"):
        asyncio.run(whole())


# -- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"port": "70000"}, "--port must be at most 65535, not 70000"),
        ({"keyfile": "k.pem"}, "--keyfile goes with --certfile"),
        ({"stdio": True, "port": "1"}, "--stdio has no address"),
        ({"stdio": True, "certfile": "c.pem"}, "--stdio has no address"),
        ({"gpus": "7"}, "GPU"),
    ],
)
def test_options_that_cannot_be(given: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        read_options(given)


def test_options_come_from_the_line_then_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODETOOL_WORKER_HOST", "0.0.0.0")
    monkeypatch.setenv("NODETOOL_WORKER_PORT", "7777")
    monkeypatch.setenv("NODETOOL_WORKER_NAMESPACES", "lib.math, nodetool.text")
    monkeypatch.setenv("NODETOOL_WORKER_JOB_TTL_SECONDS", "-1")
    found = read_options({})
    assert (found.host, found.port, found.namespaces) == ("0.0.0.0", 7777, ("lib.math", "nodetool.text"))
    assert (found.job_ttl, found.allowed_hosts) == (0.0, ("*",))
    said = read_options({"host": "127.0.0.1", "port": "0", "namespaces": "lib"})
    assert (said.host, said.port, said.namespaces) == ("127.0.0.1", 0, ("lib",))
    assert said.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")
