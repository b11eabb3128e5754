"""A runner whose stdin stays open, as a container's does: one line is the order, those that follow are commands."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.execution.order import Order
from nodetool_jupyter.request import RunJobRequest
from tests.engine.running import graph

COLLECTS = graph(
    {"in": ("IntegerInput", {"name": "number"}), "all": "Collect", "out": ("Output", {"name": "all"})},
    "in all.input_item",
    "all out.value",
)
Start = Callable[..., "Runner"]


class Runner:
    """A runner on pipes."""

    def __init__(self, folder: Path, **options: Any) -> None:
        request = RunJobRequest(job_id="piped", graph=COLLECTS, options={"open_inputs": ["number"], **options})
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "nodetool_jupyter", "run", "--stdin", "--jsonl"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        self.write(Order(request, folder=str(folder)).dump().decode())

    def write(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def tell(self, verb: str, **args: Any) -> None:
        self.write(json.dumps({"verb": verb, **args}))

    def events(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield json.loads(line)

    def until(self, found: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        return next(event for event in self.events() if found(event))

    def end(self) -> dict[str, Any]:
        return list(self.events())[-1]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Runner] = []

    def make(**options: Any) -> Runner:
        running.append(Runner(tmp_path, **options))
        return running[-1]

    yield make
    for one in running:
        one.process.kill()
        with suppress(BrokenPipeError):
            one.process.__exit__(None, None, None)


def test_values_are_pushed_behind_the_order(start: Start) -> None:
    runner = start()
    runner.tell("push_input", name="number", value=3)
    runner.tell("push_input", name="number", value=4)
    runner.tell("push_input", name="number", value=None, end=True)
    assert runner.end()["result"] == {"all": [3, 4]}
    assert runner.process.wait(30) == 0


def test_a_cancel_comes_the_same_way(start: Start) -> None:
    runner = start()
    runner.until(lambda event: event.get("status") == "running")
    runner.tell("cancel", grace=0.5)
    assert (runner.end()["status"], runner.process.wait(30)) == ("cancelled", 130)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"verb": "push_input", "name": "nubmer", "value": 1}', "refused: input 'nubmer' takes no more values"),
        ('{"verb": "explode"}', "refused: a runner has no verb 'explode'"),
        ("no json", "refused: this is no request"),
    ],
)
def test_a_command_that_fails_is_told_in_the_log(start: Start, line: str, said: str) -> None:
    runner = start()
    runner.until(lambda event: event.get("status") == "running")
    runner.write(line)
    event = runner.until(lambda event: event["type"] == "log_update" and event["content"].startswith("refused"))
    assert (event["content"].startswith(said), event["severity"]) == (True, "warning")


def test_an_owner_that_goes_does_not_end_it(start: Start) -> None:
    runner = start()
    runner.tell("push_input", name="number", value=5, end=False)
    runner.tell("push_input", name="number", value=None, end=True)
    assert runner.process.stdin is not None
    runner.process.stdin.close()
    assert runner.end()["result"] == {"all": [5]}


def test_an_order_that_ends_with_stdin_is_taken_as_before(start: Start, tmp_path: Path) -> None:
    flow = graph({"a": ("Input", {"value": 7}), "out": ("Output", {"name": "o"})}, "a.value out.value")
    order = Order(RunJobRequest(job_id="whole", graph=flow), folder=str(tmp_path)).dump()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "nodetool_jupyter", "run", "--stdin", "--jsonl"],
        input=order,
        capture_output=True,
        timeout=50,
        cwd=Path(__file__).parents[2],
    )
    assert json.loads(done.stdout.splitlines()[-1])["result"] == {"o": 7}
