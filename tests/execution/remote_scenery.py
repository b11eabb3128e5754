"""A worker of ours in a process of its own, for tests of jobs that run on one."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, Self

from nodetool_jupyter.bridge.address import Address
from nodetool_jupyter.bridge.client import WorkerClient
from nodetool_jupyter.bridge.connections import Connections, make
from nodetool_jupyter.bridge.jobs import WorkerJobs
from nodetool_jupyter.bridge.websocket import WebSocketTransport

TOKEN = "contract-worker-token-3f9c"
SECRET = "CONTRACT_WORKER_TOKEN"  # the name that the token has among the secrets
NAME = "there"
PATIENCE = 30.0
STARTS = 60.0  # seconds that a worker may take to listen, on a machine that has other work
ALLOWED = ("--strategies", "subprocess,threaded", "--allow", "shell,python", "--allow-code", "all")


class WorkerProcess:
    """A worker that is no child of this process, so that what a test sees of its own children is its own.

    It cannot import what tests define, and has a data folder, a home and a token of its own.
    """

    def __init__(self, pid: int, port: int, folder: Path) -> None:
        self.pid = pid
        self.port = port
        self.folder = folder

    @classmethod
    def start(cls, folder: Path, *arguments: str, port: int = 0, variables: dict[str, str] | None = None) -> Self:
        folder.mkdir(mode=0o700, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("NODETOOL_", "AUTH_"))}
        environ = {
            **kept,
            "ENV": "test",
            "NODETOOL_HOME": str(folder / "home"),
            "NODETOOL_RUNTIME": str(folder / "run"),
            "NODETOOL_WORKER_TOKEN": TOKEN,
            **(variables or {}),
        }
        environ.pop(SECRET, None)
        command = [sys.executable, "-m", "nodetool_jupyter.worker", "--port", str(port), *(arguments or ALLOWED)]
        starting = subprocess.Popen(
            ["sh", "-c", '"$@" 2>"$0" & echo $!', str(folder / "stderr"), *command],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            env=environ,
            start_new_session=True,
        )
        assert starting.stdout is not None
        with starting.stdout as said:
            pid = int(_line(said.fileno()))
            starting.wait()
            return cls(pid, int(_line(said.fileno()).rpartition("=")[2]), folder)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def said(self) -> str:
        """Return what stands on its stderr."""
        return (self.folder / "stderr").read_text()

    def end(self, number: int = signal.SIGTERM) -> None:
        """End it by a signal, and wait until it has."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            os.kill(self.pid, number)
            assert select.select([descriptor], [], [], PATIENCE)[0], self.said()
        finally:
            os.close(descriptor)


def connect(data: Path, url: str, name: str = NAME) -> None:
    """Make a worker known in a data folder, as ``workers connect`` does."""
    data.mkdir(mode=0o700, exist_ok=True)
    Connections(lambda: data, str).add(make(name, url, token=SECRET, kind="nodetool_jupyter"))


def _line(descriptor: int) -> str:
    """Read one line, a byte at a time, because more may be for others."""
    found = b""
    while not found.endswith(b"\n"):
        assert select.select([descriptor], [], [], STARTS)[0], "the worker does not start"
        piece = os.read(descriptor, 1)
        assert piece, "the worker ended before it listened"
        found += piece
    return found.decode().strip()


def jobs_there(worker: WorkerProcess) -> list[dict[str, Any]]:
    """Return the jobs that a worker has."""

    async def ask() -> list[dict[str, Any]]:
        async with jobs_of(worker) as jobs:
            return (await jobs.list()).jobs

    return asyncio.run(ask())


@asynccontextmanager
async def jobs_of(worker: WorkerProcess) -> AsyncIterator[WorkerJobs]:
    """Connect to a worker, and give the jobs of its one user."""
    client = await WorkerClient.connect(lambda: WebSocketTransport.open(Address(worker.url, TOKEN)))
    try:
        yield WorkerJobs(client)
    finally:
        await client.close()


def end_there(worker: WorkerProcess, name: str) -> str:
    """Wait until a job that a worker has under a name has ended there, and return its state."""

    async def follow() -> str:
        async with jobs_of(worker) as jobs:
            (job,) = [one for one in (await jobs.list()).jobs if one.get("name") == name]
            async with asyncio.timeout(PATIENCE), aclosing(jobs.lines(job["id"])) as said:
                async for _ in said:
                    pass
            return str((await jobs.get(job["id"]))["status"])

    return asyncio.run(follow())
