"""How a container and its owner hand each other files: what is given as /job/in, what is left as /job/out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nodetool_jupyter import events as ev
from nodetool_jupyter.execution.container import inputs
from nodetool_jupyter.execution.container.files import Folders
from nodetool_jupyter.execution.container.results import Collected, collect
from nodetool_jupyter.execution.container.sandbox import Mount
from nodetool_jupyter.request import RunJobRequest


class Exchange:
    """The files of one attempt, in two folders of the job that are mounted; every method blocks."""

    def __init__(self, job: Path, attempt: int) -> None:
        self._job = job
        self._folders = Folders(job / "attempts" / str(attempt))

    def give(self, request: RunJobRequest, user: tuple[int, int]) -> None:
        """Make everything ready for a container that runs as ``user``.

        Raises :class:`InvalidRequest` when a value is not there whole, :class:`StorageError` when there is no room.
        """
        inputs.give(self._job, request, self._folders.attempt, user)

    def mounts(self) -> tuple[Mount, ...]:
        """Return what is mounted for it, once everything is ready."""
        return self._folders.mounts()

    def give_values(self, data: Any) -> None:
        """Give a container that runs the value files that ``data`` refers to."""
        inputs.give_values(self._job, data, self._folders.attempt)

    def collect(self, claim: ev.JobUpdate | None, seen: Iterable[Mapping[str, Any]]) -> Collected:
        """Take what a stopped container left, as :func:`~.results.collect` does."""
        return collect(self._job, self._folders.attempt, claim, seen)
