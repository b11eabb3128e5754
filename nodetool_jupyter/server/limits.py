"""How much one user may ask in a time: a bucket of tokens for each kind of request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nodetool_jupyter import clock
from nodetool_jupyter.server.problems import Problem

Kind = Literal["read", "action", "submit"]
MANY = 1000  # buckets, above which full ones are forgotten


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second in the long run, and so many at once; a rate of 0 is without limit."""

    per_second: float
    burst: int


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float


class Buckets:
    """The buckets of all users; used on the server's loop only."""

    def __init__(self, rates: Mapping[Kind, Rate]) -> None:
        self._rates = rates
        self._buckets: dict[tuple[str, Kind], _Bucket] = {}

    def take(self, user: str, kind: Kind) -> None:
        """Take one token of a user's bucket; raises a 429 :class:`Problem` when it is empty."""
        rate = self._rates[kind]
        if rate.per_second <= 0:
            return
        now = clock.monotonic()
        bucket = self._buckets.get((user, kind))
        if bucket is None:
            self._forget_full_ones(now)
            bucket = self._buckets[user, kind] = _Bucket(float(rate.burst), now)
        bucket.tokens = min(float(rate.burst), bucket.tokens + (now - bucket.filled) * rate.per_second)
        bucket.filled = now
        if bucket.tokens < 1.0:
            wait = (1.0 - bucket.tokens) / rate.per_second
            raise Problem(
                429, "rate_limited", "too many requests in too short a time", "ask again later", retry_after=wait
            )
        bucket.tokens -= 1.0

    def _forget_full_ones(self, now: float) -> None:
        if len(self._buckets) < MANY:
            return
        for key, bucket in tuple(self._buckets.items()):
            rate = self._rates[key[1]]
            if bucket.tokens + (now - bucket.filled) * rate.per_second >= rate.burst:
                del self._buckets[key]
