"""One socket's turns: what a slow reader is sent, what waits for it, and that it holds up nobody."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.server import roster, subscriptions, views
from nodetool_jupyter.server.aside import Aside
from nodetool_jupyter.server.roster import Roster, RosterTopic, Row
from nodetool_jupyter.server.subscriptions import STUCK, Socket, Topic, Wake
from nodetool_jupyter.server.topics import StateTopic
from nodetool_jupyter.server.views import View, Views
from nodetool_jupyter.states import Status
from tests.server.talk import PATIENCE

Json = dict[str, Any]


class Reader:
    """The other end of a socket: takes a message when it is let, and can be stuck."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self.taken: list[Json] = []
        self.codes: list[int] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self._news = asyncio.Condition()
        self.socket = Socket(self._take, self._close, patience)

    async def _take(self, text: str) -> None:
        await self.reads.wait()
        await asyncio.sleep(0)  # as a write to a connection does
        self.taken.append(json.loads(text))
        async with self._news:
            self._news.notify_all()

    def _close(self, code: int, _: str) -> None:
        self.codes.append(code)

    async def until(self, count: int) -> list[Json]:
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: len(self.taken) >= count)
        return self.taken


class FixedViews(Views):
    """Views that no follower feeds: the test does."""

    def join(self, job_id: str, wake: Wake) -> View:
        view = self._views.setdefault(job_id, View(job_id, asyncio.get_running_loop()))
        view.lookers.add(wake)
        return view


@pytest.fixture
def aside() -> Aside:
    return Aside()


@pytest.fixture
def shown(aside: Aside) -> FixedViews:
    return FixedViews(aside)


def state(number: int, status: str = "running") -> Json:
    return {"v": 1, "job": {"status": status, "done": number}}


def feed(view: View, first: int, last: int) -> None:
    for number in range(first, last):
        view._take({"type": "patch", "patch": {"job": {"done": number}}})


async def begun(shown: FixedViews, reader: Reader) -> View:
    reader.socket.add(1, lambda wake: StateTopic(1, "a", shown, wake))
    view = shown._views["a"]
    view._take({"type": "snapshot", "state": state(0)})
    await reader.until(1)
    return view


async def test_a_reader_that_is_a_little_behind_gets_every_patch(shown: FixedViews) -> None:
    reader = Reader()
    view = await begun(shown, reader)
    reader.reads.clear()
    feed(view, 1, 11)
    reader.reads.set()
    said = await reader.until(11)
    assert [(one["n"], one["patch"]["job"]["done"]) for one in said[1:]] == [(n, n) for n in range(1, 11)]


async def test_a_reader_that_is_far_behind_gets_a_new_snapshot(shown: FixedViews) -> None:
    reader = Reader()
    view = await begun(shown, reader)
    reader.reads.clear()
    feed(view, 1, 2)
    await asyncio.sleep(0)  # it begins to send the first patch
    feed(view, 2, 1000)
    reader.reads.set()
    await reader.until(3)
    feed(view, 1000, 1001)
    said = await reader.until(4)
    assert [one["type"] for one in said] == ["snapshot", "patch", "snapshot", "patch"]
    assert said[2]["state"]["job"]["done"] == 999
    assert said[3]["n"] == 1


async def test_what_is_kept_for_all_is_bounded(shown: FixedViews) -> None:
    readers = [Reader() for _ in range(20)]
    for reader in readers:
        view = await begun(shown, reader)
        reader.reads.clear()
    for _ in range(500):
        view._take({"type": "patch", "patch": {"log": {"1": {"text": "x" * 20_000}}}})
    assert len(view._patches) <= views.PATCHES
    assert sum(map(len, view._patches)) <= views.ROOM


async def test_a_state_that_has_ended_is_told_to_its_end_however_slow_the_reader(shown: FixedViews) -> None:
    reader = Reader()
    view = await begun(shown, reader)
    reader.reads.clear()
    feed(view, 1, 1000)
    view._take({"type": "patch", "patch": {"job": {"status": "completed"}}})
    reader.reads.set()
    async with asyncio.timeout(PATIENCE):
        while (await reader.until(len(reader.taken) + 1))[-1]["type"] != "end":
            pass
    assert reader.taken[-2]["state"]["job"]["status"] == "completed"
    assert reader.socket.subscriptions == 0 and not view.lookers


async def test_a_stuck_reader_is_closed(shown: FixedViews) -> None:
    reader = Reader(patience=0.01)
    view = await begun(shown, reader)
    reader.reads.clear()
    feed(view, 1, 2)
    async with asyncio.timeout(PATIENCE):
        await reader.socket._task
    assert reader.codes == [STUCK]


async def test_a_reader_that_is_gone_ends_its_socket(shown: FixedViews) -> None:
    async def gone(_: str) -> None:
        raise ConnectionError

    socket = Socket(gone, lambda *_: None, PATIENCE)
    socket.hail("{}")
    async with asyncio.timeout(PATIENCE):
        await socket._task


class Talker(Topic):
    """Always has something to say."""

    def __init__(self, number: int) -> None:
        self._number = number

    async def next(self) -> str | None:
        return json.dumps(self._number)

    def close(self) -> None:
        pass


async def test_topics_take_turns() -> None:
    reader = Reader()
    reader.reads.clear()
    for number in range(3):
        reader.socket.add(number, lambda wake, number=number: Talker(number))
    reader.reads.set()
    await reader.until(9)
    reader.socket.close()
    assert {tuple(sorted(reader.taken[place : place + 3])) for place in (0, 3, 6)} == {(0, 1, 2)}  # type: ignore[type-var]


async def test_answers_come_before_what_topics_say() -> None:
    reader = Reader()
    reader.reads.clear()
    reader.socket.add(1, lambda wake: Talker(1))
    await asyncio.sleep(0)
    await reader.socket.answer('"answer"')
    reader.reads.set()
    assert "answer" in (await reader.until(3))[:3]
    reader.socket.close()


async def test_who_asks_and_does_not_read_waits() -> None:
    reader = Reader()
    reader.reads.clear()
    for _ in range(subscriptions.ANSWERS + 1):  # one is being sent
        await reader.socket.answer('"a"')
        await asyncio.sleep(0)
    more = asyncio.ensure_future(reader.socket.answer('"b"'))
    await asyncio.sleep(0)
    assert not more.done()
    reader.reads.set()
    async with asyncio.timeout(PATIENCE):
        await more
    reader.socket.close()


async def test_a_topic_that_fails_is_told_and_the_others_go_on(shown: FixedViews) -> None:
    class Broken(Talker):
        async def next(self) -> str | None:
            raise OSError(5, "Input/output error", "/secret/place")

    reader = Reader()
    reader.socket.add(1, lambda wake: Broken(1))
    reader.socket.add(2, lambda wake: Talker(2))
    said = await reader.until(2)
    reader.socket.close()
    error = next(one for one in said if isinstance(one, dict))
    assert (error["type"], error["id"], error["code"]) == ("error", 1, "unavailable")
    assert "/secret/place" not in json.dumps(error)
    assert 2 in said


class FixedRoster(Roster):
    """A list that nobody reads: the test puts its rows there."""

    async def _run(self) -> None:
        self.put("a")
        self.read = True
        for topic in self._topics:
            topic.wake()

    def put(self, *names: str) -> None:
        for name in names:
            self.rows[name] = Row(JobRecord(name, Status.QUEUED, submitted=float(len(self.rows))))
        self.total = len(self.rows)
        self._tell(list(names))


@pytest.fixture
def listed(aside: Aside, shown: FixedViews) -> FixedRoster:
    return FixedRoster(None, shown, aside)


async def test_a_slow_reader_of_the_list_gets_a_new_list(listed: FixedRoster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "MOST", 3)
    reader = Reader()
    reader.socket.add(1, lambda wake: RosterTopic(1, listed, wake))
    await reader.until(1)
    reader.reads.clear()
    listed.put("b", "c", "d", "e")
    reader.reads.set()
    said = await reader.until(3)
    assert [(one["type"], [job["id"] for job in one["jobs"]]) for one in said] == [
        ("jobs", ["a"]),
        ("jobs", ["e", "d", "c"]),
        ("changed", ["b", "a"]),
    ]
    reader.socket.close()


async def test_messages_of_the_list_come_at_most_ten_a_second(listed: FixedRoster) -> None:
    reader = Reader()
    reader.socket.add(1, lambda wake: RosterTopic(1, listed, wake))
    await reader.until(1)
    began = asyncio.get_running_loop().time()
    for number in range(5):
        listed.put(f"b{number}")
        await reader.until(number + 2)
    assert asyncio.get_running_loop().time() - began >= 5 * roster.GAP - 0.01
    reader.socket.close()


async def test_a_change_is_told_with_the_row_as_it_is_by_then(listed: FixedRoster) -> None:
    reader = Reader()
    reader.socket.add(1, lambda wake: RosterTopic(1, listed, wake))
    await reader.until(1)
    reader.reads.clear()
    for done in range(5):
        listed.progressed("a", {"done": done, "all": 5})
    reader.reads.set()
    assert (await reader.until(2))[1]["job"] == {**reader.taken[0]["jobs"][0], "done": 4, "all": 5}
    reader.socket.close()
