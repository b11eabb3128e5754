"""The commands in a real browser: from the palette, from the menu, and by their names, on real jobs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.labextension.pages import Lab
from tests.labextension.served import FAIL, SHOUT, WAIT, ask, ended, submit, there

pytestmark = pytest.mark.slow

PANEL = "#nodetool-jupyter-panel"
LABELS = (
    "Show the Panel of Jobs",
    "Open a Job …",
    "Show the Log of a Job …",
    "Cancel a Job …",
    "Run a Job Again …",
    "Delete a Job …",
    "Copy the Id of a Job …",
    "Run in a New Notebook",
    "Open Picture",
)


@contextmanager
def setting(lab: Lab, **settings: Any) -> Iterator[None]:
    """Set what JupyterLab's settings hold of ours, for the pages that are opened meanwhile."""
    file = lab.work.parent / "lab_settings_dir" / "nodetool-jupyter" / "panel.jupyterlab-settings"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(settings))
    try:
        yield
    finally:
        file.unlink()


def open_lab(page: Page, lab: Lab, app: str = "lab") -> Page:
    """Open an empty JupyterLab, or the tree of Notebook, and wait until it is there."""
    page.goto(f"{lab.url}/{app}?reset&token={lab.token}")
    page.wait_for_function("() => window.jupyterapp && window.jupyterapp.restored.then(() => true)")
    if app == "lab":  # takes “reset” out of the address in its own time, and with it what was begun on the page
        page.wait_for_function("() => !location.search.includes('reset')")
    return page


def start(page: Page, command: str, **args: Any) -> None:
    """Start a command of JupyterLab, and do not wait for what it does."""
    page.evaluate("([name, args]) => { window.jupyterapp.commands.execute(name, args); }", [command, args])


@pytest.fixture
def page(lab: Lab, new_page: Callable[[], Page]) -> Page:
    return open_lab(new_page(), lab)


@pytest.fixture
def waiting(lab: Lab) -> Iterator[str]:
    """A job that waits until it is cancelled."""
    job = submit(lab, WAIT, "Patience")
    yield job
    if there(lab, job):
        ask(lab, "POST", f"jobs/{job}/cancel")


def test_the_palette_has_every_command(page: Page, faults: list[str]) -> None:
    expect(page.locator(".jp-Launcher")).to_be_visible()  # which takes the focus
    page.keyboard.press("Control+Shift+c")
    page.locator(".lm-CommandPalette-input").press_sequentially("nodetool")
    labels = page.locator(".lm-CommandPalette-itemLabel")
    for label in LABELS:
        expect(labels.filter(has_text=label)).to_have_count(1)
    assert faults == []


def test_the_run_menu_shows_the_panel(page: Page, faults: list[str]) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-itemLabel", has_text="NodeTool").hover()
    page.locator(".lm-Menu-itemLabel", has_text="Show the Panel of Jobs").click()
    expect(page.locator(PANEL)).to_be_visible()
    assert faults == []


@pytest.mark.parametrize("app", ["lab", "tree"])
def test_the_panel_is_opened_by_its_command(lab: Lab, new_page: Callable[[], Page], app: str) -> None:
    page = open_lab(new_page(), lab, app)
    start(page, "nodetool:open-panel")
    expect(page.locator(PANEL)).to_be_visible()


@pytest.mark.parametrize("wanted", [True, False])
def test_the_panel_is_open_on_start_where_that_is_set(lab: Lab, new_page: Callable[[], Page], wanted: bool) -> None:
    with setting(lab, openOnStart=wanted):
        page = open_lab(new_page(), lab)
        expect(page.locator(PANEL)).to_be_visible(visible=wanted)


def test_a_job_is_opened_in_the_panel(lab: Lab, page: Page, faults: list[str]) -> None:
    job = submit(lab, SHOUT, "Opened")
    start(page, "nodetool:open-job", job=job)
    expect(page.locator(PANEL).get_by_role("heading", name="Opened")).to_be_visible()
    assert faults == []


def test_the_log_of_a_job_is_shown_in_a_tab(lab: Lab, page: Page) -> None:
    job = submit(lab, SHOUT, "Logged")
    start(page, "nodetool:show-log", job=job)
    tab = page.locator("#jp-main-dock-panel").get_by_role("tab", name="Log", exact=True)
    expect(tab).to_have_attribute("aria-selected", "true")


def test_a_job_is_cancelled(lab: Lab, page: Page, waiting: str) -> None:
    start(page, "nodetool:cancel-job", job=waiting)
    assert ended(lab, waiting)["status"] == "cancelled"


def test_a_job_is_run_again_and_the_new_one_shown(lab: Lab, page: Page) -> None:
    job = submit(lab, FAIL, "Again")
    ended(lab, job)
    another = page.evaluate("job => window.jupyterapp.commands.execute('nodetool:retry-job', {job})", job)
    assert ask(lab, "GET", f"jobs/{another}")["job"]["retry_of"] == job
    expect(page.locator(PANEL).get_by_role("heading", name="Again")).to_be_visible()


@pytest.mark.parametrize(("button", "left"), [("Delete", False), ("Keep", True)])
def test_a_job_is_deleted_when_the_question_is_answered_so(lab: Lab, page: Page, button: str, left: bool) -> None:
    job = submit(lab, SHOUT, "Deleted")
    ended(lab, job)
    start(page, "nodetool:delete-job", job=job)
    dialog = page.get_by_role("dialog")
    with page.expect_event("requestfinished", lambda asked: asked.method == "DELETE") if not left else _nothing():
        dialog.get_by_role("button", name=button).click()
    expect(dialog).to_have_count(0)
    assert there(lab, job) is left


def test_a_jobs_id_is_copied(lab: Lab, page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=lab.url)
    page.bring_to_front()
    page.evaluate("() => window.jupyterapp.commands.execute('nodetool:copy-id', {job: 'k7f3m2qa'})")
    assert page.evaluate("() => navigator.clipboard.readText()") == "k7f3m2qa"


def test_without_a_job_it_is_chosen_among_those_that_it_can_be_done_to(
    lab: Lab, waiting: str, new_page: Callable[[], Page]
) -> None:
    over = submit(lab, SHOUT, "Over")
    ended(lab, over)
    page = open_lab(new_page(), lab)
    start(page, "nodetool:cancel-job")
    choice = page.get_by_role("dialog").get_by_role("combobox")
    expect(choice.locator("option", has_text=waiting)).to_have_count(1)
    expect(choice.locator("option", has_text=over)).to_have_count(0)
    choice.select_option(f"Patience · running · {waiting}")
    page.get_by_role("dialog").get_by_role("button", name="Choose").click()
    assert ended(lab, waiting)["status"] == "cancelled"


def test_where_no_file_is_meant_the_file_commands_say_so(page: Page) -> None:
    start(page, "nodetool:run-file")
    expect(page.locator(".Toastify__toast")).to_contain_text("Select a file *.nodetool.json")


@contextmanager
def _nothing() -> Iterator[None]:
    yield
