"""The log of a job on a worker as it is followed here: over as many connections as it takes, each line checked."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from nodetool_jupyter import clock
from nodetool_jupyter import events as ev
from nodetool_jupyter.bridge.jobs import NOT_FOUND, Told
from nodetool_jupyter.errors import ExecutionLost, InvalidRequest, NodetoolError, SecretMissing, WorkerFault
from nodetool_jupyter.eventlog.reader import LogReader
from nodetool_jupyter.execution.base import OWN, AttemptContext, ChannelLine
from nodetool_jupyter.execution.container.claims import Claims, Subject
from nodetool_jupyter.execution.remote_link import GaveUp, Patience
from nodetool_jupyter.execution.remote_values import WHO
from nodetool_jupyter.graph import find_graph
from nodetool_jupyter.states import Reason, Status

_WAITS = frozenset((Status.QUEUED.value, Status.STARTING.value))


class RemoteLog:
    """Lines of a job's log on a worker behind number ``after``; the number there is the channel's."""

    def __init__(self, started: float, context: AttemptContext, patience: Patience, after: int) -> None:
        graph = find_graph(json.loads((context.folder / "request.json").read_bytes())["graph"])
        subject = Subject(
            job_id=context.job_id,
            attempt=context.attempt,
            nodes=frozenset(str(node.get("id")) for node in graph.get("nodes") or ()),
            started=started,
            redactor=context.redactor,
            who=WHO,
            owned=True,
        )
        self._claims = Claims(subject, after)
        self._patience = patience

    @property
    def ended(self) -> bool:
        """Whether the job's end has been told."""
        return self._claims.ended

    @property
    def flooded(self) -> bool:
        """Whether that end is ours, because the worker wrote too much: the job may still run there."""
        return self._claims.over

    async def lines(self, job_id: str) -> AsyncGenerator[list[ChannelLine], None]:
        """Yield checked lines until the job's end, which is the last.

        Raises :class:`GaveUp` when the worker is away for too long, :class:`WorkerFault` for what it refuses.
        """
        while True:
            try:
                jobs = await self._patience.jobs()
                if self._patience.away:
                    await jobs.get(job_id)  # for a follower hears nothing until there is something to say
                    self._patience.back()
                async with aclosing(jobs.lines(job_id, self._claims.n)) as said:
                    async for part in said:
                        if isinstance(part, Told):
                            return
                        lines = self._claims.take([line.encode() for line in part.lines])
                        if lines:
                            yield [_as_ours(line) for line in lines]
                            if ev.ends(lines[-1].event):
                                return
            except Exception as error:
                await self._patience.wait(error)


def _as_ours(line: ChannelLine) -> ChannelLine:
    """Return a line as it is to be told here: a job that waits or starts there has left the queue here."""
    event = line.event
    if not isinstance(event, ev.JobUpdate) or event.status not in _WAITS:
        return line
    message = f"on the worker: {event.message}" if event.message else None
    return ChannelLine(line.n, line.time, event.model_copy(update={"status": "starting", "message": message}))


def named_in(event: ev.Event, context: AttemptContext) -> list[Mapping[str, Any]]:
    """Return the references to files that an event names; they are fetched when the job has ended."""
    if not isinstance(event, (ev.OutputUpdate, ev.PreviewUpdate, ev.BinaryUpdate)):
        return []
    return [*context.values.references(event.value)]


def named_before(context: AttemptContext) -> list[Mapping[str, Any]]:
    """Return the references that this attempt's events have named to an owner before; reads the job's log."""
    found: list[Mapping[str, Any]] = []
    with LogReader(str(context.folder / "events.jsonl")) as reader:
        while lines := reader.read():
            for event in (ev.parse(line) for line in lines if b'"values/' in line):
                if event.attempt == context.attempt and event.source is not None:
                    found += named_in(event, context)
    return found


def own(event: ev.Event) -> ChannelLine:
    """Return a line of the owner's own."""
    return ChannelLine(OWN, clock.time(), event)


def is_gone(error: Exception) -> bool:
    """Tell whether a worker said that there is no such job."""
    return isinstance(error, WorkerFault) and error.code == NOT_FOUND


def end_of(error: NodetoolError, params: Mapping[str, Any]) -> ChannelLine:
    """Return the end of an attempt that its worker did not tell."""
    worker, job_id = params["worker"], params.get("job")
    if is_gone(error):
        reason, text = Reason.LOST, f"the worker {worker} has no job {job_id} any more"
    elif isinstance(error, ExecutionLost):
        reason, text = Reason.LOST, str(error)
    elif isinstance(error, GaveUp):
        there = f"; it may still run there, as {job_id}" if job_id else ""
        reason, text = Reason.WORKER_LOST, f"{error}{there}"
    elif isinstance(error, SecretMissing):
        reason, text = Reason.SECRET_MISSING, str(error)
    elif isinstance(error, InvalidRequest):
        reason, text = Reason.REJECTED, str(error)
    else:
        reason, text = Reason.WORKER_LOST, f"the worker {worker}: {error}"
    return own(ev.JobUpdate(status="error", reason=reason.value, error=text))
