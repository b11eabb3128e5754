"""How values are stored and shown: the one place that knows their forms.

Small plain values travel inside events. Everything else becomes a file in the job's ``values/`` folder, under a random
name, and a reference in NodeTool's form stands in the event::

    {"type": "image", "uri": "values/3f9c….png", "asset_id": None, "data": None, "metadata": {"width": 640, …}}

====================  ==========================  =======================================
Python                reference ``type``          file
====================  ==========================  =======================================
numpy array           np_array                    .npy, never with pickles
torch tensor          torch_tensor                .safetensors
PIL image             image                       .png
:class:`Audio`        audio                       .wav
pandas DataFrame      dataframe                   .arrow, or .json without pyarrow
bytes                 bytes                       .bin
large plain value     json                        .json
anything else         python_object               .pkl, by cloudpickle, same user only
====================  ==========================  =======================================

Arrays come back memory-mapped and read-only.
"""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import math
import re
import secrets
import sys
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from itertools import islice
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from nodetool_jupyter.errors import NotStorable

INLINE_LIMIT = 64 * 1024  # bytes of JSON that may stand in an event
PREVIEW_LIMIT = 4 * 1024  # bytes of JSON that a preview of one handle may have
_SHORT = 600  # characters of a text whose JSON is surely under that

Json = Any

_SCALARS = frozenset({str, int, float, bool, type(None)})
_SMALL = frozenset({float, bool, type(None)})
_LONGEST_INT = 10_000  # bits; JSON readers refuse numbers of more than about 4,300 digits
_URI = re.compile(r"values/[0-9a-f]{16,32}\.[a-z]{2,12}")


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound: ``samples`` is an array of shape (frames,) or (frames, channels), floats in -1 … 1 or int16; ``rate`` in Hz."""

    samples: Any
    rate: int


class ValueStore:
    """Writes values into one folder and reads them back.

    ``pickles`` says whether a value that has no plain form may be pickled, and such a file loaded: only between
    processes of one user.
    """

    def __init__(self, folder: Path, *, pickles: bool = True) -> None:
        self.folder = folder
        self.pickles = pickles

    def encode(self, value: object) -> Json:
        """Return ``value`` as JSON, storing in the folder what is large or not plain.

        The result shares nothing mutable with ``value``. Raises :class:`NotStorable`.
        """
        kind = type(value)
        if kind in _SMALL or (kind is str and len(value) < INLINE_LIMIT // 4 and value.isascii()):  # type: ignore
            return value
        try:
            plain = self._plain(value)
        except RecursionError:
            raise NotStorable(
                f"a {_type_name(value)} that is nested too deep, or holds itself, cannot be stored"
            ) from None
        if isinstance(plain, (list, dict, str)) and _size_above(plain, INLINE_LIMIT):
            return self._write("json", "json", json.dumps(plain).encode())
        return plain

    def decode(self, data: Json) -> object:
        """Return the Python value of what :meth:`encode` made.

        References whose bytes are not here (a web address, an asset) stay as they are.
        Raises :class:`NotStorable` for a pickle where pickles are not allowed, ``FileNotFoundError`` for a lost file.
        """
        if isinstance(data, list):
            return [self.decode(item) for item in data]
        if not isinstance(data, dict):
            return data
        kind = data.get("type")
        if isinstance(kind, str) and kind in _READERS and ("uri" in data or "data" in data):
            loaded = self._load(kind, data)
            if loaded is not data:
                return loaded
        if kind in ("date", "datetime"):
            return _read_date(data)
        return {key: self.decode(value) for key, value in data.items()}

    def path(self, data: Mapping[str, Any]) -> Path | None:
        """Return the file of a reference, or ``None`` when it has none here."""
        uri = data.get("uri")
        if not isinstance(uri, str) or not _URI.fullmatch(uri):
            return None
        return self.folder / uri.removeprefix("values/")

    def _load(self, kind: str, data: dict[str, Any]) -> object:
        reader = _READERS[kind]
        path = self.path(data)
        if path is not None:
            if kind == "python_object" and not self.pickles:
                raise NotStorable("this value is a pickled Python object, which is never loaded here")
            return reader(path, data)
        raw = data.get("data")
        if kind in _INLINE_READERS and isinstance(raw, (str, bytes)):
            return _INLINE_READERS[kind](base64.b64decode(raw) if isinstance(raw, str) else raw, data)
        if kind == "image" and isinstance(data.get("uri"), str) and data["uri"].startswith("data:"):
            return _INLINE_READERS[kind](base64.b64decode(data["uri"].partition(",")[2]), data)
        return data

    def _plain(self, value: object) -> Json:
        kind = type(value)
        if kind in _SCALARS:
            return value if kind in _SMALL or _has_json(value) else self._pickle(value)
        if isinstance(value, Mapping):
            if all(type(key) is str and _has_json(key) for key in value):
                return {key: self._plain(item) for key, item in value.items()}
            return self._pickle(value)
        if kind in (list, tuple, set, frozenset) or (isinstance(value, tuple) and hasattr(value, "_fields")):
            return [self._plain(item) for item in value]  # type: ignore[attr-defined]
        simple = _simplify(value)
        if simple is not value:
            return self._plain(simple)
        written = self._file(value)
        return self._pickle(value) if written is None else written

    def _file(self, value: object) -> dict[str, Any] | None:
        """Store a value that has a file form of its own; ``None`` when it has none."""
        for module, name, write in _WRITERS:
            loaded = sys.modules.get(module)
            if loaded is not None and isinstance(value, getattr(loaded, name)):
                found = write(value)
                if found is None:
                    continue
                kind, suffix, body, extra = found
                return self._write(kind, suffix, body, extra)
        return None

    def _pickle(self, value: object) -> dict[str, Any]:
        if not self.pickles:
            raise NotStorable(f"a {_type_name(value)} has no form that may be stored between users")
        import cloudpickle

        try:
            body = cloudpickle.dumps(value)
        except Exception as error:
            raise NotStorable(f"a {_type_name(value)} cannot be stored: {error}") from error
        return self._write("python_object", "pkl", body, {"class": _type_name(value)})

    def _write(self, kind: str, suffix: str, body: bytes, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{secrets.token_hex(12)}.{suffix}"
        path = self.folder / name
        with open(path, "xb", opener=_private) as file:
            file.write(body)
        return {
            "type": kind,
            "uri": f"values/{name}",
            "asset_id": None,
            "data": None,
            "size": len(body),
            **(extra or {}),
        }


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
    if kind in _SCALARS:
        return value
    if isinstance(value, Mapping):
        return {str(key): inline(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [inline(item) for item in value]
    simple = _simplify(value)
    if simple is not value:
        return inline(simple)
    for module, name, write in _WRITERS:
        loaded = sys.modules.get(module)
        if loaded is not None and isinstance(value, getattr(loaded, name)):
            found = write(value)
            if found is not None:
                what, _, body, extra = found
                return {"type": what, "uri": "", "asset_id": None, "data": base64.b64encode(body).decode(), **extra}
    raise NotStorable(f"a {_type_name(value)} cannot be written into a graph; pass it as an input instead")


def preview(value: object) -> Json:
    """Return a small JSON form of ``value`` for people, at most 4 KiB: heads of texts and lists, shapes of arrays."""
    kind = type(value)
    if kind in _SMALL:
        return value
    try:
        if kind is str:
            return value if len(value) < _SHORT else _head(value)  # type: ignore[arg-type]
        small = _preview(value, 0)
        if not _size_above(small, PREVIEW_LIMIT):
            return small
    except Exception:  # a value that cannot even be looked at is no reason to fail the node that made it
        return f"{_type_name(value)[:200]}, which cannot be shown"
    return f"{_type_name(value)[:200]}, too large to show"


def _head(text: str) -> str:
    """Cut a text so that its JSON, whose characters take up to six bytes, is small."""
    head = text[:1000]
    return text if len(text) <= 1000 and not _size_above(text, PREVIEW_LIMIT) else head[:_SHORT] + "…"


def _preview(value: object, depth: int) -> Json:
    if type(value) in _SCALARS:
        return value[:200] + "…" if isinstance(value, str) and len(value) > 200 else value
    if isinstance(value, (Mapping, list, tuple, set, frozenset)) and depth >= 4:
        return "…"
    if isinstance(value, Mapping):
        shown = {str(key)[:80]: _preview(item, depth + 1) for key, item in islice(value.items(), 10)}
        return shown | ({"…": f"{len(value) - 10} more"} if len(value) > 10 else {})
    if isinstance(value, (list, tuple, set, frozenset)):
        head = [_preview(item, depth + 1) for item in islice(value, 10)]
        return [*head, f"… {len(value) - 10} more"] if len(value) > 10 else head
    simple = _simplify(value)
    if simple is not value:
        return _preview(simple, depth)
    shape = getattr(value, "shape", None)
    if shape is not None:
        return {"type": _type_name(value), "shape": [int(n) for n in shape], "dtype": str(getattr(value, "dtype", ""))}
    size = getattr(value, "size", None)
    if isinstance(size, tuple):
        return {"type": "image", "width": size[0], "height": size[1], "mode": getattr(value, "mode", "")}
    if isinstance(value, (bytes, bytearray)):
        return {"type": "bytes", "size": len(value)}
    return {"type": _type_name(value)}


def _simplify(value: object) -> object:
    """Turn a value that has an exact plain equivalent into it, as NodeTool's bridge does; others return as they are."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (Decimal, UUID, PurePath)):
        return str(value)
    if isinstance(value, dt.datetime):
        return {"type": "datetime", "value": value.isoformat()}
    if isinstance(value, dt.date):
        return {"type": "date", "year": value.year, "month": value.month, "day": value.day}
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        return value.item()
    if isinstance(value, (str, int, float)) and type(value) not in _SCALARS:
        return str(value) if isinstance(value, str) else float(value) if isinstance(value, float) else int(value)
    return value


def _read_date(data: dict[str, Any]) -> object:
    try:
        if isinstance(data.get("value"), str):
            return dt.datetime.fromisoformat(data["value"])
        if data["type"] == "date":
            return dt.date(data["year"], data["month"], data["day"])
    except (KeyError, TypeError, ValueError):
        return data
    return data


def _size_above(plain: Json, limit: int) -> bool:
    """Tell whether the JSON of ``plain`` is longer than ``limit``, without writing all of a large one."""
    size = 0
    for piece in json.JSONEncoder().iterencode(plain):
        size += len(piece)
        if size > limit:
            return True
    return False


def _type_name(value: object) -> str:
    kind = type(value)
    return (
        kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    )


def _private(path: str, flags: int) -> int:
    import os

    return os.open(path, flags, 0o600)


# -- the file forms ---------------------------------------------------------------------------------------------------

_Written = tuple[str, str, bytes, dict[str, Any]]


def _write_array(array: Any) -> _Written | None:
    import numpy as np

    if array.dtype.hasobject:
        return None
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return "np_array", "npy", buffer.getvalue(), {"dtype": array.dtype.str, "shape": list(array.shape)}


def _write_tensor(tensor: Any) -> _Written | None:
    try:
        from safetensors.torch import save
    except ImportError:
        return None
    body = save({"value": tensor.detach().cpu().contiguous()})
    return "torch_tensor", "safetensors", body, {"dtype": str(tensor.dtype), "shape": list(tensor.shape)}


def _write_image(image: Any) -> _Written:
    buffer = io.BytesIO()
    storable = image if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16") else image.convert("RGB")
    storable.save(buffer, "PNG", compress_level=1)
    return (
        "image",
        "png",
        buffer.getvalue(),
        {"metadata": {"width": image.width, "height": image.height, "mode": image.mode}},
    )


def _write_audio(audio: Any) -> _Written:
    import numpy as np

    samples = np.asarray(audio.samples)
    if samples.dtype.kind == "f":
        samples = np.clip(samples, -1.0, 1.0) * 32767.0
    samples = np.atleast_2d(samples.astype("<i2").T).T
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(int(audio.rate))
        file.writeframes(np.ascontiguousarray(samples).tobytes())
    return "audio", "wav", buffer.getvalue(), {"metadata": {"rate": int(audio.rate), "channels": samples.shape[1]}}


def _write_frame_as_json(frame: Any, extra: dict[str, Any]) -> _Written | None:
    import pandas as pd

    try:
        text = frame.to_json(orient="table", index=False, date_format="iso", double_precision=15)
        back = pd.read_json(io.StringIO(text), orient="table")
        pd.testing.assert_frame_equal(back, frame, check_index_type=False, check_exact=False, rtol=1e-14)
    except (TypeError, ValueError, OverflowError, NotImplementedError, AssertionError):
        return None  # JSON would lose something: an index, a column of objects
    return "dataframe", "json", text.encode(), extra


def _write_frame(frame: Any) -> _Written | None:
    extra = {"metadata": {"rows": len(frame), "columns": [str(name) for name in frame.columns]}}
    try:
        import pyarrow as pa
    except ImportError:
        return _write_frame_as_json(frame, extra)
    try:
        table = pa.Table.from_pandas(frame)
    except (pa.ArrowException, TypeError, ValueError):  # a column of mixed objects has no Arrow form
        return None
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return "dataframe", "arrow", sink.getvalue().to_pybytes(), extra


def _write_bytes(value: Any) -> _Written:
    return "bytes", "bin", bytes(value), {}


_WRITERS: tuple[tuple[str, str, Callable[[Any], _Written | None]], ...] = (
    ("builtins", "bytes", _write_bytes),
    ("builtins", "bytearray", _write_bytes),
    ("numpy", "ndarray", _write_array),
    ("PIL.Image", "Image", _write_image),
    ("pandas", "DataFrame", _write_frame),
    ("torch", "Tensor", _write_tensor),
    (__name__, "Audio", _write_audio),
)


def _read_array(path: Path, _data: dict[str, Any]) -> object:
    import numpy as np

    return np.load(path, mmap_mode="r", allow_pickle=False)


def _read_tensor(path: Path, _data: dict[str, Any]) -> object:
    from safetensors.torch import load_file

    return load_file(path)["value"]


def _image_from(raw: bytes, _data: dict[str, Any]) -> object:
    from PIL import Image

    image = Image.open(io.BytesIO(raw))
    image.load()
    return image


def _audio_from(raw: bytes, _data: dict[str, Any]) -> object:
    import numpy as np

    with wave.open(io.BytesIO(raw)) as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        return Audio(frames[:, 0] if file.getnchannels() == 1 else frames, file.getframerate())


def _read_frame(path: Path, _data: dict[str, Any]) -> object:
    if path.suffix == ".arrow":
        import pyarrow as pa

        with pa.memory_map(str(path)) as source:
            return pa.ipc.open_file(source).read_pandas()
    import pandas as pd

    return pd.read_json(io.StringIO(path.read_text()), orient="table")


def _read_pickle(path: Path, _data: dict[str, Any]) -> object:
    import pickle

    return pickle.loads(path.read_bytes())  # noqa: S301  # our own file, same user; ValueStore.pickles decides


_READERS: dict[str, Callable[[Path, dict[str, Any]], object]] = {
    "np_array": _read_array,
    "torch_tensor": _read_tensor,
    "image": lambda path, data: _image_from(path.read_bytes(), data),
    "audio": lambda path, data: _audio_from(path.read_bytes(), data),
    "dataframe": _read_frame,
    "bytes": lambda path, _data: path.read_bytes(),
    "json": lambda path, _data: json.loads(path.read_bytes()),
    "python_object": _read_pickle,
}


def _array_from(raw: bytes, data: dict[str, Any]) -> object:
    import numpy as np

    return np.load(io.BytesIO(raw), allow_pickle=False)


_INLINE_READERS: dict[str, Callable[[bytes, dict[str, Any]], object]] = {
    "image": _image_from,
    "audio": _audio_from,
    "np_array": _array_from,
    "bytes": lambda raw, _data: raw,
}


def finite(data: Json) -> Json:
    """Return JSON-like ``data`` with infinities and NaN as text, for readers whose JSON has none."""
    if isinstance(data, float):
        return data if math.isfinite(data) else str(data)
    if isinstance(data, dict):
        return {key: finite(value) for key, value in data.items()}
    if isinstance(data, list):
        return [finite(value) for value in data]
    return data
