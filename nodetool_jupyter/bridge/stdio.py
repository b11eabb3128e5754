"""A worker of one's own: a process that is spoken to over its stdin and stdout."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Self

from nodetool_jupyter.bridge import frames
from nodetool_jupyter.bridge.large import Apart, Part
from nodetool_jupyter.errors import WorkerLost, WorkerUnreachable

log = logging.getLogger(__name__)

READY = "NODETOOL_STDIO_READY"
START_TIMEOUT = 60.0  # seconds until it must say that it is ready
STOP_GRACE = 10.0  # that it has to finish what runs, once its input has ended
_TOLD = 20  # last lines of its stderr that are told when it dies
_BUFFER = 1024 * 1024
# What the worker does with a terminal, it must not do with pipes.
QUIET = {"TQDM_DISABLE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "error"}


class StdioTransport:
    """Frames to and from a worker's process: four bytes of length before each.

    The process is in a session of its own, so that Ctrl-C here is no Ctrl-C there; it ends when its input does.
    """

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._in, self._out = process.stdin, process.stdout
        self._said: deque[str] = deque(maxlen=_TOLD)
        self._ready = asyncio.Event()
        self._lines = asyncio.create_task(self._read_lines())
        self.host = name
        self.near = True

    @classmethod
    async def open(
        cls, command: Sequence[str], environ: Mapping[str, str] | None = None, timeout: float = START_TIMEOUT
    ) -> Self:
        """Start a worker, such as ``[python, "-m", "nodetool.worker", "--stdio"]``.

        ``environ`` is its whole environment (default: ours). Raises :class:`WorkerUnreachable` when it cannot be
        started, or does not say within ``timeout`` seconds that it is ready.
        """
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                env={**(os.environ if environ is None else environ), **QUIET},
                start_new_session=True,
                limit=_BUFFER,
            )
        except OSError as error:
            raise WorkerUnreachable(f"the worker {command[0]} cannot be started: {error.strerror}") from None
        transport = cls(process, f"process {process.pid}")
        try:
            await transport._wait_ready(timeout)
        except BaseException:
            await transport._stop(grace=0)
            raise
        return transport

    async def _wait_ready(self, timeout: float) -> None:
        ready = asyncio.create_task(self._ready.wait())
        try:
            async with asyncio.timeout(timeout):
                await asyncio.wait({ready, self._lines}, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            raise WorkerUnreachable(
                f"the worker did not say within {timeout:g} s that it is ready{self._tail()}"
            ) from None
        finally:
            ready.cancel()
        if not self._ready.is_set():
            code = await self._process.wait()
            raise WorkerUnreachable(f"the worker ended with {code} before it was ready{self._tail()}")

    async def _read_lines(self) -> None:
        """Read what the worker writes beside its frames, so that it never waits for a reader."""
        assert self._process.stderr is not None
        while True:
            try:
                raw = await self._process.stderr.readline()
            except ValueError:
                continue  # a line beyond the buffer; its rest comes as the next
            if not raw:
                return
            line = raw.decode(errors="replace").rstrip()
            if line == READY:
                self._ready.set()
                continue
            self._said.append(line[:500])
            log.debug("worker %s: %s", self._process.pid, line[:500])

    def _tail(self) -> str:
        return "; it said:\n" + "\n".join(self._said) if self._said else ""

    async def send(self, parts: Sequence[Part]) -> None:
        """Send a frame; waits while the other end does not read. Raises :class:`WorkerLost`."""
        try:
            await frames.write_all(self._in, frames.with_length(parts))
        except (ConnectionError, RuntimeError):
            raise WorkerLost(f"the worker, {self.host}, does not read any more") from None

    async def receive(self) -> bytes | Apart:
        """Return the next frame; raises :class:`WorkerLost` when the process has ended, and :class:`BadFrame`."""
        body = await frames.read_with_length(self._out)
        if body is None:
            code = await self._process.wait()
            await asyncio.wait({self._lines}, timeout=1)  # children of the worker may keep its stderr open
            raise WorkerLost(f"the worker, {self.host}, ended with {code}{self._tail()}")
        return body

    async def close(self) -> None:
        """End the worker: its input ends, it finishes what runs; whatever is left after a while is killed."""
        await self._stop(STOP_GRACE)

    async def _stop(self, grace: float) -> None:
        self._in.close()
        drained = asyncio.create_task(self._drain())  # or it could wait for a reader of its last answers
        try:
            async with asyncio.timeout(grace):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        finally:
            drained.cancel()
            self._lines.cancel()
            await asyncio.gather(drained, self._lines, return_exceptions=True)

    async def _drain(self) -> None:
        while await self._out.read(_BUFFER):
            pass
