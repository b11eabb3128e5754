"""Values of a graph on their way to a worker and back: stored files go as blobs, blobs come as stored files.

Between two nodes on workers a picture is a reference to a file of the job, which nobody here reads.
"""

from __future__ import annotations

import base64
import binascii
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nodetool_jupyter.errors import NotStorable, StorageError
from nodetool_jupyter.files import write_all
from nodetool_jupyter.nodes.tables import read_rows
from nodetool_jupyter.nodes.types import ANY, TypeSpec
from nodetool_jupyter.nodes.wire import media, plain, read_arrays
from nodetool_jupyter.values import Audio, ValueStore, is_picture
from nodetool_jupyter.values.shown import SCALARS

Body = bytes | Path
Json = Any

# Types whose values stand in the message; of all others the bytes go beside it.
_IN_FIELDS = frozenset((
    "any", "bool", "bytes", "color", "dataframe", "date", "datetime", "dict", "enum", "float", "int", "list", "none",
    "np_array", "object", "record_type", "str", "text", "torch_tensor", "union",
))  # fmt: skip
_DECODED = frozenset(("np_array", "torch_tensor", "dataframe", "json", "python_object"))
_SMALL = 64 * 1024  # bytes that a message may have in its fields without being made in a thread
_COLUMNS = {bool: "object", int: "int", float: "float", str: "string"}


@dataclass(slots=True)
class Outgoing:
    """The inputs of a node as they are sent: fields, blobs, and files whose bytes are read while they go."""

    fields: dict[str, Any] = field(default_factory=dict)
    blobs: dict[str, bytes | list[bytes]] = field(default_factory=dict)
    files: list[tuple[str, Path]] = field(default_factory=list)


def takes_time(inputs: Mapping[str, Any]) -> bool:
    """Tell whether inputs should be packed in a thread: anything but a few small plain values."""
    return any(type(value) not in SCALARS or (type(value) is str and len(value) > _SMALL) for value in inputs.values())


def pack(inputs: Mapping[str, Any], types: Mapping[str, TypeSpec], values: ValueStore) -> Outgoing:
    """Return a node's inputs as they are sent; ``None`` is left out, because it means the worker's default.

    Raises :class:`NotStorable` for a value without a form on the wire, and for a stored one that is gone.
    """
    packer = _Packer(values)
    for name, value in inputs.items():
        if value is not None:
            try:
                packer.put(name, value, types.get(name, ANY))
            except NotStorable as error:
                raise NotStorable(f"{name}: {error}") from None
            except OSError as error:
                raise NotStorable(f"{name}: a stored value cannot be read: {error.strerror}") from None
    return packer.sent


class _Packer:
    def __init__(self, values: ValueStore) -> None:
        self.sent = Outgoing()
        self._values = values

    def put(self, name: str, value: Any, spec: TypeSpec) -> None:
        """Put one input where it belongs."""
        if spec.type not in _IN_FIELDS:
            body = self._body(value)
            if isinstance(body, Path):
                self.sent.files.append((name, body))
                return
            if body is not None:
                self.sent.blobs[name] = body
                return
        elif spec.type == "dataframe":
            value = _table(self._values.decode(value))
        elif spec.type == "list" and spec.args and spec.args[0].type not in _IN_FIELDS and isinstance(value, list):
            bodies = [self._body(item) for item in value]
            known = [body for body in bodies if body is not None]
            if known and len(known) == len(bodies):
                self._put_list(name, known)
                return
        self.sent.fields[name] = plain(value, self._read)

    def _put_list(self, name: str, bodies: list[Body]) -> None:
        paths = [body for body in bodies if isinstance(body, Path)]
        if len(paths) == len(bodies) > 1:  # one alone would not come as a list
            self.sent.files += [(name, path) for path in paths]
        else:
            self.sent.blobs[name] = [body if isinstance(body, bytes) else body.read_bytes() for body in bodies]

    def _body(self, value: Any) -> Body | None:
        """Return the bytes of a picture, a sound or a reference, or the file they are in; ``None`` if it has none."""
        if is_picture(value) or isinstance(value, Audio):
            found: bytes = media(value)["data"]
            return found
        if isinstance(value, (bytes, bytearray)):
            return bytes(value)
        if not isinstance(value, Mapping) or not isinstance(value.get("type"), str) or value["type"] in _DECODED:
            return None
        return self._values.path(value) or _inline(value)

    def _read(self, data: Mapping[str, Any]) -> Any:
        """Return what is sent for a map inside a value: a reference of ours with its bytes, else the map itself."""
        if self._values.path(data) is not None and data.get("type") in _DECODED:
            return plain(self._values.decode(data), self._read)
        body = self._body(data)
        if body is None:
            return data
        body = body.read_bytes() if isinstance(body, Path) else body
        if data["type"] == "bytes":
            return body
        return {"type": data["type"], "uri": "", "asset_id": None, "data": body, "metadata": data.get("metadata")}


def _inline(data: Mapping[str, Any]) -> bytes | None:
    """Return the bytes that stand in a reference, as bytes, as base64 or as a ``data:`` address."""
    body, uri = data.get("data"), data.get("uri")
    if isinstance(body, bytes):
        return body
    text = body if isinstance(body, str) and isinstance(uri, str) else None
    if isinstance(uri, str) and uri.startswith("data:") and ";base64," in uri:
        text = uri.partition(",")[2]
    try:
        return None if text is None else base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _table(value: Any) -> dict[str, Any]:
    """Return a table in NodeTool's form: columns with their types, and rows as lists of cells."""
    rows = read_rows(value)
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [{"name": name, "data_type": _column_type(rows, name)} for name in names]
    data = [[row.get(name) for name in names] for row in rows]
    return {"type": "dataframe", "uri": "", "asset_id": None, "data": data, "columns": columns}


def _column_type(rows: list[dict[str, Any]], name: str) -> str:
    kinds = {type(row[name]) for row in rows if row.get(name) is not None}
    if kinds == {int, float}:
        return "float"
    return _COLUMNS.get(kinds.pop(), "object") if len(kinds) == 1 else "object"


def unpack(
    outputs: Mapping[str, Any], blobs: Mapping[str, bytes], files: Mapping[str, Path], values: ValueStore
) -> dict[str, Any]:
    """Return what a worker sent as the graph has it; bytes that belong to a reference become files of ``values``.

    Nothing that a worker says is taken for a path. Raises :class:`StorageError` when the folder is full, and
    :class:`~nodetool_jupyter.errors.InvalidRequest` for an array whose bytes do not fit.
    """
    found = {}
    for slot, value in outputs.items():
        if slot in files:
            found[slot] = _stored(value, files[slot], values)
        elif slot in blobs:
            found[slot] = _stored(value, _written(blobs[slot], values), values)
        else:
            found[slot] = _nested(read_arrays(value), values)
    return found


def _nested(value: Any, values: ValueStore) -> Any:
    if isinstance(value, list):
        return [item if type(item) in SCALARS else _nested(item, values) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("type"), str) and isinstance(value.get("data"), bytes):
        return _stored(value, _written(value["data"], values), values)
    if isinstance(value.get("uri"), str) and value["uri"].startswith("values/"):
        value = {**value, "uri": ""}  # a file here, of which a worker cannot know
    return {name: item if type(item) in SCALARS else _nested(item, values) for name, item in value.items()}


def _stored(value: Any, path: Path, values: ValueStore) -> dict[str, Any]:
    said = value if isinstance(value, dict) else {}
    kind = said.get("type")
    kind = kind if isinstance(kind, str) and kind != "python_object" else "bytes"
    metadata = said.get("metadata")
    extra = {"metadata": _nested(metadata, values)} if isinstance(metadata, dict) else {}
    with path.open("rb") as file:
        suffix = _suffix(kind, file.read(12))
    return values.adopt(path, kind, suffix, extra)


def _written(body: bytes, values: ValueStore) -> Path:
    try:
        values.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, text = tempfile.mkstemp(prefix="blob-", dir=values.folder)
        try:
            write_all(descriptor, body)
        except BaseException:
            Path(text).unlink()
            raise
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StorageError(f"a value cannot be stored in {values.folder}: {error.strerror}") from error
    return Path(text)


_KNOWN: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (lambda head: head.startswith(b"\x89PNG"), "png"),
    (lambda head: head.startswith(b"\xff\xd8\xff"), "jpg"),
    (lambda head: head.startswith(b"GIF8"), "gif"),
    (lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP", "webp"),
    (lambda head: head.startswith(b"RIFF") and head[8:12] == b"WAVE", "wav"),
)
_OWN = {"np_array": "npy", "torch_tensor": "safetensors", "dataframe": "arrow", "json": "json", "svg": "svg"}


def _suffix(kind: str, head: bytes) -> str:
    return next((suffix for looks, suffix in _KNOWN if looks(head)), _OWN.get(kind, "bin"))
