"""Authorization headers as they are sent, and how often one may ask."""

from __future__ import annotations

import pytest

from nodetool_jupyter.auth.bearer import LONGEST, read_bearer
from nodetool_jupyter.auth.rates import Rates
from nodetool_jupyter.errors import Refused
from tests.auth.conftest import SetClock

SECRET = "abcdefgh-the-token-itself"


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (f"Bearer {SECRET}", SECRET),
        (f"Bearer {SECRET} ", SECRET),
        (f"  Bearer {SECRET}\t", SECRET),
        ("Bearer " + "x" * LONGEST, "x" * LONGEST),
        (None, None),
    ],
    ids=["plain", "blank behind", "blanks around", "longest", "none"],
)
def test_a_token_is_read(header: str | None, token: str | None) -> None:
    assert read_bearer(header) == token


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        f"bearer {SECRET}",
        f"BEARER {SECRET}",
        f"Bearer{SECRET}",
        f"Bearer\t{SECRET}",
        f"Bearer  {SECRET}",
        f"Bearer {SECRET} {SECRET}",
        f"Bearer {SECRET},Bearer {SECRET}\u00e9",
        f"Bearer {SECRET}\x00",
        f"Basic {SECRET}",
        f"Token {SECRET}",
        SECRET,
        "Bearer " + "x" * (LONGEST + 1),
    ],
    ids=lambda header: ascii(header[:40]),
)
def test_anything_else_is_refused_without_repeating_it(header: str) -> None:
    with pytest.raises(Refused) as caught:
        read_bearer(header)
    assert (caught.value.code, caught.value.status) == ("bad_credentials", 401)
    assert SECRET not in str(caught.value)


def test_a_burst_is_let_through_and_the_next_waits(moved: SetClock) -> None:
    rates = Rates(each_second=2.0, burst=3)
    assert [rates.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


def test_tokens_come_back_with_time_and_no_more_than_the_burst(moved: SetClock) -> None:
    rates = Rates(each_second=2.0, burst=3)
    for _ in range(3):
        rates.take("a")
    moved.now += 0.5
    assert [rates.take("a"), rates.take("a")] == [0.0, 0.5]
    moved.now += 3600
    assert [rates.take("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


def test_one_key_does_not_use_up_anothers(moved: SetClock) -> None:
    rates = Rates(each_second=1.0, burst=1)
    assert [rates.take("a"), rates.take("a"), rates.take("b")] == [0.0, 1.0, 0.0]


def test_looking_takes_nothing(moved: SetClock) -> None:
    rates = Rates(each_second=1.0, burst=1)
    assert [rates.wait("a"), rates.take("a"), rates.wait("a"), rates.wait("a")] == [0.0, 0.0, 1.0, 1.0]


def test_no_more_keys_are_kept_than_may_be(moved: SetClock) -> None:
    rates = Rates(each_second=1.0, burst=1, keys=100)
    for number in range(1000):
        rates.take(str(number))
    assert len(rates._buckets) == 100
    assert rates.wait("999") == 1.0
