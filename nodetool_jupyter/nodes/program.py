"""Programs that a node runs: without secrets, bounded in what they say, and ended with all that they have started.

They run as you, or in a container of their own.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from codecs import getincrementaldecoder
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple
from uuid import uuid4

from nodetool_jupyter.errors import EngineUnavailable
from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.launcher import Program
from nodetool_jupyter.processes import signal_name, start_ticks
from nodetool_jupyter.tree import kill_leftovers

MOST = 16 << 20  # bytes that a program may write to each of its two streams
MARK = "NODETOOL_NODE_PROCESS"  # the variable by which everything that a program has started is found
_SHOWN = 4000  # characters of what a failed program said last that go into the job's log
_LIVE = 64 * 1024  # bytes that are shown as they come; all of it is in the node's outputs
_NEAREST = (
    "the nearest choice is execution_mode 'subprocess', which runs the code as you, without a container around it"
)


class ProgramError(ValueError):
    """A program failed, or said too much."""


class Said(NamedTuple):
    """What a program wrote."""

    stdout: str
    stderr: str


async def run_script(ctx: NodeContext, what: str, argv: Sequence[str], code: str, stdin: str = "") -> Said:
    """Run a program that reads ``code`` from the file named behind ``argv``, in the node's folder; return what it says.

    Neither the code nor ``stdin`` stands in a command line. ``what`` names the program in errors. Raises
    :class:`ProgramError` when its exit code is not 0, or when it says too much.
    """
    code_file, stdin_file = ctx.scratch / ".code", ctx.scratch / ".stdin"
    code_file.write_text(code, encoding="utf-8")
    stdin_file.write_text(stdin, encoding="utf-8")
    heard = _Heard(ctx, what)
    with stdin_file.open("rb") as reader:
        program = _Program([*argv, str(code_file)], reader, ctx.scratch, heard)
    try:
        await program.over
    finally:
        program.end()
    heard.check()
    ended = program.returncode
    return _judge(heard, ended, f"was ended by {signal_name(-ended)}" if ended < 0 else "")


async def run_contained(ctx: NodeContext, what: str, program: Program) -> Said:
    """Run a program in a container of its own; return what it says. Raises :class:`ProgramError` as above."""
    if ctx.launcher is None:
        raise ProgramError(f"{what} cannot have a container here; {_NEAREST}")
    heard = _Heard(ctx, what)

    def hear(stream: str, data: bytes) -> None:
        heard.take(stream, data)
        heard.check()

    try:
        ended = await ctx.launcher.launch(program, hear)
    except EngineUnavailable as error:
        raise ProgramError(f"{what} was to run in a container, but {error}; {_NEAREST}") from None
    return _judge(heard, ended.exit_code, "took more memory than its container has" if ended.out_of_memory else "")


def _judge(heard: _Heard, exit_code: int, why: str) -> Said:
    """Return what a program said; raises :class:`ProgramError` when its exit code is not 0."""
    said = heard.said()
    if exit_code != 0:
        how = why or f"failed with exit code {exit_code}"
        if said.stderr.strip():
            heard.ctx.log(said.stderr.strip()[-_SHOWN:], "error")
            how += f": {said.stderr.strip().splitlines()[-1]}"
        raise ProgramError(f"{heard.what} {how}")
    return said


class _Heard:
    """What a program has written so far to its two streams; how it began is shown while it runs."""

    def __init__(self, ctx: NodeContext, what: str) -> None:
        self.ctx = ctx
        self.what = what
        self._streams = {"stdout": bytearray(), "stderr": bytearray()}
        self._decoders = {name: getincrementaldecoder("utf-8")("replace") for name in self._streams}
        self._left = _LIVE
        self._full = ""

    def take(self, stream: str, data: bytes) -> bool:
        """Take what came; tell whether more may come."""
        self._streams[stream] += data
        if len(self._streams[stream]) > MOST:
            self._full = self._full or stream
        if self._left > 0 and (text := self._decoders[stream].decode(data[: self._left])):
            self._left -= len(data)
            self.ctx.chunk(text)
        return not self._full

    def check(self) -> None:
        """Raise :class:`ProgramError` when it was too much."""
        if self._full:
            raise ProgramError(f"{self.what} wrote more than {MOST >> 20} MiB to {self._full}, and was ended")

    def said(self) -> Said:
        """Return it as text; what is no UTF-8 is replaced."""
        return Said(*(data.decode("utf-8", "replace") for data in self._streams.values()))


class _Program:
    """A running program. ``over`` is done when it has exited, or has said too much."""

    def __init__(self, argv: Sequence[str], stdin: IO[bytes], folder: Path, heard: _Heard) -> None:
        self._mark = uuid4().hex
        self._loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = self._loop.create_future()
        self._process = subprocess.Popen(  # noqa: S603
            argv,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**heard.ctx.environ, MARK: self._mark},
            start_new_session=True,
        )
        assert self._process.stdout is not None and self._process.stderr is not None
        self._ticks = start_ticks(self._process.pid) or 0
        self._pipes = [
            _Pipe(stream, partial(heard.take, name), self._tell)
            for name, stream in (("stdout", self._process.stdout), ("stderr", self._process.stderr))
        ]
        threading.Thread(target=self._wait, name="nodetool-program", daemon=True).start()

    @property
    def returncode(self) -> int:
        """The exit code, or the negative number of the signal that ended it."""
        return int(self._process.returncode)

    def _wait(self) -> None:
        self._process.wait()
        with suppress(RuntimeError):  # nobody waits any more, and the loop is closed
            self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        if not self.over.done():
            self.over.set_result(None)

    def end(self) -> None:
        """End the program and whatever is left of what it has started, and take what they said last."""
        kill_leftovers(self._mark, self._ticks, MARK)
        self._process.kill()
        self._process.wait()
        for pipe in self._pipes:
            pipe.close()


class _Pipe:
    """One stream of a program, read as it comes; ``hear`` takes it, and tells whether more may come."""

    def __init__(self, stream: IO[bytes], hear: Callable[[bytes], bool], full: Callable[[], None]) -> None:
        self._stream = stream
        self._hear = hear
        self._full = full
        os.set_blocking(stream.fileno(), False)
        asyncio.get_running_loop().add_reader(stream.fileno(), self._take)

    def _take(self) -> bool:
        """Take what is there now; tell whether there may be more."""
        try:
            data = os.read(self._stream.fileno(), 1 << 16)
        except BlockingIOError:
            return False
        fits = self._hear(data)
        if not data or not fits:
            asyncio.get_running_loop().remove_reader(self._stream.fileno())
        if not fits:
            self._full()
        return bool(data) and fits

    def close(self) -> None:
        """Take what is still there, and read no more."""
        while self._take():
            pass
        asyncio.get_running_loop().remove_reader(self._stream.fileno())
        self._stream.close()
