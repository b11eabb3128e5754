"""Completion in a real shell: verbs, options, values, and factories in the body of a cell."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter

import nodetool_jupyter as nt


def complete(shell: Any, text: str) -> list[str]:
    """Return the line or cell as it would be after choosing each completion."""
    with provisionalcompleter():
        found = list(shell.Completer.completions(text, len(text)))
    return [(text[: one.start] + one.text).rpartition("\n")[2] for one in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("%nodetool re", ["%nodetool result", "%nodetool retry"]),
        ("%%nodetool ru", ["%%nodetool run"]),
        ("%nodetool run --idl", ["%nodetool run --idle-timeout"]),
        ("%nodetool run --no-d", ["%nodetool run --no-detach"]),
        ("%nodetool run --strategy th", ["%nodetool run --strategy threaded"]),
        ("%nodetool run --strategy=th", ["%nodetool run --strategy=threaded"]),
        ("%%nodetool run --strategy sub", ["%%nodetool run --strategy subprocess"]),
        ("%nodetool run --gra", ["%nodetool run --grace"]),
        ("%nodetool run --gpu-", ["%nodetool run --gpu-memory"]),
        ("%nodetool run --nic", ["%nodetool run --nice"]),
        ("%nodetool run --mem", ["%nodetool run --memory"]),
        ("%nodetool run --det", ["%nodetool run --detach"]),
        ("%nodetool run --allow s", ["%nodetool run --allow shell"]),
        ("%nodetool run --gpus a", ["%nodetool run --gpus all"]),
        ("%nodetool run --gpus all --sha", ["%nodetool run --gpus all --share-gpu"]),
        ("%nodetool jobs --status err", ["%nodetool jobs --status error"]),
        ("%nodetool help canc", ["%nodetool help cancel"]),
        ("%nodetool nodes nodetool.bool", ["%nodetool nodes nodetool.boolean."]),
        ("%nodetool nodes nodetool.boolean.IsI", ["%nodetool nodes nodetool.boolean.IsIn"]),
        ("%nodetool run --input my_var", ["%nodetool run --input my_variable"]),
        ("%%nodetool run\nnodetool.boolean.IsI", ["nodetool.boolean.IsIn"]),
        ("%%nodetool run\nx = lib.mat", ["x = lib.math"]),
        ("%%nodetool run\nnodetool.boolean.IsIn(val", ["nodetool.boolean.IsIn(value="]),
        ("%%nodetool run\nnodetool.boolean.IsIn(value=1, ", ["nodetool.boolean.IsIn(value=1, options="]),
        ("%%nodetool run\nnotebook.my_no", ["notebook.my_node"]),
        ("nt.nodes.boolean.IsI", ["nt.nodes.boolean.IsIn"]),
        ("x = nt.nodes.boole", ["x = nt.nodes.boolean"]),
        ("nt.nodes.boolean.IsIn(opt", ["nt.nodes.boolean.IsIn(options="]),
    ],
)
def test_what_may_come_next(shell: Any, text: str, found: list[str]) -> None:
    shell.run_cell("my_variable = 1\n@nt.node\ndef my_node(x: int) -> int:\n    return x\n")
    assert complete(shell, text) == found


def test_ids_of_recent_jobs_are_offered(shell: Any) -> None:
    job = nt.submit(nt.nodes.constant.Integer(value=1))
    assert complete(shell, f"%nodetool job {job.id[:4]}") == [f"%nodetool job {job.id}"]


def test_workflow_files_and_folders_are_offered(shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("flow.json", "flow.yaml", "flow.py"):
        (tmp_path / name).touch()
    (tmp_path / "flows").mkdir()
    assert sorted(complete(shell, "%nodetool run fl")) == [
        "%nodetool run flow.json",
        "%nodetool run flow.yaml",
        "%nodetool run flows/",
    ]


def test_an_option_that_is_there_is_not_offered_again(shell: Any) -> None:
    assert "%nodetool run --quiet --quiet" not in complete(shell, "%nodetool run --quiet --")


def test_other_code_in_the_body_completes_as_ever(shell: Any) -> None:
    shell.user_ns["some_list"] = []
    assert "some_list.append" in complete(shell, "%%nodetool run\nsome_list.appe")


@pytest.mark.parametrize("text", ["%nodetool ", "%nodetool job ", "%nodetool run --", "%%nodetool run\nnodetool.list."])
def test_completion_is_fast(shell: Any, text: str) -> None:
    from nodetool_jupyter.magics import suggest

    line = text.partition("nodetool ")[2]
    best = min(_timed(suggest, text, line) for _ in range(5))
    assert best < 0.02


def _timed(suggest: Any, text: str, line: str) -> float:
    began = time.perf_counter()
    if "\n" in text:
        suggest.for_code(text.partition("\n")[2], in_body=True)
    else:
        suggest.for_line(line)
    return time.perf_counter() - began
