"""Lists and texts for people: node types, log lines, rows of two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from textwrap import indent
from typing import Any

from nodetool_jupyter.api.workers import connections
from nodetool_jupyter.errors import InvalidRequest, nearest
from nodetool_jupyter.jobs.records import FIELDS, JobRecord, as_row
from nodetool_jupyter.nodes.define import NodeType
from nodetool_jupyter.nodes.everywhere import everywhere
from nodetool_jupyter.nodes.examples import example_of
from nodetool_jupyter.nodes.examples.written import spoken
from nodetool_jupyter.nodes.factories import documentation, signature
from nodetool_jupyter.nodes.metadata import describe
from nodetool_jupyter.nodes.reference import Covered, coverage, namespaces, percent
from nodetool_jupyter.widgets import wording

LOGGED = frozenset({"log_update", "notification"})


def node_type(name: str) -> NodeType:
    """Return a node type by its name, here or on a known worker; raises :class:`InvalidRequest` with the nearest."""
    found = everywhere.get(name)
    if found is None:
        raise InvalidRequest(f"there is no node type {name!r}; {everywhere.suggestion(name)}".rstrip("; "))
    return found


def node_types(prefix: str = "", worker: str | None = None) -> list[NodeType]:
    """Return the node types whose names begin so, or those of one worker.

    Raises :class:`InvalidRequest` when there is none, :class:`WorkerNotFound` for a worker that is not known.
    """
    if worker is not None:
        return _of_worker(worker, prefix)
    found = list(everywhere.types(prefix))
    if prefix and not found:
        node_type(prefix)
    return found


def _of_worker(worker: str, prefix: str) -> list[NodeType]:
    if worker not in everywhere.workers():
        connections().get(worker)
        raise InvalidRequest(f"the worker {worker!r} was not reached yet; see how it is with: nodetool workers")
    found = everywhere.of_worker(worker, prefix)
    if prefix and not found:
        hint = everywhere.suggestion(prefix, worker)
        raise InvalidRequest(f"the worker {worker!r} has no node type {prefix!r}; {hint}".rstrip("; "))
    return found


def nodes_text(prefix: str = "", worker: str | None = None) -> str:
    """Return node types as lines, or for a whole name everything about that one."""
    kind = everywhere.get(prefix) if worker is None else everywhere.on_worker(prefix, worker)
    return list_text(prefix, worker) if kind is None else node_text(kind)


def list_text(prefix: str = "", worker: str | None = None) -> str:
    """Return node types as lines of their name and what they do."""
    return columns([(kind.name, _line(kind, worker)) for kind in node_types(prefix, worker)])


def _line(kind: NodeType, worker: str | None) -> str:
    on = "" if kind.placement is None or worker is not None else f"(on the worker {kind.placement.worker})"
    return f"{first_sentence(kind.description)} {on}".strip()


def node_text(kind: NodeType) -> str:
    """Return everything about one node type: how it is written, what it does, its outputs, an example."""
    head = str(signature(kind)).partition(" -> ")[0]
    example = example_of(kind.name)
    shown = "" if example is None else f"\n\nExample:\n{indent(spoken(kind, example), '    ')}"
    return f"{kind.name}{head}\n\n{documentation(kind)}{shown}"


def nodes_data(prefix: str = "", worker: str | None = None) -> list[dict[str, Any]]:
    """Return node types in the form of NodeTool's ``discover`` reply."""
    return [describe(kind) for kind in node_types(prefix, worker)]


def node_data(kind: NodeType) -> dict[str, Any]:
    """Return one node type in the form of NodeTool's ``discover`` reply."""
    return describe(kind)


def coverage_text(prefix: str = "") -> str:
    """Return how much of NodeTool's own library is here, a line a namespace, what is missing with its reason below."""
    found = _covered(prefix)
    rows = []
    for one in found:
        rows.append((one.namespace, one.note or _share(one)))
        rows += [(f"  {name}", reason) for name, reason in one.missing.items()]
    here, known = sum(one.here for one in found), sum(one.known for one in found)
    further = sum(len(one.further) for one in found)
    total = f"{here}/{known}, {percent(found):.1f} %, and {further} types that the reference does not name"
    return columns([*rows, ("all", total)])


def _covered(prefix: str) -> list[Covered]:
    found = coverage(prefix)
    if not found:
        raise InvalidRequest(f"there is no namespace {prefix!r}; {nearest(prefix, namespaces())}".rstrip("; "))
    return found


def _share(one: Covered) -> str:
    if not one.known:
        return f"{len(one.further)} types, none of which the reference names"
    return f"{one.here}/{one.known}" + (f" and {len(one.further)} more" if one.further else "")


def coverage_data(prefix: str = "") -> dict[str, Any]:
    """Return how much of NodeTool's own library is here as JSON-like data."""
    found = _covered(prefix)
    return {"percent": round(percent(found), 1), "namespaces": [asdict(one) for one in found]}


def first_sentence(text: str) -> str:
    """Return the first line of a docstring."""
    return text.strip().partition("\n")[0]


def short(value: object, limit: int = 60) -> str:
    """Return a value as Python writes it, cut to ``limit`` characters."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def columns(rows: Sequence[tuple[str, str]]) -> str:
    """Return rows of two, the second column aligned."""
    width = min(44, max((len(left) for left, _ in rows), default=0))
    return "\n".join(f"{left:{width}}  {right}".rstrip() for left, right in rows)


def log_text(line: Any) -> str:
    """Return one line that a node wrote, as people read it; nothing in it steers a terminal."""
    severity = "" if line.severity in ("info", "") else f"{line.severity}: "
    where = f"{line.node_id}: " if line.node_id else ""
    return wording.plain(f"{where}{severity}{line.content}")


def record_data(record: JobRecord) -> dict[str, Any]:
    """Return what is known about a job as JSON-like data."""
    return dict(zip(FIELDS, as_row(record), strict=True))
