"""What the package carries of the view in the browser: built, whole, and small."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import pytest

import nodetool_jupyter

PACKAGE = Path(nodetool_jupyter.__file__).parent
SOURCE = PACKAGE.parent / "labextension"
LARGEST = 150_000  # bytes of a file that a page has to load


def described(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "package.json").read_text())
    return found


def test_the_extension_is_where_jupyter_is_told_it_is() -> None:
    [place] = nodetool_jupyter._jupyter_labextension_paths()
    assert described(PACKAGE / place["src"])["name"] == place["dest"]


def test_what_the_extension_loads_is_there() -> None:
    built = json.loads((PACKAGE / "_lab" / "package.json").read_text())["jupyterlab"]["_build"]
    assert (PACKAGE / "_lab" / built["load"]).is_file()


def test_an_installation_puts_the_extension_where_jupyterlab_looks() -> None:
    files = [str(file) for file in importlib.metadata.files("nodetool-jupyter") or ()]
    shared = [file for file in files if "share/jupyter/labextensions/nodetool-jupyter/" in file]
    names = {file.rpartition("nodetool-jupyter/")[2].partition(".")[0] for file in shared}
    assert {"static/remoteEntry", "install", "package"} <= names


def test_both_halves_have_one_version() -> None:
    assert described(SOURCE)["version"] == described(PACKAGE / "_lab")["version"] == nodetool_jupyter.__version__


@pytest.mark.parametrize("name", ["view.js", "view.css"])
def test_the_widgets_files_are_small(name: str) -> None:
    assert 0 < (PACKAGE / "widgets" / "assets" / name).stat().st_size <= LARGEST


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (SOURCE / "package-lock.json").read_text()
