"""Models in memory, shared by the nodes of a process: counted while they are used, and kept for a while where asked.

A job's own process frees a model with the last node that uses it. A worker runs single nodes, one after the other,
and keeps what they loaded (:meth:`LoadedModels.keep`) until a job ends, somebody asks, or nobody has used it for long.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nodetool_jupyter import clock

Key = tuple[Path, str]
Used = tuple[str, str]


@dataclass(slots=True)
class Held:
    """One model in memory: how many nodes use it now, since when nobody does, and which nodes of which jobs did.

    ``by`` has pairs of job and node; both are empty for a node that is of no job.
    """

    model: Any
    users: int = 0
    since: float = 0.0
    by: set[Used] = field(default_factory=set)


class LoadedModels:
    """Models by folder and device; every method may be called from any thread. ``freed`` is told of a device."""

    def __init__(self, freed: Callable[[str], None] = lambda device: None) -> None:
        self._held: dict[Key, Held] = {}
        self._lock = threading.Lock()
        self._freed = freed
        self._idle: Callable[[], None] | None = None

    def keep(self, idle: Callable[[], None] | None) -> None:
        """From now on keep models that nobody uses, and call ``idle`` when there is one more; ``None`` ends that."""
        self._idle = idle

    def borrow(self, key: Key, load: Callable[[], Any], by: Used = ("", "")) -> Any:
        """Return a model, loading it when it is not there; :meth:`give_back` it."""
        with self._lock:
            held = self._held.get(key)
            if held is None:
                held = self._held[key] = Held(load())
            held.users += 1
            held.by.add(by)
            return held.model

    def give_back(self, key: Key) -> None:
        """Say that a borrowed model is not needed any more; the last one frees it, unless it is to be kept."""
        with self._lock:
            held = self._held[key]
            held.users -= 1
            if held.users:
                return
            held.since = clock.monotonic()
            idle = self._idle
            if idle is None:
                del self._held[key]
        if idle is None:
            del held
            self._freed(key[1])
        else:
            idle()

    def now(self) -> dict[Key, tuple[int, float]]:
        """Return the models in memory, with how many nodes use each and since when nobody does."""
        with self._lock:
            return {key: (held.users, held.since) for key, held in self._held.items()}

    def free(self, wanted: Callable[[Key, float], bool]) -> list[Key]:
        """Free the models that nobody uses and that are ``wanted``, asked with the time since which nobody does."""
        with self._lock:
            gone = [key for key, held in self._held.items() if not held.users and wanted(key, held.since)]
            for key in gone:
                del self._held[key]
        for key in gone:
            self._freed(key[1])
        return gone

    def free_of(self, job_id: str, node_ids: Iterable[str]) -> list[Key]:
        """Free the models that only these nodes of a job have used, as far as nobody uses them now."""
        ended = {(job_id, node_id) for node_id in node_ids}
        with self._lock:
            mine = [(key, held) for key, held in self._held.items() if held.by & ended]
            for _, held in mine:
                held.by -= ended
            alone = {key for key, held in mine if not held.by}
        return self.free(lambda key, _: key in alone)
