"""Examples as people write them: ``Concat(a="Node", b="Tool")  ->  "NodeTool"``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nodetool_jupyter.nodes.examples import Example
from nodetool_jupyter.nodes.kinds import NodeType

LIMIT = 400  # characters of one value
_LINE = 100  # characters that a call and its result may have on one line
VARIES = "another result each time"


def spoken(kind: NodeType, example: Example) -> str:
    """Return an example as a call and what it gives, on one line or several, and what it needs below."""
    call, result = _laid_call(kind, example), _laid_result(kind, example)
    if len(call) == len(result) == 1 and len(call[0]) + len(result[0]) <= _LINE:
        lines = [f"{call[0]}  ->  {result[0]}"]
    else:
        lines = [*call, f"    ->  {result[0]}", *(f"        {line}" for line in result[1:])]
    return "\n".join([*lines, *([f"Needs {example.needs}"] if example.needs else [])])


def is_by_name(kind: NodeType, sending: Any) -> bool:
    """Tell whether what a node sends at once is a mapping of its outputs, rather than its one ``output``."""
    return (kind.named is not None or kind.role == "loop" or not kind.outputs) and isinstance(sending, Mapping)


def _laid_call(kind: NodeType, example: Example) -> list[str]:
    given = [f"{name}={_argument(kind, name, value)}" for name, value in example.given.items()]
    line = f"{kind.title}({', '.join(given)})"
    return [line] if len(line) <= _LINE else [f"{kind.title}(", *(f"    {argument}," for argument in given), ")"]


def _argument(kind: NodeType, name: str, value: Any) -> str:
    prop = kind.properties.get(name)
    if prop is None or not prop.stream:
        return written(value)
    return f"stream({', '.join(map(written, value))})"


def _laid_result(kind: NodeType, example: Example) -> list[str]:
    if example.varies or kind.role == "layout":
        return ["nothing" if kind.role == "layout" else f"({VARIES})"]
    sendings = example.gives if kind.streams_out else [example.gives]
    after = "  (one after the other)" if len(sendings) > 1 else ""
    between = "; " if any(is_by_name(kind, sending) for sending in sendings) else ", "
    line = between.join(_sent(kind, sending) for sending in sendings) + after
    if len(line) <= _LINE:
        return [line]
    laid = [line for sending in sendings for line in _laid_sending(kind, sending)]
    return [*laid, after.strip()] if after else laid


def _sent(kind: NodeType, sending: Any) -> str:
    if not is_by_name(kind, sending):
        return written(sending)
    return ", ".join(f"{slot}: {written(value)}" for slot, value in sending.items()) or "nothing"


def _laid_sending(kind: NodeType, sending: Any) -> list[str]:
    line = _sent(kind, sending)
    if len(line) <= _LINE:
        return [line]
    if is_by_name(kind, sending):
        return [line for slot, value in sending.items() for line in _after(f"{slot}: ", laid_out(value))]
    return laid_out(sending)


def laid_out(value: Any, room: int = _LINE) -> list[str]:
    """Return a value as lines of at most ``room`` characters where that can be: a table as one, brackets opened."""
    text = _literal(value)
    if len(text) <= room or not isinstance(value, (Mapping, list)):
        return [written(value)]
    rows = rows_of(value)
    if rows:
        return _aligned(rows)
    if isinstance(value, Mapping):
        parts = [_after(f"{_literal(key)}: ", laid_out(item, room - 4)) for key, item in value.items()]
    else:
        parts = [laid_out(item, room - 4) for item in value]
    inner = [f"    {line}" for part in parts for line in [*part[:-1], f"{part[-1]},"]]
    return ["{", *inner, "}"] if isinstance(value, Mapping) else ["[", *inner, "]"]


def rows_of(value: Any) -> list[list[Any]]:
    """Return the names of a table's columns and its rows, of either of NodeTool's two shapes; nothing of no table."""
    if not isinstance(value, Mapping):
        return []
    if value.get("type") == "dataframe":
        return [[column["name"] for column in value["columns"]], *value["data"]]
    rows = value.get("rows")
    if value.keys() != {"rows"} or not rows or not isinstance(rows[0], Mapping):
        return []
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [names, *([row.get(name) for name in names] for row in rows)]


def _aligned(rows: list[list[Any]]) -> list[str]:
    cells = [["–" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _after(head: str, lines: list[str]) -> list[str]:
    return [f"{head}{lines[0]}", *lines[1:]]


def written(value: Any, limit: int = LIMIT) -> str:
    """Return a value as Python writes it, with double quotes; what is longer than ``limit`` is cut in its middle."""
    text = _literal(value)
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    return f"{text[:head]} … {text[head + 3 - limit :]}"


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_literal, value))}]"
    return str(value)


def _quoted(text: str) -> str:
    mark = "'" if '"' in text and "'" not in text else '"'
    plain = text.isprintable() and mark not in text
    if plain and "\\" not in text:
        return f"{mark}{text}{mark}"
    if plain and not text.endswith("\\"):
        return f"r{mark}{text}{mark}"
    return json.dumps(text, ensure_ascii=False)
