"""How an attempt in a container ended, by what it claimed and what the engine says."""

from __future__ import annotations

from typing import Any

import pytest

from nodetool_jupyter.events import JobUpdate
from nodetool_jupyter.execution.container.engine import ContainerState
from nodetool_jupyter.execution.container.verdict import judge

COMPLETED = JobUpdate(status="completed", result={})
CANCELLED = JobUpdate(status="cancelled", reason="cancelled_by_user")
FAILED = JobUpdate(status="error", reason="node_failed", error="as always")
NO_RESULTS = JobUpdate(status="completed")
TOO_LARGE = JobUpdate(status="error", reason="node_failed", error="OSError: File too large")
QUIET: dict[str, Any] = {
    "disk": 1024**3,
    "excess": None,
    "asked_to_end": False,
    "owner_ended": False,
    "spoke": True,
    "said": (),
}


def stopped(code: int = 0, *, oom: bool = False) -> ContainerState:
    return ContainerState(
        running=False, exit_code=code, out_of_memory=oom, error="", started=1.0, finished=2.0, paused=False
    )


CASES: list[tuple[str, JobUpdate | None, ContainerState | None, dict[str, Any], tuple[str, str | None], str]] = [
    ("it completed", COMPLETED, stopped(), {}, ("completed", None), ""),
    ("it claimed and exited otherwise", COMPLETED, stopped(3), {}, ("error", "killed"), "exited with code 3"),
    ("it failed", FAILED, stopped(1), {}, ("error", "node_failed"), "as always"),
    ("it was cancelled", CANCELLED, stopped(130), {"asked_to_end": True}, ("cancelled", "cancelled_by_user"), ""),
    ("nobody of ours told it to end", CANCELLED, stopped(130), {}, ("error", "killed"), "not by the job's owner"),
    ("its engine did", CANCELLED, stopped(130), {"interrupted": True}, ("error", "killed"), "was restarted"),
    ("its owner had ended", CANCELLED, stopped(130), {"owner_ended": True}, ("cancelled", "killed"), ""),
    ("it was killed by a cancel", None, stopped(137), {"asked_to_end": True}, ("cancelled", "cancelled_by_user"), ""),
    ("it died with its engine", None, stopped(255), {"interrupted": True}, ("error", "killed"), "exit code 255"),
    ("it went with its engine", None, None, {"interrupted": True}, ("error", "lost"), "was restarted"),
    ("it is gone", None, None, {}, ("error", "lost"), "not there any more"),
    ("it completed before its engine went", COMPLETED, stopped(), {"interrupted": True}, ("completed", None), ""),
    ("it was silent", None, stopped(137), {"silent": True}, ("error", "killed"), "said nothing"),
    ("it took too much memory", None, stopped(137, oom=True), {}, ("error", "out_of_memory"), "more memory"),
    ("it took too much disk", COMPLETED, stopped(), {"excess": "too much"}, ("error", "output_limit"), "too much"),
    ("it told no results", NO_RESULTS, stopped(), {}, ("error", "result_not_storable"), "no results"),
    ("a file met its limit", TOO_LARGE, stopped(1), {}, ("error", "node_failed"), "large; 1,073,741,824 bytes are the"),
    ("it has no program", None, stopped(127), {"spoke": False, "said": ["a"] * 2}, ("error", "rejected"), "runner: a"),
    ("its program exited so", None, stopped(127), {}, ("error", "killed"), "code 127 before"),
    ("it exited", None, stopped(2), {"said": ("one", "two")}, ("error", "killed"), "code 2 before"),
]


@pytest.mark.parametrize(
    ("claim", "state", "more", "end", "words"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_an_attempt_ends_as_it_did(
    claim: JobUpdate | None, state: ContainerState | None, more: dict[str, Any], end: tuple[str, str | None], words: str
) -> None:
    found = judge(claim, state, **{**QUIET, **more})
    assert (found.status, found.reason) == end
    assert words in (found.error or "")
