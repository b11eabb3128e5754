"""What a view says of a job as a whole, before it is text or html."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nodetool_jupyter.fold import JobState
from nodetool_jupyter.states import Reason, Status
from nodetool_jupyter.widgets import wording
from nodetool_jupyter.widgets.roll import Roll

if TYPE_CHECKING:
    from nodetool_jupyter.graph import Graph


@dataclass(frozen=True, slots=True)
class Heading:
    """What the first lines of a view say; ``facts`` are short and ordered, ``trouble`` says what went wrong."""

    look: wording.Look
    name: str
    id: str
    facts: tuple[str, ...]
    trouble: str


def heading(state: JobState, roll: Roll, graph: Graph | None = None, name: str = "") -> Heading:
    """Return what is to be said of the job as a whole; ``roll`` are its nodes."""
    facts: list[str] = []
    if state.attempt > 1:
        facts.append(f"attempt {state.attempt}")
    if state.queue_position is not None:
        facts.append(wording.place(state.queue_position))
    elif state.status is Status.QUEUED and state.message:
        facts.append(wording.one_line(state.message))
    if state.cancel_requested and not state.status.terminal:
        facts.append(wording.CANCELLING)
    if len(roll):
        facts.append(f"{roll.done:,} of {wording.counted(len(roll), 'node')}")
    spent = wording.duration(elapsed(state, roll.now))
    if spent:
        facts.append(spent)
    memory = (state.resources or {}).get("memory")
    if isinstance(memory, (int, float)) and not state.status.terminal:
        facts.append(wording.size(memory))
    if state.winding_down:
        facts.append(wording.WINDING_DOWN)
    shown = wording.one_line(name or _graph_name(graph))
    return Heading(wording.look(state.status), shown, wording.one_line(state.job_id), tuple(facts), _trouble(state))


def elapsed(state: JobState, now: float | None = None) -> float | None:
    """Return seconds from the start of the run to its end, or to ``now``, by default its last event so far."""
    if state.started is None:
        return None
    until = state.ended if state.ended is not None else state.updated if now is None else now
    return None if until is None else max(0.0, until - state.started)


def outputs(state: JobState) -> dict[str, Any]:
    """Return the job's outputs: its result, or what has come so far."""
    return state.result if state.result is not None else state.outputs


def log_line(severity: str, content: str, limit: int = 500) -> str:
    """Return one line of a log; its severity stands before it when it is more than information."""
    said = wording.one_line(content)
    said = said if len(said) <= limit else said[: limit - 1] + "…"
    return said if severity in ("info", "debug", "") else f"{wording.one_line(severity)}: {said}"


def _trouble(state: JobState) -> str:
    """Say what went wrong: the reason, the node, and its own words; nothing for a job that runs or completed.

    A queued job may have trouble too: why it waits, or what ended its attempt before.
    """
    if state.status not in (Status.QUEUED, Status.ERROR, Status.CANCELLED):
        return ""
    why = "" if state.reason == Reason.CANCELLED_BY_USER else wording.reason(state.reason)
    node = state.nodes.get(state.failed_node or "")
    who = wording.one_line((node.name if node is not None else state.failed_node) or "")
    if who:
        why = f"node {who!r} failed" if state.reason in (None, Reason.NODE_FAILED) else f"{why}, at node {who!r}"
    said = wording.plain(state.error or "").strip()
    return f"{why}: {said}" if why and said else why or said


def _graph_name(graph: Graph | None) -> str:
    name = (graph.model_extra or {}).get("name") if graph is not None else None
    return name if isinstance(name, str) else ""
