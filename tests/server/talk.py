"""Talking to the server as scripts do: an answer is an answer, whatever its status."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.testing import Hold
from tests.server import reference

PATIENCE = 50.0  # seconds that a test waits for what must happen


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers, body."""

    raw: HTTPResponse

    @property
    def status(self) -> int:
        return int(self.raw.code)

    @property
    def headers(self) -> Mapping[str, str]:
        return self.raw.headers

    @property
    def body(self) -> bytes:
        return bytes(self.raw.body or b"")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.json["code"])


class Api:
    """The API of one server, asked with ``headers``: the owner's token where the test gives no others."""

    def __init__(self, client: AsyncHTTPClient, base: str, headers: Mapping[str, str]) -> None:
        self._client = client
        self.base = base  # such as http://127.0.0.1:1234/a%40b/nodetool/api
        self.headers = dict(headers)

    def url(self, path: str, **query: Any) -> str:
        """Return an address below the API; ``path`` is taken as it is, but for what no address may hold."""
        asked = f"?{urlencode(query)}" if query else ""
        return f"{self.base}/{quote(path, safe='/%?=&,+~')}{asked}"

    def with_headers(self, **headers: str | None) -> Api:
        """Return the same with other headers; ``None`` takes one away, an underscore stands for a hyphen."""
        more = {name.replace("_", "-"): text for name, text in headers.items()}
        kept = {name: text for name, text in self.headers.items() if name not in more}
        return Api(self._client, self.base, {**kept, **{name: text for name, text in more.items() if text is not None}})

    async def ask(self, method: str, path: str, body: bytes | str | None = None, **query: Any) -> Answer:
        """Send a request and return its answer, which must be one that the reference knows."""
        request = HTTPRequest(
            self.url(path, **query),
            method=method,
            headers={"Content-Type": "application/json", **self.headers} if body else self.headers,
            body=body,
            allow_nonstandard_methods=True,
            request_timeout=PATIENCE,
            follow_redirects=False,
        )
        answer = Answer(await self._client.fetch(request, raise_error=False))
        if self.base.endswith("/nodetool/api"):
            assert reference.broken(method, path, answer.status, answer.headers, answer.body) == []
        return answer

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.ask("GET", path, **query)

    async def post(self, path: str, data: Any = None, **query: Any) -> Answer:
        return await self.ask("POST", path, b"" if data is None else json.dumps(data).encode(), **query)

    async def delete(self, path: str) -> Answer:
        return await self.ask("DELETE", path)


class Held:
    """Jobs of the strategy ``fake`` that run until they are released."""

    def __init__(self, manager: Callable[[], JobExecutionManager], hold: Hold) -> None:
        self._manager = manager
        self.hold = hold

    async def submit(self, **more: Any) -> str:
        """Submit a job, wait until it runs, and return its id."""
        request = RunJobRequest(**{"strategy": "fake", **more})
        job_id = await asyncio.to_thread(self._manager().submit, request)
        assert await asyncio.to_thread(self.hold.reached.wait, PATIENCE)
        return job_id

    def release(self) -> None:
        """Let all of them complete."""
        self.hold.release()


async def until(true: Callable[[], bool], changed: Callable[[], Awaitable[object]]) -> None:
    """Wait for what ``changed`` tells of until something is true."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await changed()
