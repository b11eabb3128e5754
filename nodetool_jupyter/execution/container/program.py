"""Programs of nodes in containers of their own, for jobs that run on this machine.

Such a container is as closed as a job's: the default policy, no network, no folder of the host, no GPU, none of this
process's variables. Code and input come on stdin, which then stays open: when it ends, whoever wanted the program has
died, and it ends too. What is left then has our labels, and is removed with what other containers leave.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from nodetool_jupyter.errors import EngineUnavailable, NodetoolError
from nodetool_jupyter.execution.container.aside import aside
from nodetool_jupyter.execution.container.undo import make_or_undo
from nodetool_jupyter.nodes.launcher import Ended, Hear, Program

if TYPE_CHECKING:
    from nodetool_jupyter.execution.container.engine import ContainerEngine

STEP = 64 * 1024  # bytes read at a time
ENDING = 5.0  # seconds between the end of what a container says and its own
_SCRIPT = """
set -e
umask 077
cd /tmp
head -c "$1" > .all
[ "$(wc -c < .all)" -eq "$1" ]
head -c "$2" .all > .code
tail -c "+$(($2 + 1))" .all > .stdin
rm .all
shift 2
exec 3<&0
{ cat <&3; kill -KILL -1; } > /dev/null 2>&1 &
exec 3<&-
exec "$@" .code < .stdin
"""


class ContainerLauncher:
    """Starts the programs of one attempt at a job; made cheaply, and asks no engine before it launches.

    ``environ`` is what the programs find in their environment; whoever may ask the engine sees it. ``data`` is the
    data folder of the job, if somebody owns it.
    """

    def __init__(self, job_id: str, attempt: int, environ: Mapping[str, str], data: Path | None) -> None:
        self.job_id = job_id
        self._attempt = attempt
        self._environ = environ
        self._data = data

    async def launch(self, program: Program, hear: Hear) -> Ended:
        """Run a program to its end; see :class:`~nodetool_jupyter.nodes.launcher.Launcher`."""
        from nodetool_jupyter.execution.container.engine import ContainerEngine
        from nodetool_jupyter.execution.container.reaper import container_name

        if find_spec("docker") is None:  # as in the image of runners
            raise EngineUnavailable("the package docker is not installed here; pip install docker")
        code, stdin = program.code.encode("utf-8", "surrogateescape"), program.stdin.encode("utf-8", "surrogateescape")
        sizes = [str(len(code) + len(stdin)), str(len(code))]
        name = f"{container_name(self.job_id, self._attempt)}-{uuid4().hex[:12]}"
        engine = await make_or_undo(partial(ContainerEngine.connect, os.environ), ContainerEngine.close)
        try:
            begin = partial(self._begin, engine, program.image, [*sizes, *program.argv], name)
            stream = await make_or_undo(begin, partial(_undo, name))
            with stream:
                await _talk(stream, code + stdin, hear)
            state = await aside(engine.wait, name, ENDING)
            return Ended(state.exit_code, state.out_of_memory)
        finally:
            await asyncio.shield(aside(_clear, engine, name))

    def _begin(self, engine: ContainerEngine, image: str, argv: list[str], name: str) -> socket:
        """Make a container, attach to it and start it; blocks."""
        engine.create(self._body(engine, image, argv), name)
        stream = None
        try:
            stream = engine.attach(name, logs=False)
            engine.start(name)
        except BaseException:
            _undo(name, stream)
            raise
        return stream

    def _body(self, engine: ContainerEngine, image: str, argv: list[str]) -> dict[str, Any]:
        from nodetool_jupyter.execution.container.plan import choose_image
        from nodetool_jupyter.execution.container.sandbox import NOBODY, Container, profile

        policy = profile("default")
        ref = choose_image(image, policy)
        container = Container(
            image=engine.image(ref).id,  # which a graph may name, but not have fetched
            sandbox=policy,
            user=policy.user or NOBODY,
            labels=self._labels(),
            environ={"HOME": "/tmp", **self._environ},  # noqa: S108  # the container's own
        )
        body = container.body()
        body["HostConfig"]["LogConfig"] = {"Type": "none", "Config": {}}  # all it says is heard as it comes
        # With its stdin closed behind us, a container learns of our end.
        return {**body, "Entrypoint": ["sh", "-c", _SCRIPT, "sh"], "Cmd": argv, "StdinOnce": True}

    def _labels(self) -> dict[str, str]:
        from nodetool_jupyter.execution.container.reaper import ATTEMPT, JOB, OURS, RUNNER, Maker

        if self._data is None:
            return {OURS: RUNNER, JOB: self.job_id, ATTEMPT: str(self._attempt)}
        return Maker.here(self._data).labels_of(self.job_id, self._attempt)


async def _talk(stream: socket, given: bytes, hear: Hear) -> None:
    """Say what the container is given, and hear what it says, until it ends."""
    from nodetool_jupyter.execution.container.frames import Frames

    loop, frames = asyncio.get_running_loop(), Frames()
    stream.setblocking(False)
    sending = loop.create_task(_send(stream, given))
    try:
        with suppress(OSError):  # what became of the container is asked afterwards
            while data := await loop.sock_recv(stream, STEP):
                said = frames.feed(data)
                for which, text in (("stdout", said.out), ("stderr", said.err)):
                    if text:
                        hear(which, text)
    finally:
        sending.cancel()
        await asyncio.wait([sending])


async def _send(stream: socket, given: bytes) -> None:
    with suppress(OSError):  # it has ended without it
        await asyncio.get_running_loop().sock_sendall(stream, given)


def _undo(name: str, stream: socket | None) -> None:
    """Remove a container that could not be started, or that nobody wants any more by the time it has."""
    from nodetool_jupyter.execution.container.engine import ContainerEngine

    if stream is not None:
        stream.close()
    with suppress(NodetoolError), ContainerEngine.connect(os.environ) as engine:
        engine.remove(name)


def _clear(engine: ContainerEngine, name: str) -> None:
    with engine, suppress(NodetoolError):
        engine.remove(name)
