"""What stands in a cell: a graph as JSON or YAML, or Python that puts one together."""

from __future__ import annotations

import re
import traceback
from typing import Any

from nodetool_jupyter.api.grammar import BadLine
from nodetool_jupyter.api.workflow import Workflow
from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.nodes.cells import describe_line
from nodetool_jupyter.nodes.everywhere import everywhere
from nodetool_jupyter.nodes.factories import root
from nodetool_jupyter.nodes.handles import recording

ROOTS = ("nodetool", "lib", "notebook")
"""Where the names of node types begin that a cell has whatever its notebook calls so."""
_YAML = re.compile(r"^(---\s*$|(nodes|graph)\s*:\s*([\[{#&!*].*)?$)", re.MULTILINE)


def read_flow(shell: Any, words: list[str], cell: str | None) -> Workflow:
    """Return the workflow of a run: from the file that was named, else from the cell.

    Raises :class:`BadLine` when there is none, or both, or what is there is not Python.
    """
    written = (cell or "").strip()
    if words and written:
        raise BadLine(f"run has both the file {words[0]!r} and a cell; leave one out")
    if words:
        return Workflow.from_file(words[0])
    if not written:
        raise BadLine("run needs a workflow: a file, or with %%nodetool run one in the cell")
    assert cell is not None
    if written[0] in "{[":
        return Workflow.from_json(cell)
    if _YAML.search(cell):
        return Workflow.from_yaml(cell)
    return from_python(shell, cell)


def from_python(shell: Any, code: str) -> Workflow:
    """Run Python in a copy of the notebook's variables and make a workflow of every node it makes."""
    # The magic's own line is the first of the cell, so numbers agree with those the notebook shows.
    text = "\n" + code
    filename = shell.compile.cache(text, shell.execution_count)
    space = {**{name: root(name) for name in other_roots()}, **shell.user_ns, **{name: root(name) for name in ROOTS}}
    try:
        program = compile(text, filename, "exec", dont_inherit=True)
    except SyntaxError as error:
        shown = (error.text or "").strip()
        raise BadLine(f"line {error.lineno} of the cell: {error.msg}" + (f": {shown}" if shown else "")) from None
    try:
        with recording() as made:
            exec(program, space)  # noqa: S102  # the user's own cell
    except InvalidRequest as error:
        raise InvalidRequest(f"{error} ({_line(error, filename)})") from error
    return Workflow.from_nodes(made)


def other_roots() -> list[str]:
    """Return where names of node types begin besides, here and on known workers; a notebook's variables come first."""
    return sorted({space.partition(".")[0] for space in everywhere.namespaces()} - {*ROOTS})


def _line(error: BaseException, filename: str) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == filename]
    return describe_line(filename, frames[-1].lineno or 0) if frames else "in the cell"
