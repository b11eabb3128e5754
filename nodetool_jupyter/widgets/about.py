"""What views say of a stored job besides its events: its graph, its name, what it takes, how long it usually takes."""

from __future__ import annotations

from nodetool_jupyter.engine.resolve import resolve
from nodetool_jupyter.errors import NodetoolError
from nodetool_jupyter.graph import Graph, find_graph, read_graph
from nodetool_jupyter.jobs.manager import manager
from nodetool_jupyter.request import RunJobRequest
from nodetool_jupyter.states import Status
from nodetool_jupyter.widgets.snapshot import About

RUNS = 5  # former runs whose median a job's time left rests on
LOOKED_AT = 100  # newest completed jobs among which they are looked for
READ = 20  # requests that are read to compare their graphs


def stored_graph(job_id: str) -> Graph | None:
    """Return the graph of a stored job's request; ``None`` when it cannot be read here."""
    return _graph(manager().request(job_id))


def about(job_id: str) -> About:
    """Return what is known of a job; raises :class:`JobNotFound`."""
    jobs = manager()
    record, request = jobs.get(job_id), jobs.request(job_id)
    graph = _graph(request)
    return About(record.name or "", record.strategy, graph, jobs.values(job_id), _pushable(request, graph))


def history(job_id: str, graph: Graph | None) -> tuple[float, ...]:
    """Return how many seconds the last few completed runs of the same workflow took, by the same strategy.

    Workflows are the same when their nodes have the same ids and types. Only the newest jobs are looked at: no more
    than 100 rows of the index, and 20 of the requests whose workflow has the same name.
    """
    if graph is None:
        return ()
    jobs = manager()
    own, print_of = jobs.get(job_id), _fingerprint(graph)
    rows = [row for row in jobs.list([Status.COMPLETED], LOOKED_AT) if row.id != own.id]
    alike = [row for row in rows if (row.workflow, row.strategy) == (own.workflow, own.strategy)]
    found: list[float] = []
    for row in alike[:READ]:
        if row.started is None or row.ended is None or len(found) == RUNS:
            continue
        other = stored_graph(row.id)
        if other is not None and _fingerprint(other) == print_of:
            found.append(max(0.0, row.ended - row.started))
    return tuple(found)


def _graph(request: RunJobRequest | None) -> Graph | None:
    return None if request is None or request.graph is None else read_graph(find_graph(request.graph))


def _fingerprint(graph: Graph) -> frozenset[tuple[str, str]]:
    return frozenset((node.id, node.type) for node in graph.nodes)


def _pushable(request: RunJobRequest | None, graph: Graph | None) -> tuple[str, ...]:
    """Return the names that take pushed values: inputs that were kept open, and triggers in any case."""
    if request is None or graph is None:
        return ()
    opened = request.options.get("open_inputs") or ()
    try:
        resolved = resolve(graph)
    except NodetoolError:  # of a newer version, or with types that only its runner has
        return tuple(opened)
    return (*opened, *resolved.triggers())
