"""The other managers of this boot and pid namespace: who lives, who has died, and what is called across to them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from nodetool_jupyter.jobs import control, identity
from nodetool_jupyter.jobs.desk import Desk
from nodetool_jupyter.jobs.identity import Identity
from nodetool_jupyter.processes import start_ticks


class Neighbours:
    """Watches the managers that live here; ``died`` is called on the loop when one of them has ended."""

    def __init__(self, desk: Desk, managers: Path, died: Callable[[], None]) -> None:
        self._desk = desk
        self._managers = managers
        self._died = died
        self._watched: dict[str, int] = {}  # id of a living manager -> its pidfd

    def socket(self, of: Identity) -> Path:
        """Return where a manager answers."""
        return self._desk.places.runtime / "managers" / f"{of.id}.sock"

    def lives(self, other: Identity | None) -> bool | None:
        """Tell whether an owner lives; ``None`` when it cannot be known from here. Nobody is not alive."""
        return other is not None and identity.alive(other, self._desk.identity, self._desk.places.runtime)

    def find(self) -> list[Identity]:
        """Return the other managers that live here, and sweep away what dead ones left."""
        found = []
        for card in self._managers.glob("*.json"):
            other = Identity.parse(card.read_bytes()) if card.exists() else None
            if other is None or other.id == self._desk.identity.id:
                continue
            lives = self.lives(other)
            if lives:
                found.append(other)
            elif lives is False:
                socket = self.socket(other)
                for path in (card, card.with_suffix(".lease"), socket, socket.with_suffix(".lock")):
                    path.unlink(missing_ok=True)
        return found

    def call(self, word: str) -> None:
        """Call a word across to every other manager here; nobody waits for an answer."""
        for other in self.find():
            control.greet(self.socket(other), word)

    def meet(self) -> None:
        """Watch everybody who lives here; called on the loop."""
        for other in self.find():
            self.watch(other)

    def watch(self, other: Identity) -> None:
        """Learn of a manager's death when it happens; called on the loop."""
        if other.id in self._watched or other.pid == os.getpid() or not hasattr(os, "pidfd_open"):
            return
        try:
            descriptor = os.pidfd_open(other.pid)
        except OSError:
            self._died()
            return
        if start_ticks(other.pid) != other.ticks:
            os.close(descriptor)
            self._died()
            return
        self._watched[other.id] = descriptor
        self._desk.loop.add_reader(descriptor, self._ended, other.id)

    def _ended(self, manager_id: str) -> None:
        self._unwatch(manager_id)
        self._died()

    def _unwatch(self, manager_id: str) -> None:
        descriptor = self._watched.pop(manager_id)
        self._desk.loop.remove_reader(descriptor)
        os.close(descriptor)

    def close(self) -> None:
        """Watch nobody any more; called on the loop."""
        for manager_id in list(self._watched):
            self._unwatch(manager_id)
