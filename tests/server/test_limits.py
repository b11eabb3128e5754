"""How much one user may ask in a time: buckets on a clock that the test sets, and over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from nodetool_jupyter.server.limits import MANY, Buckets, Kind, Rate
from nodetool_jupyter.server.problems import Problem
from nodetool_jupyter.testing import SettableClock, set_clock
from tests.server import people
from tests.server.talk import Api

RATES: dict[Kind, Rate] = {"read": Rate(8.0, 3), "action": Rate(1.0, 1), "submit": Rate(0.0, 1)}


def taken(buckets: Buckets, user: str, kind: Kind, times: int) -> int:
    """Return how many of so many requests are let through."""
    count = 0
    for _ in range(times):
        try:
            buckets.take(user, kind)
        except Problem as problem:
            assert (problem.status, problem.code) == (429, "rate_limited")
        else:
            count += 1
    return count


@pytest.fixture
def clock() -> Any:
    with set_clock() as found:
        yield found


def test_a_burst_is_let_through_and_then_the_rate(clock: SettableClock) -> None:
    buckets = Buckets(RATES)
    assert taken(buckets, "a", "read", 5) == 3
    clock.advance(0.25)
    assert taken(buckets, "a", "read", 5) == 2


def test_a_bucket_holds_no_more_than_its_burst(clock: SettableClock) -> None:
    buckets = Buckets(RATES)
    taken(buckets, "a", "read", 3)
    clock.advance(1000.0)
    assert taken(buckets, "a", "read", 10) == 3


def test_users_and_kinds_have_buckets_of_their_own(clock: SettableClock) -> None:
    buckets = Buckets(RATES)
    assert taken(buckets, "a", "read", 3) == 3
    assert taken(buckets, "b", "read", 3) == 3
    assert taken(buckets, "a", "action", 3) == 1


def test_a_rate_of_zero_is_without_limit(clock: SettableClock) -> None:
    assert taken(Buckets(RATES), "a", "submit", 1000) == 1000


def test_who_is_refused_is_told_when_to_come_back(clock: SettableClock) -> None:
    buckets = Buckets({**RATES, "action": Rate(0.25, 1)})
    buckets.take("a", "action")
    with pytest.raises(Problem) as refused:
        buckets.take("a", "action")
    assert refused.value.retry_after == pytest.approx(4.0)


def test_many_users_do_not_fill_the_memory(clock: SettableClock) -> None:
    buckets = Buckets(RATES)
    for number in range(2 * MANY):
        clock.advance(1.0)
        buckets.take(f"user {number}", "read")
    assert len(buckets) <= MANY


class TestOverHttp:
    @pytest.fixture
    def server_traits(self) -> dict[str, Any]:
        return {"read_rate": 0.01, "read_burst": 2, "submit_rate": 0.01, "submit_burst": 1, "action_rate": 0.0}

    async def test_too_many_requests_are_refused(self, api: Api) -> None:
        assert [(await api.get("jobs")).status for _ in range(3)] == [200, 200, 429]

    async def test_the_refusal_says_when_to_come_back(self, api: Api, graph: dict[str, Any]) -> None:
        body = {"graph": graph, "strategy": "nowhere"}
        assert (await api.post("jobs", body)).status == 400
        answer = await api.post("jobs", body)
        assert (answer.status, answer.code) == (429, "rate_limited")
        assert 90 <= int(answer.headers["Retry-After"]) <= 100

    async def test_a_trait_of_zero_is_without_limit(self, api: Api) -> None:
        assert {(await api.post("jobs/nothere/cancel")).status for _ in range(60)} == {404}

    async def test_health_is_told_to_anybody_at_any_rate(self, api: Api) -> None:
        anybody = api.with_headers(Authorization=None)
        assert {(await anybody.get("health")).status for _ in range(10)} == {200}

    async def test_who_shows_the_owners_token_is_the_owner_however_often_they_come(self, api: Api) -> None:
        # Jupyter makes up a new name for each request with a token and no cookie.
        assert [(await api.get("nodes/no.such")).status for _ in range(3)] == [404, 404, 429]


class TestNamedUsers:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        return people.config(read_rate=0.01, read_burst=1)

    async def test_each_user_has_a_bucket(self, api: Api) -> None:
        for token in ("token-of-owner", "token-of-other"):
            one = people.by_token(api, token)
            assert [(await one.get("jobs")).status for _ in range(2)] == [200, 429]
