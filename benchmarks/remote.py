"""Jobs on a worker of ours on this machine, beside the same jobs in subprocesses of this process, in the same run."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import nodetool_jupyter as nt
from benchmarks.measure import Figure, Figures, median_seconds
from nodetool_jupyter.bridge.connections import Connections, make
from nodetool_jupyter.jobs.manager import let_go, manager, prefer

MIB = 1024 * 1024
SIZE = 50 * MIB
JOBS, VALUES = 20, 5
LINES = 20_000
TOKEN = "BENCH_WORKER_TOKEN"


@nt.node(namespace="bench")
def length(values: Any = None) -> int:
    return int(values.nbytes)


@nt.node(namespace="bench")
def makes(size: int = 0) -> Any:
    import numpy

    return numpy.random.default_rng().integers(0, 255, size, dtype="uint8")


@nt.node(namespace="bench")
def talks(lines: int = 0, ctx: Any = None) -> int:
    for number in range(lines):
        ctx.log(f"line {number}")
    return lines


@contextmanager
def worker(home: Path) -> Iterator[str]:
    """Start a worker that may run anything, and give its URL."""
    os.environ[TOKEN] = secrets.token_hex(16)
    environ = {**os.environ, "NODETOOL_HOME": str(home / "there"), "NODETOOL_RUNTIME": str(home / "run-there")}
    environ["NODETOOL_WORKER_TOKEN"] = os.environ[TOKEN]
    words = [sys.executable, "-m", "nodetool_jupyter.worker", "--port", "0", "--allow-code", "all"]
    process = subprocess.Popen(words, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    with process.stdout as said:
        try:
            yield f"ws://127.0.0.1:{int(said.readline().rpartition('=')[2])}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def run(strategy: str, flow: nt.Workflow, inputs: dict[str, Any] | None = None) -> Any:
    return nt.submit(flow, inputs, strategy=strategy).result(300)


def trivial(strategy: str) -> float:
    """Return the median seconds from submitting a job that does next to nothing to its result."""
    flow = nt.Workflow(outputs={"text": nt.nodes.text.ToUppercase(text="a")})
    return median_seconds(lambda: run(strategy, flow), JOBS, warm=3)


def given(strategy: str) -> float:
    """Return the median seconds of a job that starts from 50 MiB, which differ each time."""
    flow = nt.Workflow(outputs={"size": nt.nodes.bench.length(values=nt.nodes.input.DataframeInput(name="data"))})
    bodies = iter([np.frombuffer(os.urandom(SIZE), "uint8") for _ in range(VALUES + 1)])
    return median_seconds(lambda: run(strategy, flow, {"data": next(bodies)}), VALUES, warm=1)


def given_again(strategy: str) -> float:
    """Return the median seconds of a job that starts from 50 MiB which the worker has by then."""
    flow = nt.Workflow(outputs={"size": nt.nodes.bench.length(values=nt.nodes.input.DataframeInput(name="data"))})
    body = np.frombuffer(os.urandom(SIZE), "uint8")
    return median_seconds(lambda: run(strategy, flow, {"data": body}), VALUES, warm=1)


def left(strategy: str) -> float:
    """Return the median seconds of a job that leaves 50 MiB."""
    flow = nt.Workflow(outputs={"data": nt.nodes.bench.makes(size=SIZE)})
    return median_seconds(lambda: run(strategy, flow), VALUES, warm=1)


def said(strategy: str) -> float:
    """Return how many lines a second a busy job's log gets."""
    flow = nt.Workflow(outputs={"lines": nt.nodes.bench.talks(lines=LINES)})
    return LINES / median_seconds(lambda: run(strategy, flow), 3, warm=1)


def figures(*, soak: bool) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        let_go()
        prefer(data_dir=home / "here", runtime_dir=home / "run")
        with worker(home) as url:
            data = manager().places.data
            Connections(lambda: data, str).add(make("bench", url, token=TOKEN, kind="nodetool_jupyter"))
            try:
                yield Figure(
                    "remote job, submit to result", trivial("remote") * 1000, "ms", trivial("subprocess") * 1000
                )
                yield Figure("remote job given 50 MiB", given("remote") * 1000, "ms", given("subprocess") * 1000)
                again = given_again("remote") * 1000
                yield Figure("remote job given 50 MiB that are there", again, "ms", given_again("subprocess") * 1000)
                yield Figure("remote job that leaves 50 MiB", left("remote") * 1000, "ms", left("subprocess") * 1000)
                yield Figure("remote job's lines", said("remote"), "1/s", said("subprocess"))
            finally:
                let_go()
                prefer(data_dir=None, runtime_dir=None)
