"""``jobs/{id}/events``: a job's events for scripts, resumed from a number, alive while nothing happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from nodetool_jupyter import events
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.server import rights, sse
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from tests.server.talk import PATIENCE, Api, Held

Manager = Callable[[], JobExecutionManager]


class Stream:
    """An answer that goes on: its head, then one block after the other."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self.status = 0
        self.headers: dict[str, str] = {}
        self._text = b""

    async def begin(self) -> None:
        async with asyncio.timeout(PATIENCE):
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.status = int(head[0].split()[1])
        self.headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in head[1:] if line)}

    async def block(self) -> str:
        """Return the next block: an event, or a comment; nothing at the end."""
        async with asyncio.timeout(PATIENCE):
            while b"\n\n" not in self._text:
                size = int((await self._reader.readline()).strip() or b"0", 16)
                if size == 0:
                    return ""
                self._text += await self._reader.readexactly(size)
                await self._reader.readline()
        block, _, self._text = self._text.partition(b"\n\n")
        return block.decode()

    async def event(self) -> tuple[str, str, Any]:
        """Return the next event: its id, its type, its data."""
        while (block := await self.block()).startswith(":"):
            pass
        fields = dict(line.split(": ", 1) for line in block.split("\n")) if block else {}
        return fields.get("id", ""), fields.get("event", ""), json.loads(fields.get("data", "null"))

    async def rest(self) -> list[tuple[str, str, Any]]:
        """Return all events until the answer ends."""
        found = []
        while (event := await self.event())[1]:
            found.append(event)
        return found


Open = Callable[..., Any]


@pytest.fixture
def stream(api: Api) -> Open:
    """Ask for a job's events: ``async with stream(job_id) as answer``."""

    @asynccontextmanager
    async def ask(job_id: str, query: str = "", **headers: str) -> AsyncIterator[Stream]:
        address = urlsplit(api.url(f"jobs/{job_id}/events"))
        sent = {
            **api.headers,
            **{name.replace("_", "-"): text for name, text in headers.items()},
            "Host": address.netloc,
        }
        lines = "".join(f"{name}: {text}\r\n" for name, text in sent.items())
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            writer.write(f"GET {address.path}{query} HTTP/1.1\r\n{lines}\r\n".encode())
            found = Stream(reader)
            await found.begin()
            yield found
        finally:
            writer.close()
            await writer.wait_closed()

    return ask


async def a_job(manager: Manager) -> str:
    with fake_strategy(Script([events.JobUpdate(status="running"), events.LogUpdate(content="one"), completed()])):
        job_id = await asyncio.to_thread(manager().submit, RunJobRequest(strategy="fake"))
        await asyncio.to_thread(manager().wait, job_id, PATIENCE)
    return job_id


async def test_a_stream_is_never_kept_by_who_passes_it_on(stream: Open, manager: Manager) -> None:
    async with stream(await a_job(manager)) as answer:
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"


async def test_events_are_those_of_the_log_and_then_comes_the_end(
    stream: Open, manager: Manager, tmp_path: Path
) -> None:
    job_id = await a_job(manager)
    async with stream(job_id) as answer:
        *found, last = await answer.rest()
    lines = [json.loads(line) for line in (tmp_path / f"nodetool/jobs/{job_id}/events.jsonl").read_text().splitlines()]
    assert found == [(str(line["seq"]), line["type"], line) for line in lines]
    assert last == ("", "end", {})


@pytest.mark.parametrize("after", [0, 1, 3, 5, 99])
@pytest.mark.parametrize("how", ["query", "header"])
async def test_a_stream_goes_on_after_a_number(how: str, after: int, stream: Open, manager: Manager) -> None:
    job_id = await a_job(manager)
    asked = stream(job_id, f"?after={after}") if how == "query" else stream(job_id, Last_Event_ID=str(after))
    async with asked as answer:
        found = await answer.rest()
    assert [number for number, kind, _ in found if kind != "end"] == [str(n) for n in range(after + 1, 6)]
    assert found[-1][1] == "end"


async def test_events_come_as_they_happen(stream: Open, held: Held) -> None:
    async with stream(await held.submit()) as answer:
        while (await answer.event())[2].get("status") != "running":
            pass
        held.release()
        assert [kind for _, kind, _ in await answer.rest()] == ["job_update", "end"]


async def test_something_is_said_while_nothing_happens(
    stream: Open, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "ALIVE", 0.02)
    async with stream(await held.submit()) as answer:
        while await answer.block() != ": keep-alive":
            pass
        held.release()
        assert (await answer.rest())[-1][1] == "end"


async def test_silence_is_shorter_than_a_hub_bears() -> None:
    assert sse.ALIVE <= 8


async def test_a_user_has_two_streams_at_once(stream: Open, held: Held) -> None:
    job_id = await held.submit()
    async with stream(job_id), stream(job_id) as second:
        async with stream(job_id) as third:
            assert (third.status, "retry-after" in third.headers) == (429, True)
        held.release()
        await second.rest()
    async with stream(job_id) as fourth:
        assert fourth.status == 200


async def test_a_stream_whose_reader_went_away_is_let_go_of(stream: Open, held: Held, jp_serverapp: Any) -> None:
    job_id = await held.submit()
    async with stream(job_id):
        shared = jp_serverapp.web_app.settings["nodetool_streams"]
        assert (shared.open, len(shared.bells)) == (1, 1)
    await shared.aside.settled()
    assert (shared.open, len(shared.bells), +shared.counts) == (0, 0, {})
    held.release()


async def test_a_server_that_stops_ends_its_streams(stream: Open, held: Held, jp_serverapp: Any) -> None:
    async with stream(await held.submit()) as answer:
        await answer.event()
        await jp_serverapp.web_app.settings["nodetool_streams"].close()
        assert [kind for _, kind, _ in await answer.rest() if kind == "end"] == []
    held.release()


async def test_a_right_that_was_taken_away_ends_the_stream(
    stream: Open, held: Held, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "ALIVE", 0.02)
    monkeypatch.setattr(rights, "AGAIN", 0.0)
    async with stream(await held.submit()) as answer:
        await answer.event()
        monkeypatch.setattr(jp_serverapp.authorizer, "is_authorized", lambda *_: False)
        assert [kind for _, kind, _ in await answer.rest() if kind == "end"] == []
    held.release()


async def test_a_job_that_was_removed_is_gone(stream: Open, manager: Manager) -> None:
    hold = Hold()
    with fake_strategy(Script([events.JobUpdate(status="running"), hold, completed()])):
        job_id = await asyncio.to_thread(manager().submit, RunJobRequest(strategy="fake"))
        assert await asyncio.to_thread(hold.reached.wait, PATIENCE)
        async with stream(job_id) as answer:
            await answer.event()
            folder = Path(manager().places.job(job_id))
            folder.rename(folder.with_name("elsewhere"))
            manager().wake(job_id)
            assert (await answer.rest())[-1][1:] == ("gone", {"message": "the job was removed"})
            folder.with_name("elsewhere").rename(folder)
        await asyncio.to_thread(manager().shutdown)


@pytest.mark.parametrize(
    ("query", "last", "code"),
    [
        ("?after=-1", "", "invalid_request"),
        ("?after=x", "", "invalid_request"),
        ("?after=1&after=2", "", "invalid_request"),
        ("?before=1", "", "invalid_request"),
        ("", "x", "invalid_request"),
        ("", "-1", "invalid_request"),
        ("", "9" * 30, "invalid_request"),
    ],
)
async def test_a_number_that_is_none_is_refused(query: str, last: str, code: str, api: Api, manager: Manager) -> None:
    job_id = await a_job(manager)
    asked = api.with_headers(Last_Event_ID=last or None)
    answer = await asked.ask("GET", f"jobs/{job_id}/events{query}")
    assert (answer.status, answer.code) == (400, code)


async def test_there_are_no_events_of_an_unknown_job(api: Api) -> None:
    answer = await api.get("jobs/nothere/events")
    assert (answer.status, answer.code) == (404, "not_found")
