"""What the index knows about a job: one row, as a plain value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Status


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job in a list: a copy of what its folder says; times are seconds since the epoch.

    ``owner`` describes the process that owns it, or owned it at the end; ``queue_position`` is 1 for the next job to
    start and ``None`` for one that does not wait; ``notebook`` is the path of the notebook whose kernel submitted it,
    where its server told. ``ownership`` is what should be known about an unfinished job whose
    owner cannot be asked: ``owned on HOST``, or that nobody owns it; it is found anew each time, and never stored.
    """

    id: str
    status: Status
    name: str | None = None
    strategy: str = "threaded"
    reason: str | None = None
    error: str | None = None
    submitted: float | None = None
    started: float | None = None
    ended: float | None = None
    owner: str | None = None
    workflow: str | None = None
    user: str = ""
    retry_of: str | None = None
    queue_position: int | None = None
    notebook: str | None = None
    ownership: str | None = None

    def record(self) -> JobRecord:
        """Return the record itself, as a job that runs does."""
        return self


FIELDS: tuple[str, ...] = tuple(name for name in JobRecord.__dataclass_fields__ if name != "ownership")


def workflow_name(request: RunJobRequest) -> str | None:
    """Return what people call the request's workflow: its graph's name, else its id."""
    graph: dict[str, Any] = request.graph or {}
    name = graph.get("name")
    return name if isinstance(name, str) and name else request.workflow_id or None


def as_row(record: JobRecord) -> tuple[object, ...]:
    """Return the record as a row, in the order of :data:`FIELDS`."""
    return (
        record.id,
        record.status.value,
        record.name,
        record.strategy,
        record.reason,
        record.error,
        record.submitted,
        record.started,
        record.ended,
        record.owner,
        record.workflow,
        record.user,
        record.retry_of,
        record.queue_position,
        record.notebook,
    )


def told(record: JobRecord) -> dict[str, Any]:
    """Return the record as clients get it, over HTTP or a worker's socket; what is not known is left out.

    Of the owner the process is told, not its host; of the notebook nothing, because its path is this machine's.
    """
    found = dict(zip(FIELDS, as_row(record), strict=True))
    found["owner"] = record.owner.partition(" on ")[0] if record.owner else None
    found["notebook"] = None
    found["ownership"] = record.ownership and record.ownership.partition(" on ")[0]
    return {key: value for key, value in found.items() if value is not None}


def from_row(row: tuple[Any, ...]) -> JobRecord:
    """Read a record from a row that is in the order of :data:`FIELDS`."""
    return JobRecord(row[0], Status(row[1]), *row[2:])
