"""Finding a worker's address anew at each attempt: workers in a cloud get another host and port at every start."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from pydantic import BaseModel, ConfigDict

from nodetool_jupyter.bridge.address import Address, read_url
from nodetool_jupyter.errors import InvalidRequest, WorkerUnreachable

Resolver = Callable[[], Awaitable[Address]]
Secret = Callable[[str | None], Awaitable[str]]  # from a secret's name to its value, "" for none

TIMEOUT = 30.0  # seconds that a command or a service has to answer
LONGEST = 1024 * 1024  # bytes of its answer


class HttpJson(BaseModel):
    """A service that knows where a worker is: its URL, and where in its JSON answer the address stands.

    ``token`` is the name of the secret that is said to the service as a bearer token. Pointers are RFC 6901's:
    ``pointer`` leads to a whole URL, or ``host`` and ``port`` to its parts, with ``scheme`` before them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    token: str | None = None
    pointer: str | None = None
    host: str | None = None
    port: str | None = None
    scheme: str = "ws"


def from_callable(find: Callable[[], Any], token: Callable[[], Awaitable[str]]) -> Resolver:
    """Return a resolver that calls a function, which may be asynchronous, for a URL or an :class:`Address`."""

    async def resolve() -> Address:
        found = find()
        if inspect.isawaitable(found):
            found = await found
        return found if isinstance(found, Address) else Address(read_url(str(found)), await token())

    return resolve


def from_command(command: Sequence[str], token: Callable[[], Awaitable[str]]) -> Resolver:
    """Return a resolver that runs a program, without a shell, whose first line on stdout is the URL."""

    async def resolve() -> Address:
        text = (await _output(command)).decode(errors="replace").strip()
        return Address(read_url(text.partition("\n")[0]), await token())

    return resolve


def from_http_json(spec: HttpJson, secret: Secret, token: Callable[[], Awaitable[str]]) -> Resolver:
    """Return a resolver that asks a service over HTTP."""

    async def resolve() -> Address:
        answer = await _get_json(spec.url, await secret(spec.token))
        if spec.pointer is not None:
            return Address(read_url(str(point(answer, spec.pointer))), await token())
        host, port = point(answer, spec.host or "/host"), point(answer, spec.port or "/port")
        return Address(read_url(f"{spec.scheme}://{host}:{port}"), await token())

    return resolve


def point(data: Any, pointer: str) -> Any:
    """Return what a JSON pointer (RFC 6901) leads to; raises :class:`WorkerUnreachable` where there is nothing yet."""
    found = data
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (KeyError, IndexError, TypeError, ValueError):
            found = None
    if not isinstance(found, (str, int)) or isinstance(found, bool):
        raise WorkerUnreachable(f"the service's answer has no address at {pointer!r}; the worker may still be starting")
    return found


async def _output(command: Sequence[str]) -> bytes:
    """Return the first bytes that a program writes to stdout; it is ended with what it started, however that goes."""
    name = command[0]
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise WorkerUnreachable(f"{name}, which tells where the worker is, cannot be run: {error.strerror}") from None
    assert process.stdout is not None
    try:
        async with asyncio.timeout(TIMEOUT):
            body = await process.stdout.read(LONGEST)
            code = await process.wait()
    except TimeoutError:
        raise WorkerUnreachable(f"{name} did not tell within {TIMEOUT:g} s where the worker is") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if code:
        raise WorkerUnreachable(f"{name}, which tells where the worker is, ended with {code}")
    return body


async def _get_json(url: str, token: str) -> Any:
    import aiohttp

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as session,
            session.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            body = await answer.content.read(LONGEST)
            if answer.status != 200:
                said = f"the service that tells where the worker is answered HTTP {answer.status}"
                raise WorkerUnreachable(said)
    except aiohttp.InvalidURL:
        raise InvalidRequest("the URL of the service that tells where the worker is cannot be one") from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        said = f"the service that tells where the worker is cannot be reached ({type(error).__name__})"
        raise WorkerUnreachable(said) from None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise WorkerUnreachable("the service that tells where the worker is answered with no JSON") from None
