"""Lines that an owner puts among its runner's: they have no number, and stand in nobody's way."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from nodetool_jupyter import clock, events
from nodetool_jupyter.execution.base import OWN, ChannelLine
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.testing import FakeExecution, Script, completed, fake_strategy
from tests.jobs.scenery import PATIENCE, request_for


def play(manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch, *told: tuple[int, events.Event]) -> str:
    """Run a job whose channel has these lines."""

    async def channel(self: FakeExecution) -> AsyncIterator[list[ChannelLine]]:
        yield [ChannelLine(n, clock.time(), event) for n, event in told]

    with fake_strategy(Script()) as fake:
        monkeypatch.setattr(fake, "channel", channel)
        job_id = manager.submit(request_for())
        manager.wait(job_id, PATIENCE)
    return job_id


def log(text: str) -> events.LogUpdate:
    return events.LogUpdate(content=text)


def test_an_owners_line_stands_between_numbered_ones(
    manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [(1, events.JobUpdate(status="running")), (OWN, log("own")), (2, log("two")), (OWN, log("again"))]
    job_id = play(manager, monkeypatch, *lines, (3, completed()))
    found = [(event.source, event.content) for event in manager.events(job_id) if isinstance(event, events.LogUpdate)]
    assert found == [(None, "own"), (2, "two"), (None, "again")]


def test_an_owners_line_does_not_say_that_the_job_runs(
    manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = play(manager, monkeypatch, (OWN, log("own")), (1, events.JobUpdate(status="running")), (2, completed()))
    kinds = [getattr(event, "status", event.type) for event in manager.events(job_id)]
    assert kinds == ["queued", "starting", "log_update", "running", "completed"]


def test_an_owners_end_is_the_end(manager: JobExecutionManager, monkeypatch: pytest.MonkeyPatch) -> None:
    end = events.JobUpdate(status="error", reason="output_limit", error="too much")
    job_id = play(manager, monkeypatch, (1, events.JobUpdate(status="running")), (OWN, end))
    last = list(manager.events(job_id))[-1]
    assert isinstance(last, events.JobUpdate)
    assert (last.reason, last.source) == ("output_limit", None)
