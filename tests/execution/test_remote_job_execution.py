"""The remote strategy: what it refuses, what a worker gets to see, and what of a worker's word is believed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.bridge.address import is_private
from nodetool_jupyter.bridge.jobs import WorkerJobs
from nodetool_jupyter.errors import Unsupported
from nodetool_jupyter.events import Gap, JobUpdate, LogUpdate, dump_line
from nodetool_jupyter.execution.container.claims import Claims, Rates, Subject
from nodetool_jupyter.execution.remote import RemoteJobExecution
from nodetool_jupyter.execution.remote_request import remote_options, request_there
from nodetool_jupyter.execution.remote_values import Given, Left
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.values import ValueStore
from tests.execution.contract import PATIENCE, MakeManager, end_of, is_status, logged, nodes, until
from tests.execution.remote_scenery import SECRET, TOKEN, WorkerProcess, connect, end_there, jobs_there

GRAPH = {"nodes": [{"id": "a", "type": "nodetool.text.ToUppercase", "data": {"text": "a"}}], "edges": []}


@nt.node(namespace="remotely")
def doubles(values: Any = None) -> Any:
    return values * 2


@nt.node(namespace="remotely")
def tells(ctx: Any = None) -> int:
    ctx.log(f"it is {ctx.secret('REMOTE_SECRET')}")
    return len(ctx.secret("REMOTE_SECRET"))


@nt.node(namespace="remotely")
def counts(rows: Any = None) -> int:
    return len(rows)


@nt.node(namespace="remotely")
def floods(ctx: Any = None) -> int:
    for number in range(1000):
        ctx.log(f"line {number}")
    ctx.wait(120)
    return 1


@pytest.fixture
def known(there: WorkerProcess, tmp_path: Path, make_manager: MakeManager, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder in which the worker is known, and its manager."""
    monkeypatch.setenv(SECRET, TOKEN)
    connect(tmp_path / "data", there.url)
    make_manager()
    return tmp_path / "data"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """A worker as it is when nothing was allowed."""
    worker = WorkerProcess.start(tmp_path_factory.mktemp("strict"), "--strategies", "subprocess")
    yield worker
    worker.end()


@pytest.fixture
def forbidding(
    strict: WorkerProcess, tmp_path: Path, make_manager: MakeManager, monkeypatch: pytest.MonkeyPatch
) -> WorkerProcess:
    monkeypatch.setenv(SECRET, TOKEN)
    connect(tmp_path / "data", strict.url)
    make_manager()
    return strict


def submit(workflow: Any, inputs: dict[str, Any] | None = None, **options: Any) -> nt.Job:
    return nt.submit(workflow, inputs, strategy="remote", **options)


# ---- which worker


def test_a_worker_that_is_not_known_is_refused_with_the_nearest(known: Path) -> None:
    with pytest.raises(nt.InvalidRequest, match="there is no worker 'three'; did you mean 'there'"):
        submit(nodes.text.ToUppercase(text="a"), worker="three")
    assert list((known / "jobs").iterdir()) == []


def test_of_several_workers_one_must_be_named(known: Path) -> None:
    connect(known, "ws://127.0.0.1:1", "nobody")
    with pytest.raises(nt.InvalidRequest, match=r"needs a worker; say which: nobody, there \(--worker NAME\)"):
        submit(nodes.text.ToUppercase(text="a"))
    assert submit(nodes.text.ToUppercase(text="a"), worker="there").result(PATIENCE) == {"result": "A"}


def test_a_process_of_ones_own_runs_no_jobs(known: Path) -> None:
    connect(known, "stdio", "mine")
    with pytest.raises(nt.InvalidRequest, match="'mine' is a process of one's own and ends with it"):
        submit(nodes.text.ToUppercase(text="a"), worker="mine")


def test_a_worker_that_cannot_be_reached_ends_the_job_at_once(known: Path) -> None:
    connect(known, "ws://127.0.0.1:1", "nobody")
    job = submit(nodes.text.ToUppercase(text="a"), worker="nobody")
    assert end_of(job) == ("error", "engine_unavailable")
    assert "the worker nobody cannot be reached: " in (job.error or "")


def test_a_token_that_is_wrong_is_not_tried_again(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "another")
    job = submit(nodes.text.ToUppercase(text="a"), retries=3)
    assert end_of(job) == ("error", "rejected")
    assert "turned us away (HTTP 401): the token is not the right one" in (job.error or "")
    assert {event.attempt for event in job.events()} == {1}


def test_a_worker_that_takes_no_jobs_says_so(
    tmp_path: Path, make_manager: MakeManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, TOKEN)
    worker = WorkerProcess.start(tmp_path / "own", "--strategies", "none")
    try:
        connect(tmp_path / "data", worker.url)
        make_manager()
        job = submit(nodes.text.ToUppercase(text="a"))
        assert end_of(job) == ("error", "rejected")
        assert "takes no whole jobs, only single nodes" in (job.error or "")
    finally:
        worker.end()


# ---- options


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"image": "x"}, "it belongs to --remote-strategy docker"),
        ({"remote_strategy": "threaded", "grace": 1}, "'grace' cannot be honoured by the threaded strategy on the wor"),
        ({"wroker": "x"}, "the remote strategy has no option 'wroker'; did you mean 'worker'"),
        ({"remote_strategy": "cluster"}, "'remote_strategy'"),
    ],
)
def test_an_option_that_the_strategy_there_does_not_have_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(nt.InvalidRequest, match=said):
        RemoteJobExecution.check(RunJobRequest(strategy="remote", graph=GRAPH, options=options))


def test_nodes_cannot_be_placed_elsewhere_from_here() -> None:
    with pytest.raises(Unsupported, match="--node-worker cannot be honoured by the remote strategy"):
        RemoteJobExecution.check(RunJobRequest(strategy="remote", graph=GRAPH, node_workers={"a": "x"}))


def test_the_worker_gets_what_is_its_to_know() -> None:
    request = RunJobRequest(
        strategy="remote",
        graph=GRAPH,
        user_id="ada",
        notebook="/home/ada/a.ipynb",
        retries=3,
        params={"big": 2**100},
        options={"worker": "w", "remote_strategy": "docker", "image": ":gpu", "away": 5, "insecure": True},
        timeouts={"run": 60, "queue": 5, "idle": 7},
        secrets=("NAME",),
    )
    there = json.loads(request_there(request, remote_options(request), 12.5))
    assert there == {
        "workflow_id": "",
        "graph": GRAPH,
        "params": {"big": 2**100},
        "strategy": "docker",
        "options": {"image": ":gpu"},
        "limits": {},
        "timeouts": {"run": 12.5, "idle": 7.0},
        "env": {},
        "secrets": ["NAME"],
        "allow": [],
        "strict": False,
    }


def test_a_dry_run_says_where_it_is_to_run() -> None:
    request = RunJobRequest(strategy="remote", graph=GRAPH, options={"worker": "gpu", "remote_strategy": "docker"})
    assert RemoteJobExecution.preview(request) == "the worker gpu runs it by its strategy docker, if it lets you"


# ---- what a worker forbids


def test_functions_of_a_notebook_need_allow_code(forbidding: WorkerProcess) -> None:
    job = submit(nodes.remotely.counts(rows=[1]))
    assert end_of(job) == ("error", "rejected")
    assert "functions that a notebook defines are not run here" in (job.error or "")
    assert jobs_there(forbidding) == []


def test_what_the_worker_does_not_allow_is_told_by_it(forbidding: WorkerProcess) -> None:
    flow = {"nodes": [{"id": "c", "type": "nodetool.code.RunShellCommand", "data": {"command": "true"}}], "edges": []}
    job = submit(flow, allow="shell")
    assert end_of(job) == ("error", "rejected")
    assert "cannot be allowed 'shell'" in (job.error or "")


def test_a_strategy_that_is_not_let_through_is_told(forbidding: WorkerProcess) -> None:
    job = submit(nodes.text.ToUppercase(text="a"), options={"remote_strategy": "threaded"})
    assert end_of(job) == ("error", "rejected")
    assert "may not use the strategy 'threaded'" in (job.error or "")


def test_without_a_notebooks_own_nodes_no_code_is_sent(forbidding: WorkerProcess) -> None:
    assert submit(nodes.text.ToUppercase(text="a")).result(PATIENCE) == {"result": "A"}


# ---- values


def test_a_value_is_sent_once_however_many_jobs_start_from_it(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    put = WorkerJobs.put

    async def counted(self: WorkerJobs, files: Any) -> None:
        sent.extend(files)
        await put(self, files)

    monkeypatch.setattr(WorkerJobs, "put", counted)
    data = np.arange(50_000.0)
    for _ in range(2):
        flow = nt.Workflow(outputs={"twice": nodes.remotely.doubles(values=nodes.input.DataframeInput(name="data"))})
        found = submit(flow, {"data": data}).result(PATIENCE)
        assert np.array_equal(found["twice"], data * 2)
    assert len(sent) == 1


def test_a_value_that_only_one_users_processes_share_is_refused(tmp_path: Path) -> None:
    values = ValueStore(tmp_path)
    data = values.encode({"one": [object()]})
    with pytest.raises(nt.InvalidRequest, match=r"an input is a .*object, which only processes of one user hand"):
        Given.of(values, data)


def test_values_inside_a_large_value_are_sent_too(tmp_path: Path) -> None:
    values = ValueStore(tmp_path)
    data = values.encode([np.arange(3), "x" * 100_000])
    given = Given.of(values, data)
    assert sorted(uri.rpartition(".")[2] for uri in given.digests) == ["json", "npy"]


def test_a_value_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    values = ValueStore(tmp_path)
    data = values.encode(np.arange(10_000))
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(nt.InvalidRequest, match="an input cannot be sent to the worker: values/"):
        Given.of(values, data)


def left(tmp_path: Path) -> Left:
    job = tmp_path / "job"
    (job / "values").mkdir(parents=True)
    found = Left(job, 1)
    found.make()
    return found


def test_a_pickle_from_a_worker_is_never_taken(tmp_path: Path) -> None:
    one = left(tmp_path)
    reference = ValueStore(one.folder).encode(object())
    assert reference["type"] == "python_object"
    end = one.collect(JobUpdate(status="completed", result={"result": reference}), []).claim
    assert end is not None
    assert (end.status, end.reason) == ("error", "result_not_storable")
    assert "holds a python_object, which is never taken from the worker" in (end.error or "")
    assert list((tmp_path / "job" / "values").iterdir()) == []


def test_a_file_that_is_not_what_it_is_called_is_not_taken(tmp_path: Path) -> None:
    one = left(tmp_path)
    (one.folder / ("a" * 24 + ".npy")).write_bytes(b"no array")
    reference = {"type": "np_array", "uri": "values/" + "a" * 24 + ".npy"}
    end = one.collect(JobUpdate(status="completed", result={"result": reference}), []).claim
    assert end is not None
    assert "is no .npy file" in (end.error or "")


def test_what_was_refused_is_told_and_is_not_fetched_again(tmp_path: Path) -> None:
    one = left(tmp_path)
    reference = {"type": "bytes", "uri": "values/" + "b" * 24 + ".bin", "size": 5}
    assert one.wanted([reference]) == {"b" * 24 + ".bin": 5}
    one.refused["b" * 24 + ".bin"] = "is not there"
    assert one.wanted([reference]) == {}
    found = one.collect(JobUpdate(status="completed", result={}), [reference])
    assert found.warnings == [f"values/{'b' * 24}.bin was not taken out of the worker: it is not there"]


def test_a_value_that_the_job_started_from_is_not_fetched(tmp_path: Path) -> None:
    one = left(tmp_path)
    reference = ValueStore(tmp_path / "job" / "values").encode(np.arange(10))
    assert one.wanted([reference]) == {}
    end = one.collect(JobUpdate(status="completed", result={"result": reference}), []).claim
    assert end is not None
    assert end.result == {"result": reference}


# ---- secrets


def test_a_secret_is_in_no_file_here_or_there(
    tmp_path: Path, make_manager: MakeManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stays(_: RemoteJobExecution) -> None:
        """Leave the job on the worker, so that its files can be looked at."""

    monkeypatch.setattr(RemoteJobExecution, "_remove", stays)
    secret = "wire-only-battery-staple"
    monkeypatch.setenv(SECRET, TOKEN)
    worker = WorkerProcess.start(tmp_path / "own")
    try:
        monkeypatch.setenv("REMOTE_SECRET", secret)  # behind its start, or the worker would have it by itself
        connect(tmp_path / "data", worker.url)
        make_manager()
        job = submit(nodes.remotely.tells(), secrets=["REMOTE_SECRET"])
        assert job.result(PATIENCE) == {"result": len(secret)}
        assert [line.content.startswith("it is ") for line in logged(job)] == [True]
    finally:
        worker.end()
    logs = list(tmp_path.rglob("events.jsonl"))
    assert len(logs) == 2  # one here, one there
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if secret.encode() in path.read_bytes()] == []


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("wss://far.example", True),
        ("ws://127.0.0.1:7777", True),
        ("ws://127.8.9.1", True),
        ("ws://[::1]:7777", True),
        ("ws://localhost:1", True),
        ("process 77", True),
        ("ws://far.example:7777", False),
        ("ws://10.0.0.8:7777", False),
        ("ws://localhost.example", False),
        ("ws://127.0.0.1.example", False),
    ],
)
def test_what_can_be_read_on_the_way(host: str, private: bool) -> None:
    assert is_private(host) is private


@pytest.mark.parametrize(("insecure", "end"), [(False, ("error", "rejected")), (True, ("completed", None))])
def test_secrets_go_over_a_readable_way_only_where_that_was_said(
    known: Path, monkeypatch: pytest.MonkeyPatch, insecure: bool, end: tuple[str, str | None]
) -> None:
    monkeypatch.setattr("nodetool_jupyter.bridge.jobs.is_private", lambda host: False)
    monkeypatch.setenv("REMOTE_SECRET", "wire-only-battery-staple")
    job = submit(nodes.remotely.tells(), secrets=["REMOTE_SECRET"], options={"insecure": insecure})
    assert end_of(job) == end
    assert (job.error is None) or "or a tunnel to this machine (ssh -L), or say --insecure" in job.error


# ---- lines


def claims(**more: Any) -> Claims:
    subject = Subject(job_id="here", attempt=1, nodes=frozenset({"a"}), started=0.0, who="the worker", **more)
    return Claims(subject)


def line(seq: int, event: Any) -> bytes:
    return dump_line(event, job_id="there", attempt=7, seq=seq, time=1.0, source=seq).rstrip(b"\n")


def test_a_worker_may_say_that_a_job_waits_and_a_container_may_not() -> None:
    said = [line(1, JobUpdate(status="queued", queue_position=3, message="waits"))]
    (told,) = claims(owned=True).take(said)
    assert (told.event.status, told.event.queue_position) == ("queued", None)  # type: ignore[attr-defined]
    (refused,) = claims().take(said)
    assert "states that are not a runner's to tell" in refused.event.content  # type: ignore[attr-defined]


def test_lines_that_a_worker_has_cut_are_told_as_one_warning() -> None:
    told = claims(owned=True).take(
        [
            line(1, LogUpdate(content="one")),
            line(2, Gap(first=2, last=40, lines=39)),
            line(41, LogUpdate(content="two")),
        ]
    )
    assert [one.n for one in told] == [1, 0, 41]
    assert told[1].event.content == "39 lines of text were dropped by the worker, because its log was full"  # type: ignore[attr-defined]


def test_lines_that_are_missing_without_a_word_are_told() -> None:
    told = claims(owned=True).take([line(1, LogUpdate(content="one")), line(4, LogUpdate(content="two"))])
    assert "the worker wrote less than its numbers say: 2 missing before 4" in told[1].event.content  # type: ignore[attr-defined]


def test_a_job_that_waits_on_the_worker_is_starting_here(tmp_path: Path, known: Path) -> None:
    job = submit(nodes.text.ToUppercase(text="a"))
    job.result(PATIENCE)
    words = [(event.status, event.source is None) for event in job.events() if isinstance(event, JobUpdate)]
    assert words[0] == ("queued", True)
    assert {word for word, ours in words if not ours} == {"starting", "running", "completed"}


def test_a_worker_that_floods_the_log_is_heard_no_more_and_its_job_is_ended(
    known: Path, there: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nodetool_jupyter.execution.container.claims.Rates", partial(Rates, lines=(500, 0)))
    job = submit(nodes.remotely.floods(), name="flood")
    assert end_of(job) == ("error", "output_limit")
    assert "the worker wrote more than 500 lines" in (job.error or "")
    assert end_there(there, "flood") == "cancelled"


# ---- what stays


def test_a_job_that_has_ended_is_removed_from_the_worker(
    known: Path, there: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[str] = []
    told = threading.Event()
    remove = WorkerJobs.remove

    async def watched(self: WorkerJobs, job_id: str) -> None:
        await remove(self, job_id)
        removed.append(job_id)
        told.set()

    monkeypatch.setattr(WorkerJobs, "remove", watched)
    job = submit(nodes.text.ToUppercase(text="a"))
    job.result(PATIENCE)
    assert told.wait(PATIENCE)
    assert removed[0] not in [one["id"] for one in jobs_there(there)]
    assert not (job.log_path.parent / "attempts").exists()


def test_a_prompt_cancel_leaves_nothing_running_there(known: Path, there: WorkerProcess) -> None:
    job = submit(nodes.triggers.ManualTrigger(name="bell").data, name="cancelled early")
    until(job, is_status("starting"))
    job.cancel()
    assert end_of(job) == ("cancelled", "cancelled_by_user")
    words = {one["status"] for one in jobs_there(there) if one.get("name") == "cancelled early"}
    assert words <= {"cancelled"}  # or it is gone already


def test_the_log_names_no_process_of_the_worker(known: Path) -> None:
    job = submit(nodes.text.ToUppercase(text="a"))
    job.result(PATIENCE)
    named = [set(event.params) for event in job.events() if isinstance(event, JobUpdate) and event.params]
    assert named == [
        {"worker", "away", "grace", "started", "left"},
        {"worker", "away", "grace", "started", "left", "job"},
    ]
    assert manager().get(job.id).status.value == "completed"
