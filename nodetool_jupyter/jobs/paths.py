"""Where jobs live: the data folder, which may be shared, and the runtime folder, which is on a local disk."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nodetool_jupyter import settings
from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.files import private_opener
from nodetool_jupyter.home import data_folder, temporary_folder
from nodetool_jupyter.jobs.mounts import is_local

_FOLDERS = ("jobs", "keys", "trash", "secrets", "runtime", "managers")
_RUNTIME_FOLDERS = ("managers", "bells", "runners")


@dataclass(frozen=True, slots=True)
class Places:
    """The two folders of a manager: ``data`` holds what lasts, ``runtime`` locks, sockets and bells.

    Jobs in a data folder that is ``read_only`` can be read, and none can be stored.
    """

    data: Path
    runtime: Path
    read_only: bool = False

    @property
    def managers(self) -> Path:
        """Where managers leave their cards and leases."""
        return (self.runtime if self.read_only else self.data) / "managers"

    def job(self, job_id: str) -> Path:
        """Return the folder of a job."""
        return self.data / "jobs" / job_id


def private_folder(path: Path) -> Path:
    """Make a folder that only this user may enter, or check that it is one.

    Raises :class:`StorageError` when it belongs to somebody else, is a link, is no folder, or lets others in.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.stat()
    except OSError as error:
        raise StorageError(f"{path} cannot be used as a folder: {error.strerror or error}") from error
    if not stat.S_ISDIR(found.st_mode):
        raise StorageError(f"{path} is no folder")
    if hasattr(os, "getuid") and found.st_uid != os.getuid():
        raise StorageError(f"{path} belongs to user {found.st_uid}, not to you; choose another with NODETOOL_HOME")
    if os.name == "posix" and found.st_mode & 0o077:
        raise StorageError(f"{path} lets other users in (mode {found.st_mode & 0o777:04o}); run: chmod 700 {path}")
    return path


def _choose_runtime(data: Path, explicit: str | os.PathLike[str] | None) -> Path:
    chosen = explicit or settings.given("NODETOOL_RUNTIME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if settings.get("ENV") == "test" and data == temporary_folder():
        return data / "local"
    from jupyter_core.paths import jupyter_runtime_dir

    candidate = Path(jupyter_runtime_dir())
    if is_local(candidate):
        return candidate / "nodetool"
    return Path(tempfile.gettempdir()) / f"nodetool-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


def places(
    data: str | os.PathLike[str] | None = None, runtime: str | os.PathLike[str] | None = None, *, scope: str = ""
) -> Places:
    """Make or check both folders and return them.

    ``scope`` is ``<boot id>-<pid namespace>``: the first manager there writes its choice of a runtime folder into the
    data folder, and all later ones use that, so that they meet. Raises :class:`StorageError`.
    """
    home = private_folder(data_folder(data))
    read_only = not os.access(home, os.W_OK)
    for name in _FOLDERS:
        try:
            (home / name).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{home / name} cannot be made: {error.strerror}") from error
    chosen = _choose_runtime(home, runtime)
    if scope:
        chosen = _agree(home / "runtime" / scope, chosen, read_only=read_only)
    private_folder(chosen)
    for name in _RUNTIME_FOLDERS:
        (chosen / name).mkdir(mode=0o700, exist_ok=True)
    return Places(home, chosen, read_only)


def _agree(record: Path, mine: Path, *, read_only: bool = False) -> Path:
    """Return the runtime folder of this boot and pid namespace; the first to ask decides."""
    with suppress(FileNotFoundError):
        said = Path(record.read_text())
        if said.is_absolute():
            return said
        if not read_only:
            record.unlink()  # a power cut left it empty
    if read_only:
        return mine
    draft = record.with_name(f".{record.name}.{os.urandom(6).hex()}")
    with open(draft, "x", opener=private_opener) as file:
        file.write(str(mine))
    try:
        # A link of a finished file, so that nobody ever reads half a path.
        os.link(draft, record)
    except FileExistsError:
        return Path(record.read_text())
    finally:
        draft.unlink()
    return mine
