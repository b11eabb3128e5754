"""What strategies have left outside of the data folder: who is asked to remove it, and what they are told of jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nodetool_jupyter.execution.base import OUTSIDE
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.testing import completed, fake_strategy

PATIENCE = 20.0
HasEnded = Callable[[str], bool | None]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[HasEnded]]:
    """A strategy ``tidies``, and what it was told each time it was asked to."""
    told: list[HasEnded] = []

    def tidy(data: Path, has_ended: HasEnded) -> None:
        assert (data / OUTSIDE / "tidies").exists()
        told.append(has_ended)

    with fake_strategy([completed()], name="tidies") as strategy:
        monkeypatch.setattr(strategy, "tidy", tidy)
        yield told


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder where that strategy has left something elsewhere, and so has one that is not installed."""
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / OUTSIDE).mkdir()
    for name in ("tidies", "removed-with-its-package"):
        (tmp_path / "data" / OUTSIDE / name).touch()
    return tmp_path / "data"


def keep_house(manager: JobExecutionManager, times: int = 1) -> None:
    """Let a manager do what it does from time to time."""
    for _ in range(times):
        manager.on_loop(manager._caretaker._keep_house())


def test_each_manager_asks_once(asked: list[HasEnded], data: Path, tmp_path: Path) -> None:
    for expected in (1, 2):
        manager = JobExecutionManager(data_dir=data, runtime_dir=tmp_path / "run")
        keep_house(manager, 3)
        manager.shutdown()
        assert len(asked) == expected


def test_one_that_cares_only_for_what_it_is_asked_does_not(asked: list[HasEnded], data: Path, tmp_path: Path) -> None:
    manager = JobExecutionManager(data_dir=data, runtime_dir=tmp_path / "run", adopts="asked")
    keep_house(manager)
    manager.shutdown()
    assert asked == []


def test_a_strategy_that_has_left_nothing_elsewhere_is_not_asked(
    asked: list[HasEnded], data: Path, tmp_path: Path
) -> None:
    (data / OUTSIDE / "tidies").unlink()
    manager = JobExecutionManager(data_dir=data, runtime_dir=tmp_path / "run")
    keep_house(manager)
    manager.shutdown()
    assert asked == []


def test_it_is_told_which_jobs_have_ended(asked: list[HasEnded], data: Path, tmp_path: Path) -> None:
    manager = JobExecutionManager(data_dir=data, runtime_dir=tmp_path / "run")
    keep_house(manager)
    ended, removed = (manager.submit(RunJobRequest(strategy="tidies", graph={"nodes": [], "edges": []})) for _ in "ab")
    for job_id in (ended, removed):
        manager.wait(job_id, PATIENCE)
    manager.remove(removed)
    (data / "jobs" / "open").mkdir()
    manager.shutdown()
    (has_ended,) = asked
    assert [has_ended(job_id) for job_id in (ended, removed, "open")] == [True, None, False]
