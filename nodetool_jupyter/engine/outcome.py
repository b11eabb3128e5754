"""How a run ended, and the part of a traceback that its author wants to see."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from nodetool_jupyter import events as ev
from nodetool_jupyter.errors import NotStorable, StorageError, WorkerLost, WorkerUnreachable
from nodetool_jupyter.nodes.cells import readable
from nodetool_jupyter.states import Reason, Status

ERROR_LENGTH = 1000  # characters of an error's text; NodeTool cuts there too
_HERE = str(Path(__file__).parent)


@dataclass(slots=True)
class Outcome:
    """What a run claims about its end; ``result`` maps output names to stored values."""

    status: Status
    reason: Reason | None = None
    error: str | None = None
    traceback: str | None = None
    node_id: str | None = None
    exception: BaseException | None = None
    result: dict[str, Any] = field(default_factory=dict)

    def claim(self, duration: float) -> ev.JobUpdate:
        """Return the last line of a run's channel."""
        done = self.status is Status.COMPLETED
        return ev.JobUpdate(
            status=self.status.value,
            reason=self.reason.value if self.reason else None,
            error=self.error,
            traceback=self.traceback,
            node_id=self.node_id,
            result=self.result if done else None,
            duration=round(duration, 6),
        )


def reason_of(error: BaseException) -> Reason:
    """Return the reason of a run that ends with a node's error."""
    if isinstance(error, (NotStorable, StorageError)):
        return Reason.RESULT_NOT_STORABLE
    if isinstance(error, (WorkerLost, WorkerUnreachable)):
        return Reason.WORKER_LOST
    # PyTorch's error of a full GPU is a RuntimeError, CuPy's and others are named alike: known by name, not imported.
    if isinstance(error, MemoryError) or any("OutOfMemory" in kind.__name__ for kind in type(error).__mro__):
        return Reason.OUT_OF_MEMORY
    # JAX tells it in the text alone.
    if type(error).__name__ in ("XlaRuntimeError", "JaxRuntimeError") and "RESOURCE_EXHAUSTED" in str(error):
        return Reason.OUT_OF_MEMORY
    return Reason.NODE_FAILED


def message_of(error: BaseException) -> str:
    """Return an error as one short text: its class and what it says."""
    said = str(error).strip()
    name = type(error).__name__
    text = f"{name}: {said}" if said else name
    return text if len(text) <= ERROR_LENGTH else text[: ERROR_LENGTH - 1] + "…"


def own_frames(error: BaseException) -> TracebackType | None:
    """Return the traceback from the first frame that is not the engine's."""
    found = error.__traceback__
    while found is not None and found.tb_frame.f_code.co_filename.startswith(_HERE):
        found = found.tb_next
    return found


def traceback_of(error: BaseException) -> str:
    """Return the traceback of an error as text, without the engine's own frames, notebook cells by name."""
    return readable("".join(traceback.format_exception(type(error), error, own_frames(error))))
