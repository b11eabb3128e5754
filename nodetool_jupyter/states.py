"""What state a job, an attempt or a node can be in, and why it ended."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """The state of a job; once it is terminal it never changes."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    ERROR = "error"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        """Whether a job in this state has ended."""
        return self in TERMINAL


TERMINAL = frozenset({Status.COMPLETED, Status.ERROR, Status.CANCELLED})

_LIVE = {
    # A retry goes back to the queue, so every live state may follow a later one.
    Status.QUEUED: {Status.STARTING, Status.RUNNING},
    Status.STARTING: {Status.QUEUED, Status.RUNNING},
    Status.RUNNING: {Status.QUEUED, Status.STARTING, Status.SUSPENDED},
    Status.SUSPENDED: {Status.QUEUED, Status.STARTING, Status.RUNNING},
}
MOVES: dict[Status, frozenset[Status]] = {
    status: frozenset(_LIVE[status] | TERMINAL) if status in _LIVE else frozenset() for status in Status
}

_WIRE_WORDS = {"failed": Status.ERROR, "scheduled": Status.QUEUED, "pending": Status.QUEUED, "paused": Status.SUSPENDED}


def read_status(word: str) -> Status:
    """Read a status as we or NodeTool write it; its newer ``failed`` is our ``error``.

    Raises ``ValueError`` for a word that nobody uses.
    """
    known = _WIRE_WORDS.get(word)
    return known if known is not None else Status(word)


class Reason(StrEnum):
    """Why a job ended other than ``completed``, or why it still waits; the list is closed."""

    NODE_FAILED = "node_failed"
    INVALID_GRAPH = "invalid_graph"
    REJECTED = "rejected"
    SECRET_MISSING = "secret_missing"  # noqa: S105  # a word, no secret
    RESULT_NOT_STORABLE = "result_not_storable"
    TIMEOUT_QUEUE = "timeout_queue"
    TIMEOUT_START = "timeout_start"
    TIMEOUT_RUN = "timeout_run"
    TIMEOUT_IDLE = "timeout_idle"
    OUT_OF_MEMORY = "out_of_memory"
    OUTPUT_LIMIT = "output_limit"
    KILLED = "killed"
    LOST = "lost"
    WORKER_LOST = "worker_lost"
    IMAGE_MISSING = "image_missing"
    ENGINE_UNAVAILABLE = "engine_unavailable"
    GPU_UNAVAILABLE = "gpu_unavailable"
    CANCELLED_BY_USER = "cancelled_by_user"
    INTERNAL = "internal"


class NodeStatus(StrEnum):
    """The state of one node in a run; NodeTool's words."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    ERROR = "error"
    CANCELLED = "cancelled"
