"""The magics in a real IPython shell, where cells wait in the ordinary way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.execution import gpus
from nodetool_jupyter.magics.cell import CALL, await_run

PYTHON = (
    "text = nodetool.input.StringInput(name='text', value='hello')\nnodetool.output.Output(name='result', value=text)\n"
)
GRAPH = {
    "nodes": [
        {"id": "in", "type": "nodetool.input.StringInput", "data": {"name": "text", "value": "hello"}},
        {"id": "out", "type": "nodetool.output.Output", "data": {"name": "result"}},
    ],
    "edges": [{"source": "in", "sourceHandle": "output", "target": "out", "targetHandle": "value"}],
}
YAML = """
nodes:
- {id: in, type: nodetool.input.StringInput, data: {name: text, value: hello}}
- {id: out, type: nodetool.output.Output, data: {name: result}}
edges:
- {source: in, sourceHandle: output, target: out, targetHandle: value}
"""


def run(shell: Any, line: str, cell: str = PYTHON) -> Any:
    done = shell.run_cell(f"%%nodetool run --quiet {line}\n{cell}")
    done.raise_error()
    return done.result


def refusal(shell: Any, capsys: pytest.CaptureFixture[str], line: str, cell: str = PYTHON) -> str:
    capsys.readouterr()
    assert not shell.run_cell(f"%%nodetool run --quiet {line}\n{cell}").success
    said = capsys.readouterr()
    return (said.out + said.err).strip()


@pytest.mark.parametrize("body", [PYTHON, YAML, json.dumps(GRAPH), json.dumps({"graph": GRAPH}, indent=1)])
def test_a_cell_holds_python_yaml_or_json(shell: Any, body: str) -> None:
    assert run(shell, "", body) == {"result": "hello"}


def test_a_file_is_run(shell: Any, tmp_path: Path) -> None:
    (tmp_path / "my graph.json").write_text(json.dumps(GRAPH))
    done = shell.run_cell(f"r = %nodetool run '{tmp_path}/my graph.json' --quiet")
    done.raise_error()
    assert shell.user_ns["r"] == {"result": "hello"}


def test_python_runs_in_a_copy_of_the_variables(shell: Any) -> None:
    shell.user_ns["word"] = "mine"
    cell = (
        "word = word + '!'\nnew = 1\nnodetool.output.Output(name='result', value=nodetool.constant.String(value=word))"
    )
    assert run(shell, "", cell) == {"result": "mine!"}
    assert shell.user_ns["word"] == "mine"
    assert "new" not in shell.user_ns


def test_every_node_of_the_cell_runs(shell: Any) -> None:
    assert run(shell, "", "nodetool.constant.Integer(value=1)\nnodetool.constant.Integer(value=2)\n") == {
        "integer": 1,
        "integer_2": 2,
    }


def test_a_cell_has_every_name_that_node_types_begin_with_unless_it_is_a_variable(shell: Any) -> None:
    cell = "nodetool.constant.String(value=type(huggingface).__name__)"
    assert run(shell, "", cell) == {"string": "Namespace"}
    shell.user_ns["huggingface"] = 5
    assert run(shell, "", cell) == {"string": "int"}


def test_functions_of_the_notebook_are_nodes(shell: Any) -> None:
    shell.run_cell("@nt.node\ndef twice(x: int) -> int:\n    return 2 * x\n")
    assert run(shell, "", "notebook.twice(x=notebook.twice(x=3))") == {"twice_2": 12}
    assert shell.user_ns["twice"](4) == 8


@pytest.mark.parametrize(
    ("options", "result"),
    [
        ("--input text=word", "word"),
        ("--input text='\"two words\"'", "two words"),
        ("--input text=3", 3),
        ("--input text", "a variable"),
        ("--set stringinput.value=set", "set"),
    ],
)
def test_inputs_and_properties_come_from_the_line(shell: Any, options: str, result: object) -> None:
    shell.user_ns["text"] = "a variable"
    assert run(shell, options) == {"result": result}


def test_outputs_go_into_variables(shell: Any) -> None:
    run(shell, "--output every --output one=result".replace("one=result", "result=one"))
    assert shell.user_ns["every"] == {"result": "hello"}
    assert shell.user_ns["one"] == "hello"


def test_braces_and_dollars_in_the_line_are_left_alone(shell: Any) -> None:
    shell.user_ns["x"] = "expanded"
    assert run(shell, "--input text='{x} $x'") == {"result": "{x} $x"}


def test_dry_run_runs_nothing(shell: Any) -> None:
    before = len(nt.jobs())
    shown = str(run(shell, "--dry-run --input text=a"))
    assert "node stringinput  nodetool.input.StringInput" in shown
    assert "input text        'a'" in shown
    assert len(nt.jobs()) == before


def test_a_dry_run_of_a_container_shows_what_the_engine_is_asked(
    shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")  # no engine is asked
    shown = str(run(shell, "--dry-run --strategy docker --network --gpus none --pull never --image lab/gpu:2"))
    table, body, rest = shown.split("\n\n")
    head, _, body = body.partition("\n")
    assert table.splitlines()[1].split() == ["strategy", "docker"]
    assert head == "The engine is asked to create (POST /containers/create):"
    asked = json.loads(body)
    assert (asked["Image"], asked["HostConfig"]["NetworkMode"]) == ("lab/gpu:2", "nodetool-<job>-1")
    assert [one["Source"] for one in asked["HostConfig"]["Mounts"]] == [
        "<job>/attempts/1/in",
        "<job>/attempts/1/out",
    ]
    assert [line.split(":")[0].strip() for line in rest.splitlines()] == [
        "Only the engine can tell",
        "Image",
        "Labels",
        "NetworkMode",
        "Mounts",
    ]
    assert "lab/gpu:2 is there and fits (never pulled)" in rest


def test_dry_run_names_missing_inputs(shell: Any) -> None:
    assert "input picture    missing" in str(run(shell, "--dry-run", "nodetool.input.ImageInput(name='picture')"))


def test_background_returns_the_job_at_once(shell: Any) -> None:
    job = run(shell, "--background")
    assert isinstance(job, nt.Job)
    assert job.result() == {"result": "hello"}


def test_the_name_is_the_jobs(shell: Any) -> None:
    assert run(shell, "--background --name mine").name == "mine"


@pytest.mark.parametrize(
    ("line", "cell", "said"),
    [
        ("--bogus", PYTHON, "UsageError: run has no option --bogus"),
        ("--timeout 10x", PYTHON, "UsageError: --timeout: '10x' is no duration; write seconds, or 90s, 10m, 1h30m"),
        ("--timeout -5", PYTHON, "UsageError: --timeout: '-5' is no duration"),
        ("--retries many", PYTHON, "UsageError: --retries must be a whole number, not 'many'"),
        ("--memory 4g", PYTHON, "UsageError: --memory cannot be kept by the threaded strategy"),
        ("--detach", PYTHON, "UsageError: a threaded job ends with this process"),
        ("--image x", PYTHON, "UsageError: --image cannot be honoured by the threaded strategy; it belongs to docker"),
        ("--strategy docker --network=host", PYTHON, "UsageError: --network takes no value, but got 'host'"),
        ("--network", PYTHON, "UsageError: --network cannot be honoured by the threaded strategy; it belongs to"),
        (
            "--strategy docker --network --sandbox strict",
            PYTHON,
            "UsageError: --network: the sandbox 'strict' allows no network; leave one of the two out",
        ),
        ("--strategy docker --mount /etc:/a", PYTHON, "UsageError: --mount: nothing of this host may be mounted, so"),
        ("--strategy docker --shm-size x", PYTHON, "UsageError: --shm-size: 'x' is no size; write bytes, or 512m, 4g"),
        ("--worker x", PYTHON, "UsageError: --worker cannot be honoured by the threaded strategy"),
        ("--strategy subprocess --grace 0", PYTHON, "UsageError: --grace must be greater than 0, not '0'"),
        ("--strategy subprocess --gpu-memory x", PYTHON, "UsageError: --gpu-memory: 'x' is no size; write bytes, or"),
        ("--strategy subprocess --memory x", PYTHON, "UsageError: --memory: 'x' is no size; write bytes, or 512m, 4g"),
        ("--strategy subprocess --nice 20", PYTHON, "UsageError: --nice must be less than or equal to 19, not '20'"),
        ("--grace 2", PYTHON, "UsageError: --grace cannot be honoured by the threaded strategy; it belongs to subp"),
        ("--gpu-memory 2g", PYTHON, "UsageError: --gpu-memory cannot be honoured by the threaded strategy"),
        ("--strategy cluster", PYTHON, "UsageError: the cluster strategy is not part of this version"),
        ("--strategy remote", PYTHON, "UsageError: the remote strategy needs a worker; none is known"),
        ("--env MY_TOKEN=x", PYTHON, "UsageError: env 'MY_TOKEN' looks like a secret"),
        ("--secret NO_SUCH", PYTHON, "UsageError: the secret 'NO_SUCH' is not set"),
        ("--input txt=1", PYTHON, "UsageError: the workflow has no input 'txt'; did you mean 'text'?"),
        ("--input nothing", PYTHON, "UsageError: --input nothing: there is no variable 'nothing'"),
        ("--set in.x=1", PYTHON, "UsageError: the workflow has no node 'in'"),
        ("--output 1a", PYTHON, "UsageError: --output: '1a' cannot be a variable's name"),
        ("--output nope=a", PYTHON, "UsageError: --output: there is no output 'nope'; valid: result"),
        ("--output a --background", PYTHON, "UsageError: --output needs the job's end"),
        ("nofile.json", "\n", "UsageError: there is no file 'nofile.json'"),
        ("nofile.json", PYTHON, "UsageError: run has both the file 'nofile.json' and a cell"),
        ("", "\n", "UsageError: run needs a workflow"),
        ("", "x = (", "UsageError: line 2 of the cell: '(' was never closed"),
        ("", "x = 1", "InvalidGraph: The workflow cannot run, 1 fault:\n  - no node was made"),
        ("", "nodetool.boolean.Not(valu=1)", "nodetool.boolean.Not has no property 'valu'; did you mean 'value'?"),
        ("", "\nnodetool.boolean.Not(1)", "takes its properties by name: value=… (line 3 of the cell)"),
        ("", "nodetool.boolean.IsIn(options=3)", "options: 3 is not of type list[any] (line 2 of the cell)"),
        ("", '{"nodes": [}', "InvalidGraph: The workflow cannot run, 1 fault:\n  - not JSON"),
        ("", "nodes: [\n", "not YAML"),
        ("", "nodes: &a [1]\nedges: *a\n", "YAML aliases"),
    ],
)  # fmt: skip
def test_a_run_that_cannot_be_says_why(
    shell: Any, capsys: pytest.CaptureFixture[str], line: str, cell: str, said: str
) -> None:
    shown = refusal(shell, capsys, line, cell)
    assert said in shown
    assert "Traceback" not in shown


def test_an_error_in_the_cells_python_shows_its_own_lines_only(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shown = refusal(shell, capsys, "", "zero = 0\n1 / zero\n")
    assert "ZeroDivisionError" in shown
    assert "nodetool_jupyter" not in shown


def test_verbs_look_after_jobs(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    job = run(shell, "--background")
    job.wait()
    say = lambda line: shell.run_line_magic("nodetool", line)  # noqa: E731
    assert job.id in repr(say("jobs"))
    assert say(f"job {job.id[:6]}") == job
    assert say(f"result {job.id} --output kept") == {"result": "hello"}
    assert shell.user_ns["kept"] == {"result": "hello"}
    assert '"status":"completed"' in say(f"events {job.id}").splitlines()[-1]
    assert say(f"cancel {job.id}") == f"job {job.id} had ended: completed"
    assert say(f"retry {job.id}").result() == {"result": "hello"}
    assert "nodetool.boolean.Not" in say("nodes nodetool.boolean.")
    assert "(*, value: bool = False)" in say("nodes nodetool.boolean.Not")
    assert say("workers").startswith("No workers are known; connect one with: ")
    assert "usage: %nodetool run" in say("help run") == say("run --help") or "--gpus" in say("run --help")


def test_logs_are_what_nodes_wrote(shell: Any) -> None:
    shell.run_cell("@nt.node\ndef noted(ctx=None) -> int:\n    ctx.log('a line')\n    return 1\n")
    job = run(shell, "--background", "notebook.noted()")
    job.wait()
    assert shell.run_line_magic("nodetool", f"logs {job.id}") == "noted: a line"


def test_doctor_tells_folders_and_terminals(shell: Any) -> None:
    text = str(shell.run_line_magic("nodetool", "doctor"))
    assert "data folder" in text
    assert "mode 0700" in text
    assert "terminals_enabled=False" in text


def test_doctor_tells_how_limits_are_kept_and_how_many_runners_wait(shell: Any) -> None:
    rows = dict(line.split("  ", 1) for line in str(shell.run_line_magic("nodetool", "doctor")).splitlines())
    assert any("--memory" in rows.get(f"limits of a {whom}", "") for whom in ("job", "process"))
    assert "now, at most 1 (NODETOOL_WARM_SPARES)" in rows["waiting runners"]


def test_doctor_tells_where_the_locks_of_gpus_are(shell: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(gpus, "available", lambda: [gpus.Gpu(0, "GPU-1", "A card", 2**33)])  # none is needed to ask
    monkeypatch.setenv("NODETOOL_GPU_LOCKS", str(tmp_path / "locks"))
    assert f"{tmp_path / 'locks'}, shared with" in str(shell.run_line_magic("nodetool", "doctor"))


def test_secrets_show_names_only(shell: Any) -> None:
    from nodetool_jupyter.jobs.manager import manager

    manager().secrets.set("MY_SECRET", "the-value-itself")
    assert shell.run_line_magic("nodetool", "secrets") == "MY_SECRET"


def test_only_cells_that_run_are_awaited() -> None:
    assert await_run(["%nodetool run f.json\n"]) == [f"{CALL}('run f.json', '')\n"]
    assert await_run(["%%nodetool run --x\n", "a\n", "b"]) == [f"{CALL}('run --x', 'a\\nb')\n"]
    for other in [
        "%%nodetool runs\n",
        "%%nodetool jobs\n",
        "%%nodetools run\n",
        "x = 1\n",
        "%nodetool run f\n",
        "r = %nodetool run f\n",
    ]:
        assert await_run([other, "a"]) == [other, "a"]


def test_loading_imports_nothing_heavy() -> None:
    code = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
import nodetool_jupyter.magics.warm as warm
warm.start = lambda: None
shell.run_line_magic("load_ext", "nodetool_jupyter")
heavy = {"pydantic", "sqlalchemy", "ipywidgets", "alembic", "numpy", "yaml"}
heavy |= {"nodetool_jupyter.jobs", "nodetool_jupyter.api"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr


def test_coverage_is_told_like_on_the_command_line(shell: Any) -> None:
    text = str(shell.run_line_magic("nodetool", "nodes lib.math --coverage"))
    assert text.splitlines()[0].split() == ["lib.math", "10/10"]


def test_reloading_leaves_one_of_everything(shell: Any) -> None:
    shell.run_line_magic("reload_ext", "nodetool_jupyter")
    shell.run_line_magic("reload_ext", "nodetool_jupyter")
    names = [getattr(one, "__name__", "") for one in shell.Completer.custom_matchers]
    assert names.count("matcher") == 1
