"""Everything this package raises on purpose.

::

    NodetoolError
    ├── InvalidGraph (ValueError)       a workflow that cannot run; .issues names every fault at once
    ├── InvalidRequest (ValueError)     an option, input or setting that cannot be
    ├── Unsupported (InvalidRequest)    an option that this strategy or platform cannot honour
    ├── Conflict (InvalidRequest)       what is asked for contradicts what was asked for before
    ├── JobNotFound (LookupError)       no job of that id, or more than one begins with it
    ├── JobError                        a job ended as ``error``; .reason .node_id .node_name
    ├── ReportedFailure                 what a node of another process raised, as that process told of it
    ├── JobCancelled                    a job ended as ``cancelled``
    ├── NotOwner                        another process owns the job
    ├── EngineUnavailable               what a strategy runs on cannot be reached or started
    ├── ImageMissing                    an image is not there, and cannot be had
    ├── GpuUnavailable                  what a strategy runs on cannot give GPUs
    ├── ExecutionLost                   an attempt cannot be attached to any more
    │   └── NeverRan                    and nothing of it has run
    ├── SecretMissing                   a secret's name cannot be resolved
    ├── NotStorable (TypeError)         a value has no form that may be stored
    ├── BridgeError                     a worker, or the way to it, is not as it should be
    │   ├── WorkerUnreachable           no connection can be made
    │   ├── WorkerRefused               the worker turned the token or our version away
    │   ├── WorkerLost                  the connection dropped with work in flight
    │   ├── WorkerFault                 the worker answered with an error; .code .traceback
    │   ├── TransferFailed              a value cannot go by a URL of the worker's bucket
    │   └── BadFrame                    a peer sent what is no frame of the protocol; .request_id
    │       └── FrameTooLarge           a frame has more bytes than it may
    ├── WorkerNotFound (LookupError)    no connection of that name
    ├── ServerNotFound (LookupError)    no Jupyter server of this user's can be found
    ├── Refused                         whoever asks is not known here, or may not; .code .status
    ├── NodeTimeout (TimeoutError)      a node took longer than it may
    ├── NodeCancelled                   raised inside a node when its run was cancelled
    └── StorageError (OSError)          the data folder cannot be used as it should

A wait that takes too long raises the built-in ``TimeoutError``: the waiting ended, the job did not.
"""

# ruff: noqa: N818  # names that say what is the matter, not that it is an error
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class NodetoolError(Exception):
    """The root of every error this package raises on purpose."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault of a graph: where it is, and what to do about it.

    ``severity`` is ``"error"`` or ``"warning"``; a warning does not keep the graph from running.
    """

    message: str
    node_id: str = ""
    node_type: str = ""
    property: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        where = f"node {self.node_id!r}" if self.node_id else ""
        if where and self.node_type:
            where += f" ({self.node_type})"
        if self.property:
            where += f", {self.property}" if where else self.property
        return f"{where}: {self.message}" if where else self.message


class InvalidGraph(NodetoolError, ValueError):
    """A workflow that cannot run; ``issues`` holds every fault that was found, not only the first."""

    SHOWN = 12

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = list(issues)
        shown = "".join(f"\n  - {issue}" for issue in self.issues[: self.SHOWN])
        rest = len(self.issues) - self.SHOWN
        more = f"\n  … and {rest} more" if rest > 0 else ""
        faults = "1 fault" if len(self.issues) == 1 else f"{len(self.issues)} faults"
        super().__init__(f"The workflow cannot run, {faults}:{shown}{more}")


class InvalidRequest(NodetoolError, ValueError):
    """An option, input or setting that cannot be; the message says which, and the nearest valid choice."""


class Unsupported(InvalidRequest):
    """An option that the strategy, or this platform, cannot honour."""


class Conflict(InvalidRequest):
    """What is asked for contradicts what was asked for before, such as another request under the same key."""


class JobNotFound(NodetoolError, LookupError):
    """There is no job of that id, or more than one begins with it."""


class JobError(NodetoolError):
    """A job ended as ``error``.

    ``reason`` is one of :class:`~nodetool_jupyter.states.Reason`; ``node_id`` and ``node_name`` tell the node that
    failed, if one did. ``__cause__`` is the node's own exception, or for a job of another process what that process
    told of it, a :class:`ReportedFailure`.
    """

    def __init__(
        self, message: str, *, job_id: str = "", reason: str = "internal", node_id: str = "", node_name: str = ""
    ) -> None:
        super().__init__(message)
        self.job_id = job_id
        self.reason = reason
        self.node_id = node_id
        self.node_name = node_name


class ReportedFailure(NodetoolError):
    """What a node of another process raised, as that process told of it.

    Its text is the exception's class and message; ``traceback`` is the text of the traceback there, shown as a note.
    """

    def __init__(self, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.traceback = traceback
        self.add_note(traceback.rstrip("\n"))


class JobCancelled(NodetoolError):
    """A job ended as ``cancelled``."""

    def __init__(self, message: str, *, job_id: str = "") -> None:
        super().__init__(message)
        self.job_id = job_id


class NotOwner(NodetoolError):
    """Another process owns the job and alone may change it."""


class EngineUnavailable(NodetoolError):
    """What a strategy runs on cannot be reached or started."""


class ImageMissing(NodetoolError):
    """A container's image is not there, and cannot be had; the message has the command that brings it."""


class GpuUnavailable(NodetoolError):
    """What a strategy runs on cannot give GPUs."""


class ExecutionLost(NodetoolError):
    """What ran an attempt cannot be found any more."""


class NeverRan(ExecutionLost):
    """What was to run an attempt has ended before it had its whole request, so that nothing of it has run."""


class SecretMissing(NodetoolError):
    """A secret's name cannot be resolved from the environment, the secrets folder or an installed provider."""


class NotStorable(NodetoolError, TypeError):
    """A value has no form that may be stored."""


class BridgeError(NodetoolError):
    """A worker, or the way to it, is not as it should be."""


class WorkerUnreachable(BridgeError):
    """No connection to a worker can be made: its address, its process, or its certificate."""


class WorkerRefused(BridgeError):
    """A worker turned us away, or speaks a version that we do not."""


class WorkerLost(BridgeError):
    """The connection to a worker dropped while it had work of ours."""


class WorkerFault(BridgeError):
    """A worker answered a request with an error; ``code`` is its machine-readable kind where it gives one."""

    def __init__(self, message: str, *, code: str = "", traceback: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.traceback = traceback


class TransferFailed(BridgeError):
    """A value cannot go by a URL of a worker's bucket; it can go over the socket."""


class BadFrame(BridgeError):
    """A peer sent what is no frame of the protocol; ``request_id`` is whose it was, where that can be told."""

    def __init__(self, message: str, *, request_id: str | None = None) -> None:
        super().__init__(message)
        self.request_id = request_id


class FrameTooLarge(BadFrame):
    """A frame has more bytes than it may have."""


class WorkerNotFound(NodetoolError, LookupError):
    """There is no worker connection of that name."""


class ServerNotFound(NodetoolError, LookupError):
    """No Jupyter server of this user's can be found."""


class Refused(NodetoolError):
    """Whoever asks is not known here, or may not do this; the message never holds what they sent.

    ``code`` is for programs: ``no_credentials``, ``bad_credentials``, ``expired``, ``not_yet``, ``forbidden``,
    ``rate_limited``, ``unavailable``; ``status`` is that of HTTP, ``after`` the seconds to wait where that helps.
    """

    def __init__(self, code: str, message: str, *, status: int = 401, after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.after = after


class NodeTimeout(NodetoolError, TimeoutError):
    """A node took longer than its ``timeout``."""


class NodeCancelled(NodetoolError):
    """Raised inside a node when it waits or reports while its run was cancelled."""


class StorageError(NodetoolError, OSError):
    """The data folder cannot be used as it should be: wrong mode, wrong owner, full, or too new."""


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return the sentence that names the nearest valid choice, or the few there are, or nothing."""
    known = sorted(set(choices))
    import difflib

    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if not close:
        tail = word.rsplit(".", 1)[-1].lower()
        close = [name for name in known if tail and name.rsplit(".", 1)[-1].lower() == tail][:1]
    if close:
        return f"did you mean {close[0]!r}?"
    if 0 < len(known) <= 12:
        return f"valid: {', '.join(known)}"
    return ""
