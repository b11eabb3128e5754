"""Jobs as views are sent them: read once, whoever looks; seldom enough; whole at the end."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter import clock
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.nodes.define import node
from nodetool_jupyter.widgets import follower, pace
from nodetool_jupyter.widgets.about import about
from nodetool_jupyter.widgets.feed import feed
from nodetool_jupyter.widgets.patch import merge
from tests.engine.running import graph

GATES: dict[str, threading.Event] = {}


@node(namespace="feed")
def waits(gate: str) -> str:
    assert GATES[gate].wait(30)
    return gate


@node(namespace="feed")
def talks(ctx: Any, seconds: float, pause: float = 0.0) -> int:
    end, said, tick = clock.monotonic() + seconds, 0, threading.Event()
    while clock.monotonic() < end:
        tick.wait(pause)
        ctx.log(f"line {said}")
        said += 1
    return said


@pytest.fixture
def gate(request: pytest.FixtureRequest) -> Iterator[str]:
    name = request.node.name
    GATES[name] = threading.Event()
    yield name
    GATES.pop(name).set()


class Page:
    """A view far away: what it was sent, and the state that it makes of that."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, dict[str, Any]]] = []
        self.states: dict[str, dict[str, Any]] = {}
        self._news = threading.Condition()

    def send(self, message: dict[str, Any]) -> None:
        with self._news:
            self.sent.append((clock.monotonic(), message))
            if message["type"] == "snapshot":
                self.states[message["job"]] = message["state"]
            elif message["type"] == "patch":
                self.states[message["job"]] = merge(self.states[message["job"]], message["patch"])
            self._news.notify_all()

    def until(self, found: Callable[[Page], object]) -> None:
        with self._news:
            assert self._news.wait_for(lambda: found(self), 30), self.sent[-3:]

    def kinds(self) -> list[str]:
        return [message["type"] for _, message in self.sent]

    def status(self, job_id: str) -> str | None:
        return self.states.get(job_id, {}).get("job", {}).get("status")


def ended(job: nt.Job) -> Callable[[Page], bool]:
    return lambda page: page.status(job.id) in ("completed", "error", "cancelled")


def gone(job_id: str) -> None:
    """Wait until nobody reads the job."""
    for thread in threading.enumerate():
        if thread.name == f"nodetool-view-{job_id}":
            thread.join(20)
    assert job_id not in feed.followed()
    assert f"nodetool-view-{job_id}" not in [thread.name for thread in threading.enumerate()]


def test_a_view_gets_a_snapshot_then_patches_and_ends_as_the_job_did(gate: str) -> None:
    page, job = Page(), nt.submit(graph({"w": (waits, {"gate": gate})}), name="one")
    feed.send_to(job.id, page)
    page.until(lambda page: page.states.get(job.id, {}).get("nodes", {}).get("w", {}).get("status") == "running")
    GATES[gate].set()
    page.until(ended(job))
    assert page.kinds()[0] == "snapshot" and set(page.kinds()[1:]) == {"patch"}
    assert [message["n"] for _, message in page.sent[1:]] == list(range(1, len(page.sent)))
    state = page.states[job.id]
    assert (state["job"]["name"], state["job"]["strategy"], state["job"]["progress"]) == ("one", "threaded", 1.0)
    assert state["outputs"] == {"w": {"kind": "line", "text": gate}}
    assert state["details"]["w"]["outputs"] == {"output": {"kind": "line", "text": gate}}
    gone(job.id)


def test_any_number_of_views_share_one_reader(gate: str) -> None:
    pages, job = [Page() for _ in range(10)], nt.submit(graph({"w": (waits, {"gate": gate})}))
    for page in pages:
        feed.send_to(job.id, page)
    for page in pages:
        page.until(lambda page: page.status(job.id) == "running")
    threads = Counter(thread.name for thread in threading.enumerate())
    assert threads[f"nodetool-view-{job.id}"] == 1
    GATES[gate].set()
    for page in pages:
        page.until(ended(job))
    assert all(page.states[job.id] == pages[0].states[job.id] for page in pages)
    gone(job.id)


def test_who_comes_late_sees_what_the_others_see(gate: str) -> None:
    early, late, job = Page(), Page(), nt.submit(graph({"w": (waits, {"gate": gate})}))
    feed.send_to(job.id, early)
    early.until(lambda page: page.status(job.id) == "running")
    feed.send_to(job.id, late)
    late.until(lambda page: page.status(job.id) == "running")
    GATES[gate].set()
    for page in (early, late):
        page.until(ended(job))
    assert early.states == late.states


def test_who_asks_again_gets_a_snapshot_again(gate: str) -> None:
    page, job = Page(), nt.submit(graph({"w": (waits, {"gate": gate})}))
    feed.send_to(job.id, page)
    page.until(lambda page: page.status(job.id) == "running")
    feed.send_to(job.id, page)
    page.until(lambda page: page.kinds().count("snapshot") == 2)
    GATES[gate].set()
    page.until(ended(job))


def test_a_job_that_has_ended_is_a_snapshot() -> None:
    page, job = Page(), nt.submit(graph({"p": ("Upper", {"text": "a"})}))
    job.wait(20)
    feed.send_to(job.id, page)
    page.until(ended(job))
    assert page.kinds() == ["snapshot"] and page.states[job.id]["details"]["p"]["inputs"]
    gone(job.id)


def test_a_job_nobody_looks_at_any_more_is_not_read_though_it_goes_on(gate: str) -> None:
    pages, job = [Page(), Page()], nt.submit(graph({"w": (waits, {"gate": gate})}))
    for page in pages:
        feed.send_to(job.id, page)
        page.until(lambda page: page.status(job.id) == "running")
    feed.leave(job.id, pages[0])
    assert job.id in feed.followed()
    feed.leave(job.id, pages[1])
    gone(job.id)
    assert job.status == "running"


def test_a_view_that_fails_is_dropped_and_the_others_go_on(gate: str) -> None:
    page, broken, job = Page(), Page(), nt.submit(graph({"w": (waits, {"gate": gate})}))
    broken.send = lambda message: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    feed.send_to(job.id, broken)
    feed.send_to(job.id, page)
    page.until(lambda page: page.status(job.id) == "running")
    GATES[gate].set()
    page.until(ended(job))
    assert page.status(job.id) == "completed"


def test_a_view_that_holds_up_the_others_is_dropped(gate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "SLOW", 0.05)
    page, slow, job = Page(), Page(), nt.submit(graph({"w": (waits, {"gate": gate})}))
    held: list[object] = []
    slow.send = lambda message: held.append(message) or threading.Event().wait(0.1)  # type: ignore[method-assign, func-returns-value, assignment, return-value]
    feed.send_to(job.id, slow)
    feed.send_to(job.id, page)
    page.until(lambda page: page.status(job.id) == "running")
    GATES[gate].set()
    page.until(ended(job))
    assert len(held) == 1


def test_a_job_that_nobody_knows_is_gone() -> None:
    page = Page()
    feed.send_to("nosuchjob1", page)
    page.until(lambda page: page.sent)
    (message,) = [message for _, message in page.sent]
    assert (message["type"], message["job"]) == ("gone", "nosuchjob1") and "no job" in message["message"]
    gone("nosuchjob1")


def test_pages_are_sent_what_cells_show(gate: str) -> None:
    page, picture = Page(), Drawn()
    feed.connect(page)
    try:
        job = nt.submit(graph({"w": (waits, {"gate": gate})}))
        feed.show(feed.begin(job.id), picture)
        page.until(lambda page: page.status(job.id) == "running")
        GATES[gate].set()
        page.until(ended(job))
    finally:
        feed.disconnect(page)
    assert picture.finished == 1 and not feed.connected


class Drawn:
    """A picture that counts."""

    def __init__(self) -> None:
        self.drawn = self.finished = 0

    def changed(self) -> None:
        self.drawn += 1

    def finish(self) -> None:
        self.finished += 1


def test_a_picture_of_a_job_that_has_ended_is_drawn_once() -> None:
    picture, job = Drawn(), nt.submit(graph({"p": ("Upper", {"text": "a"})}))
    job.wait(20)
    reader = feed.begin(job.id)
    feed.show(reader, picture)
    assert reader.shown.wait(20)
    assert picture.finished == 1


@pytest.mark.parametrize("views", [1, 3])
def test_a_busy_job_sends_ten_messages_a_second_at_most(views: int) -> None:
    pages, job = [Page() for _ in range(views)], nt.submit(graph({"t": (talks, {"seconds": 2.0})}))
    for page in pages:
        feed.send_to(job.id, page)
    for page in pages:
        page.until(ended(job))
    times = sorted(time for page in pages for time, _ in page.sent)
    assert most_in_a_second(times) <= 10 + views  # those that were there at the start get their snapshot at once
    lines = pages[0].states[job.id]["log"]
    assert max(map(int, lines)) > 1000 and len(lines) == 200


def test_all_jobs_of_a_kernel_share_its_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "kernel", pace.Pace(rate=6))  # less than two of them would send alone
    page = Page()
    jobs = [nt.submit(graph({"t": (talks, {"seconds": 1.5, "pause": 0.01})})) for _ in range(4)]
    for job in jobs:
        feed.send_to(job.id, page)
    for job in jobs:
        page.until(ended(job))
    assert most_in_a_second([time for time, _ in page.sent]) <= 6 + 1


def most_in_a_second(times: list[float]) -> int:
    return max(sum(begin <= time < begin + 1 for time in times) for begin in times)


def test_turns_are_given_out_one_after_the_other() -> None:
    now = [5.0]
    given = pace.Pace(10, lambda: now[0])
    assert [given.turn(), given.turn(2), given.turn()] == pytest.approx([0.0, 0.1, 0.3])
    now[0] = 9.0
    assert given.turn() == 0.0


def test_the_second_run_of_a_workflow_knows_how_long_it_takes(gate: str) -> None:
    flow = {**graph({"w": (waits, {"gate": gate}), "u": ("Upper", {"text": "a"})}), "name": gate}
    GATES[gate].set()
    nt.submit(flow).wait(20)
    manager().list()  # the index has it by now
    GATES[gate].clear()
    page, job = Page(), nt.submit(flow)
    feed.send_to(job.id, page)
    page.until(lambda page: page.status(job.id) == "running")
    GATES[gate].set()
    page.until(ended(job))
    assert page.states[job.id]["job"]["history"] == 1


def test_another_workflow_of_the_same_name_is_no_history(gate: str) -> None:
    GATES[gate].set()
    nt.submit({**graph({"w": (waits, {"gate": gate})}), "name": gate}).wait(20)
    page, job = Page(), nt.submit({**graph({"x": (waits, {"gate": gate})}), "name": gate})
    feed.send_to(job.id, page)
    page.until(ended(job))
    assert "history" not in page.states[job.id]["job"]


def test_the_detail_of_a_node_comes_from_the_job_as_it_is(gate: str) -> None:
    job = nt.submit(graph({"w": (waits, {"gate": gate})}))
    assert feed.detail(job.id, "w")["inputs"] == {"gate": {"kind": "line", "text": gate}}
    GATES[gate].set()
    job.wait(20)
    assert feed.detail(job.id, "w")["outputs"] == {"output": {"kind": "line", "text": gate}}


def test_inputs_and_triggers_that_take_values_are_named(gate: str) -> None:
    flow = graph(
        {
            "n": ("nodetool.input.IntegerInput", {"name": "number"}),
            "t": ("nodetool.triggers.ManualTrigger", {"name": "button"}),
            "o": ("Output", {"name": "sum"}),
        },
        "n.output o.value",
    )
    job = nt.submit(flow, {"number": 1}, options={"open_inputs": ["number"]})
    assert about(job.id).pushable == ("number", "button")
    job.cancel()
    job.wait(20)
