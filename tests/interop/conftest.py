"""NodeTool's own worker, which ``make peer`` installs: a program of its own, spoken to over a socket or pipes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.server.conftest import *  # noqa: F403  # the last tests go through a server

PACK = Path(__file__).parent / "pack"  # the nodes it loads
TOKEN = "canary-peer-token"

collect_ignore = [str(PACK)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.interop)


@dataclass(frozen=True)
class RealWorker:
    """How it is started, and where one listens."""

    stdio: list[str]
    environ: dict[str, str]
    url: str
    token: str


@pytest.fixture(scope="session")
def real_worker() -> Iterator[RealWorker]:
    venv = ROOT / os.environ.get("NODETOOL_PEER_VENV", ".venv-peer")
    python = venv / "bin" / "python"
    if not python.is_file():
        pytest.skip("NodeTool's worker is not installed; make peer does it")
    environ = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(PACK)}
    environ |= {"NODETOOL_WORKER_TOKEN": TOKEN, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore"}
    command = [str(python), "-m", "nodetool.worker"]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        name, _, port = process.stdout.readline().partition("=")
        assert name == "NODETOOL_WORKER_PORT"
        yield RealWorker([*command, "--stdio"], environ, f"ws://127.0.0.1:{int(port)}", TOKEN)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
