"""Reading a job's events, from the beginning or any number on, and waiting for more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

from nodetool_jupyter import clock
from nodetool_jupyter.eventlog.lines import read_tail
from nodetool_jupyter.eventlog.reader import LogReader
from nodetool_jupyter.events import Event, parse
from nodetool_jupyter.jobs.bus import Bus
from nodetool_jupyter.jobs.folder import JobFolder


def follow(
    bus: Bus,
    folder: JobFolder,
    *,
    after: int = 0,
    follow: bool = False,
    timeout: float | None = None,
    far: bool = False,
) -> Iterator[Event]:
    """Yield a job's events after number ``after``; with ``follow`` wait for more until its end.

    ``timeout`` limits the whole waiting. Raises ``TimeoutError`` when it has passed before the end.
    """
    deadline = None if timeout is None else clock.monotonic() + timeout
    with LogReader(folder.log, after) as reader:
        if not follow:
            yield from _rest(reader)
            return
        with bus.bell(folder.id, far=far) as bell:
            while True:
                for event in _rest(reader):
                    yield event
                    if _ends(event):
                        return
                left = None if deadline is None else deadline - clock.monotonic()
                if not folder.exists or _begins_behind_the_end(folder, reader, after):
                    return
                if (left is not None and left <= 0) or not bell.wait(left):
                    raise TimeoutError(f"job {folder.id} has not ended within {timeout:g} s")


async def afollow(bus: Bus, folder: JobFolder, *, after: int = 0, far: bool = False) -> AsyncIterator[Event]:
    """Yield a job's events after number ``after`` and those to come, until its end; for any event loop."""
    loop = asyncio.get_running_loop()
    rung = asyncio.Event()

    def wake() -> None:
        loop.call_soon_threadsafe(rung.set)

    with LogReader(folder.log, after) as reader:
        if far:
            with bus.far_socket(folder.id) as bell:
                loop.add_reader(bell.socket, rung.set)
                try:
                    async for event in _events_to_end(folder, reader, rung, after, bell.drain):
                        yield event
                finally:
                    loop.remove_reader(bell.socket)
        else:
            with bus.listen(folder.id, wake):
                async for event in _events_to_end(folder, reader, rung, after):
                    yield event


def _nothing() -> None:
    pass


async def _events_to_end(
    folder: JobFolder, reader: LogReader, rung: asyncio.Event, after: int, drain: Callable[[], None] = _nothing
) -> AsyncIterator[Event]:
    while True:
        drain()
        rung.clear()
        for event in _rest(reader):
            yield event
            if _ends(event):
                return
        if not folder.exists or _begins_behind_the_end(folder, reader, after):
            return
        await rung.wait()


def _rest(reader: LogReader) -> Iterator[Event]:
    try:
        while lines := reader.read():
            for line in lines:
                yield parse(line)
    except FileNotFoundError:
        return


def _ends(event: Event) -> bool:
    from nodetool_jupyter.states import read_status

    return event.type == "job_update" and read_status(getattr(event, "status", "running")).terminal


def _begins_behind_the_end(folder: JobFolder, reader: LogReader, after: int) -> bool:
    """Tell whether nothing can follow because the job's end itself is not wanted again."""
    return 0 < after == reader.after and read_tail(folder.log).terminal
