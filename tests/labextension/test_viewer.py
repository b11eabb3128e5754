"""Workflow files in a real browser: their picture, what is the matter with them, and a notebook that runs one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.labextension.pages import CONNECTED, Lab, run
from tests.labextension.served import SHOUT as GRAPH

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=window.harmed=1>"


def changed(node: int, **fields: Any) -> dict[str, Any]:
    """The graph with other fields in one node."""
    nodes = [{**each, **fields} if number == node else each for number, each in enumerate(GRAPH["nodes"])]
    return {**GRAPH, "nodes": nodes}


def write(lab: Lab, name: str, content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    (lab.work / name).write_text(text)
    return name


def open_file(page: Page, lab: Lab, name: str, app: str = "lab/tree") -> Locator:
    """Open a file as a double click does, and return its tab's content."""
    page.goto(f"{lab.url}/{app}/{name}?reset&token={lab.token}")
    return page.locator(".nodetool-file")


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    return new_page()


@pytest.mark.parametrize("app", ["lab/tree", "edit"])
def test_a_workflow_file_opens_as_its_picture(lab: Lab, page: Page, faults: list[str], app: str) -> None:
    file = open_file(page, lab, write(lab, "shout.nodetool.json", GRAPH), app)
    expect(file.locator(".nt-card")).to_have_count(3)
    expect(file.locator(".nt-name")).to_have_text("shout")
    expect(file.locator(".nt-counts")).to_have_text("3 nodes · can run")
    expect(file.locator(".nt-list li")).to_have_text(["textstr'abc'", "result"])
    assert faults == []


def test_what_is_the_matter_is_told_in_words_and_leads_to_the_node(lab: Lab, page: Page, faults: list[str]) -> None:
    name = write(lab, "broken.nodetool.json", changed(1, type="nodetool.text.ToUpercase"))
    file = open_file(page, lab, name)
    expect(file.locator(".nt-counts")).to_contain_text("fault")
    issues = file.get_by_role("region", name="What is the matter")
    expect(issues.locator("li").first).to_contain_text("ToUppercase")
    issues.get_by_role("button", name="ToUpercase").first.click()
    expect(file.locator('.nt-card[data-status="error"]')).to_be_focused()
    assert faults == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "This is not JSON"),
        ([], "There is no workflow in this file"),
        ({"a": 1}, "nodes"),
        ({"nodes": [{"id": "x"}], "edges": []}, "type"),
    ],
    ids=["no-json", "list", "no-graph", "bad-node"],
)
def test_a_file_without_a_workflow_says_so(lab: Lab, page: Page, content: Any, said: str) -> None:
    file = open_file(page, lab, write(lab, "nothing.nodetool.json", content))
    expect(file.locator(".nt-plain")).to_contain_text(said)
    expect(file.locator(".nt-card")).to_have_count(0)


def test_names_in_a_file_are_text(lab: Lab, page: Page) -> None:
    content = {**changed(1, name=HOSTILE, type=f"no.{HOSTILE}"), "name": HOSTILE}
    file = open_file(page, lab, write(lab, "hostile.nodetool.json", content))
    expect(file.locator(".nt-name")).to_have_text(HOSTILE)
    expect(file.locator(".nt-card-name", has_text=HOSTILE)).to_have_count(1)
    assert page.evaluate("() => window.harmed") is None
    expect(file.locator("img")).to_have_count(0)


def test_a_file_that_is_edited_is_drawn_anew(lab: Lab, page: Page) -> None:
    name = write(lab, "edited.nodetool.json", GRAPH)
    file = open_file(page, lab, name)
    expect(file.locator(".nt-card")).to_have_count(3)
    page.evaluate(
        """async ([path, text]) => {
          const editor = await window.jupyterapp.commands.execute('docmanager:open', {path, factory: 'Editor'});
          await editor.context.ready;
          editor.context.model.fromString(text);
        }""",
        [name, json.dumps({**GRAPH, "nodes": GRAPH["nodes"][:2], "edges": GRAPH["edges"][:1]})],
    )
    page.get_by_role("tab", name=name).first.click()
    expect(file.locator(".nt-card")).to_have_count(2)


def test_another_json_file_is_shown_only_when_it_is_asked_for(lab: Lab, page: Page) -> None:
    name = write(lab, "plain.json", GRAPH)
    open_file(page, lab, name)
    expect(page.locator(".jp-RenderedJSON")).to_be_visible()
    page.evaluate(
        "path => { window.jupyterapp.commands.execute('docmanager:open', {path, factory: 'nodetool-picture'}); }", name
    )
    expect(page.locator(".nodetool-file .nt-card")).to_have_count(3)


def test_a_file_runs_in_a_new_notebook_beside_it_once_its_cells_are_run(
    lab: Lab, page: Page, faults: list[str]
) -> None:
    (lab.work / "deep er").mkdir(exist_ok=True)
    write(lab, "deep er/it's mine.nodetool.json", GRAPH)
    file = open_file(page, lab, "deep%20er/it's%20mine.nodetool.json")
    expect(file.locator(".nt-card")).to_have_count(3)
    page.get_by_role("button", name="Run in a New Notebook").click()
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    expect(cells).to_have_count(2)
    written = nbformat.read(lab.work / "deep er" / "it's mine.ipynb", as_version=4)
    assert [cell.source for cell in written.cells] == [
        "%load_ext nodetool_jupyter",
        "%nodetool run 'it'\"'\"'s mine.nodetool.json'",
    ]
    assert [cell.outputs for cell in written.cells] == [[], []]
    page.evaluate(CONNECTED)
    run(page, "notebook:run-all-cells")
    expect(page.locator(".nodetool-view .nt-state")).to_have_text("completed")
    expect(page.locator(".nodetool-view .nt-outputs")).to_contain_text("ABC")
    assert faults == []


def test_the_file_browsers_menu_offers_the_picture_and_the_notebook(lab: Lab, page: Page) -> None:
    write(lab, "menu.nodetool.json", GRAPH)
    page.goto(f"{lab.url}/lab?reset&token={lab.token}")
    page.locator('.jp-DirListing-item[data-file-type="nodetool-workflow"]', has_text="menu.").click(button="right")
    menu = page.locator(".lm-Menu")
    expect(menu.get_by_text("Run in a New Notebook")).to_be_visible()
    menu.get_by_text("Open Picture").click()
    expect(page.locator(".nodetool-file .nt-name")).to_have_text("menu")


def test_without_the_servers_extension_the_viewer_says_so(lab: Lab, page: Page) -> None:
    page.route("**/nodetool/api/explain*", lambda route: route.fulfill(status=404, json={}))
    file = open_file(page, lab, write(lab, "absent.nodetool.json", GRAPH))
    expect(file.locator(".nt-plain")).to_contain_text("extension of the Jupyter server")
    page.unroute_all()
    file.get_by_role("button", name="Look again").click()
    expect(file.locator(".nt-card")).to_have_count(3)
