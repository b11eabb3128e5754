"""Requests of a connection that take their time and are no nodes: whole jobs and stored values."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from nodetool_jupyter.auth.identity import Identity
from nodetool_jupyter.bridge.messages import Failure, Frame, Message
from nodetool_jupyter.errors import InvalidGraph, NodetoolError
from nodetool_jupyter.worker.jobs import HostedJobs, MissingUploads
from nodetool_jupyter.worker.wording import busy, cancelled, failure, shown, unsupported

MOST = 1_000  # at a time, of one connection
FAMILIES = ("jobs.", "values.")

T = TypeVar("T")
Send = Callable[[Message, str | None], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Talk:
    """One request on its way: who asks for what, and how to say something before the answer.

    ``came`` is the size of the value that came whole before a ``values.put`` for it.
    """

    jobs: HostedJobs
    user: str
    frame: Frame
    say: Callable[[Message], Awaitable[None]]
    came: int | None = None
    waiting: set[asyncio.Task[Any]] = field(default_factory=set)

    async def until(self, happens: Awaitable[T]) -> T:
        """Wait for something that may take for ever, and has done nothing yet if the waiting is ended."""
        task = asyncio.current_task()
        assert task is not None
        self.waiting.add(task)
        try:
            return await happens
        finally:
            self.waiting.discard(task)


class Talks:
    """Answers each request in a task of its own, so that a connection can go on meanwhile; on the control loop only."""

    def __init__(self, jobs: HostedJobs, who: Identity, send: Send, log_fault: Callable[[BaseException], None]) -> None:
        self._jobs = jobs
        self._who = who
        self._send = send
        self._log_fault = log_fault
        self._open: dict[asyncio.Task[None], Frame] = {}
        self._waiting: set[asyncio.Task[Any]] = set()

    async def begin(self, frame: Frame, came: int | None, *, draining: bool) -> None:
        """Begin to answer a request, or refuse it."""
        refused: Failure | None = None
        if not self._jobs.offered:
            refused = unsupported(frame.type[:100])
        elif draining:
            refused = busy("the worker is about to end and takes no more requests", "draining")
        elif len(self._open) >= MOST:
            refused = busy(f"{MOST} requests about jobs and values are open on this connection; end some")
        if refused is not None:
            await self._send(refused, frame.request_id)
            return
        task = asyncio.get_running_loop().create_task(self._answer(frame, came))
        self._open[task] = frame
        task.add_done_callback(lambda _: self._open.pop(task, None))

    def cancel(self, request_id: str) -> None:
        """End what only listens or reads under this id; anything else is done once it has begun."""
        self._end(lambda frame: frame.request_id == request_id, cancelled())

    def drain(self) -> None:
        """End all that only listens or reads, because the worker is about to end."""
        self._end(lambda _: True, busy("the worker is about to end; ask again", "draining"))

    def close(self) -> None:
        """End all that only listens or reads; nobody hears an answer any more."""
        self._end(lambda _: True, None)

    async def idle(self) -> None:
        """Wait until every request has been answered."""
        while self._open:
            await asyncio.wait(tuple(self._open))

    def _end(self, which: Callable[[Frame], bool], answer: Failure | None) -> None:
        from nodetool_jupyter.worker.jobs_messages import ENDED_BY_CANCEL

        for task, frame in list(self._open.items()):
            if (frame.type in ENDED_BY_CANCEL or task in self._waiting) and which(frame):
                task.cancel(answer)

    async def _answer(self, frame: Frame, came: int | None) -> None:
        from nodetool_jupyter.worker.jobs_messages import HANDLERS

        request_id = frame.request_id

        async def say(message: Message) -> None:
            await self._send(message, request_id)

        answer: Message | None
        try:
            handler = HANDLERS.get(frame.type)
            if handler is None:
                family = frame.type.partition(".")[0]
                answer = Failure(error=f"Unknown {family} message type: {frame.type}"[:200], code="unknown_type")
            else:
                answer = await handler(Talk(self._jobs, self._who.user, frame, say, came, self._waiting))
        except asyncio.CancelledError as stop:
            answer = _told(stop)
        except ConnectionError:  # whoever reads will notice, and close
            answer = None
        except MissingUploads as error:
            answer = error.answer
        except InvalidGraph as error:
            answer = Failure(error=shown(str(error)), code="invalid_graph")
        except NodetoolError as error:
            answer = failure(error)
        except Exception as error:
            self._log_fault(error)
            answer = failure(error, "internal")
        if answer is not None:
            with suppress(ConnectionError):
                await say(answer)


def _told(stop: asyncio.CancelledError) -> Failure | None:
    said: Any = stop.args[0] if stop.args else None
    return said if isinstance(said, Failure) else None
