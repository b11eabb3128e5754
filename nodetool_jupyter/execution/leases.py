"""Who of this process has which GPU: leases, and the queue of each GPU.

A lease is the locks of its GPUs (:mod:`.gpu_locks`), so it counts against every process of the host. Within this
process jobs come in turn; for what another process holds one thread waits, not one a job. GPUs are taken in the order
of their UUIDs, so that two jobs never each hold what the other waits for. A kernel lets sharers in while somebody waits
to have a GPU alone: between processes a stream of sharers can keep out who does not share.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence

from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.execution import gpu_locks
from nodetool_jupyter.execution.gpus import Gpu


class GpuLease:
    """The right of one job to use its GPUs, until it is released here and everywhere its descriptors were handed to.

    ``gpus`` are in the order in which they were asked for, and ``descriptors`` likewise.
    """

    __slots__ = ("_ask", "descriptors", "gpus")

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.gpus = ask.gpus
        self.descriptors = tuple(ask.taken[gpu.uuid] for gpu in ask.gpus)

    def release(self) -> None:
        """Close this process's descriptors and let the next in the queue in; may be called twice."""
        self._ask.leave()


Told = Callable[[GpuLease | StorageError], None]


class Ask:
    """One job's wish for GPUs: in the queue of one of them, then granted, or given up."""

    __slots__ = ("_table", "gpus", "job_id", "lease", "place", "rest", "share", "taken", "told")

    def __init__(self, table: LeaseTable, job_id: str, gpus: Sequence[Gpu], share: bool, told: Told) -> None:
        self._table = table
        self.job_id = job_id
        self.gpus = tuple(gpus)
        self.share = share
        self.told = told
        self.place = gpu_locks.folder()
        self.rest = sorted(gpus, key=lambda gpu: gpu.uuid, reverse=True)  # those it still needs, the next one last
        self.taken: dict[str, int] = {}
        self.lease: GpuLease | None = None

    def leave(self) -> None:
        """Give up: leave the queue at once, or release what was granted; may be called twice."""
        self._table.leave(self)

    @property
    def holder(self) -> str:
        """Why it waits, in one sentence; empty when it does not."""
        return self._table.why(self)


class _Line:
    """One GPU: which asks of this process have it, and which wait for it."""

    __slots__ = ("holders", "queue", "uuid", "waited_for")

    def __init__(self, uuid: str) -> None:
        self.uuid = uuid
        self.holders: list[Ask] = []
        self.queue: deque[Ask] = deque()
        self.waited_for: set[bool] = set()  # for which kind of lock, shared or not, a thread waits

    def fits(self, ask: Ask) -> bool:
        return not self.holders or (ask.share and self.holders[0].share)

    @property
    def idle(self) -> bool:
        return not (self.holders or self.queue or self.waited_for)


class LeaseTable:
    """All leases of this process; :data:`table` is the one. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[str, _Line] = {}
        self._asks: set[Ask] = set()  # that wait, or have their lease
        self._news: deque[tuple[Told, GpuLease | StorageError]] = deque()

    def ask(self, job_id: str, gpus: Sequence[Gpu], share: bool, told: Told) -> Ask:
        """Ask for one GPU or more; ``told`` is called once, with the lease or with why there will be none.

        It is called in any thread, perhaps before this returns, and must not raise; whoever leaves before it was
        called may still be told. Raises :class:`StorageError` when the folder of the locks cannot be used.
        """
        ask = Ask(self, job_id, gpus, share, told)
        with self._lock:
            self._asks.add(ask)
            self._enter(ask)
        self._tell()
        return ask

    def leave(self, ask: Ask) -> None:
        """Take an ask out of its queue, or release its lease; nothing when it has neither."""
        with self._lock:
            if ask in self._asks:  # a fork copies asks into a process whose table does not know them
                self._drop(ask)
        self._tell()

    def why(self, ask: Ask) -> str:
        """Return the sentence of :attr:`Ask.holder`."""
        with self._lock:
            line = self._lines.get(ask.rest[-1].uuid) if ask.rest else None
            if line is None or ask not in line.queue:
                return ""
            gpu = ask.rest[-1]
            if not line.fits(ask):
                verb = "shares" if line.holders[0].share else "holds"
                who = f"job {line.holders[0].job_id} of this process {verb}"
            elif line.queue[0] is not ask:
                return f"waits for GPU {gpu.index} ({gpu.name}), behind job {line.queue[0].job_id} of this process"
            else:
                who = "another process holds"
            return f"waits for GPU {gpu.index} ({gpu.name}), which {who}"

    # What follows is called with the lock held, and calls nobody outside.

    def _enter(self, ask: Ask) -> None:
        uuid = ask.rest[-1].uuid
        line = self._lines.get(uuid)
        if line is None:
            line = self._lines[uuid] = _Line(uuid)
        line.queue.append(ask)
        self._serve(line)

    def _serve(self, line: _Line) -> None:
        """Let in who is first, and those after it who share with it; see to it that somebody waits for the rest."""
        while line.queue and line.fits(line.queue[0]):
            ask = line.queue[0]
            try:
                descriptor = gpu_locks.take(ask.place, line.uuid, share=ask.share, wait=False)
            except StorageError as error:
                self._refuse(ask, error)
                continue
            if descriptor is None:
                self._watch(line, ask)
                break
            self._give(line, descriptor)
        if line.idle and self._lines.get(line.uuid) is line:
            del self._lines[line.uuid]

    def _give(self, line: _Line, descriptor: int) -> None:
        ask = line.queue.popleft()
        line.holders.append(ask)
        ask.taken[line.uuid] = descriptor
        ask.rest.pop()
        if ask.rest:
            self._enter(ask)
            return
        ask.lease = GpuLease(ask)
        self._news.append((ask.told, ask.lease))

    def _refuse(self, ask: Ask, error: StorageError) -> None:
        self._news.append((ask.told, error))
        self._drop(ask)

    def _drop(self, ask: Ask) -> None:
        """Take an ask out of every line; whoever may go on after it does."""
        self._asks.remove(ask)
        left = [self._lines[uuid] for uuid in ask.taken]
        for line in left:
            line.holders.remove(ask)
            gpu_locks.drop(ask.taken[line.uuid])
        if ask.rest:
            left.append(self._lines[ask.rest[-1].uuid])
            left[-1].queue.remove(ask)
        for line in left:
            self._serve(line)

    def _watch(self, line: _Line, ask: Ask) -> None:
        if ask.share not in line.waited_for:
            line.waited_for.add(ask.share)
            name, args = f"nodetool-gpu-{line.uuid}", (line, ask.place, ask.share)
            threading.Thread(target=self._wait, args=args, name=name, daemon=True).start()

    # From here on without the lock.

    def _wait(self, line: _Line, place: str, share: bool) -> None:
        """Wait until the processes that hold a GPU let it go; on a thread, since nothing else can wait for a lock."""
        outcome: int | StorageError | None
        try:
            outcome = gpu_locks.take(place, line.uuid, share=share, wait=True)
        except StorageError as error:
            outcome = error
        with self._lock:
            line.waited_for.remove(share)
            first = line.queue[0] if line.queue else None
            if isinstance(outcome, int):
                if first is not None and first.share == share and line.fits(first):
                    self._give(line, outcome)
                else:  # who wanted it has given up
                    gpu_locks.drop(outcome)
            elif first is not None and outcome is not None:
                self._refuse(first, outcome)
            self._serve(line)
        self._tell()

    def _tell(self) -> None:
        """Tell what came of asks, outside the lock, so that whoever is told may ask and release."""
        while True:
            try:
                told, outcome = self._news.popleft()
            except IndexError:
                return
            told(outcome)

    def forget(self) -> None:
        """Start anew, in a forked child: the locks and the threads are its parent's."""
        self._lock = threading.Lock()
        self._lines.clear()
        self._asks.clear()
        self._news.clear()


table = LeaseTable()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=table.forget)
