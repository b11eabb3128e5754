"""How many jobs there are of which kind, and how many were taken over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Script, completed, failed, fake_strategy
from tests.jobs.others import RUNS, Other
from tests.jobs.scenery import PATIENCE, request_for

Make = Callable[..., JobExecutionManager]

THREADED = RUNS.replace("fake_strategy(Script(steps))", "fake_strategy(Script(steps), name='threaded')").replace(
    'strategy="fake"', 'strategy="threaded"'
)


def test_jobs_are_counted_by_state_and_strategy(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed({"a": 1})]), Script([failed()]), Script([completed({"a": 1})])):
        for _ in range(3):
            manager.wait(manager.submit(request_for()), PATIENCE)
    manager._desk.indexer.flush()
    assert manager.counts() == {(Status.COMPLETED, "fake"): 2, (Status.ERROR, "fake"): 1}


def test_jobs_that_were_taken_over_are_counted(
    make_manager: Make, another: Callable[..., Other], tmp_path: Path
) -> None:
    another(THREADED).ready().kill()
    manager = make_manager()
    manager.wait("thejob", PATIENCE)
    assert manager.adopted == 1
