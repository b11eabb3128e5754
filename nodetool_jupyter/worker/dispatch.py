"""What a worker answers at once: who it is, how it is, jobs and models. Nothing here runs a node."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from nodetool_jupyter.auth.identity import Identity
from nodetool_jupyter.auth.rates import Rates
from nodetool_jupyter.bridge.messages import PROTOCOL, Failure, Frame, JobEnded, JobStarted, Message
from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.worker.catalogue import Catalogue
from nodetool_jupyter.worker.desk import RunDesk
from nodetool_jupyter.worker.jobs import HostedJobs
from nodetool_jupyter.worker.kept_models import KeptModels
from nodetool_jupyter.worker.open_jobs import OpenJobs
from nodetool_jupyter.worker.options import WorkerOptions
from nodetool_jupyter.worker.replies import Anything, Described
from nodetool_jupyter.worker.wording import unsupported


class Core(Protocol):
    """The worker, as its connections see it."""

    options: WorkerOptions
    catalogue: Catalogue
    desk: RunDesk
    jobs: OpenJobs
    models: KeptModels
    hosted: HostedJobs
    rates: Rates
    draining: bool

    def status(self, transport: str) -> dict[str, Any]:
        """Return how the worker is."""

    def log_fault(self, error: BaseException) -> None:
        """Write an error of our own into the log."""


class Client(Protocol):
    """Whoever asked."""

    who: Identity

    @property
    def transport(self) -> str:
        """What its wire is called."""


Handler = Callable[[Core, Client, Frame], Awaitable[Message]]


async def answer(core: Core, client: Client, kind: object, frame: Frame) -> Message:
    """Return the one answer to a message that is no execute; a type nobody knows gets a failure that names it."""
    name = kind if isinstance(kind, str) else ""
    if name in _HANDLERS:
        return await _HANDLERS[name](core, client, frame)
    family, dot, _ = name.partition(".")
    if name in _NOT_HERE or (dot and family in _FAMILIES_NOT_HERE):
        return unsupported(name[:100])
    known = f"{family} " if dot and family in ("job", "models") else ""
    return Failure(error=f"Unknown {known}message type: {kind}"[:200], code="unknown_type")


async def _discover(core: Core, client: Client, frame: Frame) -> Message:
    known = core.catalogue
    return Described(body={"protocol_version": PROTOCOL, "nodes": known.nodes, "load_errors": known.load_errors})


async def _status(core: Core, client: Client, frame: Frame) -> Message:
    return Anything(body=core.status(client.transport))


async def _job_start(core: Core, client: Client, frame: Frame) -> Message:
    job_id = _job_id(frame)
    core.jobs.start(client.who.user, job_id)
    return JobStarted(job_id=job_id)


async def _job_end(core: Core, client: Client, frame: Frame) -> Message:
    job_id = _job_id(frame)
    released = core.jobs.end(client.who.user, job_id)
    return JobEnded(job_id=job_id, released_nodes=released or [], known=released is not None)


def _job_id(frame: Frame) -> str:
    job_id = frame.data.get("job_id")
    if not isinstance(job_id, str) or not job_id:
        raise InvalidRequest(f"{frame.type} requires a non-empty string job_id")
    return job_id


async def _providers(core: Core, client: Client, frame: Frame) -> Message:
    return Anything(body={"providers": []})


async def _models(core: Core, client: Client, frame: Frame) -> Message:
    return Anything(body={"models": await asyncio.to_thread(core.models.listed)})


async def _evict(core: Core, client: Client, frame: Frame) -> Message:
    """Free models: one by its name, those of a job's nodes, or all that nobody uses now."""
    name, job_id, nodes = (frame.data.get(key) for key in ("repo_id", "job_id", "node_ids"))
    if isinstance(job_id, str) and isinstance(nodes, list):
        known = [node for node in nodes if isinstance(node, str)]
        gone = await asyncio.to_thread(core.models.evict_of, job_id, known)
    else:
        gone = await asyncio.to_thread(core.models.evict, name if isinstance(name, str) else None)
    return Anything(body={"evicted": gone})


_HANDLERS: dict[str, Handler] = {
    "discover": _discover,
    "worker.status": _status,
    "job.start": _job_start,
    "job.end": _job_end,
    "provider.list": _providers,
    "models.list_cached": _models,
    "models.evict": _evict,
}
_FAMILIES_NOT_HERE = frozenset(("provider", "comfy", "blender"))
_NOT_HERE = frozenset(("models.download", "models.delete", "models.prepare"))
