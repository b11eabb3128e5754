"""For tests of this package and of strategies: a scripted execution, a clock to set, faults to arm."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

from nodetool_jupyter import clock, events, faults
from nodetool_jupyter.errors import ExecutionLost, InvalidRequest
from nodetool_jupyter.execution import base
from nodetool_jupyter.execution.base import AttemptContext, ChannelLine, JobExecution
from nodetool_jupyter.request import RunJobRequest


class SettableClock:
    """A clock that stands still until it is moved; it begins at the machine's own times."""

    def __init__(self) -> None:
        self._time = clock.SystemClock.time()
        self._monotonic = clock.SystemClock.monotonic()

    def time(self) -> float:
        """Return seconds since the epoch."""
        return self._time

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass, and let every manager look at its timers."""
        from nodetool_jupyter.jobs.manager import open_managers

        self._time += seconds
        self._monotonic += seconds
        for one in open_managers():
            one.poke()

    def jump(self, seconds: float) -> None:
        """Set the wall clock as an administrator would; monotonic time goes on as before."""
        self._time += seconds


@contextmanager
def set_clock() -> Iterator[SettableClock]:
    """Let everybody read a clock that the test sets."""
    settable = SettableClock()
    before = clock.use(settable)
    try:
        yield settable
    finally:
        clock.use(before)


@contextmanager
def fault(name: str, error: BaseException | Callable[[], None], *, times: int = 1) -> Iterator[None]:
    """Let the named point of the product raise ``error``, or call it, the first ``times`` times it is passed."""
    left = times

    def act() -> None:
        nonlocal left
        if left <= 0:
            return
        left -= 1
        if isinstance(error, BaseException):
            raise error
        error()

    faults.arm(name, act)
    try:
        yield
    finally:
        faults.disarm()


@dataclass
class Hold:
    """A place in a script where the runner waits until the test lets it go on."""

    reached: threading.Event = field(default_factory=threading.Event)
    _open: threading.Event = field(default_factory=threading.Event)
    _wake: list[Callable[[], None]] = field(default_factory=list)

    def release(self) -> None:
        """Let every runner that waits here, or will, go on."""
        self._open.set()
        for wake in self._wake:
            wake()

    async def wait(self) -> None:
        """Wait to be let go on; for scripts."""
        loop = asyncio.get_running_loop()
        gone: asyncio.Future[None] = loop.create_future()

        def go() -> None:
            loop.call_soon_threadsafe(_resolve, gone)

        self._wake.append(go)
        self.reached.set()
        if not self._open.is_set():
            await gone


@dataclass(frozen=True)
class Crash:
    """A place in a script where the channel ends without a word."""


@dataclass
class Script:
    """What a fake runner does: events (or mappings) to send, :class:`Hold`, :class:`Crash`, or an exception to raise.

    ``stubborn`` ignores cancel; ``winding`` leaves work behind that ends when it is released; ``starting`` is waited
    for in ``start``, or raised there. Lists inside ``steps`` arrive as one batch.
    """

    steps: Sequence[Any] = ()
    starting: Hold | BaseException | None = None
    stubborn: bool = False
    winding: Hold | None = None
    exception: BaseException | None = None


def completed(result: dict[str, Any] | None = None, **more: Any) -> events.JobUpdate:
    """Return a runner's claim that all went well."""
    return events.JobUpdate(status="completed", result=result or {}, **more)


def failed(error: str = "it broke", reason: str = "node_failed", **more: Any) -> events.JobUpdate:
    """Return a runner's claim that a node failed."""
    return events.JobUpdate(status="error", reason=reason, error=error, **more)


def three_nodes(result: Any = "HELLO") -> list[Any]:
    """Return what a three-node job sends: twelve events, in one batch."""
    nodes = [("a", "text", "nodetool.input.StringInput"), ("b", "upper", "nodetool.text.ToUppercase"),
             ("c", "result", "nodetool.output.Output")]  # fmt: skip
    steps: list[events.Event] = [events.JobUpdate(status="running")]
    for node_id, name, kind in nodes:
        steps += [
            events.NodeUpdate(node_id=node_id, node_name=name, node_type=kind, status=status)
            for status in ("running", "completed")
        ]
    for edge in ("e1", "e2"):
        steps.append(events.EdgeUpdate(edge_id=edge, status="message_sent", counter=1))
        steps.append(events.EdgeUpdate(edge_id=edge, status="drained", counter=1))
    steps.insert(9, events.OutputUpdate(node_id="c", node_name="result", output_name="result", value=result))
    return [[*steps, completed({"result": result}, duration=0.001)]]


class FakeExecution(JobExecution):
    """An execution that plays the script of its job: the next of :attr:`scripts` at each attempt, the last for ever."""

    strategy: ClassVar[str] = "fake"
    scripts: ClassVar[list[Script]] = []
    started: ClassVar[list[FakeExecution]] = []
    refuse: ClassVar[BaseException | None] = None
    attachable: ClassVar[bool] = False

    def __init__(self, request: RunJobRequest, context: AttemptContext, script: Script) -> None:
        self.request = request
        self.context = context
        self.params = {"fake": context.attempt}
        self.pushed: list[tuple[str, Any]] = []
        self.closed = 0
        self.left = 0
        self._script = script
        self._cancelled = asyncio.Event()
        self._winding = False
        self._after = 0

    @classmethod
    def check(cls, request: RunJobRequest, earlier: Path | None = None) -> object:
        """Refuse when the test says so."""
        if cls.refuse is not None:
            raise cls.refuse
        return None

    @classmethod
    async def start(cls, request: RunJobRequest, context: AttemptContext) -> Self:
        """Start an attempt with the next script."""
        script = (
            cls.scripts.pop(0) if len(cls.scripts) > 1 else cls.scripts[0] if cls.scripts else Script(three_nodes())
        )
        execution = cls(request, context, script)
        if isinstance(script.starting, BaseException):
            raise script.starting
        if script.starting is not None:
            await script.starting.wait()
        context.started(execution.params)
        cls.started.append(execution)
        return execution

    @classmethod
    async def attach(cls, params: dict[str, Any], after_n: int, context: AttemptContext) -> Self:
        """Go on behind line ``after_n``, if the test says that it may."""
        if not cls.attachable:
            raise ExecutionLost("the fake runner is gone")
        execution = cls(RunJobRequest(strategy="fake"), context, cls.scripts[0])
        execution._after = after_n
        cls.started.append(execution)
        return execution

    async def channel(self) -> AsyncIterator[list[ChannelLine]]:
        """Play the script."""
        n = 0
        for step in self._script.steps:
            if isinstance(step, Hold):
                if await self._held(step):
                    break
            elif isinstance(step, BaseException):
                raise step
            elif isinstance(step, Crash):
                return
            else:
                batch = step if isinstance(step, list) else [step]
                lines = [ChannelLine(n + k, clock.time(), _event(one)) for k, one in enumerate(batch, 1)]
                n += len(lines)
                yield [line for line in lines if line.n > self._after]
        if self._cancelled.is_set():
            yield [ChannelLine(n + 1, clock.time(), events.JobUpdate(status="cancelled"))]

    async def _held(self, hold: Hold) -> bool:
        """Wait at a hold; ``True`` when the runner was cancelled there."""
        going, stopped = asyncio.ensure_future(hold.wait()), asyncio.ensure_future(self._cancelled.wait())
        try:
            await asyncio.wait({going, stopped}, return_when=asyncio.FIRST_COMPLETED)
            return self._cancelled.is_set()
        finally:
            going.cancel()
            stopped.cancel()

    async def cancel(self, grace: float) -> None:
        """Stop at the next hold, unless the script is stubborn."""
        if self._script.winding is not None:
            self._winding = True
        if not self._script.stubborn:
            self._cancelled.set()

    async def push_input(self, name: str, value: Any, *, end: bool = False) -> None:
        """Take an input named ``items``."""
        if name != "items":
            raise InvalidRequest(f"there is no streaming input {name!r}; valid: items")
        self.pushed.append((name, value))

    async def close(self) -> None:
        """Count how often it was closed."""
        self.closed += 1

    async def leave(self) -> None:
        """Count how often it was left to another owner."""
        self.left += 1

    @property
    def winding_down(self) -> bool:
        """Whether the script left work behind."""
        return self._winding

    async def wound_down(self) -> None:
        """Wait until the test releases the work left behind."""
        if self._script.winding is not None:
            await self._script.winding.wait()
        self._winding = False

    @property
    def exception(self) -> BaseException | None:
        """The exception that the script says its node raised."""
        return self._script.exception


def _resolve(gone: asyncio.Future[None]) -> None:
    if not gone.done():
        gone.set_result(None)


def _event(step: Any) -> events.Event:
    data = step.model_dump(exclude_none=True) if isinstance(step, events.Event) else step
    return events.read(data)


@contextmanager
def fake_strategy(*scripts: Script, name: str = "fake") -> Iterator[type[FakeExecution]]:
    """Make a strategy ``name`` that plays ``scripts``; each use is a class of its own."""
    made = type("FakeExecution", (FakeExecution,), {"scripts": list(scripts), "started": [], "strategy": name})
    made.__module__ = __name__
    slot = f"_fake_{id(made)}"
    globals()[slot] = made
    before = base.BUILT_IN.get(name)
    base.BUILT_IN[name] = f"{__name__}:{slot}"
    try:
        yield made
    finally:
        del globals()[slot]
        if before is None:
            del base.BUILT_IN[name]
        else:
            base.BUILT_IN[name] = before
