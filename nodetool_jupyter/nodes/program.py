"""Programs that a node runs: without secrets, bounded in what they say, and ended with all that they have started."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple
from uuid import uuid4

from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.processes import signal_name, start_ticks
from nodetool_jupyter.tree import kill_leftovers

MOST = 16 << 20  # bytes that a program may write to each of its two streams
MARK = "NODETOOL_NODE_PROCESS"  # the variable by which everything that a program has started is found
_SHOWN = 4000  # characters of what a failed program said last that go into the job's log


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
    with stdin_file.open("rb") as reader:
        program = _Program(ctx, [*argv, str(code_file)], reader, ctx.scratch)
    try:
        full = await program.over
    finally:
        program.end()
    said = Said(*(pipe.text() for pipe in program.pipes))
    if full:
        raise ProgramError(f"{what} wrote more than {MOST >> 20} MiB to {full}, and was ended")
    ended = program.returncode
    if ended != 0:
        how = f"was ended by {signal_name(-ended)}" if ended < 0 else f"failed with exit code {ended}"
        if said.stderr.strip():
            ctx.log(said.stderr.strip()[-_SHOWN:], "error")
            how += f": {said.stderr.strip().splitlines()[-1]}"
        raise ProgramError(f"{what} {how}")
    return said


class _Program:
    """A running program. ``over`` is set when it has exited, to the name of a stream that is full, or to nothing."""

    def __init__(self, ctx: NodeContext, argv: Sequence[str], stdin: IO[bytes], folder: Path) -> None:
        self._mark = uuid4().hex
        self._loop = asyncio.get_running_loop()
        self.over: asyncio.Future[str] = self._loop.create_future()
        self._process = subprocess.Popen(  # noqa: S603
            argv,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**ctx.environ, MARK: self._mark},
            start_new_session=True,
        )
        assert self._process.stdout is not None and self._process.stderr is not None
        self._ticks = start_ticks(self._process.pid) or 0
        self.pipes = [
            _Pipe(stream, partial(self._tell, name))
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
            self._loop.call_soon_threadsafe(self._tell, "")

    def _tell(self, full: str) -> None:
        if not self.over.done():
            self.over.set_result(full)

    def end(self) -> None:
        """End the program and whatever is left of what it has started, and take what they said last."""
        kill_leftovers(self._mark, self._ticks, MARK)
        self._process.kill()
        self._process.wait()
        for pipe in self.pipes:
            pipe.close()


class _Pipe:
    """One stream of a program, read as it comes."""

    def __init__(self, stream: IO[bytes], full: Callable[[], None]) -> None:
        self._stream = stream
        self._full = full
        self._data = bytearray()
        os.set_blocking(stream.fileno(), False)
        asyncio.get_running_loop().add_reader(stream.fileno(), self._take)

    def _take(self) -> bool:
        """Take what is there now; tell whether there may be more."""
        try:
            data = os.read(self._stream.fileno(), 1 << 16)
        except BlockingIOError:
            return False
        self._data += data
        if not data or len(self._data) > MOST:
            asyncio.get_running_loop().remove_reader(self._stream.fileno())
        if len(self._data) > MOST:
            self._full()
            return False
        return bool(data)

    def close(self) -> None:
        """Take what is still there, and read no more."""
        while len(self._data) <= MOST and self._take():
            pass
        asyncio.get_running_loop().remove_reader(self._stream.fileno())
        self._stream.close()

    def text(self) -> str:
        """Return what came, as text; what is no UTF-8 is replaced."""
        return self._data.decode("utf-8", "replace")
