"""The panel in JupyterLab's side bar: every job of the user, on a real server, with a real browser's mouse and keys."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Response, WebSocketRoute, expect

from tests.labextension.pages import Lab, do
from tests.labextension.served import FAIL, SHOUT, WAIT, ask, ended, submit, there
from tests.labextension.steps import start

pytestmark = pytest.mark.slow

PANEL = "nodetool-jupyter-panel"
HOSTILE = [
    "<script>window.hit = 1</script>",
    '<img src=x onerror="window.hit = 1">',
    '<svg onload="window.hit = 1"></svg>',
    '"><b id=hit>x</b>',
    "' autofocus onfocus='window.hit = 1",
    '<a href="javascript:window.hit = 1">x</a>',
    '<iframe srcdoc="<b id=hit>x</b>"></iframe>',
    "<style>* { display: none }</style>",
    "<math><mtext></mtext><mglyph><svg><b id=hit></b></svg></math>",
    "</pre></td></table><b id=hit>x</b>",
    "&lt;b id=hit&gt;x&lt;/b&gt;",
    "${window.hit = 1}{{window.hit = 1}}",
    "<template><b id=hit>x</b></template>",
    "<!--<b id=hit>x--><b id=hit>x</b>",
    '<form id=hit action="javascript:0"><button>x</button></form>',
]


def show(page: Page, lab: Lab) -> Locator:
    """Open JupyterLab with the panel, and return it."""
    page.goto(f"{lab.url}/lab?reset&token={lab.token}")
    # The last thing that JupyterLab does at its start: it gives the launcher the focus.
    page.wait_for_function("() => document.activeElement.closest('.jp-Launcher')")
    return shown(page)


def shown(page: Page) -> Locator:
    """Show the panel of a page, and return it."""
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate("async id => { await window.jupyterapp.restored; window.jupyterapp.shell.activateById(id); }", PANEL)
    panel = page.locator(f"#{PANEL}")
    expect(panel).to_have_attribute("data-state", "ready")
    return panel


def row(panel: Locator, job: str) -> Locator:
    return panel.locator(f'.ntp-row[data-job="{job}"]')


def status(panel: Locator, job: str) -> Locator:
    return row(panel, job).locator(".ntp-row-state")


def opened(panel: Locator, job: str, tab: str | None = None) -> Locator:
    """Open a job, and one of its parts; return what shows it."""
    row(panel, job).click()
    detail = panel.locator(".ntp-detail")
    if tab is not None:
        detail.get_by_role("tab", name=tab).click()
    return detail


@pytest.fixture
def panel(lab: Lab, new_page: Callable[[], Page]) -> Locator:
    return show(new_page(), lab)


@pytest.fixture
def waiting(lab: Lab) -> Iterator[str]:
    """A job that runs until it is cancelled."""
    job = submit(lab, WAIT, "Waits")
    yield job
    if there(lab, job):
        ask(lab, "POST", f"jobs/{job}/cancel")
        ended(lab, job)


@pytest.fixture
def failed(lab: Lab) -> str:
    """A job that has failed."""
    job = submit(lab, FAIL, "Fails")
    assert ended(lab, job)["status"] == "error"
    return job


def test_a_job_is_followed_from_its_submission_to_its_result(lab: Lab, panel: Locator, faults: list[str]) -> None:
    job = submit(lab, SHOUT, "Shout")
    expect(status(panel, job)).to_have_text("completed")
    detail = opened(panel, job, "Outputs")
    expect(detail.locator(".ntp-outputs dd")).to_have_text(["ABC"])
    detail.get_by_role("tab", name="Graph").click()
    expect(detail.locator('.nt-card[data-status="completed"]')).to_have_count(3)
    assert faults == []


def test_a_job_of_a_terminal_is_listed(lab: Lab, panel: Locator, tmp_path: Path) -> None:
    file = tmp_path / "shout.json"
    file.write_text(json.dumps(SHOUT))
    env = dict(os.environ, NODETOOL_HOME=str(lab.home))
    command = [sys.executable, "-m", "nodetool_jupyter", "run", str(file), "--name", "From a terminal", "--quiet"]
    subprocess.run(command, env=env, check=True, timeout=50, stdout=subprocess.DEVNULL)
    expect(panel.get_by_role("option", name="From a terminal, completed")).to_be_visible()


def test_a_notebooks_job_is_live_and_leads_to_its_notebook(lab: Lab, new_page: Callable[[], Page]) -> None:
    gate = lab.work / "panel.gate"
    os.mkfifo(gate)
    page = start(new_page(), lab, gate)
    panel = shown(page)
    mine = panel.get_by_role("option", name=re.compile("^Two steps, running, 33 %.*panel.ipynb$"))
    expect(mine).to_be_visible()
    do(page, "launcher:create")
    expect(page.locator(".jp-NotebookPanel")).not_to_be_visible()
    mine.click()
    panel.get_by_role("button", name="Open notebook").click()
    expect(page.locator(".jp-NotebookPanel")).to_be_visible()
    gate.write_text("!")
    expect(panel.locator(".ntp-about")).to_contain_text("completed")


def test_a_job_is_cancelled_by_its_button(panel: Locator, waiting: str) -> None:
    detail = opened(panel, waiting)
    detail.get_by_role("button", name="Cancel", exact=True).click()
    expect(detail.locator(".ntp-about")).to_contain_text("cancelled by you")


def test_everything_is_done_by_keys_alone(lab: Lab, panel: Locator, waiting: str) -> None:
    page = panel.page
    expect(row(panel, waiting)).to_be_visible()
    panel.get_by_role("searchbox").focus()
    page.keyboard.type("waits")
    page.keyboard.press("ArrowDown")
    expect(row(panel, waiting)).to_be_focused()
    page.keyboard.press("Delete")
    expect(status(panel, waiting)).to_have_text("cancelled by you")
    page.keyboard.press("Enter")
    expect(panel.get_by_role("heading", name="Waits")).to_be_focused()
    panel.get_by_role("tab", name="Graph").focus()
    page.keyboard.press("ArrowRight")
    expect(panel.get_by_role("tab", name="Log")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(row(panel, waiting)).to_be_focused()
    page.keyboard.press("Delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete").press("Enter")
    expect(row(panel, waiting)).to_have_count(0)
    assert not there(lab, waiting)


def test_a_job_is_deleted_after_one_question(lab: Lab, panel: Locator, failed: str) -> None:
    detail = opened(panel, failed)
    ask_for = detail.get_by_role("button", name="Delete")
    ask_for.click()
    panel.page.get_by_role("button", name="Keep").click()
    assert there(lab, failed)
    ask_for.click()
    panel.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row(panel, failed)).to_have_count(0)
    assert not there(lab, failed)


def test_a_failed_job_says_why_and_is_run_again(panel: Locator, failed: str) -> None:
    detail = opened(panel, failed, "Error")
    expect(detail.locator(".ntp-reason")).to_have_text("A node failed")
    expect(detail.get_by_role("tabpanel")).to_contain_text("RegexReplace")
    detail.get_by_role("button", name="Retry", exact=True).click()
    expect(panel.locator(".ntp-about")).not_to_contain_text(failed)
    expect(panel.locator(".ntp-about")).to_contain_text("error")


def test_the_request_and_the_timing_of_a_job_are_shown(panel: Locator, failed: str) -> None:
    detail = opened(panel, failed, "Request")
    expect(detail.locator("pre")).to_contain_text("nodetool.text.RegexReplace")
    detail.get_by_role("tab", name="Timing").click()
    expect(detail.get_by_role("rowheader")).to_have_count(1)


def test_the_id_of_a_job_is_copied(panel: Locator, failed: str) -> None:
    panel.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(panel, failed).get_by_role("button", name="Copy id").click()
    panel.page.wait_for_function(f"async () => (await navigator.clipboard.readText()) === '{failed}'")


def test_a_filter_leaves_what_matches(panel: Locator, waiting: str, failed: str) -> None:
    expect(row(panel, waiting)).to_be_visible()
    panel.get_by_role("combobox").select_option("error")
    expect(row(panel, waiting)).to_have_count(0)
    expect(row(panel, failed)).to_be_visible()
    panel.get_by_role("searchbox").fill("no such job")
    panel.get_by_role("button", name="Clear the filter").click()
    expect(row(panel, waiting)).to_be_visible()


def test_a_job_in_a_tab_is_there_again_after_a_reload(lab: Lab, panel: Locator, failed: str) -> None:
    page = panel.page
    tab = page.locator(".nodetool-tab .ntp-about")
    detail = opened(panel, failed, "Timing")
    with page.expect_response(lambda answer: kept(answer, failed)):
        detail.get_by_role("button", name="Open in a tab").click()
        expect(tab).to_contain_text(failed)
    page.goto(f"{lab.url}/lab?token={lab.token}")
    expect(tab).to_contain_text(failed)


def kept(answer: Response, job: str) -> bool:
    """Tell whether JupyterLab has kept where its tabs are, and one of them is the job's."""
    return "/api/workspaces/" in answer.url and job in (answer.request.post_data or "")


def test_the_panel_sleeps_while_it_is_not_seen(lab: Lab, new_page: Callable[[], Page]) -> None:
    page = new_page()
    topics: dict[int, str] = {}

    def heard(frame: str | bytes) -> None:
        message: dict[str, Any] = json.loads(frame)
        if message["type"] == "subscribe":
            topics[message["id"]] = message["topic"]
        elif message["type"] == "unsubscribe":
            topics.pop(message["id"])

    page.on("websocket", lambda socket: socket.on("framesent", heard) if "nodetool" in socket.url else None)
    panel = show(page, lab)
    expect(panel.locator(".ntp-gauge").first).to_be_visible()
    assert {"workers", "resources"} <= set(topics.values())
    page.evaluate("() => window.jupyterapp.shell.activateById('filebrowser')")
    expect(panel).not_to_be_visible()
    job = submit(lab, SHOUT, "While it slept")
    page.wait_for_function("() => true")
    assert not {"workers", "resources", "state"} & set(topics.values())
    expect(row(shown(page), job)).to_be_visible()


def test_a_server_that_comes_back_is_followed_again(lab: Lab, new_page: Callable[[], Page], failed: str) -> None:
    page = new_page()
    sockets: list[WebSocketRoute] = []
    cut = [False]

    def pass_on(socket: WebSocketRoute) -> None:
        if cut[0]:
            socket.close()
        else:
            socket.connect_to_server()
            sockets.append(socket)

    page.route_web_socket(re.compile("/nodetool/api/events/ws"), pass_on)
    page.route("**/nodetool/api/**", lambda route: route.abort() if cut[0] else route.continue_())
    panel = show(page, lab)
    expect(row(panel, failed)).to_be_visible()
    cut[0] = True
    sockets[-1].close()
    expect(panel.locator(".ntp-banner")).to_contain_text("The server cannot be reached.")
    expect(row(panel, failed)).to_be_visible()
    job = submit(lab, SHOUT, "Meanwhile")
    cut[0] = False
    expect(status(panel, job)).to_have_text("completed")
    expect(panel.locator(".ntp-banner")).not_to_be_visible()


def test_names_are_text_whatever_they_say(lab: Lab, panel: Locator) -> None:
    jobs = {submit(lab, SHOUT, name): name for name in HOSTILE}
    for job, name in jobs.items():
        expect(row(panel, job).locator(".ntp-row-name")).to_have_text(name)
    detail = opened(panel, next(iter(jobs)))
    expect(detail.get_by_role("heading")).to_have_text(HOSTILE[0])
    assert panel.page.evaluate("() => [document.querySelector('#hit'), window.hit]") == [None, None]
