"""The server extension's lists: a page of ten thousand jobs, over HTTP from a Jupyter server of its own."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.measure import Figure, Figures, all_seconds
from nodetool_jupyter.jobs.index import Index
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.states import Status

JOBS = 10_000
REPEATS = 300
_ENDS = (Status.COMPLETED, Status.COMPLETED, Status.COMPLETED, Status.ERROR, Status.CANCELLED)


def fill(data: Path, count: int) -> None:
    """Make a data folder with so many ended jobs: rows in the index, and folders that hold nothing."""
    data.mkdir(mode=0o700)
    (data / "jobs").mkdir(mode=0o700)
    now = time.time()
    index = Index.at(data)
    records = []
    for number in range(count):
        job_id = f"bench{number:06}"
        (data / "jobs" / job_id).mkdir(mode=0o700)
        name = f"workflow {number % 97}" if number % 3 else None
        times = (now - count + number, now - count + number + 0.1, now - count + number + 2.5)
        records.append(
            JobRecord(job_id, _ENDS[number % 5], name, "subprocess", None, None, *times, "process 1 on host", "graph")
        )
    index.upsert(records)
    index.close()


class Server:
    """A Jupyter server in a process of its own, asked over one connection."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.token = token
        self._headers = {"Authorization": f"token {token}"}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str, **query: object) -> bytes:
        """Return the body of an answer; raises ``RuntimeError`` for one that is not 200."""
        asked = f"?{urlencode(query)}" if query else ""
        self._connection.request("GET", f"/{path}{asked}", headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:200]!r}")
        return body


@contextmanager
def server(home: Path) -> Iterator[Server]:
    """Start a Jupyter server over a data folder, and wait until it answers."""
    token = secrets.token_hex(16)
    environ = {**os.environ, "ENV": "production", "NODETOOL_HOME": str(home / "data")}
    environ |= {"NODETOOL_RUNTIME": str(home / "run"), "JUPYTER_RUNTIME_DIR": str(home / "jupyter")}
    options = ["--ServerApp.port=0", "--no-browser", "--allow-root", f"--IdentityProvider.token={token}"]
    options += [f"--ServerApp.root_dir={home}", "--NodetoolExtension.read_rate=0"]
    words = [sys.executable, "-m", "jupyter_server", *options]
    process = subprocess.Popen(words, env=environ, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        lines = iter(process.stderr.readline, "")
        port = next(int(line.rpartition("127.0.0.1:")[2].partition("/")[0]) for line in lines if "//127.0.0.1:" in line)
        threading.Thread(target=lambda: list(lines), daemon=True).start()  # or its log would fill the pipe
        _wait_for(port)
        yield Server(port, token)
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    """Wait until the server listens, which it does a moment after it has said where."""
    deadline = time.monotonic() + 60.0
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=60.0).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def slowest(work: Callable[[], object], repeats: int = REPEATS) -> tuple[float, float]:
    """Return the median and the 99th percentile of the seconds that ``work`` takes."""
    times = all_seconds(work, repeats, warm=20)
    return times[len(times) // 2], times[int(len(times) * 0.99) - 1]


def figures(*, soak: bool) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        fill(home / "data", JOBS)
        with server(home) as jupyter:
            api = "nodetool/api"
            assert json.loads(jupyter.get(f"{api}/jobs", limit=1))["total"] == JOBS
            floor, floor_99 = slowest(lambda: jupyter.get("api/status"))
            asked: dict[str, dict[str, object]] = {
                "first page": {},
                "a page of 200": {"limit": 200},
                "text and state": {"q": "workflow 42", "status": "error,cancelled"},
                "by name": {"sort": "name"},
                "by end": {"sort": "-ended"},
            }
            for name, query in asked.items():
                usual, late = slowest(lambda query=query: jupyter.get(f"{api}/jobs", **query))  # type: ignore[misc]
                yield Figure(f"list of 10,000 jobs, {name}, median", usual * 1000, "ms", floor * 1000)
                reach = "<= 100" if name != "a page of 200" else None
                yield Figure(f"list of 10,000 jobs, {name}, p99", late * 1000, "ms", floor_99 * 1000, reach)
