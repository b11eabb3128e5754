"""Values that go through a worker's bucket: put and got by signed URLs with plain HTTP, without a key of ours.

A worker says where; so it must not be able to make this machine speak to what only this machine can reach. A URL is
followed to addresses of the public network, unless the worker itself is near; to nowhere else from there; by TLS
wherever the worker is spoken to by TLS; and only headers of the bucket go with it. Whatever cannot go by URL raises
:class:`TransferFailed`, and can go over the socket.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import SplitResult, urlsplit

from nodetool_jupyter.bridge import job_messages as m
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.messages import Message
from nodetool_jupyter.bridge.websocket import OPEN_TIMEOUT, is_public
from nodetool_jupyter.errors import BadFrame, NodetoolError, StorageError, TransferFailed, WorkerFault
from nodetool_jupyter.files import private_opener

if TYPE_CHECKING:
    from aiohttp import ClientResponse
    from aiohttp.abc import AbstractResolver

SILENCE = 60.0  # seconds that a bucket may say or take nothing
_PIECE = 1024 * 1024
_HEADER = re.compile(r"content-(length|type)|x-amz-[a-z0-9-]{1,60}", re.I)
_NAME = re.compile(r"([a-z0-9_-]+\.)*[a-z][a-z0-9-]*\.?", re.I)  # of a host: its last part is no number
_TAKEN = frozenset((HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT))
_ELSEWHERE = frozenset(("unavailable", "unsupported", "unknown_type", "busy"))  # of a worker that can still take bytes


def goes_by_url(client: WorkerClient, size: int) -> bool:
    """Tell whether a worker wants a value of this many bytes to go through its bucket."""
    said = client.status.model_extra or {}
    above = said.get(m.ABOVE)
    return m.BY_URL in (said.get("capabilities") or ()) and isinstance(above, int) and size > above


async def put_by_url(client: WorkerClient, path: Path, sha256: str, size: int) -> None:
    """Give a worker the value in a file, whose digest is known; raises :class:`TransferFailed`."""
    signed = await _ask(client, m.PutUrl(sha256=sha256, size=size))
    if signed.method != "PUT" or signed.ticket is None:
        raise TransferFailed("the worker's answer names no place for a value")
    with path.open("rb") as file:
        async with _request(client, signed, _pieces(file)) as answer:
            if answer.status not in _TAKEN:
                raise TransferFailed(f"the worker's bucket did not take a value: HTTP {answer.status}")
    await _told(client, m.PutValue(sha256=sha256, ticket=signed.ticket))


async def get_by_url(
    client: WorkerClient, job_id: str, name: str, target: Path, most: int | None = None
) -> tuple[int, str]:
    """Bring a stored value of a job into a new file; returns its size and SHA-256. Raises :class:`TransferFailed`.

    One of more than ``most`` bytes does not come so. Nothing is left of a file that did not come as the worker had
    said.
    """
    signed = await _ask(client, m.GetUrl(job_id=job_id, name=name))
    if signed.method != "GET" or signed.size is None or signed.sha256 is None:
        raise TransferFailed("the worker's answer names no value")
    if most is not None and signed.size > most:
        raise TransferFailed(f"the value has {signed.size} bytes, and {most} are the most that is taken")
    with _new(target) as file:
        try:
            async with _request(client, signed) as answer:
                if answer.status != HTTPStatus.OK:
                    raise TransferFailed(f"the worker's bucket did not give a value: HTTP {answer.status}")
                digest = await _write(answer, file, signed.size)
            if file.tell() != signed.size or digest != signed.sha256:
                raise TransferFailed("a value did not come from the worker's bucket as it was stored")
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    return signed.size, digest


def _new(path: Path) -> BinaryIO:
    return open(path, "xb", opener=private_opener)


async def _ask(client: WorkerClient, message: Message) -> m.SignedUrl:
    try:
        return m.SignedUrl.read(await _told(client, message))
    except BadFrame:
        raise TransferFailed("the worker's answer is no URL") from None  # its own words may hold the URL


async def _told(client: WorkerClient, message: Message) -> Any:
    """Ask a worker, which may take its time: it speaks to its bucket meanwhile."""
    try:
        async with client.call(message) as call:
            return await call.answer()
    except WorkerFault as fault:
        if fault.code in _ELSEWHERE:
            raise TransferFailed(f"the worker's bucket cannot be used: {fault}") from None
        raise


async def _write(answer: ClientResponse, file: BinaryIO, size: int) -> str:
    digest = hashlib.sha256()
    async for piece in answer.content.iter_chunked(_PIECE):
        if file.tell() + len(piece) > size:
            raise TransferFailed("the worker's bucket sends more than was stored")
        try:
            await asyncio.to_thread(file.write, piece)
        except OSError as error:
            raise StorageError(f"a value cannot be stored: {error.strerror}") from error
        digest.update(piece)
    return digest.hexdigest()


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, _PIECE):
        yield piece


@asynccontextmanager
async def _request(
    client: WorkerClient, signed: m.SignedUrl, body: AsyncIterator[bytes] | None = None
) -> AsyncIterator[ClientResponse]:
    """Make the one request that a URL is for."""
    import aiohttp

    parts = _checked(client, signed)
    where = f"{parts.scheme}://{parts.netloc}"  # all that may be told of it
    headers = {**signed.headers, "Accept-Encoding": "identity"}
    try:
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=cast("AbstractResolver", _Resolver(near=client.near)), force_close=True
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=OPEN_TIMEOUT, sock_read=SILENCE),
                auto_decompress=False,
                skip_auto_headers=("Content-Type", "User-Agent"),
            ) as session,
            session.request(
                signed.method, _exactly(signed.url), data=body, headers=headers, allow_redirects=False
            ) as answer,
        ):
            yield answer
    except NodetoolError:
        raise
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        # aiohttp's own words may hold the URL.
        raise TransferFailed(f"the worker's bucket at {where} cannot be reached: {type(error).__name__}") from None


def _exactly(url: str) -> Any:
    """Return a URL as it was signed: nothing in it is quoted anew."""
    from yarl import URL

    return URL(url, encoded=True)


def _checked(client: WorkerClient, signed: m.SignedUrl) -> SplitResult:
    """Return the parts of a URL that may be followed; raises :class:`TransferFailed`."""
    try:
        parts = urlsplit(signed.url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https") or "@" in parts.netloc or not signed.url.isascii():
        raise TransferFailed("what the worker named is no URL of a bucket")
    if parts.scheme != "https" and client.host.startswith("wss:"):
        raise TransferFailed("the worker's bucket is not reached by TLS, as the worker is")
    if not all(map(_HEADER.fullmatch, signed.headers)):
        raise TransferFailed("the worker asks for headers that no bucket needs")
    if not _NAME.fullmatch(host):  # names are looked up later
        try:
            _check_address(str(ip_address(host)), near=client.near)
        except ValueError:  # such as 127.1, which some programs take for an address
            raise TransferFailed("what the worker named is no URL of a bucket") from None
    return parts


def _check_address(address: str, *, near: bool) -> None:
    if not near and not is_public(address):
        raise TransferFailed("the worker names a bucket that is no address of the public network")


class _Resolver:
    """Looks names up, and keeps what a worker may not make us speak to out."""

    def __init__(self, *, near: bool) -> None:
        from aiohttp import ThreadedResolver

        self._own = ThreadedResolver()
        self._near = near

    async def resolve(self, host: str, *arguments: Any, **named: Any) -> Any:
        """Return the addresses of a name; raises :class:`TransferFailed` when one of them may not be spoken to."""
        found = await self._own.resolve(host, *arguments, **named)
        for one in found:
            _check_address(one["host"], near=self._near)
        return found

    async def close(self) -> None:
        """Let go of what looks names up."""
        await self._own.close()
