"""JupyterLab without our server extension: jobs are watched and cancelled by way of their kernels, and all is quiet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.labextension.pages import Lab, do
from tests.labextension.steps import LIVE, SOON, cancel, printed, start, state, view

pytestmark = pytest.mark.slow


@pytest.fixture
def gate(kernel_only_lab: Lab, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A pipe that holds a node back until the test opens it."""
    path = kernel_only_lab.work / f"{request.node.originalname}.gate"
    os.mkfifo(path)
    yield path
    path.unlink()


@pytest.fixture
def asked() -> list[str]:
    """The addresses that the pages of this test asked our extension for."""
    return []


@pytest.fixture
def started(kernel_only_lab: Lab, new_page: Callable[[], Page], gate: Path, asked: list[str]) -> Page:
    page = new_page()
    for event in ("request", "websocket"):
        page.on(event, lambda found: asked.append(found.url) if "nodetool/api" in found.url else None)  # type: ignore[call-overload]
    return start(page, kernel_only_lab, gate)


def test_a_job_is_cancelled_while_its_cell_blocks(started: Page, faults: list[str], asked: list[str]) -> None:
    cancel(started)
    expect(state(started)).to_have_text("cancelled by you")
    expect(printed(started)).to_be_visible()
    assert (faults, asked) == ([], [])


def test_a_reloaded_page_is_live_again_while_a_cell_blocks(started: Page) -> None:
    do(started, "docmanager:save")
    started.reload()
    expect(view(started)).to_have_attribute(*LIVE, timeout=SOON)
    cancel(started)
    expect(state(started)).to_have_text("cancelled by you")


def test_a_kernel_that_is_restarted_leaves_the_last_known_state(started: Page) -> None:
    started.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    expect(view(started)).to_have_attribute("data-connection", "static")
    expect(started.locator(".nt-last")).to_contain_text("Last known state")
    expect(started.get_by_role("button", name="Cancel", exact=True)).to_be_hidden()
