"""Graphs of ours with nodes that NodeTool's own worker runs, over its socket and its pipes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import PIL.Image
import psutil
import pytest

from nodetool_jupyter.bridge.connections import Connection
from nodetool_jupyter.errors import InvalidGraph, JobError
from nodetool_jupyter.jobs import manager as module
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.bridge.placing_scenery import PATIENCE, Known, Runs, chain, node, of_type, slots
from tests.interop.conftest import PACK, RealWorker, peer_environ, started


def basic(node_id: str, name: str, **data: Any) -> dict[str, Any]:
    return node(node_id, f"bridgecheck.basic.{name}", **data)


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real_worker: RealWorker) -> Iterator[Known]:
    data = tmp_path / "data"
    monkeypatch.setenv("NODETOOL_HOME", str(data))
    monkeypatch.setenv("PEER_TOKEN", real_worker.token)
    monkeypatch.setenv("PYTHONPATH", str(PACK))  # for a worker that is a process of ours
    made = JobExecutionManager(data_dir=data, runtime_dir=tmp_path / "run")
    monkeypatch.setattr(module, "_manager", made)
    yield Known(data)
    made.shutdown()


@pytest.fixture(params=["threaded", "subprocess"])
def strategy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def runs(strategy: str, known: Known, real_worker: RealWorker) -> Runs:
    known.store(Connection(name="theirs", url=real_worker.url, token="PEER_TOKEN"), ask=True)
    return Runs(module.manager(), strategy)


@pytest.fixture
def piped(strategy: str, known: Known, real_worker: RealWorker) -> Runs:
    """Run graphs whose job starts a worker of its own."""
    known.store(Connection(name="theirs", url=f"stdio:{real_worker.stdio[0]}"), ask=True)
    return Runs(module.manager(), strategy)


def test_nodes_run_there_between_nodes_that_run_here(runs: Runs) -> None:
    rows = (node("a", "nodetool.constant.Float", value=4.0), basic("b", "Add", b=1.5), basic("c", "Add", b=2.5))
    assert runs.run(chain(*rows, handles=("a", "a")))["out"] == 8.0
    assert runs.run(slots(basic("d", "DivMod", a=17, b=5), "quotient", "remainder")) == {"quotient": 3, "remainder": 2}


def test_each_item_of_a_stream_flows_on(runs: Runs) -> None:
    graph = slots(basic("s", "CountStream", count=4), "value", "total")
    graph["edges"][0].update(target="all", targetHandle="input_item")
    graph["nodes"].append(node("all", "nodetool.control.Collect"))
    graph["edges"].append({"source": "all", "sourceHandle": "output", "target": "out_value", "targetHandle": "value"})
    assert runs.run(graph) == {"value": [0, 1, 2, 3], "total": 4}


def passed_on() -> dict[str, Any]:
    """Return a graph that gives a picture back as a worker's node did."""
    return chain(node("in", "nodetool.input.ImageInput", name="image"), basic("s", "Same"), handles=("image",))


def test_a_picture_goes_there_and_comes_back(runs: Runs) -> None:
    picture = runs.run(passed_on(), {"image": PIL.Image.new("RGB", (8, 6), (255, 0, 10))})["out"]
    assert (picture.size, picture.getpixel((0, 0))) == ((8, 6), (255, 0, 10))


def test_a_worker_of_the_jobs_own_is_spoken_to_over_pipes_and_ends_with_it(piped: Runs) -> None:
    graph = passed_on()
    counted = slots(basic("c", "CountStream", count=3), "total")
    where = slots(basic("w", "Where"), "pid")
    for more in (counted, where):
        graph["nodes"] += more["nodes"]
        graph["edges"] += more["edges"]
    found = piped.run(graph, {"image": PIL.Image.new("RGB", (8, 6), (255, 0, 10))})
    assert (found["out"].getpixel((0, 0)), found["total"]) == ((255, 0, 10), 3)
    assert not psutil.pid_exists(found["pid"])


def test_fifty_mebibytes_go_from_one_node_there_to_the_next(runs: Runs) -> None:
    size = 50 * 1024 * 1024
    graph = slots(basic("i", "BlobInfo"), "size", "sha256")
    graph["nodes"].append(basic("b", "BigBytes", size=size))
    graph["edges"].append({"source": "b", "sourceHandle": "output", "target": "i", "targetHandle": "image"})
    digest = hashlib.sha256(bytes(range(256)) * (size // 256)).hexdigest()
    assert runs.run(graph) == {"size": size, "sha256": digest}


def test_what_the_worker_says_becomes_events_of_the_run(runs: Runs) -> None:
    job = runs.submit(chain(basic("c", "Chatty")))
    assert job.result(PATIENCE)["out"] == "done"
    assert [(one.node_id, one.progress, one.total) for one in of_type(job, "node_progress")] == [("c", 1, 2)]
    assert [one.content for one in of_type(job, "log_update") if one.node_id == "c"] == ["hello"]
    assert [one.value for one in of_type(job, "preview_update") if one.output is None] == [{"text": "preview"}]


def test_the_worker_knows_job_and_node_and_only_secrets_that_both_sides_name(
    runs: Runs, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIDGECHECK_SECRET", "canary-of-the-job")
    monkeypatch.setenv("OTHER_SECRET", "canary-that-stays")
    known.change("theirs", "bridgecheck.basic.Identity", required_settings=["BRIDGECHECK_SECRET"])
    graph = slots(basic("i", "Identity"), "node_id", "job_id", "secret")
    job = runs.submit(graph, secrets=["BRIDGECHECK_SECRET", "OTHER_SECRET"])
    assert job.result(PATIENCE) == {"node_id": "i", "job_id": job.id, "secret": "canary-of-the-job"}


@pytest.mark.parametrize("name", ["Fail", "FailMidStream"])
def test_a_node_that_fails_there_fails_the_job_here(runs: Runs, name: str) -> None:
    said = {"Fail": "kaputt", "FailMidStream": "stream broke"}[name]
    job = runs.end(slots(basic("f", name), "output" if name == "Fail" else "value"))
    with pytest.raises(JobError, match=f"worker theirs: .*{said}") as caught:
        job.result(PATIENCE)
    assert (caught.value.reason, caught.value.node_id) == ("node_failed", "f")


def test_a_cancel_is_heard_there_before_the_job_ends(runs: Runs, tmp_path: Path) -> None:
    told = tmp_path / "stopped"
    job = runs.submit(chain(basic("l", "Leaves", path=str(told))))
    runs.until(job, lambda event: event.type == "node_progress")
    job.cancel()
    assert job.wait(PATIENCE).value == "cancelled"
    assert told.read_text() == "stopped"


def test_a_stream_in_the_middle_is_cancelled(runs: Runs) -> None:
    graph = slots(basic("s", "CountStream", count=1_000_000, delay=0.001), "value")
    job = runs.submit(graph)
    runs.until(job, lambda event: event.type == "output_update" and event.value >= 3)
    job.cancel()
    assert job.wait(PATIENCE).value == "cancelled"
    assert runs.run(chain(basic("a", "Add", a=1.0)))["out"] == 1.0


def test_what_is_not_there_is_refused_before_anything_runs(runs: Runs) -> None:
    with pytest.raises(InvalidGraph, match=r"bridgecheck\.basic\.Ad'; did you mean 'bridgecheck\.basic\.Add'"):
        runs.submit(chain(basic("a", "Ad")))
    with pytest.raises(InvalidGraph, match=r"the worker .theirs. has no node type .nodetool\.text\.Concat."):
        runs.submit(chain(node("c", "nodetool.text.Concat")), node_workers={"c": "theirs"})


@pytest.fixture
def another(real_worker: RealWorker) -> Iterator[RealWorker]:
    """A worker that a test may lose."""
    with started(real_worker.stdio[:-1], peer_environ(PYTHONPATH=str(PACK)), real_worker.token) as worker:
        yield worker


def test_work_on_a_worker_that_dies_is_lost(strategy: str, known: Known, another: RealWorker) -> None:
    known.store(Connection(name="theirs", url=another.url, token="PEER_TOKEN"), ask=True)
    job = Runs(module.manager(), strategy).end(chain(basic("d", "Dies")))
    with pytest.raises(JobError, match="worker theirs: ") as caught:
        job.result(PATIENCE)
    assert (caught.value.reason, caught.value.node_id) == ("worker_lost", "d")


def test_two_nodes_of_a_graph_run_on_two_workers(
    strategy: str, known: Known, real_worker: RealWorker, another: RealWorker
) -> None:
    for name, worker in (("one", real_worker), ("two", another)):
        known.store(Connection(name=name, url=worker.url, token="PEER_TOKEN"), ask=True)
    graph = slots(basic("w1", "Where"), "pid")
    graph["nodes"] += [basic("w2", "Where", worker="two"), node("out2", "nodetool.output.Output", name="other")]
    graph["edges"].append({"source": "w2", "sourceHandle": "pid", "target": "out2", "targetHandle": "value"})
    found = Runs(module.manager(), strategy).run(graph)
    assert len({found["pid"], found["other"], os.getpid()}) == 3


def test_a_wrong_token_is_one_sentence_that_does_not_hold_it(
    strategy: str, known: Known, real_worker: RealWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    known.store(Connection(name="theirs", url=real_worker.url, token="PEER_TOKEN"), ask=True)
    monkeypatch.setenv("PEER_TOKEN", "canary-that-is-wrong")
    job = Runs(module.manager(), strategy).end(chain(basic("a", "Add", a=1.0)))
    with pytest.raises(JobError, match=r"worker theirs: .*401") as caught:
        job.result(PATIENCE)
    assert "canary" not in str(caught.value)
