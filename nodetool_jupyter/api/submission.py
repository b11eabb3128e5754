"""What may stand in a request that somebody sends to a server or a worker, and what whoever runs it lets through."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from nodetool_jupyter.errors import InvalidRequest, Refused, nearest
from nodetool_jupyter.request import RunJobRequest

EVERY = "*"
MOST = 20_000  # nodes and edges of a workflow; more take too long to look over
# Fields of a request that are the host's to fill: who asks, where it runs, which job it is.
OURS = frozenset({"job_id", "user_id", "retry_of", "interpreter", "cwd", "format"})
_NODETOOLS = frozenset({"execution_strategy", "resource_limits", "auth_token"})
FIELDS = frozenset(RunJobRequest.model_fields) - OURS | _NODETOOLS
# Variables that make a program load or run something else than it was written to.
_STEERING = re.compile(r"(LD|DYLD|PYTHON|GCONV|BASH|ENV|NODETOOL)(_\w*)?|PYTHON\w+|PATH|IFS|TMPDIR|HOME", re.I)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is let through: strategies, :data:`EVERY` for all, and permissions of nodes."""

    strategies: tuple[str, ...] = (EVERY,)
    permissions: tuple[str, ...] = ("shell", "python")

    def check(self, request: RunJobRequest) -> None:
        """Refuse a request that is sent here and may not be; raises :class:`Refused`, ``forbidden``."""
        if EVERY not in self.strategies and request.strategy not in self.strategies:
            raise forbidden(
                f"jobs that are sent here may not use the strategy {request.strategy!r}; {_these(self.strategies)}"
            )
        for name in request.allow:
            if name not in self.permissions:
                raise forbidden(f"jobs that are sent here cannot be allowed {name!r}; {_these(self.permissions)}")
        if "python" not in self.permissions:
            for variable in filter(_STEERING.fullmatch, request.env):
                raise forbidden(f"jobs that are sent here may not set {variable!r}, which steers how programs start")


def check_names(data: Mapping[str, Any]) -> None:
    """Refuse fields that a request does not have, or that are not for a client to say."""
    for name in data:
        if name in OURS:
            raise InvalidRequest(f"{name!r} is not for a client to say")
        if name not in FIELDS:
            raise InvalidRequest(f"there is no field {name[:60]!r}; {nearest(name, FIELDS)}".rstrip("; "))


def forbidden(message: str) -> Refused:
    """Return the refusal of what is understood, and not let through."""
    return Refused("forbidden", message, status=403)


def _these(choices: Collection[str]) -> str:
    return f"it lets through: {', '.join(choices)}" if choices else "it lets none through"
