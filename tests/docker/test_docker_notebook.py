"""The notebook about Docker runs from its first cell to its last, against the real engine, and shows what it tells."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import ROOT
from tests.test_notebooks import client_for, printed, read

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def cells(image: str, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The cells of a copy, after they have run; each test looks at one thing in them."""
    home = tmp_path_factory.mktemp("home")
    notebook = read(ROOT / "notebooks" / "03-docker-and-gpu.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NODETOOL_HOME", str(home / "nodetool"))
        patch.setenv("IPYTHONDIR", str(home / "ipython"))
        patch.setenv("DOCKER_IMAGE", image)
        client_for(notebook).execute()
    found: list[Any] = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return found


def test_no_cell_fails(cells: list[Any]) -> None:
    assert [output for cell in cells for output in cell.outputs if output.output_type == "error"] == []


@pytest.mark.parametrize(
    ("source", "shows"),
    [
        ("image", "a job in it  completed"),
        ("greedy(gigabytes=1)", "out_of_memory · "),
        ("sandbox", "{} → ['lo']\n"),
        ("sandbox", "the sandbox 'strict' allows no network"),
        ("counting", "cancelled\n"),
    ],
    ids=["image", "memory", "no-network", "refused-network", "cancel"],
)
def test_a_cell_prints_what_the_text_says(cells: list[Any], source: str, shows: str) -> None:
    assert shows in printed([cell for cell in cells if source in cell.source])


@pytest.mark.parametrize(
    ("source", "shows", "never"),
    [
        ("value=notebook.look_around()", "writable", "eth0"),
        ("--secret DEMO_TOKEN", "••••", "not-a-real-token-5512"),
        ("ExecutePython", "4 words, read by user 65532", "eth0"),
    ],
    ids=["inside", "secret", "script"],
)
def test_a_run_shows_what_the_text_says(cells: list[Any], source: str, shows: str, never: str) -> None:
    (cell,) = (cell for cell in cells if source in cell.source)
    text = str(cell.outputs)
    assert (shows in text, never in text) == (True, False)


def test_a_gpu_is_shown_or_its_absence(cells: list[Any]) -> None:
    (cell,) = (cell for cell in cells if 'gpus="all"' in cell.source)
    said = printed([cell])
    assert said.startswith("{'device': 'cuda:0'") or "GPU" in said
