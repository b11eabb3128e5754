"""A runner needs less than a kernel: an image of it carries neither Jupyter, nor Docker's client, nor a database."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from nodetool_jupyter.execution.needs import FRONT, MANAGER, main, needs

ROOT = Path(__file__).parents[2]
MODULES = ("IPython", "ipywidgets", "jupyter_server", "docker", "sqlalchemy", "alembic")
WITHOUT = f"""
import sys
for name in {MODULES!r}:
    sys.modules[name] = None
sys.argv[1:] = ["run", "--stdin", "--jsonl"]
from nodetool_jupyter.__main__ import main
sys.exit(main())
"""
GRAPH = {
    "nodes": [
        {"id": "a", "type": "nodetool.text.Concat", "data": {"a": "Node", "b": "Tool"}},
        {"id": "b", "type": "nodetool.output.Output", "data": {"name": "result"}},
    ],
    "edges": [{"source": "a", "sourceHandle": "output", "target": "b", "targetHandle": "value"}],
}


def name_of(requirement: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "._-" else " " for letter in requirement).split()[0].lower()


def test_all_requirements_but_those_of_the_front_are_named() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {name_of(line) for line in needs()} == {name_of(line) for line in project["dependencies"]} - FRONT


def test_a_worker_keeps_jobs_besides() -> None:
    assert {name_of(line) for line in set(needs(worker=True)) - set(needs())} == MANAGER == {"sqlalchemy", "alembic"}


def test_those_of_an_extra_come_along_without_its_mark() -> None:
    more = set(needs(["torch"])) - set(needs())
    assert {name_of(line) for line in more} == {"torch", "safetensors"}
    assert not any("extra" in line for line in more)


def test_an_extra_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no extra 'tensorflow'.*torch"):
        list(needs(["tensorflow"]))


def test_the_command_reads_extras_and_the_word_worker(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--worker", "", "js,table"]) == 0
    assert capsys.readouterr().out.splitlines() == list(needs(["js", "table"], worker=True))


def test_a_runner_works_without_what_it_does_not_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], input=json.dumps(GRAPH), capture_output=True, text=True, timeout=50, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["result"] == {"result": "NodeTool"}
