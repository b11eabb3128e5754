"""Where the owner of a job is, as far as bells go: asked anew whenever a reader of the job wakes."""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import Enum

from nodetool_jupyter.eventlog.lines import read_tail
from nodetool_jupyter.jobs import identity
from nodetool_jupyter.jobs.desk import Desk, logger
from nodetool_jupyter.jobs.folder import JobFolder


class Reach(Enum):
    """How the owner of a job wakes a reader: in its own process, by a socket, or not at all."""

    NEAR = "near"
    FAR = "far"
    NONE = "none"


class Ownership:
    """Follows one job from owner to owner, and sees to it that its end will be told whoever owns it."""

    def __init__(self, desk: Desk, folder: JobFolder, attend: Callable[[JobFolder], None]) -> None:
        self._desk = desk
        self._folder = folder
        self._attend = attend
        self._next_owner = ""  # the claim that would tell of another owner
        self._reach = Reach.FAR

    def ask(self) -> Reach:
        """Return how a reader can be woken now; cheap as long as the owner is the same."""
        if self._folder.id in self._desk.live:
            self._next_owner = ""
            return Reach.NEAR
        if not self._next_owner or os.path.exists(self._next_owner):  # noqa: PTH110
            self._reach = self._look()
        return self._reach

    def _look(self) -> Reach:
        epoch, owner = self._folder.owner()
        self._next_owner = self._folder.owner_path(epoch + 1)
        if epoch == 0 or read_tail(self._folder.log).terminal:
            return Reach.FAR  # nothing more will come but its removal
        self._attend(self._folder)
        if owner is None or identity.alive(owner, self._desk.identity, self._desk.places.runtime) is not None:
            return Reach.FAR
        if self._reach is not Reach.NONE:
            logger.warning(
                "job %s is owned on %s, where no bell reaches: its log is looked at once a second",
                self._folder.id,
                owner.host,
            )
        return Reach.NONE
