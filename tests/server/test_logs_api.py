"""A job's log over HTTP: in pages, filtered, bounded, and harmless to whoever shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.events import Event, Gap, JobUpdate, LogUpdate, NodeProgress, Notification, dump_line
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.server import log_pages
from nodetool_jupyter.server.log_pages import Wanted, page
from nodetool_jupyter.testing import Script, completed, fake_strategy
from tests.server.talk import PATIENCE, Api, Held

Manager = Callable[[], JobExecutionManager]


def line(text: str, severity: str = "info", node: str = "n1") -> LogUpdate:
    return LogUpdate(node_id=node, node_name=node, content=text, severity=severity)


async def run(manager: Manager, *events: Event) -> str:
    """Run a job that sends these events and completes."""

    def submit() -> str:
        with fake_strategy(Script([JobUpdate(status="running"), *events, completed({"a": 1})])):
            job_id = manager().submit(RunJobRequest(strategy="fake"))
            manager().wait(job_id, PATIENCE)
        return job_id

    return await asyncio.to_thread(submit)


def texts(data: dict[str, Any]) -> list[str]:
    return [one["text"] for one in data["lines"]]


async def test_lines_are_what_nodes_wrote(api: Api, manager: Manager) -> None:
    told = Notification(node_id="n2", content="look", severity="warning")
    job_id = await run(manager, line("one"), NodeProgress(node_id="n1", progress=1, total=2), told)
    data = (await api.get(f"jobs/{job_id}/logs")).json
    assert [(one["node"], one["severity"], one["text"]) for one in data["lines"]] == [
        ("n1", "info", "one"),
        ("n2", "warning", "look"),
    ]


async def test_pages_follow_each_other_until_the_end(api: Api, manager: Manager) -> None:
    job_id = await run(manager, *(line(str(number)) for number in range(7)))
    found, after, end = [], 0, False
    while not end:
        data = (await api.get(f"jobs/{job_id}/logs", after=after, limit=2)).json
        assert len(data["lines"]) <= 2
        found += texts(data)
        after, end = data["next"], data["end"]
    assert found == list("0123456")


async def test_a_job_that_runs_has_no_end_yet(api: Api, held: Held) -> None:
    data = (await api.get(f"jobs/{await held.submit()}/logs")).json
    assert (data["lines"], data["end"], data["next"] > 0) == ([], False, True)


FILTERS = {
    "one severity": ({"severity": "error"}, ["bad"]),
    "two severities": ({"severity": "warning,error"}, ["odd", "bad"]),
    "node": ({"node": "n2"}, ["there", "odd"]),
    "both": ({"node": "n2", "severity": "info"}, ["there"]),
    "unknown node": ({"node": "n9"}, []),
    "all severities": ({"severity": "debug,info,warning,error"}, ["here", "there", "odd", "bad", "strange"]),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_filters(api: Api, manager: Manager, name: str) -> None:
    asked, expected = FILTERS[name]
    events = (line("here"), line("there", node="n2"), line("odd", "WARN", "n2"), line("bad", "critical"))
    job_id = await run(manager, *events, line("strange", "loud"))
    assert texts((await api.get(f"jobs/{job_id}/logs", **asked)).json) == expected


REFUSED = {
    "unknown severity": ("severity=eror", "did you mean 'error'?"),
    "negative number": ("after=-1", "after must be a whole number"),
    "no number": ("limit=many", "limit must be a whole number"),
    "too many": ("limit=10001", "limit must be a whole number from 1 to 10000"),
    "huge": (f"after={'9' * 40}", "after must be a whole number"),
    "unknown item": ("nod=n1", "did you mean 'node'?"),
    "twice": ("after=1&after=2", "'after' twice"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_asked_is_refused(api: Api, manager: Manager, name: str) -> None:
    asked, said = REFUSED[name]
    answer = await api.get(f"jobs/{await run(manager)}/logs?{asked}")
    assert (answer.status, answer.code, said in answer.json["message"]) == (400, "invalid_request", True)


async def test_nothing_in_a_line_steers_a_terminal(api: Api, manager: Manager) -> None:
    job_id = await run(manager, line("a\x1b[2J\x07\u202eb\r\nERROR forged"))
    (text,) = texts((await api.get(f"jobs/{job_id}/logs")).json)
    assert (text.isprintable(), text.replace("\ufffd", "")) == (False, "a[2Jb\nERROR forged")
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(text)


# -- what a page costs ------------------------------------------------------------------------------------------------


def write(tmp_path: Path, *events: tuple[int, Event]) -> JobFolder:
    folder = JobFolder(str(tmp_path), "job")
    Path(folder.path).mkdir()
    lines = [dump_line(event, job_id="job", attempt=1, seq=seq, time=1.5, source=None) for seq, event in events]
    Path(folder.log).write_bytes(b"".join(lines))
    return folder


def test_a_line_that_was_cut_out_is_told_once(tmp_path: Path) -> None:
    folder = write(tmp_path, (1, line("first")), (2, Gap(first=2, last=90, lines=89)), (91, line("last")))
    first = page(folder, Wanted(limit=2))
    rest = page(folder, Wanted(after=first["next"], limit=2))
    assert texts(first) == ["first", "89 lines were cut here to keep the log under its cap"]
    assert texts(rest) == ["last"]


def test_a_very_long_line_is_cut(tmp_path: Path) -> None:
    (text,) = texts(page(write(tmp_path, (1, line("x" * 10**6))), Wanted()))
    assert (len(text), text[-2:]) == (log_pages.LONGEST, "x…")


def test_a_page_has_no_more_than_so_much_text(tmp_path: Path) -> None:
    folder = write(tmp_path, *((seq, line("x" * 60_000)) for seq in range(1, 31)))
    first = page(folder, Wanted())
    rest = page(folder, Wanted(after=first["next"]))
    assert len("".join(texts(first))) < log_pages.MOST_TEXT + log_pages.LONGEST
    assert len(first["lines"]) + len(rest["lines"]) == 30


def test_a_search_ends_before_it_takes_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_pages, "MOST_SEARCHED", 2000)
    folder = write(tmp_path, *((seq, line("x" * 100)) for seq in range(1, 100)), (100, line("here", "error")))
    wanted, found, pages = Wanted(severities=frozenset({"error"})), [], 0
    while not found:
        data = page(folder, wanted)
        found, pages = texts(data), pages + 1
        wanted = Wanted(after=data["next"], severities=wanted.severities)
    assert (found, pages > 5) == (["here"], True)


def test_a_job_without_a_log_has_no_lines(tmp_path: Path) -> None:
    assert page(JobFolder(str(tmp_path), "job"), Wanted()) == {"lines": [], "next": 0, "end": False}


def test_lines_that_are_none_are_left_out(tmp_path: Path) -> None:
    folder = write(tmp_path, (1, line("one")), (2, line("two")))
    log = Path(folder.log)
    log.write_bytes(log.read_bytes().replace(b"\n", b"\nrubbish\n", 1) + b'{"seq":3,"torn')
    assert texts(page(folder, Wanted())) == ["one", "two"]
