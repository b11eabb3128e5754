"""How often somebody may ask: token buckets by key, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from nodetool_jupyter import clock


@dataclass(slots=True)
class _Bucket:
    left: float
    seen: float


class Rates:
    """A bucket of ``burst`` tokens for each key, which fills again by ``each_second``.

    At most ``keys`` buckets are kept; the one that was not asked for longest goes first. Not for several threads.
    """

    def __init__(self, each_second: float, burst: int, keys: int = 10_000) -> None:
        self.each_second = each_second
        self.burst = burst
        self._keys = keys
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str, count: float = 1.0) -> float:
        """Take ``count`` tokens; return 0 when they were there, else the seconds after which they will be."""
        bucket = self._filled(key)
        if bucket.left >= count:
            bucket.left -= count
            return 0.0
        return (count - bucket.left) / self.each_second

    def wait(self, key: str) -> float:
        """Return the seconds after which there is a token, 0 when there is one; take none."""
        bucket = self._buckets.get(key)
        return 0.0 if bucket is None else max(0.0, (1.0 - self._filled(key).left) / self.each_second)

    def __len__(self) -> int:
        return len(self._buckets)

    def _filled(self, key: str) -> _Bucket:
        now = clock.monotonic()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(float(self.burst), now)
            if len(self._buckets) > self._keys:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        bucket.left = min(float(self.burst), bucket.left + (now - bucket.seen) * self.each_second)
        bucket.seen = now
        return bucket
