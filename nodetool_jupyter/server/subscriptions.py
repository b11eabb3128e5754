"""What one socket has asked for, and its turn: each topic makes its next message when the socket can take it.

So nothing waits for a slow reader but one message, and a few answers. Everything is used on the server's loop.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from nodetool_jupyter.errors import NodetoolError
from nodetool_jupyter.server.base import dumps
from nodetool_jupyter.server.problems import Problem, problem_of

logger = logging.getLogger(__name__)
MOST = 256  # subscriptions of one socket
ANSWERS = 16  # that wait for a socket before no more of it is read
PATIENCE = 60.0  # seconds that a reader may take for one message
STUCK = 4408  # the close code of a socket whose reader took longer

Wake = Callable[[], object]


class Topic(ABC):
    """One subscription: it wakes its socket when it has something to say, and is asked for it when its turn comes."""

    over = False
    """Whether it has said its last."""

    @abstractmethod
    async def next(self) -> str | None:
        """Return the next message; ``None`` when there is nothing to say before it wakes the socket again."""

    @abstractmethod
    def close(self) -> None:
        """Let go of all that was followed."""


class Socket:
    """Sends what topics and requests have to say, one message at a time.

    ``send`` waits until a message was taken, and raises ``ConnectionError`` when nobody takes any; ``hang_up`` closes
    with a code and a reason.
    """

    def __init__(
        self,
        send: Callable[[str], Awaitable[object]],
        hang_up: Callable[[int, str], object],
        patience: float,
    ) -> None:
        self._send = send
        self._hang_up = hang_up
        self._patience = patience
        self._topics: dict[int, Topic] = {}
        self._ready: dict[int, None] = {}  # in the order of their turns
        self._answers: deque[str] = deque()
        self._room = asyncio.Event()
        self._room.set()
        self._news = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def check(self, number: int) -> None:
        """Raise a :class:`Problem` when there can be no subscription of this number."""
        if number in self._topics:
            raise Problem(409, "conflict", f"there is a subscription {number} already", "give each a number of its own")
        if len(self._topics) >= MOST:
            raise Problem(429, "rate_limited", f"a socket may have {MOST} subscriptions", "unsubscribe from some first")

    def add(self, number: int, make: Callable[[Wake], Topic]) -> None:
        """Subscribe to the topic that ``make`` returns when it is given what wakes this socket."""

        def wake() -> None:
            self._ready[number] = None
            self._news.set()

        self._topics[number] = make(wake)
        wake()

    def drop(self, number: int) -> bool:
        """End a subscription; ``False`` when there is none of this number."""
        topic = self._topics.pop(number, None)
        self._ready.pop(number, None)
        if topic is not None:
            topic.close()
        return topic is not None

    def hail(self, text: str) -> None:
        """Send the first message."""
        self._answers.append(text)
        self._news.set()

    async def answer(self, text: str) -> None:
        """Send something that was asked for, before what topics say; waits when too many such wait."""
        await self._room.wait()
        self._answers.append(text)
        if len(self._answers) >= ANSWERS:
            self._room.clear()
        self._news.set()

    def close(self) -> None:
        """End everything."""
        self._task.cancel()
        for number in tuple(self._topics):
            self.drop(number)
        self._answers.clear()
        self._room.set()

    @property
    def subscriptions(self) -> int:
        """How many there are."""
        return len(self._topics)

    async def _run(self) -> None:
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                while self._answers or self._ready:
                    await self._one()
        except TimeoutError:
            self._hang_up(STUCK, "too slow a reader")
        except ConnectionError:
            return  # it is closed

    async def _one(self) -> None:
        """Send one answer, or one message of the topic whose turn it is."""
        if self._answers:
            text = self._answers.popleft()
            self._room.set()
            await self._give(text)
            return
        number = next(iter(self._ready))
        del self._ready[number]
        topic = self._topics.get(number)
        if topic is None:
            return
        try:
            found = await topic.next()
        except (NodetoolError, OSError, ValueError) as error:
            logger.warning("a subscription cannot go on: %s", error)
            self.drop(number)
            await self._give(dumps({"type": "error", "id": number, **problem_of(error, 503).body()}))
            return
        if found is None or self._topics.get(number) is not topic:
            return
        self._ready[number] = None  # perhaps it has more, after the others
        await self._give(found)
        if topic.over and self._topics.get(number) is topic:
            self.drop(number)

    async def _give(self, text: str) -> None:
        async with asyncio.timeout(self._patience):
            await self._send(text)

    async def finished(self) -> None:
        """Wait until nothing is sent any more, after :meth:`close`."""
        with suppress(asyncio.CancelledError):
            await self._task
