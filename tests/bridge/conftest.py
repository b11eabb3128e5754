"""Tests that are coroutines run in a loop of their own, within the time that a test may take."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from nodetool_jupyter.jobs import manager as module
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.bridge.placing_scenery import TOKEN, Known, Runs, Worker


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(scope="session")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A worker with the nodes of ``placecheck``."""
    found = Worker(tmp_path_factory.mktemp("worker"))
    yield found
    found.end()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder, where known workers are; the token of all of them is in the environment."""
    monkeypatch.setenv("NODETOOL_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PLACE_TOKEN", TOKEN)
    return tmp_path / "data"


@pytest.fixture
def manager(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobExecutionManager]:
    made = JobExecutionManager(data_dir=home, runtime_dir=tmp_path / "run")
    monkeypatch.setattr(module, "_manager", made)
    yield made
    made.shutdown()


@pytest.fixture
def known(manager: JobExecutionManager, home: Path) -> Known:
    return Known(home)


@pytest.fixture(params=["threaded", "subprocess"])
def runs(request: pytest.FixtureRequest, manager: JobExecutionManager) -> Runs:
    return Runs(manager, request.param)


@pytest.fixture
def placed(runs: Runs, known: Known, worker: Worker) -> Runs:
    """Runs of graphs whose nodes may be on the worker, which is known as ``place``."""
    known.add("place", worker.url)
    return runs
