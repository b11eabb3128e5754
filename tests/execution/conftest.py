"""A manager of its own for each test of the contract, and the strategies that it is run for."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from nodetool_jupyter.execution.container.engine import ContainerEngine
from nodetool_jupyter.jobs import manager as module
from nodetool_jupyter.jobs.backoff import Backoff
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.execution.contract import STRATEGIES, MakeManager, Runner
from tests.execution.engine_scenery import FakeEngine, fake_engine
from tests.execution.remote_scenery import SECRET, TOKEN, WorkerProcess, connect


@pytest.fixture
def fake() -> Iterator[FakeEngine]:
    """An engine that answers what a test wants."""
    with fake_engine() as running:
        yield running


@pytest.fixture
def engine(fake: FakeEngine) -> Iterator[ContainerEngine]:
    with ContainerEngine.connect(fake.environ) as connected:
        yield connected


@pytest.fixture(params=STRATEGIES)
def strategy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """The worker that jobs of the remote strategy run on."""
    worker = WorkerProcess.start(tmp_path_factory.mktemp("there"))
    yield worker
    worker.end()


@pytest.fixture
def make_manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeManager]:
    """Make the manager that the public face uses; where the strategy is remote, it knows the worker."""
    made: list[JobExecutionManager] = []
    if "strategy" in request.fixturenames and request.getfixturevalue("strategy") == "remote":
        monkeypatch.setenv(SECRET, TOKEN)
        connect(tmp_path / "data", request.getfixturevalue("there").url)

    def make(**options: Any) -> JobExecutionManager:
        options = {"backoff": Backoff(base=0.001, cap=0.002), **options}
        made.append(JobExecutionManager(data_dir=tmp_path / "data", runtime_dir=tmp_path / "run", **options))
        monkeypatch.setattr(module, "_manager", made[-1])
        return made[-1]

    yield make
    for one in made:
        one.shutdown()


@pytest.fixture
def runner(strategy: str, make_manager: MakeManager) -> Runner:
    make_manager()
    return Runner(strategy)


@pytest.fixture
def narrow(strategy: str, make_manager: MakeManager) -> Runner:
    """One job at a time."""
    make_manager(caps={strategy: 1})
    return Runner(strategy)


@pytest.fixture
def traces() -> Callable[[], dict[str, Any]]:
    """Say what this process holds: its threads, how many open files, and its children of this test."""
    others = {child.pid for child in psutil.Process().children(recursive=True)}  # workers that many tests share

    def look() -> dict[str, Any]:
        gc.collect()
        process = psutil.Process()
        return {
            "threads": sorted(one.name for one in threading.enumerate()),
            "files": process.num_fds(),
            "children": sorted({child.pid for child in process.children(recursive=True)} - others),
        }

    return look
