"""The guard's socket: how whoever owns the job now speaks to its runner, a JSON line each way."""

from __future__ import annotations

import json
import math
import os
import selectors
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nodetool_jupyter import events as ev
from nodetool_jupyter.sockets import peer_uid, reachable

if TYPE_CHECKING:
    from nodetool_jupyter.execution.guard import Guard

LONGEST = 16 * 1024 * 1024


class GuardSocket:
    """Answers ``cancel``, ``push_input``, ``owner`` and ``status``; only its own user gets in.

    What the worker must answer is passed on to it under a number, and its answer back.
    """

    def __init__(self, guard: Guard, selector: selectors.BaseSelector, worker: socket.socket) -> None:
        self._guard = guard
        self._selector = selector
        self._worker = worker
        self._listener: socket.socket | None = None
        self._path: Path | None = None
        self._callers: dict[socket.socket, bytes] = {}
        self._stream = b""  # of commands, a line whose end has not come yet
        self._asked: dict[int, tuple[socket.socket | None, Any]] = {}
        self._count = 0
        self._outgoing = b""

    def listen(self, path: str) -> list[str]:
        """Listen at a path, where what a dead guard left is removed; returns what people must know."""
        self._path = Path(path)
        try:
            self._listen(self._path)
        except OSError as error:  # signals still reach this process
            return [f"this job takes no input, because {path} cannot be listened at: {error.strerror}"]
        return []

    def _listen(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        listener = self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            with reachable(path) as short:
                listener.bind(short)
        finally:
            os.umask(before)
        listener.listen(16)
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, self._accept)

    def hear(self, descriptor: int, begun: bytes) -> None:
        """Take commands from a stream that only the owner writes to; one that fails is told in the log."""
        self._take(begun)
        os.set_blocking(descriptor, False)
        with suppress(PermissionError):  # a file, to which nothing will be added
            self._selector.register(descriptor, selectors.EVENT_READ, lambda: self._read_stream(descriptor))

    def _read_stream(self, descriptor: int) -> None:
        try:
            data = os.read(descriptor, 1 << 20)
        except BlockingIOError:
            return
        if not data or len(self._stream) + len(data) > LONGEST:
            self._selector.unregister(descriptor)
            return
        self._take(data)

    def _take(self, data: bytes) -> None:
        *lines, self._stream = (self._stream + data).split(b"\n")
        for line in lines:
            self._ask(None, line)

    def close(self) -> None:
        """Take the socket away."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _accept(self) -> None:
        assert self._listener is not None
        with suppress(BlockingIOError, ConnectionError):
            caller, _ = self._listener.accept()
            uid = peer_uid(caller)
            if uid is not None and uid != os.getuid():
                caller.close()
                return
            caller.setblocking(False)
            self._callers[caller] = b""
            self._selector.register(caller, selectors.EVENT_READ, lambda: self._read(caller))

    def _read(self, caller: socket.socket) -> None:
        try:
            data = caller.recv(1 << 20)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        *lines, rest = (self._callers[caller] + data).split(b"\n")
        if not data or len(rest) > LONGEST:
            self._hang_up(caller)
            return
        self._callers[caller] = rest
        for line in lines:
            self._ask(caller, line)

    def _hang_up(self, caller: socket.socket) -> None:
        if self._callers.pop(caller, None) is not None:
            self._selector.unregister(caller)
            caller.close()

    def _ask(self, caller: socket.socket | None, line: bytes) -> None:
        from nodetool_jupyter.execution.guard import CANCELLED

        try:
            ask = json.loads(line)
            verb = ask["verb"]
            if verb == "cancel":
                self._guard.stop(CANCELLED, _seconds(ask["grace"]))
                self._reply(caller, {"ok": None})
            elif verb == "owner":
                self._guard.follow_owner(int(ask["pid"]), int(ask["ticks"]))
                self._reply(caller, {"ok": None})
            elif verb == "status":
                self._reply(caller, {"ok": self._guard.state})
            elif verb == "push_input":
                self._pass_on(caller, ask)
            else:
                self._reply(caller, {"error": "InvalidRequest", "message": f"a runner has no verb {verb!r}"})
        except Exception as error:  # whatever a caller sends, it may not end the guard
            self._reply(caller, {"error": "InvalidRequest", "message": f"this is no request: {error!r}"})

    def _pass_on(self, caller: socket.socket | None, ask: dict[str, Any]) -> None:
        self._count += 1
        self._asked[self._count] = (caller, ask)
        line = {"id": self._count, "name": ask["name"], "value": ask.get("value"), "end": bool(ask.get("end"))}
        self._outgoing += json.dumps(line).encode() + b"\n"
        self._send_out()

    def _send_out(self) -> None:
        """Send the worker what it takes now; the rest when it takes more."""
        try:
            sent = self._worker.send(self._outgoing)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._outgoing = b""
            return
        self._outgoing = self._outgoing[sent:]
        with suppress(KeyError):
            key = self._selector.get_key(self._worker)
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._outgoing else 0)
            act = key.data if not hasattr(key.data, "hear") else key.data.hear
            self._selector.modify(self._worker, wanted, _Both(act, self._send_out) if self._outgoing else act)

    def answer(self, line: bytes) -> None:
        """Pass the worker's answer on to whoever asked."""
        try:
            answer = json.loads(line)
            caller, _ = self._asked.pop(answer.pop("id"))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return  # a node wrote it, not the worker
        if caller is None or caller in self._callers:
            self._reply(caller, answer)

    def _reply(self, caller: socket.socket | None, answer: dict[str, Any]) -> None:
        if caller is None:
            if "error" in answer:
                self._guard.tell(ev.LogUpdate(content=f"refused: {answer.get('message')}", severity="warning"))
            return
        try:
            caller.send(json.dumps(answer).encode() + b"\n")  # far less than a socket's buffer
        except OSError:
            self._hang_up(caller)


def _seconds(value: Any) -> float:
    found = float(value)
    if not 0.0 <= found < math.inf:
        raise ValueError(f"{value} is no number of seconds")
    return found


class _Both:
    """Reads from the worker and writes to it, whichever is possible; reading never blocks."""

    def __init__(self, hear: Any, send: Any) -> None:
        self.hear = hear
        self._send = send

    def __call__(self) -> None:
        self.hear()
        self._send()
