"""Every notebook runs from its first cell to its last, in a real kernel; two of them over the death of a kernel.

The one about Docker runs in tests/docker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT

pytestmark = pytest.mark.timeout(150)  # kernels, workers and runners start one after the other, beside other tests

NOTEBOOKS = sorted(set((ROOT / "notebooks").glob("*.ipynb")) - set((ROOT / "notebooks").glob("*docker*")))
SURVIVAL = ROOT / "notebooks" / "02-jobs-that-survive.ipynb"
REMOTE = ROOT / "notebooks" / "04-remote-worker.ipynb"
QUICKER = {  # nobody must find the menu while a test waits
    "rounds=30, pause=1.0": "rounds=30, pause=0.2",
    "interval_seconds=1.0, max_events=20": "interval_seconds=0.4, max_events=20",
}


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setenv("NODETOOL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    yield tmp_path / "home"
    for process in psutil.process_iter():  # a worker of a notebook that did not come to its end
        with suppress(psutil.Error):
            if process.environ().get("NODETOOL_HOME", "").startswith(f"{tmp_path}/nodetool-worker-"):
                process.kill()


def read(path: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        for slow, quick in QUICKER.items():
            cell.source = cell.source.replace(slow, quick)
    return notebook


def client_for(notebook: Any) -> NotebookClient:
    where = {"metadata": {"path": ROOT / "notebooks"}}
    return NotebookClient(notebook, timeout=50, kernel_name="python3", resources=where)


def printed(cells: list[Any]) -> str:
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.output_type == "stream")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs(path: Path) -> None:
    notebook = read(path)
    client_for(notebook).execute()
    errors = [output for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "error"]
    assert errors == []
    shown = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs]
    assert len(shown) >= 5


def halves(path: Path) -> tuple[Any, Any]:
    """Return a notebook in two, cut where it asks for the kernel to be restarted."""
    before, after = read(path), read(path)
    cut = next(place for place, cell in enumerate(before.cells) if cell.source.startswith("## Restart the kernel"))
    before.cells, after.cells = before.cells[:cut], after.cells[cut:]
    return before, after


def run_and_kill(notebook: Any) -> None:
    """Run every cell, then kill the kernel as the system would: it gets to do nothing more."""
    client = client_for(notebook)
    with client.setup_kernel():
        for place, cell in enumerate(notebook.cells):
            client.execute_cell(cell, place)
        client.km.provisioner.process.kill()
        client.km.provisioner.process.wait()


@pytest.mark.slow
def test_the_second_notebook_goes_on_after_its_kernel_was_killed(home: Path) -> None:
    before, after = halves(SURVIVAL)
    run_and_kill(before)
    assert "round 1:" in printed(before.cells)
    client_for(after).execute()
    assert "completed: 30 rounds" in printed(after.cells)
    assert "no event is missing: True" in printed(after.cells)
    (digits,) = [path.parent for path in home.glob("jobs/*/owner.2")]  # one kernel began it, the other ended it
    assert digits.joinpath("events.jsonl").read_text().count('"content":"process ') == 1


@pytest.mark.slow
def test_a_job_on_a_worker_goes_on_after_the_kernel_was_killed(home: Path) -> None:
    before, after = halves(REMOTE)
    run_and_kill(before)
    (worker,) = re.findall(r"and the worker (\d+) at", printed(before.cells))
    assert f"process {worker} reads on the worker" in printed(before.cells)
    assert "tap: 2" in printed(before.cells)
    client_for(after).execute()
    assert "completed: 20 ticks" in printed(after.cells)
    assert "no event is missing: True" in printed(after.cells)
    (folder,) = [path.parent for path in home.glob("jobs/*/owner.2")]  # one kernel began it, the other ended it
    ticks = re.findall(r'"content":"tap: (\d+)"', folder.joinpath("events.jsonl").read_text())
    assert ticks == [str(number) for number in range(1, 21)]
    assert "functions that a notebook defines are not run here" in printed(after.cells)
