"""What a container says from its first word to its last, also when its engine is restarted or its owner changes."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from socket import socket
from typing import TypeVar

from nodetool_jupyter import clock
from nodetool_jupyter import events as ev
from nodetool_jupyter.errors import EngineUnavailable, ExecutionLost, NeverRan
from nodetool_jupyter.execution.base import OWN, ChannelLine
from nodetool_jupyter.execution.container.aside import aside
from nodetool_jupyter.execution.container.channel import ContainerChannel
from nodetool_jupyter.execution.container.claims import Claims
from nodetool_jupyter.execution.container.engine import ContainerEngine, ContainerState, StillRuns
from nodetool_jupyter.execution.container.kept import Kept
from nodetool_jupyter.execution.container.wire import Refusal
from nodetool_jupyter.execution.order import COPY

T = TypeVar("T")

AWAY = 600.0  # seconds that an engine is waited for
ENDING = 5.0  # seconds that a container may go on after it has told its end
SILENT = 60.0  # seconds without a line: a runner's guard, which runs nobody's code, writes one every two
UNHEARD = 10.0  # the same, until one that an owner before has started is first heard: it may never have had its order
_FIRST, _LONGEST = 0.05, 2.0  # seconds between two questions whether the engine is back
_WAITING = "the Docker engine does not answer; the job waits for its return, {:g} minutes at most"


async def while_away(act: Callable[[], T], tell: Callable[[str], None], wanted: Callable[[], bool]) -> tuple[T, bool]:
    """Ask an engine, in a thread, and again while it is away; returns its answer and whether it was.

    Raises :class:`EngineUnavailable` after :data:`AWAY` seconds, or when the answer is ``wanted`` no more.
    """
    end, delay, away = clock.monotonic() + AWAY, _FIRST, False
    while True:
        try:
            answer = await aside(act)
        except EngineUnavailable as error:
            if not _is_away(error) or clock.monotonic() > end or not wanted():
                raise
        else:
            if away:
                tell("the Docker engine is back")
            return answer, away
        if not away:
            tell(_WAITING.format(AWAY / 60))
            away = True
        # A timer, because nothing else tells: a socket's path stands there all the while, and another host has none.
        await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311  # many jobs must not ask in step
        delay = min(2 * delay, _LONGEST)


def _is_away(error: EngineUnavailable) -> bool:
    """Tell whether an engine did not answer, or only to say that it is just ending."""
    if isinstance(error, Refusal):
        return error.status >= 500
    return not isinstance(error, StillRuns)


class Lifeline:
    """One container as its owner holds it; ``folder`` is where it keeps a copy of what it says, of ``cap`` bytes.

    Whoever attaches to a container that has spoken already attaches first and reads the copy then: what is missing in
    the one is in the other. Where there is no copy it is the engine's log, which may have lost its beginning.
    """

    def __init__(
        self,
        engine: ContainerEngine,
        id_: str,
        claims: Claims,
        folder: Path,
        cap: int,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.channel = ContainerChannel(claims)
        self.absences = 0  # how often the engine was away meanwhile
        self.silent = False  # it was ended because it said nothing
        self._engine = engine
        self._id = id_
        self._folder = folder
        self._cap = cap
        self._tell = tell
        self._socket: socket | None = None
        self._joined = asyncio.Event()
        self._closed = False
        self._rest_was_read = False
        self._patience = SILENT
        self._heard = 0.0  # when it last said a line of its own, or may have
        self._doubted = False  # that it is a runner still

    async def ask(self, act: Callable[..., T], *args: object) -> T:
        """Ask the engine, and wait for it while it is away; raises what the engine raises."""
        answer, away = await while_away(partial(act, *args), self._tell, lambda: not self._closed)
        self.absences += away
        return answer

    async def begin(self) -> None:
        """Attach to a container that has not been started; the engine is not waited for."""
        loop = asyncio.get_running_loop()
        await aside(lambda: self._open(self._engine.attach(self._id, logs=False), loop))
        self._joined.set()

    async def join(self) -> None:
        """Attach to one that another owner has started, and that may have ended since.

        Raises :class:`NeverRan` when it was made and never started, :class:`ExecutionLost` when it is not there.
        """
        state = await self.ask(self._engine.state, self._id)
        if state.started is None:
            raise NeverRan("its owner ended before its container was started")
        if not self.has_spoken():
            self._patience = UNHEARD
        await self._join_it()

    async def _join_it(self) -> None:
        await self.ask(self._join, asyncio.get_running_loop())
        self._joined.set()

    def _join(self, loop: asyncio.AbstractEventLoop) -> None:
        stream = self._engine.attach(self._id, logs=False)
        kept = Kept.open(self._folder, self._cap)  # behind the attaching
        try:
            ended = self._engine.state(self._id).finished is not None
            if kept is not None and not ended:
                self._open(stream, loop, kept=kept)
                return
            stream.close()  # that of one that has ended would never end
            if kept is not None:
                self._open(None, loop, kept=kept)
            else:
                self._open(self._engine.attach(self._id, logs=True), loop, logged=True)
        except BaseException:
            stream.close()
            if kept is not None:
                kept.close()
            raise

    def _open(
        self,
        stream: socket | None,
        loop: asyncio.AbstractEventLoop,
        *,
        kept: Kept | None = None,
        logged: bool = False,
    ) -> None:
        self._socket = stream
        self.channel.open(stream, loop, kept=kept, logged=logged)

    async def write(self, line: bytes) -> bool:
        """Write a line to the container's stdin; tells whether the engine has taken it, now or when it is back."""
        for _ in range(2):
            try:
                await asyncio.wait_for(self._joined.wait(), ENDING)
            except TimeoutError:
                break
            if self._socket is None:
                break
            try:
                await asyncio.shield(aside(self._socket.sendall, line + b"\n"))
            except OSError:  # its end is told by the channel
                self._joined.clear()
            else:
                return True
        return False

    async def lines(self) -> AsyncIterator[list[ChannelLine]]:
        """Yield what it says; the last is its claim of an end, if it makes one before it ends.

        Raises :class:`EngineUnavailable` when the engine does not come back.
        """
        self._heard = clock.monotonic()
        while True:
            found = self.channel.read()
            if found:
                over = ev.ends(found[-1].event)
                self._take_note(found)
                yield found
                if over:
                    return
            elif not self.channel.ended:
                await self._rung()
            elif not await self._goes_on():
                if found := self.channel.finish():
                    yield found
                return

    def _take_note(self, lines: list[ChannelLine]) -> None:
        if any(line.n != OWN for line in lines):
            self._heard, self._doubted, self._patience = clock.monotonic(), False, SILENT

    async def _rung(self) -> None:
        """Wait for more; a container that is silent for so long is no runner any more, and is ended."""
        try:
            async with asyncio.timeout(max(0.0, self._heard + self._patience - clock.monotonic())):
                await self.channel.rung()
        except TimeoutError:
            with suppress(ExecutionLost):
                await self._end_silent()

    async def _end_silent(self) -> None:
        state = await self.ask(self._engine.state, self._id)
        if state.paused or not self._doubted:  # who was held up itself looks once more
            self._doubted, self._heard = not state.paused, self._heard + ENDING
        else:
            self.silent, self._heard = True, clock.monotonic()
            await self.ask(self._engine.signal, self._id, "SIGKILL")

    async def _goes_on(self) -> bool:
        """The stream has ended: join again if the container runs on, or may have said more; tell whether it was so."""
        if self._rest_was_read:
            return False
        try:
            await self._join_again()
        except ExecutionLost:
            self._rest_was_read = True
        return True

    async def _join_again(self) -> None:
        absences = self.absences
        state = await self.ask(self._engine.state, self._id)
        if self.absences > absences:
            self._heard = clock.monotonic()
        elif state.running:
            with suppress(StillRuns):
                state = await self.ask(self._engine.wait, self._id, ENDING)
        if state.running and clock.monotonic() > self._heard + self._patience:
            await self._end_silent()
        self._rest_was_read = not state.running
        await self._join_it()

    async def stopped(self) -> ContainerState | None:
        """Wait until the container has ended, and end it if need be; none when it is not there any more."""
        try:
            if self.channel.claims.over:
                await self.ask(self._engine.signal, self._id, "SIGKILL")
            with suppress(StillRuns):
                return await self.ask(self._engine.wait, self._id, ENDING)
            await self.ask(self._engine.signal, self._id, "SIGKILL")
            return await self.ask(self._engine.wait, self._id, ENDING)
        except ExecutionLost:
            return None

    def has_spoken(self) -> bool:
        """Tell whether it has said anything, or begun to; blocks. A runner makes its copy before it runs anything."""
        return self.channel.claims.n > 0 or not self._folder.is_dir() or os.path.lexists(self._folder / COPY)

    def close(self) -> None:
        """Let go of it, without its notice."""
        self._closed = True
        self.channel.close()
