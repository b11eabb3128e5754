"""NodeTool's own workflow files as a user runs them, by every strategy that needs nothing else: the same results."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import nodetool_jupyter as nt
from nodetool_jupyter.jobs import manager as module
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.examples.expected import EXPECTED, OTHERS, file_of
from tests.execution.contract import PATIENCE, Runner

PICTURES = {"Crop then Fit": "picture", "Image Enhance": "image"}  # file -> the input that needs one


@pytest.fixture(scope="module", params=["threaded", "subprocess"])
def runner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """One strategy, with one manager for all files: as in a notebook, runners are there before they are needed."""
    folder = tmp_path_factory.mktemp("jobs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")  # which upstream's results are told in
        time.tzset()
        manager = JobExecutionManager(data_dir=folder / "data", runtime_dir=folder / "run")
        patch.setattr(module, "_manager", manager)
        yield Runner(request.param)
        manager.shutdown()
    time.tzset()


def submit(runner: Runner, file: Path, **inputs: Any) -> nt.Job:
    read = file_of(file)
    return runner.submit(nt.Workflow.from_dict(read), {**(read.get("params") or {}), **inputs})


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_gives_what_its_index_says(runner: Runner, examples: Path, name: str) -> None:
    params, outputs = EXPECTED[name]
    result = submit(runner, examples / f"{name}.json", **params).result(PATIENCE)
    assert {key: as_stored(value) for key, value in result.items() if key in outputs} == outputs


def as_stored(value: Any) -> Any:
    """Return a date as files have it."""
    if hasattr(value, "isoformat"):
        return {"type": "date", "year": value.year, "month": value.month, "day": value.day}
    return value


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_every_other_file_completes(runner: Runner, examples: Path, name: str) -> None:
    given = {PICTURES[name]: Image.fromarray(np.full((90, 160, 3), 120, "uint8"))} if name in PICTURES else {}
    assert submit(runner, examples / f"{name}.json", **given).wait(PATIENCE).value == "completed"
