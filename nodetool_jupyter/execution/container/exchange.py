"""How a container and its owner hand each other files: what is given as /job/in, what is left as /job/out."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from threading import Lock
from typing import Any

from nodetool_jupyter import events as ev
from nodetool_jupyter.errors import EngineUnavailable, ExecutionLost, NodetoolError
from nodetool_jupyter.execution.container import inputs
from nodetool_jupyter.execution.container.archive import pack, pack_files, unpack
from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.execution.container.files import Folders, container_user, remove
from nodetool_jupyter.execution.container.results import Collected, collect
from nodetool_jupyter.execution.container.sandbox import JOB, NOBODY, OUT, Mount, OwnVolume
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Reason, Status
from nodetool_jupyter.values import ValueStore


class Exchange(ABC):
    """The files of one attempt; every method blocks."""

    def __init__(self, job: Path, attempt: int) -> None:
        self._job = job
        self._folders = Folders.of(job, attempt)

    @property
    @abstractmethod
    def user(self) -> tuple[int, int]:
        """The uid and gid that a container should run as, unless the policy names others."""

    @abstractmethod
    def give(self, request: RunJobRequest, user: tuple[int, int]) -> None:
        """Make everything ready for a container that runs as ``user``.

        Raises :class:`InvalidRequest` when a value is not there whole, :class:`StorageError` when there is no room.
        """

    @abstractmethod
    def mounts(self, labels: Mapping[str, str]) -> Sequence[Mount | OwnVolume]:
        """Return what a container of these labels is to have mounted, once everything is ready."""

    @abstractmethod
    def send(self, id_: str) -> None:
        """Bring what was given to the container, which was made and not started; raises what the engine raises."""

    def stop(self) -> None:  # noqa: B027  # most send nothing
        """Cut short what another thread sends, for nobody wants it any more."""

    @abstractmethod
    def give_values(self, id_: str, data: Any) -> None:
        """Give a container that runs the value files that ``data`` refers to."""

    @abstractmethod
    def collect(self, id_: str, claim: ev.JobUpdate, seen: Sequence[Mapping[str, Any]]) -> Collected:
        """Take what a stopped container left, as :func:`~.results.collect` does."""


class MountedFolders(Exchange):
    """Two folders of the job that the container has mounted: for an engine on this host."""

    @property
    def user(self) -> tuple[int, int]:
        """Our own, because files are linked where they can be; nobody's when we are root."""
        return container_user()

    def give(self, request: RunJobRequest, user: tuple[int, int]) -> None:
        """Make the folders, and put into one what the request refers to."""
        inputs.give(self._job, request, self._folders.attempt, user)

    def mounts(self, labels: Mapping[str, str]) -> Sequence[Mount | OwnVolume]:
        """Return the two folders."""
        return self._folders.mounts()

    def send(self, id_: str) -> None:
        """Do nothing: it is there."""

    def give_values(self, id_: str, data: Any) -> None:
        """Put them into the folder that the container sees."""
        inputs.give_values(self._job, data, self._folders.attempt)

    def collect(self, id_: str, claim: ev.JobUpdate, seen: Sequence[Mapping[str, Any]]) -> Collected:
        """Take from the folder that the container wrote."""
        return collect(self._job, self._folders.attempt, claim, seen)


class CarriedVolume(Exchange):
    """A volume of the container's own, to and from which archives are carried: for an engine on another host.

    What is given lies in ``in`` of the attempt here as well; what was left is unpacked into its ``out``.
    """

    def __init__(self, engine: ContainerEngine, job: Path, attempt: int) -> None:
        super().__init__(job, attempt)
        self._engine = engine
        self._user = NOBODY
        self._stopped = False
        self._giving = Lock()  # nobody may take for carried what another thread still carries

    @property
    def user(self) -> tuple[int, int]:
        """Nobody's: our own may be somebody else's there."""
        return NOBODY

    def give(self, request: RunJobRequest, user: tuple[int, int]) -> None:
        """Make the folders here, and put into one what will be sent."""
        inputs.give(self._job, request, self._folders.attempt, _ourselves())
        self._user = user

    def mounts(self, labels: Mapping[str, str]) -> Sequence[Mount | OwnVolume]:
        """Return a volume that bears the container's labels."""
        return (OwnVolume(JOB, labels),)

    def send(self, id_: str) -> None:
        """Fill the volume: what is given is root's, and the folder for results the user's."""
        self._put(id_, pack(self._folders, self._user))

    def give_values(self, id_: str, data: Any) -> None:
        """Put into the volume those that are not there yet."""
        with self._giving:
            new = inputs.give_values(self._job, data, self._folders.attempt, _ourselves())
            if not new:
                return
            try:
                self._put(id_, pack_files(self._folders, new))
            except BaseException:
                for path in new:
                    path.unlink()
                raise

    def stop(self) -> None:
        """Cut short what is being sent: an engine removes no container that it still unpacks something for."""
        self._stopped = True

    def _put(self, id_: str, archive: Iterator[bytes]) -> None:
        self._engine.put_archive(id_, JOB, takewhile(lambda _: not self._stopped, archive))
        if self._stopped:
            raise ExecutionLost("nobody wants it any more")

    def collect(self, id_: str, claim: ev.JobUpdate, seen: Sequence[Mapping[str, Any]]) -> Collected:
        """Read what was left, where any is named, and take from that.

        A completed job whose results cannot be read ends as ``engine_unavailable`` or ``lost``.
        """
        named = bool(ValueStore(self._job / "values").references(claim.result))
        refused: dict[str, str] = {}
        if named or seen:
            remove(self._folders.left)
            try:
                refused = unpack(self._engine.get_archive(id_, f"{OUT}/values"), self._folders.left)
            except (EngineUnavailable, ExecutionLost) as error:
                remove(self._folders.left)  # nothing of what came is believed
                refused = {"*": f"could not be read out of the container: {error}"}
                if named and claim.status == Status.COMPLETED:
                    claim = _unread(claim, error)
        return collect(self._job, self._folders.attempt, claim, seen, refused=refused)


def _ourselves() -> tuple[int, int]:
    """Return who ``in`` is made for when only we read it: then files are linked, and never copied."""
    return os.geteuid(), os.getegid()


def _unread(claim: ev.JobUpdate, error: NodetoolError) -> ev.JobUpdate:
    """Return the end of a job that completed, and whose results cannot be read."""
    reason = Reason.LOST if isinstance(error, ExecutionLost) else Reason.ENGINE_UNAVAILABLE
    text = f"it completed, and its results could not be read: {error}"
    return claim.model_copy(update={"status": "error", "reason": reason.value, "error": text, "result": None})


def exchange_of(engine: ContainerEngine, job: Path, attempt: int) -> Exchange:
    """Return how files go to and from containers of an engine; the one place where that is decided."""
    return CarriedVolume(engine, job, attempt) if engine.remote else MountedFolders(job, attempt)
