"""How an attempt in a container ended: its own claim, unless what the engine says speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from nodetool_jupyter import events as ev
from nodetool_jupyter.execution.container.engine import ContainerState
from nodetool_jupyter.states import Reason, Status

_failed = partial(ev.JobUpdate, status="error")


def judge(
    claim: ev.JobUpdate | None,
    state: ContainerState | None,
    *,
    asked_to_end: bool,
    owner_ended: bool,
    said: Sequence[str],
) -> ev.JobUpdate:
    """Return the end that holds; ``state`` is none when the container is not there any more.

    ``owner_ended`` says that it was ended because its owner had; ``said`` are its last lines on stderr. A claim of
    ``completed`` may become an error here, an error never ``completed``.
    """
    completed = claim is not None and claim.status == Status.COMPLETED.value
    if owner_ended and (claim is None or claim.status == Status.CANCELLED.value):
        text = "the process that owned it ended"
        return ev.JobUpdate(status="cancelled", reason=Reason.KILLED.value, message=text)
    if state is not None and state.out_of_memory and not completed:
        return _failed(reason=Reason.OUT_OF_MEMORY.value, error="its container used more memory than its limit")
    if claim is not None:
        if not completed or state is None or state.exit_code == 0:
            return claim
        text = f"its container said that it had completed, and exited with code {state.exit_code}"
        return _failed(reason=Reason.KILLED.value, error=text)
    if asked_to_end:
        return ev.JobUpdate(status="cancelled", reason=Reason.CANCELLED_BY_USER.value)
    if state is None:
        return _failed(reason=Reason.LOST.value, error="its container is not there any more")
    text = f"its container exited with code {state.exit_code} before the workflow had ended"
    last = "; ".join(said)
    return _failed(reason=Reason.KILLED.value, error=f"{text}: {last}" if last else text)
