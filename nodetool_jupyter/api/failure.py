"""Errors as people meet them: which node, which line of the notebook, what to do next."""

from __future__ import annotations

import linecache
import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from nodetool_jupyter.errors import InvalidGraph, Issue, JobCancelled, JobError, ReportedFailure
from nodetool_jupyter.nodes.cells import describe_line, is_cell
from nodetool_jupyter.widgets import wording

_TOLD = re.compile(r'^ *File "([^"\n]+)", line (\d+), in (.+)\n(?: ++(?!File ")(.+?) *$)?', re.MULTILINE)


def place(error: JobError, lines: Mapping[str, str]) -> None:
    """Note on an error where its node was made, and where in the notebook its function failed."""
    for note in where(error, lines):
        error.add_note(note)


def where(error: JobError, lines: Mapping[str, str]) -> list[str]:
    """Return sentences that say where a failed node was made, and which line of the user's code failed."""
    notes = []
    made = lines.get(error.node_id)
    if made:
        notes.append(f"node {error.node_id!r} was made in {made}")
    own = [frame for frame in _frames(error.__cause__) if is_cell(frame.filename)]
    if own:
        frame = own[-1]
        # What another process told may be of another session: its In[3] is not the cell that runs here.
        spot = describe_line(frame.filename, frame.line)
        notes.append(f"it failed in {spot}, in {frame.name}" + (f": {frame.code}" if frame.code else ""))
    return notes


class _Frame(NamedTuple):
    filename: str
    line: int
    name: str
    code: str


def _frames(cause: BaseException | None) -> list[_Frame]:
    if cause is None:
        return []
    if isinstance(cause, ReportedFailure):
        return [_Frame(name, int(line), within, code) for name, line, within, code in _TOLD.findall(cause.traceback)]
    return [
        _Frame(one.filename, one.lineno or 0, one.name, linecache.getline(one.filename, one.lineno or 0).strip())
        for one in traceback.extract_tb(cause.__traceback__)
    ]


def located(issues: Sequence[Issue], lines: Mapping[str, str]) -> InvalidGraph:
    """Return the error of a graph written in Python, each fault with the line its node was made in."""
    return InvalidGraph(
        [
            replace(issue, message=f"{issue.message} ({lines[issue.node_id]})") if issue.node_id in lines else issue
            for issue in issues
        ]
    )


def screen(error: BaseException, hint: str = "") -> str:
    """Return one screen about an error: what failed, which node, where, and how to see more.

    A node's own words in it do not steer a terminal.
    """
    if isinstance(error, JobError):
        node = error.node_name or error.node_id
        head = f"JobError: job {error.job_id} ended as error ({error.reason})" + (f" in node {node!r}" if node else "")
        cause = error.__cause__
        own = cause is not None and not isinstance(cause, ReportedFailure)
        what = f"{type(cause).__name__}: {cause}" if own else str(error)
        lines = [head, f"  {_cut(what)}", *(f"  {note}" for note in getattr(error, "__notes__", ()))]
    else:
        head = "Cancelled" if isinstance(error, JobCancelled) else type(error).__name__
        lines = [f"{head}: {_cut(str(error), 6000)}"]
    return wording.plain("\n".join([*lines, *([f"  {hint}"] if hint else [])]))


def _cut(text: str, limit: int = 1500) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
