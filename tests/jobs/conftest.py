"""A manager with folders of its own, and the fake strategy that the tests here script."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter import faults
from nodetool_jupyter.jobs.backoff import Backoff
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.jobs.others import Other


@pytest.fixture(autouse=True)
def _harmless_faults() -> Iterator[None]:
    yield
    faults.disarm()


@pytest.fixture
def make_manager(tmp_path: Path) -> Iterator[Callable[..., JobExecutionManager]]:
    """Make managers over one data folder; they are shut down when the test ends."""
    made: list[JobExecutionManager] = []

    def make(**options: Any) -> JobExecutionManager:
        options = {
            "data_dir": tmp_path / "data",
            "runtime_dir": tmp_path / "run",
            "backoff": Backoff(base=0.001, cap=0.002),
            **options,
        }
        made.append(JobExecutionManager(**options))
        return made[-1]

    yield make
    for one in made:
        one.shutdown()


@pytest.fixture
def manager(make_manager: Callable[..., JobExecutionManager]) -> JobExecutionManager:
    return make_manager()


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Callable[..., Other]]:
    """Start processes over the same data that do what they are told, line by line; see :class:`Other`."""
    started: list[Other] = []

    def start(code: str = "", **more: Any) -> Other:
        started.append(Other(tmp_path, code, **more))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def other_process(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start Python code in a process that uses the same folders; its lines come over stdout."""
    running: list[subprocess.Popen[str]] = []
    prelude = (
        "import sys, os, signal\n"
        "from nodetool_jupyter.testing import *\n"
        "from nodetool_jupyter.jobs.manager import JobExecutionManager\n"
        "def say(*words): print(*words, flush=True)\n"
        f"m = JobExecutionManager(data_dir={str(tmp_path / 'data')!r}, runtime_dir={str(tmp_path / 'run')!r})\n"
    )

    def start(code: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", prelude + code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "error"},
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
