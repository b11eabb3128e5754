"""How an attempt in a container ended: its own claim, unless what the engine says speaks against it."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from functools import partial

from nodetool_jupyter import events as ev
from nodetool_jupyter.execution.container.engine import ContainerState
from nodetool_jupyter.states import Reason, Status

_NOT_RUN = (126, 127)  # exit codes that say, by custom, that a program could not be run or is not there

_failed = partial(ev.JobUpdate, status="error")
_OWNER_ENDED = "the process that owned it ended"
_RESTARTED = "the Docker engine ended or was restarted, and the job's container ended with it"
_TOLD_TO_END = "its container was told to end, and not by the job's owner; docker stop does so, and an engine that ends"
_GONE, _GONE_TOO = "its container is not there any more", f"{_RESTARTED}, and is not there any more"
_SILENT = "its container ran on and said nothing, and was ended; is its image one of runners (nodetool image check)?"


def judge(
    claim: ev.JobUpdate | None,
    state: ContainerState | None,
    *,
    disk: int,
    excess: str | None,
    asked_to_end: bool,
    owner_ended: bool,
    interrupted: bool = False,
    silent: bool = False,
    spoke: bool,
    said: Sequence[str],
) -> ev.JobUpdate:
    """Return the end that holds; ``state`` is none when the container is not there any more.

    ``disk`` is its limit of disk, ``excess`` the sentence about too much of it, if it took that; ``owner_ended`` says
    that it was ended because its owner had, ``silent`` because it said nothing; ``interrupted`` that the engine was
    away meanwhile; ``said`` are its last lines on stderr, and ``spoke`` whether it wrote a line of a runner. A claim of
    ``completed`` may become an error here, an error never ``completed``.
    """
    completed = claim is not None and claim.status == Status.COMPLETED.value
    if owner_ended and (claim is None or claim.status == Status.CANCELLED.value):
        return ev.JobUpdate(status="cancelled", reason=Reason.KILLED.value, message=_OWNER_ENDED)
    if excess is not None:
        return _failed(reason=Reason.OUTPUT_LIMIT.value, error=excess)
    if state is not None and state.out_of_memory and not completed:
        return _failed(reason=Reason.OUT_OF_MEMORY.value, error="its container used more memory than its limit")
    if claim is not None and claim.status == Status.CANCELLED.value and not asked_to_end:
        return _failed(reason=Reason.KILLED.value, error=_RESTARTED if interrupted else _TOLD_TO_END)
    if claim is not None:
        return _checked(claim, state) if completed else _with_limit(claim, disk)
    if asked_to_end:
        return ev.JobUpdate(status="cancelled", reason=Reason.CANCELLED_BY_USER.value)
    if state is None:
        return _failed(reason=Reason.LOST.value, error=_GONE_TOO if interrupted else _GONE)
    if silent:
        return _failed(reason=Reason.KILLED.value, error=_SILENT)
    if interrupted:
        return _failed(reason=Reason.KILLED.value, error=f"{_RESTARTED}, with exit code {state.exit_code}")
    return _exited(state.exit_code, spoke, "; ".join(dict.fromkeys(said)))


def _checked(claim: ev.JobUpdate, state: ContainerState | None) -> ev.JobUpdate:
    """Return a claim of ``completed``, unless something speaks against it."""
    if state is not None and state.exit_code != 0:
        text = f"its container said that it had completed, and exited with code {state.exit_code}"
        return _failed(reason=Reason.KILLED.value, error=text)
    if claim.result is None:
        text = "its container said that it had completed, and told no results"
        return _failed(reason=Reason.RESULT_NOT_STORABLE.value, error=text)
    return claim


def _exited(code: int, spoke: bool, last: str) -> ev.JobUpdate:
    """Return the end of one that claimed none, with its last words."""
    if code in _NOT_RUN and not spoke:
        text = f"the image cannot be run as a runner: {last or f'exit code {code}'}"
        return _failed(reason=Reason.REJECTED.value, error=text)
    text = f"its container exited with code {code} before the workflow had ended"
    return _failed(reason=Reason.KILLED.value, error=f"{text}: {last}" if last else text)


def _with_limit(claim: ev.JobUpdate, disk: int) -> ev.JobUpdate:
    """Return a claim that names the limit where a file met it: the system's own words do not."""
    if claim.error is None or os.strerror(errno.EFBIG) not in claim.error:
        return claim
    text = f"{claim.error}; {disk:,} bytes are the most that a container may leave (DOCKER_DISK_LIMIT)"
    return claim.model_copy(update={"error": text})
