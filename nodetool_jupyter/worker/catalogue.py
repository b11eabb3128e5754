"""Which node types a worker offers, and how it describes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nodetool_jupyter.errors import nearest
from nodetool_jupyter.nodes.define import NodeType
from nodetool_jupyter.nodes.metadata import describe
from nodetool_jupyter.nodes.registry import Registry, registry
from nodetool_jupyter.worker.wording import shown

FILES = "files"
FILE_NODES = frozenset(
    {
        "nodetool.data.LoadCSVFile",
        "nodetool.data.SaveCSVDataframeFile",
        "nodetool.data.SaveDataframe",
        "nodetool.dictionary.SaveJSON",
        "nodetool.image.LoadImageFile",
        "nodetool.image.LoadImageFolder",
        "nodetool.image.SaveImage",
        "nodetool.image.SaveImageFile",
        "nodetool.triggers.FileWatchTrigger",
    }
)
"""Types that read or write a file by a path that their user gives: in a job of one's own that is meant, but whoever
may use a worker need not be somebody who may read its disk."""


class Catalogue:
    """The node types that may be run here; all families are imported when it is made.

    Only what is a node by itself is offered: inputs, outputs, previews, loops, groups and triggers mean something only
    in a graph, which a worker does not know. A type that needs a permission is offered where the worker was given it,
    and so are those of :data:`FILE_NODES`, whose permission is ``files``.
    """

    def __init__(
        self, namespaces: Sequence[str] = (), permissions: Sequence[str] = (), known: Registry = registry
    ) -> None:
        self.known = known
        self._permissions = tuple(permissions)
        self._asked = tuple(namespaces)
        self._types = {kind.name: kind for kind in self._all() if self._offers(kind)}
        self.namespaces = list(self._asked) or sorted({kind.namespace for kind in self._types.values()})
        self.nodes: list[dict[str, Any]] = [describe(kind) for kind in self._types.values()]
        self.load_errors = [_load_error(name, text) for name, text in sorted(known.load_errors.items())]

    def get(self, name: str) -> NodeType | None:
        """Return a type that is offered, old names included."""
        kind = self._types.get(name)
        if kind is None:
            renamed = self.known.get(name)
            kind = self._types.get(renamed.name) if renamed is not None else None
        return kind

    def suggestion(self, name: str) -> str:
        """Return the sentence that names the offered type most like ``name``."""
        return nearest(name, self._types)

    def _all(self) -> list[NodeType]:
        for namespace in self.known.namespaces():
            if self._within(namespace):
                try:
                    self.known.load(namespace)
                except Exception:  # noqa: S112  # noted in load_errors; the others are as good
                    continue
        return self.known.loaded()

    def _offers(self, kind: NodeType) -> bool:
        needed = FILES if kind.name in FILE_NODES else kind.permission
        allowed = not needed or needed in self._permissions
        return kind.role == "node" and allowed and self._within(kind.namespace)

    def _within(self, namespace: str) -> bool:
        return not self._asked or any(namespace == one or namespace.startswith(one + ".") for one in self._asked)


def _load_error(namespace: str, text: str) -> dict[str, str]:
    kind, _, error = text.partition(": ")
    return {"module": namespace, "phase": "import", "error_type": kind, "error": shown(error)}
