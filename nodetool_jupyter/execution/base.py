"""The contract between a job's owner and whatever runs one attempt at it."""

from __future__ import annotations

import asyncio
import contextvars
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

from nodetool_jupyter.errors import InvalidRequest, SecretMissing, Unsupported, nearest
from nodetool_jupyter.events import Event
from nodetool_jupyter.execution.gpus import Gpu
from nodetool_jupyter.execution.leases import GpuLease
from nodetool_jupyter.redact import Redactor
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.values import ValueStore

OWN = 0  # the number of a line that its owner wrote into a channel
OUTSIDE = "outside"  # folder in the data folder where a strategy has a file of its name when it left things elsewhere


class ChannelLine(NamedTuple):
    """One line that a runner wrote: its own number ``n`` (1, 2, 3 …), its own time, and the event.

    A line of the owner's own, which is in no channel that could be read again, has the number :data:`OWN`. ``body`` are
    the event's bytes, where it was read from some that can be written into the log as they are.
    """

    n: int
    time: float
    event: Event
    body: bytes | None = None


def _no_secret(name: str) -> str:
    raise SecretMissing(f"the secret {name!r} cannot be had here")


@dataclass(slots=True)
class AttemptContext:
    """What an attempt is given besides the request.

    ``folder`` is the job's folder; ``secrets`` maps the request's names to their values, resolved just now;
    ``started`` is called with the attempt's ``params`` after its identity is known and *before* the request reaches
    it, and again where more is known of it later; it returns when the log knows them. ``tell`` writes a line of the
    owner's own into the job's log, from any thread. ``prepared`` is what :meth:`JobExecution.check` returned in this
    process, if it did. ``secret`` finds a secret that is not the job's, such as a worker's token, and may block.
    ``runtime`` is the folder for sockets, ``log_cap`` bounds a channel as it does a log; ``left`` are the seconds that
    the job may still run; ``owner`` is the pid and the start of the process whose end is to be the job's end, as
    ``on_owner_exit=cancel`` asks for; ``prints`` is the caller's context, so that prints of a threaded job appear under
    its cell.
    """

    job_id: str
    attempt: int
    folder: Path
    values: ValueStore
    started: Callable[[dict[str, Any]], None]
    tell: Callable[[str], None] = lambda text: None
    secrets: Mapping[str, str] = field(default_factory=dict)
    redactor: Redactor = field(default_factory=Redactor)
    prepared: object = None
    secret: Callable[[str], str] = _no_secret
    runtime: Path = Path("/nonexistent")
    log_cap: int = 64 * 1024 * 1024
    left: float | None = None
    owner: tuple[int, int] | None = None
    lease: GpuLease | None = None
    prints: contextvars.Context | None = None

    @property
    def gpus(self) -> Sequence[Gpu]:
        """The GPUs of its lease, in the order in which they were asked for."""
        return self.lease.gpus if self.lease is not None else ()


class JobExecution(ABC):
    """One attempt at one job, somewhere.

    The last line of a channel is the runner's claim: a ``job_update`` whose status is terminal. The owner makes it the
    job's end, or the next attempt, once :meth:`channel` has ended. A channel that ends without a claim was lost.
    """

    strategy: ClassVar[str]
    grace: float = 5.0
    """Seconds between asking an attempt to end and forcing it."""
    params: dict[str, Any]
    """All that :meth:`attach` needs: identity of a process, a container id, a worker, a task."""

    @classmethod
    def check(cls, request: RunJobRequest, earlier: Path | None = None) -> object:
        """Refuse what this strategy cannot do, before anything is written.

        ``earlier`` is the folder of the job that this one is to try again, which may know more than the request.
        What it returns is handed to :meth:`start` as ``context.prepared`` if that happens in the same process.
        Raises :class:`InvalidGraph`, :class:`InvalidRequest` or :class:`Unsupported`.
        """
        return None

    @classmethod
    def preview(cls, request: RunJobRequest) -> str:
        """Return what else can be said of a run before it is submitted, for ``--dry-run``; most need no more.

        Raises what :meth:`check` raises.
        """
        return ""

    @classmethod
    def local_gpus(cls, request: RunJobRequest) -> Sequence[Gpu]:
        """Return the GPUs of this host that an attempt needs a lease of; none for a strategy that runs elsewhere.

        Called in a thread before an attempt waits for them. Raises :class:`InvalidRequest`, :class:`GpuUnavailable` and
        :class:`EngineUnavailable` when it cannot have what it asks for.
        """
        return ()

    @classmethod
    def declared_secrets(cls, prepared: object) -> Sequence[str]:
        """Return the names of the secrets that the nodes of a checked request declare."""
        return ()

    @classmethod  # noqa: B027  # most need no more than the request
    def keep(cls, prepared: object, folder: Path, secrets: Mapping[str, str]) -> None:
        """Store in a new job's folder what a later owner needs, besides the request, to start its attempts.

        Raises :class:`InvalidRequest` rather than store the value of one of ``secrets``.
        """

    @classmethod
    @abstractmethod
    async def start(cls, request: RunJobRequest, context: AttemptContext) -> Self:
        """Start an attempt; it runs when this returns."""

    @classmethod
    async def attach(cls, params: dict[str, Any], after_n: int, context: AttemptContext) -> Self:
        """Go on with an attempt that another owner started, from channel line ``after_n`` on.

        Raises :class:`ExecutionLost` when it cannot be found.
        """
        from nodetool_jupyter.errors import ExecutionLost

        raise ExecutionLost(f"a {cls.strategy} attempt ends with the process that started it")

    @abstractmethod
    def channel(self) -> AsyncIterator[list[ChannelLine]]:
        """Yield the runner's lines in order, as many at a time as there are; end when the runner's end is proved."""

    @abstractmethod
    async def cancel(self, grace: float) -> None:
        """Ask the runner to stop, wait ``grace`` seconds, then force it: the whole tree."""

    @abstractmethod
    async def push_input(self, name: str, value: Any, *, end: bool = False) -> None:
        """Send one more value into a streaming input, or with ``end`` say that no more will come.

        Raises :class:`InvalidRequest` when there is no open input of that name.
        """

    @abstractmethod
    async def close(self) -> None:
        """Leave nothing running; may be called twice."""

    async def leave(self) -> None:
        """Let go of an attempt that another owner goes on with; one that cannot go on is closed."""
        await self.close()

    def forget(self) -> None:  # noqa: B027  # most leave nothing behind
        """Remove what the attempt left besides its values; called when its end is in the log."""

    @classmethod  # noqa: B027  # most leave nothing behind
    def sweep(cls, folder: Path, runtime: Path) -> None:
        """Remove what all attempts at the job in ``folder`` left besides their values, after an owner that could not.

        Called when the last one's end is in the log.
        """

    @classmethod  # noqa: B027  # most leave nothing where no owner would look
    def tidy(cls, data: Path, has_ended: Callable[[str], bool | None]) -> None:
        """Remove what attempts at jobs of the data folder left elsewhere, and nobody comes for any more; may block.

        Called in a thread soon after a manager has begun, of strategies that have a file of their name in the data
        folder's :data:`OUTSIDE`. ``has_ended`` tells of a job by its id; ``None`` when it is not there any more.
        """

    @classmethod  # noqa: B027  # most keep nothing
    def shut_down(cls, loop: asyncio.AbstractEventLoop) -> None:
        """Let go of what the strategy keeps ready on a loop; called when its manager ends."""

    @property
    def keeps_time(self) -> bool:
        """Whether the runner itself ends a job that says nothing for too long; what it says may come late here then."""
        return False

    @property
    def winding_down(self) -> bool:
        """Whether something of a cancelled attempt still runs; its slot stays taken until it has ended."""
        return False

    async def wound_down(self) -> None:  # noqa: B027  # most strategies leave nothing behind
        """Wait until nothing of the attempt runs any more."""

    @property
    def exception(self) -> BaseException | None:
        """The exception that ended the attempt, where it happened in this process."""
        return None


BUILT_IN: dict[str, str] = {
    "threaded": "nodetool_jupyter.execution.threaded:ThreadedJobExecution",
    "subprocess": "nodetool_jupyter.execution.subprocess:SubprocessJobExecution",
    "docker": "nodetool_jupyter.execution.docker:DockerJobExecution",
    "remote": "nodetool_jupyter.execution.remote:RemoteJobExecution",
}
PLANNED = ("cluster",)


def strategies() -> list[str]:
    """Return the names of the strategies that can be used here."""
    from importlib.metadata import entry_points

    return sorted({*BUILT_IN, *(point.name for point in entry_points(group="nodetool_jupyter.strategies"))})


def find_strategy(name: str) -> type[JobExecution]:
    """Return the class of a strategy, built in or from an installed package.

    Raises :class:`InvalidRequest` for an unknown name, :class:`Unsupported` for one that is not there yet.
    """
    from importlib import import_module
    from importlib.metadata import entry_points

    target = BUILT_IN.get(name)
    if target is not None:
        module, _, attribute = target.partition(":")
        found: type[JobExecution] = getattr(import_module(module), attribute)
        return found
    for point in entry_points(group="nodetool_jupyter.strategies"):
        if point.name == name:
            loaded: type[JobExecution] = point.load()
            return loaded
    if name in PLANNED:
        raise Unsupported(f"the {name} strategy is not part of this version; here: {', '.join(strategies())}")
    raise InvalidRequest(f"there is no strategy {name!r}; {nearest(name, strategies())}")
