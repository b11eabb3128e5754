"""What the server counts about itself, for Prometheus. Every label is of a closed list: no job, no user, no path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from nodetool_jupyter.request import ExecutionStrategy
from nodetool_jupyter.server.problems import CODES
from nodetool_jupyter.states import Status

Kind = Literal["events", "sse", "worker"]
OTHER = "other"

REGISTRY = CollectorRegistry()
"""Our own, so that nothing of the server's figures is told here, and nothing of ours there."""

_STRATEGIES = frozenset(map(str, ExecutionStrategy))
_CODES = frozenset(CODES.values()) | {"invalid_json", "invalid_graph", "not_ended", "ended"}
_DELAYS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_submits = Counter("nodetool_submits", "Jobs submitted through the server", ["strategy"], registry=REGISTRY)
_refusals = Counter("nodetool_refusals", "Requests that were refused", ["code"], registry=REGISTRY)
_sockets = Gauge("nodetool_sockets", "Open sockets and streams", ["kind"], registry=REGISTRY)
_sent = Counter(
    "nodetool_sent_bytes", "Bytes sent over sockets and streams, and of values", ["kind"], registry=REGISTRY
)
_delay = Histogram(
    "nodetool_event_delay_seconds",
    "From an event to its sending over a socket or stream",
    buckets=_DELAYS,
    registry=REGISTRY,
)


def submitted(strategy: str) -> None:
    """Count a job that was submitted."""
    _submits.labels(_strategy(strategy)).inc()


def refused(code: str) -> None:
    """Count a request that was refused."""
    _refusals.labels(code if code in _CODES else OTHER).inc()


def opened(kind: Kind) -> None:
    """Count a socket or stream that was opened."""
    _sockets.labels(kind).inc()


def closed(kind: Kind) -> None:
    """Count a socket or stream that was closed."""
    _sockets.labels(kind).dec()


def sent(kind: Kind | Literal["value"], count: int) -> None:
    """Count bytes that were sent."""
    _sent.labels(kind).inc(count)


def delayed(seconds: float) -> None:
    """Count an event that is sent so long after it was written; clocks of runners may be ahead of ours."""
    _delay.observe(max(0.0, seconds))


def _strategy(name: str) -> str:
    return name if name in _STRATEGIES else OTHER


class _Jobs:
    """What the manager knows, asked at each scrape."""

    def collect(self) -> Iterator[Metric]:
        from nodetool_jupyter.jobs.manager import manager

        found = manager()
        jobs = GaugeMetricFamily("nodetool_jobs", "Jobs by their state", labels=["status", "strategy"])
        together = {(status.value, OTHER): 0 for status in Status}
        for (status, strategy), count in found.counts().items():
            key = (status.value, _strategy(strategy))
            together[key] = together.get(key, 0) + count
        for key, count in sorted(together.items()):
            jobs.add_metric(key, count)
        yield jobs
        waiting = sum(count for (status, _), count in together.items() if status == Status.QUEUED)
        yield GaugeMetricFamily("nodetool_queue_length", "Jobs that wait for their turn", waiting)
        yield CounterMetricFamily("nodetool_adoptions", "Jobs of owners that are gone, taken over here", found.adopted)


REGISTRY.register(_Jobs())
