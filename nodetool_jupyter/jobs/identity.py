"""Which process is meant, so surely that a stranger with its old number is never taken for it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from nodetool_jupyter.files import private_opener
from nodetool_jupyter.processes import boot_id, pid_namespace, start_ticks


@dataclass(frozen=True, slots=True)
class Identity:
    """A manager's process: its random id, host, boot, pid namespace, pid, and start in raw clock ticks."""

    id: str
    host: str
    boot: str
    namespace: str
    pid: int
    ticks: int

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"

    @property
    def scope(self) -> str:
        """Where pids mean something: the boot and the pid namespace."""
        return f"{self.boot}-{self.namespace}"

    def dump(self) -> bytes:
        """Write it as JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def parse(cls, text: bytes) -> Self | None:
        """Read what :meth:`dump` wrote; ``None`` for the mark of a job that nobody owns, or for what is unreadable."""
        try:
            data = json.loads(text)
            return cls(**{name: data[name] for name in cls.__dataclass_fields__}) if data else None
        except (ValueError, KeyError, TypeError):
            return None


def mine() -> Identity:
    """Return the identity of a new manager in this process."""
    pid = os.getpid()
    return Identity(os.urandom(8).hex(), socket.gethostname(), boot_id(), pid_namespace(), pid, start_ticks(pid) or 0)


_held: dict[str, int] = {}  # identities that live in this process, and the descriptor of each one's lock


def hold(identity: Identity, runtime: Path) -> None:
    """Show that a manager lives: lock its own file, once; closing any descriptor of that file would drop the lock."""
    path = runtime / "managers" / f"{identity.id}.lock"
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    _held[identity.id] = descriptor


def release(identity: Identity, runtime: Path) -> None:
    """Show that a manager has ended in good order."""
    descriptor = _held.pop(identity.id, None)
    if descriptor is not None:
        (runtime / "managers" / f"{identity.id}.lock").unlink(missing_ok=True)
        os.close(descriptor)


def alive(identity: Identity, me: Identity, runtime: Path) -> bool | None:
    """Tell whether a manager lives; ``None`` when it cannot be known from this host, boot and pid namespace.

    Dead means: its lock is free, and its pid is gone or was given to a process that started at another time.
    """
    if identity.scope != me.scope or identity.host != me.host:
        return None
    if identity.pid == me.pid and identity.ticks == me.ticks:
        return identity.id in _held
    if start_ticks(identity.pid) == identity.ticks:
        return True
    return _locked(runtime / "managers" / f"{identity.id}.lock")


def _locked(path: Path) -> bool:
    try:
        # A shared lock, so that two who ask at once do not take each other for the owner.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def write_card(identity: Identity | None, path: Path) -> None:
    """Write the finished file that a claim links: an identity, or the mark that nobody owns."""
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with open(draft, "xb", opener=private_opener) as file:
            file.write(b"{}" if identity is None else identity.dump())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
