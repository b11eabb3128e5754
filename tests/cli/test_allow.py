"""What a workflow is allowed on the command line: nothing unless somebody says so, and never by its own word."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_command_line import nodetool

GRAPH: dict[str, Any] = {
    "nodes": [{"id": "c", "type": "nodetool.code.RunShellCommand", "data": {"command": "echo ran > $MARK; echo ran"}}],
    "edges": [],
}
REQUEST = {"type": "run_job_request", "graph": GRAPH, "allow": ["shell"]}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    places = {"NODETOOL_HOME": str(tmp_path / "data"), "NODETOOL_RUNTIME": str(tmp_path / "run")}
    return {**os.environ, **places, "NO_COLOR": "1", "NODETOOL_WARM_SPARES": "0", "MARK": str(tmp_path / "mark")}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "flow.json"


@pytest.mark.parametrize(
    ("strategy", "words"),
    [("threaded", ["--allow", "python,shell"]), ("subprocess", ["--allow=shell"])],
)
def test_a_command_runs_where_it_is_allowed(
    home: dict[str, str], file: Path, strategy: str, words: list[str], tmp_path: Path
) -> None:
    file.write_text(json.dumps(GRAPH))
    done = nodetool(home, "run", str(file), "--quiet", "--strategy", strategy, *words)
    assert (done.returncode, (tmp_path / "mark").read_text()) == (0, "ran\n"), done.stderr


@pytest.mark.parametrize("data", [GRAPH, {"graph": GRAPH, "allow": ["shell"]}, REQUEST])
@pytest.mark.parametrize("way", ["a file", "stdin"])
def test_what_is_taken_for_a_workflow_gives_itself_no_permission(
    home: dict[str, str], file: Path, data: dict[str, Any], way: str, tmp_path: Path
) -> None:
    file.write_text(json.dumps(data))
    name = str(file) if way == "a file" else "-"
    done = nodetool(home, "run", name, "--quiet", stdin=json.dumps(data))
    assert done.returncode == 2
    assert "node 'c' (nodetool.code.RunShellCommand) needs the permission 'shell'" in done.stderr
    assert not (tmp_path / "mark").exists()


def test_a_request_that_was_asked_for_brings_its_permissions(home: dict[str, str], file: Path, tmp_path: Path) -> None:
    file.write_text(json.dumps(REQUEST))
    done = nodetool(home, "run", "--request-file", str(file), "--quiet")
    assert (done.returncode, (tmp_path / "mark").exists()) == (0, True), done.stderr


@pytest.mark.parametrize(("allow", "status"), [(["shell"], "completed"), ([], "error")])
def test_a_runner_looks_for_itself(home: dict[str, str], allow: list[str], status: str, tmp_path: Path) -> None:
    done = nodetool(home, "run", "--stdin", "--jsonl", stdin=json.dumps({**REQUEST, "allow": allow}))
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["status"], (tmp_path / "mark").exists()) == (status, bool(allow))
    assert ("needs the permission 'shell'" in (last.get("error") or "")) is not bool(allow)


def test_a_permission_that_there_is_not_is_named(home: dict[str, str], file: Path) -> None:
    file.write_text(json.dumps(GRAPH))
    done = nodetool(home, "run", str(file), "--allow", "root")
    assert "--allow must be 'shell' or 'python', not 'root'" in done.stderr
