"""How stored values are read back: arrays, tensors and tables are mapped, other files read."""

from __future__ import annotations

import datetime as dt
import io
import json
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
    import wave

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
    # Handed on unread: their files are values like others, and no library here reads them.
    **dict.fromkeys(("asset", "document", "model_3d", "svg", "text", "video"), lambda _path, data: data),
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
