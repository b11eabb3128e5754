"""How much one user may ask in a time: a bucket of tokens for each kind of request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nodetool_jupyter.auth.rates import Rates
from nodetool_jupyter.server.problems import Problem

Kind = Literal["read", "action", "submit"]
MANY = 1000  # users whose buckets of a kind are kept


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second in the long run, and so many at once; a rate of 0 is without limit."""

    per_second: float
    burst: int


class Buckets:
    """The buckets of all users; used on the server's loop only."""

    def __init__(self, rates: Mapping[Kind, Rate]) -> None:
        self._rates = {
            kind: Rates(rate.per_second, rate.burst, MANY) for kind, rate in rates.items() if rate.per_second > 0
        }

    def take(self, user: str, kind: Kind) -> None:
        """Take one token of a user's bucket; raises a 429 :class:`Problem` when it is empty."""
        rates = self._rates.get(kind)
        wait = rates.take(user) if rates is not None else 0.0
        if wait > 0:
            raise Problem(
                429, "rate_limited", "too many requests in too short a time", "ask again later", retry_after=wait
            )

    def __len__(self) -> int:
        return sum(map(len, self._rates.values()))
