"""What an administrator lets through, and who sees whose jobs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.server.door import Who, write_down
from nodetool_jupyter.server.submission import Policy, relative_to_root
from tests.server import people
from tests.server.talk import Api, Held

Manager = Callable[[], JobExecutionManager]

SHELL = {"nodes": [{"id": "a", "type": "nodetool.code.RunShellCommand", "data": {"command": "id"}}], "edges": []}


class TestRefusals:
    @pytest.fixture
    def server_traits(self) -> dict[str, Any]:
        return {"allowed_strategies": ["threaded", "fake"], "default_strategy": "threaded", "allowed_permissions": []}

    async def test_a_strategy_that_is_not_let_through(self, api: Api, graph: dict[str, Any]) -> None:
        answer = await api.post("jobs", {"graph": graph, "strategy": "docker"})
        assert (answer.status, answer.code) == (403, "forbidden")
        assert "'docker'; it lets through: threaded, fake" in answer.json["message"]

    @pytest.mark.parametrize("permission", ["shell", "python"])
    async def test_a_permission_that_is_not_let_through(self, api: Api, graph: dict[str, Any], permission: str) -> None:
        answer = await api.post("jobs", {"graph": graph, "allow": [permission]})
        assert (answer.status, answer.code) == (403, "forbidden")

    @pytest.mark.parametrize(
        "name", ["LD_PRELOAD", "PYTHONPATH", "PYTHONSTARTUP", "PATH", "ld_library_path", "BASH_ENV"]
    )
    async def test_a_variable_that_would_run_something_else(self, api: Api, graph: dict[str, Any], name: str) -> None:
        answer = await api.post("jobs", {"graph": graph, "env": {name: "/somewhere"}})
        assert (answer.status, answer.code) == (403, "forbidden")

    async def test_what_is_let_through_runs(self, api: Api, graph: dict[str, Any], held: Held) -> None:
        body = {"graph": graph, "strategy": "fake", "env": {"COLOUR": "blue"}}
        assert (await api.post("jobs", body)).status == 201

    async def test_a_retry_may_no_more_than_a_submission(self, api: Api, held: Held, manager: Manager) -> None:
        held.release()
        job_id = await held.submit(allow=("shell",))
        answer = await api.post(f"jobs/{job_id}/retry")
        assert (answer.status, answer.code) == (403, "forbidden")
        assert len(manager().list()) == 1


async def test_a_job_that_names_no_permission_has_none(api: Api) -> None:
    answer = await api.post("jobs", {"graph": SHELL, "strategy": "threaded"})
    assert answer.status == 400
    assert "needs the permission 'shell'" in answer.json["message"]


class TestSeparateUsers:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        return people.config(separate_users=True)

    async def test_each_sees_own_jobs_only(self, api: Api, graph: dict[str, Any], held: Held) -> None:
        owner, other = (people.by_token(api, f"token-of-{name}") for name in ("owner", "other"))
        job_id = (await owner.post("jobs", {"graph": graph, "strategy": "fake"})).json["id"]
        assert (await owner.get("jobs")).json["jobs"][0]["user"] == "owner"
        assert (await other.get("jobs")).json == {"jobs": [], "next": None, "total": 0}
        assert (await other.get("health")).json["jobs"] == {}
        assert (await owner.get("health")).json["jobs"] in ({"queued": 1}, {"starting": 1}, {"running": 1})
        hidden, unknown = await other.get(f"jobs/{job_id}"), await other.get("jobs/nothere")
        assert (hidden.status, hidden.body) == (unknown.status, unknown.body) == (404, unknown.body)

    async def test_a_key_belongs_to_its_user(self, api: Api, graph: dict[str, Any], held: Held) -> None:
        made = set()
        for name in ("owner", "other"):
            keyed = people.by_token(api, f"token-of-{name}").with_headers(Idempotency_Key="k")
            made.add((await keyed.post("jobs", {"graph": graph, "strategy": "fake"})).json["id"])
        assert len(made) == 2

    async def test_others_cannot_act(self, api: Api, graph: dict[str, Any], held: Held) -> None:
        owner, other = (people.by_token(api, f"token-of-{name}") for name in ("owner", "other"))
        job_id = (await owner.post("jobs", {"graph": graph, "strategy": "fake"})).json["id"]
        answers = [await other.post(f"jobs/{job_id}/cancel"), await other.post(f"jobs/{job_id}/retry")]
        assert [answer.status for answer in [*answers, await other.delete(f"jobs/{job_id}")]] == [404, 404, 404]


# -- the audit ---------------------------------------------------------------------------------------------------------


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "nodetool_jupyter.audit"]


async def test_what_is_done_is_written_down(
    api: Api, held: Held, graph: dict[str, Any], caplog: pytest.LogCaptureFixture, done: Any
) -> None:
    caplog.set_level(logging.INFO, logger="nodetool_jupyter.audit")
    job_id = (await api.post("jobs", {"graph": graph, "strategy": "fake"})).json["id"]
    await api.post(f"jobs/{job_id}/cancel")
    await done(job_id)
    again = (await api.post(f"jobs/{job_id}/retry")).json["id"]
    await api.delete(f"jobs/{job_id}")
    await api.delete(f"jobs/{job_id}")
    start = 'user="" from="127.0.0.1" what='
    assert lines(caplog) == [
        f'submit {start}"job {job_id}" result="done"',
        f'cancel {start}"job {job_id}" result="asked"',
        f'retry {start}"job {job_id}" result="job {again}"',
        f'delete {start}"job {job_id}" result="done"',
        f'refused {start}"DELETE /a%40b/nodetool/api/jobs/{job_id}" result="not_found"',
    ]


async def test_who_is_not_known_is_written_down(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="nodetool_jupyter.audit")
    await api.with_headers(Authorization=None).get("jobs", q="private")
    assert lines(caplog) == ['refused user="" from="127.0.0.1" what="GET /a%40b/nodetool/api/jobs" result="forbidden"']


def test_no_name_makes_a_second_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="nodetool_jupyter.audit")
    write_down(Who('a"\nsubmit user="root', "::1"), "submit", "job x\r\n", "done\u2028")
    (line,) = lines(caplog)
    assert line.splitlines() == [line]
    assert line == 'submit user="a\\"\\nsubmit user=\\"root" from="::1" what="job x\\r\\n" result="done\\u2028"'


# -- notebooks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("notebook", "root", "told"),
    [
        ("/home/anna/books/a.ipynb", "/home/anna", "books/a.ipynb"),
        ("/home/anna/a.ipynb", "/home/anna/", "a.ipynb"),
        ("/home/bert/a.ipynb", "/home/anna", None),
        ("/home/annabel/a.ipynb", "/home/anna", None),
        ("/home/anna/../bert/a.ipynb", "/home/anna", None),
        ("a.ipynb", "/home/anna", None),
        (None, "/home/anna", None),
        ("/home/anna/a.ipynb", "", None),
    ],
)
def test_a_notebook_is_told_by_its_path_below_the_root(notebook: str | None, root: str, told: str | None) -> None:
    assert relative_to_root(notebook, root) == told


def test_without_limits_everything_is_let_through() -> None:
    assert Policy().strategies == ("*",)
