"""Jobs that notebooks hold, drawn by JupyterLab and Notebook in a real browser without a kernel that knows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from nodetool_jupyter.graph import Graph
from nodetool_jupyter.widgets.snapshot import About, Snapshots
from tests.labextension.graphs import large
from tests.labextension.pages import MEDIA_TYPE, Lab, open_notebook, shown
from tests.widgets.showcase import Story, completed, failed, graph, running

pytestmark = pytest.mark.slow

FRAMES = 60  # moves of the mouse while a large graph is dragged
SCRIPT = 8.0  # ms of script a frame may take
FIRST = 300.0  # ms from a bundle to the first paint of it


def bundle(story: Story, drawn: Graph | None = None) -> dict[str, Any]:
    """Return what a cell's display holds of a job."""
    state = Snapshots(About("Portrait", "threaded", drawn or graph())).of(story.state)
    return {MEDIA_TYPE: state, "text/html": "<b>the summary</b>", "text/plain": "the summary"}


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    return new_page()


@pytest.mark.parametrize("app", ["lab/tree", "notebooks"])
def test_a_stored_job_is_drawn_without_a_kernel_that_knows_it(
    lab: Lab, page: Page, faults: list[str], app: str
) -> None:
    name = lab.notebook("stored.ipynb", shown(bundle(running())))
    open_notebook(page, lab, name, app=app)
    view = page.locator(".nodetool-view")
    expect(view).to_have_attribute("data-connection", "static")
    expect(view.locator(".nt-last")).to_contain_text("Last known state")
    expect(view.locator(".nt-card")).to_have_count(4)
    expect(page.get_by_text("the summary")).to_have_count(0)
    assert faults == []


def test_an_ended_job_offers_its_nodes_values_and_no_button(lab: Lab, page: Page, faults: list[str]) -> None:
    data = bundle(failed())
    data[MEDIA_TYPE]["details"] = {"b": {"node": "b", "inputs": {}, "outputs": {}, "traceback": "line 7"}}
    open_notebook(page, lab, lab.notebook("failed.ipynb", shown(data)))
    page.get_by_role("button", name="Show the node").click()
    expect(page.get_by_role("region", name="Details of blur")).to_contain_text("line 7")
    expect(page.locator(".nt-acts button:visible")).to_have_text(["k3jq2mx7ab"])
    assert faults == []


def test_the_picture_of_a_graph_that_is_shown_above_takes_no_room(lab: Lab, page: Page) -> None:
    picture = {"application/vnd.nodetool.picture+json": {"job": "k3jq2mx7ab"}, "text/plain": "the graph"}
    open_notebook(page, lab, lab.notebook("picture.ipynb", shown(bundle(completed()), picture)))
    expect(page.locator(".nodetool-view")).to_be_visible()
    box = page.locator(".nodetool-nothing").bounding_box()
    assert box is not None
    assert box["height"] == 0


def test_keys_in_a_view_are_not_the_notebooks(lab: Lab, page: Page) -> None:
    open_notebook(page, lab, lab.notebook("keys.ipynb", shown(bundle(running())), "1 + 1"))
    page.locator(".nt-card").first.focus()
    for key in ("d", "d", "End", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".jp-Cell")).to_have_count(2)
    expect(page.get_by_role("region", name="Details of")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name="Details of")).to_have_count(0)


def test_a_graph_of_500_nodes_is_painted_and_dragged_without_a_stutter(lab: Lab, page: Page) -> None:
    open_notebook(page, lab, lab.notebook("large.ipynb", shown(bundle(Story().job(0, "running"), large(500)))))
    stage = page.locator(".nt-stage")
    expect(page.locator(".nt-card")).to_have_count(500)
    for _ in range(3):
        page.get_by_role("button", name="Zoom in").click()
    box = stage.bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.mouse.move(box["x"] + 400, box["y"] + 200)
    page.mouse.down()
    before = _seconds(session.send("Performance.getMetrics"))
    for step in range(FRAMES):
        page.mouse.move(box["x"] + 400 - 4 * step, box["y"] + 200 - step)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    spent = _seconds(session.send("Performance.getMetrics")) - before
    page.mouse.up()
    assert spent * 1000 / FRAMES <= SCRIPT


def test_the_first_paint_of_a_job_is_quick(lab: Lab, page: Page) -> None:
    open_notebook(page, lab, lab.notebook("paint.ipynb", "1 + 1"))
    took = page.evaluate(PAINT, [MEDIA_TYPE, bundle(Story().job(0, "running"), large(200))])
    assert took <= FIRST


PAINT = """async ([type, data]) => {
  const area = window.jupyterapp.shell.currentWidget.content.widgets[0].outputArea;
  const begun = performance.now();
  area.model.add({output_type: 'display_data', data, metadata: {}});
  await new Promise(seen => {
    const look = () => requestAnimationFrame(document.querySelector('.nt-card') ? () => seen() : look);
    look();
  });
  return performance.now() - begun;
}"""


def _seconds(metrics: dict[str, Any]) -> float:
    return sum(metric["value"] for metric in metrics["metrics"] if metric["name"] == "ScriptDuration")
