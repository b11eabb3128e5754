"""One number of many: what tables are summed up by. Results are as JSON has them, ``None`` where there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

from nodetool_jupyter.nodes.tables import exact

Numbers = Sequence[int | float]
Result = int | float | None

Aggregation = Literal["sum", "mean", "count", "min", "max", "std", "var", "median", "first", "last"]


def total(numbers: Numbers) -> Result:
    """Add numbers: whole ones exactly, others with one rounding at the end."""
    if all(type(number) is int for number in numbers):
        return sum(numbers)
    try:
        return exact(math.fsum(numbers))
    except OverflowError:
        return None


def mean(numbers: Numbers) -> Result:
    """Return the mean."""
    return _finite(lambda: math.fsum(numbers) / len(numbers)) if numbers else None


def variance(numbers: Numbers) -> Result:
    """Return the variance of a sample; of fewer than two numbers there is none."""
    if len(numbers) < 2:
        return None

    def compute() -> float:
        middle = math.fsum(numbers) / len(numbers)
        return math.fsum((number - middle) ** 2 for number in numbers) / (len(numbers) - 1)

    return _finite(compute)


def deviation(numbers: Numbers) -> Result:
    """Return the standard deviation of a sample; of fewer than two numbers there is none."""
    found = variance(numbers)
    return None if found is None else _finite(lambda: math.sqrt(found))


def quantile(numbers: Numbers, fraction: float) -> Result:
    """Return the number below which a fraction of the numbers is, on a straight line between its neighbours."""
    if not numbers:
        return None
    ordered = sorted(numbers)
    place = fraction * (len(ordered) - 1)
    below = int(place)
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    if place == below or low == high:
        return exact(low)
    return _finite(lambda: low + (high - low) * (place - below))


def median(numbers: Numbers) -> Result:
    """Return the number in the middle."""
    return quantile(numbers, 0.5)


def _finite(compute: Callable[[], float]) -> Result:
    try:
        return exact(compute())
    except OverflowError:
        return None


AGGREGATES: dict[str, Callable[[Numbers], Result]] = {
    "sum": total,
    "mean": mean,
    "count": len,
    "min": lambda numbers: min(numbers, default=None),
    "max": lambda numbers: max(numbers, default=None),
    "std": deviation,
    "var": variance,
    "median": median,
    "first": lambda numbers: numbers[0] if numbers else None,
    "last": lambda numbers: numbers[-1] if numbers else None,
}
"""The aggregations by the names that tables know them by."""

OF_ANYTHING = frozenset({"count", "first", "last"})
"""The aggregations that need no numbers."""
