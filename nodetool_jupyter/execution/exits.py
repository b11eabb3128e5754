"""Learning of a process's end when it happens: by pidfd on Linux, by a thread that waits elsewhere."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from contextlib import suppress

from nodetool_jupyter import clock
from nodetool_jupyter.processes import open_pidfd, wait_for_ends

PATIENCE = 5.0  # seconds that children which are about to end get to do so, when their loop ends


class Exit:
    """The end of one process, as an event on a loop; an ``own`` child is reaped, and has a ``code``.

    A process that is gone already, or whose number another one has now, has ended at once.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, pid: int, ticks: int, *, own: bool = False) -> None:
        self.happened = asyncio.Event()
        self.pidfd = -1
        self._loop = loop
        self._pid = pid
        self._own = own
        self.code: int | None = None
        if own:
            _children.setdefault(loop, set()).add(self)
        if hasattr(os, "pidfd_open"):
            found = open_pidfd(pid, ticks)
            if found is None:
                self._tell()
            else:
                self.pidfd = found
                loop.add_reader(found, self._tell)
        else:
            threading.Thread(target=self._wait, name="nodetool-exit", daemon=True).start()

    def _tell(self) -> None:
        self._reap()
        self._close()
        self.happened.set()

    def _wait(self) -> None:
        if self._own:
            self._reap()
        else:
            _wait_kqueue(self._pid)
        with suppress(RuntimeError):  # the loop has closed: nobody wants to know
            self._loop.call_soon_threadsafe(self.happened.set)

    def release(self) -> None:
        """Nobody waits for this end any more; our own child is reaped all the same."""
        if not self._own:
            self._close()

    def leave(self) -> None:
        """Watch no more: the process goes on without us."""
        _children.get(self._loop, set()).discard(self)
        self._close()

    def _reap(self) -> None:
        if self._own:
            _children.get(self._loop, set()).discard(self)
            with suppress(ChildProcessError):
                self.code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _close(self) -> None:
        if self.pidfd >= 0:
            descriptor, self.pidfd = self.pidfd, -1
            self._loop.remove_reader(descriptor)
            os.close(descriptor)


_children: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, set[Exit]] = weakref.WeakKeyDictionary()


def reap_children(loop: asyncio.AbstractEventLoop) -> None:
    """Reap the children of a loop that is about to end; they are on their way, and get a few seconds for it."""
    ending = {one.pidfd: one for one in _children.pop(loop, set()) if one.pidfd >= 0}
    ended = wait_for_ends(ending, clock.monotonic() + PATIENCE)
    for one in ending.values():
        if ended:
            one._tell()
        else:
            one._close()


def _wait_kqueue(pid: int) -> None:
    """Wait for the end of a process that is not our child; where there is kqueue (macOS, BSD)."""
    import select

    queue = select.kqueue()  # type: ignore[attr-defined,unused-ignore]
    try:
        event = select.kevent(  # type: ignore[attr-defined,unused-ignore]
            pid,
            filter=select.KQ_FILTER_PROC,  # type: ignore[attr-defined,unused-ignore]
            flags=select.KQ_EV_ADD | select.KQ_EV_ONESHOT,  # type: ignore[attr-defined,unused-ignore]
            fflags=select.KQ_NOTE_EXIT,  # type: ignore[attr-defined,unused-ignore]
        )
        with suppress(ProcessLookupError):
            queue.control([event], 1)
    finally:
        queue.close()
