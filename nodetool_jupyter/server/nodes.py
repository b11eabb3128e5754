"""Node types over HTTP, in the form of NodeTool's ``discover`` reply."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from nodetool_jupyter.nodes.define import NodeType
from nodetool_jupyter.nodes.everywhere import everywhere
from nodetool_jupyter.nodes.metadata import describe
from nodetool_jupyter.server.base import ApiHandler
from nodetool_jupyter.server.problems import Problem

MOST = 1000  # types of a page

Json = dict[str, Any]


class NodesHandler(ApiHandler):
    """``nodes``"""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Give a page of the node types that graphs may use."""
        query = self.query("q", "namespace", "limit", "after")
        limit = query.number("limit", 100, 1, MOST)
        await self.answer(page, query.text("q"), query.text("namespace"), limit, query.text("after"))


class NodeHandler(ApiHandler):
    """``nodes/{type}``"""

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        """Describe one node type."""
        self.query()
        await self.answer(one, name)


def page(text: str, namespace: str, limit: int, after: str) -> Json:
    """Return the types of a namespace and those below it that hold a text, by name; ``after`` is a type's name."""
    found = [kind for kind in everywhere.types(namespace) if _within(kind, namespace) and _holds(kind, text.lower())]
    rest = [kind for kind in found if kind.name > after]
    shown = rest[:limit]
    more = shown[-1].name if len(rest) > limit else None
    return {"nodes": [describe(kind) for kind in shown], "next": more, "total": len(found)}


def one(name: str) -> Json:
    """Return one node type, also by an old name; raises a 404 :class:`Problem`."""
    found = everywhere.get(name)
    if found is None:
        raise Problem(404, "not_found", "there is no such node type", everywhere.suggestion(name))
    return describe(found)


def _within(kind: NodeType, namespace: str) -> bool:
    return not namespace or kind.namespace == namespace or kind.namespace.startswith(f"{namespace}.")


def _holds(kind: NodeType, text: str) -> bool:
    return not text or any(text in part.lower() for part in (kind.name, kind.title, kind.description))
