"""What a node may ask of its run: ``ctx``."""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from nodetool_jupyter import redact, settings
from nodetool_jupyter.errors import InvalidRequest, NodeCancelled

if TYPE_CHECKING:
    from nodetool_jupyter.nodes.launcher import Launcher
    from nodetool_jupyter.nodes.placed import WorkerCalls


class Run(Protocol):
    """The side of a run that contexts talk to; the engine has the real one. All of it is thread-safe."""

    job_id: str
    device: str
    gpus: tuple[str, ...]
    env: Mapping[str, str]
    variables: dict[str, Any]
    launcher: Launcher | None
    workers: WorkerCalls | None

    def progress(self, node_id: str, done: float, total: float, message: str | None) -> None:
        """Report how far a node is."""

    def log(self, node_id: str, content: str, severity: str) -> None:
        """Write a line into the job's log."""

    def preview(self, node_id: str, value: object) -> None:
        """Show a value while the job runs."""

    def chunk(self, node_id: str, content: str, done: bool) -> None:
        """Send a piece of text."""

    def cancelled(self) -> bool:
        """Tell whether the run was cancelled."""

    def wait_cancelled(self, seconds: float) -> bool:
        """Wait until the run is cancelled, at most ``seconds``; tell whether it was."""

    def secret(self, name: str) -> str | None:
        """Return a secret of this run."""

    def scratch(self, node_id: str) -> Path:
        """Return a folder of the node's own that is removed when the job ends."""

    def events(self, node_id: str) -> AsyncIterator[Any]:
        """Return what is pushed to a node from outside."""

    def environ(self) -> dict[str, str]:
        """Return the environment for a process that a node starts."""

    def image(self, value: Any) -> Any:
        """Return the Python value of a media reference."""


class NodeContext:
    """A node's view of its run.

    A node function gets it by having a parameter named ``ctx``. Every method may be called from any thread.
    """

    __slots__ = ("_run", "_secrets", "_settings", "name", "node_id", "stopped")

    def __init__(
        self, run: Run, node_id: str, name: str = "", secrets: tuple[str, ...] = (), settings: tuple[str, ...] = ()
    ) -> None:
        self._run = run
        self.stopped = False
        self.node_id = node_id
        self.name = name
        self._secrets = secrets
        self._settings = settings

    @property
    def job_id(self) -> str:
        """The id of the job this node runs in."""
        return self._run.job_id

    @property
    def device(self) -> str:
        """The device to compute on: ``"cpu"``, ``"cuda:0"`` …, as ``--gpus`` said."""
        return self._run.device

    @property
    def gpus(self) -> tuple[str, ...]:
        """The GPUs this job may use."""
        return self._run.gpus

    @property
    def variables(self) -> dict[str, Any]:
        """Values that the nodes of this run share by name."""
        return self._run.variables

    @property
    def launcher(self) -> Launcher | None:
        """What starts programs in containers for this run; ``None`` for a run that cannot."""
        return self._run.launcher

    @property
    def workers(self) -> WorkerCalls | None:
        """What calls nodes on workers for this run; ``None`` for a run that cannot."""
        return self._run.workers

    def progress(self, done: float, total: float = 1.0, message: str | None = None) -> None:
        """Report that ``done`` of ``total`` units of work are done; call it as often as you like."""
        self._run.progress(self.node_id, float(done), float(total), message)

    def log(self, content: object, severity: str = "info") -> None:
        """Write a line into the job's log; ``severity`` is info, warning or error."""
        self._run.log(self.node_id, str(content), severity)

    def preview(self, value: object) -> None:
        """Show ``value`` while the job runs, in small."""
        self._run.preview(self.node_id, value)

    def chunk(self, content: str, *, done: bool = False) -> None:
        """Send a piece of text that grows, such as an answer being written."""
        self._run.chunk(self.node_id, content, done)

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the result any more: the job was cancelled, or this node took longer than its timeout.

        A long computation should look now and then, and return.
        """
        return self.stopped or self._run.cancelled()

    def raise_if_cancelled(self) -> None:
        """Raise :class:`NodeCancelled` when the job was cancelled."""
        if self.cancelled:
            raise NodeCancelled("the job was cancelled")

    def wait(self, seconds: float) -> None:
        """Wait ``seconds``, or raise :class:`NodeCancelled` as soon as the job is cancelled; for plain functions."""
        if self._run.wait_cancelled(seconds) or self.stopped:
            raise NodeCancelled("the job was cancelled")

    @property
    def scratch(self) -> Path:
        """A folder of this node's own; it is removed when the job ends."""
        return self._run.scratch(self.node_id)

    def secret(self, name: str) -> str:
        """Return a secret that this node declared, or that the job was submitted with.

        Raises :class:`InvalidRequest` when it is not there.
        """
        value = self._run.secret(name)
        if value is None:
            raise InvalidRequest(
                f"the job has no secret {name!r}: submit it with secrets=[{name!r}], or declare it on the node"
            )
        return value

    def setting(self, name: str, default: str = "") -> str:
        """Return a setting: the job's ``env``, else the environment, else the registered default, else ``default``."""
        return self._run.env.get(name) or settings.get(name) or default

    def events(self) -> AsyncIterator[Any]:
        """Return what is pushed to this node under its name, one by one, until it is ended; for trigger nodes."""
        return self._run.events(self.node_id)

    @property
    def environ(self) -> dict[str, str]:
        """The environment for a process that this node starts: this process's own and the job's ``env``, no secrets."""
        return self._run.environ()

    def load(self, reference: Any) -> Any:
        """Return the Python value of a media reference, such as the picture of an image reference."""
        return self._run.image(reference)


class TrialRun:
    """The run behind ``function.try_(…)``: reports go to lists that can be looked at, nothing else exists."""

    def __init__(self) -> None:
        self.job_id = "trial"
        self.device = "cpu"
        self.gpus: tuple[str, ...] = ()
        self.env: Mapping[str, str] = {}
        self.variables: dict[str, Any] = {}
        self.launcher: Launcher | None = None
        self.workers: WorkerCalls | None = None
        self.reports: list[tuple[str, Any]] = []
        self._folder: Path | None = None

    def progress(self, node_id: str, done: float, total: float, message: str | None) -> None:
        """Keep a report of progress."""
        self.reports.append(("progress", (done, total, message)))

    def log(self, node_id: str, content: str, severity: str) -> None:
        """Keep a log line."""
        self.reports.append(("log", (severity, content)))

    def preview(self, node_id: str, value: object) -> None:
        """Keep a preview."""
        self.reports.append(("preview", value))

    def chunk(self, node_id: str, content: str, done: bool) -> None:
        """Keep a piece of text."""
        self.reports.append(("chunk", content))

    def cancelled(self) -> bool:
        """Say no: a trial is never cancelled."""
        return False

    def wait_cancelled(self, seconds: float) -> bool:
        """Return at once: a trial does not wait."""
        return False

    def secret(self, name: str) -> str | None:
        """Return a secret from the environment."""
        return os.environ.get(name)

    def scratch(self, node_id: str) -> Path:
        """Return a temporary folder that goes with this object."""
        if self._folder is None:
            import tempfile

            self._folder = Path(tempfile.mkdtemp(prefix="nodetool-trial-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    async def events(self, node_id: str) -> AsyncIterator[Any]:
        """Return nothing: nobody pushes to a trial."""
        for nothing in list[Any]():
            yield nothing

    def environ(self) -> dict[str, str]:
        """Return this process's environment without what looks like a secret."""
        return redact.scrub_environ(os.environ)

    def image(self, value: Any) -> Any:
        """Return media as it is, or read from its inline bytes."""
        from nodetool_jupyter.values import ValueStore

        return ValueStore(self.scratch("")).decode(value)
