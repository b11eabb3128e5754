"""A manager that loads no pickles, as the one in a Jupyter server: stored inputs are copied, never looked into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nodetool_jupyter as nt
from nodetool_jupyter.errors import InvalidRequest, NotStorable
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Reason, Status
from nodetool_jupyter.testing import Script, completed, fake_strategy
from nodetool_jupyter.widgets.detail import outputs
from tests.jobs.scenery import PATIENCE, request_for

Make = Callable[..., JobExecutionManager]


class Loud:
    """Has no form but a pickle; leaves a file where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return _shout, (str(self.mark),)


def _shout(mark: str) -> str:
    Path(mark).touch()
    return "unpickled"


@nt.node(namespace="pickles")
def length(thing: Any) -> int:
    return len(str(thing))


@nt.node(namespace="pickles")
def makes(mark: str) -> Any:
    return [Loud(Path(mark)), "x" * 100_000]


def graph_of(kind: str, name: str, **data: Any) -> dict[str, Any]:
    given = {"id": "i", "type": "nodetool.input.StringInput", "data": {"name": name, "value": "", **data}}
    return {
        "nodes": [given, {"id": "n", "type": f"pickles.{kind}", "data": {}}],
        "edges": [{"source": "i", "sourceHandle": "output", "target": "n", "targetHandle": name}],
    }


@pytest.fixture
def server(make_manager: Make) -> JobExecutionManager:
    return make_manager(pickles=False)


def ended(manager: JobExecutionManager, graph: dict[str, Any], **inputs: Any) -> str:
    job_id = manager.submit(RunJobRequest(graph=graph), inputs=inputs)
    manager.wait(job_id, PATIENCE)
    return job_id


def test_a_retry_there_unpickles_nothing_and_says_why(
    make_manager: Make, server: JobExecutionManager, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    job_id = ended(make_manager(), graph_of("length", "thing"), thing=Loud(mark))
    mark.unlink(missing_ok=True)
    again = server.retry(job_id)
    assert server.wait(again, PATIENCE).status is Status.ERROR
    assert "never loaded here" in str(server.get(again).error)
    assert not mark.exists()


def test_a_result_that_needs_a_pickle_is_refused_there(server: JobExecutionManager, tmp_path: Path) -> None:
    job_id = ended(server, graph_of("makes", "mark", value=str(tmp_path / "mark")))
    record = server.get(job_id)
    assert (record.status, record.reason) == (Status.ERROR, Reason.RESULT_NOT_STORABLE)


def test_values_that_hold_pickles_are_not_loaded_to_be_shown(
    make_manager: Make, server: JobExecutionManager, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    job_id = ended(make_manager(), graph_of("makes", "mark", value=str(mark)))
    mark.unlink(missing_ok=True)
    shown = outputs(server.state(job_id), server.values(job_id))
    assert [one["kind"] for one in shown.values()] == ["line"]
    with pytest.raises(NotStorable, match="never loaded here"):
        server.result(job_id)
    assert not mark.exists()


# -- what a retry copies -----------------------------------------------------------------------------------------------


@pytest.fixture
def given() -> dict[str, Any]:
    array = np.arange(10_000)
    return {"array": array, "nested": [{"deep": array}], "large": ["x" * 100] * 2000, "both": [array, "y" * 100_000]}


def test_a_retry_has_the_same_inputs_in_files_of_its_own(manager: JobExecutionManager, given: dict[str, Any]) -> None:
    with fake_strategy(Script([completed()])):
        job_id = manager.submit(request_for(), inputs=given)
        manager.wait(job_id, PATIENCE)
        again = manager.retry(job_id)
        manager.wait(again, PATIENCE)
    manager.remove(job_id)
    request = manager.request(again)
    assert request is not None
    back: Any = manager.values(again).decode(request.params)
    assert np.array_equal(back["array"], given["array"])
    assert np.array_equal(back["nested"][0]["deep"], given["array"])
    assert np.array_equal(back["both"][0], given["array"])
    assert back["large"] == given["large"]
    assert {path.stat().st_mode & 0o777 for path in manager.values(again).folder.iterdir()} == {0o600}


def test_a_retry_without_its_inputs_is_refused_and_leaves_nothing(
    manager: JobExecutionManager, given: dict[str, Any]
) -> None:
    with fake_strategy(Script([completed()])):
        job_id = manager.submit(request_for(), inputs={"array": given["array"]})
        manager.wait(job_id, PATIENCE)
        next(manager.values(job_id).folder.iterdir()).unlink()
        with pytest.raises(InvalidRequest, match=r"of its inputs, values/.* is not there"):
            manager.retry(job_id)
    assert [record.id for record in manager.list()] == [job_id]
    assert [path.name for path in (manager.places.data / "jobs").iterdir()] == [job_id]
