"""GPUs that running containers have: a container goes on when its manager dies, and the manager's locks do not.

So the containers of this host's engine count as leases themselves, by their labels. Whoever looks has the locks of the
GPUs already: a container whose manager lives is waited for there, and is not counted twice.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from socket import socket

from nodetool_jupyter.errors import ExecutionLost
from nodetool_jupyter.execution.container.undo import make_or_undo
from nodetool_jupyter.execution.gpus import Gpu

_DEFAULT = "unix:///var/run/docker.sock"


@dataclass(frozen=True, slots=True)
class Holder:
    """A running container that has a GPU which a job waits for."""

    container: str
    name: str
    job_id: str
    gpu: Gpu

    def __str__(self) -> str:
        gpu = self.gpu
        return f"waits for GPU {gpu.index} ({gpu.name}), which container {self.name} (job {self.job_id}) holds"


def labels(gpus: Sequence[Gpu], *, share: bool) -> dict[str, str]:
    """Return the labels of a container that is given GPUs of this host; none for no GPU."""
    from nodetool_jupyter.execution.container.reaper import GPUS, SHARES

    return {GPUS: ",".join(gpu.uuid for gpu in gpus), SHARES: "yes" if share else "no"} if gpus else {}


def is_local(environ: Mapping[str, str]) -> bool:
    """Tell whether the engine that DOCKER_HOST names, or the usual one, is this host's."""
    return (environ.get("DOCKER_HOST") or _DEFAULT).startswith(("unix://", "http+unix://", "/"))


def can_ask(environ: Mapping[str, str]) -> bool:
    """Tell whether this host has an engine that this user may ask; only looks at its socket."""
    place = (environ.get("DOCKER_HOST") or _DEFAULT).removeprefix("http+").removeprefix("unix://")
    return is_local(environ) and os.access(place, os.R_OK | os.W_OK)


def find_holder(gpus: Sequence[Gpu], *, share: bool, job_id: str) -> Holder | None:
    """Return a running container of ours that keeps a job from using ``gpus``, if there is one; blocks.

    Two that share do not keep each other out, and a job's own earlier container does not keep it out. Raises
    :class:`EngineUnavailable`.
    """
    from nodetool_jupyter.execution.container.engine import ContainerEngine
    from nodetool_jupyter.execution.container.reaper import GPUS, JOB, OURS, RUNNER, SHARES

    with ContainerEngine.connect(os.environ) as engine:
        running = [one for one in engine.ours({OURS: RUNNER}) if one.running and one.labels.get(JOB) != job_id]
    for one in running:
        if share and one.labels.get(SHARES) == "yes":
            continue
        has = one.labels.get(GPUS, "").split(",")
        for gpu in gpus:
            if gpu.uuid in has:
                return Holder(one.id, one.name, one.labels.get(JOB, "?"), gpu)
    return None


async def wait_for(holder: Holder) -> None:
    """Wait until a container has ended, or its engine has gone; raises :class:`EngineUnavailable`."""
    try:
        stream = await make_or_undo(partial(_listen, holder.container), socket.close)
    except ExecutionLost:
        return
    with stream, suppress(OSError):
        stream.setblocking(False)
        await asyncio.get_running_loop().sock_recv(stream, 1)


def _listen(container: str) -> socket:
    from nodetool_jupyter.execution.container.engine import ContainerEngine

    with ContainerEngine.connect(os.environ) as engine:
        return engine.ending(container)
