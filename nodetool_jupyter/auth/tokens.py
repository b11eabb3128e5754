"""Tokens that are known by heart: one from the environment or a made file, or several in a file that may change."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from nodetool_jupyter import clock
from nodetool_jupyter.auth.identity import Identity
from nodetool_jupyter.errors import InvalidRequest, Refused, StorageError
from nodetool_jupyter.files import private_opener

SHORTEST = 16  # characters of a token that a person chose
LARGEST = 1024 * 1024  # bytes of a file of tokens
_USER = re.compile(r"[A-Za-z0-9][\w.@+-]{0,127}")
_HASHED = re.compile(r"sha256:(?P<digest>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Known:
    """One token that is accepted: whose it is, its SHA-256, and until when in seconds since the epoch."""

    user: str
    digest: bytes
    expires: float | None = None


class StaticTokens:
    """Accepts the tokens of a file, and ``also``; the file is read again whenever it has changed.

    A line of the file is ``USER TOKEN``, or ``USER sha256:DIGEST``, and may end with a date of expiry. While it cannot
    be read, or others may read it, nobody is let in.
    """

    name = "static"

    def __init__(self, path: Path | None, also: Sequence[Known] = ()) -> None:
        self._path = path
        self._also = tuple(also)
        self._stamp: tuple[int, int, int] | None = None
        self._known: tuple[Known, ...] = ()
        self._read()
        if not self._known:
            raise InvalidRequest(f"{path} has no token; add one with: nodetool worker token NAME --file {path}")

    async def identify(self, token: str | None) -> Identity:
        """Return whose token this is; every known token is compared, whichever fits, in constant time."""
        try:
            self._read()
        except (InvalidRequest, StorageError) as error:
            raise Refused("unavailable", "the server's tokens cannot be read", status=503) from error
        if token is None:
            raise Refused("no_credentials", "a bearer token is needed")
        digest = _digest(token)
        found = None
        for known in self._known:
            if hmac.compare_digest(known.digest, digest):
                found = known
        if found is None:
            raise Refused("bad_credentials", "this token is not known")
        if found.expires is not None and found.expires <= clock.time():
            raise Refused("expired", "this token has expired")
        return Identity(found.user, self.name, found.expires)

    async def close(self) -> None:
        """Do nothing: no file stays open."""

    def _read(self) -> None:
        if self._path is None:
            self._known = self._also
            return
        with _open_private(self._path) as file:
            now = os.fstat(file.fileno())
            stamp = (now.st_ino, now.st_mtime_ns, now.st_size)
            if stamp == self._stamp:
                return
            if now.st_size > LARGEST:
                raise StorageError(f"{self._path} is larger than a file of tokens may be ({LARGEST} bytes)")
            text = file.read().decode(errors="replace")
        self._known = (*self._also, *_parse(self._path, text))
        self._stamp = stamp


def one_token(user: str, token: str) -> Known:
    """Return a token as it is known; raises :class:`InvalidRequest` for one that is too short to be safe."""
    if len(token) < SHORTEST:
        raise InvalidRequest(f"a token needs at least {SHORTEST} characters; this one has {len(token)}")
    return Known(user, _digest(token))


def made_token(path: Path) -> tuple[str, bool]:
    """Return the token in a file, and whether it was made just now; the file is its owner's alone (0600).

    Several processes that begin at once get the same token. Raises :class:`StorageError`.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(draft, "xb", opener=private_opener) as file:
            file.write(secrets.token_urlsafe(32).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        made = _linked(draft, path)
    except OSError as error:
        raise StorageError(f"no token can be kept in {path}: {error.strerror}") from error
    finally:
        with suppress(OSError):
            draft.unlink()
    with _open_private(path) as file:
        token = file.read(LARGEST).decode(errors="replace").strip()
    if len(token) < SHORTEST:
        raise StorageError(f"{path} holds no token; remove it, and another is made")
    return token, made


def add_token(path: Path, user: str, *, expires: float | None = None) -> str:
    """Make a token for a user, add its SHA-256 to a file of tokens, and return the token itself: nobody keeps it.

    Raises :class:`InvalidRequest` for a name that no user has, :class:`StorageError` for a file that cannot be used.
    """
    if not _USER.fullmatch(user):
        raise InvalidRequest(f"{user!r} cannot be a user's name; use letters, digits, _ . @ + -")
    token = secrets.token_urlsafe(32)
    when = "" if expires is None else " " + dt.datetime.fromtimestamp(expires, dt.UTC).isoformat(timespec="seconds")
    _rewrite(path, [*_lines(path), f"{user} sha256:{_digest(token).hex()}{when}"])
    return token


def drop_tokens(path: Path, user: str) -> int:
    """Take every token of a user out of a file, and return how many there were."""
    lines = _lines(path)
    kept = [line for line in lines if line.split(maxsplit=1)[:1] != [user]]
    if len(kept) < len(lines):
        _rewrite(path, kept)
    return len(lines) - len(kept)


def _digest(token: str) -> bytes:
    # Tokens of ours have 256 random bits: there is nothing to guess, so a slow hash would protect nothing.
    return hashlib.sha256(token.encode()).digest()


def _linked(draft: Path, path: Path) -> bool:
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    return True


def _open_private(path: Path) -> BinaryIO:
    """Open a file that only its owner may read; raises :class:`StorageError` for any other."""
    try:
        file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NOFOLLOW", 0)))  # noqa: SIM115
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from error
    found = os.fstat(file.fileno())
    fault = ""
    if not stat.S_ISREG(found.st_mode):
        fault = "is no regular file"
    elif os.name == "posix" and found.st_mode & 0o077:
        fault = f"may be read by others (mode {found.st_mode & 0o777:04o}); run: chmod 600 {path}"
    elif hasattr(os, "getuid") and found.st_uid not in (os.getuid(), 0):
        fault = f"belongs to user {found.st_uid}"
    if fault:
        file.close()
        raise StorageError(f"{path} {fault}")
    return file


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    with _open_private(path) as file:
        return [str(line) for line in file.read(LARGEST).decode(errors="replace").splitlines()]


def _rewrite(path: Path, lines: Sequence[str]) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(draft, "x", opener=private_opener) as file:
            file.write("".join(f"{line}\n" for line in lines))
        draft.replace(path)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}") from error


def _parse(path: Path, text: str) -> Iterator[Known]:
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        fault = ""
        if len(words) not in (2, 3) or not _USER.fullmatch(words[0]):
            fault = "it must read 'USER TOKEN' or 'USER sha256:DIGEST', with a date of expiry behind it or none"
        hashed = None if fault else _HASHED.fullmatch(words[1])
        if not fault and hashed is None and (len(words[1]) < SHORTEST or words[1].startswith("sha256:")):
            fault = f"its token has fewer than {SHORTEST} characters, or is no SHA-256 of 64 hexadecimal digits"
        try:
            expires = _date(words[2]) if not fault and len(words) == 3 else None
        except ValueError:
            fault = f"{words[2]!r} is no date such as 2030-01-31 or 2030-01-31T12:00:00+00:00"
        if fault:
            raise InvalidRequest(f"{path}, line {number}: {fault}")
        digest = bytes.fromhex(hashed["digest"]) if hashed else _digest(words[1])
        yield Known(words[0], digest, expires)


def _date(word: str) -> float:
    when = dt.datetime.fromisoformat(word)
    return (when if when.tzinfo else when.replace(tzinfo=dt.UTC)).timestamp()
