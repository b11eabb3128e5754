"""Errors of the magics, mapped in one place: one line for a bad command, one screen for a failed job."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

from IPython.core.error import UsageError

from nodetool_jupyter.api import failure
from nodetool_jupyter.errors import (
    InvalidRequest,
    JobError,
    JobNotFound,
    NodetoolError,
    ReportedFailure,
    SecretMissing,
    StorageError,
)

HINT = "%debug looks into it; --traceback shows all"
TOLD = "--traceback shows all"  # the frames of another process are gone: no debugger gets there
_ONE_LINE = (InvalidRequest, JobNotFound, SecretMissing, StorageError)


class Mapped:
    """Shows what goes wrong inside on one screen; with ``whole``, as Python shows it.

    It is a class because :func:`contextlib.contextmanager` would give an error its old traceback back.
    """

    def __init__(self, shell: Any, *, whole: bool = False) -> None:
        self._shell = shell
        self._whole = whole

    def __enter__(self) -> None:
        """Begin; nothing is needed for that."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, Exception) or (self._whole and isinstance(error, NodetoolError)):
            return
        if isinstance(error, _ONE_LINE):
            raise UsageError(str(error)) from None
        if isinstance(error, JobError) and isinstance(error.__cause__, ReportedFailure):
            raise brief(self._shell, error, TOLD)
        if isinstance(error, JobError) and error.__cause__ is not None:
            # With the node's own frames at its end, %debug begins where the node failed.
            raise brief(self._shell, error, HINT, error.__cause__.__traceback__)
        if isinstance(error, NodetoolError):
            raise brief(self._shell, error)
        from_cell(self._shell, error)


def brief(shell: Any, error: BaseException, hint: str = "", trace: TracebackType | None = None) -> BaseException:
    """Make an error show itself on one screen, with ``trace`` for the debugger."""

    def lines() -> list[str]:
        shell.InteractiveTB.tb = trace or error.__traceback__
        return failure.screen(error, hint).splitlines()

    _rendered(error.with_traceback(trace), lines)
    return error


def from_cell(shell: Any, error: Exception) -> None:
    """Make an error in a cell's Python show only the cell's frames, not ours."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_globals.get("__name__", "").startswith("nodetool_jupyter."):
        trace = trace.tb_next
    if trace is not None:
        _rendered(error, lambda: shell.InteractiveTB.structured_traceback(type(error), error, trace))


def _rendered(error: Any, lines: Callable[[], list[str]]) -> None:
    error._render_traceback_ = lines
