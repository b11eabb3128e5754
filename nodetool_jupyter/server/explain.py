"""What a workflow is, said without running it: its picture, its faults, what it takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from jupyter_server.auth.decorator import authorized
from tornado import web

from nodetool_jupyter.api.workflow import Workflow
from nodetool_jupyter.engine.explain import Explanation, Input
from nodetool_jupyter.errors import Issue, nearest
from nodetool_jupyter.graph import Graph
from nodetool_jupyter.server.base import ApiHandler
from nodetool_jupyter.server.limits import Kind
from nodetool_jupyter.server.problems import Problem
from nodetool_jupyter.server.submission import check_size
from nodetool_jupyter.widgets.layout import layout
from nodetool_jupyter.widgets.roll import LAYOUT
from nodetool_jupyter.widgets.snapshot import LINE, NAME, VERSION, drawn_graph, words

Json = dict[str, Any]
FIELDS = ("graph", "name")
# Of a picture, whose layout takes a fraction of a second so; the deepest groups in NodeTool's files are two.
MOST_NODES, MOST_EDGES, DEEPEST = 2000, 8000, 16
MOST_ISSUES = 200  # faults that are told one by one
VALUE = 60  # characters of an input's value


class ExplainHandler(ApiHandler):
    """``explain``"""

    kinds: ClassVar[dict[str, Kind]] = {**ApiHandler.kinds, "POST": "read"}

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Tell what is known of a workflow that a client sends; nothing of it runs or is kept."""
        await self.answer(explained, await self.body())


def explained(data: object) -> Json:
    """Return what can be said of a workflow, as data.

    ``data`` has the content of a workflow's file as ``graph`` and, for one that has no name, a ``name``. Raises a 400
    or 413 :class:`Problem`, and :class:`~nodetool_jupyter.errors.InvalidGraph` for what has no graph in it.
    """
    flow = _read(data)
    graph = flow.graph
    check_size(graph)
    found = flow.explanation()
    faults = sum(issue.severity == "error" for issue in found.issues)
    issues = [_issue(issue) for issue in found.issues[:MOST_ISSUES]]
    return {
        "state": _state(flow.name or "", graph, found),
        "issues": issues,
        "faults": faults,
        "more": len(found.issues) - len(issues),
        "inputs": [_input(one) for one in found.inputs],
        "outputs": [words(name, NAME) for name in found.outputs],
        "secrets": [words(name, NAME) for name in found.secrets],
        "gpu": bool(found.gpu),
    }


def _read(data: object) -> Workflow:
    if not isinstance(data, Mapping):
        raise _bad("the body must be an object with 'graph'")
    for name in data:
        if name not in FIELDS:
            raise _bad(f"there is no field {name[:60]!r} here; {nearest(name, FIELDS)}".rstrip("; "))
    name, content = data.get("name"), data.get("graph")
    if name is not None and not isinstance(name, str):
        raise _bad("'name' must be a text")
    if not isinstance(content, Mapping):
        raise _bad("'graph' must be an object: the content of a workflow's file")
    named = isinstance(content.get("name"), str) and content["name"]
    return Workflow.from_dict(content, name=None if named else name)


def _bad(sentence: str) -> Problem:
    return Problem(400, "invalid_request", sentence)


def _state(name: str, graph: Graph, found: Explanation) -> Json:
    """Return the snapshot of a view in which nothing has run, and nodes with a fault say so."""
    faults = {one.node_id: one.message for one in reversed(found.issues) if one.node_id and one.severity == "error"}
    places = layout(graph) if _drawable(graph) else None
    return {
        "v": VERSION,
        "job": {"id": "", "name": words(name, NAME), "all": sum(node.type not in LAYOUT for node in graph.nodes)},
        "graph": {} if places is None else drawn_graph(graph, places),
        "nodes": {key: {"status": "error", "error": words(text, LINE)} for key, text in faults.items()},
    }


def _drawable(graph: Graph) -> bool:
    if len(graph.nodes) > MOST_NODES or len(graph.edges) > MOST_EDGES:
        return False
    inside = {node.id: node.parent_id for node in graph.nodes}
    above = set(inside)
    for _ in range(DEEPEST):  # all go one group up at a time; who goes round in a circle never arrives
        above = {outer for name in above if (outer := inside.get(name)) is not None}
    return not above


def _issue(issue: Issue) -> Json:
    facts = {"type": words(issue.node_type, NAME), "property": words(issue.property, NAME), "node": issue.node_id}
    told = {key: value for key, value in facts.items() if value}
    return {"severity": issue.severity, "message": words(issue.message, LINE), **told}


def _input(one: Input) -> Json:
    told: Json = {"name": words(one.name, NAME), "type": words(one.type, NAME), "needed": one.needed}
    return told if one.needed else {**told, "value": words(repr(one.value), VALUE)}
