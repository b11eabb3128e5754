"""Slots and queues: never more at once than may be, users in turn, everyone sees their place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodetool_jupyter import events
from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.jobs.queue import JobQueue, Ticket, default_cap
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy, set_clock
from tests.jobs.scenery import PATIENCE, request_for

Make = Callable[..., JobExecutionManager]


class Crowd:
    """Tickets by name, and the order in which they were let in."""

    def __init__(self, cap: int) -> None:
        self.queue = JobQueue({"s": cap})
        self.order: list[str] = []

    def enter(self, name: str, user: str = "") -> Ticket:
        ticket = Ticket(name, "s", user, lambda: self.order.append(name))
        self.queue.enter(ticket)
        return ticket


def test_first_come_first_served() -> None:
    crowd = Crowd(1)
    tickets = [crowd.enter(name) for name in "abc"]
    for ticket in tickets:
        crowd.queue.leave(ticket)
    assert crowd.order == ["a", "b", "c"]


def test_users_are_served_in_turn() -> None:
    crowd = Crowd(1)
    first = crowd.enter("a0", "ann")
    tickets = {name: crowd.enter(name, name[0]) for name in ["a1", "a2", "a3", "b1", "b2"]}
    crowd.queue.leave(first)
    while len(crowd.order) < 6:
        crowd.queue.leave(tickets[crowd.order[-1]])
    assert crowd.order == ["a0", "a1", "b1", "a2", "b2", "a3"]


def test_places_are_the_order_of_service() -> None:
    crowd = Crowd(1)
    crowd.enter("a0", "a")
    for name in ["a1", "a2", "b1"]:
        crowd.enter(name, name[0])
    assert [crowd.queue.position("s", name) for name in ["a0", "a1", "b1", "a2"]] == [None, 1, 2, 3]


def test_the_expected_place_is_none_while_there_is_a_slot() -> None:
    crowd = Crowd(2)
    found = []
    for name in "abcd":
        found.append(crowd.queue.expect("s"))
        crowd.queue.expected_no_more("s")
        crowd.enter(name)
    assert found == [None, None, 1, 2]


def test_jobs_on_their_way_count() -> None:
    queue = JobQueue({"s": 2})
    assert [queue.expect("s") for _ in range(4)] == [None, None, 1, 2]


def test_who_leaves_the_queue_takes_no_slot() -> None:
    crowd = Crowd(1)
    first, second, third = (crowd.enter(name) for name in "abc")
    crowd.queue.leave(second)
    crowd.queue.leave(first)
    crowd.queue.leave(third)
    assert crowd.order == ["a", "c"]


def test_leaving_twice_gives_back_one_slot() -> None:
    crowd = Crowd(1)
    first, second, _ = (crowd.enter(name) for name in "abc")
    crowd.queue.leave(first)
    crowd.queue.leave(first)
    assert crowd.order == ["a", "b"]
    crowd.queue.leave(second)
    assert crowd.order == ["a", "b", "c"]


def test_a_closed_queue_lets_nobody_in_but_who_runs_already() -> None:
    crowd = Crowd(1)
    first, _ = (crowd.enter(name) for name in "ab")
    crowd.queue.close()
    crowd.queue.leave(first)
    crowd.enter("c")
    assert crowd.order == ["a"]
    crowd.queue.enter(Ticket("d", "s", "", lambda: crowd.order.append("d")), runs=True)
    assert crowd.order == ["a", "d"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60), st.integers(1, 4))
def test_never_more_at_once_than_may_be(steps: list[tuple[str, bool]], cap: int) -> None:
    crowd = Crowd(cap)
    tickets: list[Ticket] = []
    for number, (user, goes) in enumerate(steps):
        tickets.append(crowd.enter(f"{user}{number}", user))
        if goes:
            crowd.queue.leave(tickets.pop(0))
        inside = sum(ticket.granted for ticket in tickets)
        assert inside == min(cap, len(tickets))


def test_threaded_jobs_have_as_many_slots_as_the_setting_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_WORKFLOW_THREADS", "3")
    assert (default_cap("threaded"), default_cap("subprocess"), default_cap("docker")) == (3, 3, 4)


def test_docker_jobs_have_slots_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_DOCKER_JOBS", "2")
    assert default_cap("docker") == 2
    monkeypatch.setenv("MAX_DOCKER_JOBS", "0")
    with pytest.raises(InvalidRequest, match="MAX_DOCKER_JOBS must be at least 1, not 0"):
        default_cap("docker")


def test_a_manager_keeps_to_its_cap(make_manager: Make) -> None:
    manager = make_manager(caps={"fake": 3})
    hold = Hold()
    with fake_strategy(Script([hold, completed()])) as fake:
        ids = [manager.submit(request_for()) for _ in range(20)]
        hold.reached.wait(PATIENCE)
        live = [manager.get(one).status for one in ids]
        assert live.count(Status.QUEUED) == 17
        hold.release()
        assert {manager.wait(one, PATIENCE).status for one in ids} == {Status.COMPLETED}
        assert len(fake.started) == 20


def test_a_waiting_job_says_where_it_stands_and_why(make_manager: Make) -> None:
    manager = make_manager(caps={"fake": 1})
    hold = Hold()
    with fake_strategy(Script([hold, completed()])):
        ids = [manager.submit(request_for())]
        hold.reached.wait(PATIENCE)
        ids += [manager.submit(request_for()) for _ in range(2)]
        assert [manager.get(one).queue_position for one in ids] == [None, 1, 2]
        assert [record.queue_position for record in manager.list()] == [2, 1, None]
        (line,) = manager.events(ids[2])
        assert isinstance(line, events.JobUpdate)
        assert line.queue_position == 2
        assert line.message == "waits for the fake slot"
        hold.release()
        for one in ids:
            manager.wait(one, PATIENCE)


def test_a_place_that_changed_is_written_down(make_manager: Make) -> None:
    holds = [Hold(), Hold(), Hold()]
    with set_clock() as clock, fake_strategy(*(Script([hold, completed()]) for hold in holds)):
        manager = make_manager(caps={"fake": 1})
        ids = [manager.submit(request_for()) for _ in range(3)]
        holds[0].release()
        manager.wait(ids[0], PATIENCE)
        holds[1].reached.wait(PATIENCE)
        clock.advance(1.1)
        places = []
        for event in manager.events(ids[2], follow=True, timeout=PATIENCE):
            places.append(getattr(event, "queue_position", None))
            if places[-1] == 1:
                break
        assert places[-1] == 1
        for hold in holds:
            hold.release()
        assert manager.wait(ids[2], PATIENCE).status is Status.COMPLETED


def test_two_users_share_the_slots(make_manager: Make) -> None:
    manager = make_manager(caps={"fake": 1})
    hold = Hold()
    with fake_strategy(Script([hold, completed()])) as fake:
        ids = [manager.submit(request_for(user_id="ann")) for _ in range(10)]
        ids += [manager.submit(request_for(user_id="bob")) for _ in range(5)]
        hold.reached.wait(PATIENCE)
        hold.release()
        for one in ids:
            manager.wait(one, PATIENCE)
        served = [execution.request.user_id for execution in fake.started[1:11]]
    assert served.count("bob") == 5


def test_what_waits_does_not_begin_in_the_slots_of_what_a_manager_leaves(make_manager: Make) -> None:
    manager = make_manager(caps={"fake": 1})
    hold = Hold()
    with fake_strategy(Script([hold, completed()])) as fake:
        fake.attachable = True
        ids = [manager.submit(request_for()) for _ in range(3)]
        hold.reached.wait(PATIENCE)
        manager.shutdown()
        assert len(fake.started) == 1
    told = [event.status for one in ids for event in manager.events(one) if isinstance(event, events.JobUpdate)]
    assert told == ["queued", "starting", "queued", "queued"]
