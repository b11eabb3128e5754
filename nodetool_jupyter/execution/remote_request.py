"""What a worker is asked for in the place of a job here: the request as it goes there, and its own options."""

from __future__ import annotations

from nodetool_jupyter.errors import Unsupported
from nodetool_jupyter.execution.options import read_options
from nodetool_jupyter.request import (
    STRATEGY_OPTIONS,
    DockerOptions,
    RemoteOptions,
    RunJobRequest,
    SubprocessOptions,
)

_OURS = frozenset(RemoteOptions.model_fields) - frozenset(DockerOptions.model_fields)
_SENT = ("name", "workflow_id", "graph", "params", "gpus", "limits", "env", "secrets", "allow", "strict")


def remote_options(request: RunJobRequest) -> RemoteOptions:
    """Return the options of a request; raises :class:`InvalidRequest` for one that the strategy there does not have."""
    options = read_options(RemoteOptions, request)
    there = STRATEGY_OPTIONS[options.remote_strategy]
    for name in request.options:
        if name not in _OURS and name not in there.model_fields:
            belongs = "docker" if name not in SubprocessOptions.model_fields else "subprocess"
            raise Unsupported(
                f"option {name!r} cannot be honoured by the {options.remote_strategy} strategy on the worker; "
                f"it belongs to --remote-strategy {belongs}"
            )
    if request.node_workers:
        raise Unsupported("--node-worker cannot be honoured by the remote strategy: its worker runs every node itself")
    return options


def request_there(request: RunJobRequest, options: RemoteOptions, left: float | None) -> bytes:
    """Return the request as a worker is to have it, as JSON; ``left`` are the seconds that the job may still run.

    What stands in it is the same whenever it is made of the same. Attempts and queues are for the owner here to count;
    the worker keeps the times, because nobody may look for long.
    """
    there = request.model_copy(
        update={
            "strategy": options.remote_strategy,
            "options": {name: value for name, value in request.options.items() if name not in _OURS},
            "timeouts": request.timeouts.model_copy(update={"queue": None, "start": None, "run": left}),
        }
    )
    body = there.model_dump_json(include={*_SENT, "strategy", "options", "timeouts"}, exclude_none=True)
    return body.encode()
