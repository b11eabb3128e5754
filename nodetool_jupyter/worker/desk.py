"""Which requests run and which wait: so many at once, connections in turn, and no more waiting than may."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections import OrderedDict, deque
from pathlib import Path
from typing import Protocol

from nodetool_jupyter.worker.catalogue import Catalogue
from nodetool_jupyter.worker.engines import Engines
from nodetool_jupyter.worker.options import WorkerOptions
from nodetool_jupyter.worker.requests import Request, State
from nodetool_jupyter.worker.wording import busy

OWED = 16  # answers that a connection has not taken yet, above which nothing of it is begun


class Peer(Protocol):
    """Whoever asks: ``owed`` is how many nodes have run whose answers are still to be sent."""

    owed: int


class RunDesk:
    """Runs requests, ``at_once`` of them, taking peers in turn; used on the control loop only."""

    def __init__(self, catalogue: Catalogue, options: WorkerOptions) -> None:
        self.catalogue = catalogue
        self.options = options
        self.engines = Engines()
        self.left_behind = 0  # nodes that run on although nobody waits for them
        self.served = 0
        self.waiting = 0
        self.held = 0  # bytes that requests were sent which run or wait
        self._queues: OrderedDict[Peer, deque[Request]] = OrderedDict()
        self._running: dict[Request, Peer] = {}
        self._numbers = itertools.count()
        self._folder: Path | None = None

    @property
    def running(self) -> int:
        """How many nodes run now and are listened to."""
        return len(self._running)

    @property
    def stuck(self) -> bool:
        """Whether so many nodes were left behind that this process should be ended and begun anew."""
        return self.left_behind >= self.options.at_once

    def enter(self, request: Request, peer: Peer) -> None:
        """Begin a request, or let it wait; one for which there is no room is answered at once."""
        queue = self._queues.setdefault(peer, deque())
        if self.waiting >= self.options.all_waiting or len(queue) >= self.options.waiting:
            request.refuse(busy(f"{self.waiting} requests wait already; ask again later"))
            return
        if self.held and self.held + request.size > self.options.inputs:
            request.refuse(busy(f"requests here hold {self.held} bytes already; ask again later"))
            return
        queue.append(request)
        self.waiting += 1
        self.held += request.size
        self.go_on()

    def go_on(self) -> None:
        """Begin what waits and may."""
        passed = 0
        while passed < len(self._queues) and len(self._running) < self.options.at_once:
            peer, queue = self._queues.popitem(last=False)
            passed += 1
            if queue and peer.owed < OWED:
                passed = 0
                request = queue.popleft()
                self.waiting -= 1
                self._running[request] = peer
                request.start(self)
            if queue:
                self._queues[peer] = queue

    def drop(self, request: Request, peer: Peer) -> None:
        """Take a request that waits out of its queue, because it was cancelled."""
        queue = self._queues.get(peer, deque())
        if request.state is not State.WAITING or request not in queue:
            return
        queue.remove(request)
        self.waiting -= 1
        self.held -= request.size

    def ended(self, request: Request) -> None:
        """Let the next one begin; the answer is still to be sent."""
        peer = self._running.pop(request, None)
        if peer is not None:
            self.served += 1
            self.held -= request.size
            peer.owed += 1
            self.go_on()

    def left(self) -> None:
        """Count a node that was left behind."""
        self.left_behind += 1

    def came_back(self) -> None:
        """Count one less: it has ended after all."""
        self.left_behind -= 1

    def folder(self) -> Path:
        """Return a place for a node's scratch folder; the first one makes the folder they are all in."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="nodetool-worker-"))
        return self._folder / str(next(self._numbers))

    def close(self) -> None:
        """Let the threads end, and remove what nodes left."""
        self.engines.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
