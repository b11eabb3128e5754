"""A runner's word that a job is completed holds only when every result it names is there, whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nodetool_jupyter.errors import JobError
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from nodetool_jupyter.values import INLINE_LIMIT
from tests.jobs.scenery import PATIENCE, request_for


def unlink(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def relink(path: Path) -> None:
    path.rename(path.with_suffix(".old"))
    path.symlink_to(path.with_suffix(".old"))


def claims(manager: JobExecutionManager, result: dict[str, Any], spoil: Callable[[Path], None]) -> str:
    """Run a job whose runner stores ``result``, loses the array in it, and claims to be done; return the job's id."""
    hold = Hold()
    with fake_strategy(Script([hold])) as fake:
        job_id = manager.submit(request_for(retries=1))
        hold.reached.wait(PATIENCE)
        values = manager.values(job_id)
        data = {name: values.encode(value) for name, value in result.items()}
        (path,) = values.folder.glob("*.npy")
        spoil(path)
        steps = fake.scripts[0].steps
        assert isinstance(steps, list)
        steps.append(completed(data, duration=1.0))
        hold.release()
        manager.wait(job_id, PATIENCE)
    return job_id


@pytest.mark.parametrize("spoil", [unlink, cut, relink])
@pytest.mark.parametrize("filling", ["", "x" * INLINE_LIMIT], ids=["inline", "in a file"])
def test_a_result_that_is_not_there_whole_is_no_success(
    manager: JobExecutionManager, spoil: Callable[[Path], None], filling: str
) -> None:
    job_id = claims(manager, {"fine": 1, "picture": [filling, {"a": np.arange(5)}]}, spoil)
    record = manager.get(job_id)
    assert (record.status, record.reason) == ("error", "result_not_storable")
    with pytest.raises(JobError, match=r"the result of output 'picture' was not stored: values/\w+\.npy"):
        manager.result(job_id)


def test_the_line_of_a_refused_claim_is_accounted_for(manager: JobExecutionManager) -> None:
    job_id = claims(manager, {"a": np.arange(5)}, unlink)
    ends = [event for event in manager.events(job_id) if getattr(event, "status", "") in ("error", "completed")]
    assert [(end.status, end.source) for end in ends] == [("error", 1)]


def test_a_result_that_is_there_is_a_success(manager: JobExecutionManager) -> None:
    job_id = claims(manager, {"a": np.arange(5)}, lambda path: None)
    assert list(manager.result(job_id)["a"]) == [0, 1, 2, 3, 4]
