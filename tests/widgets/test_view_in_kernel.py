"""Views in a real kernel, executed as nbconvert and papermill do it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter, MarkdownExporter

from tests.widgets.showcase import Page, refused

SETUP = """
import queue, threading
from PIL import Image
from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.widgets.live import LiveView
from tests.widgets.showcase import completed, graph

work = queue.SimpleQueue()

def serve():  # a manager's thread is older than the cells whose jobs it runs
    while True:
        live, events, done = work.get()
        for event in events:
            live.apply([event])
        done.set()

threading.Thread(target=serve, daemon=True).start()
values = ValueStore({folder!r})
"""
RUN = """
live, done = LiveView(graph(), "run {number}", values), threading.Event()
work.put((live, completed(mean={number}.5, photo=values.encode(Image.new("RGB", (8, 4)))).events, done))
assert done.wait(10)
live.finish()
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = Path(__file__).parent.parent.parent
    setup = f"import sys; sys.path.insert(0, {str(root)!r})"
    setup += SETUP.replace("{folder!r}", f"__import__('pathlib').Path({str(tmp_path_factory.mktemp('values'))!r})")
    cells = [setup, RUN.format(number=1), RUN.format(number=2)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return notebook


@pytest.mark.parametrize("number", [1, 2])
def test_a_cell_keeps_the_summary_of_its_own_job_and_its_picture(executed: Any, number: int) -> None:
    summary, drawn, picture = executed.cells[number].outputs
    assert drawn["data"]["image/png"].startswith("iVBORw0KGgo")
    assert f"✓\xa0completed · run {number} ·" in Page(summary["data"]["text/html"]).text
    assert f"{number}.5" in summary["data"]["text/plain"]
    assert picture["data"]["image/png"].startswith("iVBORw0KGgo")


def test_what_a_cell_keeps_passes_the_sanitizer(executed: Any) -> None:
    assert refused(executed.cells[1].outputs[0]["data"]["text/html"]) == []


def test_two_runs_keep_the_same_but_for_their_names(executed: Any) -> None:
    first, second = (executed.cells[number].outputs[0]["data"]["text/html"] for number in (1, 2))
    assert first == second.replace("run 2", "run 1").replace("2.5<", "1.5<")


def test_nbconvert_shows_the_summary(executed: Any) -> None:
    html, _ = HTMLExporter().from_notebook_node(executed)
    markdown, _ = MarkdownExporter().from_notebook_node(executed)
    assert "run 1" in html and "image/png;base64" in html
    assert "run 1" in markdown
