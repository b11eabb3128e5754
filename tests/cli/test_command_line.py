"""The command line as a process: exit codes, what goes to stdout, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

HELLO = {
    "nodes": [
        {"id": "in", "type": "nodetool.input.StringInput", "data": {"name": "text", "value": "hello"}},
        {"id": "out", "type": "nodetool.output.Output", "data": {"name": "result"}},
    ],
    "edges": [{"source": "in", "sourceHandle": "output", "target": "out", "targetHandle": "value"}],
}
REFUSED = {"name": "x", "value": "a", "options": ["b"]}
FAILS = {"nodes": [{"id": "f", "type": "nodetool.input.SelectInput", "data": REFUSED}], "edges": []}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    runtime = tmp_path / "run"
    return {**os.environ, "NODETOOL_HOME": str(tmp_path / "data"), "NODETOOL_RUNTIME": str(runtime), "NO_COLOR": "1"}


def nodetool(home: dict[str, str], *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nodetool_jupyter", *words]
    return subprocess.run(command, env=home, input=stdin, capture_output=True, text=True, timeout=50)


def written(folder: str, graph: Any, name: str = "flow.json") -> str:
    path = Path(folder).parent / name
    path.write_text(json.dumps(graph))
    return str(path)


def test_a_workflow_runs_and_shows_its_outputs(home: dict[str, str]) -> None:
    done = nodetool(home, "run", written(home["NODETOOL_HOME"], HELLO))
    assert done.returncode == 0
    assert "completed · flow" in done.stdout
    assert done.stdout.rstrip().endswith("result  hello")


def test_a_workflow_runs_by_the_words_of_nodetools_own_command(home: dict[str, str]) -> None:
    done = nodetool(home, "workflows", "run", written(home["NODETOOL_HOME"], HELLO), "--quiet", "--input", "text=given")
    assert (done.returncode, done.stdout.split()) == (0, ["result", "given"])


def test_quiet_writes_the_outputs_only(home: dict[str, str]) -> None:
    done = nodetool(home, "run", "-", "--quiet", "--input", "text=given", stdin=json.dumps(HELLO))
    assert done.stdout.split() == ["result", "given"]


def test_jsonl_writes_one_event_a_line_and_nothing_else(home: dict[str, str]) -> None:
    done = nodetool(home, "run", "-", "--jsonl", stdin=json.dumps(HELLO))
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["status"] == "completed"
    assert events[-1]["result"] == {"result": "hello"}


def test_a_failed_job_exits_with_1(home: dict[str, str]) -> None:
    done = nodetool(home, "run", "-", "--quiet", stdin=json.dumps(FAILS))
    assert done.returncode == 1
    assert "ended as error (node_failed) in node 'x'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failed_job_exits_with_1_in_jsonl_too(home: dict[str, str]) -> None:
    done = nodetool(home, "run", "-", "--jsonl", stdin=json.dumps(FAILS))
    assert done.returncode == 1
    assert json.loads(done.stdout.splitlines()[-1])["status"] == "error"


def test_an_invalid_graph_exits_with_1(home: dict[str, str]) -> None:
    done = nodetool(home, "run", "-", stdin='{"nodes": [{"id": "a", "type": "nodetool.constant.Flot"}], "edges": []}')
    assert done.returncode == 1
    assert "did you mean 'nodetool.constant.Float'?" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bogus"], "there is no verb 'bogus'"),
        (["run"], "run needs one workflow"),
        (["run", "none.json"], "there is no file 'none.json'"),
        (["run", "a.json", "--request-file", "b.json"], "run needs one workflow"),
        (["run", "--timeot", "3"], "did you mean --timeout?"),
        (["run", "-", "--timeout", "3x"], "--timeout: '3x' is no duration"),
        (["run", "-", "--input", "text"], "write --input text=VALUE"),
        (["run", "--stdin"], "options stand in its request"),
        (["worker"], "worker needs one of: serve, token"),
        (["worker", "serve", "--port", "many"], "--port must be a whole number"),
        (["worker", "serve", "--host", "0.0.0.0", "--keyfile", "k"], "--keyfile goes with --certfile"),
        (["image", "bild"], "did you mean"),
        (["secrets", "set", "A=b"], "a secret's value never stands in the command"),
        (["nodes", "show", "nodetool.boolean.Nt"], "did you mean 'nodetool.boolean.Not'?"),
    ],
)
def test_bad_usage_exits_with_2_and_one_line(home: dict[str, str], words: list[str], said: str) -> None:
    done = nodetool(home, *words, stdin=json.dumps(HELLO))
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[0]
    assert done.stdout == ""


def test_a_request_of_nodetool_runs(home: dict[str, str]) -> None:
    request = {
        "type": "run_job_request",
        "graph": HELLO,
        "params": {"text": "asked"},
        "execution_strategy": "threaded",
        "resource_limits": {"time_seconds": 30},
        "auth_token": "never stored",
    }
    file = written(home["NODETOOL_HOME"], request, "request.json")
    for words in (["run", file], ["run", "--request-file", file]):
        done = nodetool(home, *words, "--quiet")
        assert done.stdout.split() == ["result", "asked"], done.stderr
    assert not [path for path in Path(home["NODETOOL_HOME"]).rglob("*.json*") if "never stored" in path.read_text()]


@pytest.fixture
def endless(home: dict[str, str]) -> Iterator[Any]:
    graph = {"nodes": [{"id": "n", "type": "endless.wait"}], "edges": []}
    file = written(home["NODETOOL_HOME"], graph)
    # A node type of this process only: it says when it runs, and blocks its thread.
    code = (
        "import sys, threading, nodetool_jupyter as nt; from nodetool_jupyter.cli import main\n"
        "@nt.node(namespace='endless')\ndef wait() -> int:\n"
        "    print('begun', flush=True); threading.Event().wait(30)\n"
        "sys.exit(main())"
    )
    begun: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code, "run", file, *words]
        pipe = subprocess.PIPE
        # A shell's background jobs ignore SIGINT, and so would the tests' children in one.
        reset = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
        begun.append(subprocess.Popen(command, env=home, stdout=pipe, stderr=pipe, text=True, preexec_fn=reset))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def test_prints_of_nodes_go_to_stderr_in_jsonl_and_ctrl_c_cancels(endless: Any) -> None:
    process = endless("--jsonl")
    assert process.stderr.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert json.loads(out.splitlines()[-1])["status"] == "cancelled"


def test_ctrl_c_cancels_the_job(endless: Any) -> None:
    process = endless()
    seen = ""
    while "begun" not in seen or "● running" not in seen:
        line = process.stdout.readline()
        assert line, seen  # it has ended
        seen += line
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "was cancelled" in said
    assert time.monotonic() - began < 10


def test_jobs_are_listed_shown_retried_and_removed(home: dict[str, str]) -> None:
    nodetool(home, "run", "-", "--quiet", "--name", "mine", stdin=json.dumps(HELLO))
    (record,) = [json.loads(line) for line in nodetool(home, "jobs", "list", "--json").stdout.splitlines()]
    assert (record["name"], record["status"]) == ("mine", "completed")
    job = record["id"]
    assert "mine" in nodetool(home, "jobs", "list").stdout
    assert "✓ completed · mine" in nodetool(home, "jobs", "show", job[:5]).stdout
    assert json.loads(nodetool(home, "jobs", "result", job, "--json").stdout) == {"result": "hello"}
    assert json.loads(nodetool(home, "jobs", "events", job).stdout.splitlines()[-1])["status"] == "completed"
    assert nodetool(home, "jobs", "cancel", job).returncode == 1
    assert "hello" in nodetool(home, "jobs", "retry", job).stdout
    assert nodetool(home, "jobs", "rm", job).returncode == 0
    assert "there is no job" in nodetool(home, "jobs", "show", job).stderr
    assert nodetool(home, "jobs", "prune", "--keep", "0").stdout == "removed 1 jobs\n"


def test_a_secret_comes_from_stdin_and_is_never_shown(home: dict[str, str]) -> None:
    assert nodetool(home, "secrets", "set", "MY_KEY", stdin="the-secret-value\n").returncode == 0
    assert nodetool(home, "secrets", "list").stdout == "MY_KEY\n"
    stored = Path(home["NODETOOL_HOME"]) / "secrets" / "MY_KEY"
    assert stored.read_text() == "the-secret-value"
    assert stored.stat().st_mode & 0o777 == 0o600
    assert nodetool(home, "secrets", "rm", "MY_KEY").returncode == 0
    assert nodetool(home, "secrets", "list").stdout == ""


def test_node_types_are_described_as_nodetool_does(home: dict[str, str]) -> None:
    (found,) = json.loads(nodetool(home, "nodes", "list", "nodetool.boolean.Not", "--json").stdout)
    assert found["node_type"] == "nodetool.boolean.Not"
    assert json.loads(nodetool(home, "nodes", "show", "nodetool.boolean.Not", "--json").stdout) == found


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from nodetool_jupyter.cli import main; main(['--help']); assert 'pydantic' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: nodetool VERB")


def test_a_terminal_shows_the_end_of_the_job(home: dict[str, str]) -> None:
    file = written(home["NODETOOL_HOME"], HELLO)
    child = pexpect.spawn(
        sys.executable, ["-m", "nodetool_jupyter", "run", file], env=home, encoding="utf-8", timeout=30
    )
    try:
        child.expect("✓ completed · flow")
        child.expect("result  hello")
        child.expect(pexpect.EOF)
    finally:
        child.close()
    assert child.exitstatus == 0


def test_a_list_that_is_followed_ends_with_its_jobs(home: dict[str, str]) -> None:
    waits = {"nodes": [{"id": "w", "type": "nodetool.triggers.Wait"}], "edges": []}
    words = ["-m", "nodetool_jupyter"]
    command = [sys.executable, *words, "run", written(home["NODETOOL_HOME"], waits)]
    run = subprocess.Popen(command, env=home, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    while "running" not in (line := run.stdout.readline()):
        assert line, "the job never ran"
    child = pexpect.spawn(sys.executable, [*words, "jobs", "list", "-f"], env=home, encoding="utf-8", timeout=30)
    try:
        child.expect("● running  (\\w+)")
        assert nodetool(home, "jobs", "cancel", child.match[1]).returncode == 0
        child.expect("⊘ cancelled")
        child.expect(pexpect.EOF)
    finally:
        child.close()
        run.wait(30)
        run.stdout.close()
    assert child.exitstatus == 0


def test_a_followed_list_is_no_json(home: dict[str, str]) -> None:
    done = nodetool(home, "jobs", "list", "-f", "--json")
    assert done.returncode == 2 and "leave one out" in done.stderr
