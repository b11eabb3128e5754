"""A job on its way to a worker: what it lacks is sent, then the request, under a key that makes it one job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from nodetool_jupyter.bridge.jobs import VALUES_MISSING, WorkerJobs
from nodetool_jupyter.errors import InvalidGraph, InvalidRequest, Issue, NodetoolError, SecretMissing, WorkerFault
from nodetool_jupyter.execution.base import AttemptContext
from nodetool_jupyter.execution.remote_link import Patience, is_away
from nodetool_jupyter.execution.remote_request import remote_options, request_there
from nodetool_jupyter.execution.remote_values import Given
from nodetool_jupyter.execution.subprocess import DEFINITIONS
from nodetool_jupyter.request import RunJobRequest

_TIMES = 5  # that a worker may say that it lacks what it was just sent
_REFUSALS = frozenset(("invalid_request", "forbidden", "conflict", "no_room", "unsupported", "too_large"))


@dataclass(frozen=True, slots=True)
class Sending:
    """All that a worker is to have of one attempt; the same attempt always makes the same."""

    KEY_HOLDS: ClassVar[float] = 23 * 3600.0
    """Seconds that a worker surely remembers a key."""

    request: bytes
    key: str
    given: Given
    secrets: Mapping[str, str]
    code: bytes | None

    @classmethod
    def of(cls, request: RunJobRequest, context: AttemptContext, left: float | None) -> Sending:
        """Make it, and read through the files that the job starts from; blocks.

        Raises :class:`InvalidRequest` for a value that cannot be sent, :class:`StorageError` for one that cannot be
        read.
        """
        definitions = Path(context.folder, DEFINITIONS)
        return cls(
            request_there(request, remote_options(request), left),
            f"{context.job_id}.{context.attempt}",
            Given.of(context.values, [request.params, request.graph]),
            dict(context.secrets),
            definitions.read_bytes() if definitions.exists() else None,
        )

    async def submit(self, patience: Patience) -> str:
        """Submit the job and return its id there; waits while the worker is away.

        Raises :class:`InvalidGraph`, :class:`InvalidRequest` and :class:`SecretMissing` as the worker does,
        :class:`WorkerLost` when it is away for too long.
        """
        try:
            return await patience.ask(lambda jobs: self._submit(jobs, patience))
        except WorkerFault as fault:
            raise _as_ours(fault) from None

    async def _submit(self, jobs: WorkerJobs, patience: Patience) -> str:
        for _ in range(_TIMES):
            await self.given.bring(jobs, patience.back)
            try:
                return await jobs.submit(
                    self.request, key=self.key, secrets=self.secrets, values=self.given.digests, code=self.code
                )
            except WorkerFault as fault:
                if fault.code != VALUES_MISSING:
                    raise
        raise InvalidRequest("the worker does not keep the values that it is sent")


def _as_ours(fault: WorkerFault) -> NodetoolError:
    """Return what a worker refused as the error that a strategy here would raise."""
    if fault.code == "invalid_graph":
        return InvalidGraph([Issue(str(fault))])
    if fault.code == "secret_missing":
        return SecretMissing(str(fault))
    if fault.code in _REFUSALS or is_away(fault):
        return InvalidRequest(str(fault))
    return fault
