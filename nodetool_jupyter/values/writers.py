"""How values become files: what a value's form is, and its bytes written straight to where they go, without copies."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

_FRAMES = 1 << 16  # of sound, converted at a time
_BLOCK = 1 << 24  # bytes of an array that are put in order at a time
_LONGEST_HEADER = 10_000  # bytes; numpy reads no longer ones


@dataclass(frozen=True, slots=True)
class Form:
    """The form a value is stored in: its reference ``kind``, the file's suffix, and what ``write`` puts into a file.

    ``extra`` goes into the reference. ``write`` takes any binary file and may be called once.
    """

    kind: str
    suffix: str
    write: Callable[[BinaryIO], object]
    extra: Mapping[str, Any] = field(default_factory=dict)


def array_form(array: Any) -> Form | None:
    """Return the form of a numpy array; ``None`` for one of objects, with a mask, or with fields of unusual names."""
    import numpy as np

    if array.dtype.hasobject or isinstance(array, np.ma.MaskedArray):
        return None
    header = _array_header(array)
    if header is None:
        return None
    extra = {"dtype": array.dtype.str, "shape": list(array.shape)}
    return Form("np_array", "npy", lambda file: _write_array(file, header, np.asarray(array)), extra)


def _array_header(array: Any) -> bytes | None:
    """Return the bytes that come before an array's own; ``None`` when the format's first version has no such."""
    import numpy as np

    header = io.BytesIO()
    try:
        np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    except ValueError:  # field names that are not Latin, or too many
        return None
    return header.getvalue() if header.tell() <= _LONGEST_HEADER else None


def _write_array(file: BinaryIO, header: bytes, array: Any) -> None:
    import numpy as np

    file.write(header)
    if array.size == 0 or array.dtype.itemsize == 0:
        return
    flat = array.T if array.flags.f_contiguous and not array.flags.c_contiguous else array
    if flat.flags.c_contiguous:
        file.write(flat.reshape(-1).view(np.uint8).data)
        return
    most = max(_BLOCK // array.dtype.itemsize, 1)
    for block in np.nditer(array, flags=["external_loop", "buffered"], buffersize=most, order="C"):
        file.write(np.ascontiguousarray(block).view(np.uint8).data)


_TENSOR_TYPES = {
    "float64": "F64", "float32": "F32", "float16": "F16", "bfloat16": "BF16",
    "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8",
    "uint64": "U64", "uint32": "U32", "uint16": "U16", "uint8": "U8", "bool": "BOOL",
    "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2",
}  # fmt: skip


def tensor_form(tensor: Any) -> Form | None:
    """Return the form of a torch tensor; ``None`` without safetensors, or for a tensor it has no name for.

    The format is eight bytes of length, a header in JSON, and the numbers; the library's own writer copies them first.
    Source: https://github.com/huggingface/safetensors#format
    """
    try:
        import safetensors.torch  # noqa: F401  # what cannot be read again must not be written
        import torch
    except ImportError:
        return None
    name = _TENSOR_TYPES.get(str(tensor.dtype).removeprefix("torch."))
    if name is None or tensor.layout is not torch.strided or tensor.is_quantized or tensor.is_meta:
        return None
    extra = {"dtype": str(tensor.dtype), "shape": list(tensor.shape)}
    return Form("torch_tensor", "safetensors", lambda file: _write_tensor(file, tensor, name), extra)


def _write_tensor(file: BinaryIO, tensor: Any, name: str) -> None:
    import torch

    plain = tensor.detach().cpu().resolve_neg().contiguous()
    size = plain.numel() * plain.element_size()
    entry = {"dtype": name, "shape": list(plain.shape), "data_offsets": [0, size]}
    header = json.dumps({"value": entry}, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)  # so that the numbers begin at a multiple of eight
    file.write(len(header).to_bytes(8, "little") + header)
    file.write(memoryview(plain.reshape(-1).view(torch.uint8).numpy()))


def image_form(image: Any) -> Form:
    """Return the form of a picture: PNG, as RGB when it is of a mode that PNG has not."""
    storable = image if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16") else image.convert("RGB")
    extra = {"metadata": {"width": image.width, "height": image.height, "mode": image.mode}}
    return Form("image", "png", lambda file: storable.save(file, "PNG", compress_level=1), extra)


def audio_form(audio: Any) -> Form:
    """Return the form of sound: WAV of 16 bits."""
    import numpy as np

    samples = np.asarray(audio.samples)
    samples = samples[:, None] if samples.ndim == 1 else np.atleast_2d(samples)
    extra = {"metadata": {"rate": int(audio.rate), "channels": samples.shape[1]}}
    return Form("audio", "wav", lambda file: _write_sound(file, samples, int(audio.rate)), extra)


def _write_sound(file: BinaryIO, samples: Any, rate: int) -> None:
    import wave

    import numpy as np

    with wave.open(file, "wb") as sound:
        sound.setnchannels(samples.shape[1])
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.setnframes(len(samples))
        for begin in range(0, len(samples), _FRAMES):
            block = samples[begin : begin + _FRAMES]
            if block.dtype.kind == "f":
                block = np.clip(block, -1.0, 1.0) * 32767.0
            sound.writeframesraw(np.ascontiguousarray(block.astype("<i2")).data)


def frame_form(frame: Any) -> Form | None:
    """Return the form of a table: Arrow, or JSON without pyarrow; ``None`` when that would lose something."""
    extra = {"metadata": {"rows": len(frame), "columns": [str(name) for name in frame.columns]}}
    try:
        import pyarrow as pa
    except ImportError:
        return _frame_form_in_json(frame, extra)
    try:
        table = pa.Table.from_pandas(frame)
    except (pa.ArrowException, TypeError, ValueError):  # a column of mixed objects has no Arrow form
        return None

    def write(file: BinaryIO) -> None:
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)

    return Form("dataframe", "arrow", write, extra)


def _frame_form_in_json(frame: Any, extra: dict[str, Any]) -> Form | None:
    import pandas as pd

    try:
        text = frame.to_json(orient="table", index=False, date_format="iso", double_precision=15)
        back = pd.read_json(io.StringIO(text), orient="table")
        pd.testing.assert_frame_equal(back, frame, check_index_type=False, check_exact=False, rtol=1e-14)
    except (TypeError, ValueError, OverflowError, NotImplementedError, AssertionError):
        return None  # JSON would lose something: an index, a column of objects
    return Form("dataframe", "json", lambda file: file.write(text.encode()), extra)


def bytes_form(value: bytes | bytearray) -> Form:
    """Return the form of bytes: themselves."""
    return Form("bytes", "bin", lambda file: file.write(value))


FORMS: tuple[tuple[str, str, Callable[[Any], Form | None]], ...] = (
    ("builtins", "bytes", bytes_form),
    ("builtins", "bytearray", bytes_form),
    ("numpy", "ndarray", array_form),
    ("PIL.Image", "Image", image_form),
    ("pandas", "DataFrame", frame_form),
    ("torch", "Tensor", tensor_form),
    ("nodetool_jupyter.values", "Audio", audio_form),
)
