"""A time zone and a present moment for tests that reckon with dates."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from nodetool_jupyter import clock

NOW = 1_785_326_400.123  # 2026-07-29T12:00:00.123Z


class _Standing:
    def time(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@contextmanager
def living_in(zone: str) -> Iterator[None]:
    """Let this process live in a time zone, at noon of 29 July 2026 in UTC."""
    before = clock.use(_Standing())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        yield
    time.tzset()
    clock.use(before)
