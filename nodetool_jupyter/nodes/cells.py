"""Which lines are a notebook's: how people call its cells, and which cell made or imported a name."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

_LABEL = re.compile(r"In\[\d+\]")
_FRAME = re.compile(r'^( *File ")([^"\n]+)(", line \d+)', re.MULTILINE)
_named: dict[str, str] = {}


def is_cell(filename: str) -> bool:
    """Tell whether code of this file name, or of this name of a cell, comes from a notebook cell."""
    return (
        "ipykernel_" in filename
        or filename.startswith(("<ipython-input", "<nodetool cell"))
        or _LABEL.fullmatch(filename) is not None
    )


def cell_label(filename: str) -> str:
    """Return what people call the cell of a file name, such as ``In[3]``; empty when nobody knows."""
    if filename in _named or _LABEL.fullmatch(filename):
        return _named.get(filename, filename)
    named = getattr(getattr(_shell(), "compile", None), "format_code_name", None)
    label = named(filename) if named is not None else None
    return str(label[1]) if label else ""


def name_cells(labels: Mapping[str, str]) -> None:
    """Make the names of another process's cells known here: file name -> label."""
    _named.update(labels)


def describe_line(filename: str, line: int) -> str:
    """Say where a line stands: ``line 3 of the cell``, of ``In[2]`` for another cell, else with the file's name."""
    if is_cell(filename):
        return f"line {line} of {_cell_name(filename)}"
    return f"line {line} of {filename.replace(chr(92), '/').rsplit('/', 1)[-1]}"


def _cell_name(filename: str) -> str:
    label, shell = cell_label(filename), _shell()
    running = shell is not None and label == f"In[{shell.execution_count}]" and label != filename
    return "the cell" if not label or running else label


def readable(trace: str) -> str:
    """Return the text of a traceback with the names of cells where their file names stood.

    The file names mean nothing to people, and nothing at all once the kernel has ended.
    """

    def named(found: re.Match[str]) -> str:
        filename = found[2]
        return f"{found[1]}{(cell_label(filename) if is_cell(filename) else '') or filename}{found[3]}"

    return _FRAME.sub(named, trace)


def origin(name: str) -> str:
    """Return where the notebook last made or imported a name: ``made in In[3]``, or empty when no cell shows it."""
    history: list[str] = getattr(getattr(_shell(), "history_manager", None), "input_hist_parsed", [])
    for number in range(len(history) - 1, 0, -1):
        try:
            tree = ast.parse(history[number])
        except (SyntaxError, ValueError):
            continue
        for made in _makers(tree, name):
            if isinstance(made, (ast.Import, ast.ImportFrom)):
                return f"imported in In[{number}]: {ast.unparse(made)}"
            return f"made in In[{number}]"
    return ""


def _makers(tree: ast.AST, name: str) -> Iterator[ast.AST]:
    for one in ast.walk(tree):
        if isinstance(one, (ast.Import, ast.ImportFrom)):
            if name in {alias.asname or alias.name.partition(".")[0] for alias in one.names}:
                yield one
        elif isinstance(one, ast.Name):
            if one.id == name and isinstance(one.ctx, ast.Store):
                yield one
        elif isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and one.name == name:
            yield one


def _shell() -> Any:
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
