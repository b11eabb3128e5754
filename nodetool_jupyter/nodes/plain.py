"""How values of any kind are written as text, told apart, and compared by the nodes of the library."""

from __future__ import annotations

import json
from typing import Any


def plain_text(value: Any) -> str:
    """Return a value as people expect it in a text: ``true``, ``2`` for 2.0, nothing for null, JSON for a list."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, default=str)
    from nodetool_jupyter.nodes.javascript import to_text

    return to_text(value)


def plain_key(value: Any) -> str:
    """Return a text that only equal values share: ``1``, ``"1"`` and ``true`` differ, 1 and 1.0 do not."""
    if isinstance(value, str):
        return f'"{value}'
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value, sort_keys=True, default=_other_key)
    return f"{value}" if value is None or isinstance(value, (bool, int, float)) else _other_key(value)


def _other_key(value: Any) -> str:
    try:
        return f"{type(value).__name__} {hash(value)} {value!r}"
    except TypeError:
        return f"{type(value).__name__} {id(value)}"


def same(a: Any, b: Any) -> bool:
    """Tell whether two values are equal in all depth; ``true`` is not 1, and arrays are equal item by item."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(item, b[key]) for key, item in a.items())
    if hasattr(a, "__array__") or hasattr(b, "__array__"):
        import numpy as np

        return bool(np.array_equal(a, b))
    return bool(a == b)
