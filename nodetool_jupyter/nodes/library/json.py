"""``lib.json``: reading, writing and checking JSON."""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from nodetool_jupyter.errors import nearest
from nodetool_jupyter.nodes.define import family

node = family("lib.json", inline=False)

Dict = dict[str, Any]


@node
def StringifyJSON(data: Any = {}, indent: int = 2) -> str:
    """Write a value as JSON; an indent of 0 writes it on one line."""
    from nodetool_jupyter.nodes.stringify import stringify

    return stringify(data, indent)


@node
def ParseDict(json_string: str = "") -> Dict:
    """Read a dictionary written as JSON."""
    return dict(_parsed("ParseDict", json_string, dict, "a dictionary"))


@node
def ParseList(json_string: str = "") -> list[Any]:
    """Read a list written as JSON."""
    return list(_parsed("ParseList", json_string, list, "a list"))


def _parsed(kind: str, text: str, wanted: type, what: str) -> Any:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{kind}: the text is not JSON: {error}") from None
    if not isinstance(data, wanted):
        raise ValueError(f"{kind}: the JSON is a {type(data).__name__}, not {what}")
    return data


@node
def ValidateJSON(data: Any = {}, json_schema: Dict = {}) -> bool:
    """Tell whether a value is what a JSON Schema describes.

    ``$schema`` says which draft counts, else 2020-12 does. References to other schemas are refused, never fetched.
    """
    from nodetool_jupyter.nodes.schema import conforms

    try:
        return conforms(data, json_schema)
    except ValueError as error:
        raise ValueError(f"ValidateJSON: {error}") from None


@node
def FilterJSON(array: list[Dict] = [], key: str = "", value: Any = None) -> list[Dict]:
    """Keep the dictionaries that have this value under a key."""
    from nodetool_jupyter.nodes.plain import same

    return [entry for entry in array if isinstance(entry, dict) and key in entry and same(entry[key], value)]


_NAME = re.compile(r"\$(\$|\{(\w+)\}|(\w+))")
_QUOTED = re.compile(r'("(?:[^"\\]|\\.?)*+(?:"|\Z))')  # one that is never closed reaches to the end


@node
def JSONTemplate(template: str = "", values: Dict = {}) -> Dict:
    """Fill ``$name`` in a JSON text with values, and read the dictionary that it then is.

    Inside quotes the value becomes part of the text, elsewhere it is written as JSON; ``$$`` is a dollar sign.
    """
    from nodetool_jupyter.nodes.plain import plain_text
    from nodetool_jupyter.nodes.stringify import stringify

    pieces = _QUOTED.split(template)

    def fill(found: re.Match[str], quoted: bool) -> str:
        name = found[2] or found[3]
        if name is None:
            return "$"
        if name not in values:
            raise ValueError(f"JSONTemplate: there is no value {name!r}: {nearest(name, values)}".rstrip(": "))
        return stringify(plain_text(values[name]))[1:-1] if quoted else stringify(values[name])

    # Every second piece is a text in quotes.
    filled = "".join(
        _NAME.sub(lambda found, quoted=at % 2 == 1: fill(found, quoted), piece) for at, piece in enumerate(pieces)
    )
    return dict(_parsed("JSONTemplate", filled, dict, "a dictionary"))


def _at(kind: str, data: Any, path: str) -> list[Any]:
    from nodetool_jupyter.nodes.jsonpath import find

    try:
        return [found for found in find(data, path) if found is not None]
    except ValueError as error:
        raise ValueError(f"{kind}: {error}") from None


def _wrong(kind: str, path: str, found: Any, what: Literal["a number", "a list", "a dictionary"]) -> ValueError:
    return ValueError(f"{kind}: at {path!r} is {type(found).__name__} {str(found)[:60]!r}, not {what}")


@node
def GetJSONPathStr(data: Any = {}, path: str = "", default: str = "") -> str:
    """Return the text at a path such as ``$.user.name`` or ``orders.0.id``; other values are written as text."""
    from nodetool_jupyter.nodes.plain import plain_text

    found = _at("GetJSONPathStr", data, path)
    return plain_text(found[0]) if found else default


@node
def GetJSONPathInt(data: Any = {}, path: str = "", default: int = 0) -> int:
    """Return the number at a path, as a whole one; digits in a text count, too."""
    found = _at("GetJSONPathInt", data, path)
    try:
        return int(found[0]) if found else default
    except (ValueError, TypeError, OverflowError):
        raise _wrong("GetJSONPathInt", path, found[0], "a number") from None


@node
def GetJSONPathFloat(data: Any = {}, path: str = "", default: float = 0.0) -> float:
    """Return the number at a path; digits in a text count, too."""
    found = _at("GetJSONPathFloat", data, path)
    try:
        return float(found[0]) if found else default
    except (ValueError, TypeError, OverflowError):
        raise _wrong("GetJSONPathFloat", path, found[0], "a number") from None


@node
def GetJSONPathBool(data: Any = {}, path: str = "", default: bool = False) -> bool:
    """Tell whether there is something at a path that counts as true: not 0, and not empty."""
    found = _at("GetJSONPathBool", data, path)
    return bool(found[0]) if found else default


@node
def GetJSONPathList(data: Any = {}, path: str = "", default: list[Any] = []) -> list[Any]:
    """Return the list at a path, or everything that a path such as ``$.orders[*].total`` finds."""
    found = _at("GetJSONPathList", data, path)
    if "*" in path or ".." in path:
        return found or default
    if found and not isinstance(found[0], (list, tuple)):
        raise _wrong("GetJSONPathList", path, found[0], "a list")
    return list(found[0]) if found else default


@node
def GetJSONPathDict(data: Any = {}, path: str = "", default: Dict = {}) -> Dict:
    """Return the dictionary at a path."""
    found = _at("GetJSONPathDict", data, path)
    if found and not isinstance(found[0], dict):
        raise _wrong("GetJSONPathDict", path, found[0], "a dictionary")
    return found[0] if found else default
