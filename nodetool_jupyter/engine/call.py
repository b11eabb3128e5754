"""Calling a node's function where it belongs: on the engine's loop, in a thread, or on the run's second loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from types import TracebackType
from typing import Any, Self

from nodetool_jupyter.engine.actor import Actor
from nodetool_jupyter.engine.ahead import chain_after, run_ahead
from nodetool_jupyter.engine.inlet import Inlet
from nodetool_jupyter.engine.session import LoopSession, Session, Tag, ThreadSession
from nodetool_jupyter.errors import NodeTimeout
from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.define import Node

_SIGNALS = (asyncio.CancelledError, StopIteration, StopAsyncIteration, GeneratorExit)


class Caller:
    """Runs an actor's function, call by call, and sends what it gives.

    Built-in functions that are quick run at once; a user's run in a :class:`Session`.
    """

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.kind = actor.step.kind
        self.values = dict(actor.values)
        self._session: Session | None = None
        self._media = {name: inlet.handle.media for name, inlet in actor.inlets.items() if inlet.handle.media}
        self._inline = self.kind.inline and not self.kind.is_class
        self._function: Callable[..., Any] = self.kind.call
        self._setup = {name: self.values.pop(name) for name in self.kind.setup_names if name in self.values}
        self._scope: asyncio.Timeout | None = None
        self._context: NodeContext | None = None
        if self.kind.context_name or self.kind.is_class:
            step = actor.step
            self._context = NodeContext(actor.run.face, step.id, step.label, self.kind.secrets, self.kind.settings)
        if self.kind.context_name:
            self.values[self.kind.context_name] = self._context

    async def __aenter__(self) -> Self:
        for name, media in self.actor.step.media.items():
            if name in self.values:
                # What stands in a graph is JSON, and may have references anywhere.
                face = self.actor.run.face
                self.values[name] = face.read(face.image(self.values[name]), media)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        session = self._session
        if session is None:
            return
        if kind is not None:
            self._abandon(session)
            return
        session.close()
        if not self.kind.is_class:
            return  # nothing is left to do there, and nobody need wait for a thread to go home
        try:
            while session.open or session.results:
                await session.wait()
                tag, value = session.results.popleft()
                if tag is Tag.FAILED:
                    raise value
        except asyncio.CancelledError:
            self._abandon(session)
            raise

    def _abandon(self, session: Session) -> None:
        if self._context is not None:
            self._context.stopped = True
        session.abandon()

    async def run(self, batch: list[dict[str, Any]], *, last: bool = False) -> None:
        """Call the function once for each set of arguments, in order; ``last`` says that no more will come."""
        self.actor.begin()
        for arguments in batch if self._media else ():
            self._read_media(arguments)
        for arguments in batch if self.kind.setup_names else ():
            self._take_setup(arguments)
        if not self._inline:
            await self._run_session(batch, last)
        elif self.kind.flavour == "plain":
            await self._run_plain(batch)
        else:
            for arguments in batch:
                await self._limited(self._run_inline(arguments), begun=True)

    async def _run_plain(self, batch: list[dict[str, Any]]) -> None:
        actor, function, values = self.actor, self._function, self.values
        for arguments in batch:
            actor.emit(function(**{**values, **arguments}))
            if actor.must_wait:
                await actor.room()

    async def _run_inline(self, arguments: dict[str, Any]) -> None:
        actor = self.actor
        made = self._function(**{**self.values, **arguments})
        if self.kind.flavour == "async":
            await self._send(await made)
        elif self.kind.flavour == "generator":
            for item in made:
                actor.emit(item)
                if actor.must_wait:
                    await actor.room()
        else:
            async with aclosing(made):
                async for item in made:
                    await self._send(item)

    async def read(self, arguments: dict[str, Any], streams: dict[str, Inlet]) -> None:
        """Call the function once, giving it the streams to read."""
        self.actor.begin()
        waits = self.kind.flavour in ("async", "async_generator")
        for name, prop in self.kind.properties.items():
            if prop.stream and name not in streams:
                items = [self.values.pop(name)] if name in self.values else []
                arguments[name] = _unwired(items) if waits else iter(items)
        self._read_media(arguments)
        self._take_setup(arguments)
        if self._inline:
            readers = {name: _read(self.actor, inlet) for name, inlet in streams.items()}
            await self._limited(self._run_inline({**arguments, **readers}), begun=True)
            return
        session: Any = self._open()
        given = {name: session.stream(name) for name in streams}
        session.feed([{**self.values, **arguments, **given}])
        await self._limited(self._pump(session, streams))

    def _read_media(self, arguments: dict[str, Any]) -> None:
        for name, media in self._media.items():
            if name in arguments:
                arguments[name] = self.actor.run.face.read(arguments[name], media)

    def _take_setup(self, arguments: dict[str, Any]) -> None:
        """Take what is set on the instance, not given to a call; what comes after the setup changes nothing."""
        taken = {name: arguments.pop(name) for name in self.kind.setup_names if name in arguments}
        if self._session is None:
            self._setup.update(taken)

    async def _pump(self, session: Session, streams: dict[str, Inlet]) -> None:
        """Carry items into a session's streams, as it asks for them, and results out of it, until its call is done."""
        wanted: set[str] = set()
        while True:
            while session.results:
                tag, value = session.results.popleft()
                if tag is Tag.RESULT:
                    await self._send(value)
                if tag in (Tag.DONE, Tag.RESULT):
                    return
                if tag is Tag.WANTS:
                    wanted.add(value)
                else:
                    await self._take(session, tag, value)
            wanted -= {name for name in wanted if self._fed(session, name, streams[name])}
            if wanted:
                await session.wait_with(self.actor)  # it reads: only an item, or its own word, can move it on
            else:
                await session.wait()

    def _fed(self, session: Session, name: str, inlet: Inlet) -> bool:
        """Send what waits at an inlet, or its end, into the session's stream; tell whether there was anything."""
        if inlet.queue:
            read, media = self.actor.run.face.read, inlet.handle.media
            session.send(name, [read(value, media) for value in inlet.queue] if media else list(inlet.queue))
            inlet.queue.clear()
            inlet.free()
            return True
        if inlet.open == 0:
            session.send(name, None)
            return True
        return False

    async def _run_session(self, batch: list[dict[str, Any]], last: bool) -> None:
        session = self._session or self._open()
        values = self.values
        if self.kind.timeout is None:
            await self._drain(session, [{**values, **arguments} for arguments in batch], last)
            return
        for arguments in batch:
            await self._limited(self._drain(session, [{**values, **arguments}]))

    async def _drain(self, session: Session, batch: list[dict[str, Any]], last: bool = False) -> None:
        session.feed(batch, last=last)
        left = len(batch)
        results = session.results
        while left:
            if not results:
                await session.wait()
                continue
            tag, value = results.popleft()
            if tag is Tag.DONE:
                left -= 1
            elif tag is Tag.RESULT:
                left -= 1
                await self._send(value)
            else:
                await self._take(session, tag, value)

    async def _take(self, session: Session, tag: Tag, value: Any) -> None:
        if tag is Tag.FAILED:
            if isinstance(value, _SIGNALS):  # here it would mean something else
                told = RuntimeError(f"it ended with {type(value).__name__}").with_traceback(value.__traceback__)
                raise told from value
            raise value
        if tag is Tag.BEGUN and self._scope is not None and self.kind.timeout is not None:
            self._scope.reschedule(self.actor.run.loop.time() + self.kind.timeout)
        elif tag is Tag.ITEM:
            if self.kind.streams_out:
                session.taken()
            await self._send(value)

    async def _send(self, value: Any) -> None:
        actor = self.actor
        actor.emit(value)
        if actor.must_wait:
            await actor.room()

    async def _limited(self, work: Any, *, begun: bool = False) -> None:
        """Await work that is one call; its time runs once the call has ``begun``, not while it waits for a thread."""
        limit = self.kind.timeout
        if limit is None:
            await work
            return
        scope = self._scope = asyncio.timeout(limit if begun else None)
        try:
            async with scope:
                await work
        except TimeoutError:
            if not scope.expired():
                raise  # the function's own
            raise NodeTimeout(f"took longer than its timeout of {limit:g} s") from None

    def _open(self) -> Session:
        actor, run = self.actor, self.actor.run
        if actor.ahead is not None:
            self._session = actor.ahead
            return actor.ahead
        session: Session
        if self.kind.flavour in ("async", "async_generator"):
            session = LoopSession(run.loop, run.second_loop(), self.kind, self._make, run.prints, run.session_ended)
        else:
            session = ThreadSession(run.loop, self.kind, self._make, run.prints, run.session_ended)
            if self.kind.flavour == "plain" and not self.kind.is_class:
                session.prepare_ahead = self._prepare_ahead
        session.node_id, session.label = actor.step.id, actor.step.label
        run.sessions.add(session)
        self._session = session
        return session

    def _prepare_ahead(self) -> Callable[[Any, Callable[[], None]], None] | None:
        sessions = chain_after(self.actor)
        return partial(run_ahead, sessions) if sessions else None

    def _make(self) -> tuple[Callable[..., Any], Callable[[], None] | None]:
        """Return what to call, and what to call at the end; for a class, after its setup."""
        if not self.kind.is_class:
            return self._function, None
        instance: Node = self.kind.call()
        for name, value in self._setup.items():
            setattr(instance, name, value)
        assert self._context is not None
        instance.setup(self._context)
        process = instance.process_batch if self.kind.batches else instance.process  # type: ignore[attr-defined]
        return process, instance.teardown


async def _unwired(items: list[Any]) -> AsyncIterator[Any]:
    """Return what a stream holds that no edge feeds: the property's own value, or nothing."""
    for item in items:
        yield item


async def _read(actor: Actor, inlet: Inlet) -> AsyncIterator[Any]:
    """Read an inlet as a stream, on the engine's loop."""
    queue, media = inlet.queue, inlet.handle.media
    while True:
        while queue:
            value = queue.popleft()
            yield actor.run.face.read(value, media) if media else value
        inlet.free()
        if inlet.open == 0:
            return
        await actor.wait()
