"""What the tests of the browser do on a page of JupyterLab or Notebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Page

MEDIA_TYPE = "application/vnd.nodetool.job+json"


@dataclass(frozen=True)
class Lab:
    """A running server: its address, the token that opens it, the folders of its notebooks and settings."""

    url: str
    token: str
    work: Path
    config: Path

    @property
    def home(self) -> Path:
        """The folder of its jobs."""
        return self.work.parent / "nodetool"

    def notebook(self, name: str, *cells: str | dict[str, Any], kernel: str = "python3") -> str:
        """Write a notebook; a cell is its code, or a whole code cell with outputs."""
        whole = [nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
        book = nbformat.v4.new_notebook(cells=whole)
        book.metadata.kernelspec = {"name": kernel, "display_name": kernel, "language": "python"}
        nbformat.write(book, self.work / name)
        return name


def shown(*bundles: dict[str, Any]) -> dict[str, Any]:
    """Return a cell that was run and shows these bundles."""
    outputs = [nbformat.v4.new_output("display_data", data=bundle) for bundle in bundles]
    cell: dict[str, Any] = nbformat.v4.new_code_cell("job.view()", execution_count=1, outputs=outputs)
    return cell


CONNECTED = """async () => {
  const app = window.jupyterapp;
  await app.restored;
  const panel = app.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
  const kernel = panel.sessionContext.session.kernel;
  if (kernel.connectionStatus !== 'connected') {
    await new Promise(done => kernel.connectionStatusChanged.connect((_, now) => now === 'connected' && done()));
  }
  await kernel.info;
}"""


def open_notebook(page: Page, lab: Lab, name: str, *, app: str = "lab/tree", kernel: bool = True) -> None:
    """Open a notebook in JupyterLab, or in Notebook, and wait for it and its kernel."""
    page.goto(f"{lab.url}/{app}/{name}?reset&token={lab.token}")
    page.wait_for_function("() => window.jupyterapp && window.jupyterapp.shell.currentWidget")
    if kernel:
        page.evaluate(CONNECTED)


def run(page: Page, command: str) -> None:
    """Start a command of JupyterLab, and do not wait for what it does."""
    page.evaluate("name => { window.jupyterapp.commands.execute(name); }", command)


def do(page: Page, command: str) -> None:
    """Run a command of JupyterLab to its end."""
    page.evaluate("name => window.jupyterapp.commands.execute(name)", command)
