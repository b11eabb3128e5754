"""Running JavaScript that stands in a graph: in a process of its own, with an engine that has no host to reach.

The engine is QuickJS (package ``quickjs-ng``). It could run in this process, but its native loops, such as a search in
a long text, cannot be interrupted there; and a fault of an engine must not be a fault of the job. A process can always
be ended, and holds no files, no secrets and no more memory than it was given.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nodetool_jupyter import clock
from nodetool_jupyter.errors import NotStorable
from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.processes import signal_name
from nodetool_jupyter.values import inline

MEMORY = 256 << 20  # bytes that a script's values may take
MARK = "\0js"  # the key of an object that stands for a value JSON has no form for; the prelude knows it too
HOST = Path(__file__).with_name("script_host.py")
_NEVER = "it waits for a promise that nothing will fulfil"
_ENDLESS = 1e8  # seconds
_LONGEST = 4  # bytes of a line for each of the characters that may come out


class ScriptError(ValueError):
    """A script failed, or went beyond a limit."""


class Script:
    """One script at work: the process is started by the first call, and keeps the script's ``state`` for the others."""

    def __init__(self, ctx: NodeContext) -> None:
        self._ctx = ctx
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._rest = bytearray()

    async def run(
        self, code: str, inputs: Mapping[str, Any], seconds: float, megabytes: float
    ) -> AsyncIterator[tuple[str, Any]]:
        """Run ``code`` as the body of an async function; yield what it sends: names of outputs, and values.

        ``seconds`` bound the time it computes, ``megabytes`` what comes out of it. Raises :class:`ScriptError`.
        """
        if not (seconds > 0 and megabytes > 0):
            raise ScriptError("timeout and max_response_mb must be more than 0")
        await self._ask(code, inputs, min(seconds, _ENDLESS), megabytes)
        done, left = False, seconds
        while True:
            began = clock.monotonic()
            try:
                async with asyncio.timeout(left):
                    said = await self._hear(int(megabytes * 2**20) * _LONGEST + 65536)
            except TimeoutError:
                self.stop()
                raise ScriptError(f"the script took longer than its timeout of {seconds:g} s") from None
            left -= clock.monotonic() - began  # what others take to read its outputs is not its time
            if "emit" in said:
                yield str(said["emit"]), said["value"]
            elif "log" in said:
                self._ctx.log(said["log"], said.get("severity", "info"))
            elif "error" in said:
                raise ScriptError(_sentence(said))
            elif "idle" in said:
                if not done:
                    raise ScriptError(f"the script did not come to its end: {_NEVER}")
                return
            done = done or "done" in said

    async def _ask(self, code: str, inputs: Mapping[str, Any], seconds: float, megabytes: float) -> None:
        body = json.dumps({name: _portable(value, name) for name, value in inputs.items()})
        order = {"code": code, "inputs": body, "marked": json.dumps(MARK)[1:-1] in body, "memory": MEMORY}
        order |= {"seconds": seconds, "megabytes": megabytes}
        if self._process is None:
            self._start()
        assert self._socket is not None
        try:
            await asyncio.get_running_loop().sock_sendall(self._socket, json.dumps(order).encode() + b"\n")
        except OSError:
            raise ScriptError(self._ended()) from None

    def _start(self) -> None:
        spec = find_spec("quickjs")
        if spec is None or spec.origin is None:
            raise ScriptError("the JavaScript engine is not installed; pip install 'nodetool-jupyter[js]'")
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self._socket = ours
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-S", str(HOST), str(Path(spec.origin).parent.parent)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self._ctx.environ,
                cwd="/",
                start_new_session=True,
            )

    async def _hear(self, most: int) -> dict[str, Any]:
        """Return the next thing the process says; raises :class:`ScriptError` when it has ended."""
        assert self._socket is not None
        loop, rest = asyncio.get_running_loop(), self._rest
        looked = 0
        while (end := rest.find(b"\n", looked)) < 0:
            looked = len(rest)
            try:
                data = await loop.sock_recv(self._socket, 1 << 18)
            except ConnectionError:
                data = b""
            if not data or looked > most:
                raise ScriptError(self._ended())
            rest += data
        line = bytes(rest[:end])
        del rest[: end + 1]
        try:
            said = json.loads(line, object_hook=_special)
        except RecursionError:
            raise ScriptError("a value that is nested too deep cannot leave the script") from None
        return said if isinstance(said, dict) else {}

    def _ended(self) -> str:
        """Say how the process ended that should not have."""
        process = self._process
        self.stop()
        code = process.returncode if process is not None else None
        how = f"by {signal_name(-code)}" if code is not None and code < 0 else f"with exit code {code}"
        return f"the script's process ended {how}; perhaps it used more memory than the {MEMORY >> 20} MB it may"

    def stop(self) -> None:
        """End the process, whatever it does; a further call would start another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._rest.clear()


def _sentence(said: Mapping[str, Any]) -> str:
    text = str(said["error"])
    if text == "null":  # which is what the engine throws when not even an error has room
        text = f"it threw null; perhaps it used more memory than the {MEMORY >> 20} MB it may"
    if text == "InternalError: out of memory":
        text = f"it used more memory than the {MEMORY >> 20} MB it may"
    where = f" in line {said['line']}" if said.get("line") else ""
    return f"the script failed{where}: {text}"


def _portable(value: Any, name: str) -> Any:
    """Return a value in the form that the prelude reads."""
    kind = type(value)
    if value is None or kind in (str, bool, int):
        return value
    if kind is float:
        return value if math.isfinite(value) else {MARK: ["number", _NUMBERS.get(value, "NaN")]}
    if isinstance(value, Mapping):
        return {str(key): _portable(item, name) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_portable(item, name) for item in value]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {MARK: ["bytes", base64.b64encode(value).decode()]}
    try:
        return inline(value)
    except NotStorable:
        raise ScriptError(f"the input {name!r} is a {kind.__name__}, which a script cannot read") from None


_NUMBERS = {math.inf: "Infinity", -math.inf: "-Infinity"}


def _special(found: dict[str, Any]) -> Any:
    """Return the value that a marked object stands for; other objects as they are."""
    if MARK not in found:
        return found
    kind, text = found[MARK]
    if kind == "bytes":
        return base64.b64decode(text)
    return int(text) if kind == "int" else float(text)
