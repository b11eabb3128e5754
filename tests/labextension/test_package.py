"""What the package carries of the view in the browser: built, whole, and small."""

from __future__ import annotations

import importlib.metadata
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import nodetool_jupyter

PACKAGE = Path(nodetool_jupyter.__file__).parent
SOURCE = PACKAGE.parent / "labextension"
LARGEST = 150_000  # bytes of the widget's module, and of its style
TYPES = {"@jupyterlab/rendermime-interfaces"}  # has no code
MOST = 300_000  # bytes of everything that is built for JupyterLab


def described(folder: Path, name: str = "package.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / name).read_text())
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


def test_all_that_jupyterlab_may_load_is_small() -> None:
    assert sum(file.stat().st_size for file in (PACKAGE / "_lab").rglob("*") if file.is_file()) <= MOST


@pytest.mark.parametrize("schema", sorted(file.name for file in (SOURCE / "schema").iterdir()))
def test_the_settings_that_are_built_are_those_of_the_sources(schema: str) -> None:
    built = PACKAGE / "_lab" / "schemas" / "nodetool-jupyter" / schema
    assert json.loads(built.read_text()) == json.loads((SOURCE / "schema" / schema).read_text())


def defaults(settings: dict[str, Any]) -> dict[str, object]:
    return {name: field["default"] for name, field in settings["properties"].items()}


def test_every_settings_default_is_one_of_its_choices() -> None:
    settings = described(SOURCE / "schema", "panel.json")
    jsonschema.Draft7Validator({**settings, "required": list(settings["properties"])}).validate(defaults(settings))


def test_every_command_of_the_menus_is_one_that_is_added() -> None:
    menus = json.dumps(described(SOURCE / "schema", "commands.json"))
    added = (SOURCE / "src" / "commands.ts").read_text()
    named = set(re.findall(r'"command": "([^"]+)"', menus))
    assert named
    assert {name for name in named if f"= '{name}';" not in added} == set()


def test_what_is_shared_with_jupyterlab_is_taken_in_every_version_of_4() -> None:
    source = described(SOURCE)
    shared = {name for name in source["dependencies"] if name.startswith(("@jupyterlab/", "@lumino/"))} - TYPES
    wanted = source["jupyterlab"]["sharedPackages"]
    versions = {name: wanted.get(name, {}).get("requiredVersion", "") for name in shared}
    assert {name: version for name, version in versions.items() if not re.fullmatch(r"\^\d+\.0\.0", version)} == {}


def test_the_lock_file_names_no_registry() -> None:
    assert '"resolved"' not in (SOURCE / "package-lock.json").read_text()
