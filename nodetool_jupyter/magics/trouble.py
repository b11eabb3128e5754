"""Errors of the magics, mapped in one place: one line for a bad command, one screen for a failed job."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from IPython.core.error import UsageError

from nodetool_jupyter.api import failure
from nodetool_jupyter.errors import (
    InvalidGraph,
    InvalidRequest,
    JobCancelled,
    JobError,
    JobNotFound,
    NodetoolError,
    SecretMissing,
    StorageError,
)

HINT = "%debug looks into it; --traceback shows all"
_OURS = ("nodetool_jupyter.", "contextlib")
_ONE_LINE = (InvalidRequest, JobNotFound, SecretMissing, StorageError)


@contextlib.contextmanager
def mapped(shell: Any, *, whole: bool = False) -> Iterator[None]:
    """Show what goes wrong inside on one screen; with ``whole``, as Python shows it."""
    try:
        yield
    except _ONE_LINE as error:
        if whole:
            raise
        raise UsageError(str(error)) from None
    except JobError as error:
        if whole:
            raise
        cause = error.__cause__
        # With the node's own frames at its end, %debug begins where the node failed.
        trace = None if cause is None else cause.__traceback__
        raise brief(shell, error, HINT if trace else "--traceback shows all", trace) from cause
    except (InvalidGraph, JobCancelled) as error:
        if whole:
            raise
        raise brief(shell, error) from None
    except NodetoolError as error:
        raise error if whole else brief(shell, error) from None
    except Exception as error:
        raise from_cell(shell, error) from error.__cause__


def brief(shell: Any, error: BaseException, hint: str = "", trace: TracebackType | None = None) -> BaseException:
    """Make an error show itself on one screen, with ``trace`` for the debugger."""

    def lines() -> list[str]:
        shell.InteractiveTB.tb = trace or error.__traceback__
        return failure.screen(error, hint).splitlines()

    _rendered(error.with_traceback(trace), lines)
    return error


def from_cell(shell: Any, error: Exception) -> Exception:
    """Make an error in a cell's Python show only the cell's frames, not ours."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_globals.get("__name__", "").startswith(
        ("nodetool_jupyter", "contextlib")
    ):
        trace = trace.tb_next
    if trace is None:
        return error
    _rendered(error, lambda: shell.InteractiveTB.structured_traceback(type(error), error, trace))
    return error


def _rendered(error: Any, lines: Callable[[], list[str]]) -> None:
    error._render_traceback_ = lines
