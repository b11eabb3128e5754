"""Whole jobs over the socket: submitted, listed, looked at, cancelled, tried again, removed."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.bridge.job_messages import JOBS
from nodetool_jupyter.testing import Hold, Script, completed, failed, fake_strategy
from nodetool_jupyter.worker.jobs import THREADS
from tests.worker.hosting import PASS_ON, RUNNING, hosting, of, play, refused, submit, to_end
from tests.worker.scenery import Running, SocketClient, environment


def test_a_job_runs_to_its_end(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client, {"params": {"x": 5}, "name": "mine"})
        assert (job["user"], job["name"], job["strategy"]) == ("ada", "mine", "subprocess")
        lines = await to_end(client, job["id"])
        assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
        assert (lines[-1]["status"], lines[-1]["result"]) == ("completed", {"out": 5})
        seen = (await client.ask("jobs.get", {"job_id": job["id"]}))["data"]["job"]
        assert (seen["id"], seen["status"]) == (job["id"], "completed")

    play(tmp_path, story, strategies=("subprocess",))


def test_a_status_says_that_jobs_are_taken(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        assert JOBS in (await client.ask("worker.status"))["data"]["capabilities"]

    play(tmp_path, story)


def test_a_worker_without_strategies_takes_none(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        assert JOBS not in (await client.ask("worker.status"))["data"]["capabilities"]
        for kind in ("jobs.submit", "jobs.list", "values.missing"):
            assert (await client.ask(kind, {}))["data"]["code"] == "unsupported"

    play(tmp_path, story, strategies=())


def test_the_request_may_come_as_json(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        large = 2**70
        body = json.dumps({"graph": PASS_ON, "params": {"x": large}}).encode()
        job = (await client.ask("jobs.submit", {"request": body}))["data"]["job"]
        house = await worker.worker.hosted.house()
        asked = house.manager.request(job["id"])
        assert asked is not None
        assert asked.params == {"x": large}

    play(tmp_path, story)


def test_the_same_key_gives_the_same_job(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        first = await submit(client, idempotency_key="k")
        assert (await submit(client, idempotency_key="k"))["id"] == first["id"]
        assert (await refused(client, {"params": {"x": 9}}, idempotency_key="k"))["code"] == "conflict"
        assert (await submit(await of(worker, "bob"), idempotency_key="k"))["id"] != first["id"]

    play(tmp_path, story)


def test_what_is_this_machines_to_say_is_not_taken_from_a_client(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        theirs = {
            "job_id": "mine", "user_id": "bob", "interpreter": "/bin/false", "cwd": "/", "notebook": "/x.ipynb",
            "retry_of": "zzz", "format": 99,
        }  # fmt: skip
        job = await submit(client, theirs)
        assert (job["id"] != "mine", job["user"], "notebook" in job, "retry_of" in job) == (True, "ada", False, False)
        asked = (await worker.worker.hosted.house()).manager.request(job["id"])
        assert asked is not None
        assert (asked.interpreter, asked.format) == (sys.executable, 1)

    play(tmp_path, story)


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("no data", {}, "a bad request"),
    ("a request that is a list", {"request": []}, "a bad request"),
    ("bytes that are no json", {"request": b"{"}, "no JSON"),
    ("json that is no map", {"request": b"[]"}, "must be a map"),
    ("no graph", {"request": {}}, "no graph"),
    ("an unknown field", {"request": {"graph": PASS_ON, "stategy": "x"}}, "did you mean 'strategy'"),
    ("a key that is too long", {"request": {"graph": PASS_ON}, "idempotency_key": "k" * 300}, "idempotency_key"),
    ("an option that is none", {"request": {"graph": PASS_ON, "retries": "many"}}, "retries"),
    ("another worker's nodes", {"request": {"graph": PASS_ON, "node_workers": {"i": "far"}}}, "leave out node_workers"),
    ("a secret too short to mask", {"request": {"graph": PASS_ON}, "secrets": {"KEY": "abc"}}, "KEY"),
    ("secrets that are numbers", {"request": {"graph": PASS_ON}, "secrets": {"KEY": 7}}, "secrets"),
]


@pytest.mark.parametrize(("data", "said"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_submission_is_refused_by_one_sentence(tmp_path: Path, data: dict[str, Any], said: str) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        error = (await client.ask("jobs.submit", data))["data"]
        assert said in error["error"]
        assert error["code"] in ("invalid_request", "invalid_graph")
        assert (await client.ask("jobs.list"))["data"]["total"] == 0

    play(tmp_path, story)


def test_a_node_type_that_is_not_here_is_named_with_the_nearest(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        graph = {"nodes": [{"id": "a", "type": "bridgecheck.basic.Ad", "data": {}}], "edges": []}
        error = await refused(client, {"graph": graph})
        assert error["code"] == "invalid_graph"
        assert "'a'" in error["error"]
        assert "bridgecheck.basic.Add" in error["error"]

    play(tmp_path, story)


def test_a_list_has_pages_and_only_ones_own_jobs(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        made = [(await submit(client))["id"] for _ in range(3)]
        await submit(await of(worker, "bob"))
        first = (await client.ask("jobs.list", {"limit": 2}))["data"]
        rest = (await client.ask("jobs.list", {"limit": 2, "after": first["after"]}))["data"]
        assert [job["id"] for job in first["jobs"] + rest["jobs"]] == made[::-1]
        assert (first["total"], rest["after"]) == (3, None)
        for one in made:
            await to_end(client, one)
        assert (await client.ask("jobs.list", {"status": ["running"]}))["data"]["jobs"] == []
        assert (await client.ask("jobs.list", {"status": ["complete"]}))["data"]["code"] == "invalid_request"
        assert (await client.ask("jobs.list", {"after": "x"}))["data"]["code"] == "invalid_request"

    play(tmp_path, story)


def test_a_job_is_cancelled_with_the_grace_that_is_asked_for(tmp_path: Path) -> None:
    hold = Hold()

    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        await asyncio.to_thread(hold.reached.wait, 30)
        answer = await client.ask("jobs.cancel", {"job_id": job["id"], "grace": 0.25})
        assert answer["data"] == {"cancelled": True}
        assert (await to_end(client, job["id"]))[-1]["status"] == "cancelled"
        assert fake.started[0].grace == 0.25
        assert (await client.ask("jobs.cancel", {"job_id": job["id"]}))["data"] == {"cancelled": False}

    async def whole() -> None:
        async with hosting(tmp_path) as worker:
            await story(worker, await of(worker))

    with fake_strategy(Script([RUNNING, hold])) as fake:
        asyncio.run(whole())


def test_a_job_is_tried_again(tmp_path: Path) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        first = await submit(client)
        assert (await to_end(client, first["id"]))[-1]["status"] == "error"
        again = (await client.ask("jobs.retry", {"job_id": first["id"]}))["data"]["job"]
        assert (again["retry_of"], again["user"]) == (first["id"], "ada")
        assert (await to_end(client, again["id"]))[-1]["status"] == "completed"

    play(tmp_path, story, Script([RUNNING, failed()]), Script([RUNNING, completed()]))


def test_what_is_pushed_reaches_the_job(tmp_path: Path) -> None:
    hold = Hold()

    async def whole() -> None:
        async with hosting(tmp_path) as worker:
            client = await of(worker)
            job = await submit(client)
            await asyncio.to_thread(hold.reached.wait, 30)
            push = {"job_id": job["id"], "name": "items"}
            assert (await client.ask("jobs.push_input", {**push, "value": {"a": [1]}}))["data"] == {}
            assert (await client.ask("jobs.push_input", {**push, "value": b'{"a": 2}'}))["data"] == {}
            wrong = (await client.ask("jobs.push_input", {**push, "name": "other", "value": 1}))["data"]
            assert (wrong["code"], "valid: items" in wrong["error"]) == ("invalid_request", True)
            assert fake.started[0].pushed == [("items", {"a": [1]}), ("items", {"a": 2})]
            hold.release()

    with fake_strategy(Script([RUNNING, hold, completed()])) as fake:
        asyncio.run(whole())


def test_an_ended_job_is_removed_and_no_other(tmp_path: Path) -> None:
    hold = Hold()

    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        assert (await client.ask("jobs.remove", {"job_id": job["id"]}))["data"]["code"] == "conflict"
        hold.release()
        await to_end(client, job["id"])
        assert (await client.ask("jobs.remove", {"job_id": job["id"]}))["data"] == {"removed": True}
        assert (await client.ask("jobs.get", {"job_id": job["id"]}))["data"]["code"] == "not_found"

    play(tmp_path, story, Script([RUNNING, hold, completed()]))


ABOUT_ONE = (
    "jobs.get", "jobs.events", "jobs.cancel", "jobs.retry", "jobs.push_input", "jobs.remove", "values.get",
)  # fmt: skip


@pytest.mark.parametrize("kind", ABOUT_ONE)
def test_anothers_job_is_not_there(tmp_path: Path, kind: str) -> None:
    async def story(worker: Running, client: SocketClient) -> None:
        job = await submit(client)
        bob = await of(worker, "bob")
        data = {"name": "values/0123456789abcdef.bin"}
        theirs = await bob.ask(kind, {"job_id": job["id"], **data}, "r")
        nobodys = await bob.ask(kind, {"job_id": "nothere", **data}, "r")
        assert theirs == nobodys
        assert theirs["data"]["code"] == "not_found"

    play(tmp_path, story)


def test_a_user_has_so_many_jobs_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodetool_jupyter.worker.jobs_messages.MOST_UNFINISHED", 1)
    hold = Hold()

    async def story(worker: Running, client: SocketClient) -> None:
        await submit(client)
        assert (await refused(client))["code"] == "busy"
        await submit(await of(worker, "bob"))
        hold.release()

    play(tmp_path, story, Script([RUNNING, hold, completed()]))


def test_a_worker_that_gets_no_job_imports_no_manager(tmp_path: Path) -> None:
    code = (
        "import asyncio, pathlib, sys; from tests.worker.scenery import running\n"
        "async def whole():\n"
        "    async with running(data=pathlib.Path('data')) as worker:\n"
        "        client = await worker.connect()\n"
        "        assert (await client.execute('Add', a=1))['type'] == 'result'\n"
        "        worker.worker.hosted.begin()\n"
        "asyncio.run(whole())\n"
        "print([name for name in ('nodetool_jupyter.jobs.manager', 'sqlalchemy') if name in sys.modules])"
    )
    environ = environment(tmp_path / "packages")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr
    assert not (tmp_path / "data").exists()


def test_pushes_to_jobs_that_wait_hold_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_WORKFLOW_THREADS", "1")
    hold = Hold()

    async def story(worker: Running, client: SocketClient) -> None:
        jobs = [(await submit(client))["id"] for _ in range(THREADS + 5)]
        pushes = [
            await client.send("jobs.push_input", {"job_id": job, "name": "items", "value": 1}, f"p{job}")
            for job in jobs[1:]
        ]
        assert (await client.ask("jobs.list"))["data"]["total"] == len(jobs)
        await client.send("cancel", {}, pushes[0])
        assert (await client.reply(pushes[0]))["data"]["code"] == "cancelled"
        assert await worker.worker.drain() is True
        assert {(await client.reply(push))["data"]["code"] for push in pushes[1:]} == {"draining"}
        hold.release()

    play(tmp_path, story, Script([RUNNING, hold, completed()]))
