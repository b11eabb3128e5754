"""Nodes that run on a worker while their graph runs here, in this process and in one of its own."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.errors import InvalidGraph, JobError
from tests.bridge.placing_scenery import (
    PATIENCE,
    SECRET,
    TOKEN,
    Known,
    Runs,
    Worker,
    chain,
    node,
    of_type,
    says,
    slots,
)


def test_a_node_runs_on_its_worker_between_nodes_that_run_here(placed: Runs, worker: Worker) -> None:
    graph = chain(
        node("a", "nodetool.constant.Float", value=4.0),
        node("b", "Double"),
        node("c", "Double"),
        handles=("value",) * 2,
    )
    assert placed.run(graph)["out"] == 16.0


def test_it_knows_for_which_job_and_node_it_runs(placed: Runs, worker: Worker) -> None:
    job = placed.submit(slots(node("where", "Where"), "pid", "job_id", "node_id"))
    found = job.result(PATIENCE)
    assert (found["pid"], found["job_id"], found["node_id"]) == (worker.process.pid, job.id, "where")


def test_a_picture_goes_there_and_comes_back(placed: Runs) -> None:
    graph = chain(node("in", "nodetool.input.ImageInput", name="image"), node("i", "Invert"), handles=("image",))
    picture = placed.run(graph, {"image": PIL.Image.new("RGB", (8, 6), (255, 0, 10))})["out"]
    assert (picture.size, picture.getpixel((0, 0))) == ((8, 6), (0, 255, 245))


def test_a_node_here_gets_a_picture_that_a_worker_made_as_a_picture(placed: Runs) -> None:
    constant = node("in", "nodetool.input.ImageInput", name="image")
    blur = node("size", "nodetool.control.Collect")
    graph = chain(constant, node("i", "Invert"), blur, handles=("image", "input_item"))
    (picture,) = placed.run(graph, {"image": PIL.Image.new("RGB", (5, 5), "red")})["out"]
    assert picture.getpixel((0, 0)) == (0, 255, 255)


def test_pictures_in_a_list_go_both_ways(placed: Runs) -> None:
    graph = chain(node("a", "Album", count=3), node("w", "Widths"), handles=("images",))
    assert placed.run(graph)["out"] == [1, 2, 3]
    assert [picture.width for picture in placed.run(chain(node("a", "Album", count=2)))["out"]] == [1, 2]


def test_fifty_mebibytes_pass_through_a_file_from_one_worker_node_to_the_next(placed: Runs) -> None:
    size = 50 * 1024 * 1024
    graph = slots(node("w", "Weigh"), "size", "sha256")
    graph["nodes"].append(node("f", "Film", size=size))
    graph["edges"].append({"source": "f", "sourceHandle": "output", "target": "w", "targetHandle": "film"})
    found = placed.run(graph)
    assert (found["size"], found["sha256"]) == (size, hashlib.sha256(bytes(range(256)) * (size // 256)).hexdigest())


def test_arrays_and_tables_keep_what_they_are(placed: Runs) -> None:
    numbers = node("n", "nodetool.constant.List", value=[1, 2, 3])
    graph = chain(numbers, node("s", "Scaled", factor=3.0), handles=("array",))
    assert np.array_equal(placed.run(graph)["out"], [3.0, 6.0, 9.0])
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    table = chain(node("t", "nodetool.constant.List", value=rows), node("r", "Rows"), handles=("table",))
    assert placed.run(table)["out"] == [[1, "x"], [2, None]]


def test_items_of_a_stream_are_values_of_the_run(placed: Runs) -> None:
    graph = chain(node("c", "Count", count=300), node("d", "nodetool.control.Collect"), handles=("input_item",))
    assert placed.run(graph)["out"] == list(range(300))


def test_what_a_worker_says_becomes_events_of_the_run(placed: Runs) -> None:
    job = placed.submit(chain(node("s", "Speaks")))
    assert job.result(PATIENCE)["out"] == "said"
    (progress,) = of_type(job, "node_progress")
    assert (progress.node_id, progress.progress, progress.total, progress.message) == ("s", 3, 4, "nearly")
    assert [(one.node_id, one.severity) for one in of_type(job, "log_update") if one.content == "hello"] == [
        ("s", "warning")
    ]
    assert [one.value for one in of_type(job, "preview_update") if one.output is None] == ["look"]
    assert [(one.content, one.done) for one in of_type(job, "chunk")] == [("piece", True)]


def test_a_node_that_fails_there_fails_the_job_here(placed: Runs) -> None:
    with pytest.raises(JobError, match=r"worker place: .*kaputt") as caught:
        placed.run(chain(node("b", "Breaks")))
    assert (caught.value.reason, caught.value.node_id) == ("node_failed", "b")


def test_only_secrets_that_the_job_came_with_and_the_node_names_are_sent(
    placed: Runs, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACE_SECRET", SECRET)
    known.change("place", "placecheck.Where", required_settings=["PLACE_SECRET"])
    graph = slots(node("where", "Where"), "secret")
    assert placed.run(graph)["secret"] == ""
    given = placed.submit(graph, secrets=["PLACE_SECRET"])
    assert given.result(PATIENCE)["secret"] == SECRET
    known.change("place", "placecheck.Where", required_settings=["PATH"])
    assert placed.run(graph, secrets=["PLACE_SECRET"])["secret"] == ""


def test_a_setting_that_is_not_sent_is_told(placed: Runs, known: Known) -> None:
    known.change("place", "placecheck.Double", required_settings=["PLACE_SECRET"])
    job = placed.end(chain(node("d", "Double", value=1.0)))
    assert [one.node_id for one in of_type(job, "log_update") if "PLACE_SECRET" in one.content] == ["d"]


def test_no_token_reaches_a_log_an_argument_or_an_environment(placed: Runs, home: Path) -> None:
    held = home.parent / "stopped"
    job = placed.submit(chain(node("h", "Holds", told=str(held))))
    placed.until(job, says("begun"))
    seen = [path.read_bytes() for path in home.rglob("*") if path.is_file() and path.suffix != ".pkl"]
    if placed.strategy == "subprocess":
        seen += [Path("/proc", str(pid), name).read_bytes() for pid in _tree(job) for name in ("cmdline", "environ")]
    job.cancel()
    job.wait(PATIENCE)
    assert [text for text in seen if TOKEN.encode() in text] == []


def _tree(job: nt.Job) -> list[int]:
    import psutil

    (started,) = [one for one in of_type(job, "job_update") if one.status == "starting"]
    guard = psutil.Process(started.params["pid"])
    return [guard.pid, *(child.pid for child in guard.children(recursive=True))]


def test_a_cancel_is_heard_there_before_the_job_ends(placed: Runs, tmp_path: Path) -> None:
    told = tmp_path / "stopped"
    job = placed.submit(chain(node("h", "Holds", told=str(told))))
    placed.until(job, says("begun"))
    job.cancel()
    assert job.wait(PATIENCE).value == "cancelled"
    assert told.read_text() == "stopped"


def test_a_stream_that_is_cancelled_stops_there(placed: Runs, tmp_path: Path) -> None:
    told = tmp_path / "stopped"
    job = placed.submit(chain(node("e", "Endless", told=str(told))))
    placed.until(job, lambda event: event.type == "output_update" and event.value >= 3)
    job.cancel()
    assert job.wait(PATIENCE).value == "cancelled"
    assert told.read_text() == "stopped"


def test_a_node_that_takes_no_notice_does_not_hold_the_job(placed: Runs, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    options = {"grace": "1s"} if placed.strategy == "subprocess" else {}
    job = placed.submit(chain(node("s", "Stubborn", pipe=str(pipe))), options=options)
    placed.until(job, says("begun"))
    job.cancel()
    try:
        assert job.wait(PATIENCE).value == "cancelled"
    finally:
        pipe.write_text("")  # the worker is others' too


def test_an_unknown_worker_type_is_refused_with_the_nearest(placed: Runs) -> None:
    with pytest.raises(InvalidGraph, match=r"placecheck\.Dubble.*placecheck\.Double"):
        placed.submit(chain(node("d", "Dubble", value=1.0)))


def test_a_node_can_be_put_on_one_of_two_workers(placed: Runs, known: Known, worker: Worker, tmp_path: Path) -> None:
    other = Worker(tmp_path)
    try:
        known.add("other", other.url)
        graph = slots(node("one", "Where"), "pid")
        two = slots(node("two", "Where"), "pid")
        two["nodes"][1].update(id="out_two", data={"name": "pid2"})
        two["edges"][0].update(target="out_two")
        both = {"nodes": graph["nodes"] + two["nodes"], "edges": graph["edges"] + two["edges"]}
        found = placed.run(both, node_workers={"one": "place", "two": "other"})
        assert (found["pid"], found["pid2"]) == (worker.process.pid, other.process.pid)
        assert os.getpid() not in (found["pid"], found["pid2"])
    finally:
        other.end()


def test_a_value_that_cannot_be_sent_says_which(placed: Runs) -> None:
    @nt.node(name="Weird", namespace="placetest")
    def weird() -> Any:
        return {1: 2}

    graph = slots(node("w", "Where"), "job_id")
    graph["nodes"].append(node("o", "placetest.Weird"))
    graph["edges"].append({"source": "o", "sourceHandle": "output", "target": "w", "targetHandle": "value"})
    with pytest.raises(JobError, match="value: a map with a key of type int cannot be sent"):
        placed.run(graph)
