"""Subprocess jobs on a disk without room, or read-only: a named error, nothing damaged, and the next job works."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.eventlog.lines import read_tail
from nodetool_jupyter.jobs.backoff import Backoff
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.states import Status
from tests.execution.crash_scenery import let
from tests.execution.subprocess_scenery import PATIENCE, assert_true_end, request_for, until_log
from tests.jobs.disks import Disk, small_disk


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "gate")
    return tmp_path / "gate"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk") as made:
        yield made


def manager_at(data: Path, tmp_path: Path) -> JobExecutionManager:
    return JobExecutionManager(
        data_dir=data, runtime_dir=tmp_path / "run", caps={"subprocess": 1}, backoff=Backoff(base=0.001, cap=0.002)
    )


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[JobExecutionManager]:
    """A manager with room for its logs, one job at a time."""
    opened = manager_at(tmp_path / "data", tmp_path)
    yield opened
    opened.shutdown()


@pytest.fixture
def manager_on_disk(disk: Disk, tmp_path: Path) -> Iterator[JobExecutionManager]:
    """A manager with all its jobs on the small disk."""
    opened = manager_at(disk.path, tmp_path)
    yield opened
    opened.shutdown()


def waits_at(gate: Path) -> tuple[Callable[..., Any], dict[str, Any]]:
    def wait(path: str, ctx: Any = None) -> int:
        from pathlib import Path

        ctx.log("it waits")
        Path(path).open().close()
        ctx.log("x" * 50_000)
        return 1

    return wait, {"path": str(gate)}


def large() -> Callable[[], str]:
    def give() -> str:
        return "y" * 100_000

    return give


def run_on_full(manager: JobExecutionManager, gate: Path, folder: str) -> JobRecord:
    """Run a job one of whose folders has no room, which is mounted there while it waits behind another."""
    manager.submit(request_for(*waits_at(gate)))
    job_id = manager.submit(request_for(large()))
    with small_disk(manager.places.job(job_id) / folder) as full:
        full.fill()
        let(gate)
        return manager.wait(job_id, PATIENCE)


def test_a_channel_without_room_is_named(manager: JobExecutionManager, gate: Path) -> None:
    record = run_on_full(manager, gate, "attempts")
    assert_true_end(manager, record, Status.ERROR, "internal")
    assert record.error == "its runner could not write its channel; is the disk full?"


def test_a_value_without_room_is_named(manager: JobExecutionManager, gate: Path) -> None:
    record = run_on_full(manager, gate, "values")
    assert_true_end(manager, record, Status.ERROR, "result_not_storable")
    assert "No space left on device" in (record.error or "")


def test_the_next_job_works_when_there_is_room_again(
    manager_on_disk: JobExecutionManager, disk: Disk, gate: Path
) -> None:
    manager = manager_on_disk
    before = manager.submit(request_for(large()))
    manager.result(before, PATIENCE)
    job_id = manager.submit(request_for(*waits_at(gate)))
    until_log(manager, job_id, "it waits")
    disk.fill()
    let(gate)
    record = manager.wait(job_id, PATIENCE)
    assert (record.status, record.reason) == (Status.ERROR, "internal")
    disk.empty()
    after = manager.submit(request_for(large()))
    assert manager.result(after, PATIENCE) == manager.result(before) == {"result": "y" * 100_000}
    manager.shutdown()
    assert read_tail(str(manager.places.job(job_id) / "events.jsonl")).terminal


def test_a_full_disk_refuses_a_job_and_keeps_nothing_of_it(manager_on_disk: JobExecutionManager, disk: Disk) -> None:
    manager_on_disk.list()
    disk.fill()
    with pytest.raises(StorageError, match="No space left on device"):
        manager_on_disk.submit(request_for(large()))
    assert list((disk.path / "jobs").iterdir()) == []


def test_a_read_only_disk_refuses_a_job_in_one_sentence(disk: Disk, tmp_path: Path) -> None:
    manager_at(disk.path, tmp_path).shutdown()
    disk.remount("ro")
    manager = manager_at(disk.path, tmp_path)
    with pytest.raises(StorageError) as caught:
        manager.submit(request_for(large()))
    manager.shutdown()
    assert str(caught.value) == f"no job can be stored in {disk.path}/jobs: Read-only file system"
