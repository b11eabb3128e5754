"""Values as people see them: small previews and pictures, names of types, plain equivalents."""

from __future__ import annotations

import base64
import datetime as dt
import io
import json
import math
import sys
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from itertools import islice
from pathlib import PurePath
from typing import Any
from uuid import UUID

PREVIEW_LIMIT = 4 * 1024  # bytes of JSON that a preview of one handle may have
_SHORT = 600  # characters of a text whose JSON is surely under that
_QUICK = 65_536  # items of an array whose range is found in well under a millisecond
_PICTURE = 2_880  # bytes of a small picture, so that base64 and what stands beside it stay under the limit
_SIDES = (160, 112, 80, 48, 24)  # pixels of its longer side, until it fits

Json = Any

SCALARS = frozenset({str, int, float, bool, type(None)})
SMALL = frozenset({float, bool, type(None)})
HUGE = 2**63  # whole numbers from here on are not everybody's numbers


def preview(value: object) -> Json:
    """Return a small JSON form of ``value`` for people, at most 4 KiB: heads of texts and lists, shapes of arrays."""
    kind = type(value)
    if kind in SMALL or (kind is int and -HUGE < value < HUGE):  # type: ignore[operator]
        return value
    try:
        if kind is str:
            return value if len(value) < _SHORT else _head(value)  # type: ignore[arg-type]
        small = _preview(value, 0)
        if not size_above(small, PREVIEW_LIMIT):
            return small
    except Exception:  # a value that cannot even be looked at is no reason to fail the node that made it
        return f"{type_name(value)[:200]}, which cannot be shown"
    return f"{type_name(value)[:200]}, too large to show"


def is_picture(value: object) -> bool:
    """Tell whether ``value`` is a picture, without importing Pillow."""
    return type(value).__module__.partition(".")[0] == "PIL" and isinstance(getattr(value, "size", None), tuple)


def takes_time(value: object) -> bool:
    """Tell whether a closer look at ``value`` takes so long that it should be taken on another thread."""
    if is_picture(value):
        return not getattr(value, "tile", None)  # one that is not read yet must not be read by two threads at once
    return _is_array(value) and value.size > _QUICK  # type: ignore[attr-defined]


def closer(value: object) -> Json:
    """Return what :func:`preview` does with what takes time: a picture made small, the range of a large array."""
    small = preview(value)
    try:
        more = {"thumbnail": thumbnail(value)} if is_picture(value) else {"range": _range(value)}
    except Exception:  # an odd picture or array is shown without
        return small
    return {**small, **more} if isinstance(small, dict) else small


def thumbnail(picture: Any) -> str:
    """Return a picture made small as a ``data:`` address, under 4 KiB: JPEG, or PNG where it is transparent.

    Raises ``ValueError`` when it cannot be made that small.
    """
    clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    mode = "RGBA" if clear else "L" if picture.mode in ("1", "L", "I", "F") or picture.mode.startswith("I;") else "RGB"
    for side in _SIDES:
        scale = min(1.0, side / max(1, *picture.size))
        size = tuple(max(1, round(length * scale)) for length in picture.size)
        small = picture.resize(size, reducing_gap=2.0).convert(mode)
        raw = _packed(small, clear)
        if len(raw) <= _PICTURE:
            return f"data:image/{'png' if clear else 'jpeg'};base64,{base64.b64encode(raw).decode()}"
    raise ValueError("the picture cannot be made small enough")


def _packed(small: Any, clear: bool) -> bytes:
    buffer = io.BytesIO()
    if clear:
        small.quantize(64).save(buffer, "PNG", optimize=True)
        return buffer.getvalue()
    for quality in (75, 60, 45, 30):
        buffer = io.BytesIO()
        small.save(buffer, "JPEG", quality=quality, optimize=True)
        if buffer.tell() <= _PICTURE:
            break
    return buffer.getvalue()


def _is_array(value: object) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray) and value.dtype.kind in "biuf"


def _range(value: Any) -> list[Any]:
    """Return the least and the greatest item of an array; NaN counts as neither."""
    import numpy as np

    least, most = np.fmin.reduce(value, axis=None), np.fmax.reduce(value, axis=None)
    return [finite(least.item()), finite(most.item())]


def _head(text: str) -> str:
    """Cut a text so that its JSON, whose characters take up to six bytes, is small."""
    head = text[:1000]
    return text if len(text) <= 1000 and not size_above(text, PREVIEW_LIMIT) else head[:_SHORT] + "…"


def _preview(value: object, depth: int) -> Json:
    if type(value) in SCALARS:
        return value[:200] + "…" if isinstance(value, str) and len(value) > 200 else value
    if isinstance(value, (Mapping, list, tuple, set, frozenset)) and depth >= 4:
        return "…"
    if isinstance(value, Mapping):
        shown = {str(key)[:80]: _preview(item, depth + 1) for key, item in islice(value.items(), 10)}
        return shown | ({"…": f"{len(value) - 10} more"} if len(value) > 10 else {})
    if isinstance(value, (list, tuple, set, frozenset)):
        head = [_preview(item, depth + 1) for item in islice(value, 10)]
        return [*head, f"… {len(value) - 10} more"] if len(value) > 10 else head
    simple = simplify(value)
    if simple is not value:
        return _preview(simple, depth)
    shape = getattr(value, "shape", None)
    if shape is not None:
        described = {"shape": [int(n) for n in shape], "dtype": str(getattr(value, "dtype", ""))}
        ranged = {"range": _range(value)} if _is_array(value) and 0 < value.size <= _QUICK else {}  # type: ignore[attr-defined]
        return {"type": type_name(value), **described, **ranged}
    size = getattr(value, "size", None)
    if isinstance(size, tuple):
        return {"type": "image", "width": size[0], "height": size[1], "mode": getattr(value, "mode", "")}
    if isinstance(value, (bytes, bytearray)):
        return {"type": "bytes", "size": len(value)}
    return {"type": type_name(value)}


def simplify(value: object) -> object:
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
    if isinstance(value, (str, int, float)) and type(value) not in SCALARS:
        return str(value) if isinstance(value, str) else float(value) if isinstance(value, float) else int(value)
    return value


def size_above(plain: Json, limit: int) -> bool:
    """Tell whether the JSON of ``plain`` is longer than ``limit``, without writing all of a large one."""
    size = 0
    for piece in json.JSONEncoder().iterencode(plain):
        size += len(piece)
        if size > limit:
            return True
    return False


def type_name(value: object) -> str:
    """Return what people call the type of a value: its module, unless that is plain, and its name."""
    kind = type(value)
    return (
        kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    )


def finite(data: Json) -> Json:
    """Return JSON-like ``data`` with infinities and NaN as text, for readers whose JSON has none."""
    if isinstance(data, float):
        return data if math.isfinite(data) else str(data)
    if isinstance(data, dict):
        return {key: finite(value) for key, value in data.items()}
    if isinstance(data, list):
        return [finite(value) for value in data]
    return data
