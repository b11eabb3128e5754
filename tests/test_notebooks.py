"""Every notebook runs from its first cell to its last, in a real kernel; the second one over the death of a kernel.

The one about Docker runs in tests/docker.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.conftest import ROOT

NOTEBOOKS = sorted(set((ROOT / "notebooks").glob("*.ipynb")) - set((ROOT / "notebooks").glob("*docker*")))
SURVIVAL = ROOT / "notebooks" / "02-jobs-that-survive.ipynb"
FOR_PEOPLE, HERE = "rounds=30, pause=1.0", "rounds=30, pause=0.2"  # nobody must find the menu while a test waits


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("NODETOOL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    return tmp_path / "home"


def read(path: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace(FOR_PEOPLE, HERE)
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


@pytest.fixture
def halves() -> tuple[Any, Any]:
    """The second notebook, cut where it asks for the kernel to be restarted."""
    before, after = read(SURVIVAL), read(SURVIVAL)
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


def test_the_second_notebook_goes_on_after_its_kernel_was_killed(halves: tuple[Any, Any], home: Path) -> None:
    before, after = halves
    run_and_kill(before)
    assert "round 1:" in printed(before.cells)
    client_for(after).execute()
    assert "completed: 30 rounds" in printed(after.cells)
    assert "no event is missing: True" in printed(after.cells)
    (digits,) = [path.parent for path in home.glob("jobs/*/owner.2")]  # one kernel began it, the other ended it
    assert digits.joinpath("events.jsonl").read_text().count('"content":"process ') == 1
