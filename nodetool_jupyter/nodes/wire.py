"""Values as they travel between a graph and a worker, for both ends: arrays in NodeTool's form, media with their bytes.

Nothing is written to a file on the way, no name that a peer sent is used as a path, and no pickle is read or made.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import sys
from collections.abc import Callable, Mapping
from typing import Any

from nodetool_jupyter.errors import InvalidRequest, NotStorable
from nodetool_jupyter.nodes.tables import read_rows, table
from nodetool_jupyter.values.shown import SCALARS, simplify, type_name
from nodetool_jupyter.values.store import form_of

DEEPEST = 90  # levels of a value; a frame adds some and may have a hundred
_ARRAYS = ("np_array", "torch_tensor")

Read = Callable[[Mapping[str, Any]], Any]
"""Returns what is sent for a map: itself, or a reference with its bytes in ``data``."""


def read_arrays(value: Any) -> Any:
    """Return a value with the arrays of NodeTool's form in it read, as views of the bytes that came.

    Raises :class:`InvalidRequest` for one whose bytes do not fit.
    """
    if isinstance(value, list):
        return [item if type(item) in SCALARS else read_arrays(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") in _ARRAYS and isinstance(value.get("value"), bytes):
        return _array(value)
    return {name: item if type(item) in SCALARS else read_arrays(item) for name, item in value.items()}


def _array(data: Mapping[str, Any]) -> Any:
    import numpy as np

    body, shape = data["value"], data.get("shape")
    try:
        if not isinstance(data.get("dtype"), str) or not isinstance(shape, list):
            raise TypeError
        dtype, sizes = np.dtype(data["dtype"]), [int(size) for size in shape]
        if dtype.hasobject or min(sizes, default=0) < 0 or math.prod(sizes) * dtype.itemsize != len(body):
            raise ValueError
        array = np.frombuffer(body, dtype).reshape(sizes)
    except (TypeError, ValueError, OverflowError):
        said = f"dtype {data.get('dtype')!r:.40}, shape {shape!r:.60}"
        raise InvalidRequest(f"an array's {len(body)} bytes do not fit {said}") from None
    return array if data["type"] == "np_array" else _tensor(array)


def _tensor(array: Any) -> Any:
    import torch

    return torch.from_numpy(array.copy())


def plain(value: Any, read: Read | None = None, depth: int = 0) -> Any:
    """Return what a frame can carry for a value: plain data, arrays in NodeTool's form, media with their bytes.

    ``read`` is asked about every map, before what is in it. Raises :class:`NotStorable` for a value without a form.
    """
    kind = type(value)
    if kind in SCALARS or kind is bytes or isinstance(value, dt.datetime):
        return value  # the codec knows how a time is written
    if depth > DEEPEST:
        raise NotStorable(f"a value that is nested deeper than {DEEPEST} cannot be sent")
    if isinstance(value, Mapping):
        found = value if read is None else read(value)
        if found is not value:
            return found
        return {_key(name): plain(item, read, depth + 1) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, read, depth + 1) for item in value]
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    array = _array_form(value)
    if array is not None:
        return array
    simple = simplify(value)
    return plain(simple, read, depth + 1) if simple is not value else media(value)


def _key(name: Any) -> str:
    if type(name) is not str:
        raise NotStorable(f"a map with a key of type {type_name(name)} cannot be sent; keys are texts")
    return name


def _array_form(value: Any) -> dict[str, Any] | None:
    """Return an array or a tensor in NodeTool's form; ``None`` for anything else."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    name = "np_array"
    if torch is not None and isinstance(value, torch.Tensor):
        name = "torch_tensor"
        try:
            value = value.detach().cpu().contiguous().numpy()
        except (TypeError, RuntimeError):
            raise NotStorable(f"a tensor of {value.dtype} cannot be sent; turn it into float32 first") from None
    if numpy is None or not isinstance(value, numpy.ndarray) or value.dtype.hasobject:
        return None
    return {"type": name, "value": value.tobytes(), "dtype": value.dtype.str, "shape": list(value.shape)}


def media(value: Any) -> dict[str, Any]:
    """Return a picture, sound or the like as a reference with its bytes in ``data``, a table as rows of plain values.

    Raises :class:`NotStorable`.
    """
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, pandas.DataFrame):
        return table(read_rows(value))
    form = form_of(value)
    if form is None:
        raise NotStorable(f"a {type_name(value)} has no form that can be sent to another machine")
    buffer = io.BytesIO()
    form.write(buffer)
    return {"type": form.kind, "uri": "", "asset_id": None, "data": buffer.getvalue(), "metadata": None}
