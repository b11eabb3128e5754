"""A disk that is full or read-only, and files that a power cut left half-written: nothing is lost that was there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nodetool_jupyter.errors import InvalidRequest, StorageError
from nodetool_jupyter.eventlog.lines import read_tail
from nodetool_jupyter.events import LogUpdate
from nodetool_jupyter.jobs import paths
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.lease import Observer
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy, set_clock
from tests.jobs.disks import Disk, small_disk
from tests.jobs.scenery import PATIENCE, request_for

Make = Callable[..., JobExecutionManager]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk") as made:
        yield made


@pytest.fixture
def manager(disk: Disk, make_manager: Make) -> Iterator[JobExecutionManager]:
    """A manager whose jobs are on the small disk; it ends before the disk goes."""
    opened = make_manager(data_dir=disk.path)
    yield opened
    opened.shutdown()


def jobs_in(manager: JobExecutionManager) -> set[str]:
    return {path.name for path in (manager.places.data / "jobs").iterdir()}


def run_one(manager: JobExecutionManager) -> str:
    with fake_strategy(Script([completed({"a": 1})])):
        job_id = manager.submit(request_for())
        manager.wait(job_id, PATIENCE)
    return job_id


# ---- full


def test_a_full_disk_refuses_a_job_and_keeps_nothing_of_it(manager: JobExecutionManager, disk: Disk) -> None:
    before = run_one(manager)
    manager.list()
    disk.fill()
    with fake_strategy(Script([completed()])), pytest.raises(StorageError, match="No space left on device"):
        manager.submit(request_for(), inputs={"x": "y" * 300_000})
    assert jobs_in(manager) == {before}
    disk.empty()
    after = run_one(manager)
    assert {record.id for record in manager.list()} == {before, after}


def test_a_job_whose_log_finds_no_room_ends_as_error(manager: JobExecutionManager, disk: Disk) -> None:
    manager.list()
    hold, lines = Hold(), [LogUpdate(content="x" * 20_000)]
    with fake_strategy(Script([hold, *lines, Hold()])):
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        disk.fill()
        hold.release()
        record = manager.wait(job_id, PATIENCE)
    assert (record.status, record.reason) == (Status.ERROR, "internal")
    assert record.error == f"the log of job {job_id} cannot be written: No space left on device"
    disk.empty()
    run_one(manager)
    manager.shutdown()
    tail = read_tail(JobFolder(str(disk.path / "jobs"), job_id).log)
    assert tail.terminal


def test_an_end_that_found_no_room_is_written_later(make_manager: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = make_manager()
    hold = Hold()
    with fake_strategy(Script([hold, completed({"a": 1})])):
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        log = manager._desk.live[job_id].log

        def refuse(data: bytes) -> None:
            raise StorageError("no room")

        monkeypatch.setattr(log, "_write", refuse)
        hold.release()
        assert manager.wait(job_id, PATIENCE).status is Status.COMPLETED
        assert not read_tail(log.folder.log).terminal
    monkeypatch.undo()
    manager.shutdown()
    assert make_manager().result(job_id) == {"a": 1}


def test_jobs_on_another_disk_go_on(manager: JobExecutionManager, make_manager: Make, disk: Disk) -> None:
    elsewhere = make_manager()
    disk.fill()
    job_id = run_one(elsewhere)
    assert elsewhere.result(job_id) == {"a": 1}


def test_a_full_disk_is_listed(disk: Disk, make_manager: Make) -> None:
    first = make_manager(data_dir=disk.path)
    job_id = run_one(first)
    first.shutdown()
    for path in disk.path.glob("jobs.db*"):
        path.unlink()
    disk.fill()
    second = make_manager(data_dir=disk.path)
    assert [(record.id, record.status) for record in second.list()] == [(job_id, Status.COMPLETED)]
    disk.empty()
    after = run_one(second)
    assert {record.id for record in second.list()} == {job_id, after}
    second.shutdown()


def test_a_full_disk_can_be_pruned(disk: Disk, make_manager: Make) -> None:
    first = make_manager(data_dir=disk.path)
    run_one(first)
    first.shutdown()
    disk.fill()
    second = make_manager(data_dir=disk.path)
    assert second.prune(keep=0) == 1
    assert jobs_in(second) == set()
    assert second.list() == []
    second.shutdown()


# ---- files of limited size, in a process of its own

LIMITED = """
import resource, signal
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.errors import StorageError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
m.list()
with fake_strategy(Script([completed({"a": 1})])):
    first = m.submit(RunJobRequest(strategy="fake"))
    m.wait(first, 20)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_HERE, resource.RLIM_INFINITY))
    try:
        m.submit(RunJobRequest(strategy="fake"), inputs={"x": "y" * 300_000})
        say("stored")
    except StorageError as error:
        say("File too large" in str(error), len(list((m.places.data / "jobs").iterdir())))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    second = m.submit(RunJobRequest(strategy="fake"), inputs={"x": "y" * 300_000})
    say(m.result(second, 20))
    m.shutdown()
"""


@pytest.mark.parametrize("size", [0, 50, 100_000])
def test_a_limit_on_files_refuses_a_job_and_spares_the_process(
    other_process: Callable[[str], subprocess.Popen[str]], size: int
) -> None:
    process = other_process(LIMITED.replace("LIMIT_HERE", str(size)))
    out, _ = process.communicate(timeout=PATIENCE)
    assert out.splitlines() == ["True 1", "{'a': 1}"]
    assert process.returncode == 0


# ---- read-only


@pytest.fixture
def read_only(disk: Disk, make_manager: Make) -> Iterator[tuple[JobExecutionManager, str]]:
    """A manager on a read-only disk with one ended job."""
    writer = make_manager(data_dir=disk.path)
    job_id = run_one(writer)
    writer.shutdown()
    disk.remount("ro")
    reader = make_manager(data_dir=disk.path)
    yield reader, job_id
    reader.shutdown()
    disk.remount("rw")


def test_jobs_on_a_read_only_disk_are_listed_and_read(read_only: tuple[JobExecutionManager, str]) -> None:
    reader, job_id = read_only
    assert [(record.id, record.status) for record in reader.list()] == [(job_id, Status.COMPLETED)]
    assert reader.get(job_id[:6]).status is Status.COMPLETED
    assert reader.result(job_id) == {"a": 1}
    assert [event.seq for event in reader.events(job_id)][:2] == [1, 2]


def test_a_read_only_disk_refuses_a_job_in_one_sentence(read_only: tuple[JobExecutionManager, str]) -> None:
    reader, _ = read_only
    with fake_strategy(Script([completed()])), pytest.raises(StorageError) as caught:
        reader.submit(request_for())
    assert str(caught.value) == f"no job can be stored in {reader.places.data}/jobs: Read-only file system"


@pytest.mark.parametrize("change", ["remove", "rebuild_index"])
def test_nothing_is_changed_on_a_read_only_disk(read_only: tuple[JobExecutionManager, str], change: str) -> None:
    reader, job_id = read_only
    with pytest.raises(StorageError, match=r"[Rr]ead-only"):
        getattr(reader, change)(*([job_id] if change == "remove" else []))
    assert [record.id for record in reader.list()] == [job_id]


def test_a_reader_without_rights_says_nothing_in_its_log(
    read_only: tuple[JobExecutionManager, str], caplog: pytest.LogCaptureFixture
) -> None:
    reader, _ = read_only
    assert reader.adopt() == []
    reader.shutdown()
    assert [record.getMessage() for record in caplog.records] == []


def test_the_command_line_reads_a_read_only_disk(read_only: tuple[JobExecutionManager, str]) -> None:
    reader, job_id = read_only
    env = {**os.environ, "NODETOOL_HOME": str(reader.places.data), "NODETOOL_RUNTIME": str(reader.places.runtime)}
    ways = [("list", "--json"), ("show", job_id), ("rm", job_id)]
    done = [
        subprocess.run(
            [sys.executable, "-m", "nodetool_jupyter", "jobs", *way], env=env, capture_output=True, text=True
        )
        for way in ways
    ]
    assert [one.returncode for one in done] == [0, 0, 1]
    assert job_id in done[0].stdout
    assert f"job {job_id} cannot be removed: Read-only file system" in done[2].stderr


# ---- half-written


def test_half_a_request_is_no_job(make_manager: Make) -> None:
    first = make_manager()
    first.shutdown()
    folder = JobFolder.create(str(first.places.data / "jobs"), "half")
    Path(folder.request).write_text('{"type": "run_job_request", "gra')
    second = make_manager()
    assert second.list() == []
    assert second.adopt() == []


@pytest.mark.parametrize(("age", "stays"), [(2 * 86400, False), (3600, True)])
def test_a_folder_that_never_became_a_job_goes_after_a_day(make_manager: Make, age: float, stays: bool) -> None:
    first = make_manager()
    job_id = run_one(first)
    first.shutdown()
    folder = JobFolder.create(str(first.places.data / "jobs"), "half")
    Path(folder.request).write_text('{"type": "run_job_request", "gra')
    for path in (first.places.job(job_id), Path(folder.path)):
        os.utime(path, (time.time() - age,) * 2)
    second = make_manager()
    second.adopt()  # it has swept by then
    assert jobs_in(second) == ({job_id, "half"} if stays else {job_id})


def test_a_job_whose_request_was_spoilt_is_still_a_job(make_manager: Make) -> None:
    first = make_manager()
    job_id = run_one(first)
    first.shutdown()
    for path in first.places.data.glob("jobs.db*"):
        path.unlink()
    (first.places.job(job_id) / "request.json").write_text("")
    second = make_manager()
    assert [(one.id, one.status, one.strategy) for one in second.list()] == [(job_id, Status.COMPLETED, "unknown")]
    assert second.result(job_id) == {"a": 1}
    with pytest.raises(InvalidRequest, match="its request is gone"):
        second.retry(job_id)


@pytest.mark.parametrize("content", [b"", b'{"job_id": "x', b"[]", b"7", b'{"job_id": 3, "digest": "", "time": 0}'])
def test_a_torn_key_is_free_again(manager_here: JobExecutionManager, content: bytes) -> None:
    manager = manager_here
    with fake_strategy(Script([completed()])):
        first = manager.submit(request_for(idempotency_key="k"))
        manager.wait(first, PATIENCE)
        (key,) = (manager.places.data / "keys").iterdir()
        key.write_bytes(content)
        second = manager.submit(request_for(idempotency_key="k"))
        manager.wait(second, PATIENCE)
        assert second != first
        assert manager.submit(request_for(idempotency_key="k")) == second


@pytest.fixture
def manager_here(make_manager: Make) -> JobExecutionManager:
    return make_manager()


@pytest.mark.parametrize("content", [b"", b'{"id": "abc", "ho', b"null", b"\xff\xfe"])
def test_a_torn_owner_file_owns_nothing(make_manager: Make, content: bytes) -> None:
    first = make_manager()
    job_id = run_one(first)
    first.shutdown()
    folder = JobFolder(str(first.places.data / "jobs"), job_id)
    lines = Path(folder.log).read_bytes().splitlines(keepends=True)
    Path(folder.log).write_bytes(lines[0])
    Path(folder.owner_path(1)).unlink()
    Path(folder.owner_path(1)).write_bytes(content)
    for path in first.places.data.glob("jobs.db*"):
        path.unlink()
    with fake_strategy(Script([])):
        second = make_manager()
        second.adopt()
        assert second.wait(job_id, PATIENCE).reason == "lost"


def test_a_torn_card_of_a_manager_is_passed_over(make_manager: Make, caplog: pytest.LogCaptureFixture) -> None:
    first = make_manager()
    (first.places.managers / "torn.json").write_bytes(b'{"id": "to')
    assert first.adopt() == []
    assert make_manager().adopt() == []
    assert [record.getMessage() for record in caplog.records] == []


def test_a_torn_lease_runs_out_like_any_number(tmp_path: Path) -> None:
    (tmp_path / "m.lease").write_bytes(b"")
    observer = Observer(tmp_path)
    with set_clock() as clock:
        assert not observer.run_out("m")
        clock.advance(61)
        assert observer.run_out("m")


@pytest.mark.parametrize("content", ["", "relative/folder"])
def test_a_torn_choice_of_the_runtime_folder_is_made_again(tmp_path: Path, content: str) -> None:
    paths.places(tmp_path / "data", tmp_path / "one", scope="boot")
    (tmp_path / "data" / "runtime" / "boot").write_text(content)
    assert paths.places(tmp_path / "data", tmp_path / "two", scope="boot").runtime == tmp_path / "two"
    assert paths.places(tmp_path / "data", tmp_path / "three", scope="boot").runtime == tmp_path / "two"
