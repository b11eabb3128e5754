"""Jobs that run, watched and cancelled in a real browser while the cell that started them blocks its kernel."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.labextension.pages import Lab, do, open_notebook, run
from tests.labextension.steps import BLOCK, LIVE, SOON, book, cancel, card, cells, printed, state, view

pytestmark = pytest.mark.slow


def test_a_job_is_cancelled_while_its_cell_blocks_and_others_wait_behind_it(started: Page, faults: list[str]) -> None:
    cancel(started)
    expect(state(started)).to_have_text("cancelled by you")
    expect(printed(started)).to_be_visible()
    assert faults == []


def test_a_job_goes_on_to_its_end_before_ones_eyes(started: Page, gate: Path, faults: list[str]) -> None:
    gate.write_text("!")
    expect(state(started)).to_have_text("completed")
    expect(started.locator(".nt-outputs dd")).to_have_text(["A!"])
    assert faults == []


def test_what_is_in_a_node_is_shown_while_the_cell_blocks(started: Page) -> None:
    card(started, "first").click()
    panel = started.get_by_role("region", name="Details of first")
    expect(panel.locator("dd")).to_have_text(["A", "a"])


def test_a_failed_node_tells_its_traceback_and_the_job_can_be_retried(
    lab: Lab, new_page: Callable[[], Page], gate: Path
) -> None:
    page = new_page()
    open_notebook(page, lab, book(lab, gate, last="fail"))
    run(page, "notebook:run-all-cells")
    expect(state(page)).to_have_text("error")
    page.get_by_role("button", name="Show the node").click()
    expect(page.get_by_role("region", name="Details of fail")).to_contain_text("ValueError: no picture in A")
    page.get_by_role("button", name="Retry", exact=True).click()
    expect(page.locator(".nt-notice")).to_contain_text("A new job was started")


def test_a_reloaded_page_is_live_again_soon_and_once(started: Page) -> None:
    do(started, "docmanager:save")
    started.reload()
    expect(view(started)).to_have_count(1)
    expect(view(started)).to_have_attribute(*LIVE, timeout=SOON)
    cancel(started)
    expect(state(started)).to_have_text("cancelled by you")


def test_a_second_page_shows_the_same_job_live(
    lab: Lab, started: Page, new_page: Callable[[], Page], gate: Path
) -> None:
    do(started, "docmanager:save")
    second = new_page()
    open_notebook(second, lab, f"{gate.stem}.ipynb", kernel=False)
    expect(view(second)).to_have_attribute(*LIVE, timeout=SOON)
    cancel(second)
    expect(state(second)).to_have_text("cancelled by you")
    expect(state(started)).to_have_text("cancelled by you")


def test_a_notebook_that_is_opened_again_is_live_again(started: Page, gate: Path) -> None:
    do(started, "docmanager:save")
    do(started, "application:close")
    expect(view(started)).to_have_count(0)
    started.evaluate("path => { window.jupyterapp.commands.execute('docmanager:open', {path}); }", f"{gate.stem}.ipynb")
    expect(view(started)).to_have_count(1)
    expect(view(started)).to_have_attribute(*LIVE, timeout=SOON)


def test_an_ended_job_is_whole_in_the_saved_notebook(lab: Lab, started: Page, gate: Path) -> None:
    gate.write_text("!")
    expect(started.locator(".nodetool-nothing")).to_have_count(1)  # shown after the last state of the view above it
    do(started, "docmanager:save")
    started.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    started.reload()
    expect(state(started)).to_have_text("completed")
    expect(started.locator(".nt-last")).to_be_hidden()
    card(started, "first").click()
    expect(started.get_by_role("region", name="Details of first").locator("dd")).to_have_text(["A", "a"])


def test_a_job_is_cancelled_in_notebook_7(
    lab: Lab, new_page: Callable[[], Page], gate: Path, faults: list[str]
) -> None:
    page = new_page()
    open_notebook(page, lab, book(lab, gate), app="notebooks")
    run(page, "notebook:run-all-cells")
    expect(card(page, "wait")).to_have_attribute("data-status", "running")
    cancel(page)
    expect(state(page)).to_have_text("cancelled by you")
    assert faults == []


def test_a_job_in_a_console_is_watched_and_cancelled(lab: Lab, new_page: Callable[[], Page], gate: Path) -> None:
    page = new_page()
    open_notebook(page, lab, lab.notebook(f"{gate.stem}.ipynb", "1 + 1"))
    steps, begin = cells(gate)
    page.evaluate(CONSOLE, ["%load_ext nodetool_jupyter", steps, begin + BLOCK])
    expect(card(page, "wait")).to_have_attribute("data-status", "running")
    cancel(page)
    expect(state(page)).to_have_text("cancelled by you")


CONSOLE = """async cells => {
  const options = { kernelPreference: { name: 'python3' }, path: 'console', activate: true };
  const panel = await window.jupyterapp.commands.execute('console:create', options);
  await panel.sessionContext.ready;
  for (const code of cells) {
    panel.console.inject(code);
  }
}"""


def test_a_widget_draws_the_job_where_the_extension_is_not(
    lab: Lab, without_extension: None, new_page: Callable[[], Page], gate: Path
) -> None:
    page = new_page()
    steps, begin = cells(gate)
    open_notebook(page, lab, lab.notebook(f"{gate.stem}.ipynb", "%load_ext nodetool_jupyter", steps, begin))
    run(page, "notebook:run-all-cells")
    expect(card(page, "wait")).to_have_attribute("data-status", "running")
    card(page, "first").click()
    expect(page.get_by_role("region", name="Details of first").locator("dd")).to_have_text(["A", "a"])
    cancel(page)
    expect(page.locator(".jp-RenderedHTMLCommon", has_text="cancelled")).to_be_visible()


@pytest.fixture
def without_extension(lab: Lab) -> Iterator[None]:
    """JupyterLab as it is for those who have the package in their kernel's environment alone."""
    config = lab.config / "labconfig" / "page_config.json"
    config.parent.mkdir(exist_ok=True)
    config.write_text(json.dumps({"disabledExtensions": {"nodetool-jupyter": True}}))
    yield
    config.unlink()
