"""Reading what a client sends, strictly: a body of JSON, and the items of a query."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from nodetool_jupyter.errors import nearest
from nodetool_jupyter.server.problems import Problem

Json = Any
# What Jupyter's own front-ends add to any request: who asks, and a time against caches, which is a bare number.
_JUPYTERS = frozenset({"token", "_xsrf", "no_track_activity"})


def read_json(raw: bytes, max_depth: int) -> Json:
    """Read a body as JSON; raises a 400 :class:`Problem` for what is not exactly that.

    Refused are also: a name that stands twice in an object, numbers that JSON does not have, halves of characters,
    and more than ``max_depth`` levels.
    """
    try:
        found = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_number, parse_float=_float
        )
        _check_depth(found, max_depth)
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        _refuse(f"the body is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}")
    except UnicodeEncodeError:
        _refuse("the body has half of a surrogate pair, which is no character")
    except json.JSONDecodeError as error:
        _refuse(f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}")
    except RecursionError:
        _refuse(f"the body is nested too deep; at most {max_depth} levels")
    except ValueError:  # thousands of digits
        _refuse("the body has a number that is too long")
    return found


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                _refuse(f"the body has {name[:60]!r} twice in one object")
            seen.add(name)
    return found


def _no_number(word: str) -> NoReturn:
    _refuse(f"the body has {word}, which JSON does not know")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _refuse(f"the body has {text[:40]}, which is too large a number")
    return number


def _check_depth(data: Json, most: int) -> None:
    level: list[Any] = [data]
    for _ in range(most):
        inner = [one for one in level if isinstance(one, (dict, list))]
        if not inner:
            return
        level = [item for one in inner for item in (one.values() if isinstance(one, dict) else one)]
    if any(isinstance(one, (dict, list)) for one in level):
        _refuse(f"the body is nested too deep; at most {most} levels")


def _refuse(message: str) -> NoReturn:
    raise Problem(400, "invalid_json", message)


class Query:
    """The items of a query by name, each given once."""

    def __init__(self, items: Mapping[str, str]) -> None:
        self._items = items

    def text(self, name: str, default: str = "") -> str:
        """Return an item as it is."""
        return self._items.get(name, default)

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return an item that is a whole number between two others; raises a 400 :class:`Problem`."""
        text = self._items.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) < 20 and least <= int(text) <= most):
            raise _bad(f"{name} must be a whole number from {least} to {most}, not {text[:40]!r}")
        return int(text)

    def choice(self, name: str, choices: Collection[str], default: str) -> str:
        """Return an item that is one of a few words; raises a 400 :class:`Problem` with the nearest."""
        text = self._items.get(name, default)
        if text not in choices:
            raise _bad(f"{name} cannot be {text[:40]!r}; {nearest(text, choices)}".rstrip("; "))
        return text

    def words(self, name: str, choices: Collection[str]) -> tuple[str, ...]:
        """Return the parts of an item that is a list with commas; raises a 400 :class:`Problem` with the nearest."""
        found = tuple(part.strip() for part in self._items.get(name, "").split(",") if part.strip())
        for part in found:
            if part not in choices:
                raise _bad(f"{name} cannot be {part[:40]!r}; {nearest(part, choices)}".rstrip("; "))
        return found


def read_query(raw: str, names: Collection[str], max_bytes: int, max_items: int) -> Query:
    """Read a query whose items are ``names``; raises a 400 :class:`Problem` for what is not one of them, or twice."""
    if len(raw) > max_bytes:
        raise _bad(f"the query has {len(raw)} bytes; it may have {max_bytes}")
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, max_num_fields=max_items, errors="strict")
    except UnicodeDecodeError:
        raise _bad("the query is not UTF-8") from None
    except ValueError:
        raise _bad(f"the query has more than {max_items} items") from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise _bad(f"the query has {name[:60]!r} twice")
        if name in names:
            found[name] = value
        elif name not in _JUPYTERS and not (name.isdecimal() and not value):
            raise _bad(f"there is no {name[:60]!r} to ask for here; {nearest(name, names)}".rstrip("; "))
    return Query(found)


def _bad(message: str) -> Problem:
    return Problem(400, "invalid_request", message)
