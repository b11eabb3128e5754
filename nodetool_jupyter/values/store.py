"""A folder of stored values: what goes in as a Python value comes out as one."""

from __future__ import annotations

import base64
import errno
import io
import json
import os
import re
import shutil
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nodetool_jupyter import faults
from nodetool_jupyter.errors import NotStorable, StorageError
from nodetool_jupyter.files import private_opener
from nodetool_jupyter.values.forms import INLINE_READERS, READERS, read_date
from nodetool_jupyter.values.shown import SCALARS, SMALL, simplify, size_above, type_name
from nodetool_jupyter.values.writers import FORMS, Form

INLINE_LIMIT = 64 * 1024  # bytes of JSON that may stand in an event
PICKLED = ".pkl"  # what the name of a pickle ends in, and of nothing else
_AT_ONCE = 1024 * 1024  # bytes that are copied at a time
_LONGEST_INT = 10_000  # bits; JSON readers refuse numbers of more than about 4,300 digits
_URI = re.compile(r"values/[0-9a-f]{16,32}\.[a-z]{2,12}")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})  # the disk's, not the value's
_MARKS = (b'"uri": "values/', b'"type": "date')  # what stands in JSON that is more than JSON

Json = Any


class ValueStore:
    """Writes values into one folder and reads them back.

    ``pickles`` says whether a value that has no plain form may be pickled, and such a file loaded: only between
    processes of one user. ``given`` is a second folder that is only read, and read first.
    """

    def __init__(self, folder: Path, *, pickles: bool = True, given: Path | None = None) -> None:
        self.folder = folder
        self.pickles = pickles
        self.given = given

    def encode(self, value: object) -> Json:
        """Return ``value`` as JSON, storing in the folder what is large or not plain.

        The result shares nothing mutable with ``value``. A file that cannot be written whole is removed.
        Raises :class:`NotStorable`, or :class:`StorageError` when the folder is full or cannot be written.
        """
        kind = type(value)
        if kind in SMALL or (kind is str and len(value) < INLINE_LIMIT // 4 and value.isascii()):  # type: ignore
            return value
        try:
            plain = self._plain(value)
        except RecursionError:
            raise NotStorable(
                f"a {type_name(value)} that is nested too deep, or holds itself, cannot be stored"
            ) from None
        if isinstance(plain, (list, dict, str)) and size_above(plain, INLINE_LIMIT):
            body = json.dumps(plain).encode()
            extra = {"refers": True} if any(mark in body for mark in _MARKS) else {}
            return self._write(Form("json", "json", lambda file: file.write(body), extra))
        return plain

    def decode(self, data: Json) -> object:
        """Return the Python value of what :meth:`encode` made.

        References whose bytes are not here (a web address, an asset) stay as they are.
        Raises :class:`NotStorable` for a pickle where pickles are not allowed, ``FileNotFoundError`` for a lost file.
        """
        if isinstance(data, list):
            return [item if type(item) in SCALARS else self.decode(item) for item in data]
        if not isinstance(data, dict):
            return data
        kind = data.get("type")
        if isinstance(kind, str) and kind in READERS and ("uri" in data or "data" in data):
            loaded = self._load(kind, data)
            if loaded is not data:
                return loaded
        if kind in ("date", "datetime"):
            return read_date(data)
        return {key: value if type(value) in SCALARS else self.decode(value) for key, value in data.items()}

    def path(self, data: Mapping[str, Any]) -> Path | None:
        """Return the file of a reference, or ``None`` when it has none here."""
        uri = data.get("uri")
        if not isinstance(uri, str) or not _URI.fullmatch(uri):
            return None
        name = uri.removeprefix("values/")
        if self.given is not None and (self.given / name).exists():
            return self.given / name
        return self.folder / name

    def references(self, data: Json) -> list[dict[str, Any]]:
        """Return the references to files of this store that stand in ``data``; reads no file."""
        found = []
        waiting = [data]
        while waiting:
            one = waiting.pop()
            if isinstance(one, list):
                waiting += [item for item in one if isinstance(item, (dict, list))]
            elif isinstance(one, dict):
                kind = one.get("type")
                if isinstance(kind, str) and kind in READERS and self.path(one) is not None:
                    found.append(one)
                else:
                    waiting += [item for item in one.values() if isinstance(item, (dict, list))]
        return found

    def missing(self, data: Json) -> str | None:
        """Return what is wrong with a file that ``data`` refers to and that is not here whole; ``None`` if all are.

        Looks at names and sizes only, follows no links, and reads only files that refer to others.
        """
        waiting = self.references(data)
        while waiting:
            reference = waiting.pop()
            path, uri = self.path(reference), reference["uri"]
            assert path is not None
            try:
                found = path.lstat()
                if not stat.S_ISREG(found.st_mode):
                    return f"{uri} is no regular file"
                if reference.get("size") not in (None, found.st_size):
                    return f"{uri} has {found.st_size} of {reference['size']} bytes"
                waiting += self.inner(reference)
            except FileNotFoundError:
                return f"{uri} is not there"
            except (OSError, ValueError, RecursionError) as error:
                return f"{uri} cannot be read: {error}"
        return None

    def inner(self, reference: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the references that stand inside the file of a reference: none but a large value's have any.

        Raises ``OSError`` or ``ValueError`` for a file that cannot be read.
        """
        path = self.path(reference) if reference["type"] == "json" and reference.get("refers") is True else None
        if path is None:
            return []
        found = self.references(json.loads(path.read_bytes()))
        return [one for one in found if one["type"] != "json"]  # files are nested no deeper

    def copy_from(self, other: ValueStore, data: Json) -> None:
        """Copy the files of another store that ``data`` refers to, so that it means the same here; loads no value.

        A file is linked where it can be: no value is ever changed. Raises ``OSError`` when one cannot be read or
        written.
        """
        waiting = other.references(data)
        while waiting:
            reference = waiting.pop()
            source = other.path(reference)
            assert source is not None
            target = self.folder / source.name
            if not target.exists():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                try:
                    os.link(source, target, follow_symlinks=False)
                except FileNotFoundError:
                    raise
                except OSError:  # another file system, or one without links
                    with source.open("rb") as old, open(target, "xb", opener=private_opener) as new:
                        shutil.copyfileobj(old, new, _AT_ONCE)
            waiting += other.inner(reference)

    def _load(self, kind: str, data: dict[str, Any]) -> object:
        reader = READERS[kind]
        path = self.path(data)
        if path is not None:
            # By its name too: what a container or a worker wrote is never stored under this one.
            if kind == "python_object" and (not self.pickles or path.suffix != PICKLED):
                raise NotStorable("this value is a pickled Python object, which is never loaded here")
            loaded = reader(path, data)
            return self.decode(loaded) if kind == "json" and data.get("refers") is True else loaded
        raw = data.get("data")
        if kind in INLINE_READERS and isinstance(raw, (str, bytes)):
            return INLINE_READERS[kind](base64.b64decode(raw) if isinstance(raw, str) else raw, data)
        if kind == "image" and isinstance(data.get("uri"), str) and data["uri"].startswith("data:"):
            return INLINE_READERS[kind](base64.b64decode(data["uri"].partition(",")[2]), data)
        return data

    def _plain(self, value: object) -> Json:
        kind = type(value)
        if kind in SCALARS:
            return value if kind in SMALL or _has_json(value) else self._pickle(value)
        if isinstance(value, Mapping):
            if all(type(key) is str and _has_json(key) for key in value):
                return {key: self._plain(item) for key, item in value.items()}
            return self._pickle(value)
        if kind in (list, tuple, set, frozenset) or (isinstance(value, tuple) and hasattr(value, "_fields")):
            return [self._plain(item) for item in value]  # type: ignore[attr-defined]
        simple = simplify(value)
        if simple is not value:
            return self._plain(simple)
        written = self._file(value)
        return self._pickle(value) if written is None else written

    def _file(self, value: object) -> dict[str, Any] | None:
        """Store a value that has a file form of its own; ``None`` when it has none."""
        form = form_of(value)
        return None if form is None else self._write(form)

    def _pickle(self, value: object) -> dict[str, Any]:
        if not self.pickles:
            raise NotStorable(f"a {type_name(value)} has no form that may be stored between users")
        import cloudpickle

        form = Form(
            "python_object", PICKLED[1:], lambda file: cloudpickle.dump(value, file), {"class": type_name(value)}
        )
        try:
            return self._write(form)
        except StorageError:
            raise
        except Exception as error:
            raise NotStorable(f"a {type_name(value)} cannot be stored: {error}") from error

    def _write(self, form: Form) -> dict[str, Any]:
        name = f"{os.urandom(12).hex()}.{form.suffix}"
        path = self.folder / name
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = open(path, "xb", opener=private_opener)  # noqa: SIM115  # closed below
        except OSError as error:
            raise StorageError(f"no value can be stored in {self.folder}: {error.strerror}") from error
        try:
            with file:
                form.write(file)
                faults.point("value.mid_file")
                size = file.tell()
        except BaseException as error:
            path.unlink(missing_ok=True)  # nobody knows its name yet
            if isinstance(error, OSError) and error.errno in _FULL:
                raise StorageError(f"a value cannot be stored in {self.folder}: {error.strerror}") from error
            raise
        return _reference(form.kind, name, size, form.extra)

    def adopt(self, path: Path, kind: str, suffix: str, extra: Mapping[str, Any]) -> dict[str, Any]:
        """Make a value of a file that was written into the folder by another, and return its reference.

        ``suffix`` is never a pickle's.
        """
        name = f"{os.urandom(12).hex()}.{suffix}"
        size = path.stat().st_size
        path.rename(self.folder / name)
        return _reference(kind, name, size, extra)


def _reference(kind: str, name: str, size: int, extra: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": kind, "uri": f"values/{name}", "asset_id": None, "data": None, "size": size, **extra}


def form_of(value: object) -> Form | None:
    """Return the file form of a value; ``None`` when it has none of its own."""
    for module, name, find in FORMS:
        loaded = sys.modules.get(module)
        if loaded is not None and isinstance(value, getattr(loaded, name)):
            form = find(value)
            if form is not None:
                return form
    return None


def _has_json(value: Any) -> bool:
    """Tell whether a text or whole number can be written as JSON and read again."""
    if type(value) is not str:
        return int(value).bit_length() < _LONGEST_INT
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:  # half a surrogate pair, such as a file name that is no UTF-8 has
        return False
    return True


def inline(value: object) -> Json:
    """Return ``value`` as JSON with any media inside it, base64; for the properties of a graph.

    Raises :class:`NotStorable` for what has no such form.
    """
    kind = type(value)
    if kind in SCALARS:
        return value
    if isinstance(value, Mapping):
        return {str(key): inline(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [inline(item) for item in value]
    simple = simplify(value)
    if simple is not value:
        return inline(simple)
    form = form_of(value)
    if form is not None:
        buffer = io.BytesIO()
        form.write(buffer)
        body = base64.b64encode(buffer.getbuffer()).decode()
        return {"type": form.kind, "uri": "", "asset_id": None, "data": body, **form.extra}
    raise NotStorable(f"a {type_name(value)} cannot be written into a graph; pass it as an input instead")
