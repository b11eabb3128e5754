"""Running node functions off the engine's loop: in a thread of their own, or on the run's second loop.

An actor feeds a session a batch of calls and takes its results one by one; one hop carries many items. What a user
wrote never runs on the engine's own loop, so it cannot hold up events, cancel or other nodes.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import aclosing
from enum import Enum, auto
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.engine import threads
from nodetool_jupyter.nodes.define import NodeType

if TYPE_CHECKING:
    from nodetool_jupyter.engine.actor import Actor

CREDIT = 256  # items a generator may be ahead of whoever takes them


class Tag(Enum):
    """What a session tells: that a call began, what it sent or returned, that it reads a stream, that it failed."""

    ITEM = auto()
    RESULT = auto()
    DONE = auto()
    BEGUN = auto()
    WANTS = auto()
    FAILED = auto()
    CLOSED = auto()


class Session:
    """What thread and loop sessions share: results on their way back to the engine's loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.results: deque[tuple[Tag, Any]] = deque()
        self._told = False
        self._waiter: asyncio.Future[None] | None = None
        self._wakes: Callable[[], None] | None = None
        self.abandoned = False
        self.open = True
        self.node_id = ""
        self.label = ""

    def tell(self, tag: Tag, value: Any = None) -> None:
        """Hand a result to the engine's loop; called where the function runs."""
        self.results.append((tag, value))
        # wait() publishes its waiter before it looks at the results again, so one of the two sees the other.
        if not self._told and (self._waiter is not None or self._wakes is not None):
            self._told = True
            try:
                self._loop.call_soon_threadsafe(self._wake)
            except RuntimeError:  # the run is over and its loop closed
                self.abandoned = True

    async def wait(self) -> None:
        """Wait until there are results; on the engine's loop."""
        while not self.results:  # a wake-up may belong to results that were taken already
            self._waiter = self._loop.create_future()
            try:
                if not self.results:
                    await self._waiter
            finally:
                self._waiter = None

    async def wait_with(self, actor: Actor) -> None:
        """Wait until there are results, or until the actor has something to look at; meanwhile the actor rests."""
        self._wakes = actor.wake
        try:
            if not self.results:
                await actor.wait()
        finally:
            self._wakes = None

    def _wake(self) -> None:
        self._told = False
        if self._wakes is not None:
            self._wakes()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    @property
    def stopped(self) -> bool:
        """Whether nobody will take what comes; asked where the function runs."""
        return self.abandoned

    def taken(self) -> None:
        """Note that an item was taken from the results, so that a generator may go on."""

    def feed(self, calls: list[dict[str, Any]], *, last: bool = False) -> None:
        """Ask for one call for each mapping of arguments; after the ``last`` ones the session ends by itself."""
        raise NotImplementedError

    def send(self, stream: str, items: list[Any] | None) -> None:
        """Give a stream more items; ``None`` ends it."""
        raise NotImplementedError

    def close(self) -> None:
        """Ask the session to end after what it does now."""
        raise NotImplementedError

    def abandon(self) -> None:
        """Stop waiting for the session; what it does now cannot be stopped, and is not listened to any more."""
        self.abandoned = True
        self.close()


class ThreadSession(Session):
    """Runs a plain function or generator in one thread for the actor's life."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        kind: NodeType,
        make: Callable[[], tuple[Callable[..., Any], Callable[[], None] | None]],
        prints: contextvars.Context | None,
        ended: Callable[[ThreadSession], None],
    ) -> None:
        super().__init__(loop)
        self._kind = kind
        self._make = make
        self._todo: SimpleQueue[tuple[list[dict[str, Any]], bool]] = SimpleQueue()
        self._last_fed = False
        self.prepare_ahead: Callable[[], Callable[[Any, Callable[[], None]], None] | None] | None = None
        self._go_on: Callable[[Any, Callable[[], None]], None] | None = None
        self._streams: dict[str, SimpleQueue[list[Any] | None]] = {}
        self._credit = threading.Semaphore(CREDIT)
        self._ended = ended
        self._slots = threads.slots()
        context = prints.copy() if prints is not None else contextvars.copy_context()
        threads.cache.run(lambda: context.run(self._serve))

    def feed(self, calls: list[dict[str, Any]], *, last: bool = False) -> None:
        """Ask for one call for each mapping of arguments; after the ``last`` ones the thread goes home."""
        self._last_fed = last
        if last and len(calls) == 1 and self.prepare_ahead is not None:
            self._go_on = self.prepare_ahead()
        self._todo.put((calls, last))

    def send(self, stream: str, items: list[Any] | None) -> None:
        """Give a stream more items; ``None`` ends it."""
        self._streams[stream].put(items)

    def stream(self, name: str) -> Iterator[Any]:
        """Make the stream that the function will read."""
        queue = self._streams[name] = SimpleQueue()
        return self._read(name, queue)

    def taken(self) -> None:
        """Let a generator go on by one item."""
        self._credit.release()

    def close(self) -> None:
        """End the thread's work after the call it is in."""
        if not self._last_fed:
            self._todo.put(([], True))
        if self._kind.flavour == "generator":
            self._credit.release(CREDIT)
        for queue in self._streams.values():
            queue.put(None)

    def _read(self, name: str, queue: SimpleQueue[list[Any] | None]) -> Iterator[Any]:
        while not self.abandoned:
            self.tell(Tag.WANTS, name)
            self._slots.release()
            try:
                items = queue.get()
            finally:
                self._slots.acquire()
            if items is None:
                return
            yield from items

    def _serve(self) -> None:
        teardown: Callable[[], None] | None = None
        try:
            with self._slots:
                call, teardown = self._make()
            last = False
            while not last and not self.abandoned:
                calls, last = self._todo.get()
                if calls:
                    with self._slots:
                        self._run(call, calls)
        except BaseException as error:
            self.tell(Tag.FAILED, error)
        finally:
            try:
                if teardown is not None:
                    teardown()
            except Exception as error:
                self.tell(Tag.FAILED, error)
            self.open = False
            if self._kind.is_class or self.abandoned:
                self.tell(Tag.CLOSED)  # somebody waits for the teardown
            self._ended(self)

    def _run(self, call: Callable[..., Any], calls: list[dict[str, Any]]) -> None:
        if self._kind.batches:
            self._run_batch(call, calls)
            return
        generator = self._kind.flavour == "generator"
        for arguments in calls:
            if self.abandoned:
                return
            if self._kind.timeout is not None:
                self.tell(Tag.BEGUN)
            if generator:
                for item in call(**arguments):
                    self._wait_for_credit()
                    if self.stopped:
                        return
                    self.tell(Tag.ITEM, item)
                self.tell(Tag.DONE)
            else:
                result = call(**arguments)
                self.tell(Tag.RESULT, result)
                if self._go_on is not None:
                    self._go_on(result, self._slots.yield_turn)
            self._slots.yield_turn()

    def _run_batch(self, call: Callable[..., Any], calls: list[dict[str, Any]]) -> None:
        if self._kind.timeout is not None:
            self.tell(Tag.BEGUN)
        left = len(calls)
        for result in call(calls):
            left -= 1
            if self.abandoned or left < 0:
                break
            self.tell(Tag.RESULT, result)
        if left and not self.abandoned:
            raise TypeError(f"{self._kind.name}.process_batch must yield a result for each of its {len(calls)} calls")
        self._slots.yield_turn()

    def _wait_for_credit(self) -> None:
        if not self._credit.acquire(blocking=False):
            self._slots.release()  # whoever waits for room downstream does not count as running
            try:
                self._credit.acquire()
            finally:
                self._slots.acquire()


class LoopSession(Session):
    """Runs an async function or async generator on the run's second loop."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        second: asyncio.AbstractEventLoop,
        kind: NodeType,
        make: Callable[[], tuple[Callable[..., Any], Callable[[], None] | None]],
        prints: contextvars.Context | None,
        ended: Callable[[LoopSession], None],
    ) -> None:
        super().__init__(loop)
        self._second = second
        self._kind = kind
        self._make = make
        self._ended = ended
        self._todo: asyncio.Queue[list[dict[str, Any]] | None] = asyncio.Queue()
        self._streams: dict[str, asyncio.Queue[list[Any] | None]] = {}
        self._credit = asyncio.Semaphore(CREDIT)
        self._task: asyncio.Task[None] | None = None
        context = prints.copy() if prints is not None else contextvars.copy_context()
        second.call_soon_threadsafe(self._start, context)

    def _start(self, context: contextvars.Context) -> None:
        self._task = self._second.create_task(self._serve(), context=context)
        self._task.add_done_callback(self._over)

    def feed(self, calls: list[dict[str, Any]], *, last: bool = False) -> None:
        """Ask for one call for each mapping of arguments."""
        self._second.call_soon_threadsafe(self._todo.put_nowait, calls)

    def send(self, stream: str, items: list[Any] | None) -> None:
        """Give a stream more items; ``None`` ends it."""
        self._second.call_soon_threadsafe(self._streams[stream].put_nowait, items)

    def stream(self, name: str) -> Any:
        """Make the stream that the function will read."""
        queue = self._streams[name] = asyncio.Queue()
        return self._read(name, queue)

    def taken(self) -> None:
        """Let a generator go on by one item."""
        self._second.call_soon_threadsafe(self._credit.release)

    def close(self) -> None:
        """End the work after the call it is in."""
        self._second.call_soon_threadsafe(self._todo.put_nowait, None)

    def abandon(self) -> None:
        """Cancel the call it is in."""
        self.abandoned = True
        self._second.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _read(self, name: str, queue: asyncio.Queue[list[Any] | None]) -> Any:
        while True:
            self.tell(Tag.WANTS, name)
            items = await queue.get()
            if items is None:
                return
            for item in items:
                yield item

    async def _serve(self) -> None:
        teardown: Callable[[], None] | None = None
        try:
            call, teardown = self._make()
            while (calls := await self._todo.get()) is not None:
                for arguments in calls:
                    await self._run(call, arguments)
        except BaseException as error:
            if not (self.abandoned and isinstance(error, asyncio.CancelledError)):
                self.tell(Tag.FAILED, error)
        finally:
            try:
                if teardown is not None:
                    teardown()
            except Exception as error:
                self.tell(Tag.FAILED, error)

    def _over(self, _task: asyncio.Task[None]) -> None:
        # Not in _serve itself, which never begins when it is cancelled first.
        self.open = False
        self.tell(Tag.CLOSED)
        self._ended(self)

    async def _run(self, call: Callable[..., Any], arguments: dict[str, Any]) -> None:
        if self._kind.timeout is not None:
            self.tell(Tag.BEGUN)
        if self._kind.flavour == "async":
            self.tell(Tag.RESULT, await call(**arguments))
            return
        async with aclosing(call(**arguments)) as items:
            async for item in items:
                await self._credit.acquire()
                self.tell(Tag.ITEM, item)
        self.tell(Tag.DONE)
