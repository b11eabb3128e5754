"""Medians, and the form of a figure."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured figure; ``floor`` is in the same unit, ``reach`` is what we promise (or ``None``)."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    reach: str | None = None

    def line(self) -> str:
        """Return the figure as one line of JSON."""
        plain = {"name": self.name, "value": _short(self.value), "unit": self.unit, "floor": _short(self.floor)}
        return json.dumps(plain | ({"reach": self.reach} if self.reach else {}))


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def all_seconds(work: Callable[[], object], repeats: int, warm: int) -> list[float]:
    """Return how long each call of ``work`` took, the shortest first, after ``warm`` calls that are not counted."""
    for _ in range(warm):
        work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return sorted(times)


def median_seconds(work: Callable[[], object], repeats: int, warm: int = 1) -> float:
    """Return the median time of ``work``, after ``warm`` calls that are not counted."""
    return statistics.median(all_seconds(work, repeats, warm))


Figures = Iterator[Figure]
