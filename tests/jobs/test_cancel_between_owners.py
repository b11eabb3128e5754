"""A cancel of a job that nobody owns, while another process claims it: whoever was quicker is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nodetool_jupyter.errors import NotOwner
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.manager import JobExecutionManager
from nodetool_jupyter.states import Status
from nodetool_jupyter.testing import Hold, Script, completed, fake_strategy
from tests.jobs.others import RUNS, Other
from tests.jobs.scenery import PATIENCE

Make = Callable[..., JobExecutionManager]
Start = Callable[..., Other]


def test_a_cancel_reaches_an_owner_that_was_quicker(
    another: Start, make_manager: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    another(RUNS).ready().kill()
    with fake_strategy(Script([Hold(), completed({"a": 1})])) as fake:
        fake.attachable = True
        quicker, slower = make_manager(adopts="asked"), make_manager(adopts="asked")
        take = slower._caretaker.take

        async def late(folder: JobFolder) -> bool:
            quicker.on_loop(quicker._caretaker.take(folder))
            return await take(folder)

        monkeypatch.setattr(slower._caretaker, "take", late)
        assert slower.cancel("thejob")
        assert quicker.wait("thejob", PATIENCE).status is Status.CANCELLED


def test_a_job_that_cannot_be_taken_over_is_not_said_to_have_ended(another: Start, make_manager: Make) -> None:
    another(RUNS).ready().kill()
    with pytest.raises(NotOwner, match="nobody owns job thejob, and it cannot be taken over from here"):
        make_manager().cancel("thejob")  # its strategy is not known here
