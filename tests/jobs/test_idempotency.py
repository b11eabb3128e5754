"""The same request under the same key makes one job."""

from __future__ import annotations

import numpy as np
import pytest

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.testing import Script, completed, fake_strategy, fault, set_clock
from tests.jobs.scenery import PATIENCE, at_once, request_for


def test_the_same_request_returns_the_same_job(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed()])):
        first = manager.submit(request_for(idempotency_key="k", params={"a": 1}))
        assert manager.submit(request_for(idempotency_key="k", params={"a": 1})) == first
        manager.wait(first, PATIENCE)
        assert manager.submit(request_for(idempotency_key="k", params={"a": 1})) == first
    assert len(manager.list()) == 1


def test_fifty_at_once_make_one_job(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed()])) as fake:
        found = at_once(50, lambda _: manager.submit(request_for(idempotency_key="k")))
        assert len(set(found)) == 1
        manager.wait(str(found[0]), PATIENCE)
        assert len(fake.started) == 1
    assert len(list((manager.places.data / "jobs").iterdir())) == 1


def test_another_request_under_the_key_is_refused(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed()])):
        first = manager.submit(request_for(idempotency_key="k", params={"a": 1}))
        with pytest.raises(InvalidRequest, match=first):
            manager.submit(request_for(idempotency_key="k", params={"a": 2}))
        manager.wait(first, PATIENCE)
    assert len(list((manager.places.data / "jobs").iterdir())) == 1


def test_large_inputs_count_by_their_content(manager: JobExecutionManager) -> None:
    def submit(last: int) -> str:
        array = np.arange(50_000)
        array[-1] = last
        return manager.submit(request_for(idempotency_key="k"), inputs={"data": array})

    with fake_strategy(Script([completed()])):
        first = submit(1)
        assert submit(1) == first
        with pytest.raises(InvalidRequest):
            submit(2)
        manager.wait(first, PATIENCE)


def test_keys_belong_to_a_user(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed()])):
        ids = {manager.submit(request_for(idempotency_key="k", user_id=user)) for user in ("ann", "bob")}
        for one in ids:
            manager.wait(one, PATIENCE)
    assert len(ids) == 2


def test_a_key_runs_out_after_a_day(manager: JobExecutionManager) -> None:
    with set_clock() as clock, fake_strategy(Script([completed()])):
        first = manager.submit(request_for(idempotency_key="k"))
        clock.advance(24 * 3600 - 60)
        assert manager.submit(request_for(idempotency_key="k")) == first
        clock.advance(120)
        second = manager.submit(request_for(idempotency_key="k"))
        assert second != first
        manager.wait(second, PATIENCE)


def test_a_key_of_a_removed_job_is_free(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed()])):
        first = manager.submit(request_for(idempotency_key="k"))
        manager.wait(first, PATIENCE)
        manager.remove(first)
        second = manager.submit(request_for(idempotency_key="k"))
        assert second != first
        manager.wait(second, PATIENCE)


def test_a_submit_that_failed_behind_the_key_does_not_keep_it(manager: JobExecutionManager) -> None:
    with fake_strategy(Script([completed()])):
        with fault("submit.before_log", OSError(5, "Input/output error")), pytest.raises(OSError, match="Input"):
            manager.submit(request_for(idempotency_key="k"))
        manager.wait(manager.submit(request_for(idempotency_key="k")), PATIENCE)
