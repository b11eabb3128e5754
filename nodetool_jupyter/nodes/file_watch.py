"""Watching a folder: what the system tells of its files, filtered and calmed down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

KINDS = ("created", "modified", "deleted", "moved")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to a file or folder; ``dest_path`` is where it was moved to, else empty."""

    kind: str
    path: str
    dest_path: str
    is_directory: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be told: shell patterns of names or paths, and kinds of changes."""

    patterns: Sequence[str]
    ignore_patterns: Sequence[str]
    kinds: Collection[str]
    recursive: bool

    def has(self, change: Change) -> bool:
        """Tell whether a change is among it; of a move one of the two paths must be."""
        if change.kind not in self.kinds:
            return False
        if change.is_directory and change.kind == "modified":
            return False  # a folder is, with each file in it that comes or goes, and that is told anyway
        paths = [PurePath(path) for path in (change.path, change.dest_path) if path]
        if any(path.match(pattern) for path in paths for pattern in self.ignore_patterns):
            return False
        return not self.patterns or any(path.match(pattern) for path in paths for pattern in self.patterns)


async def changes(
    folder: Path, wanted: Wanted, calm: float, begun: Callable[[], object]
) -> AsyncGenerator[Change, None]:
    """Yield changes in a folder, or of one file, without end; one that comes again within ``calm`` seconds once.

    The system tells of them, from when ``begun`` is called; nothing is looked at in between.
    """
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[Change] = asyncio.Queue()
    due: dict[Change, float] = {}  # in the order in which they are due
    with _watching(folder, wanted, lambda change: loop.call_soon_threadsafe(told.put_nowait, change)):
        begun()
        while True:
            try:
                async with asyncio.timeout_at(next(iter(due.values()), None)):
                    change = await told.get()
            except TimeoutError:
                change = next(iter(due))
                del due[change]
                yield change
                continue
            if calm > 0:
                due.pop(change, None)
                due[change] = loop.time() + calm
            else:
                yield change


@contextmanager
def _watching(folder: Path, wanted: Wanted, tell: Callable[[Change], object]) -> Iterator[None]:
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers import Observer

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            change = Change(event.event_type, str(event.src_path), str(event.dest_path), event.is_directory)
            if wanted.has(change):
                tell(change)

    observer = Observer()
    observer.schedule(Handler(), str(folder), recursive=wanted.recursive)
    observer.start()
    try:
        yield
    finally:
        observer.stop()
        observer.join()
