"""What comes out of a container: the value files that its results name, checked and copied after it has stopped.

What comes from a worker is checked here too. Nothing that either wrote is believed or used in place. A file must be an
ordinary one, of an allowed form and size; it is copied, and the copy gets a name among the job's values. Pickles are
never taken. What the bytes mean is for the readers of each form, none of which runs code.
"""

from __future__ import annotations

import filecmp
import hashlib
import json
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.execution.container.files import Folders, remove
from nodetool_jupyter.execution.container.inputs import given
from nodetool_jupyter.execution.container.source import Refused, Source, begins, copy
from nodetool_jupyter.states import Reason, Status
from nodetool_jupyter.values import ValueStore

_GIB = 1024**3
_WARNINGS = 20
_SHOWN = 100  # characters of an output's name
# What a container may hand out: the type of a reference and the suffix of its file; where such a file says what it is.
_ALLOWED: dict[tuple[str, str], tuple[int, bytes]] = {
    ("np_array", "npy"): (0, b"\x93NUMPY"),
    ("torch_tensor", "safetensors"): (8, b"{"),
    ("image", "png"): (0, b"\x89PNG\r\n\x1a\n"),
    ("audio", "wav"): (8, b"WAVE"),
    ("dataframe", "arrow"): (0, b"ARROW1"),
    ("dataframe", "json"): (0, b""),
    ("bytes", "bin"): (0, b""),
    ("json", "json"): (0, b""),
}


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that is taken: bytes of one file and of all, how many files, bytes of JSON to look into."""

    file: int = 4 * _GIB
    total: int = 8 * _GIB
    files: int = 10_000
    json: int = 64 * 1024**2


CAPS = Caps()


@dataclass(frozen=True, slots=True)
class Collected:
    """The claim as it may stand; sentences for the log about what was not taken besides; digests, if asked for."""

    claim: JobUpdate | None
    warnings: list[str] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)


def collect(
    job: Path,
    attempt: Path,
    claim: JobUpdate | None,
    seen: Iterable[Mapping[str, Any]] = (),
    *,
    caps: Caps = CAPS,
    refused: Mapping[str, str] | None = None,
    digests: bool = False,
    has: Collection[str] | None = None,
    who: str = "the container",
) -> Collected:
    """Take what a stopped container's claim names, then what the references ``seen`` in its events name.

    A completed claim whose results are not all there becomes an error that says which and why. A reference whose name
    is taken by another file is given a new one, in place in the claim. ``refused`` says why files are not in ``out``,
    by name and for the rest under ``*``, where they come from an archive. ``has`` are names of files that the job has
    already (default: those the attempt was given), ``who`` is whoever left the rest. It may be called again after it
    was cut off: what was taken before is found to be the same. Raises :class:`StorageError`.
    """
    folders = Folders(attempt)
    with Source(folders.left) as source:
        taker = _Taker(job, attempt, source, caps, refused or {}, digests, given(attempt) if has is None else has, who)
        if claim is not None and claim.result is not None and claim.status == Status.COMPLETED:
            fault = _take_results(taker, claim.result)
            if fault is not None:
                reason = Reason.RESULT_NOT_STORABLE.value
                claim = claim.model_copy(update={"status": "error", "reason": reason, "error": fault, "result": None})
        warnings: dict[str, None] = {}
        for reference in seen:
            try:
                if taker.take(reference) != reference["uri"]:
                    raise Refused("has the name of another file of the job's")  # and the log names it so already
            except Refused as why:
                warnings[f"{reference['uri']} was not taken out of {who}: it {why}"] = None
    remove(folders.taken)
    return Collected(claim, _bounded(list(warnings), who), taker.digests)


def _take_results(taker: _Taker, results: dict[str, Any]) -> str | None:
    for name, data in results.items():
        for reference in taker.values.references(data):
            try:
                reference["uri"] = taker.take(reference)
            except Refused as why:
                shown = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
                return f"the result of output {shown!r} was not stored: {reference['uri']} {why}"
    return None


def _bounded(sentences: list[str], who: str) -> list[str]:
    more = len(sentences) - _WARNINGS
    return [*sentences[:_WARNINGS], f"{more} more files were not taken out of {who}"] if more > 0 else sentences


class _Taker:
    """Takes files of one attempt, each once, and names them among the job's values."""

    def __init__(
        self,
        job: Path,
        attempt: Path,
        source: Source,
        caps: Caps,
        refused: Mapping[str, str],
        digests: bool,
        has: Collection[str],
        who: str,
    ) -> None:
        self.values = ValueStore(job / "values")
        self.digests: dict[str, str] = {}
        self._taken = Folders(attempt).taken
        self._has = has
        self._who = who
        self._source = source
        self._caps = caps
        self._refused = refused
        self._wants_digests = digests
        self._done: dict[tuple[str, bool], str | Refused] = {}
        self._bytes = 0
        try:
            remove(self._taken)  # what a collector that was cut off left
            for folder in (self._taken, self.values.folder):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StorageError(f"no result can be stored in {job}: {error.strerror}") from error

    def take(self, reference: Mapping[str, Any], *, inside: bool = False) -> str:
        """Return the ``uri`` that a reference's file has among the job's values now; raises :class:`Refused`."""
        kind, name = reference["type"], reference["uri"].removeprefix("values/")
        mark = _ALLOWED.get((kind, name.rpartition(".")[2]))
        if mark is None:
            raise Refused(f"holds a {kind}, which is never taken from {self._who} in such a file")
        refers = kind == "json" and reference.get("refers") is True
        if refers and inside:
            raise Refused("holds references, and is itself named in such a file")
        if (name, refers) not in self._done:
            try:
                self._done[name, refers] = self._stored(name, mark, refers)
            except Refused as why:
                self._done[name, refers] = why
        found = self._done[name, refers]
        if isinstance(found, Refused):
            raise Refused(*found.args)
        return f"values/{found}"

    def _stored(self, name: str, mark: tuple[int, bytes], refers: bool) -> str:
        try:
            opened, size = self._source.open(name)
        except Refused:
            if name in self._has:  # and the job has it
                return name
            known = self._refused.get(name) or self._refused.get("*")
            if known is not None:
                raise Refused(known) from None
            raise
        part = self._taken / name
        digest = hashlib.sha256() if self._wants_digests else None
        try:
            self._count(size, refers)
            if not begins(opened, *mark):
                raise Refused(f"is no {part.suffix} file")
            copy(opened, part, size, digest)
            if refers and self._follow(part) and digest is not None:
                digest = hashlib.sha256(part.read_bytes())
            stored = self._name(part)
        finally:
            os.close(opened)
            part.unlink(missing_ok=True)
        if digest is not None:
            self.digests[f"values/{stored}"] = digest.hexdigest()
        return stored

    def _count(self, size: int, refers: bool) -> None:
        caps = self._caps
        if size > caps.file:
            raise Refused(f"has {size} bytes, and {caps.file} are the most that is taken")
        if refers and size > caps.json:
            raise Refused(f"has {size} bytes and holds references; {caps.json} are the most that is read for them")
        if self._bytes + size > caps.total:
            raise Refused(f"is too much: {caps.total} bytes are the most that is taken of all files")
        if len(self._done) >= caps.files:
            raise Refused(f"is too many: {caps.files} files are the most that is taken")
        self._bytes += size

    def _follow(self, part: Path) -> bool:
        """Take what a file of references names, and write it anew if a name has changed."""
        try:
            data = json.loads(part.read_bytes())
        except (ValueError, RecursionError) as error:
            raise Refused(f"cannot be read: {error}") from None
        changed = False
        for reference in self.values.references(data):
            uri = reference["uri"]
            try:
                reference["uri"] = self.take(reference, inside=True)
            except Refused as why:
                raise Refused(f"names {uri}, which {why}") from None
            changed |= reference["uri"] != uri
        if changed:
            try:
                part.write_text(json.dumps(data))
            except OSError as error:
                raise StorageError(f"a result cannot be copied to {part.parent}: {error.strerror}") from error
        return changed

    def _name(self, part: Path) -> str:
        """Give a finished copy its name among the job's values, or another if a different file has it."""
        target = self.values.folder / part.name
        if target.exists():
            if filecmp.cmp(part, target, shallow=False):
                return part.name
            target = target.with_stem(os.urandom(12).hex())
        try:
            part.rename(target)
        except OSError as error:
            raise StorageError(f"no result can be stored in {target.parent}: {error.strerror}") from error
        return target.name
