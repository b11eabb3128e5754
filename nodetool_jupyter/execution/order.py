"""What a runner reads on its stdin: one attempt at one job, with everything it needs to know."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, fields
from typing import Any, Self

from nodetool_jupyter.errors import InvalidRequest
from nodetool_jupyter.redact import Redactor
from nodetool_jupyter.request import ResourceLimits, RunJobRequest, SubprocessOptions, Timeouts

ORDER_BEGINS = b'{"type":"attempt",'
COPY = "channel.jsonl"  # in a container's folder: what it writes to stdout, kept where no engine can lose it


@dataclass(slots=True)
class Order:
    """One attempt: the request, and where its runner reads and writes.

    ``folder`` is the job's folder, ``given`` one with values that are only read, as a container's job has; ``channel``
    is the file that the channel is written to, else it is stdout; ``socket``
    is where the guard answers, ``bell`` where it rings when the channel has grown. ``environ`` takes the place of the
    whole environment, ``path`` of ``sys.path``. ``options`` are
    the request's own, read by the owner; ``left`` are the seconds that may still be run; ``owner`` is the pid
    and the start of the process whose end is the job's end too. ``placed`` are the types that run on workers, by the
    worker's name, ``ways`` how each is reached. Secrets are in here and in no file.
    """

    request: RunJobRequest
    attempt: int = 1
    folder: str = ""
    given: str | None = None
    channel: str | None = None
    socket: str | None = None
    bell: str | None = None
    cap: int = 64 * 1024 * 1024
    secrets: dict[str, str] = field(default_factory=dict)
    placed: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ways: dict[str, dict[str, Any]] = field(default_factory=dict)
    environ: dict[str, str] | None = None
    path: list[str] | None = None
    definitions: str | None = None
    gpus: list[int] = field(default_factory=list)
    options: dict[str, Any] | None = None
    left: float | None = None
    owner: tuple[int, int] | None = None

    def __repr__(self) -> str:
        return f"Order({self.job_id!r}, attempt={self.attempt})"  # never the secrets

    @property
    def job_id(self) -> str:
        """The job's id; a request that came without one gets a name that is its process's."""
        return self.request.job_id or f"run-{os.getpid()}"

    @property
    def redactor(self) -> Redactor:
        """What masks the job's secrets, and those of its workers."""
        ways = [value for way in self.ways.values() for value in way["secrets"].values()]
        return Redactor([*self.secrets.values(), *ways])

    @property
    def known(self) -> SubprocessOptions:
        """The request's options."""
        if self.options is None:
            return SubprocessOptions.model_validate(self.request.options)
        return SubprocessOptions.model_construct(**self.options)

    @property
    def copy(self) -> str | None:
        """The file of a second copy of the channel, where stdout is all that an owner has: in a container."""
        return f"{self.folder}/{COPY}" if self.given is not None and self.channel is None else None

    @property
    def grace(self) -> float:
        """Seconds that a cancelled job gets to save."""
        return self.known.grace

    def dump(self) -> bytes:
        """Write it as JSON."""
        body = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "request"}
        request = self.request.model_dump_json(exclude_none=True)
        return ORDER_BEGINS + f'"request":{request},"rest":{json.dumps(body)}}}'.encode()

    @classmethod
    def read(cls, text: bytes) -> Self:
        """Read what :meth:`dump` wrote; raises :class:`InvalidRequest` for anything else."""
        try:
            data = json.loads(text)
            rest: dict[str, Any] = data["rest"]
            owner = rest.pop("owner")
            return cls(_constructed(data["request"]), owner=None if owner is None else (owner[0], owner[1]), **rest)
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidRequest(f"what stands on stdin is no attempt of a job: {error}") from None


def _constructed(data: dict[str, Any]) -> RunJobRequest:
    """Return a request as its owner wrote it, who has validated it: to do so again would double a runner's start."""
    data["limits"] = ResourceLimits.model_construct(**data.get("limits", {}))
    data["timeouts"] = Timeouts.model_construct(**data.get("timeouts", {}))
    return RunJobRequest.model_construct(**data)


def cage_name(job_id: str, attempt: int, guard: int) -> str:
    """Return the name of the control group of an attempt, by which an adopter finds what a dead guard left in it."""
    return f"nodetool-{job_id}-{attempt}-{guard}"
