"""Which node types there are here: built in, from installed packages, and defined in this session.

Names map to modules without importing them; a family is imported when one of its types is first asked for. Another
package offers node types by an entry point in the group ``nodetool_jupyter.nodes``: its name is a namespace, its value
the module that defines the types. What known workers have besides is in :mod:`.everywhere`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Protocol

from nodetool_jupyter.errors import nearest
from nodetool_jupyter.nodes.define import NodeType, on_define
from nodetool_jupyter.nodes.renamed import current_name

_LIBRARY = "nodetool_jupyter.nodes.library"

FAMILIES: dict[str, str] = {
    "nodetool.input": "input",
    "nodetool.output": "output",
    "nodetool.constant": "constant",
    "nodetool.control": "control",
    "nodetool.variable": "variable",
    "nodetool.text": "text",
    "nodetool.list": "list",
    "nodetool.dictionary": "dictionary",
    "nodetool.boolean": "boolean",
    "nodetool.image": "image",
    "nodetool.workflows.base_node": "base_node",
    "test": "base_node",
    "lib.math": "math",
    "nodetool.data": "data",
    "nodetool.compare": "compare",
    "nodetool.triggers": "triggers",
    "nodetool.code": "code",
    "lib.json": "json",
    "lib.validate": "validate",
    "lib.datetime": "datetime",
    "lib.date": "date",
    "lib.markdown": "markdown",
    "lib.html": "html",
    "lib.uuid": "uuid",
    "lib.svg": "svg",
    "lib.tensor": "tensor",
    "huggingface.sentence_similarity": "sentence_similarity",
    "lib.image.draw": "lib_image.draw",
    "lib.image.filter": "lib_image.filter",
    "lib.image.color": "lib_image.color",
    "lib.image.warp": "lib_image.warp",
    "lib.image.mask": "lib_image.mask",
    "lib.image.channel": "lib_image.channel",
    "lib.image.keyer": "lib_image.keyer",
    "lib.image.effects": "lib_image.effects",
    "lib.image.enhance": "lib_image.enhance",
    "lib.image.color_grading": "lib_image.color_grading",
    "lib.pillow.filter": "pillow.filter",
    "lib.pillow.draw": "pillow.draw",
    "lib.pillow": "pillow.mixing",
}
"""Namespace -> module of the built-in library; one module may serve several."""


class Types(Protocol):
    """Node types that can be asked for by name: those here, or those of known workers besides."""

    @property
    def load_errors(self) -> Mapping[str, str]:
        """Why packages with node types do not load, by namespace."""

    def get(self, name: str) -> NodeType | None:
        """Return the type of this name, old names included, or ``None``."""

    def on_worker(self, name: str, worker: str) -> NodeType | None:
        """Return the type of this name as a worker has it, or ``None``."""

    def namespaces(self) -> list[str]:
        """Return every namespace."""

    def types(self, prefix: str = "") -> Iterable[NodeType]:
        """Return every type whose name begins with ``prefix``, by name."""

    def workers(self, name: str = "") -> list[str]:
        """Return the workers whose types are known, or only those that have this one."""

    def suggestion(self, name: str, worker: str | None = None) -> str:
        """Return the sentence that names the type most like ``name``, of those that a worker has if one is named."""


class Registry:
    """Finds node types by name, loading the family that has them."""

    def __init__(self) -> None:
        self._types: dict[str, NodeType] = {}
        self._loaded: set[str] = set()
        self._lock = threading.RLock()
        self.load_errors: dict[str, str] = {}
        on_define(self.add)

    def add(self, node_type: NodeType) -> None:
        """Make a type known; a later definition of the same name takes the place of the earlier."""
        self._types[node_type.name] = node_type

    def get(self, name: str) -> NodeType | None:
        """Return the type of this name, old names included, or ``None``."""
        found = self._types.get(name)
        if found is not None:
            return found
        now = current_name(name)
        self.load(now.rpartition(".")[0])
        return self._types.get(now)

    def on_worker(self, name: str, worker: str) -> NodeType | None:
        """Return nothing: what is here knows no workers."""
        return None

    def workers(self, name: str = "") -> list[str]:
        """Return nothing: what is here knows no workers."""
        return []

    def load(self, namespace: str) -> None:
        """Import the module that defines a namespace, once; a module that fails is noted in ``load_errors``."""
        if namespace in self._loaded:
            return
        with self._lock:
            if namespace in self._loaded:
                return
            module = FAMILIES.get(namespace)
            target = home(namespace)
            if target:
                try:
                    import_module(target)
                except Exception as error:  # somebody else's package must not break ours
                    self.load_errors[namespace] = f"{type(error).__name__}: {error}"
                    if module:
                        raise
            self._loaded.add(namespace)

    def namespaces(self) -> list[str]:
        """Return every namespace, loaded or not."""
        return sorted({*FAMILIES, *_installed(), *(kind.namespace for kind in list(self._types.values()))})

    def types(self, prefix: str = "") -> Iterator[NodeType]:
        """Yield every type whose name begins with ``prefix``, loading the families it may be in."""
        for namespace in self.namespaces():
            if namespace.startswith(prefix) or prefix.startswith(namespace):
                self.load(namespace)
        for name in sorted(self._types):
            if name.startswith(prefix):
                yield self._types[name]

    def loaded(self) -> list[NodeType]:
        """Return the types of the families that were loaded, and this session's own, by name; imports nothing."""
        return [self._types[name] for name in sorted(self._types)]

    def suggestion(self, name: str, worker: str | None = None) -> str:
        """Return the sentence that names the type most like ``name``; no worker has any here."""
        if worker is not None:
            return ""
        return nearest(name, self.alike(name)) or nearest(name, self._types)

    def alike(self, name: str) -> list[str]:
        """Return the types that ``name`` may have been meant for: of its namespace, else of others, all loaded."""
        namespace, _, _ = name.rpartition(".")
        close = [other for other in self.namespaces() if other == namespace]
        if not close:
            close = [other for other in self.namespaces() if other.rsplit(".", 1)[-1] == namespace.rsplit(".", 1)[-1]]
        for other in close or self.namespaces():
            self.load(other)
        return [known for known in self._types if not close or known.rpartition(".")[0] in close]


def home(namespace: str) -> str | None:
    """Return the module that every process finds the types of a namespace in; ``None`` for this session's own."""
    module = FAMILIES.get(namespace)
    return f"{_LIBRARY}.{module}" if module else _installed().get(namespace)


@cache
def _installed() -> dict[str, str]:
    from importlib.metadata import entry_points  # costs more than all of the registry, and only other packages need it

    return {point.name: point.value for point in entry_points(group="nodetool_jupyter.nodes")}


registry = Registry()
"""The registry of this process."""
