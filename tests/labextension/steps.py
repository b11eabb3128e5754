"""A job of two steps whose second waits at a gate, as the tests of live views run it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.labextension.pages import Lab, open_notebook, run

SOON = (
    10_000  # ms until a view is live again that only its kernel tells of: JupyterLab sends a busy one nothing for 3 s
)
LIVE = ("data-connection", "live")

STEPS = """
import nodetool_jupyter as nt

@nt.node
def first(text: str) -> str:
    return text.upper()

@nt.node
def wait(text: str) -> str:
    return text + open("GATE").read()

@nt.node
def fail(text: str) -> str:
    raise ValueError("no picture in " + text)

f = nt.nodes.notebook
"""

START = """
job = nt.submit(nt.Workflow(outputs={"r": f.LAST(text=f.first(text="a").output).output}), name="Two steps", MORE)
display(job.view())
"""
BLOCK = "job.wait()"
END = "job.wait(); print('the last cell')"


def cells(gate: Path, last: str = "wait", more: str = "") -> tuple[str, str]:
    """Return the code of the steps, and the code that starts the job and shows it."""
    return STEPS.replace("GATE", str(gate)), START.replace("LAST", last).replace("MORE", more)


def book(lab: Lab, gate: Path, last: str = "wait", more: str = "") -> str:
    """Write a notebook that runs the steps in a cell that blocks, with another cell behind it."""
    steps, start = cells(gate, last, more)
    return lab.notebook(f"{gate.stem}.ipynb", "%load_ext nodetool_jupyter", steps, start + BLOCK, END)


def start(page: Page, lab: Lab, gate: Path, more: str = "") -> Page:
    """Run all cells of that notebook, until the job's second step waits at the gate."""
    open_notebook(page, lab, book(lab, gate, more=more))
    run(page, "notebook:run-all-cells")
    expect(view(page)).to_have_attribute(*LIVE)
    expect(card(page, "wait")).to_have_attribute("data-status", "running")
    return page


def view(page: Page) -> Locator:
    """The view of the job."""
    return page.locator(".nodetool-view")


def card(page: Page, name: str) -> Locator:
    """A node of the graph."""
    return page.locator(f'.nt-card[aria-label^="{name}"]')


def state(page: Page) -> Locator:
    """The word that says how the job stands."""
    return page.locator(".nt-state")


def printed(page: Page) -> Locator:
    """What the cell behind the one that blocks has printed."""
    return page.locator(".jp-OutputArea-output", has_text="the last cell")


def cancel(page: Page) -> None:
    """Click on the button that cancels the job."""
    page.get_by_role("button", name="Cancel", exact=True).click()
