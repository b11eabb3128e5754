"""What a job's folder says about the job: its record, its state, its result, read without its owner."""

from __future__ import annotations

import os
from pathlib import Path

from nodetool_jupyter.errors import JobCancelled, JobError, ReportedFailure
from nodetool_jupyter.eventlog.lines import lines_backwards, read_head
from nodetool_jupyter.eventlog.reader import LogReader
from nodetool_jupyter.events import JobUpdate, parse
from nodetool_jupyter.fold import JobState, telling
from nodetool_jupyter.jobs.folder import JobFolder
from nodetool_jupyter.jobs.records import JobRecord, workflow_name
from nodetool_jupyter.states import Status, read_status


def fold_log(folder: JobFolder) -> JobState:
    """Return the state of a job after all that its log holds."""
    state = JobState(job_id=folder.id)
    with LogReader(folder.log) as reader:
        try:
            while lines := reader.read():
                for line in telling(lines):
                    state.apply(parse(line))
        except FileNotFoundError:
            return state
    return state


def record_of(folder: JobFolder) -> JobRecord | None:
    """Return the row of a job, made anew from its folder; ``None`` when no job was stored there."""
    if not os.path.exists(folder.request):  # noqa: PTH110
        return None
    request = folder.read_request()
    state = fold_log(folder)
    if request is None and not state.seq:
        return None  # half a request, and nothing begun
    _, owner = folder.owner()
    submitted = state.submitted
    if submitted is None:
        submitted = Path(folder.request).stat().st_mtime
    return JobRecord(
        folder.id,
        state.status,
        request.name if request else None,
        request.strategy if request else "unknown",
        state.reason if state.status is not Status.COMPLETED else None,
        state.error if state.status is Status.ERROR else None,
        submitted,
        state.started,
        state.ended,
        str(owner) if owner else None,
        workflow_name(request) if request else None,
        request.user_id if request else "",
        request.retry_of if request else None,
        state.queue_position,
        request.notebook if request else None,
    )


def read_end(folder: JobFolder) -> JobUpdate | None:
    """Return the terminal event of a job; ``None`` when its log has none."""
    try:
        for line in lines_backwards(folder.log):
            if read_head(line).type != "job_update":
                return None
            event = parse(line)
            assert isinstance(event, JobUpdate)
            return event if read_status(event.status).terminal else None
    except (FileNotFoundError, ValueError):
        return None
    return None


def outputs(
    folder: JobFolder, event: JobUpdate, cause: BaseException | None = None, *, pickles: bool = True
) -> dict[str, object]:
    """Return the decoded outputs of a job that ended so; without ``pickles`` one that needs such is refused.

    Raises :class:`JobCancelled`, or :class:`JobError` chained to ``cause``, else to what the log tells of it.
    """
    status = read_status(event.status)
    if status is Status.COMPLETED:
        values = folder.values(pickles=pickles)
        return {name: values.decode(value) for name, value in (event.result or {}).items()}
    if status is Status.CANCELLED:
        raise JobCancelled(
            f"job {folder.id} was cancelled" + (f": {event.message}" if event.message else ""), job_id=folder.id
        )
    node_id, node_name = event.node_id or "", ""
    if node_id:
        node = fold_log(folder).nodes.get(node_id)
        node_name = node.name if node else ""
    reason = event.reason or "internal"
    message = event.error or f"job {folder.id} ended as error ({reason})"
    if cause is None and event.traceback:
        cause = ReportedFailure(message, event.traceback)
    raise JobError(
        message,
        job_id=folder.id,
        reason=reason,
        node_id=node_id,
        node_name=node_name,
    ) from cause
