"""A job as a user holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.api import failure, waiting
from nodetool_jupyter.api.workflow import Workflow
from nodetool_jupyter.errors import JobError
from nodetool_jupyter.events import Event
from nodetool_jupyter.fold import JobState, LogLine
from nodetool_jupyter.graph import Graph
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.jobs.records import JobRecord
from nodetool_jupyter.states import Status
from nodetool_jupyter.values import ValueStore
from nodetool_jupyter.widgets.outputs import Outputs

if TYPE_CHECKING:
    from nodetool_jupyter.api.watch import JobView


class Job:
    """One job: what it is doing, what it gave, and what can be done with it.

    Only its ``id`` is held here, so a job can be kept, copied and asked for again with ``nt.job(id)``. ``await job``
    waits for its outputs without blocking the kernel.
    """

    __slots__ = ("_workflow", "id")

    def __init__(self, job_id: str, workflow: Workflow | None = None) -> None:
        self.id = job_id
        self._workflow = workflow

    @property
    def record(self) -> JobRecord:
        """What the index knows about the job; raises :class:`JobNotFound` when it was removed."""
        return manager().get(self.id)

    @property
    def state(self) -> JobState:
        """The job as views show it, folded from all its events so far."""
        return manager().state(self.id)

    @property
    def status(self) -> Status:
        """``queued``, ``starting``, ``running``, ``completed``, ``error`` or ``cancelled``."""
        return self.record.status

    @property
    def reason(self) -> str | None:
        """Why it ended as it did: one of :class:`~nodetool_jupyter.states.Reason`."""
        return self.record.reason

    @property
    def error(self) -> str | None:
        """What went wrong, in one sentence."""
        return self.record.error

    @property
    def name(self) -> str | None:
        """What it was called."""
        return self.record.name

    @property
    def strategy(self) -> str:
        """Where it runs."""
        return self.record.strategy

    @property
    def progress(self) -> float:
        """How much of the graph is done, 0 … 1."""
        return self.state.progress

    @property
    def winding_down(self) -> bool:
        """Whether a node of the cancelled job still works in its thread; its slot stays taken until it has ended."""
        return manager().winding_down(self.id)

    @property
    def outputs(self) -> Outputs:
        """The outputs that have arrived so far, by name; of a stream, the last item."""
        state, values = self.state, self.values
        found = state.outputs if state.result is None else state.result
        return Outputs({name: values.decode(value) for name, value in found.items()})

    @property
    def log_path(self) -> Path:
        """The file that holds its events, one a line."""
        return self.values.folder.parent / "events.jsonl"

    @property
    def values(self) -> ValueStore:
        """The store that holds its large values."""
        return manager().values(self.id)

    def events(self, after: int = 0, follow: bool = False) -> Iterator[Event]:
        """Yield its events after number ``after``; with ``follow`` wait for those to come, until its end."""
        return manager().events(self.id, after=after, follow=follow)

    def aevents(self, after: int = 0) -> AsyncIterator[Event]:
        """Yield its events after number ``after`` and those to come, on any event loop."""
        return manager().aevents(self.id, after=after)

    def logs(self) -> list[LogLine]:
        """Return the lines that nodes, and the runner for them, wrote for people."""
        state = JobState()
        lines: list[LogLine] = []
        for event in self.events():
            if event.type in ("log_update", "notification"):
                state.apply(event)
                lines.append(state.log[-1])
        return lines

    def stream(self, name: str) -> list[object]:
        """Return every value that reached the output ``name`` so far."""
        return manager().stream(self.id, name)

    def result(self, timeout: float | None = None) -> Outputs:
        """Wait for the end and return the outputs by name.

        Raises :class:`JobError` chained from the node's own exception, :class:`JobCancelled`, or ``TimeoutError``
        when the waiting took longer than ``timeout`` seconds; the job itself goes on then. An interrupt cancels it.
        """
        waiting.wait(self.id, timeout)
        return self.ended_result()

    def ended_result(self) -> Outputs:
        """Return the outputs of a job that has ended, as :meth:`result` does."""
        try:
            return Outputs(manager().result(self.id))
        except JobError as error:
            failure.place(error, self.lines)
            raise

    def wait(self, timeout: float | None = None) -> Status:
        """Wait for the end and return the status; raises ``TimeoutError``. An interrupt cancels the job."""
        return waiting.wait(self.id, timeout).status

    def __await__(self) -> Generator[Any, None, Outputs]:
        yield from waiting.async_wait(self.id).__await__()
        return self.ended_result()

    def cancel(self) -> bool:
        """Ask the job to end as cancelled; ``False`` when it has ended already."""
        return manager().cancel(self.id)

    def retry(self) -> Job:
        """Submit the same request once more, as a new job."""
        return Job(manager().retry(self.id), self._workflow)

    def remove(self) -> None:
        """Remove the ended job with all its files; raises :class:`InvalidRequest` when it has not ended."""
        manager().remove(self.id)

    def push_input(self, name: str, value: object = None, *, end: bool = False) -> None:
        """Send one more value to a trigger, or into an input that was kept open (option ``open_input``).

        With ``end`` it is told that no more come.

        Raises :class:`InvalidRequest` when no input of that name is open, or the job does not run.
        """
        manager().push_input(self.id, name, value, end=end)

    def view(self) -> JobView:
        """Return its view, which is live while the job runs; it shows itself at the end of a cell."""
        from nodetool_jupyter.api.watch import JobView

        return JobView(self)

    @property
    def graph(self) -> Graph | None:
        """The graph it runs, if that is still known."""
        if self._workflow is not None:
            return self._workflow.graph
        from nodetool_jupyter.widgets.about import stored_graph

        return stored_graph(self.id)

    @property
    def lines(self) -> Mapping[str, str]:
        """Where each node was made, for a workflow written in Python in this process."""
        return self._workflow.lines if self._workflow is not None else {}

    def _ipython_display_(self) -> None:
        self.view().show()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Job) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        try:
            record = self.record
        except LookupError:
            return f"<Job {self.id}, removed>"
        return f"<Job {self.id} {record.status}{f', {record.name}' if record.name else ''}>"
