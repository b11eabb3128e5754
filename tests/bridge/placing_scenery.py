"""Workers of our own in processes of their own, known under names, and graphs whose nodes run there."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodetool_jupyter as nt
from nodetool_jupyter.bridge.connections import Command, Connection, Connections
from nodetool_jupyter.bridge.known_nodes import KnownNodes
from nodetool_jupyter.bridge.reconnect import connect
from nodetool_jupyter.events import Event
from nodetool_jupyter.jobs.manager import JobExecutionManager
from tests.conftest import ROOT

PATIENCE = 40.0
TOKEN = "canary-place-token-0123456789"
SECRET = "canary-place-secret-0123456789"


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which the nodes of ``placecheck`` are installed."""
    info = folder / "placecheck-1.0.dist-info"
    if not info.exists():
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: placecheck\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[nodetool_jupyter.nodes]\nplacecheck = tests.bridge.placecheck\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NODETOOL_", "AUTH_"))}
    path = os.pathsep.join((str(folder), str(ROOT)))
    return {**kept, "ENV": "test", "PYTHONPATH": path, "NODETOOL_WORKER_TOKEN": TOKEN}


class Worker:
    """A running worker of ours."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        command = [sys.executable, "-m", "nodetool_jupyter.worker", "--namespaces", "placecheck", "--port", str(port)]
        self.process = subprocess.Popen(
            command, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().rpartition(b"=")[2])
        self.url = f"ws://127.0.0.1:{self.port}"

    def end(self, number: int = signal.SIGKILL) -> None:
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE)


class Known:
    """The workers that this user knows; their nodes are remembered as connecting to them does."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.connections = Connections(lambda: data, lambda name: os.environ[name])

    def add(self, name: str, url: str, *, token: str | None = "PLACE_TOKEN", ask: bool = True) -> None:
        self.store(Connection(name=name, url=url, token=token, kind="nodetool_jupyter"), ask=ask)

    def add_resolved(self, name: str, address: Path) -> None:
        """Add a worker whose address stands in a file."""
        command = Command(command=("cat", str(address)))
        self.store(Connection(name=name, resolve=command, token="PLACE_TOKEN", kind="nodetool_jupyter"), ask=True)

    def store(self, connection: Connection, *, ask: bool) -> None:
        self.connections.add(connection)
        if ask:
            asyncio.run(self._ask(connection))

    async def _ask(self, connection: Connection) -> None:
        client = await connect(self.connections, connection)
        nodes = [node.model_dump(exclude_none=True) for node in client.nodes.values()]
        KnownNodes(lambda: self.data).save(connection.name, client.version, nodes)
        await client.close()

    def change(self, name: str, node_type: str, /, **said: Any) -> None:
        """Change what is remembered of a node type, as another version of its pack would say it."""
        known = KnownNodes(lambda: self.data).load(name)
        assert known is not None
        nodes = [{**node, **said} if node["node_type"] == node_type else dict(node) for node in known.nodes]
        KnownNodes(lambda: self.data).save(name, known.protocol_version, nodes)


class Runs:
    """Submits graphs to one strategy."""

    def __init__(self, manager: JobExecutionManager, strategy: str) -> None:
        self.manager = manager
        self.strategy = strategy

    def submit(self, graph: dict[str, Any], inputs: dict[str, Any] | None = None, **options: Any) -> nt.Job:
        return nt.submit(graph, inputs, strategy=self.strategy, **options)

    def run(self, graph: dict[str, Any], inputs: dict[str, Any] | None = None, **options: Any) -> Any:
        return self.submit(graph, inputs, **options).result(PATIENCE)

    def end(self, graph: dict[str, Any], **options: Any) -> nt.Job:
        """Run a graph to its end, however it ends."""
        job = self.submit(graph, **options)
        job.wait(PATIENCE)
        return job

    def until(self, job: nt.Job, found: Callable[[Any], bool]) -> Event:
        for event in self.manager.events(job.id, follow=True, timeout=PATIENCE):
            if found(event):
                return event
        raise AssertionError(f"job {job.id} ended without that: {job.status}, {job.error}")


def says(text: str) -> Callable[[Any], bool]:
    return lambda event: event.type == "log_update" and text in event.content


def of_type(job: nt.Job, kind: str) -> list[Any]:
    return [event for event in job.events() if event.type == kind]


def node(node_id: str, node_type: str, **data: Any) -> dict[str, Any]:
    return {"id": node_id, "type": node_type if "." in node_type else f"placecheck.{node_type}", "data": data}


def chain(*nodes: dict[str, Any], handles: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a graph of nodes in a row, from ``output`` into the named handles, and an output behind the last."""
    out = node("out", "nodetool.output.Output", name="out")
    row, into = [*nodes, out], [*handles, "value"]
    edges = [
        {"source": one["id"], "sourceHandle": "output", "target": next_["id"], "targetHandle": handle}
        for one, next_, handle in zip(row, row[1:], into, strict=False)
    ]
    return {"nodes": row, "edges": edges}


def slots(one: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a graph of one node whose slots are outputs of their own names."""
    outs = [node(f"out_{name}", "nodetool.output.Output", name=name) for name in names]
    edges = [
        {"source": one["id"], "sourceHandle": name, "target": f"out_{name}", "targetHandle": "value"} for name in names
    ]
    return {"nodes": [one, *outs], "edges": edges}
