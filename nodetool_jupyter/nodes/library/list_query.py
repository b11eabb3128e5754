"""``nodetool.list``: one value of a whole list, and picking dictionaries out of a list."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import Any, Literal

from nodetool_jupyter.errors import nearest
from nodetool_jupyter.nodes.define import family
from nodetool_jupyter.nodes.query import condition as read_condition
from nodetool_jupyter.nodes.query import names_in

node = family("nodetool.list")

Number = int | float


def _numbers(kind: str, values: list[Any], *, least: int = 0) -> list[Any]:
    for index, value in enumerate(values):
        if not isinstance(value, Real):
            raise ValueError(f"{kind}: item {index} is {value!r}, not a number")
    if len(values) < least:
        raise ValueError(f"{kind}: the list is empty")
    return list(values)


@node
def Length(values: list[Any] = []) -> int:
    """Count the items of a list."""
    return len(values)


@node
def Sum(values: list[Any] = []) -> Number:
    """Add the numbers of a list."""
    total: Number = sum(_numbers("Sum", values))
    return total


@node
def Product(values: list[Any] = []) -> Number:
    """Multiply the numbers of a list."""
    product: Number = math.prod(_numbers("Product", values))
    return product


@node
def Average(values: list[Any] = []) -> float:
    """Return the mean of the numbers of a list."""
    return float(sum(_numbers("Average", values, least=1)) / len(values))


@node
def Minimum(values: list[Any] = []) -> Number:
    """Return the smallest number of a list."""
    smallest: Number = min(_numbers("Minimum", values, least=1))
    return smallest


@node
def Maximum(values: list[Any] = []) -> Number:
    """Return the largest number of a list."""
    largest: Number = max(_numbers("Maximum", values, least=1))
    return largest


@node
def MapField(values: list[Any] = [], field: str = "", default: Any = None) -> list[Any]:
    """Return one field of each dictionary, or ``default`` where it is missing."""
    return [value.get(field, default) if isinstance(value, dict) else default for value in values]


@node(inline=False)  # its patterns may take their time
def FilterDicts(values: list[Any] = [], condition: str = "") -> list[dict[str, Any]]:
    """Keep the dictionaries that meet a condition such as ``status == 'active' and seats > 5``."""
    rows = [value for value in values if isinstance(value, dict)]
    meets = read_condition(condition)
    if rows and condition.strip():
        known = {str(name) for row in rows for name in row}
        for name in sorted(names_in(condition) - known):
            raise ValueError(f"FilterDicts: no dictionary has a key {name!r}: {nearest(name, known)}".rstrip(": "))
    return [row for row in rows if meets(row)]


_BY_NUMBER: dict[str, Callable[[Any, Any], bool]] = {
    "greater_than": lambda number, limit: number > limit,
    "less_than": lambda number, limit: number < limit,
    "equal_to": lambda number, limit: number == limit,
    "even": lambda number, limit: number % 2 == 0,
    "odd": lambda number, limit: number % 2 == 1,
    "positive": lambda number, limit: number > 0,
    "negative": lambda number, limit: number < 0,
}


@node
def FilterDictsByNumber(
    values: list[Any] = [],
    key: str = "",
    filter_type: Literal[
        "greater_than", "less_than", "equal_to", "even", "odd", "positive", "negative"
    ] = "greater_than",
    value: float | None = None,
) -> list[dict[str, Any]]:
    """Keep the dictionaries whose number under ``key`` is as wanted; those without a number there drop out."""
    test = _BY_NUMBER[filter_type]
    if value is None and filter_type in ("greater_than", "less_than", "equal_to"):
        raise ValueError(f"FilterDictsByNumber: {filter_type} needs a value")
    return [row for row in values if _is_number(row, key) and test(row[key], value)]


def _is_number(row: Any, key: str) -> bool:
    found = row.get(key) if isinstance(row, dict) else None
    return isinstance(found, Real) and not isinstance(found, bool)
