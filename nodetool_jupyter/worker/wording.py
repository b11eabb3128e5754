"""Errors as a client sees them: one text and a code, without paths of this machine, without a traceback."""

from __future__ import annotations

import re

from nodetool_jupyter.bridge.messages import Failure
from nodetool_jupyter.errors import (
    BadFrame,
    Conflict,
    EngineUnavailable,
    FrameTooLarge,
    GpuUnavailable,
    ImageMissing,
    InvalidGraph,
    InvalidRequest,
    Issue,
    JobNotFound,
    NodeCancelled,
    NodeTimeout,
    NotOwner,
    NotStorable,
    Refused,
    SecretMissing,
    StorageError,
)
from nodetool_jupyter.worker.uploads import NoRoom

LONGEST = 1000  # characters of an error's text, as NodeTool has it
CANCELLED = "Node execution was cancelled"
_PATH = re.compile(r"(?<![\w/:.@])(?:[A-Za-z]:)?(?:[/\\][^\s/\\'\"`<>|:,;()\[\]]+){2,}")
_CODES: tuple[tuple[type[BaseException], str], ...] = (
    (JobNotFound, "not_found"),
    (NoRoom, "no_room"),
    (Conflict, "conflict"),
    (NotOwner, "conflict"),
    (StorageError, "unavailable"),
    (EngineUnavailable, "unavailable"),
    (GpuUnavailable, "unavailable"),
    (ImageMissing, "unavailable"),
    (FrameTooLarge, "too_large"),
    (BadFrame, "invalid_request"),
    (InvalidGraph, "invalid_fields"),
    (SecretMissing, "secret_missing"),
    (NodeCancelled, "cancelled"),
    (NodeTimeout, "timeout"),
    (NotStorable, "not_storable"),
    (InvalidRequest, "invalid_request"),
    (MemoryError, "out_of_memory"),
)


def shown(text: str) -> str:
    """Return a text with paths of this machine cut down to their last part."""
    text = _PATH.sub(lambda match: "…/" + re.split(r"[/\\]", match[0])[-1], text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def code_of(error: BaseException) -> str:
    """Return the code of an error of ours, or ``node_failed`` for a node's own."""
    if isinstance(error, Refused):
        return error.code
    return next((code for kind, code in _CODES if isinstance(error, kind)), "node_failed")


def failure(error: BaseException, code: str = "") -> Failure:
    """Return an error as an answer: what it says, else what it is called."""
    issues = error.issues if isinstance(error, InvalidGraph) else ()
    said = "; ".join(map(_issue, issues)) or str(error)
    later = (isinstance(error, NoRoom) and error.retry) or (isinstance(error, Refused) and error.after is not None)
    return Failure(
        error=shown(said) if said.strip() else type(error).__name__,
        code=code or code_of(error),
        retry=True if later else None,
    )


def _issue(issue: Issue) -> str:
    return f"{issue.property}: {issue.message}" if issue.property else issue.message


def cancelled() -> Failure:
    """Return the answer of a request that was cancelled."""
    return Failure(error=CANCELLED, code="cancelled")


def not_known(node_type: str, hint: str) -> Failure:
    """Return the answer to a node type that is not offered."""
    return Failure(error=f"Unknown node type: {node_type}" + (f"; {hint}" if hint else ""), code="unknown_node")


def unsupported(kind: str) -> Failure:
    """Return the answer to a message of the protocol that this worker has no use for."""
    return Failure(error=f"this worker does not offer {kind}", code="unsupported")


def busy(said: str, code: str = "busy") -> Failure:
    """Return the answer of a worker that takes no more just now; asking again later may help."""
    return Failure(error=said, code=code, retry=True)
