"""What every handler is made of: rights, limits, reading and answering."""

from __future__ import annotations

import asyncio
import json
import math
import secrets
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.escape import url_escape
from tornado.websocket import WebSocketHandler

from nodetool_jupyter.server import figures, problems
from nodetool_jupyter.server.door import Jobs, Who, write_down
from nodetool_jupyter.server.incoming import Query, read_json, read_query
from nodetool_jupyter.server.limits import Kind
from nodetool_jupyter.server.origins import StrictOrigin, StrictSocketOrigin
from nodetool_jupyter.server.problems import Problem

if TYPE_CHECKING:
    from nodetool_jupyter.server.extension import NodetoolExtension

RESOURCE = "nodetool"
API = "nodetool/api"
# Their users are made up anew for each token or browser: whoever knows the token is the server's owner.
_NAMELESS = (IdentityProvider, PasswordIdentityProvider)

T = TypeVar("T")


class NodetoolHandler(JupyterHandler):
    """What requests and sockets have in common; others derive from :class:`ApiHandler` or :class:`SocketHandler`."""

    auth_resource = RESOURCE
    _incident = ""

    @property
    def extension(self) -> NodetoolExtension:
        """The extension of this server."""
        found: NodetoolExtension = self.settings["nodetool"]
        return found

    @property
    def user_name(self) -> str:
        """What the identity is called; empty where the server knows no names, only its owner."""
        user = getattr(self, "_jupyter_current_user", None)  # not there when a request is refused before it is known
        return "" if user is None or type(self.identity_provider) in _NAMELESS else str(user.username)

    @property
    def who(self) -> Who:
        """Who asks, and from where."""
        return Who(self.user_name, str(self.request.remote_ip or ""))

    @property
    def jobs(self) -> Jobs:
        """What this user may do with jobs; to be called by :meth:`off`."""
        return Jobs(self.who, self.extension.policy)

    async def off(self, act: Callable[..., T], *args: Any, **named: Any) -> T:
        """Do something that may take a while in a thread, so that the server's loop goes on."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.extension.threads, partial(act, *args, **named))

    def send(self, text: str) -> None:
        """Answer with JSON that is text already."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "application/json")
        self.finish(text)

    def log_exception(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        """Log what nobody foresaw under a number of its own; what was refused is told to the client only."""
        if isinstance(error, web.HTTPError):
            super().log_exception(kind, error, trace)
            return
        status = problems.problem_of(error).status
        if status == 503:
            self.log.warning("%s: %s", self._request_summary(), error)
        if status == 500:
            self._incident = secrets.token_hex(6)
            self.log.error("%s failed, %s", self._request_summary(), self._incident, exc_info=error)

    def send_error(self, status_code: int = 500, **more: Any) -> None:
        """Answer with a problem, with the status that is the problem's."""
        error = more.get("exc_info", sys.exc_info())[1]
        if not isinstance(error, web.HTTPError):
            status_code = problems.problem_of(error, status_code).status
        super().send_error(status_code, **more)

    def write_error(self, status_code: int, **more: Any) -> None:
        """Write a problem: a code, one sentence, a hint."""
        problem = problems.problem_of(more.get("exc_info", (None, None))[1], status_code, self._incident)
        figures.refused(problem.code)
        if self.request.method not in ("GET", "HEAD") or problem.status in (401, 403, 429):
            write_down(self.who, "refused", f"{self.request.method} {self.request.path}", problem.code)
        if problem.retry_after is not None:
            self.set_header("Retry-After", str(max(1, math.ceil(problem.retry_after))))
        self.send(dumps(problem.body()))


@web.stream_request_body
class ApiHandler(StrictOrigin, NodetoolHandler, APIHandler):
    """A request that is answered in JSON; ``kinds`` says which bucket a method takes from."""

    kinds: ClassVar[dict[str, Kind]] = {"GET": "read", "HEAD": "read", "POST": "action", "DELETE": "action"}
    _received = 0

    async def prepare(self) -> None:  # type: ignore[override]
        """Find out who asks, as Jupyter does; then count the request, and refuse a body that says it is too large."""
        self._pieces: list[bytes] = []
        await super().prepare()
        kind = self.kinds.get(str(self.request.method))
        if self.current_user and kind is not None:
            self.extension.buckets.take(self.user_name, kind)
        length = self.request.headers.get("Content-Length", "0")
        self._check_size(int(length) if length.isdecimal() else 0)

    def data_received(self, chunk: bytes) -> None:
        """Keep a piece of the body, as long as it is not too large; more is read and dropped."""
        self._received += len(chunk)
        if self._received <= self.extension.max_body:
            self._pieces.append(chunk)
        else:
            self._pieces.clear()

    def _check_size(self, size: int) -> None:
        most = self.extension.max_body
        if size > most:
            raise Problem(413, "too_large", f"the body has more than {most} bytes", "large values do not go this way")

    def query(self, *names: str) -> Query:
        """Return the query, in which only these items may stand; raises a 400 :class:`Problem`."""
        limits = self.extension
        return read_query(self.request.query, names, limits.max_query, limits.max_query_items)

    async def body(self) -> Any:
        """Return the body as JSON; raises a 400, 413 or 415 :class:`Problem`."""
        self._check_size(self._received)
        kind = self.request.headers.get("Content-Type", "application/json").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Problem(415, "unsupported_media_type", f"the body is {kind[:60]!r}; it must be application/json")
        return await self.off(read_json, b"".join(self._pieces), self.extension.max_depth)

    async def no_body(self) -> None:
        """Refuse a query, and a body that says anything; raises a :class:`Problem`."""
        self.query()
        if self._received and await self.body() not in ({}, None):
            raise Problem(400, "invalid_request", "the body must be empty here")

    def address(self, *parts: str) -> str:
        """Return an address of the API, for a header."""
        return url_path_join(self.base_url, API, *map(url_escape, parts))

    async def answer(self, act: Callable[..., Any], *args: Any, status: int = 200, **named: Any) -> None:
        """Do something in a thread and answer with what it returned."""
        text = await self.off(lambda: dumps(act(*args, **named)))
        self.set_status(status)
        self.send(text)

    def reply(self, data: Any, status: int = 200) -> None:
        """Answer with JSON-like data that is small."""
        self.set_status(status)
        self.send(dumps(data))

    def update_api_activity(self) -> None:
        """Tell Jupyter that somebody is active; a query that cannot be read must not keep an answer from going out."""
        try:
            super().update_api_activity()
        except web.HTTPError:
            self.log.debug("a query that is not UTF-8 counts as no activity")


class SocketHandler(StrictSocketOrigin, WebSocketMixin, WebSocketHandler, NodetoolHandler):
    """A WebSocket with the rights of the Jupyter server; its ``get`` bears the decorators."""


class Unknown(ApiHandler):
    """Whatever else is asked for below the API's address."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Answer those who may ask anything that there is nothing."""
        await super().prepare()
        raise Problem(404, "not_found", "there is nothing at this address", "the reference lists what there is")


def dumps(data: Any) -> str:
    """Return data as JSON that every reader takes: numbers that JSON does not have become null."""
    try:
        return json.dumps(data, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return json.dumps(_finite(data), allow_nan=False, separators=(",", ":"))


def _finite(data: Any) -> Any:
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in data]
    return data
