"""Readers that go on when the job they follow moves from owner to owner."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nodetool_jupyter import events
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from tests.jobs.others import RUNS, Other, ends_in, log_of
from tests.jobs.scenery import PATIENCE, request_for

Make = Callable[..., JobExecutionManager]
Start = Callable[..., Other]
Read = Callable[[JobExecutionManager], list[events.Event]]

# Takes the job of an owner that lives, as one on another host would whose look at it was blocked for long.
ROBS = """
fake = use(fake_strategy(Script([events.JobUpdate(status="running"), events.LogUpdate(content="one"),
                                 events.LogUpdate(content="two"), completed({"a": 2})])))
fake.attachable = True
m = manager(adopts="asked")
identity.alive = lambda *_: False
"""
TAKE = "m.on_loop(m._caretaker.take(m._lookup.folder('thejob')))"


def steps(hold: Hold) -> list[object]:
    return [events.JobUpdate(status="running"), events.LogUpdate(content="one"), hold, completed({"a": 1})]


class Reader:
    """Follows a job in a thread of its own, plainly or on an event loop."""

    def __init__(self, manager: JobExecutionManager, *, on_loop: bool) -> None:
        self.read: list[events.Event] = []
        self.begun = threading.Event()
        self._manager = manager
        self._thread = threading.Thread(target=(lambda: asyncio.run(self._aread())) if on_loop else self._read)
        self._thread.start()
        assert self.begun.wait(PATIENCE)

    def _read(self) -> None:
        for event in self._manager.events("thejob", follow=True):
            self._take(event)

    async def _aread(self) -> None:
        async for event in self._manager.aevents("thejob"):
            self._take(event)

    def _take(self, event: events.Event) -> None:
        self.read.append(event)
        if event.seq == 4:
            self.begun.set()

    def end(self) -> list[int | None]:
        self._thread.join(PATIENCE)
        return [event.seq for event in self.read]


@pytest.mark.parametrize("on_loop", [False, True])
def test_a_follower_goes_on_when_its_own_process_takes_the_job(
    on_loop: bool, another: Start, make_manager: Make, tmp_path: Path
) -> None:
    owner, hold = another(RUNS).ready(), Hold()
    with fake_strategy(Script(steps(hold))) as fake:
        fake.attachable = True
        manager = make_manager(adopts="asked")
        reader = Reader(manager, on_loop=on_loop)
        owner.kill()
        assert hold.reached.wait(PATIENCE)
        hold.release()
        assert reader.end() == [1, 2, 3, 4, 5]
    assert ends_in(log_of(tmp_path)) == ["completed"]


@pytest.mark.parametrize("on_loop", [False, True])
def test_a_follower_goes_on_when_its_own_process_loses_the_job(
    on_loop: bool, another: Start, make_manager: Make, tmp_path: Path
) -> None:
    hold = Hold()
    with fake_strategy(Script(steps(hold))) as fake:
        fake.attachable = True
        manager = make_manager()
        manager.submit(request_for(job_id="thejob"))
        reader = Reader(manager, on_loop=on_loop)
        robber = another(ROBS).ready()
        assert robber.ask(TAKE) == "True"
        hold.release()
        assert reader.end() == [1, 2, 3, 4, 5, 6]
    assert ends_in(log_of(tmp_path)) == ["completed"]


@pytest.mark.parametrize("on_loop", [False, True])
def test_a_follower_goes_on_when_its_own_manager_leaves(
    on_loop: bool, another: Start, make_manager: Make, tmp_path: Path
) -> None:
    with fake_strategy(Script(steps(Hold()))) as fake:
        fake.attachable = True
        manager = make_manager()
        manager.submit(request_for(job_id="thejob"))
        reader = Reader(manager, on_loop=on_loop)
        manager.shutdown()
        follower = another(ROBS.replace("identity.alive = lambda *_: False", "")).ready()
        assert follower.ask("m.result('thejob', 20)") == "{'a': 2}"
        assert reader.end() == [1, 2, 3, 4, 5, 6]
    assert ends_in(log_of(tmp_path)) == ["completed"]


def test_an_attempt_whose_job_was_taken_is_left_to_the_new_owner(
    another: Start, make_manager: Make, tmp_path: Path
) -> None:
    hold = Hold()
    with fake_strategy(Script([*steps(hold)[:3], events.LogUpdate(content="too late"), Hold()])) as fake:
        fake.attachable = True
        manager = make_manager()
        manager.submit(request_for(job_id="thejob"))
        assert hold.reached.wait(PATIENCE)
        robber = another(ROBS).ready()
        assert robber.ask(TAKE) == "True"
        hold.release()
        assert manager.wait("thejob", PATIENCE).status is Status.COMPLETED
        (execution,) = fake.started
        assert (execution.left, execution.closed) == (1, 0)
    assert all(line.get("content") != "too late" for line in log_of(tmp_path))


def test_whoever_waits_is_told_the_end_that_another_owner_wrote(another: Start, make_manager: Make) -> None:
    hold = Hold()
    with fake_strategy(Script(steps(hold))) as fake:
        fake.attachable = True
        manager = make_manager()
        manager.submit(request_for(job_id="thejob"))
        assert hold.reached.wait(PATIENCE)
        robber = another(ROBS).ready()
        threading.Timer(0, lambda: (robber.ask(TAKE), hold.release())).start()
        assert manager.wait("thejob", PATIENCE).status is Status.COMPLETED
        assert manager.result("thejob") == {"a": 2}


def test_a_cancel_by_an_owner_that_lost_the_job_reaches_the_new_one(
    another: Start, make_manager: Make, tmp_path: Path
) -> None:
    hold = Hold()
    with fake_strategy(Script(steps(hold))) as fake:
        fake.attachable = True
        manager = make_manager()
        manager.submit(request_for(job_id="thejob"))
        assert hold.reached.wait(PATIENCE)
        robber = another(ROBS.replace('events.LogUpdate(content="two")', "Hold()")).ready()
        assert robber.ask(TAKE) == "True"
        assert manager.cancel("thejob") is True
        assert manager.wait("thejob", PATIENCE).status is Status.CANCELLED
    assert ends_in(log_of(tmp_path)) == ["cancelled"]


def test_a_reader_that_has_all_leaves_no_bell_behind(another: Start, make_manager: Make, tmp_path: Path) -> None:
    owner = another(RUNS).ready()
    manager = make_manager()
    found = manager.events("thejob", follow=True, timeout=PATIENCE)
    next(found)
    owner.tell("hold.release()")
    list(found)
    assert list((tmp_path / "run/bells").iterdir()) == []
