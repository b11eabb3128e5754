"""The wheel that people install, made and installed on a machine without Node."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

import nodetool_jupyter

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(nodetool_jupyter.__file__).parents[1]
LAB = "share/jupyter/labextensions/nodetool-jupyter"
CONFIG = "etc/jupyter/jupyter_server_config.d/nodetool_jupyter.json"


def run(python: Path | str, *args: str, home: Path) -> str:
    """Run a Python with nothing on its PATH, no Node either; returns what it printed, both streams."""
    empty = home / "empty"
    empty.mkdir(exist_ok=True)
    env = {key: text for key, text in os.environ.items() if not key.startswith(("JUPYTER", "PYTHON"))}
    env |= {"PATH": str(empty), "HOME": str(home), "JUPYTER_PLATFORM_DIRS": "1"}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run([str(python), *args], env=env, cwd=home, timeout=240, **pipes)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--wheel-dir", str(folder))
    run(sys.executable, "-m", "pip", "wheel", *options, str(ROOT), home=folder)
    [made] = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment with our wheel; everything else is that of the tests."""
    home = tmp_path_factory.mktemp("fresh")
    place = home / "venv"
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--python", str(python))
    run(sys.executable, "-m", "pip", *options[-2:], "install", *options[:-2], str(wheel), home=home)
    own = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", home=home).strip()
    theirs = run(sys.executable, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", home=home).strip()
    (Path(own) / "theirs.pth").write_text(f"{theirs}\n")
    return python


@pytest.mark.parametrize(
    "name",
    [
        rf"{LAB}/package\.json",
        rf"{LAB}/install\.json",
        rf"{LAB}/static/remoteEntry\.\w+\.js",
        rf"{LAB}/schemas/nodetool-jupyter/panel\.json",
        rf"{LAB}/schemas/nodetool-jupyter/commands\.json",
        re.escape(CONFIG),
    ],
)
def test_the_wheel_has_what_jupyter_looks_for(wheel: Path, name: str) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert [found for found in names if re.fullmatch(rf"nodetool_jupyter-[^/]+\.data/data/{name}", found)]


def test_the_wheel_has_nothing_that_is_built_from(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if name.endswith((".ts", ".map")) or "node_modules/" in name] == []


def test_jupyterlab_lists_the_installed_extension(installed: Path) -> None:
    said = run(installed, "-m", "jupyterlab.labextensions", "list", home=installed.parents[2])
    assert re.search(r"nodetool-jupyter v\S+ \S*enabled\S* \S*OK", said), said


def test_the_jupyter_server_lists_the_installed_extension(installed: Path) -> None:
    module = "jupyter_server.extension.serverextension"
    said = run(installed, "-m", module, "list", home=installed.parents[2])
    assert re.search(r"nodetool_jupyter \S*enabled", said), said
    assert re.search(r"nodetool_jupyter \S+ \S*OK", said), said


def test_what_is_imported_is_what_was_installed(installed: Path) -> None:
    said = run(installed, "-c", "import nodetool_jupyter; print(nodetool_jupyter.__file__)", home=installed.parents[2])
    assert Path(said.strip()).is_relative_to(installed.parents[1])
