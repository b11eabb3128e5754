"""What a run does for nodes on workers: it reaches the workers before anything runs, and tells them how it ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from nodetool_jupyter.engine.outcome import Outcome, reason_of
from nodetool_jupyter.errors import NodetoolError, Unsupported
from nodetool_jupyter.nodes.placed import Placement
from nodetool_jupyter.states import Reason, Status

if TYPE_CHECKING:
    from nodetool_jupyter.engine.plan import Plan
    from nodetool_jupyter.engine.runner import WorkflowRunner

_ENDS = {Status.COMPLETED: "completed", Status.CANCELLED: "cancelled"}


def placements_of(plan: Plan) -> list[Placement]:
    """Return where the placed nodes of a plan are, in the graph's order."""
    return [step.kind.placement for step in plan.steps if step.kind.placement is not None]


async def reach(run: WorkflowRunner, stopped: asyncio.Future[None]) -> Outcome | None:
    """Connect to the workers of a run; returns how the run ends when that fails, and nothing when it is stopped."""
    placements = placements_of(run.plan)
    if not placements:
        return None
    workers = run.face.workers
    if workers is None:
        said = f"the graph has nodes on the worker {placements[0].worker!r}, which cannot be reached from this run"
        return _refused(Unsupported(said))
    reaching = asyncio.ensure_future(workers.open(placements))
    try:
        await asyncio.wait({reaching, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        reaching.cancel()
        await asyncio.wait({reaching})
    error = None if reaching.cancelled() else reaching.exception()
    if error is not None and not isinstance(error, NodetoolError):
        raise error
    return None if error is None else _refused(error)


def _refused(error: NodetoolError) -> Outcome:
    reason = reason_of(error)
    return Outcome(Status.ERROR, Reason.REJECTED if reason is Reason.NODE_FAILED else reason, str(error))


async def leave(run: WorkflowRunner, outcome: Outcome) -> None:
    """Tell the workers how the run ended, and leave them."""
    if run.face.workers is not None:
        await run.face.workers.close(_ENDS.get(outcome.status, "failed"))
