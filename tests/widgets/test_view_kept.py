"""What a finished cell keeps, read where no kernel is: by nbconvert, on paper, and where styles are taken away."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import nbformat
import pypdfium2
import pytest
from nbconvert import HTMLExporter, MarkdownExporter
from PIL import Image

from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.widgets import summary
from nodetool_jupyter.widgets.detail import final
from nodetool_jupyter.widgets.snapshot import About, Snapshots
from tests.widgets.showcase import Page, completed, failed, graph, refused

TABLE = [{"channel": "red", "mean": 152.4}, {"channel": "green", "mean": 4.6}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def notebook(folder: Path) -> Any:
    """A notebook of two cells whose jobs have ended, one of them badly."""
    values = ValueStore(folder)
    photo = values.encode(Image.new("RGB", (80, 40), "#c02040"))
    cells = []
    for story in (completed(mean=0.25, table=TABLE, photo=photo), failed()):
        state = story.state
        last = final(Snapshots(About("china.jpg", graph=graph(), values=values)), state)
        kept = [summary.Output(summary.bundle(state, graph(), values, view=last), {})]
        kept += summary.below(last, state, values)
        outputs = [nbformat.v4.new_output("display_data", data=one.data, metadata=one.metadata) for one in kept]
        cells.append(nbformat.v4.new_code_cell("%%nodetool run", outputs=outputs))
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture(scope="module")
def page(notebook: Any) -> str:
    return str(HTMLExporter().from_notebook_node(notebook)[0])


def test_the_outputs_are_the_summary_the_graph_and_the_pictures(notebook: Any) -> None:
    kept = [set(output["data"]) for output in notebook.cells[0]["outputs"]]
    assert kept == [
        {"application/vnd.nodetool.job+json", "text/html", "text/plain"},
        {"application/vnd.nodetool.picture+json", "image/png", "text/plain"},
        {"image/png", "text/plain"},
    ]


def test_a_valid_notebook_holds_them(notebook: Any) -> None:
    nbformat.validate(notebook)


def test_nothing_in_them_names_a_file_of_this_machine(notebook: Any, folder: Path) -> None:
    text = nbformat.writes(notebook)
    assert str(folder) not in text and "values/" not in text and str(Path(__file__).parent) not in text


def test_nbconvert_puts_the_table_and_the_graph_into_html(page: str) -> None:
    drawn = re.findall(r'<img [^>]*src="data:image/png[^>]*>', page)
    assert [re.findall(r'width="(\d+)"', tag) for tag in drawn] == [["436"], [], ["436"]]
    assert page.count("What each node did") == 2 and "radius must be positive" in page


def test_nbconvert_puts_them_into_markdown(notebook: Any) -> None:
    markdown, resources = MarkdownExporter().from_notebook_node(notebook)
    assert markdown.count("What each node did") == 2
    pictures = [name for name in resources["outputs"] if name.endswith(".png")]
    assert len(pictures) == 3 and all(name in markdown for name in pictures)


def test_without_styles_it_reads_the_same(notebook: Any) -> None:
    html = notebook.cells[0]["outputs"][0]["data"]["text/html"]
    bare = re.sub(r'\s(style|class)="[^"]*"', "", html)
    assert Page(bare).text == Page(html).text and refused(bare) == []
    sides = {attributes.get("align") for tag, attributes in Page(bare).tags if tag == "th"}
    assert sides == {"left", "right"}


def test_every_table_but_those_in_cells_has_a_caption(notebook: Any) -> None:
    for cell in notebook.cells:
        tags = [tag for tag, _ in Page(cell["outputs"][0]["data"]["text/html"]).tags]
        follows = [tags[place + 1] for place, tag in enumerate(tags) if tag == "table" and tags[place - 1] != "td"]
        assert follows and set(follows) == {"caption"}


@pytest.mark.slow
def test_on_paper_it_reads_as_on_the_screen(page: str, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is here to print the page")
    (tmp_path / "page.html").write_text(page)
    paper = tmp_path / "page.pdf"
    subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
         f"--print-to-pdf={paper}", (tmp_path / "page.html").as_uri()],
        check=True, capture_output=True, timeout=50,
    )  # fmt: skip
    document = pypdfium2.PdfDocument(paper)
    text = "".join(sheet.get_textpage().get_text_range() for sheet in document)
    drawn = [part for sheet in document for part in sheet.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])]
    assert [word for word in ("completed", "china.jpg", "152.4", "node 'blur' failed") if word not in text] == []
    assert len(drawn) == 3
    document.close()
