"""The control socket: how other processes of the same user reach the owner of a job, a JSON line each way."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.errors import (
    InvalidRequest,
    JobNotFound,
    NodetoolError,
    NotOwner,
    NotStorable,
    StorageError,
    nearest,
)
from nodetool_jupyter.events import dump
from nodetool_jupyter.jobs.records import FIELDS, JobRecord, as_row
from nodetool_jupyter.sockets import peer_uid, reachable
from nodetool_jupyter.states import Status

if TYPE_CHECKING:
    from nodetool_jupyter.jobs.manager import JobExecutionManager

LONGEST_LINE = 16 * 1024 * 1024
_ERRORS: dict[str, type[Exception]] = {
    "InvalidRequest": InvalidRequest,
    "JobNotFound": JobNotFound,
    "NotOwner": NotOwner,
    "NotStorable": NotStorable,
    "StorageError": StorageError,
    "TimeoutError": TimeoutError,
}
ANSWER_TIME = 30.0  # seconds that a caller waits


class ControlServer:
    """Answers on the manager's socket; only its own user gets in.

    ``called`` are the words that other managers call across, with what is done then, on the loop.
    """

    def __init__(self, manager: JobExecutionManager, path: Path, called: Mapping[str, Callable[[], None]]) -> None:
        self._manager = manager
        self._path = path
        self._called = called
        self._listener: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._callers: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._verbs: dict[str, Callable[[dict[str, Any]], Any]] = {
            "get": lambda ask: _plain(manager.get(ask["job_id"])),
            "list": self._list,
            "cancel": lambda ask: manager.cancel(ask["job_id"], **_only(ask, "reason", "message")),
            "push_input": self._push_input,
            "state": lambda ask: manager.state(ask["job_id"]).snapshot(),
            "winding_down": lambda ask: manager.winding_down(ask["job_id"]),
        }

    async def start(self) -> None:
        """Listen."""
        listener = self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.setblocking(False)
        with reachable(self._path) as short:
            listener.bind(short)
        self._path.chmod(0o600)
        self._server = await asyncio.start_unix_server(self._accept, sock=listener, limit=LONGEST_LINE)

    async def close(self) -> None:
        """Stop listening, and hang up on everybody."""
        self._path.unlink(missing_ok=True)
        if self._server is not None and self._listener is not None:
            # A server closed between accepting a connection and attaching it loses the connection (gh-109564):
            # accept no more, and let what was accepted become known first.
            asyncio.get_running_loop().remove_reader(self._listener.fileno())
            for _ in range(3):
                await asyncio.sleep(0)
            self._server.close()
        elif self._listener is not None:
            self._listener.close()
        for writer in list(self._callers):
            writer.transport.abort()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection: known from now on, also if its task should never get to run."""
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._callers[writer] = task

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            uid = peer_uid(writer.get_extra_info("socket"))
            if uid is None or uid == os.getuid():
                while line := await reader.readline():
                    await self._answer(line, writer)
        except (ConnectionError, ValueError):
            pass  # the other side is gone, or sent a line without end
        finally:
            self._callers.pop(writer, None)
            writer.close()

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        try:
            ask = json.loads(line)
            verb = str(ask["verb"])
            if verb == "subscribe":
                await self._subscribe(ask, writer)
                return
            # A verb may wait for the index or the disk, which this loop must not.
            answer = {"ok": self._called[verb]() if verb in self._called else await asyncio.to_thread(self._do, ask)}
        except (NodetoolError, TimeoutError) as error:
            answer = {"error": type(error).__name__, "message": str(error)}
        except (KeyError, TypeError, ValueError) as error:
            answer = {"error": "InvalidRequest", "message": f"this is no request: {error!r}"}
        writer.write(json.dumps(answer, default=str).encode() + b"\n")
        await writer.drain()

    def _do(self, ask: dict[str, Any]) -> Any:
        verb = str(ask["verb"])
        act = self._verbs.get(verb)
        if act is None:
            raise InvalidRequest(f"there is no verb {verb!r}; {nearest(verb, [*self._verbs, 'subscribe'])}")
        return act(ask)

    async def _subscribe(self, ask: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        async for event in self._manager.aevents(ask["job_id"], int(ask.get("after", 0))):
            writer.write(dump(event) + b"\n")
            await writer.drain()
        writer.write(b'{"end":true}\n')

    def _list(self, ask: dict[str, Any]) -> list[dict[str, Any]]:
        wanted = ask.get("status")
        status = None if wanted is None else [Status(one) for one in wanted]
        return [_plain(record) for record in self._manager.list(status, ask.get("limit", 100))]

    def _push_input(self, ask: dict[str, Any]) -> None:
        value = self._manager.values(ask["job_id"]).decode(ask["value"])
        self._manager.push_input(ask["job_id"], ask["name"], value, end=bool(ask.get("end")))


def call(path: Path, verb: str, **args: Any) -> Any:
    """Ask the manager at a socket, and return its answer; blocks at most 30 seconds.

    Raises what the verb raised there, or :class:`NotOwner` when nobody answers.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_TIME)
            with reachable(path) as short:
                connection.connect(short)
            connection.sendall(json.dumps({"verb": verb, **args}).encode() + b"\n")
            with connection.makefile("rb") as file:
                answer = json.loads(file.readline())
    except (OSError, ValueError) as error:
        raise NotOwner(f"the manager at {path} does not answer: {error}") from error
    if "error" in answer:
        raise _error(answer["error"], answer["message"])
    return answer["ok"]


def greet(path: Path, word: str = "hello") -> None:
    """Let the manager at a socket know that there is another one, or that it ``left``; nobody waits for an answer."""
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1.0)
        with reachable(path) as short:
            connection.connect(short)
        connection.sendall(b'{"verb":"%b"}\n' % word.encode())


def _error(name: str, message: str) -> Exception:
    kind = _ERRORS.get(name, NodetoolError)
    return kind(message)


def _plain(record: JobRecord) -> dict[str, Any]:
    return dict(zip(FIELDS, as_row(record), strict=True))


def _only(ask: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: ask[name] for name in names if ask.get(name) is not None}
