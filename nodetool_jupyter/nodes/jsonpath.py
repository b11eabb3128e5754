"""The small part of JSONPath that graphs use: ``$.a.b``, ``a[0]``, ``a["b c"]``, ``a[*]``, ``.*`` and ``..name``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Literal, NamedTuple

_STEP = re.compile(
    r"""(?P<deep>\.\.)(?P<deepname>\*|[^.\[\]]+)
      | \.?(?P<all>\*)
      | \[(?P<every>\*)\]
      | \[(?P<index>-?\d+)\]
      | \[(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')\]
      | \.?(?P<name>[^.\[\]*]+)""",
    re.VERBOSE,
)


MAX_FOUND = 1_000_000  # ``$..*..*..*`` over little data leads to more than any machine holds


class _Step(NamedTuple):
    kind: Literal["name", "index", "all", "deep"]
    key: str | int = ""


def find(data: Any, path: str) -> list[Any]:
    """Return everything in ``data`` that ``path`` leads to, in order.

    A path may begin with ``$``; a plain dotted one does not, and its numbers are indexes of lists.
    Raises ``ValueError`` for a path that does not read, and for one that leads to more than a million values.
    """
    found = [data]
    for step in _steps(path):
        found = list(islice((value for item in found for value in _follow(item, step)), MAX_FOUND + 1))
        if len(found) > MAX_FOUND:
            raise ValueError(f"the path {path!r} leads to more than {MAX_FOUND:,} values")
    return found


@lru_cache(maxsize=256)
def _steps(path: str) -> tuple[_Step, ...]:
    text = path.strip()
    at = 1 if text.startswith("$") else 0
    steps: list[_Step] = []
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            raise ValueError(
                f"the path {path!r} does not read at character {at + 1}; write it like '$.orders[0].total'"
            )
        steps.append(_step(match))
        at = match.end()
    return tuple(steps)


def _step(match: re.Match[str]) -> _Step:
    part = match.groupdict()
    if part["deep"]:
        return _Step("deep", part["deepname"])
    if part["all"] or part["every"]:
        return _Step("all")
    if part["index"]:
        return _Step("index", int(part["index"]))
    quoted = part["double"] if part["double"] is not None else part["single"]
    return _Step("name", quoted if quoted is not None else part["name"])


def _follow(item: Any, step: _Step) -> Iterator[Any]:
    if step.kind == "deep":
        for below in _all_below(item):
            yield from _children(below) if step.key == "*" else _named(below, step.key)
    elif step.kind == "all":
        yield from _children(item)
    else:
        yield from _named(item, step.key)


def _named(item: Any, key: str | int) -> Iterator[Any]:
    if isinstance(item, dict):
        if key in item:
            yield item[key]
    elif isinstance(item, (list, tuple)) and re.fullmatch(r"-?\d+", str(key)):
        index = int(key)
        if -len(item) <= index < len(item):
            yield item[index]


def _children(item: Any) -> Iterator[Any]:
    if isinstance(item, dict):
        yield from item.values()
    elif isinstance(item, (list, tuple)):
        yield from item


def _all_below(item: Any) -> Iterator[Any]:
    waiting = [item]
    while waiting:
        now = waiting.pop()
        yield now
        waiting.extend(reversed(list(_children(now))))
