"""What tests of auth share: a clock that is set, and an issuer of JSON web tokens on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nodetool_jupyter import clock
from tests.auth.issuing import Issuing


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def moved() -> Iterator[SetClock]:
    held = SetClock()
    before = clock.use(held)
    yield held
    clock.use(before)


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuing]:
    with Issuing() as server:
        yield server


@pytest.fixture
def issuing(issuer: Issuing) -> Issuing:
    issuer.reset()
    return issuer
