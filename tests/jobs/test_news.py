"""The bell of the list: whoever follows it learns of every job that comes, changes or goes, in whichever process."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import aclosing, closing
from pathlib import Path

import pytest

from nodetool_jupyter import events
from nodetool_jupyter.jobs.bus import LIST, MOST, Bus
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from tests.jobs.others import RUNS, Other
from tests.jobs.scenery import PATIENCE, request_for

Another = Callable[..., Other]
News = Generator[frozenset[str], None, None]
EVERYTHING: frozenset[str] = frozenset()


@pytest.fixture
def bus(tmp_path: Path) -> Bus:
    (tmp_path / "bells").mkdir()
    return Bus(tmp_path)


def seen(manager: JobExecutionManager, news: News, job_id: str, status: Status | None) -> None:
    """Wait until the news tell that a job is in a state, or is gone for ``None``; it is so in the list then."""
    for changed in news:
        if changed == EVERYTHING or job_id in changed:
            record = manager.find(job_id)
            if (record.status if record else None) is status:
                return


@pytest.fixture
def news(manager: JobExecutionManager) -> Iterator[News]:
    with closing(manager.news(PATIENCE)) as found:
        assert next(found) == EVERYTHING
        yield found


def test_every_change_of_a_job_is_told(manager: JobExecutionManager, news: News) -> None:
    queue, hold = Hold(), Hold()
    script = Script([events.JobUpdate(status="running"), hold, completed()], starting=queue)
    with fake_strategy(script):
        job_id = manager.submit(request_for())
        queue.reached.wait(PATIENCE)
        seen(manager, news, job_id, Status.QUEUED)
        queue.release()
        seen(manager, news, job_id, Status.RUNNING)
        hold.release()
        seen(manager, news, job_id, Status.COMPLETED)
    manager.remove(job_id)
    seen(manager, news, job_id, None)


def test_a_job_of_another_process_is_told(manager: JobExecutionManager, news: News, another: Another) -> None:
    theirs = another(RUNS).ready()
    seen(manager, news, "thejob", Status.RUNNING)
    theirs.tell("hold.release()")
    seen(manager, news, "thejob", Status.COMPLETED)
    theirs.tell("m.remove(job)")
    seen(manager, news, "thejob", None)


def test_the_adopter_tells_of_a_job_whose_owner_was_killed(
    make_manager: Callable[..., JobExecutionManager], another: Another
) -> None:
    theirs = another(RUNS).ready()
    steps = [events.JobUpdate(status="running"), Hold()]
    with fake_strategy(Script(steps)) as fake:
        fake.attachable = False
        manager = make_manager()
        with closing(manager.news(PATIENCE)) as news:
            next(news)
            theirs.kill()
            seen(manager, news, "thejob", Status.ERROR)


def test_a_job_that_its_adopter_goes_on_with_is_told_with_its_new_owner(
    make_manager: Callable[..., JobExecutionManager], another: Another
) -> None:
    theirs = another(RUNS).ready()
    with fake_strategy(Script([events.JobUpdate(status="running"), Hold()])) as fake:
        fake.attachable = True
        manager = make_manager()
        before = manager.get("thejob").owner
        with closing(manager.news(PATIENCE)) as news:
            next(news)
            theirs.kill()
            for changed in news:
                if "thejob" in changed and manager.get("thejob").owner != before:
                    break
        manager.shutdown()


def test_an_index_made_anew_may_have_changed_anything(manager: JobExecutionManager, news: News) -> None:
    manager.rebuild_index()
    assert next(news) == EVERYTHING


def test_nothing_is_told_while_nothing_happens(manager: JobExecutionManager) -> None:
    with closing(manager.news(0.01)) as news:
        assert next(news) == EVERYTHING
        with pytest.raises(TimeoutError, match=r"no job has changed within 0\.01 s"):
            next(news)


def test_an_event_loop_can_wait_for_news(manager: JobExecutionManager) -> None:
    async def listen() -> None:
        async with aclosing(manager.anews()) as news, asyncio.timeout(PATIENCE):
            assert await anext(news) == EVERYTHING
            job_id = await asyncio.to_thread(manager.submit, request_for())
            async for changed in news:
                if job_id in changed and manager.get(job_id).status is Status.COMPLETED:
                    return

    with fake_strategy(Script([completed()])):
        asyncio.run(listen())


def test_rings_that_came_before_they_were_taken_are_told_together(bus: Bus) -> None:
    with bus.list_bell() as bell:
        bus.ring_list(["a", "b"])
        bus.ring_list(["b", "c"])
        assert bell.wait(PATIENCE)
        assert bell.take() == frozenset("abc")
        assert bell.take() is None


def test_a_ring_of_very_many_jobs_says_that_any_may_have_changed(bus: Bus) -> None:
    with bus.list_bell() as bell:
        bus.ring_list([f"job{number}" for number in range(MOST + 1)])
        assert bell.take() == EVERYTHING


def test_the_longest_names_fit_into_a_ring(bus: Bus) -> None:
    names = [f"{number:064d}" for number in range(MOST)]
    with bus.list_bell() as bell:
        bus.ring_list(names)
        assert bell.take() == frozenset(names)


def test_a_bell_that_could_take_no_more_rings_says_that_any_may_have_changed(bus: Bus) -> None:
    with bus.list_bell() as bell, bus.list_bell() as other:
        for number in range(2000):  # more than the system keeps for one who does not read
            bus.ring_list([f"job{number}"])
            other.take()
        assert bell.take() == EVERYTHING
        assert bell.take() is None
        bus.ring_list(["late"])
        assert bell.take() == frozenset(["late"])


def test_the_bell_of_a_dead_reader_is_taken_down(bus: Bus, tmp_path: Path) -> None:
    folder = tmp_path / "bells" / LIST
    folder.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(folder / "1-dead"))
    bus.ring_list(["a"])
    assert not any(folder.iterdir())


def test_nothing_is_left_when_nobody_listens_any_more(bus: Bus, tmp_path: Path) -> None:
    with bus.list_bell():
        for number in range(2000):
            bus.ring_list([f"job{number}"])
        assert len([*(tmp_path / "bells" / LIST).iterdir()]) == 2
    assert not any((tmp_path / "bells").iterdir())


def test_a_ring_that_nobody_hears_costs_one_look_into_a_folder(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []

    def look(path: str) -> list[str]:
        looks.append(path)
        raise FileNotFoundError(path)

    monkeypatch.setattr(os, "listdir", look)
    monkeypatch.setattr(socket, "socket", None)  # would be called for each ring that is sent
    bus.ring_list(["a"])
    assert len(looks) == 1


def test_a_burst_of_jobs_is_told_in_few_rings(manager: JobExecutionManager, news: News) -> None:
    with fake_strategy(*[Script([completed()])] * 40):
        ids = {manager.submit(request_for()) for _ in range(40)}
        for job_id in ids:
            manager.wait(job_id, PATIENCE)
        rings, open_jobs = 0, set(ids)
        for changed in news:
            rings += 1
            open_jobs = {job_id for job_id in open_jobs if not manager.get(job_id).status.terminal}
            if changed == EVERYTHING or not open_jobs:
                break
    assert rings <= 40
