"""Jobs that the server tells of, whatever becomes of their kernels: blocked, silent, restarted, or not there at all."""

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
from playwright.sync_api import Page, expect

from tests.labextension.conftest import serving
from tests.labextension.pages import MEDIA_TYPE, Lab, do, open_notebook, run, shown
from tests.labextension.steps import LIVE, cancel, card, cells, printed, start, state, view

pytestmark = pytest.mark.slow

KERNELS = re.compile("/api/kernels/.*/channels")
SUBPROCESS = "strategy='subprocess'"

# when the view was drawn, and when it was live, in ms since the page was asked for
CLOCK = """() => {
  const seen = window.seen = {};
  const look = () => {
    const view = document.querySelector('.nodetool-view');
    if (view) seen.drawn ??= performance.now();
    if (view?.dataset.connection === 'live') seen.live ??= performance.now();
  };
  new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true});
}"""

# a process that is no kernel: it starts the job, says which state a notebook would hold of it, and stays until its end
ELSEWHERE = """
import json
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.widgets.about import about
from nodetool_jupyter.widgets.snapshot import Snapshots

def display(view): pass
{steps}
{start}
print(json.dumps(Snapshots(about(job.id)).of(manager().state(job.id))), flush=True)
try:
    job.wait()
except nt.NodetoolError:
    pass
"""


@pytest.fixture
def elsewhere() -> Iterator[Callable[..., dict[str, Any]]]:
    """Start the job in a process of its own, and return the state that it had then."""
    processes = []

    def begin(lab: Lab, gate: Path, last: str = "wait") -> dict[str, Any]:
        steps, begun = cells(gate, last)
        code = ELSEWHERE.format(steps=steps, start=begun)
        env = dict(os.environ, NODETOOL_HOME=str(lab.home))
        process = subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stdout is not None
        found: dict[str, Any] = json.loads(process.stdout.readline())
        return found

    yield begin
    for process in processes:
        process.terminate()
        process.communicate(timeout=20)


def open_without_kernel(page: Page, lab: Lab, name: str, state_then: dict[str, Any]) -> None:
    """Open a notebook that holds a state of a job, and give it no kernel."""
    bundle = {MEDIA_TYPE: state_then, "text/plain": "the summary"}
    open_notebook(page, lab, lab.notebook(name, shown(bundle), kernel="none-of-this-name"), kernel=False)
    page.get_by_role("dialog").get_by_role("button", name="No Kernel").click()


def silence(page: Page) -> None:
    """Let whatever the page says to kernels from now on be heard by nobody, as if they hung."""
    page.route_web_socket(KERNELS, lambda socket: None)


def test_a_reloaded_page_is_live_again_while_a_cell_blocks(started: Page, faults: list[str]) -> None:
    do(started, "docmanager:save")
    started.add_init_script(f"({CLOCK})()")
    started.reload()
    expect(view(started)).to_have_count(1)
    expect(view(started)).to_have_attribute(*LIVE)
    seen = started.evaluate("() => window.seen")
    print(f"live {seen['live'] - seen['drawn']:.0f} ms after it was drawn, {seen['live']:.0f} ms after the reload")
    assert faults == []


def test_a_reloaded_page_is_live_while_its_kernel_hangs(started: Page, gate: Path) -> None:
    do(started, "docmanager:save")
    silence(started)
    started.reload()
    expect(view(started)).to_have_attribute(*LIVE)
    card(started, "first").click()
    expect(started.get_by_role("region", name="Details of first").locator("dd")).to_have_text(["A", "a"])
    gate.write_text("!")
    expect(state(started)).to_have_text("completed")
    expect(started.locator(".nt-outputs dd")).to_have_text(["A!"])


def test_a_job_is_cancelled_through_the_server_while_its_cell_blocks(started: Page, faults: list[str]) -> None:
    with started.expect_request(re.compile("/nodetool/api/jobs/[^/]+/cancel$")) as asked:
        cancel(started)
    expect(state(started)).to_have_text("cancelled by you")
    expect(printed(started)).to_be_visible()
    assert asked.value.headers["x-xsrftoken"]
    assert faults == []


def test_a_job_whose_cell_waits_behind_others_is_cancelled_through_the_server(
    lab: Lab, new_page: Callable[[], Page], gate: Path
) -> None:
    page = new_page()
    steps, begin = cells(gate)
    # the first cell starts the job; the others keep the kernel busy, whose control channel is not heard either
    name = lab.notebook(f"{gate.stem}.ipynb", "%load_ext nodetool_jupyter", steps, begin, "job.wait()", "1", "2")
    open_notebook(page, lab, name)
    run(page, "notebook:run-all-cells")
    expect(card(page, "wait")).to_have_attribute("data-status", "running")
    do(page, "docmanager:save")
    silence(page)
    page.reload()
    expect(view(page)).to_have_attribute(*LIVE)
    cancel(page)
    expect(state(page)).to_have_text("cancelled by you")


def test_a_job_that_outlives_its_kernel_is_live_through_the_restart(
    lab: Lab, new_page: Callable[[], Page], gate: Path
) -> None:
    page = start(new_page(), lab, gate, SUBPROCESS)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    gate.write_text("!")
    expect(state(page)).to_have_text("completed")
    expect(view(page).locator(".nt-outputs dd")).to_have_text(["A!"])


def test_a_job_that_ends_with_its_kernel_is_seen_to_end(started: Page) -> None:
    started.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(state(started)).to_have_text("cancelled by you")


def test_a_job_of_another_process_is_live_without_any_kernel(
    lab: Lab, new_page: Callable[[], Page], gate: Path, elsewhere: Callable[..., dict[str, Any]]
) -> None:
    page = new_page()
    open_without_kernel(page, lab, f"{gate.stem}.ipynb", elsewhere(lab, gate))
    expect(view(page)).to_have_attribute(*LIVE)
    expect(card(page, "wait")).to_have_attribute("data-status", "running")
    cancel(page)
    expect(state(page)).to_have_text("cancelled by you")
    page.get_by_role("button", name="Retry", exact=True).click()
    expect(page.locator(".nt-notice")).not_to_have_text("")


def test_what_is_in_the_nodes_of_an_ended_job_is_seen_without_any_kernel(
    lab: Lab, new_page: Callable[[], Page], gate: Path, elsewhere: Callable[..., dict[str, Any]]
) -> None:
    page = new_page()
    then = elsewhere(lab, gate, last="fail")
    then["job"]["status"] = "error"
    open_without_kernel(page, lab, f"{gate.stem}.ipynb", then)
    expect(page.get_by_role("button", name="Retry", exact=True)).to_be_visible()
    card(page, "fail").click()
    expect(page.get_by_role("region", name="Details of fail")).to_contain_text("ValueError: no picture in A")


def test_two_tabs_show_one_job_and_either_cancels_it(started: Page, new_page: Callable[[], Page]) -> None:
    do(started, "docmanager:save")
    second = new_page()
    silence(second)
    second.goto(started.url)
    expect(view(second)).to_have_attribute(*LIVE)
    cancel(second)
    expect(state(second)).to_have_text("cancelled by you")
    expect(state(started)).to_have_text("cancelled by you")


@pytest.mark.timeout(180)  # JupyterLab starts twice
def test_a_page_goes_on_when_its_server_is_there_again(
    tmp_path: Path, new_page: Callable[[], Page], elsewhere: Callable[..., dict[str, Any]]
) -> None:
    page = new_page()
    with serving(tmp_path) as first:
        gate = first.work / "restart.gate"
        os.mkfifo(gate)
        open_without_kernel(page, first, "restart.ipynb", elsewhere(first, gate))
        expect(view(page)).to_have_attribute(*LIVE)
    expect(view(page)).to_have_attribute("data-connection", "static")
    with serving(tmp_path, first):
        expect(view(page)).to_have_attribute(*LIVE)
        gate.write_text("!")
        expect(state(page)).to_have_text("completed")
