"""The list of jobs on a socket: every job of the user, whichever process has it, and each change at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter import events
from nodetool_jupyter.jobs import manager as managers
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.server import roster
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from tests.jobs.others import RUNS, Other
from tests.server.pages import Json, Open, Page
from tests.server.talk import PATIENCE, Held

Manager = Callable[[], JobExecutionManager]


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Other]]:
    """Start another process over the folders that this one uses too."""
    home = tmp_path / "theirs"
    home.mkdir()
    monkeypatch.setattr(managers, "_preferred", {"data_dir": home / "data", "runtime_dir": home / "run"})
    started: list[Other] = []

    def start(code: str) -> Other:
        started.append(Other(home, code))
        return started[-1].ready()

    yield start
    for one in started:
        one.close()


class Listing:
    """The list as a page has it after all that it was told."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.rows: dict[str, Json] = {}
        self.total = 0
        self.first: Json | None = None

    async def until(self, true: Callable[[dict[str, Json]], object]) -> None:
        if self.first is None:
            await self.page.subscribe(1, "jobs")
        while self.first is None or not true(self.rows):
            said = await self.page.kind("jobs", "job", "changed", "removed", "error")
            assert said["type"] != "error", said
            if said["type"] == "jobs":
                self.first, self.total = said, said["total"]
                self.rows = {row["id"]: row for row in said["jobs"]}
            elif said["type"] == "removed":
                for job_id in said["jobs"]:
                    self.rows.pop(job_id, None)
            else:
                self.rows |= {row["id"]: row for row in ([said["job"]] if said["type"] == "job" else said["jobs"])}

    def status(self, job_id: str) -> str | None:
        return self.rows.get(job_id, {}).get("status")


def rows_of(count: int, status: Status, first: int = 0, **more: Any) -> list[JobRecord]:
    return [JobRecord(f"j{n}", status, submitted=float(n), **more) for n in range(first, first + count)]


async def put(manager: Manager, rows: list[JobRecord]) -> None:
    """Put rows into the index whose folders are empty."""

    def write() -> None:
        for row in rows:
            manager().places.job(row.id).mkdir()
        manager()._desk.indexer.index().upsert(rows)

    await asyncio.to_thread(write)


async def test_the_list_of_no_jobs_is_told_too(page: Open) -> None:
    seen = Listing(await page())
    await seen.until(lambda rows: True)
    assert seen.first == {"type": "jobs", "id": 1, "jobs": [], "total": 0}


async def test_a_job_is_told_when_it_comes_changes_ends_and_goes(page: Open, held: Held, manager: Manager) -> None:
    seen = Listing(await page())
    await seen.until(lambda rows: True)
    job_id = await held.submit(name="mine")
    await seen.until(lambda rows: seen.status(job_id) == "running")
    assert (seen.rows[job_id]["name"], seen.rows[job_id]["strategy"]) == ("mine", "fake")
    held.release()
    await seen.until(lambda rows: seen.status(job_id) == "completed")
    await asyncio.to_thread(manager().remove, job_id)
    await seen.until(lambda rows: job_id not in rows)


async def test_a_job_of_another_process_is_told_to_its_end(kernel: Callable[[str], Other], page: Open) -> None:
    seen = Listing(await page())
    await seen.until(lambda rows: True)
    theirs = kernel(RUNS)
    await seen.until(lambda rows: seen.status("thejob") == "running")
    theirs.tell("hold.release()")
    await seen.until(lambda rows: seen.status("thejob") == "completed")


async def test_a_job_whose_process_was_killed_is_told_as_what_became_of_it(
    kernel: Callable[[str], Other], page: Open
) -> None:
    with fake_strategy(Script([events.JobUpdate(status="running"), Hold()])) as fake:
        fake.attach = classmethod(fake.__mro__[2].attach.__func__)  # type: ignore[attr-defined,method-assign]
        theirs, seen = kernel(RUNS), Listing(await page())
        await seen.until(lambda rows: seen.status("thejob") == "running")
        theirs.kill()
        await seen.until(lambda rows: seen.status("thejob") == "error")
    assert seen.rows["thejob"]["reason"] == "lost"


async def test_a_running_job_is_told_with_its_progress(page: Open, graph: Json, manager: Manager) -> None:
    first, second = Hold(), Hold()

    def node(node_id: str, status: str) -> events.NodeUpdate:
        return events.NodeUpdate(node_id=node_id, node_name=node_id, node_type="t", status=status)

    steps = [events.JobUpdate(status="running"), node("in", "completed"), first, node("up", "completed"), second]
    with fake_strategy(Script([*steps, completed()])):
        request = RunJobRequest(strategy="fake", graph=graph)
        job_id = await asyncio.to_thread(manager().submit, request)
        seen = Listing(await page())
        await seen.until(lambda rows: rows.get(job_id, {}).get("done") == 1)
        assert (seen.rows[job_id]["all"], seen.rows[job_id]["progress"]) == (3, pytest.approx(1 / 3, abs=1e-3))
        first.release()
        await seen.until(lambda rows: rows[job_id].get("done") == 2)
        second.release()
        await seen.until(lambda rows: seen.status(job_id) == "completed")
        assert "progress" not in seen.rows[job_id]


async def test_so_many_running_jobs_are_followed_and_then_others(
    page: Open, manager: Manager, monkeypatch: pytest.MonkeyPatch, jp_serverapp: Any
) -> None:
    monkeypatch.setattr(roster, "FOLLOWED", 2)
    holds = [Hold() for _ in range(3)]
    with fake_strategy(*[Script([events.JobUpdate(status="running"), hold, completed()]) for hold in holds]):
        ids = []
        for hold in holds:
            ids.append(await asyncio.to_thread(manager().submit, RunJobRequest(strategy="fake")))
            assert await asyncio.to_thread(hold.reached.wait, PATIENCE)
        seen = Listing(await page())
        await seen.until(lambda rows: sum("progress" in row for row in rows.values()) == 2)
        shared = jp_serverapp.web_app.settings["nodetool_streams"]
        assert len(shared.views) == 2
        followed = [job_id for job_id in ids if "progress" in seen.rows[job_id]]
        (other,) = set(ids) - set(followed)
        holds[ids.index(followed[0])].release()
        await seen.until(lambda rows: "progress" in rows[other])
        for hold in holds:
            hold.release()
        await asyncio.to_thread(manager().shutdown)


async def test_a_thousand_unfinished_jobs_come_in_parts(page: Open, manager: Manager) -> None:
    await put(manager, rows_of(1000, Status.QUEUED))
    seen = Listing(await page())
    await seen.until(lambda rows: len(rows) == 1000)
    assert seen.first is not None and seen.total == 1000
    assert [row["id"] for row in seen.first["jobs"]] == [f"j{n}" for n in range(999, 499, -1)]
    assert max(len(json.dumps(said)) for said in seen.page.heard) < 256 * 1024


async def test_of_ended_jobs_the_newest_are_told_and_all_are_counted(page: Open, manager: Manager) -> None:
    await put(manager, [*rows_of(1000, Status.COMPLETED), *rows_of(3, Status.QUEUED, 5000)])
    seen = Listing(await page())
    await seen.until(lambda rows: True)
    assert seen.total == 1003
    assert sorted(row["submitted"] for row in seen.rows.values()) == [*range(803, 1000), 5000, 5001, 5002]


async def test_many_changes_at_once_are_told_with_few_messages(page: Open, manager: Manager) -> None:
    seen = Listing(await page())
    await seen.until(lambda rows: True)
    with fake_strategy(*[Script([completed()])] * 100):
        ids = [await asyncio.to_thread(manager().submit, RunJobRequest(strategy="fake")) for _ in range(100)]
        await seen.until(lambda rows: all(seen.status(job_id) == "completed" for job_id in ids))
    assert len(seen.page.heard) < 100


async def test_sockets_share_one_list(page: Open, held: Held, jp_serverapp: Any) -> None:
    listings = [Listing(await page()) for _ in range(3)]
    for seen in listings:
        await seen.until(lambda rows: True)
    job_id = await held.submit()
    for seen in listings:
        await seen.until(lambda rows, seen=seen: seen.status(job_id) == "running")
    assert len(jp_serverapp.web_app.settings["nodetool_streams"]._rosters) == 1
    held.release()


async def test_a_list_that_nobody_looked_at_is_read_anew(page: Open, held: Held) -> None:
    seen = Listing(await page())
    await seen.until(lambda rows: True)
    await seen.page.send({"type": "unsubscribe", "id": 1})
    job_id = await held.submit()
    seen.first = None
    await seen.until(lambda rows: seen.status(job_id) == "running")
    held.release()


class TestSeparateUsers:
    """Each user sees the jobs that bear the user's own name."""

    @pytest.fixture
    def server_traits(self) -> Json:
        return {"separate_users": True}

    @pytest.fixture
    def jp_server_config(self, server_traits: Json) -> Json:
        from tests.server import people

        return people.config(**server_traits)

    async def test_others_jobs_are_not_told(self, page: Open, manager: Manager) -> None:
        await put(manager, [*rows_of(3, Status.COMPLETED, user="other"), *rows_of(2, Status.QUEUED, 10, user="owner")])
        seen = Listing(await page(headers={"Authorization": "token token-of-owner"}))
        await seen.until(lambda rows: True)
        assert (sorted(seen.rows), seen.total) == (["j10", "j11"], 2)

    async def test_what_others_do_is_not_told(self, page: Open, manager: Manager) -> None:
        seen = Listing(await page(headers={"Authorization": "token token-of-owner"}))
        await seen.until(lambda rows: True)
        with fake_strategy(Script([completed()]), Script([completed()])):
            for user in ("other", "owner"):
                request = RunJobRequest(strategy="fake", user_id=user)
                job_id = await asyncio.to_thread(manager().submit, request)
                await asyncio.to_thread(manager().wait, job_id, PATIENCE)
                if user == "other":
                    await asyncio.to_thread(manager().remove, job_id)
        await seen.until(lambda rows: seen.status(job_id) == "completed")
        assert list(seen.rows) == [job_id]
        assert not [said for said in seen.page.heard if said["type"] == "removed"]

    @pytest.mark.parametrize("topic", ["state", "events"])
    async def test_others_jobs_are_as_unknown_ones(self, topic: str, page: Open, manager: Manager) -> None:
        await put(manager, rows_of(1, Status.QUEUED, user="other"))
        one = await page(headers={"Authorization": "token token-of-owner"})
        foreign = await one.ask({"type": "subscribe", "id": 1, "topic": topic, "job": "j0"})
        unknown = await one.ask({"type": "subscribe", "id": 1, "topic": topic, "job": "nothere"})
        assert foreign == unknown and foreign["code"] == "not_found"
