"""The one table of what the server offers, below ``<base_url>/nodetool/api/``."""

from __future__ import annotations

from typing import NamedTuple

from jupyter_server.base.handlers import JupyterHandler

from nodetool_jupyter.server import events_ws, explain, health, jobs, logs, metrics, nodes, proxy, sse, values, workers
from nodetool_jupyter.server.base import API as API

# A part of an address; who asks for what cannot be one is told 404 like for one that is not there.
JOB = r"(?P<job_id>[^/]+)"
NODE = r"(?P<node_id>[^/]+)"


class Route(NamedTuple):
    """An address below the API's, as a pattern; its handler; the name that the reference gives it."""

    path: str
    handler: type[JupyterHandler]
    name: str


ROUTES: tuple[Route, ...] = (
    Route(r"health", health.HealthHandler, "health"),
    Route(r"jobs", jobs.JobsHandler, "jobs"),
    Route(rf"jobs/{JOB}", jobs.JobHandler, "job"),
    Route(rf"jobs/{JOB}/cancel", jobs.CancelHandler, "cancel"),
    Route(rf"jobs/{JOB}/retry", jobs.RetryHandler, "retry"),
    Route(rf"jobs/{JOB}/nodes/{NODE}", jobs.JobNodeHandler, "job_node"),
    Route(rf"jobs/{JOB}/outputs", jobs.OutputsHandler, "outputs"),
    Route(r"nodes", nodes.NodesHandler, "nodes"),
    Route(r"nodes/(?P<name>[^/]+)", nodes.NodeHandler, "node"),
    Route(r"explain", explain.ExplainHandler, "explain"),
    Route(rf"jobs/{JOB}/logs", logs.LogsHandler, "logs"),
    Route(rf"jobs/{JOB}/values/(?P<ref>[^/]+)", values.ValueHandler, "value"),
    Route(rf"jobs/{JOB}/events", sse.JobEventsHandler, "job_events"),
    Route(r"events/ws", events_ws.EventsHandler, "events_ws"),
    Route(r"metrics", metrics.MetricsHandler, "metrics"),
    Route(r"workers", workers.WorkersHandler, "workers"),
    Route(r"workers/(?P<name>[^/]+)/ws", proxy.WorkerSocket, "worker_ws"),
)
