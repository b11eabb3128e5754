"""Values as they travel: what a client sends becomes what a node takes, and what a node sends becomes frames.

A picture, sound or other media is a reference map beside its bytes; arrays stand in their map, as NodeTool has them.
Nothing is written to a file on the way, no name that a client sent is used as a path, and no pickle is read or made.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.nodes.kinds import NodeType
from nodetool_jupyter.nodes.wire import plain, read_arrays
from nodetool_jupyter.values import INLINE_LIMIT, ValueStore


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
    values = {name: read_arrays(value) for name, value in fields.items()}
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


class Sent:
    """The outputs of one item as they are sent: ``outputs`` by slot, and ``blobs``, the bytes that stand beside them.

    Raises :class:`NotStorable` for a value that has no such form.
    """

    def __init__(self, item: Mapping[str, Any]) -> None:
        self.blobs: dict[str, bytes] = {}
        self.outputs: dict[str, Any] = {slot: self._slot(slot, value) for slot, value in item.items()}

    def _slot(self, slot: str, value: Any) -> Any:
        large = isinstance(value, (bytes, bytearray)) and len(value) > INLINE_LIMIT
        reference = {"type": "bytes", "data": bytes(value)} if large else plain(value)
        body = reference.get("data") if isinstance(reference, dict) else None
        if not isinstance(body, bytes) or not isinstance(reference.get("type"), str):
            return reference
        self.blobs[slot] = body
        name = f"blob://{reference['type']}_{slot}_{os.urandom(4).hex()}"
        return {**reference, "uri": name, "asset_id": None, "data": None, "metadata": reference.get("metadata")}
