"""The rules of the house, as far as a machine can see them."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import nodetool_jupyter as nt
from tests.conftest import ROOT

PACKAGE = ROOT / "nodetool_jupyter"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE, LONGEST_CLASS, LONGEST_FUNCTION = 400, 250, 40


def _length(node: ast.AST) -> int:
    return (node.end_lineno or 0) - node.lineno + 1  # type: ignore[attr-defined]


def test_no_module_class_or_function_is_too_long() -> None:
    found = []
    for path in MODULES:
        text = path.read_text()
        name = path.relative_to(ROOT)
        if text.count("\n") > LONGEST_MODULE:
            found.append(f"{name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef) and _length(node) > LONGEST_CLASS:
                found.append(f"{name}: class {node.name}, {_length(node)} lines")
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _length(node) > LONGEST_FUNCTION:
                found.append(f"{name}: {node.name}, {_length(node)} lines")
    assert found == []


def test_the_median_module_is_short() -> None:
    lengths = sorted(path.read_text().count("\n") for path in MODULES)
    assert lengths[len(lengths) // 2] <= 150


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "misc", "common", "tools", "stuff"}
    assert [path for path in MODULES if path.stem in empty] == []


def test_every_public_name_is_there() -> None:
    assert [name for name in nt.__all__ if getattr(nt, name, None) is None] == []


def test_public_names_are_listed_for_completion() -> None:
    assert set(nt.__all__) == set(dir(nt))


def test_importing_the_package_imports_nothing_heavy() -> None:
    program = (
        "import sys, nodetool_jupyter; "
        "heavy = ('pydantic', 'sqlalchemy', 'alembic', 'ipywidgets', 'numpy', 'PIL', 'IPython'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"


def test_loading_the_extension_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "import threading\n"
        "shell = InteractiveShell.instance()\n"
        "start = threading.Thread.start\n"
        "threading.Thread.start = lambda self: None  # what goes on in the background is not what %load_ext waits for\n"
        "shell.run_line_magic('load_ext', 'nodetool_jupyter')\n"
        "print([n for n in ('pydantic', 'sqlalchemy', 'alembic', 'ipywidgets') if n in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.strip().splitlines()[-1] == "[]"


def test_notebooks_are_committed_without_outputs() -> None:
    stale = [
        path.name
        for path in (ROOT / "notebooks").glob("*.ipynb")
        for cell in json.loads(path.read_text())["cells"]
        if cell.get("outputs") or cell.get("execution_count")
    ]
    assert stale == []


def test_nothing_names_the_machine_it_was_written_on() -> None:
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split(
        "\n"
    )
    words = ["/".join(("", "root", "")), "/".join(("", "work", "")), "site-" + "packages/"]
    found = []
    for name in filter(None, tracked):
        path = Path(ROOT / name)
        if path.suffix in (".py", ".md", ".toml", ".yml", ".ipynb", ".json", "") and path.is_file():
            text = path.read_text(errors="replace")
            found += [f"{name}: {word}" for word in words if word in text]
    assert found == []
