"""Workers that cannot be reached, turn a run away, or go away in the middle of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bridge.placing_scenery import PATIENCE, Known, Runs, Worker, chain, node, of_type, says


class Replaceable:
    """A worker that goes away and comes back, at the same port or at another, whose address stands in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = folder / "address"
        self.worker = Worker(folder)
        self._tell()

    def kill(self) -> None:
        self.worker.end()

    def come_back(self, *, same_port: bool) -> None:
        self.worker = Worker(self.folder, self.worker.port if same_port else 0)
        self._tell()

    def _tell(self) -> None:
        self.address.write_text(f"{self.worker.url}\n")


@pytest.fixture
def fragile(tmp_path: Path) -> Iterator[Replaceable]:
    (tmp_path / "fragile").mkdir()
    found = Replaceable(tmp_path / "fragile")
    yield found
    if found.worker.process.returncode is None:
        found.kill()


def test_work_in_flight_at_a_drop_ends_the_job_as_lost(runs: Runs, known: Known, fragile: Replaceable) -> None:
    known.add("fragile", fragile.worker.url)
    job = runs.submit(chain(node("h", "Holds", told=os.devnull)))
    runs.until(job, says("begun"))
    fragile.kill()
    job.wait(PATIENCE)
    assert (job.status.value, job.reason) == ("error", "worker_lost")
    assert "worker fragile" in (job.error or "")


def test_a_node_that_may_be_called_again_is_when_its_worker_is_back(
    runs: Runs, known: Known, fragile: Replaceable, tmp_path: Path
) -> None:
    known.add("fragile", fragile.worker.url)
    known.change("fragile", "placecheck.Second", retry=True)
    job = runs.submit(chain(node("s", "Second", mark=str(tmp_path / "mark"))))
    runs.until(job, says("begun"))
    fragile.kill()
    fragile.come_back(same_port=True)
    assert job.result(PATIENCE)["out"] == "again"
    assert [one.severity for one in of_type(job, "log_update") if "it is called again" in one.content] == ["warning"]


def test_between_two_nodes_a_worker_may_move(runs: Runs, known: Known, fragile: Replaceable) -> None:
    known.add_resolved("fragile", fragile.address)
    number = node("n", "nodetool.input.FloatInput", name="number")
    graph = chain(number, node("d", "Double"), handles=("value",))
    job = runs.submit(graph, options={"open_inputs": ["number"]})
    job.push_input("number", 2.0)
    runs.until(job, lambda event: event.type == "output_update" and event.value == 4.0)
    fragile.kill()
    fragile.come_back(same_port=False)
    job.push_input("number", 21.0)
    job.push_input("number", end=True)
    assert job.result(PATIENCE)["out"] == 42.0


def test_a_worker_that_is_not_there_ends_the_job_before_anything_runs(
    runs: Runs, known: Known, fragile: Replaceable
) -> None:
    known.add("fragile", fragile.worker.url)
    fragile.kill()
    job = runs.end(chain(node("c", "nodetool.constant.Float", value=1.0), node("d", "Double"), handles=("value",)))
    assert (job.status.value, job.reason) == ("error", "worker_lost")
    assert (job.error or "").startswith("worker fragile: ")
    assert of_type(job, "node_update") == []


def test_a_wrong_token_ends_the_job_before_anything_runs(
    placed: Runs, known: Known, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACE_TOKEN", "canary-wrong-token-0123456789")
    job = placed.end(chain(node("d", "Double", value=1.0)))
    assert (job.status.value, job.reason) == ("error", "rejected")
    assert "worker place: " in (job.error or "") and "canary" not in (job.error or "")
    assert of_type(job, "node_update") == []


def test_a_token_that_is_gone_is_named(placed: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLACE_TOKEN")
    job = placed.end(chain(node("d", "Double", value=1.0)))
    assert (job.status.value, job.reason) == ("error", "secret_missing")
    assert "PLACE_TOKEN" in (job.error or "")


def test_a_worker_that_was_forgotten_is_named(placed: Runs, known: Known) -> None:
    path = known.data / "workers.json"
    path.write_text("[]")
    job = placed.end(chain(node("d", "Double", value=1.0)))
    assert (job.status.value, job.reason) == ("error", "rejected")
    assert "there is no worker 'place'" in (job.error or "")


def test_a_type_that_its_worker_has_no_more_is_told_with_the_nearest(placed: Runs, known: Known) -> None:
    known.change("place", "placecheck.Double", node_type="placecheck.Doubles")
    job = placed.end(chain(node("d", "Doubles", value=1.0)))
    assert (job.status.value, job.reason) == ("error", "rejected")
    assert "does not have placecheck.Doubles any more; did you mean 'placecheck.Double'" in (job.error or "")


def test_a_run_can_be_cancelled_while_its_worker_is_looked_for(
    runs: Runs, known: Known, fragile: Replaceable, tmp_path: Path
) -> None:
    known.add_resolved("fragile", fragile.address)
    fragile.address.unlink()
    os.mkfifo(fragile.address)  # whoever asks for the address waits
    job = runs.submit(chain(node("d", "Double", value=1.0)))
    with fragile.address.open("w"):  # opens when somebody reads
        job.cancel()
        assert job.wait(PATIENCE).value == "cancelled"
