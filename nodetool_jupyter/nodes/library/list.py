"""``nodetool.list``: making, ordering, cutting and combining lists.

What reduces a list to one value, or picks dictionaries out of one, is in :mod:`list_query`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Literal

from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.library.list_query import *  # noqa: F403  # the other part of the family
from nodetool_jupyter.nodes.plain import plain_key

node = family("nodetool.list")


def _bounded(kind: str, length: int, limit: int) -> None:
    if length > limit:
        raise ValueError(f"{kind}: the list would have {length} items, more than max_output_length ({limit})")


def _range(kind: str, start: int, stop: int, step: int) -> range:
    if step == 0:
        raise ValueError(f"{kind}: step cannot be 0")
    return range(start, stop, step)


@node
def Range(start: int = 0, stop: int = -1, count: int = 10, step: int = 1, max_output_length: int = 10000) -> list[int]:
    """List the numbers from ``start`` to below ``stop`` by ``step``; a negative stop lists 0 to below ``count``."""
    numbers = _range("Range", start, stop, step) if stop >= 0 else _range("Range", 0, max(count, 0), 1 if step else 0)
    _bounded("Range", len(numbers), max_output_length)
    return list(numbers)


@node
def ListRange(start: int = 0, stop: int = 0, step: int = 1) -> list[int]:
    """List the numbers from ``start`` to below ``stop`` by ``step``."""
    return list(_range("ListRange", start, stop, step))


@node
def GenerateSequence(start: int = 0, stop: int = 0, step: int = 1) -> Iterator[int]:
    """Send the numbers from ``start`` to below ``stop`` by ``step`` one by one."""
    yield from _range("GenerateSequence", start, stop, step)


@node
def Tile(input_list: list[Any] = [], times: int = 1, max_output_length: int = 10000) -> list[Any]:
    """Repeat a whole list."""
    _bounded("Tile", len(input_list) * times, max_output_length)
    return list(input_list) * times


@node
def RepeatEach(input_list: list[Any] = [], times: int = 1, max_output_length: int = 10000) -> list[Any]:
    """Repeat each item of a list."""
    _bounded("RepeatEach", len(input_list) * times, max_output_length)
    return [item for item in input_list for _ in range(times)]


@node
def RepeatValue(value: Any = None, times: int = 1, max_output_length: int = 10000) -> list[Any]:
    """List one value several times."""
    _bounded("RepeatValue", times, max_output_length)
    return [value] * times


@node
def Reverse(values: list[Any] = []) -> list[Any]:
    """Turn a list around."""
    return list(values)[::-1]


@node
def Dedupe(values: list[Any] = []) -> list[Any]:
    """Keep the first of equal items."""
    return _first_of_each(values)


@node
def Randomize(values: list[Any] = []) -> list[Any]:
    """Shuffle a list."""
    return random.sample(list(values), len(values))


@node
def Sort(values: list[Any] = [], order: Literal["ascending", "descending"] = "ascending") -> list[Any]:
    """Sort a list."""
    try:
        return sorted(values, reverse=order == "descending")
    except TypeError:
        kinds = ", ".join(sorted({type(value).__name__ for value in values}))
        raise ValueError(f"Sort: values of these kinds have no order: {kinds}") from None


@node
def Slice(values: list[Any] = [], start: int = 0, stop: int = 0, step: int = 1) -> list[Any]:
    """Slice a list as Python does; a stop of 0 is the end."""
    if step == 0:
        raise ValueError("Slice: step cannot be 0")
    return list(values)[start : stop or None : step]


@node
def GetElement(values: list[Any] = [], index: int = 0) -> Any:
    """Return one item; a negative index counts from the end."""
    return _element("GetElement", values, index)


@node
def SelectElements(values: list[Any] = [], indices: list[int] = []) -> list[Any]:
    """Return the items at some indices."""
    return [_element("SelectElements", values, index) for index in indices]


def _element(kind: str, values: list[Any], index: int) -> Any:
    try:
        return values[int(index)]
    except IndexError:
        raise ValueError(f"{kind}: index {index} is outside a list of {len(values)}") from None


@node
def Append(values: list[Any] = [], value: Any = None) -> list[Any]:
    """Add one item at the end."""
    return [*values, value]


@node
def Extend(values: list[Any] = [], other_values: list[Any] = []) -> list[Any]:
    """Add another list at the end."""
    return [*values, *other_values]


@node
def Flatten(values: list[Any] = [], max_depth: int = -1) -> list[Any]:
    """Open the lists inside a list, ``max_depth`` levels of them or all."""
    flat: list[Any] = []
    waiting = [(iter(values), 0)]
    while waiting:
        items, depth = waiting[-1]
        for item in items:
            if isinstance(item, (list, tuple)) and (max_depth < 0 or depth < max_depth):
                waiting.append((iter(item), depth + 1))
                break
            flat.append(item)
        else:
            waiting.pop()
    return flat


@node
def Chunk(values: list[Any] = [], chunk_size: int = 1) -> list[list[Any]]:
    """Cut a list into lists of ``chunk_size``; the last may be shorter."""
    if chunk_size < 1:
        raise ValueError(f"Chunk: chunk_size must be at least 1, not {chunk_size}")
    return [list(values[at : at + chunk_size]) for at in range(0, len(values), chunk_size)]


@node
def Union(list1: list[Any] = [], list2: list[Any] = []) -> list[Any]:
    """Return every item of either list once."""
    return _first_of_each([*list1, *list2])


@node
def Intersection(list1: list[Any] = [], list2: list[Any] = []) -> list[Any]:
    """Return every item that is in both lists once."""
    others = set(map(plain_key, list2))
    return [value for value in _first_of_each(list1) if plain_key(value) in others]


@node
def Difference(list1: list[Any] = [], list2: list[Any] = []) -> list[Any]:
    """Return every item of the first list that is not in the second once."""
    others = set(map(plain_key, list2))
    return [value for value in _first_of_each(list1) if plain_key(value) not in others]


def _first_of_each(values: list[Any]) -> list[Any]:
    found: dict[str, Any] = {}
    for value in values:
        found.setdefault(plain_key(value), value)
    return list(found.values())
