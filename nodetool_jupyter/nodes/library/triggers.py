"""``nodetool.triggers``: starting a part of a workflow when something happens.

A trigger waits without a thread and without looking. While a job only waits it sends no events, so an idle timeout
(``--idle-timeout``) would end it; by default there is none. A cancel ends every wait at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from nodetool_jupyter import clock
from nodetool_jupyter.errors import nearest
from nodetool_jupyter.nodes.context import NodeContext
from nodetool_jupyter.nodes.define import family

if TYPE_CHECKING:
    import asyncio

node = family("nodetool.triggers", inline=False)


class Event(TypedDict):
    """Something that was pushed."""

    data: Any
    timestamp: str
    source: str
    event_type: str


class Tick(TypedDict):
    """One tick of an interval."""

    tick: int
    elapsed_seconds: float
    interval_seconds: float
    timestamp: str
    source: str
    event_type: str


class Resumed(TypedDict):
    """The end of a wait."""

    data: Any
    resumed_at: str
    waited_seconds: float


class FileEvent(TypedDict):
    """A change of a file or folder."""

    path: str
    dest_path: str
    is_directory: bool
    timestamp: str
    source: str
    event_type: str


@node(role="trigger")
async def ManualTrigger(
    ctx: NodeContext, name: str = "manual_trigger", max_events: int = 0, timeout_seconds: float | None = None
) -> AsyncIterator[Event]:
    """Send an event for each value that is pushed under ``name``, with ``job.push_input(name, value)``.

    It ends when it is told that no more come (``end=True``), after ``max_events`` unless that is 0, or when nothing
    was pushed for ``timeout_seconds``. An input of the job that has its name is the first event.
    """
    events, count = ctx.events(), 0
    while not max_events or count < max_events:
        try:
            async with _within(timeout_seconds):
                data = await anext(events)
        except (TimeoutError, StopAsyncIteration):
            return
        count += 1
        yield {"data": data, "timestamp": _now(), "source": name, "event_type": "manual"}


@node
async def IntervalTrigger(
    interval_seconds: float = 60.0,
    initial_delay_seconds: float = 0.0,
    emit_on_start: bool = True,
    max_events: int = 0,
) -> AsyncIterator[Tick]:
    """Send a tick every ``interval_seconds``, ``max_events`` of them or without end.

    Ticks keep to their times however long it takes to handle one; those whose time has passed meanwhile are left out.
    """
    if interval_seconds <= 0:
        raise ValueError(f"interval_seconds must be more than 0, not {interval_seconds:g}")
    begin = clock.monotonic() + max(0.0, initial_delay_seconds)
    turn, count = (0 if emit_on_start else 1), 0
    while not max_events or count < max_events:
        await _until(begin + turn * interval_seconds)
        count += 1
        elapsed = clock.monotonic() - begin
        yield {
            "tick": count,
            "elapsed_seconds": round(elapsed, 6),
            "interval_seconds": interval_seconds,
            "timestamp": _now(),
            "source": "interval",
            "event_type": "tick",
        }
        turn = max(turn, int((clock.monotonic() - begin) / interval_seconds)) + 1


@node(role="trigger")
async def Wait(ctx: NodeContext, input: Any = "", timeout_seconds: float = 0.0) -> Resumed:
    """Wait until something is pushed to this node, or for ``timeout_seconds`` unless that is 0, and go on.

    ``job.push_input`` reaches it by the node's name, or its id where it has none. ``data`` is what was pushed, or
    ``input`` when that was null or the time was up.
    """
    began, data = clock.monotonic(), None
    try:
        async with _within(timeout_seconds):
            data = await anext(ctx.events())
    except (TimeoutError, StopAsyncIteration):
        pass
    waited = round(clock.monotonic() - began, 6)
    return {"data": input if data is None else data, "resumed_at": _now(), "waited_seconds": waited}


@node(requires=("watchdog",), extra="watch")
async def FileWatchTrigger(
    ctx: NodeContext,
    path: str = ".",
    recursive: bool = False,
    patterns: list[str] = ["*"],
    ignore_patterns: list[str] = [],
    debounce_seconds: float = 0.5,
    events: list[str] = ["created", "modified", "deleted", "moved"],
    max_events: int = 0,
) -> AsyncIterator[FileEvent]:
    """Send an event for each change of the files in a folder, or of one file.

    ``patterns`` are those of the shell, for names or whole paths. A change is sent once it has not come again for
    ``debounce_seconds``.
    """
    from nodetool_jupyter.nodes.file_watch import KINDS, Wanted, changes

    for kind in events:
        if kind not in KINDS:
            raise ValueError(f"events: there is no event {kind!r}; {nearest(kind, KINDS)}")
    watched = Path(path).expanduser().resolve()
    if not watched.exists():
        raise ValueError(f"path: there is no file or folder {str(watched)!r} to watch")
    count = 0
    wanted = Wanted(patterns, ignore_patterns, events, recursive)
    begun = partial(ctx.log, f"watching {watched}")
    async with aclosing(changes(watched, wanted, debounce_seconds, begun)) as happening:
        async for change in happening:
            count += 1
            yield {
                "path": change.path,
                "dest_path": change.dest_path,
                "is_directory": change.is_directory,
                "timestamp": _now(),
                "source": "file_watch",
                "event_type": change.kind,
            }
            if count == max_events:
                return


def _within(seconds: float | None) -> asyncio.Timeout:
    import asyncio  # slow to import, and there where an engine runs

    return asyncio.timeout(seconds if seconds and seconds > 0 else None)


async def _until(moment: float) -> None:
    import asyncio

    await asyncio.sleep(max(0.0, moment - clock.monotonic()))


def _now() -> str:
    return dt.datetime.fromtimestamp(clock.time(), dt.UTC).isoformat()
