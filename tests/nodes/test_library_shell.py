"""What the programs of nodetool.code mean: RunShellCommand, ExecuteBash, ExecutePython."""

import asyncio
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from nodetool_jupyter.engine.resolve import resolve
from nodetool_jupyter.engine.validate import check_permissions
from nodetool_jupyter.errors import EngineUnavailable, ImageMissing, InvalidRequest
from nodetool_jupyter.graph import read_graph
from nodetool_jupyter.nodes import program
from nodetool_jupyter.nodes.launcher import Ended, Program
from nodetool_jupyter.nodes.metadata import describe
from nodetool_jupyter.nodes.registry import registry
from nodetool_jupyter.processes import look
from tests.engine.running import graph, run

SHELL, BASH, PYTHON = (f"nodetool.code.{name}" for name in ("RunShellCommand", "ExecuteBash", "ExecutePython"))


def ran(kind, code, stdin="", **settings):
    if kind == SHELL:
        return run(graph({"c": (kind, {"command": code})}), **settings)
    return run(graph({"c": (kind, {"code": code, "stdin": stdin, "execution_mode": "subprocess"})}), **settings)


def said(*asked, **settings):
    result = ran(*asked, **settings).result
    return result["c.stdout"], result["c.stderr"]


@pytest.mark.parametrize(
    ("kind", "code", "stdin", "expected"),
    [
        (SHELL, "echo hi", "", ("hi\n", "")),
        (SHELL, "echo out; echo err >&2", "", ("out\n", "err\n")),
        (SHELL, "echo 'a\nb' | wc -l | tr -d ' '", "", ("2\n", "")),
        (SHELL, "", "", ("", "")),
        (SHELL, "cat", "", ("", "")),
        (SHELL, "printf 'caf\\303\\251 \\377'", "", ("café \ufffd", "")),
        (SHELL, "exit 0", "", ("", "")),
        (BASH, "read -r line; echo ${line^^}", "ann", ("ANN\n", "")),
        (BASH, "a=(1 2 3); echo ${#a[@]}", "", ("3\n", "")),
        (PYTHON, "print(input())", "línea", ("línea\n", "")),
        (PYTHON, "import sys; sys.stderr.write('e')", "", ("", "e")),
        (PYTHON, "import sys; print(sys.flags.isolated, sys.executable)", "", (f"1 {sys.executable}\n", "")),
        (PYTHON, "import json; print(json.dumps('é'))", "", ('"\\u00e9"\n', "")),
    ],
)
def test_what_a_program_says(kind, code, stdin, expected):
    assert said(kind, code, stdin) == expected


@pytest.mark.parametrize(
    ("kind", "code", "says"),
    [
        (SHELL, "exit 3", "the command failed with exit code 3"),
        (SHELL, "echo first >&2; echo why >&2; false", "the command failed with exit code 1: why"),
        (SHELL, "kill -KILL $$", "the command was ended by SIGKILL"),
        (BASH, "nosuchprogram", "the script failed with exit code 127: "),
        (PYTHON, "1 / 0", "the script failed with exit code 1: ZeroDivisionError: division by zero"),
        (PYTHON, "raise SystemExit(2)", "the script failed with exit code 2"),
    ],
)
def test_a_program_that_fails_fails_its_node(kind, code, says):
    assert says in ran(kind, code).outcome.error


def test_what_a_failed_program_said_is_in_the_log():
    (line,) = ran(SHELL, "echo first >&2; echo why >&2; false").events("log_update")
    assert (line.content, line.severity) == ("first\nwhy", "error")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_program_that_says_too_much_is_ended(stream, monkeypatch):
    monkeypatch.setattr(program, "MOST", 1 << 20)
    error = ran(SHELL, "yes" if stream == "stdout" else "yes >&2").outcome.error
    assert f"the command wrote more than 1 MiB to {stream}, and was ended" in error


def test_it_runs_in_the_nodes_own_folder_which_goes_with_the_job(tmp_path):
    folder, _ = said(SHELL, "echo x > made; pwd", folder=tmp_path)
    assert Path(folder.strip()).is_relative_to(tmp_path)
    assert not Path(folder.strip()).exists()


@pytest.mark.parametrize(("kind", "code"), [(SHELL, "env"), (PYTHON, "import os; print(dict(os.environ))")])
def test_its_environment_has_what_the_job_was_given_and_no_secret(kind, code, monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "hunter2hunter2")
    monkeypatch.setenv("PLAIN", "a sekretsekret in it")
    monkeypatch.setenv("ORDINARY", "ordinary word")
    out, _ = said(kind, code, secrets={"x": "sekretsekret"}, env={"MINE": "my word"})
    assert ("hunter2" in out, "sekret" in out) == (False, False)
    assert ("ordinary word" in out, "my word" in out) == (True, True)


def test_neither_code_nor_input_stands_in_a_command_line():
    code = "import pathlib; print(pathlib.Path('/proc/self/cmdline').read_text()) # mine"
    out, _ = said(PYTHON, code, "my input")
    assert ("mine" in out, "my input" in out) == (False, False)


@pytest.mark.parametrize(
    "command",
    [
        "sleep 60 & echo $!",
        "nohup sleep 60 >/dev/null 2>&1 & echo $!",
        # a session of its own, and no parent any more
        "(setsid sh -c 'echo $$; exec sleep 60 >/dev/null' &) | head -n 1",
    ],
)
def test_what_it_left_behind_ends_with_it(command):
    out, _ = said(SHELL, command)
    assert not lives(int(out))


def test_a_cancel_ends_the_whole_tree(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pids, began = [], []

    async def cancel(runner, lines):
        pids.extend(map(int, (await asyncio.to_thread(pipe.read_text)).split()))
        began.append(time.monotonic())
        runner.cancel()

    command = f"sleep 60 & first=$!; setsid sleep 60 & echo $$ $first $! > {pipe}; wait"
    done = ran(SHELL, command, during=cancel)
    assert done.outcome.status == "cancelled"
    assert time.monotonic() - began[0] < 5
    assert [pid for pid in pids if lives(pid)] == []
    assert done.events("log_update") == []


def lives(pid):
    process = look(pid)
    return process is not None and not process.zombie


def test_what_it_writes_is_shown_while_it_runs():
    done = ran(PYTHON, "import sys; print('out', flush=True); sys.stderr.write('é')")
    assert sorted(chunk.content for chunk in done.events("chunk", node_id="c")) == ["out\n", "é"]


def test_of_much_only_the_beginning_is_shown_and_all_is_sent(monkeypatch):
    monkeypatch.setattr(program, "_LIVE", 10)
    done = ran(PYTHON, "print('x' * 100)")
    assert "".join(chunk.content for chunk in done.events("chunk")) == "x" * 10
    assert done.result["c.stdout"] == "x" * 100 + "\n"


def contained(kind, code="", stdin="", **values):
    return graph({"c": (kind, {"code": code, "stdin": stdin, "execution_mode": "docker", **values})})


@pytest.mark.parametrize("kind", [BASH, PYTHON])
def test_a_run_that_can_start_no_container_says_so(kind):
    error = run(contained(kind)).outcome.error
    assert "the script cannot have a container here; the nearest choice is execution_mode 'subprocess'" in error


BY_AN_EDGE = graph({"m": ("nodetool.constant.String", {"value": "docker"}), "c": PYTHON}, "m c.execution_mode")


@pytest.mark.parametrize(
    ("data", "launches", "says"),
    [
        (contained(PYTHON), True, None),
        (graph({"c": BASH}), True, None),
        (graph({"c": (BASH, {"execution_mode": "subprocess"})}), True, "needs the permission 'shell'"),
        (BY_AN_EDGE, True, "needs the permission 'python'"),
        (contained(PYTHON), False, "a job that is in a container itself cannot; the nearest choice is execution_mode"),
    ],
    ids=["container", "by-default", "as-you", "by-an-edge", "in-a-container"],
)
def test_what_runs_in_a_container_needs_no_permission_but_one_who_can_start_it(data, launches, says):
    try:
        check_permissions(resolve(read_graph(data)), [], launches=launches)
    except InvalidRequest as refused:
        assert says is not None and says in str(refused)
    else:
        assert says is None


FINE = Ended(0, False)


@dataclass
class FakeLauncher:
    """Ends every program as a test wants."""

    ended: Ended = FINE
    says: tuple[tuple[str, bytes], ...] = ()
    fails: Exception | None = None
    program: Program | None = None

    async def launch(self, program, hear):
        self.program = program
        for said in self.says:
            hear(*said)
        if self.fails:
            raise self.fails
        return self.ended


def test_a_container_is_given_the_program_and_what_it_says_is_sent():
    launcher = FakeLauncher(says=(("stdout", b"caf\xc3"), ("stderr", b"e"), ("stdout", b"\xa9")))
    result = run(contained(PYTHON, "the code", "the input", image="x:1"), launcher=launcher).result
    assert (result["c.stdout"], result["c.stderr"]) == ("café", "e")
    assert launcher.program == Program(
        argv=("python3", "-I", "-X", "utf8"), code="the code", stdin="the input", image="x:1"
    )


@pytest.mark.parametrize(
    ("launcher", "says"),
    [
        (FakeLauncher(Ended(3, False)), "the script failed with exit code 3"),
        (FakeLauncher(Ended(1, False), (("stderr", b"first\nwhy\n"),)), "the script failed with exit code 1: why"),
        (FakeLauncher(Ended(137, True)), "the script took more memory than its container has"),
        (FakeLauncher(says=(("stdout", b"x" * (program.MOST + 1)),)), "wrote more than 16 MiB to stdout, and was"),
        (FakeLauncher(fails=EngineUnavailable("there is no engine")), "there is no engine; the nearest choice is"),
        (FakeLauncher(fails=ImageMissing("no image; say docker pull x:1")), "no image; say docker pull x:1"),
    ],
    ids=["code", "why", "memory", "too-much", "engine", "image"],
)
def test_a_program_that_fails_in_a_container_fails_its_node(launcher, says):
    assert says in run(contained(PYTHON), launcher=launcher).outcome.error


@pytest.mark.parametrize(("kind", "permission"), [(SHELL, "shell"), (BASH, "shell"), (PYTHON, "python")])
def test_their_description_names_the_permission(kind, permission):
    found = registry.get(kind)
    assert found is not None
    assert describe(found)["permission"] == permission
