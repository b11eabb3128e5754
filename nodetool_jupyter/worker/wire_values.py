"""Values as they travel: what a client sends becomes what a node takes, and what a node sends becomes frames.

A picture, sound or other media is a reference map beside its bytes; arrays stand in their map, as NodeTool has them.
Nothing is written to a file on the way, no name that a client sent is used as a path, and no pickle is read or made.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nodetool_jupyter.errors import InvalidRequest, NotStorable
from nodetool_jupyter.nodes.kinds import NodeType
from nodetool_jupyter.values import INLINE_LIMIT, ValueStore
from nodetool_jupyter.values.shown import SCALARS, simplify, type_name
from nodetool_jupyter.values.store import form_of

DEEPEST = 90  # levels of an output; a frame adds some and may have a hundred
_ARRAYS = ("np_array", "torch_tensor")


class WireStore(ValueStore):
    """Reads references that carry their bytes; it has no folder, so that no reference reaches a file."""

    def __init__(self) -> None:
        super().__init__(Path(os.devnull), pickles=False)

    def path(self, data: Mapping[str, Any]) -> Path | None:
        """Return nothing: there are no files."""
        return None


def fields_of(kind: NodeType, fields: Mapping[str, Any], blobs: Mapping[str, bytes | list[bytes]]) -> dict[str, Any]:
    """Return a node's values: arrays read, and each blob put where its field wants it.

    A blob of a field that the type does not declare is passed over, as such a field is. Raises
    :class:`InvalidRequest` for several blobs where one is wanted, and for an array that is none.
    """
    values = {name: _arrays(value) for name, value in fields.items()}
    for name, blob in blobs.items():
        prop = kind.properties.get(name)
        if prop is None and not kind.dynamic_inputs:
            continue
        spec = prop.type if prop is not None else None
        if isinstance(blob, list):
            if spec is not None and spec.type not in ("list", "any"):
                raise InvalidRequest(f"{name}: it takes one blob, not a list of {len(blob)}")
            inner = spec.args[0].type if spec is not None and spec.args else "any"
            values[name] = [_reference(inner, one) for one in blob]
        else:
            values[name] = _reference(spec.type if spec is not None else "any", blob)
    return values


def _reference(kind: str, body: bytes) -> dict[str, Any]:
    return {"type": "bytes" if kind in ("any", "union", "list") else kind, "uri": "", "asset_id": None, "data": body}


def _arrays(value: Any) -> Any:
    if isinstance(value, list):
        return [item if type(item) in SCALARS else _arrays(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") in _ARRAYS and isinstance(value.get("value"), bytes):
        return _array(value)
    return {name: item if type(item) in SCALARS else _arrays(item) for name, item in value.items()}


def _array(data: Mapping[str, Any]) -> Any:
    """Return the array of NodeTool's form, a view of the bytes that came."""
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


class Sent:
    """The outputs of one item as they are sent: ``outputs`` by slot, and ``blobs``, the bytes that stand beside them.

    Raises :class:`NotStorable` for a value that has no such form.
    """

    def __init__(self, item: Mapping[str, Any]) -> None:
        self.blobs: dict[str, bytes] = {}
        self.outputs: dict[str, Any] = {slot: self._slot(slot, value) for slot, value in item.items()}

    def _slot(self, slot: str, value: Any) -> Any:
        large = isinstance(value, (bytes, bytearray)) and len(value) > INLINE_LIMIT
        reference = {"type": "bytes", "data": bytes(value)} if large else _plain(value, 0)
        body = reference.get("data") if isinstance(reference, dict) else None
        if not isinstance(body, bytes) or not isinstance(reference.get("type"), str):
            return reference
        self.blobs[slot] = body
        name = f"blob://{reference['type']}_{slot}_{os.urandom(4).hex()}"
        return {**reference, "uri": name, "asset_id": None, "data": None, "metadata": reference.get("metadata")}


def _plain(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind in SCALARS or kind is bytes or isinstance(value, dt.datetime):
        return value  # the codec knows how a time is written
    if depth > DEEPEST:
        raise NotStorable(f"a value that is nested deeper than {DEEPEST} cannot be sent")
    if isinstance(value, Mapping):
        return {_key(name): _plain(item, depth + 1) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    array = _array_form(value)
    if array is not None:
        return array
    simple = simplify(value)
    if simple is not value:
        return _plain(simple, depth + 1)
    return _media(value)


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


def _media(value: Any) -> dict[str, Any]:
    table = _table(value)
    if table is not None:
        return table
    form = form_of(value)
    if form is None:
        raise NotStorable(f"a {type_name(value)} has no form that can be sent to another machine")
    buffer = io.BytesIO()
    form.write(buffer)
    return {"type": form.kind, "uri": "", "asset_id": None, "data": buffer.getvalue(), "metadata": None}


def _table(value: Any) -> dict[str, Any] | None:
    """Return a pandas table as our nodes have tables between them: rows of plain values."""
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(value, pandas.DataFrame):
        return None
    from nodetool_jupyter.nodes.tables import read_rows, table

    return table(read_rows(value))
