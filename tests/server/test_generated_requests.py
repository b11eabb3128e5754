"""Requests made from the reference, good and bad, sent to a server of its own process: no 500, and all as promised."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import schemathesis
import schemathesis.openapi
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.server import reference
from tests.server.stored import PASS_ON

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TOKEN = "token-of-the-owner"
EXAMPLES = 30
PATIENCE = 60.0
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
    negative_data_rejection,
    unsupported_method,
]


# A server that says when its port is open, which its log says a little too early.
SERVER = """
import sys
from jupyter_server.serverapp import ServerApp
app = ServerApp()
app.initialize(sys.argv[1:])
app.io_loop.add_callback(lambda: print(app.port, flush=True))
app.start()
"""


@dataclass
class Live:
    """A server in a process of its own: its address, the job that it has, the lines that it wrote."""

    process: subprocess.Popen[str]
    address: str = ""
    job: str = ""
    lines: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Keep what the server writes, until it ends."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)

    def begin(self) -> None:
        """Wait until it answers, and give it a job."""
        assert self.process.stdout is not None
        port = self.process.stdout.readline().strip()
        assert port, "".join(self.lines)
        self.address = f"http://127.0.0.1:{port}/nodetool/api"
        data = {"graph": PASS_ON, "params": {"x": "y" * 100_000}, "strategy": "threaded"}
        self.job = self.ask("jobs", json.dumps(data).encode())["id"]
        self.ask(f"jobs/{self.job}/events")  # ends when the job has

    def ask(self, path: str, body: bytes | None = None) -> Any:
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        with urlopen(Request(f"{self.address}/{path}", body, headers), timeout=PATIENCE) as answer:
            text = answer.read()
            return json.loads(text) if answer.headers["Content-Type"] == "application/json" else text


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder: Path = tmp_path_factory.mktemp("server")
    places = {
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "NODETOOL_HOME": "nodetool",
        "NODETOOL_RUNTIME": "nodetool-run",
    }
    rates = [f"--NodetoolExtension.{kind}_rate=0" for kind in ("read", "action", "submit")]
    command = [sys.executable, "-c", SERVER, "--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root"]
    process = subprocess.Popen(
        [
            *command,
            "--ServerApp.jpserver_extensions=nodetool_jupyter=True",
            f"--IdentityProvider.token={TOKEN}",
            *rates,
        ],
        cwd=folder,
        env={**os.environ, **{name: str(folder / place) for name, place in places.items()}},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    live = Live(process)
    thread = threading.Thread(target=live.listen)
    thread.start()
    try:
        live.begin()
        yield live
    finally:
        process.terminate()
        process.wait(PATIENCE)
        thread.join(PATIENCE)
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


def _operations() -> dict[str, Any]:
    schema = schemathesis.openapi.from_dict(reference.document())
    return {one.ok().label: one.ok() for one in schema.get_all_operations()}


OPERATIONS = _operations()


def _cases(operation: Any, job_id: str) -> st.SearchStrategy[Any]:
    """Return requests for an operation; half of those that are about a job are about the one that is there."""

    def about(case: Any, there: bool) -> Any:
        if there and case.path_parameters and "job_id" in case.path_parameters and case.method != "DELETE":
            case.path_parameters["job_id"] = job_id
        return case

    good = operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE)
    bad = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
    return st.builds(about, st.one_of(good, bad), st.booleans())


def _each(live: Live, operation: Any, act: Callable[[Any], None]) -> None:
    made = given(_cases(operation, live.job))(act)
    settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )(made)()


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_as_promised(live: Live, label: str) -> None:
    def ask(case: Any) -> None:
        headers = {"Authorization": f"token {TOKEN}"}
        case.call_and_validate(base_url=live.address, headers=headers, checks=CHECKS, timeout=PATIENCE)

    _each(live, OPERATIONS[label], ask)


def test_nothing_failed_in_the_server(live: Live) -> None:
    live.ask("health")
    assert [line for line in live.lines if "Traceback" in line or " 500 " in line] == []
