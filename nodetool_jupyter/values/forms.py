"""The files that values become, one form a kind of value: written, and read back."""

from __future__ import annotations

import datetime as dt
import io
import json
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound: ``samples`` is an array of shape (frames,) or (frames, channels), floats in -1 … 1 or int16.

    ``rate`` is in Hz.
    """

    samples: Any
    rate: int


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


WRITERS: tuple[tuple[str, str, Callable[[Any], _Written | None]], ...] = (
    ("builtins", "bytes", _write_bytes),
    ("builtins", "bytearray", _write_bytes),
    ("numpy", "ndarray", _write_array),
    ("PIL.Image", "Image", _write_image),
    ("pandas", "DataFrame", _write_frame),
    ("torch", "Tensor", _write_tensor),
    ("nodetool_jupyter.values", "Audio", _write_audio),
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


READERS: dict[str, Callable[[Path, dict[str, Any]], object]] = {
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


INLINE_READERS: dict[str, Callable[[bytes, dict[str, Any]], object]] = {
    "image": _image_from,
    "audio": _audio_from,
    "np_array": _array_from,
    "bytes": lambda raw, _data: raw,
}


def read_date(data: dict[str, Any]) -> object:
    """Return the date that NodeTool's form of one means, or the form itself when it means none."""
    try:
        if isinstance(data.get("value"), str):
            return dt.datetime.fromisoformat(data["value"])
        if data["type"] == "date":
            return dt.date(data["year"], data["month"], data["day"])
    except (KeyError, TypeError, ValueError):
        return data
    return data
