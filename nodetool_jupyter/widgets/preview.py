"""What a value looks like at a glance, as plain parts: a line, a text, a table or a picture.

Values come as Python objects, or as the JSON and references of events. The same value gives the same parts, which name
no file, no path and no address in memory.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nodetool_jupyter.errors import NotStorable
from nodetool_jupyter.values import PREVIEW_LIMIT, ValueStore, is_picture
from nodetool_jupyter.values import preview as small
from nodetool_jupyter.widgets import wording

ROWS, COLUMNS, ITEMS = 10, 8, 10  # what is shown of a table and of a list
LINE, TEXT_LINES, TEXT = 100, 20, 2000  # characters in a line or cell; lines and characters in a text
_SHORT_FORMS = frozenset({"date", "bytes"})  # references, and previews, that have none of the usual fields
_ADDRESS = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/]+={0,2}")
READ = 16 * 1024 * 1024  # bytes of a stored table or list that are read to show its head


@dataclass(frozen=True, slots=True)
class Shown:
    """A value at a glance.

    ``text`` is that of a line, text or picture, ``columns`` and ``rows`` are a table's; ``note`` tells the whole size,
    or the range of an array. ``image`` is a picture made small, as a ``data:`` address, where there is one.
    """

    kind: Literal["line", "text", "table", "picture"]
    text: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""
    image: str = ""


def show(value: object, values: ValueStore | None = None) -> Shown:
    """Return ``value`` at a glance; ``values`` lets stored tables and long lists show their head."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        kind = value.get("type")
        if (
            isinstance(kind, str)
            and kind in _REFERENCES
            and ({"uri", "data", "shape", "columns", "value", "mode"} & value.keys() or kind in _SHORT_FORMS)
        ):
            return _reference(kind, value, values)
        if isinstance(kind, str) and "shape" in value and "dtype" in value:
            return Shown("line", _array(value), note=_between(value.get("range")))
        return _mapping(value)
    if isinstance(value, (list, tuple)):
        return _sequence(value)
    if is_picture(value):
        return Shown("picture", f"picture {value.size[0]} × {value.size[1]}")  # type: ignore[attr-defined]
    if _is_frame(value):
        return _frame(value)
    return Shown("line", brief(value))


def brief(value: object) -> str:
    """Return ``value`` as one short line."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, int):
        return (
            str(value)
            if -(10**18) < value < 10**18
            else f"{'-' * (value < 0)}… a whole number of {value.bit_length():,} bits"
        )
    if isinstance(value, str):
        return _cut(wording.one_line(value))
    if isinstance(value, Mapping):
        kind = value.get("type")
        if isinstance(kind, str) and kind in _REFERENCES and len(value) > 1:
            return _REFERENCES[kind](value)
        return _cut("{" + ", ".join(f"{key}: {brief(item)}" for key, item in list(value.items())[:ITEMS]) + "}")
    if isinstance(value, (list, tuple, set, frozenset)):
        ordered = list(value) if isinstance(value, (list, tuple)) else sorted(value, key=repr)
        more = ", …" if len(ordered) > ITEMS else ""
        return _cut("[" + ", ".join(brief(item) for item in ordered[:ITEMS]) + more + "]")
    return _object(value)


def _object(value: object) -> str:
    if is_picture(value):
        return f"picture {value.size[0]} × {value.size[1]}"  # type: ignore[attr-defined]
    if _is_frame(value):
        return f"table {_table_size(len(value), len(value.columns))}"  # type: ignore[arg-type, attr-defined]
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        return brief(value.item())
    plain = small(value)
    if isinstance(plain, dict) and "shape" in plain:
        return _array(plain)
    if isinstance(plain, dict) and plain.get("type") == "bytes":
        return f"{wording.counted(plain['size'], 'byte')}"
    if isinstance(plain, dict) and set(plain) == {"type"}:
        return _cut(f"a {plain['type']}")
    return brief(plain)


def _cut(text: str, limit: int = LINE) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _text(value: str) -> Shown:
    clean = wording.plain(value).rstrip("\n")
    if "\n" not in clean and len(clean) <= LINE:
        return Shown("line", clean)
    lines = clean[:TEXT].split("\n")[:TEXT_LINES]
    head = "\n".join(lines)
    left = len(clean) - len(head)
    note = f"{wording.counted(len(clean), 'character')}, the first {len(head):,} shown" if left else ""
    return Shown("text", head, note=note)


def _mapping(value: Mapping[Any, Any]) -> Shown:
    if not value:
        return Shown("line", "{}")
    if (
        all(isinstance(column, (list, tuple)) for column in value.values())
        and len({len(c) for c in value.values()}) == 1
    ):
        columns = [str(key) for key in value]
        return _table(
            columns, [list(row) for row in zip(*value.values(), strict=True)][:ROWS], len(next(iter(value.values())))
        )
    head = list(value.items())[: 2 * ROWS]
    note = _shown(len(value), len(head), "entries") if len(value) > len(head) else ""
    return Shown("table", rows=tuple((brief(key), brief(item)) for key, item in head), note=note)


def _sequence(value: Sequence[Any]) -> Shown:
    if value and all(isinstance(item, Mapping) and item.get("type") not in _REFERENCES for item in value[:ROWS]):
        return _records(value)
    if (
        value
        and all(isinstance(item, (list, tuple)) for item in value[:ROWS])
        and len({len(item) for item in value[:ROWS]}) == 1
    ):
        return _table([str(index) for index in range(len(value[0]))], value[:ROWS], len(value))
    head = value[:ITEMS]
    if all(_is_small(item) for item in head):
        return Shown("line", brief(value), note=f"{len(value):,} items" if len(value) > len(head) else "")
    note = _shown(len(value), len(head), "items") if len(value) > len(head) else ""
    return Shown("table", rows=tuple((str(index), brief(item)) for index, item in enumerate(head)), note=note)


def _is_small(item: object) -> bool:
    return item is None or isinstance(item, (bool, int, float)) or (isinstance(item, str) and len(item) <= 24)


def _records(value: Sequence[Mapping[str, Any]]) -> Shown:
    columns = list(dict.fromkeys(key for record in value[:ROWS] for key in record))
    return _table(
        [str(name) for name in columns], [[r.get(name, "") for name in columns] for r in value[:ROWS]], len(value)
    )


def _table(columns: Sequence[str], head: Sequence[Sequence[Any]], total: int) -> Shown:
    kept = len(columns) if len(columns) <= COLUMNS else COLUMNS - 1
    names = [_cut(wording.one_line(name), 40) or " " for name in columns[:kept]]
    body = [[brief(cell) for cell in row[:kept]] for row in head]
    if kept < len(columns):
        names.append("…")
        body = [[*row, "…"] for row in body]
    parts = [_table_size(total, len(columns))]
    if len(head) < total:
        parts.append(f"the first {len(head)} shown")
    return Shown("table", columns=tuple(names), rows=tuple(map(tuple, body)), note=", ".join(parts))


def _table_size(rows: int, columns: int) -> str:
    return f"{wording.counted(rows, 'row')} × {wording.counted(columns, 'column')}"


def _shown(total: int, head: int, noun: str) -> str:
    return f"{total:,} {noun}, the first {head} shown"


def _is_frame(value: object) -> bool:
    return (
        type(value).__module__.partition(".")[0] == "pandas"
        and hasattr(value, "columns")
        and hasattr(value, "itertuples")
    )


def _frame(frame: Any) -> Shown:
    head = frame.head(ROWS)
    return _table(
        [str(name) for name in frame.columns],
        [list(row) for row in head.itertuples(index=False, name=None)],
        len(frame),
    )


# -- references: what events say of values that lie in files ----------------------------------------------------------


def _reference(kind: str, data: Mapping[str, Any], values: ValueStore | None) -> Shown:
    if kind == "image":
        return Shown("picture", _REFERENCES[kind](data), image=address(data.get("thumbnail")))
    columns, body = data.get("columns"), data.get("data")
    if kind == "dataframe" and isinstance(columns, list) and isinstance(body, list):
        names = [str(c.get("name", "")) if isinstance(c, dict) else str(c) for c in columns]
        return _table(names, [row for row in body[:ROWS] if isinstance(row, list)], len(body))
    if kind in ("dataframe", "json") and values is not None and _readable(data, values):
        try:
            return show(values.decode(dict(data)))
        except (OSError, ImportError, ValueError, json.JSONDecodeError):
            return Shown("line", f"{_REFERENCES[kind](data)}, no longer there")
        except NotStorable:  # it holds a pickle, and none is loaded here
            return Shown("line", _REFERENCES[kind](data))
    return Shown("line", _REFERENCES[kind](data), note=_between(data.get("range")))


def _between(ends: object) -> str:
    return f"{brief(ends[0])} … {brief(ends[1])}" if isinstance(ends, list) and len(ends) == 2 else ""


def address(text: object) -> str:
    """Return a small picture's ``data:`` address if it is one, else nothing: a runner may be trusted by nobody."""
    return text if isinstance(text, str) and len(text) <= PREVIEW_LIMIT and _ADDRESS.fullmatch(text) else ""


def _readable(data: Mapping[str, Any], values: ValueStore) -> bool:
    count = data.get("size")
    return values.path(data) is not None and isinstance(count, int) and count <= READ


def _array(data: Mapping[str, Any]) -> str:
    shape = data.get("shape")
    sides = " × ".join(str(side) for side in shape) if isinstance(shape, (list, tuple)) else ""
    return " ".join(part for part in ("array", sides, _dtype(data.get("dtype"))) if part)


def _dtype(code: object) -> str:
    """Write numpy's code of a type as its name, without importing numpy: ``<f8`` is ``float64``."""
    text = str(code or "").removeprefix("torch.")
    names = {"f": "float", "i": "int", "u": "uint", "c": "complex"}
    if len(text) >= 3 and text[0] in "<>|=" and text[1] in names and text[2:].isdigit():
        return f"{names[text[1]]}{8 * int(text[2:])}"
    return {"|b1": "bool"}.get(text, wording.one_line(text))


def _metadata(data: Mapping[str, Any]) -> dict[str, Any]:
    known = data.get("metadata")
    return known if isinstance(known, dict) else {}


def _picture(data: Mapping[str, Any]) -> str:
    known = {**data, **_metadata(data)}
    width, height = known.get("width"), known.get("height")
    return f"picture {width} × {height}" if isinstance(width, int) and isinstance(height, int) else "picture"


def _dataframe(data: Mapping[str, Any]) -> str:
    rows, columns = (_metadata(data).get(name) for name in ("rows", "columns"))
    return (
        f"table {_table_size(rows, len(columns))}" if isinstance(rows, int) and isinstance(columns, list) else "table"
    )


def _sized(word: str) -> Callable[[Mapping[str, Any]], str]:
    def describe(data: Mapping[str, Any]) -> str:
        count = data.get("size")
        return f"{word}, {wording.size(count)}" if isinstance(count, int) else word

    return describe


def _python(data: Mapping[str, Any]) -> str:
    return _cut(wording.one_line(f"Python object {data.get('class', '')}".strip()))


def _date(data: Mapping[str, Any]) -> str:
    if isinstance(data.get("value"), str):
        return _cut(wording.one_line(data["value"]))
    return "-".join(f"{data.get(part, '?'):0>2}" for part in ("year", "month", "day"))


_REFERENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "image": _picture,
    "np_array": _array,
    "torch_tensor": _array,
    "dataframe": _dataframe,
    "audio": _sized("sound"),
    "video": _sized("video"),
    "bytes": _sized("bytes"),
    "json": _sized("data"),
    "python_object": _python,
    "date": _date,
    "datetime": _date,
}


def inline_bytes(data: Mapping[str, Any]) -> bytes | None:
    """Return the bytes that a reference carries in itself, as base64 or a ``data:`` address; ``None`` without."""
    raw, uri = data.get("data"), data.get("uri")
    if not isinstance(raw, str) and isinstance(uri, str) and uri.startswith("data:"):
        raw = uri.partition(",")[2]
    if not isinstance(raw, str):
        return None
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        return None
