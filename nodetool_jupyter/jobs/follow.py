"""Reading a job's events, from the beginning or any number on, and waiting for more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, aclosing, closing, contextmanager, suppress
from typing import Generic, TypeVar

from nodetool_jupyter import clock
from nodetool_jupyter.eventlog.lines import read_tail
from nodetool_jupyter.eventlog.reader import LogReader
from nodetool_jupyter.events import Event, ends, parse
from nodetool_jupyter.jobs.bus import Bus
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.reach import Reach

LOOK = 1.0  # seconds between two looks at a log whose owner can ring no bell here
B = TypeVar("B")
Ask = Callable[[], Reach]
Needs = Callable[[list[bytes]], list[bytes]]


class _Seat(Generic[B]):
    """Where a reader waits: under a bell that is hung anew when the job's owner can no longer ring it."""

    def __init__(self, hang: Callable[[bool], AbstractContextManager[B]], ask: Ask) -> None:
        self._hang = hang
        self._ask = ask
        self._hung = ExitStack()
        self._far: bool | None = None
        self.bell: B

    def settle(self) -> Reach:
        """Hang the bell where it can be rung; what is read from now on is followed by a ring."""
        # Asked again under the new bell: the owner may have changed, and rung, before it hung.
        while (far := (reach := self._ask()) is not Reach.NEAR) is not self._far:
            fresh = ExitStack()
            self.bell = fresh.enter_context(self._hang(far))
            self._hung.close()
            self._hung, self._far = fresh, far
        return reach

    def close(self) -> None:
        self._hung.close()


def follow(
    bus: Bus, folder: JobFolder, ask: Ask, *, after: int = 0, follow: bool = False, timeout: float | None = None
) -> Iterator[Event]:
    """Yield a job's events after number ``after``; with ``follow`` wait for more until its end, whoever owns it then.

    What :func:`batches` says holds here too.
    """
    if follow:
        for batch in batches(bus, folder, ask, after=after, timeout=timeout):
            yield from batch
        return
    with LogReader(folder.log, after) as reader:
        for batch in _rest(reader):
            yield from batch


def batches(
    bus: Bus, folder: JobFolder, ask: Ask, *, after: int = 0, timeout: float | None = None, needs: Needs = list
) -> Iterator[list[Event]]:
    """Yield a job's events after number ``after`` as many at a time as there are, until its end, whoever owns it then.

    Each time the reader was woken and has read everything, an empty list tells so. ``needs`` says which of the lines
    that are there are wanted, among them the last. ``ask`` tells how the job's owner
    reaches this reader; where no bell does, the log is looked at once a second. When the job is removed, what was there
    is yielded, and nothing follows. ``timeout`` limits the whole waiting. Raises ``TimeoutError`` when it has passed
    before the end.
    """
    deadline = None if timeout is None else clock.monotonic() + timeout
    seat = _Seat(lambda far: bus.bell(folder.id, far=far), ask)
    with LogReader(folder.log, after) as reader, closing(seat):
        while True:
            reach = seat.settle()
            for batch in _rest(reader, needs):
                yield batch
                if ends(batch[-1]):
                    return
            yield []
            if not folder.exists or _begins_behind_the_end(folder, reader, after):
                return
            left = None if deadline is None else deadline - clock.monotonic()
            longest = left if reach is not Reach.NONE else LOOK if left is None else min(left, LOOK)
            rung = (left is None or left > 0) and seat.bell.wait(longest)
            if not rung and (longest is left or (left is not None and left <= 0)):
                raise TimeoutError(f"job {folder.id} has not ended within {timeout:g} s")


async def afollow(bus: Bus, folder: JobFolder, ask: Ask, *, after: int = 0) -> AsyncIterator[Event]:
    """Yield a job's events after number ``after`` and those to come, until its end; for any event loop."""
    with LogReader(folder.log, after) as reader:
        async with aclosing(arings(bus, folder, ask)) as rings:
            async for _ in rings:
                for batch in _rest(reader):
                    for event in batch:
                        yield event
                    if ends(batch[-1]):
                        return
                if not folder.exists or _begins_behind_the_end(folder, reader, after):
                    return


async def arings(bus: Bus, folder: JobFolder, ask: Ask) -> AsyncGenerator[None, None]:
    """Yield at once, and whenever a job's log may have grown since, or the job was removed; for any event loop.

    It does not end: who reads the log sees its end.
    """
    loop = asyncio.get_running_loop()
    rung = asyncio.Event()

    def wake() -> None:
        loop.call_soon_threadsafe(rung.set)

    @contextmanager
    def hang(far: bool) -> Iterator[Callable[[], object]]:
        """Hang a bell, and give what makes it still."""
        if not far:
            with bus.listen(folder.id, wake):
                yield _nothing
            return
        with bus.far_socket(folder.id) as bell:
            loop.add_reader(bell.socket, rung.set)
            try:
                yield bell.drain
            finally:
                loop.remove_reader(bell.socket)

    with closing(_Seat(hang, ask)) as seat:
        while True:
            reach = seat.settle()
            seat.bell()
            rung.clear()
            yield
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK if reach is Reach.NONE else None):
                    await rung.wait()


async def hear(bus: Bus, folder: JobFolder, ask: Ask, wake: Callable[[], object]) -> None:
    """Call ``wake`` whenever :func:`arings` yields, until cancelled."""
    async with aclosing(arings(bus, folder, ask)) as rings:
        async for _ in rings:
            wake()


def news(bus: Bus, *, timeout: float | None = None) -> Generator[frozenset[str], None, None]:
    """Yield the ids of jobs that were submitted, have changed, ended or were removed, whoever owns them.

    An empty set says that any may have; it comes first, under the bell. ``timeout`` limits each waiting. Raises
    ``TimeoutError`` when nothing happened meanwhile.
    """
    with bus.list_bell() as bell:
        yield frozenset()
        while bell.wait(timeout):
            if (changed := bell.take()) is not None:
                yield changed
    raise TimeoutError(f"no job has changed within {timeout:g} s")


async def anews(bus: Bus) -> AsyncGenerator[frozenset[str], None]:
    """Yield what :func:`news` does, on any event loop."""
    loop = asyncio.get_running_loop()
    rung = asyncio.Event()
    with bus.list_bell() as bell:
        loop.add_reader(bell.socket, rung.set)
        try:
            yield frozenset()
            while True:
                await rung.wait()
                rung.clear()
                if (changed := bell.take()) is not None:
                    yield changed
        finally:
            loop.remove_reader(bell.socket)


def _nothing() -> None:
    pass


def _rest(reader: LogReader, needs: Needs = list) -> Iterator[list[Event]]:
    try:
        while lines := reader.read():
            yield [parse(line) for line in needs(lines)]
    except FileNotFoundError:
        return


def _begins_behind_the_end(folder: JobFolder, reader: LogReader, after: int) -> bool:
    """Tell whether nothing can follow because the job's end itself is not wanted again."""
    return 0 < after == reader.after and read_tail(folder.log).terminal
