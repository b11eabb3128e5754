"""The index under stress: damaged, deleted, locked, too new, or in a folder that cannot be written."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.jobs import index as module
from nodetool_jupyter.jobs import index_file
from nodetool_jupyter.jobs.index import Index
from nodetool_jupyter.jobs.index_file import IndexUnavailable
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from tests.jobs.scenery import PATIENCE, line_of, request_for

Make = Callable[..., JobExecutionManager]
Other = Callable[[str], subprocess.Popen[str]]
HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
connection.close()
print("free", flush=True)
"""


def row(job_id: str, status: Status = Status.COMPLETED) -> JobRecord:
    return JobRecord(job_id, status, submitted=1.0)


def run_one(manager: JobExecutionManager) -> str:
    with fake_strategy(Script([completed({"a": 1})])):
        job_id = manager.submit(request_for())
        manager.wait(job_id, PATIENCE)
    return job_id


def listed(manager: JobExecutionManager) -> list[tuple[str, Status]]:
    return [(record.id, record.status) for record in manager.list()]


def spoil(path: Path) -> None:
    """Overwrite a database with its log, as a broken disk would, and what is shared, so that it is noticed at once."""
    for one in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        if one.exists():
            with one.open("r+b") as file:
                file.write(b"\xa5" * one.stat().st_size)


def asides(data: Path) -> list[str]:
    return sorted(path.name for path in data.glob("jobs.db.damaged-*") if path.name[-1].isdigit())


@pytest.fixture
def holder() -> Iterator[Callable[[Path], subprocess.Popen[str]]]:
    """Let another process hold the whole database until a line is sent to it."""
    running: list[subprocess.Popen[str]] = []

    def hold(path: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        assert line_of(process) == "held"
        return process

    yield hold
    for process in running:
        process.kill()
        process.communicate()


def let_go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert line_of(process) == "free"


# ---- damaged


@pytest.mark.parametrize(
    "content",
    [b"this is no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000, b"SQLite format 3\0"],
    ids=["no-database", "garbage-pages", "header-only"],
)
def test_a_file_that_is_no_database_is_set_aside(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "jobs.db").write_bytes(content)
    with caplog.at_level(logging.WARNING, "nodetool_jupyter.jobs"):
        opened = Index.at(tmp_path)
    opened.upsert([row("a")])
    assert opened.get("a") == row("a")
    opened.close()
    (aside,) = asides(tmp_path)
    assert (tmp_path / aside).read_bytes() == content
    assert [aside in record.getMessage() for record in caplog.records] == [True]


def test_an_empty_file_becomes_the_index(tmp_path: Path) -> None:
    (tmp_path / "jobs.db").touch()
    opened = Index.at(tmp_path)
    opened.upsert([row("a")])
    assert opened.ids() == {"a"}
    assert asides(tmp_path) == []
    opened.close()


def test_only_the_last_two_damaged_files_are_kept(tmp_path: Path) -> None:
    for place in range(4):
        (tmp_path / "jobs.db").write_bytes(b"broken %d " % place * 100)
        for side in ("-wal", "-shm"):
            (tmp_path / f"jobs.db{side}").unlink(missing_ok=True)
        Index.at(tmp_path).close()
    kept = [(tmp_path / name).read_bytes()[:8] for name in asides(tmp_path)]
    assert kept == [b"broken 2", b"broken 3"]


def test_a_damaged_index_is_made_again_by_the_next_manager(make_manager: Make) -> None:
    first = make_manager()
    job_id = run_one(first)
    first.shutdown()
    spoil(first.places.data / "jobs.db")
    second = make_manager()
    assert listed(second) == [(job_id, Status.COMPLETED)]
    assert len(asides(second.places.data)) == 1


def test_an_index_damaged_in_the_middle_of_work_is_made_again(
    manager: JobExecutionManager, caplog: pytest.LogCaptureFixture
) -> None:
    first = run_one(manager)
    manager.list()
    spoil(manager.places.data / "jobs.db")
    second = run_one(manager)
    assert listed(manager) == [(second, Status.COMPLETED), (first, Status.COMPLETED)]
    assert len(asides(manager.places.data)) == 1
    assert sum("was damaged" in record.getMessage() for record in caplog.records) == 1


def test_a_truncated_index_is_made_again(manager: JobExecutionManager) -> None:
    job_id = run_one(manager)
    manager.list()
    os.truncate(manager.places.data / "jobs.db", 100)
    os.truncate(manager.places.data / "jobs.db-wal", 0)
    assert listed(manager) == [(job_id, Status.COMPLETED)]


def test_an_index_without_its_table_is_made_again(manager: JobExecutionManager) -> None:
    job_id = run_one(manager)
    manager.list()
    with closing(sqlite3.connect(manager.places.data / "jobs.db")) as connection:
        connection.execute("DROP TABLE jobs")
        connection.commit()
    assert listed(manager) == [(job_id, Status.COMPLETED)]


def test_a_job_goes_on_while_its_index_is_damaged(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([hold, completed({"a": 1})])):
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        manager.list()
        spoil(manager.places.data / "jobs.db")
        assert listed(manager) == [(job_id, Status.STARTING)]
        hold.release()
        assert manager.result(job_id, PATIENCE) == {"a": 1}
    assert listed(manager) == [(job_id, Status.COMPLETED)]


def test_two_processes_set_one_damaged_file_aside_once(manager: JobExecutionManager, other_process: Other) -> None:
    job_id = run_one(manager)
    manager.list()
    other = other_process("m.list(); say('ready'); sys.stdin.readline(); say(*[r.id for r in m.list()]); m.shutdown()")
    assert line_of(other) == "ready"
    spoil(manager.places.data / "jobs.db")
    assert listed(manager) == [(job_id, Status.COMPLETED)]
    assert other.stdin is not None
    other.stdin.write("\n")
    other.stdin.flush()
    assert line_of(other) == job_id
    assert other.wait(PATIENCE) == 0
    assert len(asides(manager.places.data)) == 1


# ---- deleted


@pytest.mark.parametrize("sides", [("",), ("", "-wal", "-shm")], ids=["the-file", "all-of-it"])
def test_rows_come_back_when_the_index_is_deleted_under_a_manager(
    manager: JobExecutionManager, sides: tuple[str, ...]
) -> None:
    first = run_one(manager)
    manager.list()
    for side in sides:
        (manager.places.data / f"jobs.db{side}").unlink(missing_ok=True)
    assert listed(manager) == [(first, Status.COMPLETED)]
    second = run_one(manager)
    assert listed(manager) == [(second, Status.COMPLETED), (first, Status.COMPLETED)]
    assert (manager.places.data / "jobs.db").stat().st_mode & 0o777 == 0o600


def test_a_live_job_gets_its_row_in_the_new_file(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([hold, completed()])):
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        manager.list()
        (manager.places.data / "jobs.db").unlink()
        hold.release()
        manager.wait(job_id, PATIENCE)
    manager.list()
    with closing(sqlite3.connect(manager.places.data / "jobs.db")) as connection:
        assert connection.execute("SELECT id, status FROM jobs").fetchall() == [(job_id, "completed")]


def test_two_managers_meet_in_the_file_that_one_of_them_made_anew(make_manager: Make) -> None:
    first, second = make_manager(), make_manager()
    before = run_one(first)
    second.list()
    (first.places.data / "jobs.db").unlink()
    by_first, by_second = run_one(first), run_one(second)
    expected = {(one, Status.COMPLETED) for one in (before, by_first, by_second)}
    second.list()
    assert set(listed(first)) == expected
    assert set(listed(second)) == expected
    with closing(sqlite3.connect(first.places.data / "jobs.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# ---- made anew


def test_rebuilding_makes_every_row_anew(manager: JobExecutionManager) -> None:
    job_id = run_one(manager)
    before = manager.get(job_id)
    index = manager._desk.indexer.index()
    index.upsert([row(job_id, Status.RUNNING), row("ghost")])
    found = manager.rebuild_index()
    assert (found.jobs, found.unread) == (1, ())
    assert index.ids() == {job_id}
    assert index.get(job_id).status is before.status  # type: ignore[union-attr]


def test_rebuilding_names_the_folders_that_cannot_be_read(manager: JobExecutionManager) -> None:
    jobs = manager.places.data / "jobs"
    job_id = run_one(manager)
    (jobs / "half").mkdir()
    (jobs / "half" / "request.json").write_text('{"graph": {"nod')
    (jobs / "odd").mkdir()
    shutil.copy(jobs / job_id / "request.json", jobs / "odd")
    (jobs / "odd" / "events.jsonl").mkdir()
    found = manager.rebuild_index()
    assert found.jobs == 1
    assert found.unread == (
        f"{jobs}/half: it holds no request that can be read, and no log",
        f"{jobs}/odd: Is a directory",
    )
    assert listed(manager) == [(job_id, Status.COMPLETED)]


def test_rebuilding_keeps_the_file_that_others_have_open(manager: JobExecutionManager, other_process: Other) -> None:
    run_one(manager)
    manager.list()
    other = other_process("m.list(); say('ready'); sys.stdin.readline(); say(len(m.list())); m.shutdown()")
    assert line_of(other) == "ready"
    before = index_file.inode(manager.places.data / "jobs.db")
    with closing(sqlite3.connect(manager.places.data / "jobs.db")) as connection:
        connection.execute("DELETE FROM jobs")
        connection.commit()
    assert manager.rebuild_index().jobs == 1
    assert index_file.inode(manager.places.data / "jobs.db") == before
    assert other.stdin is not None
    other.stdin.write("\n")
    other.stdin.flush()
    assert line_of(other) == "1"
    assert other.wait(PATIENCE) == 0


def test_rebuilding_a_broken_file_sets_it_aside(manager: JobExecutionManager) -> None:
    run_one(manager)
    manager.list()
    spoil(manager.places.data / "jobs.db")
    assert manager.rebuild_index().jobs == 1
    assert len(asides(manager.places.data)) == 1


def test_an_owner_waits_with_its_row_while_the_index_is_rebuilt(make_manager: Make) -> None:
    """A row written between the reading of a folder and the writing of the rows would be lost."""
    first, second = make_manager(), make_manager()
    hold = Hold()
    with fake_strategy(Script([hold, completed()])):
        job_id = first.submit(request_for())
        hold.reached.wait(PATIENCE)
        first.list()
        survey_ended: list[str] = []

        def survey() -> Iterator[JobRecord]:
            yield first.get(job_id)  # as it was when its folder was read
            hold.release()
            survey_ended.append(first.wait(job_id, PATIENCE).status)

        second._desk.indexer.rebuild(survey)
    assert survey_ended == [Status.COMPLETED]
    assert listed(first) == [(job_id, Status.COMPLETED)]
    assert second._desk.indexer.index().get(job_id).status is Status.COMPLETED  # type: ignore[union-attr]


def test_a_newer_index_is_not_rebuilt(make_manager: Make) -> None:
    first = make_manager()
    run_one(first)
    first.shutdown()
    path = first.places.data / "jobs.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"jobs\.db has schema '9999', newer than"):
        make_manager().rebuild_index()
    assert path.read_bytes() == before
    assert asides(first.places.data) == []


def test_the_command_line_rebuilds(make_manager: Make, tmp_path: Path) -> None:
    first = make_manager()
    run_one(first)
    first.shutdown()
    (first.places.data / "jobs" / "empty").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "nodetool_jupyter", "jobs", "rebuild-index"],
        env={**os.environ, "NODETOOL_HOME": str(tmp_path / "data"), "NODETOOL_RUNTIME": str(tmp_path / "run")},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "the index has 1 jobs",
        f"not read: {first.places.data}/jobs/empty: it holds no request that can be read, and no log",
    ]


# ---- locked


def test_a_locked_index_holds_up_no_job(
    make_manager: Make, holder: Callable[[Path], subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY", 0.1)
    manager = make_manager()
    before = run_one(manager)
    manager.list()
    hold = Hold()
    holding = holder(manager.places.data / "jobs.db")
    with fake_strategy(Script([completed({"a": 1})]), Script([hold, completed()])):
        ended = manager.submit(request_for())
        assert manager.result(ended, PATIENCE) == {"a": 1}
        cancelled = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        assert manager.cancel(cancelled)
        assert manager.wait(cancelled, PATIENCE).status is Status.CANCELLED
    expected = [(cancelled, Status.CANCELLED), (ended, Status.COMPLETED), (before, Status.COMPLETED)]
    assert listed(manager) == expected
    let_go(holding)
    manager._desk.indexer.flush()
    assert listed(manager) == expected
    assert [one.id for one in manager._desk.indexer._opened().rows()] == [one for one, _ in expected]


def test_a_locked_rollback_journal_is_read_from_the_folders(
    make_manager: Make, holder: Callable[[Path], subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY", 0.1)
    monkeypatch.setattr(module, "_wal_works", lambda _: False)
    first = make_manager()
    job_id = run_one(first)
    first.list()
    holding = holder(first.places.data / "jobs.db")
    second = make_manager()
    assert listed(first) == [(job_id, Status.COMPLETED)]
    assert listed(second) == [(job_id, Status.COMPLETED)]
    with pytest.raises(IndexUnavailable, match="is locked by another process"):
        second.rebuild_index()
    let_go(holding)
    assert second.rebuild_index().jobs == 1


def test_a_locked_index_that_is_opened_keeps_its_journal(
    make_manager: Make, holder: Callable[[Path], subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_manager().list()
    first = make_manager()
    holder(first.places.data / "jobs.db")
    monkeypatch.setattr(module, "BUSY", 0.1)
    opened = Index.at(first.places.data)
    assert opened.journal() == "wal"
    opened.close()


def test_a_refused_write_ahead_log_means_the_rollback_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Index.at(tmp_path).close()  # it was used before, on a disk that had it
    monkeypatch.setattr(module, "_wal_works", lambda _: False)
    opened = Index.at(tmp_path)
    opened.upsert([row("a")])
    assert opened.journal() == "delete"
    assert opened.ids() == {"a"}
    opened.close()
