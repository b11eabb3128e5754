"""What a container is given besides its order: the files of the values it starts from, the notebook's node types."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from nodetool_jupyter.errors import InvalidRequest, StorageError
from nodetool_jupyter.execution.container.files import Folders, container_user
from nodetool_jupyter.execution.subprocess import DEFINITIONS
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.values import ValueStore


def give(job: Path, request: RunJobRequest, attempt: Path, user: tuple[int, int] | None = None) -> Folders:
    """Make an attempt's folders, and put into ``in`` what the request refers to, for a container of ``user``.

    Raises :class:`InvalidRequest` when a value is not there whole, :class:`StorageError` when there is no room.
    """
    user = user or container_user()
    folders = Folders(attempt)
    folders.make(user)
    give_values(job, [request.params, request.graph], attempt, user)
    definitions = job / DEFINITIONS
    if definitions.exists():
        _place(definitions, folders.given / DEFINITIONS, user)
    return folders


def give_values(job: Path, data: Any, attempt: Path, user: tuple[int, int] | None = None) -> list[Path]:
    """Put the value files that ``data`` refers to into ``in``, and return which of them are new there.

    A container that has the folder mounted may run already, and sees them at once.
    """
    values = ValueStore(job / "values")
    waiting = values.references(data)
    fault = values.missing(waiting)
    if fault is not None:
        raise InvalidRequest(f"an input cannot be given to the container: {fault}")
    placed: list[Path] = []
    while waiting:
        reference = waiting.pop()
        path = values.path(reference)
        assert path is not None
        target = Folders(attempt).given / "values" / path.name
        if not target.exists():
            _place(path, target, user or container_user())
            placed.append(target)
        waiting += values.inner(reference)
    return placed


def given(attempt: Path) -> frozenset[str]:
    """Return the names of the value files that an attempt was given."""
    try:
        return frozenset(os.listdir(Folders(attempt).given / "values"))  # noqa: PTH208
    except FileNotFoundError:
        return frozenset()


def _place(source: Path, target: Path, user: tuple[int, int]) -> None:
    """Link a file into place if the container's user may read it as it is, else copy it.

    The mode belongs to the file and not to its name: to open a link for others would open the job's own file too.
    Nothing can be written through a link, because the container's mount is read-only, for modes as well.
    """
    if source.stat().st_uid == user[0]:
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError:  # another file system, one without links, or one file too often linked
            pass
        else:
            return
    part = target.with_name(f".{target.name}")
    try:
        shutil.copyfile(source, part)
        part.chmod(0o444)
        part.rename(target)  # a container that runs finds it whole
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(f"an input cannot be copied to {target.parent}: {error.strerror}") from error
