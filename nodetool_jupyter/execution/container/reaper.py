"""Removing what attempts have left in an engine when their maker has ended: what has all of our labels, and no more.

A data folder for whose jobs containers were made has a name of its own, in its file ``outside/docker``, so that no
other folder's manager takes them for its own, wherever either is mounted. One without that file has left nothing.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.execution.base import OUTSIDE
from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.files import private_opener
from nodetool_jupyter.processes import boot_id, pid_namespace, start_ticks

_PREFIX = "org.nodetool.jupyter."
OURS, JOB, ATTEMPT = f"{_PREFIX}container", f"{_PREFIX}job", f"{_PREFIX}attempt"
HOME, OWNER, HOST, START = f"{_PREFIX}home", f"{_PREFIX}owner", f"{_PREFIX}host", f"{_PREFIX}start"
GPUS, SHARES = f"{_PREFIX}gpus", f"{_PREFIX}shares-gpus"
RUNNER = "runner"  # what the label OURS says


@dataclass(frozen=True, slots=True)
class Maker:
    """The process that made a container: ``owner`` is its pid, ``start`` its start.

    ``host`` is where pids mean that: the boot and the pid namespace; ``home`` names the data folder.
    """

    home: str
    owner: str
    host: str
    start: str

    @classmethod
    def here(cls, data: Path) -> Self:
        """Return this process, for jobs of a data folder; raises :class:`StorageError` when that cannot be named."""
        pid = os.getpid()
        return cls(home=_name_home(data), owner=str(pid), host=_scope(), start=str(start_ticks(pid)))

    def labels(self) -> dict[str, str]:
        """Return the labels that all its containers have; raises ``ValueError`` when one would be empty."""
        found = {OURS: RUNNER, HOME: self.home, OWNER: self.owner, HOST: self.host, START: self.start}
        if not all(found.values()):
            raise ValueError("a maker of containers has a home, an owner, a host and a start")
        return found

    def labels_of(self, job_id: str, attempt: int) -> dict[str, str]:
        """Return the labels of the container of one attempt."""
        return {**self.labels(), JOB: job_id, ATTEMPT: str(attempt)}


def container_name(job_id: str, attempt: int | str) -> str:
    """Return the name of the container of one attempt."""
    return f"nodetool-{job_id}-{attempt}"


def _scope() -> str:
    """Return where pids mean something."""
    return f"{boot_id()}-{pid_namespace()}"


def home_name(data: Path) -> str | None:
    """Return the name of a data folder; none when no container was ever made for a job in it."""
    try:
        word = (data / OUTSIDE / "docker").read_text()
    except (OSError, ValueError):
        return None
    # With its place, because a copy of the folder is another.
    return hashlib.sha256(f"{word}:{data.resolve()}".encode()).hexdigest()[:32] if word else None


def _name_home(data: Path) -> str:
    found = home_name(data)
    if found is None:
        target = data / OUTSIDE / "docker"
        draft = target.with_name(f".docker.{os.urandom(6).hex()}")
        try:
            target.parent.mkdir(mode=0o700, exist_ok=True)
            with open(draft, "x", opener=private_opener) as file:
                file.write(os.urandom(12).hex())
            with suppress(FileExistsError):  # another was quicker
                os.link(draft, target)
            draft.unlink()
        except OSError as error:
            raise StorageError(f"{target} cannot be written: {error.strerror}") from error
        found = home_name(data)
    if found is None:
        raise StorageError(f"{data / OUTSIDE / 'docker'} cannot be read; remove it")
    return found


def remove_of_job(engine: ContainerEngine, job_id: str, attempt: int | None = None) -> None:
    """Remove the containers of one attempt at a job, or of all, and the networks they were in, whoever made them."""
    labels = {OURS: RUNNER, JOB: job_id} | ({} if attempt is None else {ATTEMPT: str(attempt)})
    for one in engine.ours(labels):
        engine.remove(one.id)
    for network in engine.networks(labels):
        engine.remove_network(network.id)


def reap(engine: ContainerEngine, home: str, has_ended: Callable[[str], bool | None]) -> list[str]:
    """Remove what attempts at jobs of a data folder have left and nobody comes for, and return its ids and names.

    ``has_ended`` tells whether a job has; ``None`` when it is not there any more. What is removed has all labels of
    ours, a maker that does not live, and a job that has ended. What was made under another boot or in another pid
    namespace has a maker of which nothing can be known here; it is removed only when its job is there and has ended.
    """
    removed: list[str] = []
    for name, labels, remove in _ours(engine, home):
        lives = _lives(labels)
        if lives:
            continue
        ended = has_ended(labels[JOB])
        if ended or (ended is None and lives is False):
            remove()
            removed.append(name)
    return removed


def _ours(engine: ContainerEngine, home: str) -> Iterator[tuple[str, Mapping[str, str], Callable[[], object]]]:
    """Yield what bears all labels of ours: containers first, because what else there is was made for them."""
    wanted = {OURS: RUNNER, HOME: home}
    for one in engine.ours(wanted):
        # Its name as well, because an image that somebody made of such a container hands its labels on; that of a
        # node's program goes on behind the attempt's.
        if _is_complete(one.labels) and f"{one.name}-".startswith(
            f"{container_name(one.labels[JOB], one.labels[ATTEMPT])}-"
        ):
            yield one.id, one.labels, partial(engine.remove, one.id)
    for volume in engine.volumes(wanted):
        if _is_complete(volume.labels):
            yield volume.name, volume.labels, partial(engine.remove_volume, volume.name)
    for network in engine.networks(wanted):
        if _is_complete(network.labels):
            yield network.id, network.labels, partial(engine.remove_network, network.id)


def _is_complete(labels: Mapping[str, str]) -> bool:
    numbers = (labels.get(name, "") for name in (OWNER, START, ATTEMPT))
    return all(number.isdecimal() for number in numbers) and bool(labels.get(HOST)) and bool(labels.get(JOB))


def _lives(labels: Mapping[str, str]) -> bool | None:
    """Tell whether a maker lives; ``None`` when that cannot be known here."""
    if labels[HOST] != _scope():
        return None
    return start_ticks(int(labels[OWNER])) == int(labels[START])
