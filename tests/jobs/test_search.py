"""Pages of the list of jobs, as the index and a manager give them; and notebooks, which a migration brought."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.jobs import index as module
from nodetool_jupyter.jobs import migrate
from nodetool_jupyter.jobs.index import Index
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.jobs.search import SORTS, Search
from nodetool_jupyter.jobs.state import record_of
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from tests.jobs.scenery import PATIENCE, at_once, request_for

NOTEBOOK = "/srv/home/anna/a.ipynb"


@pytest.fixture
def index(tmp_path: Path) -> Index:
    opened = Index.at(tmp_path)
    yield opened
    opened.close()


def everything(index: Index, search: Search) -> list[str]:
    """Return the ids of all pages."""
    found: list[str] = []
    while True:
        page = index.page(search)
        found += [record.id for record in page.jobs]
        if page.next is None:
            return found
        search = Search(**{name: getattr(search, name) for name in Search.__slots__} | {"after": page.next})


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_hold_every_job_once_in_order(index: Index, sort: str, limit: int) -> None:
    records = [
        JobRecord(f"j{n}", Status.COMPLETED, "ab"[n % 2] if n % 5 else None, submitted=n // 3, ended=n % 4 or None)
        for n in range(12)
    ]
    index.upsert(records)
    found = everything(index, Search(sort=sort, limit=limit))  # type: ignore[arg-type]
    assert sorted(found) == sorted(record.id for record in records)
    assert found == everything(index, Search(sort=sort))  # type: ignore[arg-type]
    opposite = sort[1:] if sort.startswith("-") else f"-{sort}"
    assert found == everything(index, Search(sort=opposite))[::-1]  # type: ignore[arg-type]


def test_a_total_counts_all_pages(index: Index) -> None:
    index.upsert([JobRecord(f"j{n}", Status.ERROR if n % 2 else Status.COMPLETED, submitted=1.0) for n in range(9)])
    page = index.page(Search(status=(Status.ERROR,), limit=2))
    assert (len(page.jobs), page.total) == (2, 4)


def test_only_a_users_own_jobs(index: Index) -> None:
    index.upsert([JobRecord(name, Status.COMPLETED, submitted=1.0, user=name[0]) for name in ("a1", "b1", "a2")])
    assert sorted(everything(index, Search(user="a"))) == ["a1", "a2"]
    assert index.counts("b") == {(Status.COMPLETED, "threaded"): 1}


def test_a_running_job_is_told_as_it_is_now(manager: JobExecutionManager) -> None:
    hold = Hold()
    with fake_strategy(Script([JobUpdate(status="running"), hold, completed()])):
        job_id = manager.submit(request_for(name="now"))
        assert hold.reached.wait(PATIENCE)
        assert [one.status for one in manager.page(Search(text="NOW")).jobs] == [Status.RUNNING]
        hold.release()
        manager.wait(job_id, PATIENCE)
        assert manager.page(Search(status=(Status.RUNNING,))).jobs == []
        found = manager.find(job_id)
    assert found is not None
    assert found.status is Status.COMPLETED


@pytest.mark.parametrize("job_id", ["nothere", "", "..", ".", "a/b"])
def test_a_job_that_is_not_there_is_not_found(manager: JobExecutionManager, job_id: str) -> None:
    assert manager.find(job_id) is None


def test_a_beginning_of_an_id_finds_nothing(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed()])):
        job_id = manager.submit(request_for())
        manager.wait(job_id, PATIENCE)
    assert manager.find(job_id[:5]) is None


# -- notebooks ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def submit(manager: JobExecutionManager) -> Callable[..., str]:
    def run(**more: object) -> str:
        with fake_strategy(Script([completed()])):
            job_id = manager.submit(request_for(**more))
            manager.wait(job_id, PATIENCE)
        return job_id

    return run


def test_the_kernels_notebook_is_known(
    manager: JobExecutionManager, submit: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", NOTEBOOK)
    job_id = submit()
    request = manager.request(job_id)
    assert request is not None
    assert (request.notebook, manager.get(job_id).notebook) == (NOTEBOOK, NOTEBOOK)
    for known in (record_of(manager._lookup.folder(job_id)), manager._desk.indexer.index().get(job_id)):
        assert known is not None
        assert known.notebook == NOTEBOOK


def test_who_reads_a_request_in_another_notebook_does_not_take_it_for_its_own(
    manager: JobExecutionManager, submit: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = submit()
    monkeypatch.setenv("JPY_SESSION_NAME", NOTEBOOK)
    request = manager.request(job_id)
    assert request is not None
    assert request.notebook is None


def test_a_session_that_is_no_notebook_is_none(
    manager: JobExecutionManager, submit: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", "/srv/home/anna/console-1-5a2f")
    assert manager.get(submit()).notebook is None


def test_the_same_key_in_another_notebook_is_the_same_request(
    submit: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = submit(idempotency_key="k")
    monkeypatch.setenv("JPY_SESSION_NAME", NOTEBOOK)
    assert submit(idempotency_key="k") == first


def test_a_retry_stays_with_its_notebook(
    manager: JobExecutionManager, submit: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", NOTEBOOK)
    job_id = submit()
    monkeypatch.setenv("JPY_SESSION_NAME", "/srv/home/anna/b.ipynb")
    with fake_strategy(Script([completed()])):
        again = manager.retry(job_id)
        manager.wait(again, PATIENCE)
    assert manager.get(again).notebook == NOTEBOOK


def make_old(path: Path) -> None:
    """Make the file of an index of the version before notebooks."""
    with sa.create_engine(f"sqlite:///{path}").begin() as connection:
        module.metadata.create_all(connection)
        connection.exec_driver_sql("ALTER TABLE jobs DROP COLUMN notebook")
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0001')")
        connection.exec_driver_sql(
            "INSERT INTO jobs (id, status, strategy, user) VALUES ('old', 'completed', 'threaded', '')"
        )


def test_an_older_index_keeps_its_rows(tmp_path: Path) -> None:
    make_old(tmp_path / "jobs.db")
    index = Index.at(tmp_path)
    index.upsert([JobRecord("new", Status.COMPLETED, submitted=1.0, notebook=NOTEBOOK)])
    assert {record.id: record.notebook for record in index.rows()} == {"old": None, "new": NOTEBOOK}
    index.close()


def test_many_who_find_an_older_index_migrate_it_once(tmp_path: Path) -> None:
    make_old(tmp_path / "jobs.db")
    opened = at_once(4, lambda _: Index.at(tmp_path))
    assert [type(one) for one in opened] == [Index] * 4
    for one in opened:
        assert isinstance(one, Index)
        assert [record.id for record in one.rows()] == ["old"]
        with one._engine.connect() as connection:
            assert migrate._found_version(connection) == module.VERSION
        one.close()
