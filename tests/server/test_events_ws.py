"""``events/ws``: many jobs on one socket, each resumed from its number, for as long as the right to it holds."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from nodetool_jupyter import events
from nodetool_jupyter.jobs import manager as managers
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.server import rights, subscriptions
from nodetool_jupyter.server.events_ws import LONGEST
from nodetool_jupyter.server.streams import Streams
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from nodetool_jupyter.widgets.feed import feed
from tests.jobs.others import RUNS, Other
from tests.server.pages import Json, Open, Page
from tests.server.talk import PATIENCE, Held

Manager = Callable[[], JobExecutionManager]


@pytest.fixture
def streams(jp_serverapp: Any) -> Callable[[], Streams]:
    return lambda: jp_serverapp.web_app.settings["nodetool_streams"]


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Other]:
    """Another process that runs the job "thejob", over the folders that this one uses too."""
    home = tmp_path / "theirs"
    home.mkdir()
    monkeypatch.setattr(managers, "_preferred", {"data_dir": home / "data", "runtime_dir": home / "run"})
    theirs = Other(home, RUNS).ready()
    yield theirs
    theirs.close()


@pytest.fixture
def ended(manager: Manager) -> Iterator[Callable[..., str]]:
    """Run a job of twelve lines of log, and return its id."""

    def run(**more: Any) -> str:
        steps = [events.JobUpdate(status="running"), *(events.LogUpdate(content=f"line {n}") for n in range(9))]
        with fake_strategy(Script([*steps, completed({"a": 1})])):
            job_id = manager().submit(RunJobRequest(strategy="fake", **more))
            manager().wait(job_id, PATIENCE)
        return job_id

    return run


def is_running(page: Page, number: int) -> Callable[[Json], bool]:
    return lambda _: page.states.get(number, {}).get("job", {}).get("status") == "running"


async def test_the_first_message_says_who_is_there(page: Open) -> None:
    said = await (await page()).next()
    assert (said["type"], said["v"], said["hub"]) == ("hello", 1, False)


async def test_a_socket_needs_a_token(page: Open) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await page(headers={"Authorization": "none"})
    assert refused.value.code == 403


async def test_a_state_is_a_snapshot_then_patches_then_the_end(page: Open, held: Held) -> None:
    job_id, one = await held.submit(), await page()
    await one.subscribe(1, "state", job=job_id)
    await one.until(is_running(one, 1))
    held.release()
    await one.kind("end")
    assert one.states[1]["job"]["status"] == "completed"
    assert one.numbers[1] == list(range(1, len(one.numbers[1]) + 1))


async def test_a_state_ends_as_the_job_is_kept(page: Open, ended: Callable[..., str]) -> None:
    job_id, one = await asyncio.to_thread(ended), await page()
    await one.subscribe(1, "state", job=job_id)
    await one.kind("end")
    assert [said["type"] for said in one.heard] == ["hello", "snapshot", "end"]
    assert [line["text"] for line in one.states[1]["log"].values()] == [f"line {n}" for n in range(9)]
    assert "details" in one.states[1]


async def test_a_job_of_another_process_is_followed_to_its_end(kernel: Other, page: Open) -> None:
    one = await page()
    await one.subscribe(1, "state", job="thejob")
    await one.subscribe(2, "events", job="thejob")
    await one.until(is_running(one, 1))
    kernel.tell("hold.release()")
    found = await one.events(2)
    assert [event["seq"] for event in found] == list(range(1, len(found) + 1))
    assert found[-1]["status"] == "completed"
    if one.states[1]["job"]["status"] != "completed":
        await one.until(lambda _: one.states[1]["job"]["status"] == "completed")


async def test_a_job_goes_on_on_the_socket_after_its_owner_was_killed(kernel: Other, page: Open) -> None:
    hold = Hold()
    with fake_strategy(Script([events.JobUpdate(status="running"), hold, completed({"b": 2})])) as fake:
        fake.attachable = True
        one = await page()
        await one.subscribe(1, "events", job="thejob")
        await one.kind("events")
        kernel.kill()
        assert await asyncio.to_thread(hold.reached.wait, PATIENCE)
        hold.release()
        await one.kind("end")


@pytest.mark.parametrize("after", [0, 1, 5, 11, 12, 13, 4000])
async def test_events_go_on_after_any_number(after: int, page: Open, ended: Callable[..., str]) -> None:
    job_id, one = await asyncio.to_thread(ended), await page()
    await one.subscribe(7, "events", job=job_id, after=after)
    found = await one.events(7)
    last = len(managers.manager().state(job_id).log) + 4  # queued, starting, running, completed
    assert [event["seq"] for event in found] == list(range(after + 1, last + 1))


async def test_events_are_those_of_the_log(page: Open, ended: Callable[..., str], tmp_path: Path) -> None:
    job_id, one = await asyncio.to_thread(ended), await page()
    await one.subscribe(1, "events", job=job_id)
    lines = (tmp_path / "nodetool/jobs" / job_id / "events.jsonl").read_text().splitlines()
    assert await one.events(1) == [json.loads(line) for line in lines]


async def test_events_come_as_they_happen(page: Open, held: Held) -> None:
    job_id, one = await held.submit(), await page()
    await one.subscribe(1, "events", job=job_id)
    await one.until(lambda said: said["type"] == "events" and said["events"][-1].get("status") == "running")
    held.release()
    assert (await one.events(1))[-1]["status"] == "completed"


async def test_a_log_that_was_shortened_is_told_with_its_gap(
    page: Open, manager: Manager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folders = {"data_dir": tmp_path / "nodetool", "runtime_dir": tmp_path / "nodetool-run"}
    monkeypatch.setattr(managers, "_preferred", {**folders, "log_cap": 20_000})
    first, second = Hold(), Hold()
    lines = [events.LogUpdate(content=f"line {n} " + "x" * 80) for n in range(300)]
    steps = [events.JobUpdate(status="running"), events.LogUpdate(content="one"), first, lines, second, completed()]
    with fake_strategy(Script(steps)):
        job_id = await asyncio.to_thread(manager().submit, RunJobRequest(strategy="fake"))
        assert await asyncio.to_thread(first.reached.wait, PATIENCE)
        one, late = await page(), await page()
        await one.subscribe(1, "events", job=job_id, after=4)
        first.release()
        assert await asyncio.to_thread(second.reached.wait, PATIENCE)
        second.release()
        await asyncio.to_thread(manager().wait, job_id, PATIENCE)
        await late.subscribe(1, "events", job=job_id, after=4)
        found, again = await one.events(1), await late.events(1)
        await asyncio.to_thread(manager().shutdown)
    assert "gap" in {event["type"] for event in again}
    for told in (found, again):
        numbers = [event["seq"] for event in told if event["type"] != "gap"]
        assert numbers == sorted(set(numbers)) and told[-1]["status"] == "completed"


async def test_any_number_of_sockets_share_one_reader(page: Open, held: Held, streams: Callable[[], Streams]) -> None:
    job_id, pages = await held.submit(), [await page() for _ in range(5)]
    for one in pages:
        for number in (1, 2):
            await one.subscribe(number, "state", job=job_id)
            await one.until(is_running(one, number))
    assert len(streams().views) == 1
    assert feed._followers[job_id].sinks == 1
    held.release()
    for one in pages:
        await one.kind("end")
        await one.kind("end")
    assert len({json.dumps(state, sort_keys=True) for one in pages for state in one.states.values()}) == 1


async def test_who_comes_late_counts_from_a_snapshot_of_its_own(page: Open, held: Held) -> None:
    job_id, early, late = await held.submit(), await page(), await page()
    await early.subscribe(1, "state", job=job_id)
    await early.until(is_running(early, 1))
    await late.subscribe(1, "state", job=job_id)
    assert (await late.kind("snapshot"))["state"] == early.states[1]
    held.release()
    for one in (early, late):
        await one.kind("end")
    assert late.numbers[1] == list(range(1, len(late.numbers[1]) + 1))
    assert late.states == early.states


async def test_an_answer_comes_once(page: Open, graph: Json, manager: Manager) -> None:
    request = RunJobRequest(graph=graph)
    job_id, one = await asyncio.to_thread(manager().submit, request), await page()
    await asyncio.to_thread(manager().wait, job_id, PATIENCE)
    said = await one.ask({"type": "detail", "id": 9, "job": job_id, "node": "up"})
    assert (said["type"], said["id"], said["node"], said["detail"]["status"]) == ("detail", 9, "up", "completed")


REFUSED: dict[str, tuple[Any, str]] = {
    "no JSON": ("{", "invalid_json"),
    "bytes": (b'{"type":"unsubscribe","id":1}', "invalid_request"),
    "NaN": ('{"type":"subscribe","id":NaN}', "invalid_json"),
    "a name twice": ('{"type":"subscribe","type":"detail","id":1}', "invalid_json"),
    "too deep": ("[" * 50 + "]" * 50, "invalid_json"),
    "a list": ([1], "invalid_request"),
    "no type": ({"id": 1}, "invalid_request"),
    "an unknown type": ({"type": "cancel", "id": 1, "job": "a"}, "invalid_request"),
    "a type that is no text": ({"type": ["subscribe"], "id": 1}, "invalid_request"),
    "no id": ({"type": "subscribe", "topic": "jobs"}, "invalid_request"),
    "an id that is true": ({"type": "subscribe", "id": True, "topic": "jobs"}, "invalid_request"),
    "a negative id": ({"type": "subscribe", "id": -1, "topic": "jobs"}, "invalid_request"),
    "an id that is a text": ({"type": "subscribe", "id": "1", "topic": "jobs"}, "invalid_request"),
    "an unknown topic": ({"type": "subscribe", "id": 1, "topic": "all"}, "invalid_request"),
    "a topic that is no text": ({"type": "subscribe", "id": 1, "topic": {}}, "invalid_request"),
    "no job": ({"type": "subscribe", "id": 1, "topic": "state"}, "invalid_request"),
    "a job too many": ({"type": "subscribe", "id": 1, "topic": "jobs", "job": "a"}, "invalid_request"),
    "an unknown field": ({"type": "subscribe", "id": 1, "topic": "jobs", "x": 1}, "invalid_request"),
    "an unknown job": ({"type": "subscribe", "id": 1, "topic": "state", "job": "nothere"}, "not_found"),
    "a path for a job": ({"type": "subscribe", "id": 1, "topic": "state", "job": "../x"}, "not_found"),
    "an empty job": ({"type": "subscribe", "id": 1, "topic": "events", "job": ""}, "not_found"),
    "after a text": ({"type": "subscribe", "id": 1, "topic": "events", "job": "a", "after": "1"}, "invalid_request"),
    "after less than 0": (
        {"type": "subscribe", "id": 1, "topic": "events", "job": "a", "after": -1},
        "invalid_request",
    ),
    "a detail of an unknown job": ({"type": "detail", "id": 1, "job": "nothere", "node": "n"}, "not_found"),
    "a detail of no node": ({"type": "detail", "id": 1, "job": "nothere"}, "invalid_request"),
    "a node with a long name": ({"type": "detail", "id": 1, "job": "a", "node": "n" * 1001}, "invalid_request"),
    "no subscription to end": ({"type": "unsubscribe", "id": 1}, "not_found"),
}


@pytest.mark.parametrize("case", list(REFUSED))
async def test_a_bad_message_is_refused_and_the_socket_stays(case: str, page: Open) -> None:
    message, code = REFUSED[case]
    one = await page()
    said = await one.ask(message)
    assert (said["type"], said["code"]) == ("error", code)
    assert said["message"] and "Traceback" not in said["message"]
    await one.subscribe(3, "jobs")
    assert (await one.kind("jobs"))["id"] == 3


async def test_a_message_that_is_too_long_closes_the_socket(page: Open) -> None:
    one = await page()
    await one.send(json.dumps({"type": "subscribe", "id": 1, "topic": "x" * LONGEST}))
    assert await one.closed() == 1009


async def test_a_number_is_taken_once(page: Open) -> None:
    one = await page()
    await one.subscribe(1, "jobs")
    assert (await one.ask({"type": "subscribe", "id": 1, "topic": "jobs"}))["code"] == "conflict"


async def test_a_number_is_free_again_after_the_end(page: Open, ended: Callable[..., str]) -> None:
    job_id, one = await asyncio.to_thread(ended), await page()
    for _ in range(2):
        await one.subscribe(1, "state", job=job_id)
        await one.kind("end")


async def test_a_socket_has_so_many_subscriptions_and_no_more(
    page: Open, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MOST", 3)
    job_id, one = await held.submit(), await page()
    for number in range(3):
        await one.subscribe(number, "state", job=job_id)
    assert (await one.ask({"type": "subscribe", "id": 3, "topic": "jobs"}))["code"] == "rate_limited"
    await one.send({"type": "unsubscribe", "id": 0})
    await one.subscribe(3, "jobs")
    await one.kind("jobs")


async def test_what_was_unsubscribed_says_nothing_more(page: Open, held: Held) -> None:
    job_id, one = await held.submit(), await page()
    for number in (1, 2):
        await one.subscribe(number, "state", job=job_id)
        await one.kind("snapshot", number=number)
    await one.send({"type": "unsubscribe", "id": 1})
    await one.ask({"type": "detail", "id": 5, "job": job_id, "node": "x"})  # by then the server knows
    told = len([said for said in one.heard if said.get("id") == 1])
    held.release()
    await one.kind("end", number=2)
    assert len([said for said in one.heard if said.get("id") == 1]) == told


class TestManyMessages:
    @pytest.fixture
    def server_traits(self) -> Json:
        return {"read_rate": 1.0, "read_burst": 3}

    async def test_too_many_at_once_are_refused(self, page: Open) -> None:
        one = await page()
        for _ in range(5):
            await one.send({"type": "unsubscribe", "id": 1})
        codes = [(await one.kind("error"))["code"] for _ in range(5)]
        assert codes[:3] == ["not_found"] * 3 and codes[-1] == "rate_limited"


async def test_a_job_that_is_removed_is_gone(page: Open, manager: Manager, ended: Callable[..., str]) -> None:
    hold = Hold()
    with fake_strategy(Script([events.JobUpdate(status="running"), hold, completed()])):
        job_id = await asyncio.to_thread(manager().submit, RunJobRequest(strategy="fake"))
        assert await asyncio.to_thread(hold.reached.wait, PATIENCE)
        one = await page()
        await one.subscribe(1, "state", job=job_id)
        await one.subscribe(2, "events", job=job_id)
        await one.kind("snapshot")
        folder = Path(manager().places.job(job_id))
        folder.rename(folder.with_name("elsewhere"))
        manager().wake(job_id)
        said = {(await one.kind("gone"))["id"] for _ in range(2)}
        folder.with_name("elsewhere").rename(folder)
        await asyncio.to_thread(manager().shutdown)
    assert said == {1, 2}


async def test_a_right_that_was_taken_away_closes_the_socket_at_the_next_subscription(
    page: Open, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await page()
    await one.subscribe(1, "jobs")
    await one.kind("jobs")
    monkeypatch.setattr(jp_serverapp.authorizer, "is_authorized", lambda *_: False)
    await one.subscribe(2, "jobs")
    assert await one.closed() == 4403


async def test_a_right_that_was_taken_away_closes_a_silent_socket(
    page: Open, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "AGAIN", 0.05)
    one = await page()
    await one.kind("hello")
    monkeypatch.setattr(jp_serverapp.authorizer, "is_authorized", lambda *_: False)
    assert await one.closed() == 4403


async def test_a_token_that_is_another_now_closes_the_socket(
    page: Open, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "AGAIN", 0.05)
    one = await page()
    await one.kind("hello")
    jp_serverapp.identity_provider.token = "another"
    assert await one.closed() == 4403


async def test_a_right_that_holds_keeps_the_socket_open(page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asyncio.Event()
    holds = rights.holds

    async def ask(*args: Any) -> bool:
        found = await holds(*args)
        assert found
        asked.set()
        return found

    monkeypatch.setattr(rights, "AGAIN", 0.02)
    monkeypatch.setattr(rights, "holds", ask)
    one = await page()
    for _ in range(3):
        async with asyncio.timeout(PATIENCE):
            await asked.wait()
        asked.clear()
    await one.subscribe(1, "jobs")
    await one.kind("jobs")


async def test_a_closed_page_leaves_nothing_behind(
    page: Open, held: Held, streams: Callable[[], Streams], monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id, one = await held.submit(), await page()
    for number, topic in enumerate(("state", "events", "jobs", "resources", "workers")):
        await one.subscribe(number, topic, **({"job": job_id} if topic in ("state", "events") else {}))
    await one.all_of("snapshot", "events", "jobs", "resources", "workers")
    shared, closed = streams(), asyncio.Event()
    monkeypatch.setattr(shared, "closed", lambda close: (shared._open.discard(close), closed.set()))
    kept = [weakref.ref(thing) for thing in parts_of(shared, job_id)]
    one.close()
    async with asyncio.timeout(PATIENCE):
        await closed.wait()
        await shared.aside.settled()
    assert (shared.open, len(shared.views), len(shared.bells), feed.followed()) == (0, 0, 0, [])
    await (await page()).kind("hello")  # the loop has gone round by then
    gc.collect()
    assert [ref() for ref in kept if ref() is not None] == []
    held.release()


def parts_of(shared: Streams, job_id: str) -> list[Any]:
    """Return all that one page has: its handler, its socket, its topics, and the view that it alone looks at."""
    (stop,) = shared._open
    handler = stop.__self__  # type: ignore[attr-defined]
    socket = handler._socket
    return [handler, socket, shared.views._views[job_id], *socket._topics.values()]


async def test_a_server_that_stops_closes_its_sockets(page: Open, held: Held, streams: Callable[[], Streams]) -> None:
    job_id, one = await held.submit(), await page()
    await one.subscribe(1, "state", job=job_id)
    await one.kind("snapshot")
    await streams().close()
    assert await one.closed() == 1001
    assert feed.followed() == []


async def test_the_machine_is_looked_at_while_somebody_looks(page: Open, streams: Callable[[], Streams]) -> None:
    one = await page()
    await one.subscribe(4, "resources")
    said = await one.kind("resources")
    assert said["id"] == 4 and 0 <= said["cpu"]["used"] <= said["cpu"]["all"]
    assert 0 < said["memory"]["used"] < said["memory"]["all"]
    assert isinstance(said["gpus"], list) and isinstance(said["mine"], bool)
    await one.send({"type": "unsubscribe", "id": 4})
    await one.subscribe(5, "jobs")
    await one.kind("jobs")
    assert streams().resources._task is None


async def test_the_known_workers_are_told(page: Open) -> None:
    one = await page()
    await one.subscribe(5, "workers")
    assert (await one.kind("workers")) == {"type": "workers", "id": 5, "workers": []}
