"""Whether the server works, asked by anybody and by those who may read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.jobs import manager as managers
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.server.talk import Api, Held

Manager = Callable[[], JobExecutionManager]


@pytest.mark.parametrize("token", [None, "token wrong"])
async def test_anybody_is_told_that_the_server_works_and_nothing_else(api: Api, token: str | None) -> None:
    answer = await api.with_headers(Authorization=token).get("health")
    assert (answer.status, answer.json) == (200, {"status": "ok"})


async def test_who_may_not_read_is_told_no_more_than_anybody(
    api: Api, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jp_serverapp.authorizer, "is_authorized", lambda *_: False)
    assert (await api.get("health")).json == {"status": "ok"}


async def test_who_may_read_is_told_how_the_server_is(api: Api, held: Held) -> None:
    await held.submit()
    told = (await api.get("health")).json
    assert told.pop("uptime") >= 0
    assert told == {
        "status": "ok",
        "version": version("nodetool-jupyter"),
        "jobs": {"running": 1},
        "writable": True,
    }


async def test_asking_is_no_activity(api: Api, jp_serverapp: Any) -> None:
    jp_serverapp.web_app.settings.pop("api_last_activity", None)
    await api.get("health")
    assert "api_last_activity" not in jp_serverapp.web_app.settings


async def test_jobs_need_a_token(api: Api) -> None:
    answer = await api.with_headers(Authorization=None).get("jobs")
    assert (answer.status, answer.code) == (403, "forbidden")


async def test_what_is_nowhere_is_a_problem_too(api: Api) -> None:
    answer = await api.get("nothing/here")
    assert (answer.status, answer.code) == (404, "not_found")


async def test_a_data_folder_that_cannot_be_used_is_said_without_its_name(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(managers, "_preferred", {"data_dir": tmp_path / "file" / "data"})
    answer = await api.get("jobs")
    assert (answer.status, answer.code) == (503, "unavailable")
    assert str(tmp_path) not in answer.body.decode()


async def test_what_nobody_foresaw_is_told_by_a_number_only(
    api: Api, manager: Manager, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.ProgrammingError(f"secret {Path.home()}")

    monkeypatch.setattr(JobExecutionManager, "page", fail)
    answer = await api.get("jobs")
    assert (answer.status, answer.code, answer.json["message"]) == (500, "internal", "the server failed to answer")
    number = answer.json["hint"].rpartition(" ")[2]
    assert [record for record in caplog.records if number in record.getMessage() and record.exc_info] != []


async def test_a_server_that_stops_lets_go_of_its_manager(api: Api, jp_serverapp: Any, manager: Manager) -> None:
    await api.get("jobs")
    one = manager()
    (extension,) = jp_serverapp.extension_manager.extension_apps["nodetool_jupyter"]
    await extension.stop_extension()
    assert one.closed
