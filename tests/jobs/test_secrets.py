"""Secrets: private files, resolved by name when an attempt starts, never in a log."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from nodetool_jupyter import events
from nodetool_jupyter.errors import InvalidRequest, SecretMissing, StorageError
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.jobs.secrets import Secrets
from nodetool_jupyter.testing import Hold, Script, completed, failed, fake_strategy
from tests.jobs.scenery import PATIENCE, request_for

Make = Callable[..., JobExecutionManager]
CANARY = "canary-5f1c/9+77"


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    return Secrets(tmp_path / "secrets")


def test_a_stored_secret_is_resolved(secrets: Secrets) -> None:
    secrets.set("MY_KEY", CANARY)
    assert secrets.resolve(["MY_KEY"]) == {"MY_KEY": CANARY}
    assert secrets.names() == ["MY_KEY"]


def test_its_file_is_private(secrets: Secrets, tmp_path: Path) -> None:
    secrets.set("MY_KEY", CANARY)
    assert (tmp_path / "secrets" / "MY_KEY").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_a_file_that_others_may_read_is_refused(secrets: Secrets, tmp_path: Path) -> None:
    secrets.set("MY_KEY", CANARY)
    (tmp_path / "secrets" / "MY_KEY").chmod(0o640)
    with pytest.raises(StorageError, match="chmod 600") as caught:
        secrets.resolve(["MY_KEY"])
    assert CANARY not in str(caught.value)


def test_the_environment_comes_first(secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets.set("MY_KEY", CANARY)
    monkeypatch.setenv("MY_KEY", "from the environment")
    assert secrets.resolve(["MY_KEY"]) == {"MY_KEY": "from the environment"}


def test_a_missing_secret_names_the_nearest_and_the_cure(secrets: Secrets) -> None:
    secrets.set("MY_KEY", CANARY)
    with pytest.raises(SecretMissing, match=r"nodetool secrets set MY_KEX.*did you mean 'MY_KEY'"):
        secrets.resolve(["MY_KEX"])


def test_a_removed_secret_is_gone(secrets: Secrets) -> None:
    secrets.set("MY_KEY", CANARY)
    secrets.remove("MY_KEY")
    assert secrets.names() == []
    with pytest.raises(SecretMissing):
        secrets.remove("MY_KEY")


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "1A", "x" * 200])
def test_names_that_are_paths_are_refused(secrets: Secrets, name: str) -> None:
    with pytest.raises(InvalidRequest):
        secrets.set(name, CANARY)


def test_a_short_secret_is_refused(secrets: Secrets) -> None:
    with pytest.raises(InvalidRequest, match="cannot be masked"):
        secrets.set("MY_KEY", "hunter2")


def test_no_repr_shows_a_value(secrets: Secrets) -> None:
    secrets.set("MY_KEY", CANARY)
    assert CANARY not in repr(secrets)


def test_a_job_whose_secret_is_missing_is_refused(manager: JobExecutionManager) -> None:
    with fake_strategy(), pytest.raises(SecretMissing, match="NO_SUCH"):
        manager.submit(request_for(secrets=["NO_SUCH"]))
    assert list((manager.places.data / "jobs").iterdir()) == []


def test_a_secret_that_goes_while_the_job_waits_ends_it(make_manager: Make) -> None:
    manager = make_manager(caps={"fake": 1})
    manager.secrets.set("MY_KEY", CANARY)
    hold = Hold()
    with fake_strategy(Script([hold, completed()])):
        first, second = manager.submit(request_for()), manager.submit(request_for(secrets=["MY_KEY"], retries=3))
        hold.reached.wait(PATIENCE)
        manager.secrets.remove("MY_KEY")
        hold.release()
        manager.wait(first, PATIENCE)
        assert manager.wait(second, PATIENCE).reason == "secret_missing"


def test_an_attempt_gets_the_values(manager: JobExecutionManager) -> None:
    manager.secrets.set("MY_KEY", CANARY)
    with fake_strategy(Script([completed()])) as fake:
        manager.wait(manager.submit(request_for(secrets=["MY_KEY"])), PATIENCE)
        assert fake.started[0].context.secrets == {"MY_KEY": CANARY}


def test_no_text_a_job_leaves_holds_a_secret(manager: JobExecutionManager) -> None:
    manager.secrets.set("MY_KEY", CANARY)
    coded = base64.b64encode(CANARY.encode()).decode().rstrip("=")
    node = events.NodeUpdate(
        node_id="n", node_name="n", node_type="t", status="error", error=f"bad {CANARY}", result={"a": coded}
    )
    steps = [events.LogUpdate(content=f"key={CANARY}"), events.Chunk(content=coded), node]
    with fake_strategy(Script([*steps, failed(f"refused: {CANARY}", traceback=f"  x = '{CANARY}'")])):
        job_id = manager.submit(request_for(secrets=["MY_KEY"]))
        record = manager.wait(job_id, PATIENCE)
    manager.list()
    assert record.error == "refused: ••••"
    for path in manager.places.data.rglob("*"):
        if path.is_file() and path.parent.name != "secrets":
            body = path.read_bytes()
            assert CANARY.encode() not in body, path
            assert coded.encode() not in body, path


def test_outputs_are_the_users_own(manager: JobExecutionManager) -> None:
    manager.secrets.set("MY_KEY", CANARY)
    output = events.OutputUpdate(node_id="o", node_name="o", output_name="o", value=CANARY)
    with fake_strategy(Script([output, completed({"o": CANARY})])):
        job_id = manager.submit(request_for(secrets=["MY_KEY"]))
        assert manager.result(job_id, PATIENCE) == {"o": CANARY}
    assert manager.stream(job_id, "o") == [CANARY]


def test_a_manager_of_others_jobs_gives_none_of_its_own(make_manager: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "the manager's own")
    manager = make_manager(own_secrets=False)
    manager.secrets.set("STORED", "the manager's own")
    with fake_strategy(Script([completed()])) as fake:
        for name in ("MY_KEY", "STORED"):
            with pytest.raises(SecretMissing, match="did not come with the job"):
                manager.submit(request_for(secrets=(name,)))
        job_id = manager.submit(request_for(secrets=("MY_KEY",)), secrets={"MY_KEY": CANARY, "OTHER": "unasked for"})
        manager.wait(job_id, PATIENCE)
        assert dict(fake.started[0].context.secrets) == {"MY_KEY": CANARY}


def test_what_comes_with_a_job_is_before_what_is_stored(make_manager: Make) -> None:
    manager = make_manager()
    manager.secrets.set("MY_KEY", "what is stored")
    with fake_strategy(Script([completed()])) as fake:
        job_id = manager.submit(request_for(secrets=("MY_KEY",)), secrets={"MY_KEY": CANARY})
        manager.wait(job_id, PATIENCE)
        assert dict(fake.started[0].context.secrets) == {"MY_KEY": CANARY}


def test_a_job_whose_secrets_are_forgotten_runs_on_under_a_new_owner(make_manager: Make) -> None:
    hold = Hold()
    begun = events.JobUpdate(status="running")
    with fake_strategy(Script([begun, hold]), Script([begun, completed()])) as fake:
        fake.attachable = True
        first = make_manager(own_secrets=False)
        job_id = first.submit(request_for(secrets=("MY_KEY",)), secrets={"MY_KEY": CANARY})
        assert hold.reached.wait(PATIENCE)
        first.shutdown()
        second = make_manager(own_secrets=False)
        assert second.wait(job_id, PATIENCE).status == "completed"
