"""The word that a job has ended, in a real browser: once, where it is wanted, also in several pages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.labextension.pages import CONNECTED, Lab, run
from tests.labextension.served import FAIL, SHOUT, ended, submit
from tests.labextension.test_commands import PANEL, open_lab, setting, start

pytestmark = pytest.mark.slow

TIME = 5000  # ms that a page which shall say nothing is given to say something


def toasts(page: Page, name: str = "") -> Locator:
    return page.locator(".Toastify__toast", has_text=name)


def listening(lab: Lab, page: Page) -> Page:
    """Open a page and wait until it has the list of jobs: of what ends before nothing is said."""
    marker = f"Marker {os.urandom(4).hex()}"
    ended(lab, submit(lab, SHOUT, marker))
    open_lab(page, lab)
    start(page, "nodetool:open-panel")
    expect(page.locator(PANEL).get_by_text(marker)).to_be_visible()
    return page


@pytest.fixture
def always(lab: Lab) -> Iterator[None]:
    with setting(lab, notify="always"):
        yield


@pytest.fixture
def page(lab: Lab, new_page: Callable[[], Page]) -> Page:
    return listening(lab, new_page())


def test_the_end_of_a_job_is_told_and_show_shows_it(lab: Lab, page: Page, faults: list[str]) -> None:
    submit(lab, SHOUT, "Portrait")
    expect(toasts(page)).to_have_count(1)
    expect(toasts(page)).to_contain_text("Portrait is done after")
    toasts(page).get_by_role("button", name="Show").click()
    expect(page.locator(PANEL).get_by_role("heading", name="Portrait")).to_be_visible()
    assert faults == []


def test_of_a_job_that_failed_it_is_told_why(lab: Lab, page: Page) -> None:
    submit(lab, FAIL, "Broken")
    expect(toasts(page)).to_contain_text("Broken failed: ")
    expect(toasts(page)).to_contain_text("the pattern '(' does not read")


def test_a_jobs_name_is_text(lab: Lab, page: Page) -> None:
    submit(lab, SHOUT, "<img src=x onerror=window.harmed=1> [a](javascript:harm())")
    expect(toasts(page)).to_contain_text("<img src=x")
    expect(toasts(page).locator("img, a")).to_have_count(0)
    assert page.evaluate("() => window.harmed") is None


SAYS = """([name, wait]) => new Promise(done => {
  const all = () => [...document.querySelectorAll('.Toastify__toast')];
  const says = () => all().filter(toast => toast.textContent.includes(name)).length;
  const look = new MutationObserver(() => says() && done(says()));
  look.observe(document.body, {childList: true, subtree: true});
  if (says()) { done(says()); }
  setTimeout(() => done(says()), wait);
})"""


def test_two_pages_tell_once(lab: Lab, page: Page, new_page: Callable[[], Page]) -> None:
    other = listening(lab, new_page())
    submit(lab, FAIL, "Once")  # what failed stays
    submit(lab, FAIL, "Last")
    told = {name: page.evaluate(SAYS, [name, TIME]) + other.evaluate(SAYS, [name, TIME]) for name in ("Last", "Once")}
    assert told == {"Last": 1, "Once": 1}


def test_after_a_reload_it_is_not_told_again(lab: Lab, page: Page) -> None:
    submit(lab, SHOUT, "Before")
    expect(toasts(page, "Before")).to_have_count(1)
    listening(lab, page)
    submit(lab, SHOUT, "After")
    expect(toasts(page, "After")).to_have_count(1)
    expect(toasts(page)).to_have_count(1)


@pytest.fixture
def gate(lab: Lab) -> Iterator[Path]:
    path = lab.work / "notified.gate"
    os.mkfifo(path)
    yield path
    path.unlink()


CELL = """
import nodetool_jupyter as nt

@nt.node
def wait() -> str:
    return open("notified.gate").read()

job = nt.submit(nt.Workflow(outputs={"r": nt.nodes.notebook.wait().output}), name="Seen")
display(job.view())
job.wait()
"""


@pytest.mark.parametrize(("notify", "told"), [("unseen", 0), ("always", 1)])
def test_what_ends_before_a_persons_eyes_is_told_only_where_that_is_set(
    lab: Lab, new_page: Callable[[], Page], gate: Path, notify: str, told: int
) -> None:
    with setting(lab, notify=notify):
        page = listening(lab, new_page())
        name = lab.notebook("notified.ipynb", "%load_ext nodetool_jupyter", CELL)
        page.evaluate("path => window.jupyterapp.commands.execute('docmanager:open', {path})", name)
        page.evaluate(CONNECTED)
        run(page, "notebook:run-all-cells")
        expect(page.locator('#jp-main-dock-panel .nt-card[data-status="running"]')).to_have_count(1)
        gate.write_text("x")
        expect(page.locator("#jp-main-dock-panel .nt-state")).to_have_text("completed")
        submit(lab, SHOUT, "Elsewhere")
        expect(toasts(page, "Elsewhere")).to_have_count(1)
        expect(toasts(page, "Seen")).to_have_count(told)


def test_where_nobody_wants_to_be_told_nothing_is(lab: Lab, new_page: Callable[[], Page]) -> None:
    with setting(lab, notify="never"):
        page = listening(lab, new_page())
        submit(lab, SHOUT, "Quiet")
        expect(page.locator(PANEL).get_by_role("option", name="Quiet")).to_contain_text("completed")
        expect(toasts(page)).to_have_count(0)
