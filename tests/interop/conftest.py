"""NodeTool's own worker, which ``make peer`` installs: a program of its own, spoken to over a socket or pipes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.server.conftest import *  # noqa: F403  # the last tests go through a server

PACK = Path(__file__).parent / "pack"  # the nodes it loads
NODES = 18  # that are in it
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


@contextmanager
def started(command: list[str], environ: dict[str, str], token: str) -> Iterator[RealWorker]:
    """Start a worker as a process of its own, and end it."""
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        name, _, port = process.stdout.readline().partition("=")
        assert name == "NODETOOL_WORKER_PORT"
        yield RealWorker([*command, "--stdio"], environ, f"ws://127.0.0.1:{int(port)}", token)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=50)


def peer(variable: str, folder: str, target: str) -> str:
    """Return the Python of a virtual environment that holds NodeTool's worker."""
    python = ROOT / os.environ.get(variable, folder) / "bin" / "python"
    if not python.is_file():
        pytest.skip(f"NodeTool's worker is not installed; make {target} does it")
    return str(python)


def peer_environ(**more: str) -> dict[str, str]:
    environ = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "NODETOOL_WORKER_TOKEN": TOKEN}
    return environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore"} | more


@pytest.fixture(scope="session")
def real_worker() -> Iterator[RealWorker]:
    command = [peer("NODETOOL_PEER_VENV", ".venv-peer", "peer"), "-m", "nodetool.worker"]
    with started(command, peer_environ(PYTHONPATH=str(PACK)), TOKEN) as worker:
        yield worker
