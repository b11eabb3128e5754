"""Jobs over HTTP: submitted, looked at, listed, cancelled, tried again, removed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Script, completed, fake_strategy
from tests.server.talk import PATIENCE, Api, Held

Manager = Callable[[], JobExecutionManager]
Done = Callable[[str], Awaitable[JobRecord]]


async def run(manager: Manager, result: dict[str, Any], **more: Any) -> str:
    """Run a job that completes with a result at once."""

    def submit() -> str:
        with fake_strategy(Script([JobUpdate(status="running"), completed(result)])):
            job_id = manager().submit(RunJobRequest(**{"strategy": "fake", **more}))
            manager().wait(job_id, PATIENCE)
        return job_id

    return await asyncio.to_thread(submit)


async def rows(manager: Manager, *records: JobRecord) -> None:
    """Put rows into the list, with no more than empty folders behind them."""

    def put() -> None:
        for record in records:
            (manager().places.data / "jobs" / record.id).mkdir()
        manager()._desk.indexer.index().upsert(records)

    await asyncio.to_thread(put)


def row(number: int, status: Status = Status.COMPLETED, **more: Any) -> JobRecord:
    return JobRecord(f"job{number:03}", status, submitted=float(number), **more)


def ids(answer: Any) -> list[str]:
    return [one["id"] for one in answer.json["jobs"]]


# -- submitting --------------------------------------------------------------------------------------------------------


async def test_a_job_is_submitted_and_runs(api: Api, graph: dict[str, Any], done: Done) -> None:
    answer = await api.post("jobs", {"graph": graph, "params": {"text": "abc"}, "strategy": "threaded"})
    assert answer.status == 201
    job_id = answer.json["id"]
    assert answer.headers["Location"] == f"/a%40b/nodetool/api/jobs/{job_id}"
    assert (await done(job_id)).status is Status.COMPLETED
    assert (await api.get(f"jobs/{job_id}/outputs")).json == {"outputs": {"result": {"kind": "line", "text": "ABC"}}}


async def test_a_job_that_names_no_strategy_runs_in_a_process_of_its_own(
    api: Api, graph: dict[str, Any], done: Done
) -> None:
    answer = await api.post("jobs", {"graph": graph})
    record = await done(answer.json["id"])
    assert (record.strategy, record.status) == ("subprocess", Status.COMPLETED)


async def test_the_content_of_a_workflow_file_is_a_graph_too(api: Api, graph: dict[str, Any], held: Held) -> None:
    file = {"id": "w1", "name": "shout", "graph": graph}
    answer = await api.post("jobs", {"graph": file, "strategy": "fake"})
    job = (await api.get(f"jobs/{answer.json['id']}")).json["job"]
    assert (job["name"], job["workflow"]) == ("shout", "w1")


async def test_nodetools_names_are_read(api: Api, graph: dict[str, Any], held: Held, manager: Manager) -> None:
    body = {"graph": graph, "execution_strategy": "fake", "resource_limits": {"memory_mb": 64}, "auth_token": "hidden"}
    answer = await api.post("jobs", body)
    request = manager().request(answer.json["id"])
    assert request is not None
    assert (request.strategy, request.limits.memory) == ("fake", 64 * 1024**2)
    assert b"hidden" not in Path(manager().places.data, "jobs", answer.json["id"], "request.json").read_bytes()


async def test_one_key_makes_one_job(api: Api, graph: dict[str, Any], held: Held) -> None:
    keyed = api.with_headers(Idempotency_Key="k1")
    first = await keyed.post("jobs", {"graph": graph, "strategy": "fake"})
    assert (await keyed.post("jobs", {"graph": graph, "strategy": "fake"})).json["id"] == first.json["id"]
    other = await keyed.post("jobs", {"graph": graph, "strategy": "fake", "name": "another"})
    assert (other.status, other.code) == (409, "conflict")


async def test_functions_of_a_notebook_cannot_be_sent(api: Api) -> None:
    graph = {"nodes": [{"id": "a", "type": f"notebook.{'q' * 40}", "data": {}}], "edges": []}
    answer = await api.post("jobs", {"graph": graph})
    assert (answer.status, answer.code) == (400, "invalid_graph")
    assert "known only where they were defined" in answer.json["message"]


GRAPHLESS: dict[str, dict[str, Any]] = {
    "no graph": {},
    "empty": {"graph": {}},
    "a list": {"graph": []},
    "a text": {"graph": "text"},
    "unknown type": {"graph": {"nodes": [{"id": "a", "type": "no.such"}], "edges": []}},
}


@pytest.mark.parametrize("body", GRAPHLESS.values(), ids=GRAPHLESS.keys())
async def test_a_graph_that_cannot_run_is_refused(api: Api, body: dict[str, Any], manager: Manager) -> None:
    answer = await api.post("jobs", body)
    assert answer.status == 400
    assert manager().list() == []


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unknown field": ({"grahp": 1}, "did you mean 'graph'?"),
    "another's name": ({"user_id": "root"}, "'user_id' is not for a client to say"),
    "an interpreter": ({"interpreter": "/bin/sh"}, "'interpreter' is not for a client to say"),
    "a folder": ({"cwd": "/"}, "'cwd' is not for a client to say"),
    "an id": ({"job_id": "mine"}, "'job_id' is not for a client to say"),
    "a strategy": ({"strategy": "treaded"}, "did you mean 'threaded'?"),
    "an option": ({"options": {"imag": "x"}, "strategy": "docker"}, "imag"),
    "an input": ({"params": {"txt": "a"}, "strategy": "threaded"}, "did you mean 'text'?"),
    "retries": ({"retries": -1}, "retries"),
    "a limit": ({"limits": {"memory": "lots"}}, "memory"),
    "a secret's value": ({"env": {"API_KEY": "x"}}, "secrets"),
    "a permission": ({"allow": ["everything"]}, "allow"),
    "a notebook outside": ({"notebook": "../a.ipynb"}, "below the server's root"),
    "no notebook": ({"notebook": "a.txt"}, "path of a notebook"),
}


@pytest.mark.parametrize(("more", "said"), WRONG.values(), ids=WRONG.keys())
async def test_what_cannot_be_asked_for_is_refused_by_name(
    api: Api, graph: dict[str, Any], more: dict[str, Any], said: str, manager: Manager
) -> None:
    answer = await api.post("jobs", {"graph": graph, **more})
    assert answer.status == 400
    assert said in answer.json["message"]
    assert manager().list() == []


async def test_a_body_is_an_object(api: Api) -> None:
    answer = await api.post("jobs", [1])
    assert (answer.status, answer.json["message"]) == (400, "the body must be an object with 'graph'")


async def test_two_keys_are_one_too_many(api: Api, graph: dict[str, Any]) -> None:
    answer = await api.with_headers(Idempotency_Key="a").post("jobs", {"graph": graph, "idempotency_key": "b"})
    assert (answer.status, answer.code) == (400, "invalid_request")


# -- looking -----------------------------------------------------------------------------------------------------------


async def test_a_job_is_told_whole(api: Api, graph: dict[str, Any], done: Done) -> None:
    made = await api.post("jobs", {"graph": graph, "strategy": "threaded", "name": "shout", "notebook": "a/b.ipynb"})
    job_id = made.json["id"]
    await done(job_id)
    told = (await api.get(f"jobs/{job_id}")).json
    assert (told["job"]["name"], told["job"]["status"], told["notebook"]) == ("shout", "completed", "a/b.ipynb")
    assert told["state"]["job"]["done"] == 3
    assert told["state"]["outputs"]["result"]["text"] == "ABC"
    assert set(told["state"]["details"]) == {"in", "up", "out"}
    assert told["request"]["graph"]["nodes"][0]["id"] == "in"


async def test_of_a_request_nothing_of_this_machine_is_told(api: Api, manager: Manager) -> None:
    job_id = await run(manager, {}, secrets=())
    told = (await api.get(f"jobs/{job_id}")).json["request"]
    assert told.keys().isdisjoint({"interpreter", "cwd", "format", "notebook"})


async def test_of_the_owner_the_host_is_not_told(api: Api, manager: Manager) -> None:
    job_id = await run(manager, {})
    assert " on " in str(manager().get(job_id).owner)
    assert " on " not in (await api.get("jobs")).json["jobs"][0]["owner"]


async def test_a_node_is_looked_at(api: Api, graph: dict[str, Any], done: Done) -> None:
    job_id = (await api.post("jobs", {"graph": graph, "strategy": "threaded"})).json["id"]
    await done(job_id)
    told = (await api.get(f"jobs/{job_id}/nodes/up")).json
    assert (told["node"], told["status"], told["inputs"]["text"]["text"]) == ("up", "completed", "abc")
    assert (await api.get(f"jobs/{job_id}/nodes/down")).status == 404


async def test_a_stored_output_names_its_bytes(api: Api, manager: Manager) -> None:
    def submit() -> str:
        graph = {
            "nodes": [
                {"id": "i", "type": "nodetool.input.StringInput", "data": {"name": "a", "value": "x" * 70_000}},
                {"id": "o", "type": "nodetool.output.Output", "data": {"name": "long"}},
            ],
            "edges": [{"source": "i", "sourceHandle": "output", "target": "o", "targetHandle": "value"}],
        }
        job_id = manager().submit(RunJobRequest(graph=graph))
        manager().wait(job_id, PATIENCE)
        return job_id

    job_id = await asyncio.to_thread(submit)
    shown = (await api.get(f"jobs/{job_id}/outputs")).json["outputs"]["long"]
    bytes_of = await api.get(f"jobs/{job_id}/values/{shown['ref']}")
    assert bytes_of.json == "x" * 70_000


UNKNOWN = ["nothere", "..", "a%2Fb", "%00", "-x", "a" * 65, "j%C3%B6b", "job000%20"]


@pytest.mark.parametrize("job_id", UNKNOWN)
async def test_a_job_that_is_not_there_is_not_found(api: Api, job_id: str) -> None:
    answer = await api.get(f"jobs/{job_id}/outputs")
    assert (answer.status, answer.code) == (404, "not_found")


async def test_the_beginning_of_an_id_names_no_job(api: Api, manager: Manager) -> None:
    job_id = await run(manager, {})
    assert (await api.get(f"jobs/{job_id[:-1]}")).status == 404


# -- lists -------------------------------------------------------------------------------------------------------------


async def test_a_page_says_where_the_next_begins(api: Api, manager: Manager) -> None:
    await rows(manager, *(row(number) for number in range(7)))
    found, after = [], ""
    while after is not None:
        answer = await api.get("jobs", limit=3, **({"after": after} if after else {}))
        assert answer.json["total"] == 7
        found.append(ids(answer))
        after = answer.json["next"]
    assert found == [["job006", "job005", "job004"], ["job003", "job002", "job001"], ["job000"]]


async def test_a_page_is_not_moved_by_jobs_that_come(api: Api, manager: Manager) -> None:
    await rows(manager, *(row(number) for number in range(4)))
    first = await api.get("jobs", limit=2)
    await rows(manager, row(9))
    assert ids(await api.get("jobs", limit=2, after=first.json["next"])) == ["job001", "job000"]


FOUND: dict[str, tuple[dict[str, str], list[str]]] = {
    "state": ({"status": "error"}, ["job002"]),
    "states": ({"status": "error,cancelled"}, ["job003", "job002"]),
    "strategy": ({"strategy": "docker"}, ["job001"]),
    "name": ({"q": "HOLIDAY"}, ["job002"]),
    "workflow": ({"q": "flow_"}, ["job001"]),
    "no pattern": ({"q": "%"}, []),
    "id": ({"q": "003"}, ["job003"]),
    "oldest first": ({"sort": "submitted"}, ["job000", "job001", "job002", "job003"]),
    "last ended": ({"sort": "-ended"}, ["job000", "job003", "job002", "job001"]),
    "first ended": ({"sort": "ended"}, ["job001", "job002", "job003", "job000"]),
    "by name": ({"sort": "name"}, ["job001", "job002", "job000", "job003"]),
    "both": ({"status": "completed", "q": "job"}, ["job001", "job000"]),
}


@pytest.mark.parametrize(("query", "wanted"), FOUND.values(), ids=FOUND.keys())
async def test_what_is_looked_for_is_found_in_order(
    api: Api, manager: Manager, query: dict[str, str], wanted: list[str]
) -> None:
    await rows(
        manager,
        row(0, ended=40.0),
        row(1, ended=10.0, strategy="docker", workflow="a flow_1"),
        row(2, Status.ERROR, ended=20.0, name="Holiday"),
        row(3, Status.CANCELLED, ended=30.0, workflow="zflow"),
    )
    assert ids(await api.get("jobs", **query)) == wanted


@pytest.mark.parametrize("sort", ["-submitted", "submitted", "-ended", "ended", "-name", "name"])
async def test_pages_of_equal_jobs_lose_none(api: Api, manager: Manager, sort: str) -> None:
    await rows(manager, *(JobRecord(f"same{n}", Status.COMPLETED, submitted=1.0, ended=2.0) for n in range(5)))
    found, after = [], ""
    while after is not None:
        answer = await api.get("jobs", limit=2, sort=sort, **({"after": after} if after else {}))
        found += ids(answer)
        after = answer.json["next"]
    assert sorted(found) == [f"same{n}" for n in range(5)]


async def test_a_job_that_has_not_ended_ends_last(api: Api, held: Held, manager: Manager) -> None:
    running = await held.submit()
    await rows(manager, row(1, ended=10.0))
    assert ids(await api.get("jobs", sort="-ended")) == [running, "job001"]


BAD_QUERIES: dict[str, tuple[dict[str, str], str]] = {
    "state": ({"status": "runing"}, "did you mean 'running'?"),
    "sort": ({"sort": "submited"}, "did you mean 'submitted'?"),
    "limit 0": ({"limit": "0"}, "from 1 to 500"),
    "limit": ({"limit": "501"}, "from 1 to 500"),
    "no number": ({"limit": "１"}, "from 1 to 500"),
    "place": ({"after": "xyz"}, "'next' of a page"),
    "another's place": ({"after": "WyJhIiwgImIiXQ"}, "'next' of a page"),
    "unknown": ({"limt": "1"}, "did you mean 'limit'?"),
}


@pytest.mark.parametrize(("query", "said"), BAD_QUERIES.values(), ids=BAD_QUERIES.keys())
async def test_a_query_that_cannot_be_is_refused_by_name(api: Api, query: dict[str, str], said: str) -> None:
    answer = await api.get("jobs", **query)
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert said in answer.json["message"]


async def test_what_jupyter_adds_to_a_query_is_no_fault(api: Api) -> None:
    assert (await api.ask("GET", "jobs?1700000000000")).status == 200
    assert (await api.ask("GET", "jobs?no_track_activity=1&limit=5")).status == 200


# -- acting ------------------------------------------------------------------------------------------------------------


async def test_a_running_job_is_cancelled_once(api: Api, held: Held, done: Done) -> None:
    job_id = await held.submit()
    answer = await api.post(f"jobs/{job_id}/cancel")
    assert (answer.status, answer.json) == (202, {"cancelled": True})
    assert (await done(job_id)).status is Status.CANCELLED
    assert (await api.post(f"jobs/{job_id}/cancel")).json == {"cancelled": False}


async def test_a_job_is_tried_again(api: Api, held: Held, manager: Manager) -> None:
    held.release()
    job_id = await held.submit(name="first")
    answer = await api.post(f"jobs/{job_id}/retry", {})
    assert answer.status == 201
    assert answer.headers["Location"].endswith(answer.json["id"])
    again = manager().get(answer.json["id"])
    assert (again.retry_of, again.name) == (job_id, "first")


async def test_a_job_of_a_thread_is_tried_again_in_a_process_of_its_own(
    api: Api, manager: Manager, graph: dict[str, Any]
) -> None:
    job_id = (await api.post("jobs", {"graph": graph, "strategy": "threaded"})).json["id"]
    again = (await api.post(f"jobs/{job_id}/retry")).json["id"]
    assert manager().get(again).strategy == "subprocess"


async def test_a_job_that_runs_is_not_removed(api: Api, held: Held) -> None:
    job_id = await held.submit()
    answer = await api.delete(f"jobs/{job_id}")
    assert (answer.status, answer.code) == (409, "not_ended")


async def test_an_ended_job_is_removed(api: Api, manager: Manager) -> None:
    job_id = await run(manager, {})
    answer = await api.delete(f"jobs/{job_id}")
    assert (answer.status, answer.body) == (204, b"")
    assert (await api.get(f"jobs/{job_id}")).status == 404
    assert (await api.delete(f"jobs/{job_id}")).status == 404


async def test_actions_take_no_body(api: Api, held: Held) -> None:
    job_id = await held.submit()
    answer = await api.post(f"jobs/{job_id}/cancel", {"force": True})
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert (await api.get(f"jobs/{job_id}")).json["job"]["status"] == "running"


# -- inputs that are no plain values -----------------------------------------------------------------------------------


class Thing:
    """Has no form but a pickle; tells when it is unpickled."""

    loaded = 0

    def __setstate__(self, state: dict[str, Any]) -> None:
        Thing.loaded += 1


async def test_a_retry_copies_inputs_and_unpickles_nothing(api: Api, held: Held, manager: Manager) -> None:
    held.release()
    inputs = {"thing": Thing(), "array": np.arange(10_000)}
    job_id = await asyncio.to_thread(manager().submit, RunJobRequest(strategy="fake"), inputs=inputs)
    before = Thing.loaded
    again = (await api.post(f"jobs/{job_id}/retry")).json["id"]
    request = manager().request(again)
    assert request is not None
    assert Thing.loaded == before
    store = manager().values(again)
    assert {path.name for path in store.folder.iterdir()} == {
        path.name for path in manager().values(job_id).folder.iterdir()
    }
    assert np.array_equal(store.decode(request.params["array"]), inputs["array"])  # type: ignore[arg-type]


async def test_a_retry_without_its_inputs_is_refused(api: Api, held: Held, manager: Manager) -> None:
    held.release()
    array = np.arange(10_000)
    job_id = await asyncio.to_thread(manager().submit, RunJobRequest(strategy="fake"), inputs={"array": array})
    for path in manager().values(job_id).folder.iterdir():
        path.unlink()
    answer = await api.post(f"jobs/{job_id}/retry")
    assert (answer.status, answer.code) == (400, "invalid_request")
    assert "is not there" in answer.json["message"]
