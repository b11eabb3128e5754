"""The index is a copy of the folders: made again from them, up to date, never in a job's way."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from nodetool_jupyter.errors import StorageError
from nodetool_jupyter.jobs import index as module
from nodetool_jupyter.jobs import migrate
from nodetool_jupyter.jobs.index import Index
from nodetool_jupyter.jobs.indexer import Indexer
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.jobs.records import FIELDS, JobRecord, as_row, from_row
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Hold, Script, completed, failed, fake_strategy, fault
from tests.jobs.scenery import PATIENCE, request_for

Make = Callable[..., JobExecutionManager]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    opened = Index.at(tmp_path)
    yield opened
    opened.close()


def row(job_id: str, status: Status = Status.COMPLETED, submitted: float = 1.0, **more: object) -> JobRecord:
    return JobRecord(job_id, status, submitted=submitted, **more)  # type: ignore[arg-type]


def test_a_record_survives_its_row() -> None:
    record = JobRecord("a", Status.ERROR, "n", "fake", "lost", "e", 1.0, 2.0, 3.0, "o", "w", "u", "r", 4)
    assert from_row(as_row(record)) == record
    assert len(as_row(record)) == len(FIELDS)


def test_rows_are_written_and_replaced(index: Index) -> None:
    index.upsert([row("a", Status.QUEUED), row("b", Status.QUEUED)])
    index.upsert([row("a", Status.COMPLETED, ended=2.0)])
    assert index.get("a") == row("a", Status.COMPLETED, ended=2.0)
    assert index.get("b") == row("b", Status.QUEUED)
    assert index.get("c") is None


def test_rows_come_newest_first(index: Index) -> None:
    index.upsert([row(str(n), submitted=float(n)) for n in range(5)])
    assert [record.id for record in index.rows(limit=3)] == ["4", "3", "2"]


def test_a_beginning_is_no_pattern(index: Index) -> None:
    index.upsert([row("a_b"), row("axb"), row("Ab")])
    assert index.beginning_with("a_") == ["a_b"]
    assert index.beginning_with("a") == ["a_b", "axb"]


def test_outlived_counts_ended_jobs_only(index: Index) -> None:
    index.upsert([row(str(n), ended=float(n)) for n in range(5)])
    index.upsert([row("live", Status.RUNNING)])
    assert index.outlived(keep=2, before=None) == ["0", "1", "2"]
    assert index.outlived(keep=None, before=2.0) == ["0", "1"]


def test_the_database_is_private_and_local_ones_use_the_write_ahead_log(tmp_path: Path, index: Index) -> None:
    assert (tmp_path / "jobs.db").stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(tmp_path / "jobs.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_a_mount_that_is_not_known_gets_the_rollback_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_local", lambda _: False)
    opened = Index.at(tmp_path)
    opened.upsert([row("a")])
    opened.close()
    with sqlite3.connect(tmp_path / "jobs.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()


def test_the_first_migration_makes_what_the_metadata_says(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = sa.create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), module.metadata) == []
        assert migrate._found_version(connection) == module.VERSION
    engine.dispose()


def test_a_fresh_index_is_like_a_migrated_one(tmp_path: Path, index: Index) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    migrate.upgrade(engine)
    engine.dispose()

    def schema(path: Path) -> set[str]:
        with sqlite3.connect(path) as connection:
            names = {f"{kind} {name}" for kind, name in connection.execute("SELECT type, name FROM sqlite_master")}
            names |= {str(column[1:4]) for column in connection.execute("PRAGMA table_info(jobs)")}
        connection.close()
        return {name for name in names if "autoindex" not in name}

    assert schema(tmp_path / "old.db") == schema(tmp_path / "jobs.db")


def test_a_newer_index_is_left_alone(tmp_path: Path, index: Index) -> None:
    with sqlite3.connect(tmp_path / "jobs.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StorageError, match="newer"):
        Index.at(tmp_path)


def test_many_may_open_a_fresh_index_at_once(tmp_path: Path) -> None:
    from tests.jobs.scenery import at_once

    found = at_once(6, lambda _: Index.at(tmp_path))
    assert [type(one) for one in found] == [Index] * 6
    for one in found:
        one.close()  # type: ignore[attr-defined]


def test_changes_are_gathered_into_one_transaction(tmp_path: Path) -> None:
    class Counting(Index):
        batches: list[int]

        def upsert(self, records: object) -> None:
            rows = list(records)  # type: ignore[call-overload]
            self.batches.append(len(rows))
            super().upsert(rows)

    opened = Counting.at(tmp_path)
    opened.batches = []
    gate = threading.Event()
    indexer = Indexer(lambda: gate.wait(PATIENCE) and opened, lambda *_: None, list)  # type: ignore[arg-type,return-value]
    for n in range(50):
        indexer.put(row(f"j{n}", Status.QUEUED))
        indexer.put(row(f"j{n}", Status.COMPLETED))
    gate.set()
    assert len(indexer.index().rows()) == 50
    indexer.close()
    assert opened.batches == [50]


def test_readers_see_what_was_put_before(tmp_path: Path) -> None:
    indexer = Indexer(lambda: Index.at(tmp_path), lambda *_: None, list)
    for n in range(20):
        indexer.put(row(f"j{n}"))
        assert indexer.index().get(f"j{n}") == row(f"j{n}")
    indexer.close()


def test_an_index_that_cannot_be_opened_is_told_when_asked() -> None:
    def refuse() -> Index:
        raise StorageError("too new")

    indexer = Indexer(refuse, lambda *_: None, list)
    indexer.put(row("a"))
    with pytest.raises(StorageError, match="too new"):
        indexer.index()
    indexer.close()


def test_an_index_is_made_again_from_the_folders(make_manager: Make, tmp_path: Path) -> None:
    first = make_manager()
    with fake_strategy(Script([completed()]), Script([failed("broke")])):
        ids = [first.submit(request_for(name="one", graph={"name": "flow"}))]
        first.wait(ids[0], PATIENCE)
        ids.append(first.submit(request_for(name="two")))
        first.wait(ids[1], PATIENCE)
        before = first.list()
        first.shutdown()
        for path in (tmp_path / "data").glob("jobs.db*"):
            path.unlink()
        after = make_manager().list()
    assert [record.id for record in after] == ids[::-1]
    for one, two in zip(after, before, strict=True):
        assert (one.status, one.name, one.reason, one.error) == (two.status, two.name, two.reason, two.error)
        assert one.ended == pytest.approx(two.ended, abs=1e-5)


def test_a_row_without_a_folder_goes(make_manager: Make, tmp_path: Path) -> None:
    opened = make_manager()
    opened._desk.indexer.index().upsert([row("ghost")])
    opened.shutdown()
    assert make_manager().list() == []


def test_a_folder_without_a_request_is_no_job(make_manager: Make, tmp_path: Path) -> None:
    make_manager().shutdown()
    (tmp_path / "data" / "jobs" / "half").mkdir(mode=0o700)
    assert make_manager().list() == []


def test_a_death_between_log_and_index_is_made_good(make_manager: Make) -> None:
    first = make_manager()
    with fake_strategy(Script([completed({"a": 1})])):
        job_id = first.submit(request_for())
        first.wait(job_id, PATIENCE)
        first._desk.indexer.index().upsert([row(job_id, Status.RUNNING)])
        first.shutdown()
        second = make_manager()
        second.adopt()
        assert second.get(job_id).status is Status.COMPLETED
        assert second.result(job_id) == {"a": 1}


def test_a_locked_index_does_not_stop_a_job(manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch) -> None:
    manager.list()
    index = manager._desk.indexer._index
    assert index is not None

    def locked(_: object) -> None:
        raise sa.exc.OperationalError("upsert", {}, Exception("database is locked"))

    with monkeypatch.context() as patch, fake_strategy(Script([completed()])):
        patch.setattr(index, "upsert", locked)
        job_id = manager.submit(request_for())
        assert manager.wait(job_id, PATIENCE).status is Status.COMPLETED
    assert [record.id for record in manager.list()] == [job_id]


def test_two_managers_share_an_index(make_manager: Make) -> None:
    first, second = make_manager(), make_manager()
    with fake_strategy(Script([completed()])):
        ids = {one.submit(request_for()) for one in (first, second) for _ in range(10)}
        for job_id in ids:
            first.wait(job_id, PATIENCE)
    second.list()
    assert {record.id for record in first.list()} == ids


def test_the_newest_are_kept(make_manager: Make) -> None:
    manager = make_manager(keep_jobs=2)
    manager.adopt()  # the pruning that every manager begins with is over
    with fake_strategy(Script([completed()])):
        ids = []
        for _ in range(5):
            ids.append(manager.submit(request_for()))
            manager.wait(ids[-1], PATIENCE)
    assert manager.prune() == 3
    assert {record.id for record in manager.list()} == set(ids[3:])
    assert {path.name for path in (manager.places.data / "jobs").iterdir()} == set(ids[3:])
    assert list((manager.places.data / "trash").iterdir()) == []


def test_old_jobs_go(manager: JobExecutionManager) -> None:
    from nodetool_jupyter.testing import set_clock

    with set_clock() as clock, fake_strategy(Script([completed()])):
        old = manager.submit(request_for())
        manager.wait(old, PATIENCE)
        clock.advance(1000)
        new = manager.submit(request_for())
        manager.wait(new, PATIENCE)
        assert manager.prune(older_than=500) == 1
    assert [record.id for record in manager.list()] == [new]


def test_a_live_job_is_never_removed(manager: JobExecutionManager) -> None:
    from nodetool_jupyter.errors import InvalidRequest

    hold = Hold()
    with fake_strategy(Script([hold, completed()])):
        job_id = manager.submit(request_for())
        hold.reached.wait(PATIENCE)
        with pytest.raises(InvalidRequest, match="cancel it first"):
            manager.remove(job_id)
        assert manager.prune(keep=0) == 0
        hold.release()
        manager.wait(job_id, PATIENCE)


def test_a_death_after_the_rename_leaves_no_row(make_manager: Make) -> None:
    first = make_manager()
    with fake_strategy(Script([completed()])):
        job_id = first.submit(request_for())
        first.wait(job_id, PATIENCE)
    with fault("remove.after_rename", RuntimeError("killed")), pytest.raises(RuntimeError):
        first.remove(job_id)
    first.shutdown()
    second = make_manager()
    assert second.list() == []
    second.adopt()
    assert list((second.places.data / "trash").iterdir()) == []
