"""Writing values as JSON in the layout of JavaScript's ``JSON.stringify``."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from nodetool_jupyter.nodes.javascript import to_text

_LONE = re.compile(r"[\ud800-\udfff]")
_MAX_INDENT = 10  # blanks; JavaScript takes no more


def stringify(value: Any, indent: int = 0) -> str:
    """Return a value as JSON: numbers as JavaScript writes them, dates in UTC, what has no JSON form as text.

    An indent of 0 writes one line. Raises ``ValueError`` for a value that holds itself or is nested too deep.
    """
    step = " " * min(max(indent, 0), _MAX_INDENT)
    try:
        return _written(value, "\n" if step else "", step)
    except RecursionError:
        raise ValueError("the value is nested too deep for JSON, or holds itself") from None


def _written(value: Any, line: str, step: str) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        colon = ": " if step else ":"
        pairs = (f"{_quoted(_key(key))}{colon}{_written(item, line + step, step)}" for key, item in value.items())
        return _laid_out("{", pairs, "}", line, step)
    if isinstance(value, (list, tuple, set, frozenset)):
        return _laid_out("[", (_written(item, line + step, step) for item in value), "]", line, step)
    if value is None or isinstance(value, (bool, int)):
        return to_text(value)
    if isinstance(value, float):
        return to_text(value) if math.isfinite(value) else "null"
    return _written(_plain(value), line, step)


def _laid_out(opening: str, parts: Iterable[str], closing: str, line: str, step: str) -> str:
    inside = f",{line}{step}".join(parts)
    return f"{opening}{line}{step}{inside}{line}{closing}" if inside else opening + closing


def _key(key: Any) -> str:
    return key if isinstance(key, str) else to_text(key)


def _quoted(text: str) -> str:
    written = json.dumps(text, ensure_ascii=False)
    return _LONE.sub(lambda half: f"\\u{ord(half[0]):04x}", written)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        from nodetool_jupyter.nodes.moments import iso, local

        return iso(value if value.tzinfo else local(value))
    if isinstance(value, dt.date):
        return value.isoformat()
    if hasattr(value, "__array__") and hasattr(value, "tolist"):
        return value.tolist()
    return str(value)
