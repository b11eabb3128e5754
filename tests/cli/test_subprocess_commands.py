"""The command line and jobs that outlive it: run, left, found again, followed, cancelled by other commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.cli.test_command_line import nodetool

OPEN = {
    "nodes": [
        {"id": "in", "type": "nodetool.input.StringInput", "data": {"name": "text", "value": "hello"}},
        {"id": "out", "type": "nodetool.output.Output", "data": {"name": "result"}},
    ],
    "edges": [{"source": "in", "sourceHandle": "output", "target": "out", "targetHandle": "value"}],
}
KEPT = ["--strategy", "subprocess", "--open-input", "text"]  # it runs until somebody ends it


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    places = {"NODETOOL_HOME": str(tmp_path / "data"), "NODETOOL_RUNTIME": str(tmp_path / "run")}
    return {**os.environ, **places, "NO_COLOR": "1", "NODETOOL_WARM_SPARES": "0"}


@pytest.fixture
def flow(tmp_path: Path) -> str:
    path = tmp_path / "flow.json"
    path.write_text(json.dumps(OPEN))
    return str(path)


Start = Any


@pytest.fixture
def start(home: dict[str, str]) -> Iterator[Start]:
    begun: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "nodetool_jupyter", *words]
        pipe = subprocess.PIPE
        # A shell's background jobs ignore SIGINT, and so would the tests' children in one.
        reset = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
        begun.append(subprocess.Popen(command, env=home, stdout=pipe, stderr=pipe, text=True, preexec_fn=reset))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.communicate()
    for record in listed(home):
        nodetool(home, "jobs", "cancel", record["id"])


def listed(home: dict[str, str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in nodetool(home, "jobs", "list", "--json").stdout.splitlines()]


def until(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if word in line:
            return
    raise AssertionError(f"it ended without {word!r}")


@pytest.fixture
def left(home: dict[str, str], flow: str, start: Start) -> str:
    """A job whose command was killed; its id."""
    process = start("run", flow, *KEPT)
    until(process, "running")
    process.kill()
    process.wait()
    (record,) = listed(home)
    return str(record["id"])


def test_a_workflow_runs_in_a_process_of_its_own(home: dict[str, str], flow: str) -> None:
    done = nodetool(home, "run", flow, "--quiet", "--strategy", "subprocess")
    assert (done.returncode, done.stdout.split()) == (0, ["result", "hello"])


@pytest.mark.parametrize("more", [[], ["--jsonl"]], ids=["shown", "jsonl"])
def test_ctrl_c_leaves_a_job_that_outlives_the_command(
    home: dict[str, str], flow: str, start: Start, more: list[str]
) -> None:
    process = start("run", flow, *KEPT, *more)
    until(process, "running")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    (record,) = listed(home)
    follow = f"follow it with nodetool jobs logs -f {record['id']}, end it with nodetool jobs cancel {record['id']}"
    assert said == f"nodetool: job {record['id']} goes on; {follow}\n"
    assert (process.returncode, record["status"]) == (130, "running")


def test_ctrl_c_ends_a_job_that_is_not_to_outlive_the_command(home: dict[str, str], flow: str, start: Start) -> None:
    process = start("run", flow, *KEPT, "--no-detach")
    until(process, "running")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert "was cancelled" in said
    assert [record["status"] for record in listed(home)] == ["cancelled"]


def test_a_job_whose_command_was_killed_is_listed_without_an_owner(home: dict[str, str], left: str) -> None:
    assert "nobody owns it" in nodetool(home, "jobs", "list").stdout


def test_a_job_whose_command_was_killed_is_shown(home: dict[str, str], left: str) -> None:
    assert nodetool(home, "jobs", "show", left).stdout.startswith("● running · flow")


def test_looking_at_a_job_takes_it_from_nobody(home: dict[str, str], left: str) -> None:
    for verb in ("list", "show"):
        nodetool(home, "jobs", verb, *([left] if verb == "show" else []))
    owners = Path(home["NODETOOL_HOME"], "jobs", left).glob("owner.*")
    assert [path.name for path in owners] == ["owner.1"]


def test_a_job_whose_command_was_killed_is_cancelled(home: dict[str, str], left: str, start: Start) -> None:
    waiting = start("jobs", "result", left)
    assert nodetool(home, "jobs", "cancel", left).stdout == f"job {left} will end as cancelled\n"
    _, said = waiting.communicate(timeout=30)
    assert (waiting.returncode, said) == (130, f"nodetool: Cancelled: job {left} was cancelled\n")


def test_a_job_goes_on_when_the_command_that_followed_it_ends(home: dict[str, str], left: str, start: Start) -> None:
    following = start("jobs", "events", "--follow", left)
    until(following, "resource_update")  # it owns the job: it copies what the channel has
    following.kill()
    following.wait()
    again = start("jobs", "events", "--follow", left)
    seen = [json.loads(again.stdout.readline()) for _ in range(4)]
    assert [event["seq"] for event in seen] == [1, 2, 3, 4]
    until(again, "resource_update")  # written after the first had gone
    again.kill()
    assert [record["status"] for record in listed(home)] == ["running"]


def test_what_only_a_process_of_its_own_can_do_is_checked_in_the_same_words(home: dict[str, str], flow: str) -> None:
    done = nodetool(home, "run", flow, "--strategy", "subprocess", "--grace", "0")
    assert (done.returncode, done.stderr) == (2, "nodetool: InvalidRequest: --grace must be greater than 0, not '0'\n")


def test_the_doctor_says_how_limits_are_kept_and_what_waits(home: dict[str, str]) -> None:
    rows = nodetool(home, "doctor").stdout
    assert "waiting runners         0 now, at most 0 (NODETOOL_WARM_SPARES)" in rows
    kept = [line for line in rows.splitlines() if line.startswith("limits of a ")]
    assert sum(line.count("--memory") for line in kept) == 1


def test_a_terminal_says_how_to_follow_what_ctrl_c_left(home: dict[str, str], flow: str, start: Start) -> None:
    words = ["-m", "nodetool_jupyter", "run", flow, *KEPT]
    child = pexpect.spawn(sys.executable, words, env=home, encoding="utf-8", timeout=30, dimensions=(24, 160))
    try:
        child.expect("● running")
        child.sendintr()
        child.expect(r"nodetool: job (\w+) goes on; follow it with nodetool jobs logs -f \1,")
        child.expect(pexpect.EOF)
    finally:
        child.close()
    assert child.exitstatus == 130
