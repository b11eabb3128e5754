"""Secrets by name: from the environment, a private folder, or an installed provider. Values are never logged."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import entry_points
from pathlib import Path

from nodetool_jupyter.errors import InvalidRequest, SecretMissing, StorageError, nearest
from nodetool_jupyter.files import private_opener
from nodetool_jupyter.jobs.paths import private_folder
from nodetool_jupyter.redact import check_secret

_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_.-]{0,127}$")


class Secrets:
    """The secrets this process can resolve.

    Order: environment, ``<data>/secrets/NAME``, then the providers that packages installed under the entry point
    group ``nodetool_jupyter.secrets``: functions from a name to its value, or ``None``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __repr__(self) -> str:
        return f"Secrets({str(self._folder)!r})"

    def set(self, name: str, value: str) -> None:
        """Store a secret; raises :class:`InvalidRequest` for a name that cannot be, or a value too short to mask."""
        _check_name(name)
        check_secret(name, value)
        private_folder(self._folder)
        draft = self._folder / f".{name}.{os.urandom(4).hex()}"
        with open(draft, "x", opener=private_opener) as file:
            file.write(value)
        draft.replace(self._folder / name)

    def remove(self, name: str) -> None:
        """Remove a stored secret; raises :class:`SecretMissing` when there is none of that name."""
        _check_name(name)
        try:
            (self._folder / name).unlink()
        except FileNotFoundError:
            raise SecretMissing(f"there is no stored secret {name!r}; {nearest(name, self.names())}") from None

    def names(self) -> list[str]:
        """Return the names of the stored secrets."""
        if not self._folder.is_dir():
            return []
        return sorted(path.name for path in self._folder.iterdir() if _NAME.match(path.name))

    def resolve(self, names: Iterable[str]) -> dict[str, str]:
        """Return the value of each name; raises :class:`SecretMissing` for the first that has none."""
        return {name: self._find(name) for name in names}

    def _find(self, name: str) -> str:
        _check_name(name)
        value = os.environ.get(name) or self._stored(name) or _provided(name)
        if value is None:
            hint = nearest(name, self.names())
            raise SecretMissing(
                f"the secret {name!r} is not set; set it in the environment or with 'nodetool secrets set {name}'"
                + (f" ({hint})" if hint else "")
            )
        return value

    def _stored(self, name: str) -> str | None:
        path = self._folder / name
        try:
            with path.open() as file:
                mode = os.fstat(file.fileno())
                if os.name == "posix" and (mode.st_mode & 0o077 or not stat.S_ISREG(mode.st_mode)):
                    raise StorageError(
                        f"{path} may be read by others (mode {mode.st_mode & 0o777:04o}); run: chmod 600 {path}"
                    )
                return file.read().rstrip("\n") or None
        except FileNotFoundError:
            return None


def find_secrets(names: Iterable[str], own: Secrets | None, brought: Mapping[str, str]) -> dict[str, str]:
    """Return the value of each name: the one that came with the job, else one of this process's own.

    Without ``own`` only those count that came with the job. Raises :class:`SecretMissing` for the first without one.
    """
    wanted = list(names)
    rest = [name for name in wanted if name not in brought]
    if rest and own is None:
        raise SecretMissing(f"the secret {rest[0]!r} did not come with the job, and none of this machine's are given")
    return {name: brought[name] for name in wanted if name in brought} | (own.resolve(rest) if own and rest else {})


def _provided(name: str) -> str | None:
    for point in entry_points(group="nodetool_jupyter.secrets"):
        provider: Callable[[str], str | None] = point.load()
        value = provider(name)
        if value:
            return value
    return None


def _check_name(name: str) -> None:
    if not _NAME.match(name):
        raise InvalidRequest(f"{name!r} cannot be a secret's name; use letters, digits, _ . - and begin with a letter")
