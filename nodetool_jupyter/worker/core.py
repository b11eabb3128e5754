"""The worker itself: what all its connections share, how it is, and how it comes to an end."""

from __future__ import annotations

import asyncio
import logging
import os
from importlib.metadata import version
from typing import Any

from nodetool_jupyter import clock
from nodetool_jupyter.auth.identity import Identity
from nodetool_jupyter.auth.rates import Rates
from nodetool_jupyter.bridge.job_messages import ABOVE, BY_URL, JOBS
from nodetool_jupyter.bridge.messages import BLOB_VALUES, CHUNKED, CHUNKED_INPUT, PROTOCOL
from nodetool_jupyter.worker.catalogue import Catalogue
from nodetool_jupyter.worker.connection import BURST, RATE, Connection, Wire
from nodetool_jupyter.worker.desk import RunDesk
from nodetool_jupyter.worker.jobs import HostedJobs
from nodetool_jupyter.worker.kept_models import KeptModels
from nodetool_jupyter.worker.open_jobs import OpenJobs
from nodetool_jupyter.worker.options import WorkerOptions
from nodetool_jupyter.worker.requests import GRACE

log = logging.getLogger("nodetool_jupyter.worker")
CAPABILITIES = ("job", "models.list_cached", "models.evict", CHUNKED, CHUNKED_INPUT, "error.code", "queue")
KEEPING = (JOBS, BLOB_VALUES)  # of a worker that takes jobs
COMFY = {"enabled": False, "url": "http://127.0.0.1:8188"}  # NodeTool's client reads an address, ComfyUI's own


class Worker:
    """What a worker is between its start and its end; made on the control loop, and used there only."""

    def __init__(self, options: WorkerOptions, catalogue: Catalogue) -> None:
        self.options = options
        self.catalogue = catalogue
        self.desk = RunDesk(catalogue, options)
        self.models = KeptModels(options.model_ttl)
        self.hosted = HostedJobs(options, catalogue)
        self.jobs = OpenJobs(options.job_ttl, self._released)
        self.rates = Rates(RATE, BURST)
        self.draining = False
        self.connections: set[Connection] = set()
        self._began = clock.monotonic()
        self._version = version("nodetool-jupyter")

    def connect(self, wire: Wire, who: Identity) -> Connection:
        """Take a client in."""
        connection = Connection(self, wire, who)
        self.connections.add(connection)
        return connection

    def disconnect(self, connection: Connection) -> None:
        """Let a client go; what it had asked for is stopped."""
        self.connections.discard(connection)
        connection.close()

    @property
    def health(self) -> str:
        """``ok``, ``draining`` when it takes no more work, or ``stuck`` when too many nodes cannot be stopped."""
        return "draining" if self.draining else "stuck" if self.desk.stuck else "ok"

    def status(self, transport: str) -> dict[str, Any]:
        """Return what ``worker.status`` answers: NodeTool's keys, and ours behind them."""
        options, desk, above = self.options, self.desk, self.hosted.by_url_above
        return {
            "protocol_version": PROTOCOL,
            "node_count": len(self.catalogue.nodes),
            "provider_count": 0,
            "namespaces": self.catalogue.namespaces,
            "load_errors": self.catalogue.load_errors,
            "transport": transport,
            "max_frame_size": options.max_frame,
            "comfy": COMFY,
            "blender": {"enabled": False},
            "model_prepare_backends": [],
            "server": "nodetool-jupyter",
            "version": self._version,
            "capabilities": [*CAPABILITIES, *(KEEPING if self.hosted.offered else ()), *((BY_URL,) if above else ())],
            **({ABOVE: above} if above else {}),
            "health": self.health,
            "uptime": round(clock.monotonic() - self._began, 3),
            "queue": {
                "running": desk.running, "waiting": desk.waiting, "at_once": options.at_once,
                "left_behind": desk.left_behind, "served": desk.served,
            },
            "connections": len(self.connections),
            "open_jobs": len(self.jobs),
            "gpus": [{"index": gpu.index, "name": gpu.name, "memory": gpu.memory} for gpu in options.gpus],
        }  # fmt: skip

    async def drain(self) -> bool:
        """Take no more work, and wait until all that was taken is answered; tell whether it was, within its time."""
        self.draining = True
        for connection in list(self.connections):
            connection.end_listening()
        try:
            async with asyncio.timeout(self.options.drain):
                await self._idle()
        except TimeoutError:
            log.warning("work that has not ended in %g s is cancelled", self.options.drain)
            for connection in list(self.connections):
                connection.cancel_all()
            try:
                async with asyncio.timeout(2 * GRACE):
                    await self._idle()
            except TimeoutError:
                log.warning("some answers could not be sent")
            return False
        return True

    async def leave_jobs(self) -> None:
        """Leave the jobs of users that outlive this process to the next worker, and end the others."""
        await self.hosted.close()

    def close(self) -> None:
        """End everything that is left."""
        for connection in list(self.connections):
            self.disconnect(connection)
        self.jobs.close()
        self.models.close()
        self.desk.close()

    def log_fault(self, error: BaseException) -> None:
        """Write an error of our own into the log, where its traceback belongs."""
        log.error("a message could not be handled", exc_info=error)

    async def _idle(self) -> None:
        for connection in list(self.connections):
            await connection.idle()

    def _released(self, job_id: str, nodes: list[str]) -> None:
        asyncio.get_running_loop().run_in_executor(None, self.models.evict_of, job_id, nodes)


def leave(code: int) -> None:
    """End the process although a node's thread still runs, which Python itself would wait for or trip over."""
    logging.shutdown()
    os._exit(code)
